//! Where time and randomness come from. The rules get both as arguments, so that a test can choose them.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use shared::Millis;

use crate::clock::{Clock, LastKnown, Reading, Times};
use crate::config::millis;

/// A source of time and randomness.
pub struct Edge {
    wall: Box<ReadClock>,
    uptime: Box<ReadClock>,
    random: Box<Fill>,
    clock: Clock,
}

type ReadClock = dyn Fn() -> Millis + Send + Sync;
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Edge {
    /// The machine's clock and its cryptographic generator.
    pub fn system() -> Self {
        let start = Instant::now();
        let uptime = move || Millis(millis(start.elapsed()));
        Self::new(system_clock, uptime, rand::fill)
    }

    /// These sources: the time as people tell it, the time since some start, random bytes.
    pub fn new(
        wall: impl Fn() -> Millis + Send + Sync + 'static,
        uptime: impl Fn() -> Millis + Send + Sync + 'static,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        let clock = Clock::new(Reading { wall: wall(), uptime: uptime() });
        Self { wall: Box::new(wall), uptime: Box::new(uptime), random: Box::new(random), clock }
    }

    /// Begins with the wall clock, unless it is implausible. See [`Clock::begin`].
    pub fn begin(&self, known: LastKnown, gap_max: Duration, accepts: bool) {
        self.clock.begin(self.read(), known, gap_max, accepts);
    }

    /// Looks whether the wall clock is plausible, and follows it. See [`Clock::observe`].
    pub fn observe(&self) {
        self.clock.observe(self.read());
    }

    /// The time now, as people see it. It may run back.
    pub fn now(&self) -> Millis {
        self.times().at
    }

    /// The time now that deletions go by. It never runs back. See [`Times::steady`].
    pub fn steady(&self) -> Millis {
        self.times().steady
    }

    /// The time now, by each clock.
    pub fn times(&self) -> Times {
        self.clock.times(self.read())
    }

    /// Since when people's time was not set back, as steady time.
    pub fn since(&self) -> Millis {
        self.clock.since()
    }

    /// Time since some start: it never jumps, so lengths of time are measured with it.
    pub fn uptime(&self) -> Millis {
        (self.uptime)()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    fn read(&self) -> Reading {
        Reading { wall: (self.wall)(), uptime: self.uptime() }
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
