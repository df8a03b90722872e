//! When the log's write-ahead file is folded into the log: off the commit path, and soon where texts were deleted.
//!
//! The file is emptied only where it must be: a commit that overwrites it in place syncs in half the time of one that
//! makes it longer, since then the file system has its own books to sync too.

use std::time::Duration;

use shared::Millis;

use crate::config::{LOG_PATIENCE, PURGE_PATIENCE, PURGE_WITHIN, WAL_BYTES, millis};

use crate::store::log::Log;

/// Bytes that the smallest commit adds to the write-ahead file: a page of the table, and now and then a second one.
const COMMIT_BYTES: u64 = 9 * 1024;

/// What was written since the last checkpoint.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Of the write-ahead file, by estimate: SQLite tells its length only with a checkpoint.
    bytes: u64,
    pending: bool,
    /// Since when a deleted text may still be in the write-ahead file, as uptime.
    purge_since: Option<Millis>,
}

impl Default for Checkpoints {
    /// A server that was killed may have left anything behind.
    fn default() -> Self {
        Self { bytes: 0, pending: true, purge_since: None }
    }
}

impl Checkpoints {
    /// A batch with so many bytes of events was committed.
    pub(super) fn wrote(&mut self, events: usize) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(COMMIT_BYTES + events.saturating_mul(2));
        self.pending = true;
    }

    /// Makes a checkpoint if it is time for one.
    pub(super) fn look(&mut self, log: &mut Log, quiet: bool, uptime: Millis) {
        if log.must_purge() {
            self.purge_since.get_or_insert(uptime);
        }
        let within = millis(PURGE_WITHIN);
        let late = self.purge_since.is_some_and(|since| since.0.saturating_add(within) <= uptime.0);
        if (quiet && self.pending) || late || self.bytes > WAL_BYTES {
            self.make(log, log.must_purge() && (quiet || late), PURGE_PATIENCE);
        }
    }

    /// The last checkpoint.
    pub(super) fn finish(&mut self, log: &mut Log) {
        self.make(log, true, LOG_PATIENCE);
    }

    fn make(&mut self, log: &mut Log, truncate: bool, patience: Duration) {
        match log.checkpoint(truncate, patience) {
            Ok(done) => {
                self.bytes = 0;
                self.pending = !done;
                if truncate {
                    // Where a reader stood in the way, the time begins anew.
                    self.purge_since = None;
                }
            }
            Err(error) => tracing::warn!(%error, "the log was not checkpointed"),
        }
    }
}
