//! The format of `log.db`: its tables, how a file of an older format becomes one of this, and which files are not ours.

use std::path::Path;

use rusqlite::Connection;

use super::cluster;
use crate::store::{LogError, access, schema};

/// `DUIL`: marks the file as ours.
const APPLICATION_ID: i64 = 0x4455_494c;

/// Bytes of a page of a new file: SQLite writes each with two calls, so 4,096 take longer; and a commit of one message is
/// one page and a little.
const PAGE_BYTES: usize = 8 * 1_024;

/// The format this program writes. That of a copy in a cluster has the number behind it.
pub(super) const FORMAT: i64 = 6;

/// A `life` is one epoch of a room; its number is the position of its first record. A row of `records` has one event, or several
/// that stand one behind the other, a line each, messages in their short form: `pos` and `seq` are of the first. Of an event
/// whose text is not its first, 32 bytes of `seal` bind its id to that; `private` is what else rebuilding needs of a single one. Positions rise and are never given twice: the record
/// that ends a life stands behind all of it, and stays. `marks` is what is known of members beside the log. `log` tells this log
/// from every other. Nobody reads `by` and `id`, which formats 1 to 3 wrote.
const TABLES: &str = "
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
";

/// What format 2 has beside the tables of format 1.
const TABLES_OF_2: &str = "
    CREATE TABLE marks (life INTEGER, member INTEGER, read INTEGER NOT NULL, away_at INTEGER,
        PRIMARY KEY (life, member)) STRICT, WITHOUT ROWID;
    CREATE TABLE log (id BLOB NOT NULL) STRICT;
    INSERT INTO log VALUES (randomblob(16));
";

/// Format 1 had indexes where format 2 has a file of their own.
const FROM_1_TO_2: &str = "DROP INDEX records_by_seq; DROP INDEX records_by_id;";

/// Checks that a file is a log of this program; its format, which is 0 in a new file.
///
/// # Errors
/// If it is somebody else's, or of a later version.
pub(crate) fn recognise(connection: &Connection, file: &Path) -> Result<i64, LogError> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let owner = pragma("application_id").map_err(|error| unrecognised(error.into(), file))?;
    let objects = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let objects = objects.map_err(|error| unrecognised(error.into(), file))?;
    if owner != APPLICATION_ID && (owner != 0 || objects > 0) {
        return Err(LogError::Foreign(file.to_owned()));
    }
    let format = pragma("user_version")?;
    if format > cluster::FORMAT { Err(LogError::Newer(format)) } else { Ok(format) }
}

/// What a file is that SQLite cannot read: ours, if it begins as such, or if an index of ours lies beside it.
fn unrecognised(error: LogError, file: &Path) -> LogError {
    if !error.is_damage() {
        return error;
    }
    let is_beside_index = file.parent().is_some_and(schema::is_ours);
    if is_beside_index || access::begins_as_ours(file, APPLICATION_ID) {
        LogError::Broken(file.to_owned())
    } else {
        LogError::Foreign(file.to_owned())
    }
}

/// Makes a new file ours, or checks that it is.
///
/// # Errors
/// As [`recognise`], or if it cannot be written.
pub(crate) fn prepare(connection: &Connection, file: &Path) -> Result<(), LogError> {
    // Before anything is written: a file that is refused is left as it was.
    let format = recognise(connection, file)?;
    // A file keeps the pages it was made with. What is written is seldom read again: two megabytes of it stay in memory.
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;"
    ))?;
    let (tables, format) = match format {
        0 => (format!("{TABLES} {TABLES_OF_2}"), FORMAT),
        1 => (format!("{FROM_1_TO_2} {TABLES_OF_2}"), FORMAT),
        // Rows of one event, or lines of JSON only: they need no change.
        2 | 4 => (String::new(), FORMAT),
        3 | 5 => (String::new(), cluster::FORMAT),
        _ => return Ok(()),
    };
    Ok(connection.execute_batch(&format!(
        "BEGIN; {tables} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {format}; COMMIT;"
    ))?)
}
