//! How fast a member may change its room, over all of its connections. Addresses are not looked at here.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use shared::MemberId;

use crate::config::millis;
use crate::edge::Edge;

/// A member, over all rooms: the life of its room, and its number there.
type Key = (i64, MemberId);

type Limiter = RateLimiter<Key, HashMapStateStore<Key>, Uptime, NoOpMiddleware<Duration>>;

/// The pace of every member.
pub struct Pace {
    limiter: Option<Limiter>,
    uptime: Uptime,
    asked: AtomicU32,
}

/// After so many questions, members who have been quiet are forgotten.
const SWEEP_EVERY: u32 = 4_096;

impl Pace {
    /// At most this; without a limit if there is none.
    pub fn new(quota: Option<Quota>, edge: Arc<Edge>) -> Self {
        let uptime = Uptime(edge);
        let limiter = quota.map(|quota| RateLimiter::hashmap_with_clock(quota, uptime.clone()));
        Self { limiter, uptime, asked: AtomicU32::new(0) }
    }

    /// One more change by a member of a room in this life.
    ///
    /// # Errors
    /// When to come again, in milliseconds, if it is too fast; then it does not count.
    pub fn take(&self, life: i64, member: MemberId) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        let wait = |until: governor::NotUntil<Duration>| until.wait_time_from(self.uptime.now());
        limiter.check_key(&(life, member)).map_err(|until| millis(wait(until)) + 1)
    }
}

impl fmt::Debug for Pace {
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
