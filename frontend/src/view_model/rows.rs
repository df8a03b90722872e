//! The rows of the timeline, in order: days, notices, messages, and below them what is still unsent.
//!
//! Decides grouping and wording and draws nothing. Any part of the list can be made without the rest of it, and is the same
//! as in the whole list.

mod message;
mod notice;

use std::ops::Range;
use std::rc::Rc;

use shared::appearance::TOGETHER_MS;
use shared::{MemberId, MessageId, Millis, Seq, Text};

use crate::datetime::{Local, LocalTime};
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::outbox::{Command, DeliveryState, Outbox, OutboxItem};
use crate::state::timeline::{Entry, EntryKind};

pub(crate) use message::one_line;
pub use message::{Doing, MenuContext, MessageAction, MessageView, Quote, actions, quote};
use message::{said_row, unsent_row};
pub use notice::APART;

/// A row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The day of the rows below it.
    Day(String),
    /// The line above the messages that arrived while the person was away.
    Unread,
    /// A notice.
    Note {
        /// The event it is about; of a run of events, the last.
        seq: Seq,
        /// Its index among the notices about this event.
        part: usize,
        /// What it says.
        text: String,
        /// The recalled text, if it can be edited again.
        anew: Option<Rc<str>>,
        /// Whether a newer build of the page can show what happened.
        needs_reload: bool,
    },
    /// A message.
    Message(MessageView),
    /// A refused command that is not about a message in the list.
    Refused {
        /// The id of the command.
        id: MessageId,
        /// Why.
        why: Msg,
    },
}

/// The data that rows are made of.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The room, once known.
    pub room: Option<&'a Room>,
    /// The unsent commands.
    pub outbox: &'a Outbox,
    /// The time, to name days.
    pub now: Millis,
    /// Converts to local time.
    pub local: LocalTime,
    /// The language.
    pub lang: Lang,
}

impl Rows<'_> {
    /// The number of places in the list: one for each entry or run of notices, each unsent message, and each refused
    /// command. A place has one row or more.
    pub fn places(&self) -> usize {
        self.stored_places() + self.unsent().count() + self.refused().count()
    }

    /// Whether the list ends with the newest there is. Another part of the log ends with what is held of it.
    pub fn is_live(&self) -> bool {
        self.room.is_none_or(Room::is_live)
    }

    /// The unsent messages, which stand at the end of what is stored.
    pub fn unsent(&self) -> impl Iterator<Item = (&OutboxItem, &Text)> {
        self.outbox.messages().filter(|_| self.is_live())
    }

    /// The place of an event, or where it would be.
    pub fn place(&self, seq: Seq) -> usize {
        self.room.map_or(0, |room| room.shown().entries().place_of(seq))
    }

    /// The event at a place, of a run the last one. None if it is not stored yet.
    pub fn number(&self, place: usize) -> Option<Seq> {
        let entries = self.room?.shown().entries().at_places(place..place + 1);
        entries.last().map(|(entry, _)| entry.seq)
    }

    /// The rows at these places.
    pub fn at(&self, places: Range<usize>) -> Vec<Row> {
        let mut builder = RowBuilder {
            rows: Vec::new(),
            day: None,
            last: None,
            of: *self,
            today: (self.local)(self.now),
            wanted: 0,
        };
        // The place before decides whether a day begins and whether a name is shown. The place after decides whether a
        // group goes on.
        let range = places.start.saturating_sub(1)..places.end + 1;
        if let Some(room) = self.room {
            let unread = room.unread();
            let (mut place, mut run) = (range.start, Vec::new());
            for (entry, folds) in room.shown().entries().at_places(range.clone()) {
                run.push(&**entry);
                if !folds {
                    builder.place(room, place, &run, unread);
                    builder.end_place(place, &places);
                    place += 1;
                    run.clear();
                }
            }
        }
        let held = self.stored_places();
        let unsent = (held..).zip(self.unsent());
        for (place, (item, _)) in unsent.filter(|(place, _)| range.contains(place)) {
            builder.begin_day(item.at);
            builder.message(unsent_row(self.room, item, self.lang));
            builder.end_place(place, &places);
        }
        let mut rows = builder.finish();
        let refused = (held + self.unsent().count()..).zip(self.refused());
        let refused = refused.filter(|(place, _)| places.contains(place));
        rows.extend(refused.map(|(_, (id, why))| Row::Refused { id, why }));
        rows
    }

    /// The number of places of stored events. The unsent messages come after them.
    pub fn stored_places(&self) -> usize {
        self.room.map_or(0, |room| room.shown().entries().place_count())
    }

    /// Refused commands that have no message to stand at.
    fn refused(&self) -> impl Iterator<Item = (MessageId, Msg)> {
        let at_message = |seq| self.room.is_some_and(|room| room.shown().said(seq).is_some());
        let items = self.outbox.items().iter().filter(|_| self.is_live());
        items.filter_map(move |item| match (&item.act, item.state) {
            (Command::Say { .. }, _) => None,
            (act, _) if act.target().is_some_and(at_message) => None,
            _ => failure(item.state).map(|why| (item.id, why)),
        })
    }
}

/// Why a command failed, if it did.
pub fn failure(state: DeliveryState) -> Option<Msg> {
    match state {
        DeliveryState::Waiting | DeliveryState::Stored(_) => None,
        DeliveryState::Refused(code) => Some(Msg::refusal(code)),
        DeliveryState::Moved => Some(Msg::Moved),
    }
}

struct RowBuilder<'a> {
    rows: Vec<Row>,
    day: Option<(Local, Millis)>,
    /// Author and time of the message just before, if the next one may join its group.
    last: Option<(Option<MemberId>, Millis)>,
    of: Rows<'a>,
    today: Local,
    /// How many of the rows are at the wanted places.
    wanted: usize,
}

impl RowBuilder<'_> {
    /// Adds the rows of a place: of one entry, or of a run of notices.
    fn place(&mut self, room: &Room, place: usize, run: &[&Entry], unread: Option<Seq>) {
        let Some(entry) = run.last().copied() else { return };
        let Entry { seq, at, body } = entry;
        if notice::is_run(room, body) {
            return self.run(room, *seq, run);
        }
        self.begin_day(*at);
        if unread == Some(*seq) {
            self.rows.push(Row::Unread);
            self.last = None;
        }
        if let EntryKind::Message(said) = body {
            let mut message = said_row(room, self.of.outbox, *seq, *at, said, self.of.lang);
            if message.is_mine() {
                message.read_by = room.reader_count(*seq);
            }
            return self.message(message);
        }
        if notice::is_part_of_sign_out(room, entry) {
            return;
        }
        let recalled_here =
            matches!(body, EntryKind::Recalled { by, author } if *by == room.me && *author == room.me);
        let anew = recalled_here.then(|| room.taken_back(*seq)).flatten();
        let is_first = place == 0 && room.begins_with_me();
        self.notes(entry, notice::sentences(room, body, is_first, self.of.lang), anew);
    }

    /// Adds the rows of a run of arrivals and departures, day by day.
    fn run(&mut self, room: &Room, seq: Seq, run: &[&Entry]) {
        let (mut rest, mut part) = (run, 0);
        while let Some(first) = rest.first() {
            self.begin_day(first.at);
            let day = self.day;
            let is_other_day = |entry: &&Entry| {
                day.is_none_or(|(day, at)| {
                    !same_quarter(at, entry.at) && !day.same_day((self.of.local)(entry.at))
                })
            };
            let len = rest.iter().position(is_other_day).unwrap_or(rest.len()).max(1);
            let sentences = notice::run_sentences(room, &rest[..len], self.of.lang);
            for text in sentences {
                self.rows.push(Row::Note { seq, part, text, anew: None, needs_reload: false });
                part += 1;
            }
            rest = &rest[len..];
        }
        self.last = None;
    }

    /// Ends a place. Rows of the place before the wanted ones are dropped; they have decided what they had to.
    fn end_place(&mut self, place: usize, wanted: &Range<usize>) {
        if place < wanted.start {
            self.rows.clear();
        }
        if place < wanted.end {
            self.wanted = self.rows.len();
        }
    }

    /// The rows at the wanted places.
    fn finish(mut self) -> Vec<Row> {
        for index in 0..self.wanted {
            let (rows, below) = self.rows.split_at_mut(index + 1);
            if let (Some(Row::Message(message)), Some(Row::Message(next))) = (rows.last_mut(), below.first())
            {
                message.ends_group = !(next.again && message.has_same_state(next));
            }
        }
        self.rows.truncate(self.wanted);
        self.rows
    }

    fn begin_day(&mut self, at: Millis) {
        if self.day.is_some_and(|(_, known)| same_quarter(known, at)) {
            return;
        }
        let local = (self.of.local)(at);
        if self.day.is_none_or(|(day, _)| !day.same_day(local)) {
            self.rows.push(Row::Day(local.day(self.today, self.of.lang)));
            self.last = None;
        }
        self.day = Some((local, at));
    }

    fn notes(&mut self, entry: &Entry, texts: Vec<String>, anew: Option<&Rc<str>>) {
        let (seq, needs_reload) = (entry.seq, entry.body == EntryKind::Unknown);
        let note = |(part, text)| Row::Note { seq, part, text, anew: anew.cloned(), needs_reload };
        self.rows.extend(texts.into_iter().enumerate().map(note));
        self.last = None;
    }

    fn message(&mut self, mut message: MessageView) {
        let by = message.by;
        message.again = self.last.is_some_and(|(last, at)| last == by && message.at.0 < at.0 + TOGETHER_MS);
        self.last = Some((by, message.at));
        self.rows.push(Row::Message(message));
    }
}

/// Days begin at a whole quarter of an hour everywhere, so the calendar is asked once for each quarter.
fn same_quarter(one: Millis, other: Millis) -> bool {
    let quarter = |at: Millis| at.0 / (15 * 60_000);
    quarter(one) == quarter(other)
}

#[cfg(test)]
mod tests;
