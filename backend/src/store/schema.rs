//! The index on disk, `index.db`: its tables, and whether a file can be gone on with.
//!
//! It holds nothing that the log does not: a file that does not fit the log is made anew.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, Error, ErrorCode, OptionalExtension, params};

use super::{IndexError, filters, ids, members, private, runs};

/// The file's name within the data folder.
pub(crate) const FILE: &str = "index.db";

/// SQLite's name for its write-ahead file.
pub(crate) const WAL_FILE: &str = "index.db-wal";

/// SQLite's name for what processes share about that.
pub(crate) const SHM_FILE: &str = "index.db-shm";

/// `DUIX`: marks the file as ours.
const APPLICATION_ID: i64 = 0x4455_4958;

/// Another format is not read, but made anew.
const FORMAT: i64 = 12;

/// `progress` has one row: up to which position of which log all of this goes. `rooms` is what the rules know of a room there;
/// `fate` is a [`super::index::Fate`]. Its members and their tokens are in the tables of [`members`]. Where events are is in the table of [`runs`],
/// where an id stands in that of [`ids`], where a piece may stand in that of [`filters`].
const SCHEMA: &str = "
    CREATE TABLE progress (pos INTEGER NOT NULL, log BLOB NOT NULL) STRICT;
    CREATE TABLE rooms (
        life INTEGER PRIMARY KEY,
        tail INTEGER NOT NULL,
        at INTEGER NOT NULL,
        fate INTEGER NOT NULL,
        head TEXT
    ) STRICT;
    CREATE INDEX rooms_never_joined ON rooms (at) WHERE tail = 1;
    CREATE INDEX rooms_ended ON rooms (life) WHERE fate = 1;
";

/// Opens the index in `folder` of the log with this `id`, whose last position is `last`; makes it anew if it does not
/// fit. Also gives the position up to which it goes.
///
/// # Errors
/// If it is neither readable nor ours, or cannot be written.
pub(crate) fn open(folder: &Path, id: [u8; 16], last: i64) -> Result<(Connection, i64), IndexError> {
    let file = folder.join(FILE);
    match existing(&file, id, last) {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => remove(folder)?,
        Err(IndexError::Sqlite(error)) if is_damaged(&error) => {
            tracing::warn!(%error, "the index is damaged, and is made anew");
            remove(folder)?;
        }
        Err(error) => return Err(error),
    }
    let connection = prepared(&file)?;
    connection.execute_batch(&format!(
        "BEGIN; {SCHEMA} {} {} {} {} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;",
        members::SCHEMA,
        runs::SCHEMA,
        ids::SCHEMA,
        filters::SCHEMA
    ))?;
    connection.execute("INSERT INTO progress VALUES (0, ?1)", params![id])?;
    Ok((connection, 0))
}

/// Whether there is an index of this program in `folder`, of whatever log. An index is made only beside a log.
pub(crate) fn is_ours(folder: &Path) -> bool {
    // Where SQLite has a file's application id.
    const AT: usize = 68;
    let mut head = [0; AT + 4];
    let read = fs::File::open(folder.join(FILE)).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok()
        && i64::from(i32::from_be_bytes([head[AT], head[AT + 1], head[AT + 2], head[AT + 3]]))
            == APPLICATION_ID
}

/// Whether this is an index of the format that this program writes.
pub(super) fn is_current(index: &Connection) -> Result<bool, IndexError> {
    Ok(pragma(index, "user_version")? == FORMAT)
}

fn pragma(index: &Connection, name: &str) -> Result<i64, Error> {
    index.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}

/// The index in this file, if it is one of this log.
fn existing(file: &Path, id: [u8; 16], last: i64) -> Result<Option<(Connection, i64)>, IndexError> {
    if !file.try_exists()? {
        return Ok(None);
    }
    let connection = Connection::open(file)?;
    let owner = pragma(&connection, "application_id")?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != APPLICATION_ID && objects > 0 {
        return Err(IndexError::Foreign(file.to_owned()));
    }
    if owner != APPLICATION_ID || !is_current(&connection)? {
        return Ok(None);
    }
    let progress = "SELECT pos FROM progress WHERE log = ?1 AND pos <= ?2";
    let pos = connection.query_row(progress, params![id, last], |row| row.get(0)).optional()?;
    drop(connection);
    pos.map(|pos| Ok((prepared(file)?, pos))).transpose()
}

/// What is lost when the power fails is read from the log again, so nothing is synced but checkpoints.
fn prepared(file: &Path) -> Result<Connection, IndexError> {
    drop(private::file(file)?);
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 16384;
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;",
    )?;
    Ok(connection)
}

/// Removes the index in `folder`, if there is one.
///
/// # Errors
/// If it is there and cannot be removed.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    for name in [FILE, WAL_FILE, SHM_FILE] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_damaged(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}
