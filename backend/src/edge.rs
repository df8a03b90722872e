//! Where time and randomness come from. The rules get both as arguments, so that a test can choose them.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use shared::Millis;

use crate::config::millis;

/// A source of time and randomness.
pub struct Edge {
    clock: Box<Clock>,
    uptime: Box<Clock>,
    random: Box<Fill>,
    /// How far the clock was ahead of uptime at most, in milliseconds.
    ahead: AtomicI64,
}

/// Now, by both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// See [`Edge::now`].
    pub at: Millis,
    /// See [`Edge::uptime`].
    pub uptime: Millis,
}

type Clock = dyn Fn() -> Millis + Send + Sync;
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Edge {
    /// The machine's clock and its cryptographic generator.
    pub fn system() -> Self {
        let start = Instant::now();
        let uptime = move || Millis(millis(start.elapsed()));
        Self::new(system_clock, uptime, rand::fill)
    }

    /// These sources.
    pub fn new(
        clock: impl Fn() -> Millis + Send + Sync + 'static,
        uptime: impl Fn() -> Millis + Send + Sync + 'static,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        let ahead = AtomicI64::new(i64::MIN);
        Self { clock: Box::new(clock), uptime: Box::new(uptime), random: Box::new(random), ahead }
    }

    /// The time now, as people tell it. It may jump ahead; where the clock is set back, it goes on from where it was.
    pub fn now(&self) -> Millis {
        self.moment().at
    }

    /// The time now, both ways.
    pub fn moment(&self) -> Moment {
        let uptime = self.uptime();
        let ahead = (self.clock)().0.cast_signed().saturating_sub(uptime.0.cast_signed());
        let most = self.ahead.fetch_max(ahead, Ordering::Relaxed).max(ahead);
        Moment { at: Millis(uptime.0.cast_signed().saturating_add(most).cast_unsigned()), uptime }
    }

    /// Time since some start: unlike [`Edge::now`] it never jumps, so lengths of time are measured with it.
    pub fn uptime(&self) -> Millis {
        (self.uptime)()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edge")
    }
}

fn system_clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(millis(since))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn time_goes_on_where_the_clock_is_set_back() {
        let (clock, uptime) = (Arc::new(AtomicU64::new(5_000)), Arc::new(AtomicU64::new(100)));
        let read = |of: &Arc<AtomicU64>| {
            let of = Arc::clone(of);
            move || Millis(of.load(Ordering::Relaxed))
        };
        let edge = Edge::new(read(&clock), read(&uptime), |_| {});
        assert_eq!(edge.now(), Millis(5_000));
        clock.store(1_000, Ordering::Relaxed);
        uptime.store(160, Ordering::Relaxed);
        assert_eq!(edge.now(), Millis(5_060));
        clock.store(9_000, Ordering::Relaxed);
        assert_eq!(edge.now(), Millis(9_000));
    }
}
