//! When the log's write-ahead file is folded into the log: off the commit path, and soon where texts were deleted.

use shared::Millis;

use crate::config::{PURGE_WITHIN, WAL_BYTES};

use super::log::Log;

/// What was written since the last checkpoint.
#[derive(Debug)]
pub(super) struct Checkpoints {
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
    /// So many bytes of events were committed.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.pending = true;
    }

    /// Makes a checkpoint if it is time for one.
    pub(super) fn look(&mut self, log: &mut Log, quiet: bool, uptime: Millis) {
        if log.must_purge() {
            self.purge_since.get_or_insert(uptime);
        }
        let within = u64::try_from(PURGE_WITHIN.as_millis()).unwrap_or(u64::MAX);
        let late = self.purge_since.is_some_and(|since| since.0.saturating_add(within) <= uptime.0);
        if (quiet && self.pending) || late || self.bytes > WAL_BYTES {
            self.make(log, quiet || late);
        }
    }

    /// The last checkpoint.
    pub(super) fn finish(&mut self, log: &mut Log) {
        self.make(log, true);
    }

    fn make(&mut self, log: &mut Log, truncate: bool) {
        match log.checkpoint(truncate) {
            Ok(done) => {
                self.bytes = 0;
                self.pending = !done;
                if done && truncate {
                    self.purge_since = None;
                }
            }
            Err(error) => tracing::warn!(%error, "the log was not checkpointed"),
        }
    }
}
