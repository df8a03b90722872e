//! Looking things up in the index: where an event is, what a room is like, what is to be cleared away.
//!
//! Whoever asks gets what the follower has come to so far; [`Kept::pos`] says how far that is.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use shared::{MemberId, MessageId, Millis, Seq};

use super::codec::number;
use crate::room::member::{Head, MemberState};

use super::{IndexError, open_to_read, schema};

/// The index, open for reading, or by the follower for writing.
#[derive(Debug)]
pub struct Index(pub(crate) Connection);

/// What is kept of a room.
#[derive(Debug)]
pub struct Kept {
    /// Up to which position of the log.
    pub pos: i64,
    /// The room; nothing if it was opened behind that position.
    pub head: Option<Head>,
    /// Its members; member `n` stands at `n - 1`.
    pub members: Vec<MemberState>,
    /// What has become of it.
    pub fate: Fate,
}

/// What has become of a life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// A room is in it.
    #[default]
    Lives = 0,
    /// It is over, and its records are to be deleted.
    Ended = 1,
    /// A record of it makes no sense.
    Damaged = 2,
}

impl Index {
    /// Opens the index in `folder` for reading; the follower must have made it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let file = folder.join(schema::FILE);
        Ok(Self(open_to_read(&file)?))
    }

    /// Holds on to what the index is now, for as long as the transaction lives.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn moment(&self) -> Result<Transaction<'_>, IndexError> {
        let moment = self.0.unchecked_transaction()?;
        moment.query_row("SELECT pos FROM progress", [], |row| row.get::<_, i64>(0))?;
        Ok(moment)
    }

    /// The position of the event with this number.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn place(&self, life: i64, seq: Seq) -> Result<Option<i64>, IndexError> {
        let mut query = self.0.prepare_cached("SELECT pos FROM places WHERE life = ?1 AND seq = ?2")?;
        Ok(query.query_row([life, number(seq)], |row| row.get(0)).optional()?)
    }

    /// The number and the position of what a member stored under `id`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn signed(&self, life: i64, by: MemberId, id: MessageId) -> Result<Option<(Seq, i64)>, IndexError> {
        const SQL: &str = "SELECT seq, pos FROM places WHERE id = ?1 AND life = ?2 AND by = ?3";
        let mut query = self.0.prepare_cached(SQL)?;
        let found = query.query_row(params![id.as_bytes(), life, by.0], |row| {
            Ok((Seq(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
        });
        Ok(found.optional()?)
    }

    /// What is kept of a room.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn room(&self, life: i64) -> Result<Kept, IndexError> {
        // All of it as of one moment. Within the follower's own transaction it is so by itself.
        let reading = if self.0.is_autocommit() { Some(self.0.unchecked_transaction()?) } else { None };
        let pos = self.0.prepare_cached("SELECT pos FROM progress")?.query_row([], |row| row.get(0))?;
        let mut room = self.0.prepare_cached("SELECT head, fate FROM rooms WHERE life = ?1")?;
        let room = room.query_row([life], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (head, fate): (Option<String>, i64) = room.unwrap_or_default();
        let mut query = self.0.prepare_cached("SELECT state FROM members WHERE life = ?1 ORDER BY member")?;
        let mut rows = query.query([life])?;
        let damaged = |_| IndexError::Damaged(life);
        let mut members = Vec::new();
        while let Some(row) = rows.next()? {
            let state: String = row.get(0)?;
            members.push(serde_json::from_str(&state).map_err(damaged)?);
        }
        drop(reading);
        let head = head.map(|head| serde_json::from_str(&head).map_err(damaged)).transpose()?;
        let fate = [Fate::Lives, Fate::Ended].into_iter().find(|known| *known as i64 == fate);
        Ok(Kept { pos, head, members, fate: fate.unwrap_or(Fate::Damaged) })
    }

    /// Life, number and position of events whose life is over, at most `limit` of them; of each life its first one last.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn ended(&self, limit: usize) -> Result<Vec<(i64, i64, i64)>, IndexError> {
        const SQL: &str = "SELECT life, seq, pos FROM rooms JOIN places USING (life) WHERE fate = 1
                           ORDER BY life, seq DESC LIMIT ?1";
        let mut query = self.0.prepare_cached(SQL)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = query.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Hands every place to `take`: life, number, position.
    ///
    /// # Errors
    /// If the index cannot be read, or `take` fails.
    pub fn each_place(
        &self,
        mut take: impl FnMut(i64, i64, i64) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut query = self.0.prepare("SELECT life, seq, pos FROM places ORDER BY life, seq")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            take(row.get(0)?, row.get(1)?, row.get(2)?)?;
        }
        Ok(())
    }

    /// The first life behind this one that a room is in.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn life_after(&self, life: i64) -> Result<Option<i64>, IndexError> {
        const SQL: &str = "SELECT min(life) FROM rooms WHERE life > ?1 AND fate = 0";
        Ok(self.0.prepare_cached(SQL)?.query_row([life], |row| row.get(0))?)
    }

    /// The last number of a life that is indexed; 0 if there is none.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn last(&self, life: i64) -> Result<Seq, IndexError> {
        const SQL: &str = "SELECT ifnull(max(seq), 0) FROM places WHERE life = ?1";
        let last = self.0.prepare_cached(SQL)?.query_row([life], |row| row.get::<_, i64>(0))?;
        Ok(Seq(last.cast_unsigned()))
    }

    /// Number and position of the events of a life that somebody signed, from a number on and before another one.
    pub(crate) fn signed_in(&self, life: i64, from: i64, before: i64) -> Result<Vec<(Seq, i64)>, IndexError> {
        const SQL: &str = "SELECT seq, pos FROM places
                           WHERE life = ?1 AND seq >= ?2 AND seq < ?3 AND by IS NOT NULL ORDER BY seq";
        let mut query = self.0.prepare_cached(SQL)?;
        let found = query.query_map([life, from, before], |row| {
            Ok((Seq(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Lives that are over, and of which nothing is left.
    pub(crate) fn empty(&self) -> Result<Vec<i64>, IndexError> {
        const SQL: &str = "SELECT life FROM rooms
            WHERE fate = 1 AND NOT EXISTS (SELECT 1 FROM places WHERE places.life = rooms.life)";
        let mut query = self.0.prepare_cached(SQL)?;
        let found = query.query_map([], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Everything up to this position is in the index: commits the follower's transaction.
    pub(crate) fn reach(&self, pos: i64) -> Result<(), IndexError> {
        self.0.prepare_cached("UPDATE progress SET pos = ?1")?.execute([pos])?;
        Ok(self.0.execute_batch("COMMIT")?)
    }

    /// Lives of rooms that were opened before a moment and that nobody ever joined.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn never_joined(&self, before: Millis) -> Result<Vec<i64>, IndexError> {
        const SQL: &str = "SELECT life FROM rooms WHERE tail = 1 AND at < ?1 AND fate = 0 LIMIT 1000";
        let mut query = self.0.prepare_cached(SQL)?;
        let found = query.query_map([before.0.cast_signed()], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}
