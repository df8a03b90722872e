//! Waiting for a condition, with a deadline: the one place that sleeps.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; a test that passes never waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Calls `look` until it returns a value. An error means "not yet" and says what there was instead.
///
/// # Panics
/// At the deadline, with the last error.
#[track_caller]
pub fn eventually<T>(what: impl Display, look: impl FnMut() -> Result<T, String>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// As [`eventually`], with a deadline of its own.
///
/// # Panics
/// At the deadline, with the last error.
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
