//! The log on disk, `log.db`: what the ledger writes.
//!
//! One table that only grows at its end, without an index: a commit touches one place. Its records are in `records`; where one is
//! is told by [`crate::store::index`]. Nothing here knows a rule.

pub mod cluster;
mod format;
mod records;

use std::cell::Cell;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use shared::{Epoch, MemberId, Millis, RoomId, Seq};

use crate::clock;
use crate::config::LOG_PATIENCE;
use crate::room::marks::Mark;

use super::codec::{self, LIFE_ENDS, number};
use super::{LogError, access, private, schema, traces};
pub(crate) use format::{prepare, recognise};
use records::{BESIDE_EVENTS, Open};

/// The file's name within the data folder.
pub const FILE: &str = "log.db";

/// SQLite's name for its write-ahead file.
pub(crate) const WAL_FILE: &str = "log.db-wal";

/// SQLite's name for what processes share about that.
pub(crate) const SHM_FILE: &str = "log.db-shm";

/// Whether a file is missing, or has nothing in it.
fn is_empty(file: &Path) -> bool {
    std::fs::metadata(file).map_or(true, |file| file.len() == 0)
}

/// The log, open for writing. One process at a time has it.
#[derive(Debug)]
pub struct Log {
    connection: Connection,
    /// The write-ahead file.
    wal: PathBuf,
    /// The last position given.
    last: i64,
    /// The last position stored.
    stored: i64,
    /// Rows that are to be written. The last one may take more.
    rows: Vec<Open>,
    /// Where a record is written before it has its place.
    line: String,
    /// Where the next rows are written.
    spare: Vec<String>,
    /// Bytes of a row's events, unless it has but one event: so many fit on a page of the file.
    row_bytes: usize,
    /// Deleted texts may still be in the write-ahead file; a server that was killed does not say.
    purge: bool,
    /// They may also be in unused parts of the log itself.
    scrub: bool,
    /// Whether this is one of a cluster's copies.
    clustered: bool,
    /// A batch was begun, and neither stored nor forgotten yet.
    is_open: Cell<bool>,
    /// Held, not read: the lock ends with it.
    _lock: File,
}

impl Log {
    /// Opens the log in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// [`LogError`] says what stands in the way.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        if is_empty(&file) && schema::is_ours(folder) {
            return Err(LogError::Emptied(folder.to_owned()));
        }
        access::expect_writable(&file)?;
        drop(private::file(&file).map_err(|error| access::unwritable(&file, &error))?);
        let connection = Connection::open(&file)?;
        prepare(&connection, &file).map_err(|error| error.of_file(&file))?;
        let last = codec::last(&connection).map_err(|error| error.of_file(&file))?;
        let clustered = cluster::is_copy(&connection)?;
        let page = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))?;
        let row_bytes = page.saturating_sub(BESIDE_EVENTS) as usize;
        let mut log = Self {
            connection,
            clustered,
            is_open: Cell::new(false),
            wal: folder.join(WAL_FILE),
            last,
            stored: last,
            rows: Vec::new(),
            line: String::new(),
            spare: Vec::new(),
            row_bytes,
            purge: true,
            scrub: true,
            _lock: lock,
        };
        log.checkpoint(true, LOG_PATIENCE)?;
        Ok(log)
    }

    /// What tells this log from every other.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn id(&self) -> Result<[u8; 16], LogError> {
        Ok(self.connection.query_row("SELECT id FROM log", [], |row| row.get(0))?)
    }

    /// For tests that let statements fail.
    #[cfg(test)]
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The last position, the batch's own records included.
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// The life a room is in, if the room exists.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn life(&self, room: RoomId) -> Result<Option<i64>, LogError> {
        self.end_leftover()?;
        let mut query = self.connection.prepare_cached("SELECT life FROM lives WHERE room = ?1")?;
        Ok(query.query_row([room.to_string()], |row| row.get(0)).optional()?)
    }

    /// The room that is in this life.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn room(&self, life: i64) -> Result<Option<RoomId>, LogError> {
        self.end_leftover()?;
        let mut query = self.connection.prepare_cached("SELECT room FROM lives WHERE life = ?1")?;
        let room: Option<String> = query.query_row([life], |row| row.get(0)).optional()?;
        room.map(|room| room.parse().map_err(|_| LogError::Damaged(life))).transpose()
    }

    /// Begins a batch. Everything until [`Log::commit`] is stored together or not at all.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn begin(&self) -> Result<(), LogError> {
        self.end_leftover()?;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.is_open.set(true);
        Ok(())
    }

    /// Stores the batch; it is on disk when this returns.
    ///
    /// # Errors
    /// If it is not; then [`Log::roll_back`].
    pub fn commit(&mut self) -> Result<(), LogError> {
        self.write_rows()?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.is_open.set(false);
        self.stored = self.last;
        Ok(())
    }

    /// Forgets the batch; the last position that is stored.
    pub fn roll_back(&mut self) -> i64 {
        self.is_open.set(false);
        if let Err(error) = self.end_leftover() {
            tracing::error!(error = &error as &dyn std::error::Error, "a batch could not be rolled back");
        }
        self.rows.clear();
        self.last = self.stored;
        self.stored
    }

    /// Rolls back a transaction that no batch is in any more, where that failed before: nobody may read what it has.
    fn end_leftover(&self) -> Result<(), LogError> {
        if !self.is_open.get() && !self.connection.is_autocommit() {
            self.connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        Ok(())
    }

    /// Begins a new life of a room; its first record must be appended next.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn begin_life(&self, room: RoomId, epoch: &Epoch) -> Result<i64, LogError> {
        const SQL: &str = "REPLACE INTO lives (life, room, epoch) VALUES (?1, ?2, ?3)";
        let life = self.last + 1;
        self.connection.prepare_cached(SQL)?.execute(params![life, room.to_string(), epoch.as_str()])?;
        Ok(life)
    }

    /// Ends a life: the room is in it no more. Its records are deleted later, by [`Log::delete`].
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn end_life(&mut self, life: i64) -> Result<(), LogError> {
        const SQL: &str = "INSERT INTO records (pos, life, seq, event) VALUES (?1, ?2, 0, ?3)";
        self.write_rows()?;
        self.last += 1;
        self.connection.prepare_cached(SQL)?.execute(params![self.last, life, LIFE_ENDS])?;
        self.connection.prepare_cached("DELETE FROM lives WHERE life = ?1")?.execute([life])?;
        self.connection.prepare_cached("DELETE FROM marks WHERE life = ?1")?.execute([life])?;
        self.forget_seen(life)?;
        Ok(())
    }

    /// What is stored of a member beside the log.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn mark_of(&self, life: i64, member: MemberId) -> Result<Mark, LogError> {
        const SQL: &str = "SELECT read, away_at FROM marks WHERE life = ?1 AND member = ?2";
        let mut query = self.connection.prepare_cached(SQL)?;
        let mark = query.query_row(params![life, member.0], |row| {
            let away: Option<i64> = row.get(1)?;
            let read = Seq(row.get::<_, i64>(0)?.cast_unsigned());
            Ok(Mark { read, away: away.map(|at| Millis(at.cast_unsigned())) })
        });
        Ok(mark.optional()?.unwrap_or_default())
    }

    /// Stores what is known of a member beside the log.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn mark(&self, life: i64, member: MemberId, mark: &Mark) -> Result<(), LogError> {
        const SQL: &str = "REPLACE INTO marks (life, member, read, away_at) VALUES (?1, ?2, ?3, ?4)";
        let away = mark.away.map(|at| at.0.cast_signed());
        self.connection.prepare_cached(SQL)?.execute(params![life, member.0, number(mark.read), away])?;
        Ok(())
    }

    /// Moves what was committed from the write-ahead file into the log; `truncate` also empties that file, and with it
    /// the last copy of deleted texts. Whether all of it was moved: a reader may stand in the way for longer than
    /// `patience`.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn checkpoint(&mut self, truncate: bool, patience: Duration) -> Result<bool, LogError> {
        if truncate && self.scrub {
            let scrubbed = traces::scrub(&self.connection);
            self.scrub = scrubbed.is_err();
            if let Err(error) = scrubbed {
                tracing::warn!(%error, "traces of deleted texts may stay in the log");
            }
        }
        let sql = if truncate { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        self.connection.busy_timeout(patience)?;
        let busy = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        self.connection.busy_timeout(LOG_PATIENCE)?;
        let busy = busy?;
        self.purge &= busy != 0 || !truncate;
        if busy == 0
            && truncate
            && let Err(error) = traces::reserve(&self.wal)
        {
            tracing::debug!(%error, "the write-ahead file grows as it goes");
        }
        Ok(busy == 0)
    }

    /// Whether deleted texts may still be in the write-ahead file.
    pub const fn must_purge(&self) -> bool {
        self.purge
    }
}

/// Opens a log for reading, wherever it is: the log of a data folder, or a backup.
///
/// # Errors
/// If it is missing, not readable, damaged, or another program's.
pub(crate) fn open_to_read(file: &Path) -> Result<Connection, LogError> {
    access::expect_readable(file)?;
    let connection = super::open_to_read(file)?;
    recognise(&connection, file).map_err(|error| error.of_file(file))?;
    Ok(connection)
}

/// Opens the log of a data folder for reading.
///
/// # Errors
/// As [`open_to_read`]; [`LogError::Missing`] if there is none.
pub(crate) fn open_in(folder: &Path) -> Result<Connection, LogError> {
    match open_to_read(&folder.join(FILE)) {
        Err(LogError::NoFile(_)) => Err(LogError::Missing(folder.to_owned())),
        opened => opened,
    }
}

/// Takes a data folder, which is made if it is missing, for this process alone; until what it gives is dropped. What is in it
/// already is closed to other users of the machine.
///
/// # Errors
/// If another process has it.
pub(crate) fn lock(folder: &Path) -> Result<File, LogError> {
    let unwritable = |error| access::unwritable(folder, &error);
    private::folder(folder).map_err(unwritable)?;
    let lock = private::file(&folder.join("lock")).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => {
            let others = [schema::FILE, schema::WAL_FILE, schema::SHM_FILE, clock::FILE];
            private::close(folder, &[FILE, WAL_FILE, SHM_FILE])?;
            private::close(folder, &others)?;
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => Err(LogError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
