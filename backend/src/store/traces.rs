//! What a deleted text may leave behind in SQLite's files, and how it goes.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::Connection;

use crate::config::{SCRUB_BYTES, WAL_BYTES};

/// Writes log or index anew if it is small: where SQLite moved rows from page to page, it leaves bytes of them behind, and
/// `secure_delete` does not look there.
pub(crate) fn scrub(connection: &Connection) -> Result<(), rusqlite::Error> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let small = pragma("page_count")? * pragma("page_size")? <= SCRUB_BYTES;
    if small {
        connection.execute_batch("VACUUM")?;
    }
    Ok(())
}

/// Fills an empty write-ahead file with zeros up to its usual length. SQLite reads no further than its last frame, and a
/// commit that overwrites what is there syncs in half the time of one that makes the file longer, since then the file
/// system has its own books to sync too.
pub(super) fn reserve(wal: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(wal)?;
    let missing = WAL_BYTES.saturating_sub(file.metadata()?.len());
    io::copy(&mut io::repeat(0).take(missing), &mut file)?;
    file.sync_data()
}
