//! Reading the log while the ledger writes it. Never waits for the ledger, and the ledger never for it.
//!
//! Where an event is, the index knows; what is too new for the index is looked for in the log behind it.

pub mod follower;
pub mod search;
pub mod settled;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Row, params};
use shared::Seq;
use shared::limits::EVENTS_FRAME_MAX;

use crate::config::PAGE_BYTES;
use crate::room::tail::Entry;
use crate::store::codec::number;
use crate::store::{LogError, log, open_to_read, schema};

/// The log, open for reading.
#[derive(Debug)]
pub struct Archive(Mutex<Connection>);

/// The events of a life within bounds: those the index knows, and those behind its position.
macro_rules! events {
    ($order:literal) => {
        concat!(
            "SELECT places.pos, records.event, places.seq AS seq FROM places JOIN records USING (pos)
             WHERE places.life = ?1 AND places.seq > ?2 AND places.seq <= ?3
             UNION ALL
             SELECT pos, event, seq FROM records
             WHERE pos > (SELECT pos FROM progress) AND life = ?1 AND seq > ?2 AND seq <= ?3
             ORDER BY seq ",
            $order,
            " LIMIT ?4"
        )
    };
}

const RISING: &str = events!("ASC");
const FALLING: &str = events!("DESC");

impl Archive {
    /// Opens log and index in `folder`; the ledger and the follower must have made them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        Ok(Self(Mutex::new(reader(folder)?)))
    }

    /// The events of a life that follow `after`, up to `last`: about one frame of them. Blocks.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn read(&self, life: i64, after: Seq, last: Seq) -> Result<Vec<Entry>, LogError> {
        Ok(self.select(RISING, (life, after, last), usize::MAX, EVENTS_FRAME_MAX)?.0)
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
        let sql = if rising { RISING } else { FALLING };
        let (mut entries, more) = self.select(sql, (life, after, last), limit, PAGE_BYTES)?;
        if !rising {
            entries.reverse();
        }
        Ok((entries, more))
    }

    /// Rows until there are `limit` of them, or `bytes_max` bytes; and whether there is another one.
    fn select(
        &self,
        sql: &str,
        (life, after, last): (i64, Seq, Seq),
        limit: usize,
        bytes_max: usize,
    ) -> Result<(Vec<Entry>, bool), LogError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = connection.prepare_cached(sql)?;
        let rows_max = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let mut rows = query.query(params![life, number(after), number(last), rows_max])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            if entries.len() == limit || bytes_max <= bytes {
                return Ok((entries, true));
            }
            let entry = entry(row)?;
            bytes += entry.json().len();
            entries.push(entry);
        }
        Ok((entries, false))
    }
}

/// Log and index in `folder`, open for reading; the ledger and the follower must have made them.
fn reader(folder: &Path) -> Result<Connection, LogError> {
    let connection = open_to_read(&folder.join(log::FILE))?;
    let index = folder.join(schema::FILE);
    connection.execute("ATTACH DATABASE ?1 AS found", [index.to_string_lossy()])?;
    Ok(connection)
}

fn entry(row: &Row<'_>) -> Result<Entry, LogError> {
    let (pos, json): (i64, String) = (row.get(0)?, row.get(1)?);
    let event = serde_json::from_str(&json).map_err(|_| LogError::Damaged(pos))?;
    Ok(Entry::new(&event))
}

#[cfg(test)]
mod tests {
    use super::follower::Follower;
    use super::*;
    use crate::store::log::Log;

    #[test]
    fn a_page_costs_what_it_holds_however_long_the_log_is() {
        let data = tempfile::TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        drop(Follower::open(data.path(), &log).unwrap());
        let archive = Archive::open(data.path()).unwrap();
        let connection = archive.0.lock().unwrap();
        for sql in [RISING, FALLING] {
            let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = query.query_map(params![1, 0, 9, 5], |row| row.get::<_, String>(3)).unwrap();
            let plan = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
            let (indexed, new) = plan.split_once("RIGHT").expect("two parts that are merged");
            assert!(!indexed.contains("TEMP B-TREE"), "what is indexed is sorted already: {plan}");
            assert!(new.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
