//! The records of a log: appended, looked up, and overwritten where a text is no more.
//!
//! What a room appends in one go is one row: a row costs as much as three events. It is written when the next record is of another
//! room, when it is full, and before anybody looks.

use rusqlite::params;
use shared::{Event, Fact, MemberId, MessageId, Seq};

use crate::room::proposal::Record;
use crate::room::tail::Entry;

use super::super::LogError;
use super::super::codec::{self, BETWEEN, Line, ROOM, What, lines_of, number, pad, private_text};
use super::Log;

/// Bytes of a row's events, unless it has but one event: so many fit on a page of the file, beside what SQLite adds.
const ROW_BYTES: usize = 4_000;

/// A row that has not been written yet.
#[derive(Debug)]
pub(super) struct Open {
    pos: i64,
    life: i64,
    seq: Seq,
    events: String,
    private: Option<String>,
}

impl Open {
    /// Whether one more event, of so many bytes, has its place behind the others.
    fn takes(&self, life: i64, bytes: usize) -> bool {
        self.life == life && self.private.is_none() && self.events.len() + 1 + bytes <= ROW_BYTES
    }
}

impl Log {
    /// Hands the records of a life behind a position to `take`, in order.
    ///
    /// # Errors
    /// If the log cannot be read, or a record makes no sense.
    pub fn read(&mut self, life: i64, after: i64, mut take: impl FnMut(&Record)) -> Result<(), LogError> {
        self.close_row()?;
        let mut damaged = None;
        lines_of(&self.connection, life, after, |line| match &line.what {
            What::Record(record) => take(record),
            What::Damaged => damaged = Some(LogError::Damaged(line.pos)),
            What::End => {}
        })?;
        damaged.map_or(Ok(()), Err)
    }

    /// Appends a record; the position it gets.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn append(&mut self, life: i64, entry: &Entry, record: &Record) -> Result<i64, LogError> {
        let length = entry.json().len().max(if record.signed().is_some() { ROOM } else { 0 });
        let private = private_text(&record.private);
        let takes = |open: &&mut Open| private.is_none() && open.takes(life, length);
        if let Some(open) = self.open.as_mut().filter(takes) {
            open.events.push(BETWEEN);
            pad(&mut open.events, entry.json(), length);
        } else {
            self.close_row()?;
            let mut events = String::with_capacity(length.max(ROW_BYTES));
            pad(&mut events, entry.json(), length);
            self.open = Some(Open { pos: self.last + 1, life, seq: entry.seq(), events, private });
        }
        self.last += 1;
        Ok(self.last)
    }

    /// Writes what was appended last.
    pub(super) fn close_row(&mut self) -> Result<(), LogError> {
        const SQL: &str = "INSERT INTO records (pos, life, seq, event, private) VALUES (?1, ?2, ?3, ?4, ?5)";
        let Some(Open { pos, life, seq, events, private }) = self.open.take() else { return Ok(()) };
        self.connection.prepare_cached(SQL)?.execute(params![pos, life, number(seq), events, private])?;
        Ok(())
    }

    /// The record at a position.
    ///
    /// # Errors
    /// If the log cannot be read, or the record makes no sense.
    pub fn record(&mut self, pos: i64) -> Result<Option<Record>, LogError> {
        match self.line(pos)?.map(|line| line.what) {
            Some(What::Record(record)) => Ok(Some(record)),
            Some(What::Damaged) => Err(LogError::Damaged(pos)),
            Some(What::End) | None => Ok(None),
        }
    }

    /// The number of the record at a position, if it is of this life and this member gave it this id.
    ///
    /// # Errors
    /// If the log cannot be read, or the record makes no sense.
    pub fn signed(
        &mut self,
        pos: i64,
        life: i64,
        by: MemberId,
        id: &MessageId,
    ) -> Result<Option<Seq>, LogError> {
        Ok(self
            .line(pos)?
            .filter(|line| line.life == life && line.signed() == Some((by, *id)))
            .map(|line| line.seq))
    }

    fn line(&mut self, pos: i64) -> Result<Option<Line>, LogError> {
        self.close_row()?;
        codec::at(&self.connection, pos, |stored| Ok(stored.line()))
    }

    /// The event at a position.
    ///
    /// # Errors
    /// As [`Log::record`].
    pub fn event(&mut self, pos: i64) -> Result<Option<Event>, LogError> {
        Ok(self.record(pos)?.map(|record| record.event))
    }

    /// Puts an event in the place of the one at a position. A `gone` has nothing private, and so no trace of its text.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn rewrite(&mut self, pos: i64, entry: &Entry, event: &Event) -> Result<(), LogError> {
        const SQL: &str = "UPDATE records SET event = ?1, private = ?2, seal = ?3 WHERE pos = ?4";
        self.close_row()?;
        let mut row = codec::changing(&self.connection, pos)?.ok_or(LogError::Damaged(pos))?;
        self.scrub |= row.put(pos, entry.json());
        if matches!(event.fact, Fact::Gone { .. }) {
            row.forget(pos);
        }
        let row = params![row.events, row.private, row.seals, row.pos];
        self.connection.prepare_cached(SQL)?.execute(row)?;
        self.purge = true;
        Ok(())
    }

    /// Deletes rows of lives that are over, by the positions of their events. One goes with the first of its positions.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn delete(&mut self, positions: impl Iterator<Item = i64>) -> Result<(), LogError> {
        let mut delete = self.connection.prepare_cached("DELETE FROM records WHERE pos = ?1")?;
        for pos in positions {
            delete.execute([pos])?;
        }
        (self.purge, self.scrub) = (true, true);
        Ok(())
    }
}
