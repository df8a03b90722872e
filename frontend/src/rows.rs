//! What the timeline shows, in order: days, notices, messages, and below them what is still unsent.
//!
//! Decides grouping and wording, draws nothing.

use std::rc::Rc;

use shared::{LeftWhy, MemberId, MessageId, Millis, Seq, Text};

use crate::chat::Room;
use crate::chat::log::{Body, Entry, Said};
use crate::clock::{Local, LocalTime};
use crate::outbox::{Item, Outbox, State};
use crate::text::{Lang, Word};

/// Messages of one person closer than this stand together.
const TOGETHER_MS: u64 = 5 * 60_000;

/// Something in the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// What follows happened on this day.
    Day(String),
    /// A notice.
    Note {
        /// The event it speaks of.
        seq: Seq,
        /// What it says.
        text: String,
    },
    /// A message.
    Message(Message),
}

/// A message in the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id its sender gave it.
    pub id: MessageId,
    /// Its number; none until it is confirmed.
    pub seq: Option<Seq>,
    /// When it was stored, or written.
    pub at: Millis,
    /// Who wrote it.
    pub name: Rc<str>,
    /// Whether it is this page's own.
    pub mine: bool,
    /// Whether it stands together with the one before.
    pub again: bool,
    /// What it says.
    pub text: Rc<str>,
    /// Whether it was edited.
    pub edited: bool,
    /// How many of the others have read it, of own ones.
    pub read_by: usize,
    /// Why it is not confirmed, of own ones.
    pub unsent: Option<State>,
}

/// The rows of a room, if it is known already; `now` is for naming days.
pub fn rows(room: Option<&Room>, outbox: &Outbox, now: Millis, local: LocalTime, lang: Lang) -> Vec<Row> {
    let mut rows = Rows { rows: Vec::new(), day: None, last: None, today: local(now), local, lang };
    if let Some(room) = room {
        rows.held(room);
    }
    for (item, text) in outbox.messages() {
        rows.begin_day(item.at);
        rows.message(unsent_row(item, text), None);
    }
    rows.rows
}

/// The hue of a person's avatar: the same everywhere, for the name alone.
pub fn hue(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 8) % 360
}

/// What stands in an avatar: the last two characters of the name.
pub fn initials(name: &str) -> &str {
    let from = name.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
    &name[from..]
}

fn said_row(said: &Said, seq: Seq, at: Millis, mine: bool, name: Rc<str>) -> Message {
    Message {
        id: said.id,
        seq: Some(seq),
        at,
        name,
        mine,
        again: false,
        text: Rc::clone(&said.text),
        edited: said.edited.is_some(),
        read_by: 0,
        unsent: None,
    }
}

fn unsent_row(item: &Item, text: &Text) -> Message {
    Message {
        id: item.id,
        seq: None,
        at: item.at,
        name: Rc::default(),
        mine: true,
        again: false,
        text: text.as_str().into(),
        edited: false,
        read_by: 0,
        unsent: Some(item.state),
    }
}

struct Rows {
    rows: Vec<Row>,
    day: Option<(Local, Millis)>,
    last: Option<(Option<MemberId>, Millis)>,
    today: Local,
    local: LocalTime,
    lang: Lang,
}

impl Rows {
    fn held(&mut self, room: &Room) {
        let somebody = Word::Somebody.say(self.lang);
        let name = |member| room.name(member).cloned().unwrap_or_else(|| somebody.into());
        let mut marks: Vec<Seq> = room.marks().values().copied().collect();
        marks.sort_unstable();
        for (index, Entry { seq, at, body }) in room.log.entries().iter().map(Rc::as_ref).enumerate() {
            self.begin_day(*at);
            match body {
                Body::Said(said) => {
                    // The page's own are known by `None`, as the unsent ones are.
                    let by = Some(said.by).filter(|by| *by != room.me);
                    let mut message = said_row(said, *seq, *at, by.is_none(), name(said.by));
                    if message.mine {
                        message.read_by = marks.len() - marks.partition_point(|mark| mark < seq);
                    }
                    self.message(message, by);
                }
                Body::Joined(member) if *member == room.me => {
                    self.note(*seq, Word::Welcome, &name(*member));
                    if index == 0 && room.begins_with_me() {
                        for other in room.before.iter().filter(|other| **other != room.me) {
                            self.note(*seq, Word::CameOnline, &name(*other));
                        }
                    }
                }
                Body::Joined(member) => self.note(*seq, Word::CameOnline, &name(*member)),
                Body::Left(member, LeftWhy::Removed) => self.note(*seq, Word::WasRemoved, &name(*member)),
                Body::Left(member, _) => self.note(*seq, Word::LeftRoom, &name(*member)),
                Body::Recalled(by) if *by == room.me => self.note(*seq, Word::YouRecalled, ""),
                Body::Recalled(by) => self.note(*seq, Word::Recalled, &name(*by)),
                Body::Locked(true) => self.note(*seq, Word::DoorLocked, ""),
                Body::Locked(false) => self.note(*seq, Word::DoorOpen, ""),
                Body::Set => self.note(*seq, Word::RoomChanged, ""),
            }
        }
    }

    fn begin_day(&mut self, at: Millis) {
        // Days begin at a whole quarter of an hour everywhere: the calendar is asked only once for each.
        let quarter = |at: Millis| at.0 / (15 * 60_000);
        if self.day.is_some_and(|(_, known)| quarter(known) == quarter(at)) {
            return;
        }
        let local = (self.local)(at);
        if self.day.is_none_or(|(day, _)| !day.same_day(local)) {
            self.rows.push(Row::Day(local.day(self.today, self.lang)));
            self.last = None;
        }
        self.day = Some((local, at));
    }

    fn note(&mut self, seq: Seq, word: Word, name: &str) {
        let text = word.fill(self.lang, &[name]);
        self.rows.push(Row::Note { seq, text });
        self.last = None;
    }

    fn message(&mut self, mut message: Message, by: Option<MemberId>) {
        message.again = self.last.is_some_and(|(last, at)| last == by && message.at.0 < at.0 + TOGETHER_MS);
        self.last = Some((by, message.at));
        self.rows.push(Row::Message(message));
    }
}

#[cfg(test)]
mod tests;
