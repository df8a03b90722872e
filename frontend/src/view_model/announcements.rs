//! What a screen reader is given to read aloud: the newest messages of others since the page joined, and what failed.

use shared::appearance::without_bidi_controls;
use shared::{Epoch, MessageId, Seq, grapheme};

use super::rows::failure;
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::outbox::{Command, Outbox, OutboxItem};

/// Most messages at once. A screen reader cannot keep up with a busy room.
const LATEST: usize = 3;
/// Most characters of a message.
const MAX_CHARS: usize = 300;

/// Remembers where the lines of the region began. An older message that takes the place of a recalled one was read before.
#[derive(Debug, Default)]
pub struct Announced {
    epoch: Option<Epoch>,
    from: Seq,
}

impl Announced {
    /// The messages to announce, oldest first.
    pub fn lines(&mut self, room: &Room, lang: Lang) -> Vec<(Seq, String)> {
        if self.epoch.as_ref() != Some(&room.facts.epoch) {
            *self = Self { epoch: Some(room.facts.epoch.clone()), from: Seq::default() };
        }
        let lines = newest(room, self.from, lang);
        self.from = lines.first().map_or(self.from, |(seq, _)| *seq);
        lines
    }
}

/// Sentences about refused commands, with their reasons. A command that is tried again and refused again is there again.
pub fn failures(outbox: &Outbox, lang: Lang) -> Vec<(MessageId, String)> {
    let line = |item: &OutboxItem| {
        let what = match item.act {
            Command::Say { .. } => Msg::NotSent,
            Command::Edit { .. } => Msg::NotEdited,
            Command::Recall { .. } => Msg::NotRecalled,
            _ => Msg::NotDone,
        };
        let why = failure(item.state)?;
        Some((item.id, Msg::Quoted.fill(lang, &[what.say(lang), why.say(lang)])))
    };
    outbox.items().iter().filter_map(line).collect()
}

/// The newest messages from this number on. There are none at a join, whatever is drawn then.
fn newest(room: &Room, from: Seq, lang: Lang) -> Vec<(Seq, String)> {
    let mut lines: Vec<_> = room
        .live_messages()
        .take(LATEST)
        .filter(|(seq, _)| from <= *seq)
        .map(|(seq, said)| {
            let name = room.name(said.by).map_or(Msg::Somebody.say(lang), |name| &**name);
            let text = without_bidi_controls(&said.text);
            (seq, Msg::Quoted.fill(lang, &[name, grapheme::beginning(&text, MAX_CHARS)]))
        })
        .collect();
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use shared::{
        Code, Event, Fact, History, Member, MemberId, MessageId, Millis, NameRule, Names, Replay, RoomFacts,
        RoomId, Text, You,
    };

    use super::*;

    const ME: MemberId = MemberId(1);
    const OTHER: MemberId = MemberId(2);

    /// A room with messages 1 to 5, welcomed at this number.
    fn room(welcomed_at: u64) -> Room {
        let name = |text| NameRule::Common.parse(text).unwrap();
        let facts = RoomFacts {
            id: RoomId::Lobby,
            epoch: Epoch::new(&[1; 8]),
            title: None,
            capacity: 2,
            locked: false,
            history: History::All,
            slow_s: 0,
            host: None,
        };
        let you = You { member: ME, name: name("张三"), host: false, token: None, muted_until: None };
        let members = [Member { member: OTHER, name: name("李四"), joined: None, muted_until: None }];
        let mut room = Room::welcomed(None, facts, &you, &members, Replay::Reset);
        room.welcomed_at = Seq(welcomed_at);
        (1..=5).for_each(|seq| say(&mut room, seq, OTHER));
        room
    }

    fn recall(room: &mut Room, seq: u64, target: u64) {
        let id = MessageId::new(Millis(seq), &[0; 10]);
        let fact = Fact::Recalled { by: OTHER, id, target: Seq(target) };
        room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
    }

    fn say(room: &mut Room, seq: u64, by: MemberId) {
        let text = Text::parse(&format!("第{seq}条")).unwrap();
        let id = MessageId::new(Millis(seq), &[0; 10]);
        let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
        room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
    }

    #[test]
    fn messages_drawn_at_the_join_are_not_announced() {
        let lines = |room: &Room| Announced::default().lines(room, Lang::Zh);
        assert!(lines(&room(5)).is_empty());
        assert!(lines(&room(0)).is_empty(), "a snapshot, before the welcome");
    }

    #[test]
    fn recall_announces_no_older_message() {
        let (mut room, mut announced) = (room(5), Announced::default());
        let mut seqs = |room: &Room| -> Vec<u64> {
            announced.lines(room, Lang::Zh).into_iter().map(|(seq, _)| seq.0).collect()
        };
        (6..=9).for_each(|seq| say(&mut room, seq, OTHER));
        assert_eq!(seqs(&room), [7, 8, 9]);
        recall(&mut room, 10, 9);
        assert_eq!(seqs(&room), [7, 8]);
        recall(&mut room, 11, 8);
        recall(&mut room, 12, 7);
        assert_eq!(seqs(&room), [0; 0]);
        say(&mut room, 13, OTHER);
        assert_eq!(seqs(&room), [13]);
    }

    #[test]
    fn refused_commands_are_announced_with_their_reason() {
        let mut outbox = Outbox::default();
        let id = |n| MessageId::new(Millis(n), &[0; 10]);
        let text = Text::parse("话").unwrap();
        let commands = [
            Command::Say { text: text.clone(), reply_to: None },
            Command::Edit { seq: Seq(1), text },
            Command::Recall { seq: Seq(1) },
            Command::Lock { locked: true },
        ];
        for (n, command) in (1..).zip(commands) {
            outbox.push(id(n), command, Millis(n), None);
        }
        assert!(failures(&outbox, Lang::Zh).is_empty());
        (1..=4).for_each(|n| outbox.refused(Some(id(n)), Code::TooLate, None, 0));
        let lines: Vec<_> = failures(&outbox, Lang::Zh).into_iter().map(|(_, line)| line).collect();
        let expected = ["发送失败", "编辑失败", "撤回失败", "操作失败"];
        assert_eq!(lines, expected.map(|what| format!("{what}：已超过可操作的时限")));
    }

    #[test]
    fn new_messages_of_others_are_announced_oldest_first() {
        let mut room = room(5);
        say(&mut room, 6, OTHER);
        say(&mut room, 7, ME);
        say(&mut room, 8, OTHER);
        let mut announced = Announced::default();
        let lines = announced.lines(&room, Lang::Zh);
        assert_eq!(lines, [(Seq(6), "李四：第6条".to_owned()), (Seq(8), "李四：第8条".to_owned())]);
        (9..20).for_each(|seq| say(&mut room, seq, OTHER));
        let seqs: Vec<_> = announced.lines(&room, Lang::Zh).into_iter().map(|(seq, _)| seq.0).collect();
        assert_eq!(seqs, [17, 18, 19]);
    }
}
