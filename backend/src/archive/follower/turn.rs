//! When a thread has its turn, as the system's scheduler knows it. Where the system does not allow it, nothing changes.

use thread_priority::unix::NormalThreadSchedulePolicy::{Idle, Other};
use thread_priority::unix::{ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id};
use thread_priority::{ThreadId, ThreadPriority};

use crate::config::{BEHIND_MAX, FAR_BEHIND};

/// Half way to where the ledger waits.
const TOO_FAR: i64 = i64::midpoint(FAR_BEHIND, BEHIND_MAX);

/// When the thread that asks for it has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// As every thread, from its beginning.
    Usual,
    /// A third as long as others.
    Short,
    /// When there is nobody else.
    Last,
}

impl Turn {
    /// From now on, for the thread that asks.
    pub(super) fn take(self) {
        self.give(thread_native_id());
    }

    /// That of somebody who is so far behind. Nearby it gives way to everybody, since a message on its way must not wait for the
    /// index; further off it is better to be a little slower all the time than to stand still for it in the end.
    pub(super) const fn behind(by: i64) -> Self {
        match by {
            ..FAR_BEHIND => Self::Last,
            FAR_BEHIND..TOO_FAR => Self::Short,
            _ => Self::Usual,
        }
    }

    /// From now on, for another thread, which has not ended.
    pub(super) fn give(self, thread: ThreadId) {
        let (policy, priority) = self.place();
        if let Err(error) = set_thread_priority_and_policy(thread, priority, policy) {
            tracing::debug!(?error, turn = ?self, "a thread keeps its priority");
        }
    }

    /// What the scheduler calls it.
    fn place(self) -> (ThreadSchedulePolicy, ThreadPriority) {
        // Each step of niceness is a fifth less (sched(7)); 0 is what every thread begins with.
        let (kind, niceness) = match self {
            Self::Usual => (Other, 0),
            Self::Short => (Other, 5),
            Self::Last => (Idle, 0),
        };
        let policy = ThreadSchedulePolicy::Normal(kind);
        // The crate counts from 0 to 99.
        let mut levels =
            (0..100_u8).filter_map(|level| level.try_into().ok()).map(ThreadPriority::Crossplatform);
        let level = levels.find(|level| level.to_posix(policy) == Ok(niceness));
        (policy, level.expect("each of these has a level: a test asks for them all"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_turn_has_a_place_and_who_is_further_behind_has_no_later_one() {
        let turns = [0, FAR_BEHIND - 1, FAR_BEHIND, TOO_FAR - 1, TOO_FAR, BEHIND_MAX].map(Turn::behind);
        assert_eq!(turns, [Turn::Last, Turn::Last, Turn::Short, Turn::Short, Turn::Usual, Turn::Usual]);
        let niceness = |turn: Turn| {
            let (policy, priority) = turn.place();
            priority.to_posix(policy).unwrap()
        };
        assert_eq!(turns.map(niceness), [0, 0, 5, 5, 0, 0]);
    }
}
