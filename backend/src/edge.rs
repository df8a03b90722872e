//! Where time and randomness come from. The rules get both as arguments, so that a test can choose them.

use std::fmt;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use shared::Millis;

use crate::config::millis;

/// A source of time and randomness.
pub struct Edge {
    clock: Box<Clock>,
    uptime: Box<Clock>,
    random: Box<Fill>,
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
        Self { clock: Box::new(clock), uptime: Box::new(uptime), random: Box::new(random) }
    }

    /// The time now, as people tell it. It may jump.
    pub fn now(&self) -> Millis {
        (self.clock)()
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
