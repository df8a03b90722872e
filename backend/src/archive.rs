//! Reading the log while the ledger writes it. Never waits for the ledger, and the ledger never for it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, params};
use shared::Seq;
use shared::limits::EVENTS_FRAME_MAX;

use crate::ledger::log::{self, LogError, number};
use crate::room::tail::Entry;

/// The log, open for reading.
#[derive(Debug)]
pub struct Archive(Mutex<Connection>);

impl Archive {
    /// Opens the log in `folder`; the ledger must have made it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let connection =
            Connection::open_with_flags(folder.join(log::FILE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The events of a life that follow `after`, up to `last`: about one frame of them. Blocks.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn read(&self, life: i64, after: Seq, last: Seq) -> Result<Vec<Entry>, LogError> {
        const SQL: &str =
            "SELECT pos, event FROM records WHERE life = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq";
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = connection.prepare_cached(SQL)?;
        let mut rows = query.query(params![life, number(after), number(last)])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while bytes < EVENTS_FRAME_MAX
            && let Some(row) = rows.next()?
        {
            let json: String = row.get(1)?;
            bytes += json.len();
            let event = serde_json::from_str(&json);
            let event = event.map_err(|_| row.get(0).map_or_else(LogError::from, LogError::Damaged))?;
            entries.push(Entry::new(&event));
        }
        Ok(entries)
    }
}
