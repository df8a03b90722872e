//! How fast somebody may go: a member who changes its room, over all of its connections; an address; a connection. Who that is, is a key.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::config::millis;
use crate::edge::Edge;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Uptime, NoOpMiddleware<Duration>>;

/// The pace of everybody.
///
/// Whoever has been quiet long enough to begin anew is forgotten, so that the table is as long as so many questions, and
/// everybody who may not begin anew yet.
pub struct Pace<K: Hash + Eq + Clone> {
    limiter: Option<Limiter<K>>,
    burst: NonZeroU32,
    uptime: Uptime,
    asked: AtomicU32,
}

/// After so many questions, those who have been quiet are forgotten.
const SWEEP_EVERY: u32 = 4_096;

impl<K: Hash + Eq + Clone> Pace<K> {
    /// At most this; without a limit if there is none.
    pub fn new(quota: Option<Quota>, edge: Arc<Edge>) -> Self {
        let uptime = Uptime(edge);
        let limiter = quota.map(|quota| RateLimiter::hashmap_with_clock(quota, uptime.clone()));
        let burst = quota.map_or(NonZeroU32::MAX, |quota| quota.burst_size());
        Self { limiter, burst, uptime, asked: AtomicU32::new(0) }
    }

    /// One more.
    ///
    /// # Errors
    /// When to come again, in milliseconds, if it is too fast; then it does not count.
    pub fn take(&self, who: &K) -> Result<(), u64> {
        self.take_many(who, NonZeroU32::MIN)
    }

    /// So many more; more than may come at once are as many.
    ///
    /// # Errors
    /// As [`Pace::take`].
    pub fn take_many(&self, who: &K, many: NonZeroU32) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        let wait = |until: governor::NotUntil<Duration>| until.wait_time_from(self.uptime.now());
        let many = many.min(self.burst);
        let taken = limiter.check_key_n(who, many).expect("a burst is no more than comes at once");
        taken.map_err(|until| millis(wait(until)) + 1)
    }
}

/// When the next may come of something that is counted in one place, and of which the next was to come at `at`, once so many came.
/// More than a quota allows make it later, and no more than a burst is saved.
pub fn next(quota: Quota, at: Option<Instant>, many: u32, now: Instant) -> Instant {
    let (each, burst) = (quota.replenish_interval(), quota.burst_size().get());
    let earliest = now.checked_sub(each * (burst - 1)).unwrap_or(now);
    at.map_or(earliest, |at| at.max(earliest)) + each * many
}

impl<K: Hash + Eq + Clone> fmt::Debug for Pace<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}

/// The clock that cannot jump.
#[derive(Clone)]
struct Uptime(Arc<Edge>);

impl Clock for Uptime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.uptime().0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use shared::Millis;

    use super::*;

    #[test]
    fn whoever_is_quiet_is_forgotten() {
        let now = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now);
        let uptime = move || Millis(clock.load(Ordering::Relaxed));
        let edge = Edge::new(|| Millis(0), uptime, |_| {});
        let pace = Pace::new(Some(Quota::per_second(NonZeroU32::MIN)), Arc::new(edge));
        for who in 0..10 * SWEEP_EVERY {
            assert_eq!(pace.take(&who), Ok(()));
            now.fetch_add(10, Ordering::Relaxed);
        }
        // 100 are too recent to begin anew, and at most one sweep's worth came since.
        let known = pace.limiter.unwrap().len();
        assert!(known <= SWEEP_EVERY as usize + 100, "{known}");
    }
}
