//! How far the machine's clock is believed.

use std::time::Duration;

use super::Config;

impl Config {
    /// How long after the last known time a clock may be when a server starts: as long as it may have been off. A clock that is
    /// wrong by less deletes a fourth of what is kept at most, or three days of it.
    pub fn clock_gap(&self) -> Duration {
        self.keep.map_or(CLOCK_GAPS.1, |keep| (keep / 4).clamp(CLOCK_GAPS.0, CLOCK_GAPS.1))
    }
}

/// The shortest and the longest [`Config::clock_gap`].
const CLOCK_GAPS: (Duration, Duration) =
    (Duration::from_secs(3 * 24 * 60 * 60), Duration::from_secs(30 * 24 * 60 * 60));

/// How often the time is stored.
pub const STORE_TIME_EVERY: Duration = Duration::from_secs(60);
