//! How the ledger knows of the follower, and wakes it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::Seq;
use thread_priority::ThreadId;

use super::turn::Turn;

/// How the ledger knows of the follower.
#[derive(Debug, Clone)]
pub struct Following {
    pub(super) wake: SyncSender<()>,
    pub(super) pos: Arc<AtomicI64>,
    pub(super) stale: Stale,
    /// When it has its turn.
    pub(super) turn: Turn,
    /// Its thread, if it has one of its own.
    pub(super) thread: Option<ThreadId>,
}

/// Messages, by life and number. The ledger puts no more in before it is empty.
pub(super) type Stale = Arc<Mutex<Vec<(i64, Seq)>>>;

impl Following {
    /// Up to which position everything is indexed.
    pub fn pos(&self) -> i64 {
        self.pos.load(Ordering::Acquire)
    }

    /// These messages are to be found no more.
    pub fn forget(&self, messages: impl Iterator<Item = (i64, Seq)>) {
        lock(&self.stale).extend(messages);
        self.wake();
    }

    /// Whether there are some that still are.
    pub fn is_forgetting(&self) -> bool {
        !lock(&self.stale).is_empty()
    }

    /// It is so far behind.
    pub fn see(&mut self, behind: i64) {
        self.give(Turn::behind(behind));
    }

    /// Somebody waits for it to end: it gives way to nobody any more.
    pub fn hurry(&mut self) {
        self.give(Turn::Usual);
    }

    fn give(&mut self, turn: Turn) {
        if std::mem::replace(&mut self.turn, turn) != turn {
            self.thread.into_iter().for_each(|thread| turn.give(thread));
        }
    }

    /// There is something to do.
    pub fn wake(&self) {
        // If it was told before and has not looked yet, or is gone, there is nothing to tell it.
        let _ = self.wake.try_send(());
    }
}

pub(super) fn lock(stale: &Stale) -> MutexGuard<'_, Vec<(i64, Seq)>> {
    stale.lock().unwrap_or_else(PoisonError::into_inner)
}
