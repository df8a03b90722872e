//! Reading the log while the ledger writes it. Never waits for the ledger, and the ledger never for it.
//!
//! Where an event is, the index knows; what is too new for the index is looked for in the log behind it.

pub mod follower;
pub mod search;
pub mod settled;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::{Connection, Transaction};
use shared::limits::EVENTS_FRAME_MAX;
use shared::{MemberId, Names, Seq};

use crate::config::{ARCHIVE_READERS, PAGE_BYTES};
use crate::room::member::MemberState;
use crate::room::members::Whom;
use crate::room::seal::TokenHash;
use crate::room::tail::Entry;
use crate::store::codec::{self, Stored, number};
use crate::store::{LogError, log, members, open_to_read, runs, schema};

/// The log, open for reading: so many may read at a time.
#[derive(Debug)]
pub struct Archive([Mutex<Connection>; ARCHIVE_READERS]);

/// Both files as they are now, and up to which position the index goes. The index's moment comes first: it must not
/// know more than the log.
fn moment(connection: &Connection) -> Result<(Transaction<'_>, i64), rusqlite::Error> {
    let moment = connection.unchecked_transaction()?;
    let indexed = moment.query_row("SELECT pos FROM progress", [], |row| row.get(0))?;
    Ok((moment, indexed))
}

impl Archive {
    /// Opens log and index in `folder`; the ledger and the follower must have made them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let mut readers = Vec::with_capacity(ARCHIVE_READERS);
        for _ in 0..ARCHIVE_READERS {
            readers.push(Mutex::new(reader(folder)?));
        }
        Ok(Self(readers.try_into().expect("there are so many")))
    }

    /// The events of a life that follow `after`, up to `last`: about one frame of them. Blocks.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn read(&self, life: i64, after: Seq, last: Seq) -> Result<Vec<Entry>, LogError> {
        Ok(self.select((life, after, last), Page::new(usize::MAX, EVENTS_FRAME_MAX), true)?.entries)
    }

    /// At most `limit` events of a life whose numbers lie above `after` and not above `last`, and about [`PAGE_BYTES`] of
    /// them, in rising order: the first ones if `rising`, the last ones otherwise. Says whether there are more. Blocks.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn page(
        &self,
        life: i64,
        (after, last): (Seq, Seq),
        limit: usize,
        rising: bool,
    ) -> Result<(Vec<Entry>, bool), LogError> {
        let mut page = self.select((life, after, last), Page::new(limit, PAGE_BYTES), rising)?;
        if !rising {
            page.entries.reverse();
        }
        Ok((page.entries, page.more))
    }

    /// The format of the log, and how many rooms there are. Blocks.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn summary(&self) -> Result<(i64, u64), LogError> {
        let connection = self.connection();
        let format = connection.query_row("PRAGMA main.user_version", [], |row| row.get(0))?;
        let rooms: i64 = connection.query_row("SELECT count(*) FROM lives", [], |row| row.get(0))?;
        Ok((format, rooms.unsigned_abs()))
    }

    /// The latest names of these members of a life, as far as they are indexed. Blocks.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn names(&self, life: i64, members: impl Iterator<Item = MemberId>) -> Result<Names, LogError> {
        Ok(members::names(&self.connection(), life, members)?)
    }

    /// The latest names of all members that a life has had, as far as they are indexed. Blocks.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn all_names(&self, life: i64) -> Result<Names, LogError> {
        Ok(members::all_names(&self.connection(), life)?)
    }

    /// The member of a life whose token this is or was, as it is indexed. Blocks.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn member_with(
        &self,
        life: i64,
        token: TokenHash,
    ) -> Result<Option<(MemberId, MemberState)>, LogError> {
        Ok(members::find(&self.connection(), life, Whom::Token(token))?)
    }

    /// A connection that nobody uses; if there is none, one of them when it is free.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let free = self.0.iter().find_map(|reader| match reader.try_lock() {
            Ok(free) => Some(free),
            Err(TryLockError::Poisoned(free)) => Some(free.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        free.unwrap_or_else(|| self.0[next % ARCHIVE_READERS].lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Events in rising order or the last one first, until the page is full.
    fn select(
        &self,
        (life, after, last): (i64, Seq, Seq),
        mut page: Page,
        rising: bool,
    ) -> Result<Page, LogError> {
        let connection = self.connection();
        let (_moment, indexed) = moment(&connection)?;
        let (after, last) = (number(after), number(last));
        let numbers = after.saturating_add(1)..last.saturating_add(1);
        let new = |page: &mut Page| {
            codec::behind(&connection, (life, indexed), rising, |stored| {
                if numbers.contains(&stored.seq) { page.take(&stored) } else { Ok(ControlFlow::Continue(())) }
            })
        };
        if !rising && new(&mut page)?.is_break() {
            return Ok(page);
        }
        runs::each(&connection, (life, &numbers), rising, |run| {
            codec::range(&connection, &run.positions(), rising, |stored| page.take(&stored))
        })?;
        if rising && !page.more {
            let _ = new(&mut page)?;
        }
        Ok(page)
    }
}

/// Events, until there are enough of them.
struct Page {
    entries: Vec<Entry>,
    bytes: usize,
    limit: usize,
    bytes_max: usize,
    /// There is another one.
    more: bool,
}

impl Page {
    const fn new(limit: usize, bytes_max: usize) -> Self {
        Self { entries: Vec::new(), bytes: 0, limit, bytes_max, more: false }
    }

    fn take(&mut self, stored: &Stored<'_>) -> Result<ControlFlow<()>, LogError> {
        self.more = self.entries.len() == self.limit || self.bytes_max <= self.bytes;
        if self.more {
            return Ok(ControlFlow::Break(()));
        }
        let event = stored.event().ok_or(LogError::Damaged(stored.pos))?;
        let entry = Entry::new(&event);
        self.bytes += entry.json().len();
        self.entries.push(entry);
        Ok(ControlFlow::Continue(()))
    }
}

/// Log and index in `folder`, open for reading; the ledger and the follower must have made them.
fn reader(folder: &Path) -> Result<Connection, LogError> {
    let connection = open_to_read(&folder.join(log::FILE))?;
    let index = folder.join(schema::FILE);
    connection.execute("ATTACH DATABASE ?1 AS found", [index.to_string_lossy()])?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use crate::archive::follower::Follower;
    use crate::store::log::Log;

    use super::*;

    #[test]
    fn a_slow_reader_keeps_no_other_from_reading() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let log = Log::open(folder.path()).expect("a log");
        drop(Follower::open(folder.path(), &log).expect("an index"));
        let archive = Archive::open(folder.path()).expect("both");
        let slow = archive.connection();
        let (done, heard) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| done.send(archive.read(1, Seq(0), Seq(9)).map(|events| events.len())));
            let read = heard.recv_timeout(Duration::from_secs(20));
            drop(slow);
            assert_eq!(read.expect("it does not wait").expect("an answer"), 0);
        });
    }
}
