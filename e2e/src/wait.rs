//! Waiting for a condition, with a deadline: the one place that sleeps.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; a test that passes never waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks until `look` finds what it looks for. Its error says what there was instead.
///
/// # Panics
/// When it does not come in time, with what was seen last.
#[track_caller]
pub fn eventually<T>(what: impl Display, look: impl FnMut() -> Result<T, String>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// As [`eventually`], for what has its own time.
///
/// # Panics
/// When it does not come in time, with what was seen last.
#[track_caller]
pub fn eventually_within<T>(
    limit: Duration,
    what: impl Display,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > limit => {
                panic!("waited {} s for {what}; last seen: {seen}", limit.as_secs());
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
