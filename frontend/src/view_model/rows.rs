//! What the timeline shows, in order: days, notices, messages, and below them what is still unsent.
//!
//! Decides grouping and wording, draws nothing. Any part of the list is made without the rest of it.

mod message;

use std::ops::Range;
use std::rc::Rc;

use shared::appearance::TOGETHER_MS;
use shared::{LeftWhy, MemberId, MessageId, Millis, Seq};

use crate::datetime::{Local, LocalTime};
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::outbox::{Command, DeliveryState, Outbox};
use crate::state::timeline::{Entry, EntryKind};

pub use message::{Doing, MessageAction, MessageView, Quote, deeds, quote};
use message::{said_row, unsent_row};

/// Most of those who were there before that are announced to somebody who joins.
const ANNOUNCED: usize = 10;

/// Something in the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// What follows happened on this day.
    Day(String),
    /// What follows came while the person was away.
    Unread,
    /// A notice.
    Note {
        /// The event it speaks of.
        seq: Seq,
        /// What it says.
        text: String,
        /// The text that was taken back here, to be written anew.
        anew: Option<Rc<str>>,
    },
    /// A message.
    Message(MessageView),
    /// Something else that was refused.
    Refused {
        /// The id of the act.
        id: MessageId,
        /// Why.
        why: Msg,
    },
}

/// What the rows are made of.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The room, if it is known already.
    pub room: Option<&'a Room>,
    /// What is unsent.
    pub outbox: &'a Outbox,
    /// The time, to name days.
    pub now: Millis,
    /// Tells the local time.
    pub local: LocalTime,
    /// The language.
    pub lang: Lang,
}

impl Rows<'_> {
    /// How many places the list has: one for each entry held, each unsent message, and each act that was refused. At
    /// one place there may be several rows.
    pub fn places(&self) -> usize {
        self.held() + self.outbox.messages().count() + self.refused().count()
    }

    /// Where an event is, or would be.
    pub fn place(&self, seq: Seq) -> usize {
        self.room.map_or(0, |room| room.log.entries().position(seq).unwrap_or_else(|place| place))
    }

    /// The event at a place; none where it is not stored yet.
    pub fn number(&self, place: usize) -> Option<Seq> {
        self.room?.log.entries().range(place..place + 1).next().map(|entry| entry.seq)
    }

    /// The rows at these places.
    pub fn at(&self, places: Range<usize>) -> Vec<Row> {
        let mut making =
            Making { rows: Vec::new(), day: None, last: None, of: *self, today: (self.local)(self.now) };
        // What stands just before decides whether a day begins, and who is named.
        let before = places.start.saturating_sub(1);
        if let Some(room) = self.room {
            let unread = room.unread();
            for (place, entry) in (before..).zip(room.log.entries().range(before..places.end)) {
                making.entry(room, place, entry, unread);
                making.skip(place < places.start);
            }
        }
        let held = self.held();
        let unsent = (held..).zip(self.outbox.messages());
        for (place, (item, _)) in unsent.filter(|(place, _)| (before..places.end).contains(place)) {
            making.begin_day(item.at);
            making.message(unsent_row(self.room, item, self.lang));
            making.skip(place < places.start);
        }
        let refused = (held + self.outbox.messages().count()..).zip(self.refused());
        let refused = refused.filter(|(place, _)| places.contains(place));
        making.rows.extend(refused.map(|(_, (id, why))| Row::Refused { id, why }));
        making.rows
    }

    fn held(&self) -> usize {
        self.room.map_or(0, |room| room.log.entries().len())
    }

    /// Acts that were refused, and stand at no message.
    fn refused(&self) -> impl Iterator<Item = (MessageId, Msg)> {
        let at_message = |seq| self.room.is_some_and(|room| room.log.said(seq).is_some());
        self.outbox.items().iter().filter_map(move |item| match (&item.act, item.state) {
            (Command::Say { .. }, _) => None,
            (act, _) if act.target().is_some_and(at_message) => None,
            (_, DeliveryState::Refused(code)) => Some((item.id, Msg::refusal(code))),
            (_, DeliveryState::Moved) => Some((item.id, Msg::Moved)),
            (_, DeliveryState::Waiting | DeliveryState::Stored(_)) => None,
        })
    }
}

struct Making<'a> {
    rows: Vec<Row>,
    day: Option<(Local, Millis)>,
    last: Option<(Option<MemberId>, Millis)>,
    of: Rows<'a>,
    today: Local,
}

impl Making<'_> {
    fn entry(&mut self, room: &Room, place: usize, entry: &Entry, unread: Option<Seq>) {
        let Entry { seq, at, body } = entry;
        let lang = self.of.lang;
        self.begin_day(*at);
        if unread == Some(*seq) {
            self.rows.push(Row::Unread);
            self.last = None;
        }
        let name = |member| room.name(member).map_or(Msg::Somebody.say(lang), |name| &**name);
        match body {
            EntryKind::Message(said) => {
                let mut message = said_row(room, self.of.outbox, entry, said, lang);
                if message.is_mine() {
                    message.read_by = room.marks().iter().filter(|(_, mark)| seq <= mark).count();
                }
                self.message(message);
            }
            EntryKind::Joined(member) if *member == room.me => {
                self.note(*seq, Msg::Welcome, name(*member));
                if place == 0 && room.begins_with_me() {
                    let others = room.before.iter().filter(|other| **other != room.me);
                    for other in others.take(ANNOUNCED) {
                        self.note(*seq, Msg::CameOnline, name(*other));
                    }
                }
            }
            EntryKind::Joined(member) => self.note(*seq, Msg::CameOnline, name(*member)),
            EntryKind::Left(member, LeftWhy::Removed) => self.note(*seq, Msg::WasRemoved, name(*member)),
            EntryKind::Left(member, _) => self.note(*seq, Msg::LeftRoom, name(*member)),
            EntryKind::Recalled(by) if *by == room.me => {
                self.note(*seq, Msg::YouRecalled, "");
                if let Some(Row::Note { anew, .. }) = self.rows.last_mut() {
                    *anew = room.taken_back(*seq).cloned();
                }
            }
            EntryKind::Recalled(by) => self.note(*seq, Msg::Recalled, name(*by)),
            EntryKind::Locked(true) => self.note(*seq, Msg::DoorLocked, ""),
            EntryKind::Locked(false) => self.note(*seq, Msg::DoorOpen, ""),
            EntryKind::Set => self.note(*seq, Msg::RoomChanged, ""),
        }
    }

    /// Forgets the rows of a place that is not asked for, and keeps what they mean for the next one.
    fn skip(&mut self, skip: bool) {
        if skip {
            self.rows.clear();
        }
    }

    fn begin_day(&mut self, at: Millis) {
        // Days begin at a whole quarter of an hour everywhere: the calendar is asked only once for each.
        let quarter = |at: Millis| at.0 / (15 * 60_000);
        if self.day.is_some_and(|(_, known)| quarter(known) == quarter(at)) {
            return;
        }
        let local = (self.of.local)(at);
        if self.day.is_none_or(|(day, _)| !day.same_day(local)) {
            self.rows.push(Row::Day(local.day(self.today, self.of.lang)));
            self.last = None;
        }
        self.day = Some((local, at));
    }

    fn note(&mut self, seq: Seq, word: Msg, name: &str) {
        let text = word.fill(self.of.lang, &[name]);
        self.rows.push(Row::Note { seq, text, anew: None });
        self.last = None;
    }

    fn message(&mut self, mut message: MessageView) {
        let by = message.by;
        message.again = self.last.is_some_and(|(last, at)| last == by && message.at.0 < at.0 + TOGETHER_MS);
        self.last = Some((by, message.at));
        self.rows.push(Row::Message(message));
    }
}

#[cfg(test)]
mod tests;
