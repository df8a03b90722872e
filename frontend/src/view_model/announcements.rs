//! What a screen reader is given to read aloud: the newest messages of others since the page joined.

use shared::Seq;
use shared::appearance::without_bidi_controls;

use super::grapheme;
use crate::i18n::{Lang, Msg};
use crate::state::Room;

/// Most messages at once. A screen reader cannot keep up with a busy room.
const LATEST: usize = 3;
/// Most characters of a message.
const MAX_CHARS: usize = 300;

/// The messages to announce, oldest first. There are none at a join, whatever is drawn then.
pub fn announcements(room: &Room, lang: Lang) -> Vec<(Seq, String)> {
    let mut lines: Vec<_> = room
        .live_messages()
        .take(LATEST)
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
        Epoch, Event, Fact, History, Member, MemberId, MessageId, Millis, NameRule, Names, Replay, RoomFacts,
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

    fn say(room: &mut Room, seq: u64, by: MemberId) {
        let text = Text::parse(&format!("第{seq}条")).unwrap();
        let id = MessageId::new(Millis(seq), &[0; 10]);
        let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
        room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
    }

    #[test]
    fn messages_drawn_at_the_join_are_not_announced() {
        assert!(announcements(&room(5), Lang::Zh).is_empty());
        assert!(announcements(&room(0), Lang::Zh).is_empty(), "a snapshot, before the welcome");
    }

    #[test]
    fn new_messages_of_others_are_announced_oldest_first() {
        let mut room = room(5);
        say(&mut room, 6, OTHER);
        say(&mut room, 7, ME);
        say(&mut room, 8, OTHER);
        let lines = announcements(&room, Lang::Zh);
        assert_eq!(lines, [(Seq(6), "李四：第6条".to_owned()), (Seq(8), "李四：第8条".to_owned())]);
        (9..20).for_each(|seq| say(&mut room, seq, OTHER));
        let seqs: Vec<_> = announcements(&room, Lang::Zh).into_iter().map(|(seq, _)| seq.0).collect();
        assert_eq!(seqs, [17, 18, 19]);
    }
}
