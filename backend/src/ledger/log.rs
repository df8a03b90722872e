//! The log on disk, `log.db`: what the ledger writes, and what it looks up while it decides.
//!
//! One table that only grows at its end. Nothing here knows a rule; who may read what is the archive's business.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use shared::{Epoch, Event, Fact, MemberId, MessageId, RoomId, Seq};

use crate::room::proposal::{Facts, Private, Record, StoredId};
use crate::room::seal::Seal;
use crate::room::tail::Entry;

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another server runs on this folder.
    #[error("another server is using the data folder {0}")]
    InUse(PathBuf),
    /// The file is some other program's.
    #[error("{0} is not a log of this program")]
    Foreign(PathBuf),
    /// The file was written by a later version.
    #[error("the log has format {0}, which only a later version of this program reads")]
    Newer(i64),
    /// A record makes no sense.
    #[error("the log is damaged at position {0}")]
    Damaged(i64),
    /// The folder cannot be used.
    #[error("the data folder cannot be used")]
    Io(#[from] io::Error),
    /// The database reports an error.
    #[error("the log cannot be read or written")]
    Sqlite(#[from] rusqlite::Error),
}

/// The file's name within the data folder.
pub const FILE: &str = "log.db";

/// `DUIL`: marks the file as ours.
const APPLICATION_ID: i64 = 0x4455_494c;

/// The format this program writes.
const FORMAT: i64 = 1;

/// Format 1. A `life` is one epoch of a room. `by` and `id` are of events that have them; `seal` binds the id to its
/// content; `private` is what else rebuilding needs. Positions rise and are never given twice, since a new life is
/// begun before the old one is deleted.
const SCHEMA: &str = "
    CREATE TABLE lives (life INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL) STRICT;
    CREATE TABLE records (
        pos INTEGER PRIMARY KEY,
        life INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        by INTEGER,
        id BLOB,
        seal BLOB,
        event TEXT NOT NULL,
        private TEXT
    ) STRICT;
    CREATE UNIQUE INDEX records_by_seq ON records (life, seq);
    CREATE UNIQUE INDEX records_by_id ON records (id, life, by) WHERE id IS NOT NULL;
";

/// The log, open for writing. One process at a time has it.
#[derive(Debug)]
pub struct Log {
    connection: Connection,
    next_life: i64,
    /// Deleted texts may still be in the write-ahead file; a server that was killed does not say.
    purge: bool,
    /// Held, not read: the lock ends with it.
    _lock: File,
}

impl Log {
    /// Opens the log in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// [`LogError`] says what stands in the way.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let file = folder.join(FILE);
        let connection = Connection::open(&file)?;
        prepare(&connection, &file)?;
        let next_life =
            connection.query_row("SELECT ifnull(max(life), 0) + 1 FROM records", [], |row| row.get(0))?;
        Ok(Self { connection, next_life, purge: true, _lock: lock })
    }

    /// The life a room is in, if the room exists.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn life(&self, room: RoomId) -> Result<Option<i64>, LogError> {
        let mut query = self.connection.prepare_cached("SELECT life FROM lives WHERE room = ?1")?;
        Ok(query.query_row([room.to_string()], |row| row.get(0)).optional()?)
    }

    /// Hands every record of a life to `take`, in order.
    ///
    /// # Errors
    /// If the log cannot be read, or a record makes no sense.
    pub fn read(&self, life: i64, mut take: impl FnMut(Record)) -> Result<(), LogError> {
        const SQL: &str = "SELECT pos, event, private, seal FROM records WHERE life = ?1 ORDER BY seq";
        let mut query = self.connection.prepare_cached(SQL)?;
        let mut rows = query.query([life])?;
        while let Some(row) = rows.next()? {
            let (event, private): (String, Option<String>) = (row.get(1)?, row.get(2)?);
            let record = record(&event, private.as_deref(), row.get(3)?);
            take(record.map_err(|_| row.get(0).map_or_else(LogError::from, LogError::Damaged))?);
        }
        Ok(())
    }

    /// Begins a batch. Everything until [`Log::commit`] is stored together or not at all.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn begin(&self) -> Result<(), LogError> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    /// Stores the batch; it is on disk when this returns.
    ///
    /// # Errors
    /// If it is not; then [`Log::roll_back`].
    pub fn commit(&self) -> Result<(), LogError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// Forgets the batch.
    pub fn roll_back(&self) {
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::debug!(%error, "nothing to roll back");
        }
    }

    /// Begins a new life of a room.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn begin_life(&mut self, room: RoomId, epoch: &Epoch) -> Result<i64, LogError> {
        const SQL: &str = "REPLACE INTO lives (life, room, epoch) VALUES (?1, ?2, ?3)";
        let life = self.next_life;
        self.connection.prepare_cached(SQL)?.execute(params![life, room.to_string(), epoch.as_str()])?;
        self.next_life += 1;
        Ok(life)
    }

    /// Deletes the records of a life that is over. Something must have been appended to the new one before.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn end_life(&mut self, life: i64) -> Result<(), LogError> {
        self.connection.prepare_cached("DELETE FROM records WHERE life = ?1")?.execute([life])?;
        self.purge = true;
        Ok(())
    }

    /// Appends a record.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn append(&self, life: i64, entry: &Entry, record: &Record) -> Result<(), LogError> {
        const SQL: &str = "INSERT INTO records (life, seq, by, id, seal, event, private)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (signed, seal) = (record.signed(), record.seal().map(Seal::to_bytes));
        self.connection.prepare_cached(SQL)?.execute(params![
            life,
            number(entry.seq()),
            signed.map(|(by, _)| by.0),
            signed.as_ref().map(|(_, id)| id.as_bytes()),
            seal,
            entry.json(),
            private_text(&record.private),
        ])?;
        Ok(())
    }

    /// What a member stored under `id`, the batch's own records included.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn stored(&self, life: i64, by: MemberId, id: MessageId) -> Result<Option<StoredId>, LogError> {
        const SQL: &str = "SELECT seq, seal FROM records WHERE id = ?1 AND life = ?2 AND by = ?3";
        let mut query = self.connection.prepare_cached(SQL)?;
        let found = query.query_row(params![id.as_bytes(), life, by.0], |row| {
            let seal: Option<[u8; 32]> = row.get(1)?;
            Ok(StoredId { seq: Seq(row.get::<_, i64>(0)?.cast_unsigned()), seal: seal.map(Seal::from_bytes) })
        });
        Ok(found.optional()?)
    }

    /// The event at `seq` and its newest edit, the batch's own records included.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn target(&self, life: i64, seq: Option<Seq>) -> Result<Facts, LogError> {
        let target = self.event(life, seq)?;
        let edit = match target {
            Some(Event { fact: Fact::Said { edited: Some(edit), .. }, .. }) => {
                self.event(life, Some(edit.seq))?
            }
            _ => None,
        };
        Ok(Facts { stored: None, target, edit })
    }

    fn event(&self, life: i64, seq: Option<Seq>) -> Result<Option<Event>, LogError> {
        const SQL: &str = "SELECT pos, event FROM records WHERE life = ?1 AND seq = ?2";
        let Some(seq) = seq else { return Ok(None) };
        let mut query = self.connection.prepare_cached(SQL)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: Option<(i64, String)> = query.query_row([life, number(seq)], row).optional()?;
        let read =
            |(pos, json): (i64, String)| serde_json::from_str(&json).map_err(|_| LogError::Damaged(pos));
        found.map(read).transpose()
    }

    /// Puts an event in the place of the one that has its number. A `gone` loses the seal too, and with it the last
    /// trace of its text.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn rewrite(&mut self, life: i64, entry: &Entry, event: &Event) -> Result<(), LogError> {
        const SQL: &str =
            "UPDATE records SET event = ?1, seal = iif(?2, NULL, seal) WHERE life = ?3 AND seq = ?4";
        let gone = matches!(event.fact, Fact::Gone { .. });
        let mut update = self.connection.prepare_cached(SQL)?;
        update.execute(params![entry.json(), gone, life, number(entry.seq())])?;
        self.purge = true;
        Ok(())
    }

    /// Moves what was committed from the write-ahead file into the log; `truncate` also empties that file, and with it
    /// the last copy of deleted texts. Whether all of it was moved: a reader may stand in the way for a moment.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn checkpoint(&mut self, truncate: bool) -> Result<bool, LogError> {
        let sql = if truncate { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        let busy: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        self.purge &= busy != 0 || !truncate;
        Ok(busy == 0)
    }

    /// Whether deleted texts may still be in the write-ahead file.
    pub const fn must_purge(&self) -> bool {
        self.purge
    }
}

/// Makes a new file ours, or checks that it is.
fn prepare(connection: &Connection, file: &Path) -> Result<(), LogError> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let owner = pragma("application_id").map_err(|_| LogError::Foreign(file.to_owned()))?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let new = owner == 0 && objects == 0;
    if owner != APPLICATION_ID && !new {
        return Err(LogError::Foreign(file.to_owned()));
    }
    let format = pragma("user_version")?;
    if format > FORMAT {
        return Err(LogError::Newer(format));
    }
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
         PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;",
    )?;
    if new {
        connection.execute_batch(&format!(
            "BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
        ))?;
    }
    Ok(())
}

fn private_text(private: &Private) -> Option<String> {
    let text = match private {
        Private::Opened(settings) => serde_json::to_string(settings),
        Private::Joined { token, folded } => serde_json::to_string(&(token, folded)),
        Private::Removed { by, id, ban, .. } => serde_json::to_string(&(by, id, ban)),
        Private::None | Private::Sealed(_) => return None,
    };
    Some(text.expect("settings and hashes are plain data"))
}

fn record(event: &str, private: Option<&str>, seal: Option<[u8; 32]>) -> Result<Record, serde_json::Error> {
    let event: Event = serde_json::from_str(event)?;
    let private = match (&event.fact, private) {
        (Fact::Opened { .. }, Some(text)) => Private::Opened(serde_json::from_str(text)?),
        (Fact::Joined { .. }, Some(text)) => {
            let (token, folded) = serde_json::from_str(text)?;
            Private::Joined { token, folded }
        }
        (Fact::Left { .. }, Some(text)) => {
            let (by, id, ban) = serde_json::from_str(text)?;
            seal.map(Seal::from_bytes).map_or(Private::None, |seal| Private::Removed { by, id, seal, ban })
        }
        _ => seal.map(Seal::from_bytes).map_or(Private::None, Private::Sealed),
    };
    Ok(Record { event, private })
}

/// SQLite's integers are signed; a room never gets near the end of them.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
