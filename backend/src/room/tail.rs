//! The newest events of a room, each encoded once, and the frames made of them.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};

use shared::limits::EVENTS_FRAME_MAX;
use shared::{Event, Fact, GoneKind, GoneWhy, MemberId, Name, Names, Seq};

use crate::config::TAIL_BYTES;
use crate::frame::{Frame, Writing};

use super::proposal::Standing;
use super::roster::Roster;

/// An event as it goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    seq: Seq,
    json: Box<str>,
    /// Who is spoken of.
    of: [Option<MemberId>; 2],
    /// Of an edit: the message it edits, and what somebody hears who may not read that.
    edit: Option<(Seq, Box<str>)>,
    /// Whose seat it frees.
    frees: Option<MemberId>,
}

impl Entry {
    /// Encodes an event.
    pub fn new(event: &Event) -> Self {
        let edit = match event.fact {
            Fact::Edited { by, id, target, .. } => {
                let (of, why) = (GoneKind::Edited, GoneWhy::Unreadable);
                let fact = Fact::Gone { by, id, of, why, recalled_by: None };
                Some((target, encoded(&Event { fact, ..*event })))
            }
            _ => None,
        };
        let frees = if let Fact::Left { member, .. } = event.fact { Some(member) } else { None };
        Self { seq: event.seq, json: encoded(event), of: spoken_of(&event.fact), edit, frees }
    }

    /// Its number.
    pub const fn seq(&self) -> Seq {
        self.seq
    }

    /// Its JSON.
    pub const fn json(&self) -> &str {
        &self.json
    }

    /// Its JSON for somebody who may read from `floor` on.
    pub fn json_from(&self, floor: Seq) -> &str {
        match &self.edit {
            Some((target, unreadable)) if *target < floor => unreadable,
            _ => &self.json,
        }
    }
}

/// The newest events, bounded by [`TAIL_BYTES`]: what does not fit is read from the log.
#[derive(Debug)]
pub struct Tail {
    /// How many bytes are kept; more only of what came together.
    fits: usize,
    entries: VecDeque<Entry>,
    bytes: usize,
    last: Seq,
    /// The last frame made: sessions that keep up all ask for the same one.
    frame: Option<(Seq, Frame)>,
    /// Edits among the entries: while there are none, a frame is the same for everybody.
    edits: usize,
}

/// Bytes that are kept for each seat: about as many short messages as one session may have under way.
const SEAT_BYTES: usize = 8 * 1_024;

/// What follows a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A frame, and the last number in it.
    Frame(Frame, Seq),
    /// The tail begins only after this number.
    Older(Seq),
    /// Nothing.
    Nothing,
}

impl Tail {
    /// Of a room with so many seats, just loaded, whose last number this is: the events are in the log. The fewer there are to
    /// lag behind, the less is kept for them.
    pub fn after_load(last: Seq, seats: u32) -> Self {
        let fits = usize::try_from(seats).unwrap_or(usize::MAX).saturating_mul(SEAT_BYTES).min(TAIL_BYTES);
        Self { fits, entries: VecDeque::new(), bytes: 0, last, frame: None, edits: 0 }
    }

    /// The last number.
    pub const fn last(&self) -> Seq {
        self.last
    }

    /// The members of whom its events speak.
    pub(super) fn members_told_of(&self) -> BTreeSet<MemberId> {
        members_of(&self.entries).collect()
    }

    /// Takes in the events that follow.
    pub fn extend(&mut self, entries: Vec<Entry>) {
        self.frame = None;
        let before = self.last;
        for entry in entries {
            self.last = entry.seq;
            self.bytes += entry.json.len();
            self.edits += usize::from(entry.edit.is_some());
            self.entries.push_back(entry);
        }
        // What comes together is kept together, if it can be: nobody has read it yet.
        let fits = |entry: &Entry| if entry.seq <= before { self.fits } else { TAIL_BYTES };
        while let Some(oldest) = self.entries.pop_front_if(|entry| self.bytes > fits(entry)) {
            self.bytes -= oldest.json.len();
            self.edits -= usize::from(oldest.edit.is_some());
        }
    }

    /// Puts entries in the place of those that have their numbers, where the tail still holds these.
    pub fn rewrite(&mut self, entries: Vec<Entry>) {
        self.frame = None;
        for entry in entries {
            let first = self.entries.front().map_or(self.last.next(), |entry| entry.seq);
            let index = entry.seq.0.checked_sub(first.0).and_then(|index| usize::try_from(index).ok());
            let Some(old) = index.and_then(|index| self.entries.get_mut(index)) else { continue };
            self.bytes = self.bytes - old.json.len() + entry.json.len();
            self.edits = self.edits - usize::from(old.edit.is_some()) + usize::from(entry.edit.is_some());
            *old = entry;
        }
    }

    /// What follows `cursor` for somebody who may read from `floor` on, at most one frame of it.
    pub fn after(&mut self, cursor: Seq, floor: Seq, roster: &Roster) -> Piece {
        if cursor >= self.last {
            return Piece::Nothing;
        }
        let first = self.entries.front().map_or(self.last.next(), |entry| entry.seq);
        if cursor.next() < first {
            return Piece::Older(Seq(first.0 - 1));
        }
        // With edits about, somebody may have to hear something else.
        let same_for_all = self.edits == 0 || floor == Seq(0);
        if same_for_all
            && let Some((from, frame)) = &self.frame
            && *from == cursor
        {
            return Piece::Frame(frame.clone(), self.last);
        }
        let skip = usize::try_from(cursor.next().0 - first.0).expect("the tail fits in memory");
        let (frame, last) = frame(self.entries.range(skip..), floor, |member| roster.former_name(member));
        if same_for_all && last == self.last {
            self.frame = Some((cursor, frame.clone()));
        }
        Piece::Frame(frame, last)
    }

    /// What follows `cursor` for somebody who lost this seat: up to the event that says so, and nothing of what came
    /// afterwards.
    pub fn after_until_left(&self, cursor: Seq, floor: Seq, who: Standing, roster: &Roster) -> Piece {
        let frees = |entry: &&Entry| entry.frees == Some(who.member) && who.since < entry.seq;
        let left = self.entries.iter().find(frees).map_or(Seq(0), Entry::seq);
        let first = self.entries.front().map_or(self.last.next(), Entry::seq);
        if left <= cursor || cursor.next() < first {
            return Piece::Nothing;
        }
        let due = self.entries.iter().filter(|entry| cursor < entry.seq && entry.seq <= left);
        let (frame, last) = frame(due, floor, |member| roster.former_name(member));
        Piece::Frame(frame, last)
    }
}

/// One `events` frame of the first of `entries`, as many as fit, for somebody who may read from `floor` on, and the last
/// number in it. There must be one.
pub fn frame<'a, 'n>(
    entries: impl Iterator<Item = &'a Entry> + Clone,
    floor: Seq,
    former_name: impl Fn(MemberId) -> Option<&'n Name>,
) -> (Frame, Seq) {
    let bytes: usize = entries.clone().map(|entry| entry.json.len() + 1).sum();
    let mut json = Writing::with_capacity(bytes.min(EVENTS_FRAME_MAX) + NAMES_MARGIN);
    json.push_str(r#"{"type":"events","events":["#);
    let mut names = Names::new();
    let mut names_bytes = 0;
    let mut last = Seq(0);
    for entry in entries {
        let event = entry.json_from(floor);
        let full = json.len() + event.len() + names_bytes + NAMES_MARGIN > EVENTS_FRAME_MAX;
        if full && last != Seq(0) {
            break;
        }
        if last != Seq(0) {
            json.push_str(",");
        }
        json.push_str(event);
        last = entry.seq;
        for member in entry.of.into_iter().flatten() {
            if let Some(name) = former_name(member)
                && names.insert(member, name.clone()).is_none()
            {
                names_bytes += name.as_str().len() + NAME_MARGIN;
            }
        }
    }
    json.push_str("]");
    if !names.is_empty() {
        json.push_str(r#","names":"#);
        json.push_str(&serde_json::to_string(&names).expect("names are plain data"));
    }
    json.push_str("}");
    (json.finish(), last)
}

/// The answer to a request for a piece of the log, for somebody who may read from `floor` on.
pub fn page<'n>(
    entries: &[Entry],
    floor: Seq,
    former_name: impl Fn(MemberId) -> Option<&'n Name>,
    more: bool,
) -> String {
    let events: Vec<_> = entries.iter().map(|entry| entry.json_from(floor)).collect();
    let named = |member| Some((member, former_name(member)?.clone()));
    let names = serde_json::to_string(&members_of(entries).filter_map(named).collect::<Names>());
    let names = names.expect("names are plain data");
    format!(r#"{{"events":[{}],"names":{names},"more":{more}}}"#, events.join(","))
}

/// The members of whom these events speak.
pub fn members_of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> impl Iterator<Item = MemberId> {
    entries.into_iter().flat_map(|entry| entry.of.into_iter().flatten())
}

/// Bytes of the names' own braces and of the two names one more event may add.
const NAMES_MARGIN: usize = 256;

/// Bytes a name takes beside itself: its number, quotes, a colon and a comma.
const NAME_MARGIN: usize = 16;

fn encoded(event: &Event) -> Box<str> {
    thread_local! {
        // What an event takes is not known before: it is written here, and then to a place of its size.
        static WRITING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    WRITING.with_borrow_mut(|json| {
        json.clear();
        event.write(json);
        str::from_utf8(json).expect("JSON is text").into()
    })
}

fn spoken_of(fact: &Fact) -> [Option<MemberId>; 2] {
    match fact {
        Fact::Opened { .. } | Fact::Unknown => [None, None],
        Fact::Joined { member, .. } | Fact::Left { member, .. } => [Some(*member), None],
        Fact::Gone { by, recalled_by, .. } => [Some(*by), *recalled_by],
        Fact::Muted { by, member, .. } | Fact::Unbanned { by, member, .. } => [Some(*by), Some(*member)],
        Fact::Said { by, .. }
        | Fact::Edited { by, .. }
        | Fact::Recalled { by, .. }
        | Fact::Locked { by, .. }
        | Fact::Set { by, .. }
        | Fact::Devices { by, .. } => [Some(*by), None],
    }
}

#[cfg(test)]
mod tests {
    use shared::{FromServer, LeftWhy, MessageId, Millis, NameRule, Text, Token};

    use super::*;
    use crate::room::roster::{Listed, Seat};
    use crate::room::seal::TokenHash;
    use crate::room::tokens::Tokens;

    fn said(seq: u64, by: u32, text: &str) -> Entry {
        let id = MessageId::new(Millis(seq), &[0; 10]);
        let text = Text::parse(text).unwrap();
        let fact = Fact::Said { by: MemberId(by), id, text, reply_to: None, edited: None };
        Entry::new(&Event { seq: Seq(seq), at: Millis(0), fact })
    }

    fn name(typed: &str) -> Name {
        NameRule::Common.parse(typed).unwrap()
    }

    fn numbers(frame: &Frame) -> (Vec<u64>, Names) {
        match FromServer::decode(frame.json()).unwrap() {
            FromServer::Events { events, names } => (events.iter().map(|event| event.seq.0).collect(), names),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_gets_all_that_follows_in_frames_of_bounded_size() {
        let mut tail = Tail::after_load(Seq(0), 1_000);
        let roster = Roster::default();
        tail.extend((1..=12).map(|seq| said(seq, 1, &"字".repeat(4_000))).collect());
        let (mut cursor, mut heard) = (Seq(0), Vec::new());
        loop {
            match tail.after(cursor, Seq(0), &roster) {
                Piece::Frame(frame, last) => {
                    assert!(frame.json().len() <= EVENTS_FRAME_MAX);
                    heard.extend(numbers(&frame).0);
                    cursor = last;
                }
                Piece::Nothing => break,
                Piece::Older(_) => panic!("all of it fits in the tail"),
            }
        }
        assert_eq!(heard, (1..=12).collect::<Vec<_>>());
    }

    #[test]
    fn the_tail_is_bounded_in_bytes_and_says_where_it_begins() {
        for (seats, bytes) in [(1, 8 << 10), (2, 16 << 10), (32, 256 << 10), (u32::MAX, 256 << 10)] {
            let mut tail = Tail::after_load(Seq(0), seats);
            let long = |seqs: std::ops::RangeInclusive<u64>| {
                seqs.map(|seq| said(seq, 1, &"字".repeat(1_000))).collect::<Vec<_>>()
            };
            tail.extend(long(1..=70));
            assert!(
                (128 << 10..=256 << 10).contains(&tail.bytes),
                "what comes together is kept, up to a point"
            );
            (71..=100).for_each(|seq| tail.extend(long(seq..=seq)));
            assert!((bytes / 2..=bytes).contains(&tail.bytes), "{seats}");
            let first = tail.entries.front().unwrap().seq;
            assert_eq!(tail.after(Seq(0), Seq(0), &Roster::default()), Piece::Older(Seq(first.0 - 1)));
            assert_eq!(tail.last(), Seq(100));
        }
    }

    #[test]
    fn a_frame_is_made_once_for_all_who_keep_up() {
        let mut tail = Tail::after_load(Seq(0), 1_000);
        tail.extend(vec![said(1, 1, "你好"), said(2, 1, "在吗")]);
        let (Piece::Frame(one, _), Piece::Frame(other, _)) =
            (tail.after(Seq(0), Seq(0), &Roster::default()), tail.after(Seq(0), Seq(0), &Roster::default()))
        else {
            panic!("both are behind");
        };
        assert_eq!(one.into_bytes().as_ptr(), other.into_bytes().as_ptr());
    }

    #[test]
    fn who_is_not_seated_any_more_is_named() {
        let listed = |typed, seat| {
            let tokens = Tokens::new(TokenHash::of(&Token::new(&[0; 32])));
            Listed { name: name(typed), seat, tokens, banned_at: None, muted_until: None }
        };
        let members = vec![listed("张三", Seat::Taken(Seq(1))), listed("李四", Seat::Freed(LeftWhy::Asked))];
        let roster = Roster::new((1..).map(MemberId).zip(members), false);
        let entries = [said(3, 1, "你好"), said(4, 2, "再见")];
        let (frame, last) = frame(entries.iter(), Seq(0), |member| roster.former_name(member));
        assert_eq!(last, Seq(4));
        assert_eq!(numbers(&frame).1, Names::from([(MemberId(2), name("李四"))]));
    }

    #[test]
    fn who_may_not_read_a_message_does_not_hear_its_edit() {
        let id = MessageId::new(Millis(9), &[0; 10]);
        let (by, target, text) = (MemberId(1), Seq(2), Text::parse("改过的").unwrap());
        let fact = Fact::Edited { by, id, target, text };
        let mut tail = Tail::after_load(Seq(0), 1_000);
        tail.extend(vec![said(2, 1, "原话"), Entry::new(&Event { seq: Seq(3), at: Millis(0), fact })]);
        let mut heard = |floor| match tail.after(Seq(2), Seq(floor), &Roster::default()) {
            Piece::Frame(frame, _) => frame.json().to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(heard(0).contains("改过的") && heard(2).contains("改过的"));
        let unreadable = heard(3);
        assert!(unreadable.contains("unreadable") && !unreadable.contains("改过的"));
    }

    #[test]
    fn a_text_that_is_no_more_leaves_the_tail() {
        let mut tail = Tail::after_load(Seq(0), 1_000);
        tail.extend((1..=3).map(|seq| said(seq, 1, "收回这句")).collect());
        let id = MessageId::new(Millis(2), &[0; 10]);
        let (by, of, why) = (MemberId(1), GoneKind::Said, GoneWhy::Recalled);
        let fact = Fact::Gone { by, id, of, why, recalled_by: Some(by) };
        tail.rewrite(vec![Entry::new(&Event { seq: Seq(2), at: Millis(0), fact })]);
        let Piece::Frame(frame, _) = tail.after(Seq(1), Seq(0), &Roster::default()) else { panic!() };
        assert_eq!(frame.json().matches("收回这句").count(), 1);
        assert_eq!(numbers(&frame).0, [2, 3]);
    }
}
