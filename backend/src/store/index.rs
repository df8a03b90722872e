//! Looking things up in the index: where an event is, what a room is like, what is to be cleared away.
//!
//! Whoever asks gets what the follower has come to so far; [`Kept::pos`] says how far that is.

use std::ops::{ControlFlow, Range};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction};
use shared::{MemberId, MessageId, Millis, Seq};

use super::codec::number;
use crate::room::member::{Head, MemberState};
use crate::room::members::{Members, Whom};
use crate::room::proposal::Record;
use crate::room::state::RoomState;

use super::{IndexError, filters, ids, members, open_to_read, runs, schema};

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
    /// Its members: all, or those that stay in memory.
    pub members: Members,
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
        Ok(Self(open_to_read(&folder.join(schema::FILE))?))
    }

    /// Whether it is of the format that this program writes. One of another version is made anew when the server starts.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_current(&self) -> Result<bool, IndexError> {
        schema::is_current(&self.0)
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

    /// `ok`, or the first thing that SQLite finds wrong in the file, its lookups among it. Reads the whole index.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn integrity(&self) -> Result<String, IndexError> {
        Ok(self.0.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
    }

    /// The position of the event with this number.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn place(&self, life: i64, seq: Seq) -> Result<Option<i64>, IndexError> {
        runs::place(&self.0, life, number(seq))
    }

    /// Where the record may be to which a member of a life gave this id.
    pub(crate) fn with_id(
        &self,
        life: i64,
        by: MemberId,
        id: &MessageId,
    ) -> Result<Vec<Range<i64>>, IndexError> {
        let mut places = Vec::new();
        runs::each(&self.0, (life, &ids::numbers(&self.0, life, by, id)?), true, |run| {
            places.push(run.positions());
            Ok::<_, IndexError>(ControlFlow::Continue(()))
        })?;
        Ok(places)
    }

    /// What is kept of a room, with everybody who was ever a member of it.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn room(&self, life: i64) -> Result<Kept, IndexError> {
        self.kept(life, members::all)
    }

    /// What of a room stays in memory while it is loaded.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn room_in_use(&self, life: i64) -> Result<Kept, IndexError> {
        let mut kept = self.kept(life, members::in_use)?;
        let host = kept.head.as_ref().and_then(|head| head.settings.host);
        if let Some(host) = host
            && kept.members.find(&host).is_none()
            && let Some((number, host)) = self.member(life, Whom::Token(host))?
        {
            kept.members.put(number, host);
        }
        Ok(kept)
    }

    /// A member of a life.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn member(
        &self,
        life: i64,
        whom: Whom,
    ) -> Result<Option<(MemberId, MemberState)>, IndexError> {
        members::find(&self.0, life, whom)
    }

    /// Reads the former members whom a record concerns and whom `state` does not have, so that it can be folded.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn former_of(
        &self,
        life: i64,
        state: &RoomState,
        record: &Record,
    ) -> Result<Vec<(MemberId, MemberState)>, IndexError> {
        let missing = state.members_missing(record).into_iter();
        missing.filter_map(|number| self.member(life, Whom::Number(number)).transpose()).collect()
    }

    /// Whether all members of a life are found by what is known of them.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn lookups_fit(&self, life: i64) -> Result<bool, IndexError> {
        members::lookups_fit(&self.0, life)
    }

    fn kept(
        &self,
        life: i64,
        members: impl FnOnce(&Connection, i64) -> Result<Members, IndexError>,
    ) -> Result<Kept, IndexError> {
        // All of it as of one moment. Within a transaction it is so by itself.
        let reading = if self.0.is_autocommit() { Some(self.0.unchecked_transaction()?) } else { None };
        let pos = self.0.prepare_cached("SELECT pos FROM progress")?.query_row([], |row| row.get(0))?;
        let mut room = self.0.prepare_cached("SELECT head, fate FROM rooms WHERE life = ?1")?;
        let room = room.query_row([life], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (head, fate): (Option<String>, i64) = room.unwrap_or_default();
        let members = members(&self.0, life)?;
        drop(reading);
        let head = head.map(|head| serde_json::from_str(&head)).transpose();
        let head = head.map_err(|_| IndexError::Damaged(life))?;
        let fate = [Fate::Lives, Fate::Ended].into_iter().find(|known| *known as i64 == fate);
        Ok(Kept { pos, head, members, fate: fate.unwrap_or(Fate::Damaged) })
    }

    /// Life, number and position of events whose life is over, about `limit` of them; of each life its first one last.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn ended(&self, limit: usize) -> Result<Vec<(i64, i64, i64)>, IndexError> {
        const LIVES: &str = "SELECT life FROM rooms WHERE fate = 1 ORDER BY life";
        let mut lives = self.0.prepare_cached(LIVES)?;
        let mut rows = lives.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?
            && found.len() < limit
        {
            let life = row.get(0)?;
            runs::each(&self.0, (life, &(0..i64::MAX)), false, |run| {
                let left = limit - found.len();
                found.extend(run.events().rev().take(left).map(|(seq, pos)| (life, seq, pos)));
                let enough = found.len() >= limit;
                Ok::<_, IndexError>(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
        }
        Ok(found)
    }

    /// Hands every place to `take`: life, number, position.
    ///
    /// # Errors
    /// If the index cannot be read, or `take` fails.
    pub fn each_place(
        &self,
        mut take: impl FnMut(i64, i64, i64) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut query = self.0.prepare("SELECT DISTINCT life FROM runs ORDER BY life")?;
        let lives = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for life in lives {
            runs::each(&self.0, (life, &(0..i64::MAX)), true, |run| {
                run.events().try_for_each(|(seq, pos)| take(life, seq, pos))?;
                Ok::<_, IndexError>(ControlFlow::Continue(()))
            })?;
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

    /// The first life behind this one in which messages of a removed member are to be recalled.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn recalls_after(&self, life: i64) -> Result<Option<i64>, IndexError> {
        const SQL: &str = "SELECT min(life) FROM members WHERE recall = 1 AND life > ?1";
        Ok(self.0.prepare_cached(SQL)?.query_row([life], |row| row.get(0))?)
    }

    /// The last number of a life that is indexed; 0 if there is none.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn last(&self, life: i64) -> Result<Seq, IndexError> {
        Ok(Seq(runs::last(&self.0, life)?.cast_unsigned()))
    }

    /// Number and position of the events of a life, from a number on and before another one.
    pub(crate) fn places(&self, life: i64, from: Seq, before: Seq) -> Result<Vec<(Seq, i64)>, IndexError> {
        runs::places(&self.0, life, &runs::numbers(from, before))
    }

    /// The time of the newest event, as far as it is indexed.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn newest(&self) -> Result<Option<Millis>, IndexError> {
        let at: Option<i64> = self.0.query_row("SELECT max(at) FROM rooms", [], |row| row.get(0))?;
        Ok(at.filter(|at| *at > 0).map(|at| Millis(at.cast_unsigned())))
    }

    /// The first number from `from` on, and not behind `to`, at which a text may stand.
    pub(crate) fn without_text(&self, life: i64, from: Seq, to: Seq) -> Result<Seq, IndexError> {
        // The block that is not full yet has no filters.
        let full = self.last(life)?.next().min(to);
        Ok(filters::first_with_text(&self.0, life, from, full)?.max(from))
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

    /// Lives that are over, and of which nothing is left.
    pub(crate) fn empty(&self) -> Result<Vec<i64>, IndexError> {
        const SQL: &str = "SELECT life FROM rooms
            WHERE fate = 1 AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.life = rooms.life)";
        let mut query = self.0.prepare_cached(SQL)?;
        let found = query.query_map([], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Everything up to this position is in the index: commits the follower's transaction.
    pub(crate) fn reach(&self, pos: i64) -> Result<(), IndexError> {
        self.0.prepare_cached("UPDATE progress SET pos = ?1")?.execute([pos])?;
        Ok(self.0.execute_batch("COMMIT")?)
    }
}
