//! Where time and randomness come from. The rules get both as arguments, so that a test can choose them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use shared::Millis;

/// A source of time and randomness.
pub struct Edge {
    clock: Box<dyn Fn() -> Millis + Send + Sync>,
    random: Box<Fill>,
}

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Edge {
    /// The machine's clock and its cryptographic generator.
    pub fn system() -> Self {
        Self::new(system_clock, rand::fill)
    }

    /// These sources.
    pub fn new(
        clock: impl Fn() -> Millis + Send + Sync + 'static,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { clock: Box::new(clock), random: Box::new(random) }
    }

    /// The time now.
    pub fn now(&self) -> Millis {
        (self.clock)()
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
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
