//! When a thread has its turn, as the system's scheduler knows it. Where the system does not allow it, nothing changes.

use thread_priority::unix::NormalThreadSchedulePolicy::{Idle, Other};
use thread_priority::unix::{ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id};
use thread_priority::{ThreadId, ThreadPriority};

/// When the thread that asks for it has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// As every thread, from its beginning.
    Usual,
    /// When there is nobody else.
    Last,
}

impl Turn {
    /// From now on, for the thread that asks.
    pub(super) fn take(self) {
        self.give(thread_native_id());
    }

    /// From now on, for another thread, which has not ended.
    pub(super) fn give(self, thread: ThreadId) {
        let (kind, usual) = match self {
            Self::Usual => (Other, ThreadPriority::Max),
            Self::Last => (Idle, ThreadPriority::Min),
        };
        let policy = ThreadSchedulePolicy::Normal(kind);
        // The crate counts from 0 to 99, the system in niceness, of which 0 is what every thread begins with.
        let plain = (0..100_u8).filter_map(|level| level.try_into().ok()).map(ThreadPriority::Crossplatform);
        let priority = plain.into_iter().find(|priority| priority.to_posix(policy) == Ok(0)).unwrap_or(usual);
        if let Err(error) = set_thread_priority_and_policy(thread, priority, policy) {
            tracing::debug!(?error, turn = ?self, "a thread keeps its priority");
        }
    }
}
