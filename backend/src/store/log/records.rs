//! The records of a log: appended, looked up, and overwritten where a text is no more.
//!
//! What a room appends in one go is one row: a row costs as much as three events. It is written when the next record is of another
//! room, when it is full, and before anybody looks.

use rusqlite::params;
use shared::{Event, Fact, MemberId, MessageId, Seq};

use crate::room::proposal::{Private, Record};
use crate::room::seal::Seal;
use crate::room::tail::Entry;

use super::super::LogError;
use super::super::codec::{self, BETWEEN, ROOM, Stored, What, lines_of, number, padded, private_text};
use super::Log;

/// Bytes of a row's events and seals, unless it has but one event: so many fit on a page of the file, beside what SQLite adds.
const ROW_BYTES: usize = 4_000;

/// A row that has not been written yet.
#[derive(Debug)]
pub(super) struct Open {
    pos: i64,
    life: i64,
    seq: Seq,
    events: String,
    seals: Vec<u8>,
    private: Option<String>,
}

impl Open {
    /// Whether one more event under an id, of so many bytes, has its place behind the others.
    fn takes(&self, life: i64, bytes: usize) -> bool {
        let length = self.events.len() + 1 + bytes + self.seals.len() + size_of::<Seal>();
        self.life == life && !self.seals.is_empty() && self.private.is_none() && length <= ROW_BYTES
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
        let event = padded(entry.json(), if record.signed().is_some() { ROOM } else { 0 });
        let seal = match &record.private {
            Private::Sealed(seal) => Some(seal),
            _ => None,
        };
        let takes = |open: &&mut Open| seal.is_some() && open.takes(life, event.len());
        if let Some(open) = self.open.as_mut().filter(takes) {
            open.events.push(BETWEEN);
            open.events.push_str(&event);
            open.seals.extend(seal.into_iter().flat_map(Seal::to_bytes));
        } else {
            self.close_row()?;
            self.open = Some(Open {
                pos: self.last + 1,
                life,
                seq: entry.seq(),
                events: event.into_owned(),
                seals: record.seal().into_iter().flat_map(Seal::to_bytes).collect(),
                private: private_text(&record.private),
            });
        }
        self.last += 1;
        Ok(self.last)
    }

    /// Writes what was appended last.
    pub(super) fn close_row(&mut self) -> Result<(), LogError> {
        const SQL: &str =
            "INSERT INTO records (pos, life, seq, event, private, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let Some(Open { pos, life, seq, events, seals, private }) = self.open.take() else { return Ok(()) };
        let seals = Some(seals).filter(|seals| !seals.is_empty());
        self.connection.prepare_cached(SQL)?.execute(params![
            pos,
            life,
            number(seq),
            events,
            private,
            seals
        ])?;
        Ok(())
    }

    /// What the id of the record at a position is bound to; nothing once its text was recalled.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn seal(&mut self, pos: i64) -> Result<Option<Seal>, LogError> {
        self.close_row()?;
        let seal = |stored: Stored<'_>| Ok::<_, LogError>(stored.seal);
        Ok(codec::at(&self.connection, pos, seal)?.flatten())
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
        self.close_row()?;
        let line = codec::at(&self.connection, pos, |stored| Ok::<_, LogError>(stored.line()))?;
        Ok(line.filter(|line| line.life == life && line.signed() == Some((by, *id))).map(|line| line.seq))
    }

    /// The event at a position.
    ///
    /// # Errors
    /// If the log cannot be read, or the record makes no sense.
    pub fn event(&mut self, pos: i64) -> Result<Option<Event>, LogError> {
        self.close_row()?;
        codec::at(&self.connection, pos, |stored| {
            serde_json::from_str(stored.json).map_err(|_| LogError::Damaged(pos))
        })
    }

    /// Puts an event in the place of the one at a position. A `gone` loses the seal too, and with it the last trace of
    /// its text.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn rewrite(&mut self, pos: i64, entry: &Entry, event: &Event) -> Result<(), LogError> {
        const SQL: &str = "UPDATE records SET event = ?1, seal = ?2 WHERE pos = ?3";
        self.close_row()?;
        let mut row = codec::changing(&self.connection, pos)?.ok_or(LogError::Damaged(pos))?;
        let grows = row.put(pos, entry.json(), !matches!(event.fact, Fact::Gone { .. }));
        self.connection.prepare_cached(SQL)?.execute(params![row.events, row.seals, row.pos])?;
        self.scrub |= grows;
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
