//! What time it is: a wall clock, a monotonic clock, and the one place that says whether the first is plausible.
//!
//! From both come two times. [`Times::at`] is what people see: it follows the wall clock, but a step only once it has lasted. Nothing
//! is deleted by it. [`Times::steady`] is what deletions and lengths of time go by: it begins with a plausible wall clock, and from
//! then on only the monotonic clock moves it. So a clock that is wrong deletes nothing too early, and one that is set back stops nothing.

mod file;
mod room;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use shared::Millis;

use crate::config::millis;

pub(crate) use file::{FILE, read, write};
pub(crate) use room::RoomClock;

/// What the two clocks say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time as people tell it.
    pub wall: Millis,
    /// The time since some start.
    pub uptime: Millis,
}

/// One moment, by each clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// What people see. It may run back where the wall clock was set back.
    pub at: Millis,
    /// Runs with the monotonic clock, and never back. Its zero is that of the wall clock.
    pub steady: Millis,
    /// Since some start.
    pub uptime: Millis,
}

/// When data was last written, as far as is known when a server starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastKnown {
    /// The steady time that the server before stored last.
    pub stored: Option<Millis>,
    /// The time of the newest event.
    pub newest: Option<Millis>,
}

/// Turns readings into times.
#[derive(Debug, Default)]
pub struct Clock {
    /// [`Times::at`] less uptime, where the wall clock does not agree with it.
    shown: AtomicI64,
    /// [`Times::steady`] less uptime.
    steady: AtomicI64,
    /// The steady time since which no step back was followed.
    since: AtomicI64,
    judged: Mutex<Judged>,
}

#[derive(Debug, Default)]
struct Judged {
    /// A step of the wall clock that has not lasted yet: wall less uptime, and the uptime since when.
    step: Option<(i64, Millis)>,
    /// The log says that the wall clock is implausible.
    is_implausible: bool,
}

/// By how much the wall clock may differ from what is expected, in milliseconds.
const TOLERANCE_MS: i64 = 1_000;

/// How long a step of the wall clock must last before people see it.
const STEP_LASTS: Duration = Duration::from_secs(10 * 60);

impl Clock {
    /// A clock that believes this reading.
    pub fn new(reading: Reading) -> Self {
        let clock = Self::default();
        let offset = reading.offset();
        clock.shown.store(offset, Ordering::Relaxed);
        clock.steady.store(offset, Ordering::Relaxed);
        clock.since.store(reading.wall.0.cast_signed(), Ordering::Relaxed);
        clock
    }

    /// The times of a reading.
    pub fn times(&self, reading: Reading) -> Times {
        let shown = self.shown.load(Ordering::Relaxed);
        let agrees = (reading.offset() - shown).abs() <= TOLERANCE_MS;
        let at = if agrees { reading.wall } else { reading.plus(shown) };
        Times { at, steady: reading.plus(self.steady.load(Ordering::Relaxed)), uptime: reading.uptime }
    }

    /// The steady time since which people's time was not set back.
    pub fn since(&self) -> Millis {
        Millis(self.since.load(Ordering::Relaxed).cast_unsigned())
    }

    /// Begins with this reading, unless it is implausible: more than `gap_max` after what is known, or before it. `accepts` is that
    /// an administrator says that the wall clock is right.
    pub fn begin(&self, reading: Reading, known: LastKnown, gap_max: Duration, accepts: bool) {
        let wall = reading.wall;
        let last = known.stored.or(known.newest);
        let is_late = last.is_some_and(|last| last.0.saturating_add(millis(gap_max)) < wall.0);
        // The times of events may be those of a clock that was wrong, so nothing is put forward by them.
        let is_early = known.stored.is_some_and(|stored| wall.0 + TOLERANCE_MS.cast_unsigned() < stored.0);
        let is_implausible = (is_late || is_early) && !accepts;
        let begins = last.filter(|_| is_implausible).unwrap_or(wall);
        self.steady.store(Reading { wall: begins, ..reading }.offset(), Ordering::Relaxed);
        self.shown.store(reading.offset(), Ordering::Relaxed);
        self.since.store(begins.0.cast_signed(), Ordering::Relaxed);
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        *judged = Judged { step: None, is_implausible };
        if is_implausible {
            warn(wall, begins);
        }
    }

    /// Looks whether the wall clock is plausible, and follows it. To be called every second or so.
    pub fn observe(&self, reading: Reading) {
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = reading.offset();
        let steady = self.steady.load(Ordering::Relaxed);
        let agrees = (offset - steady).abs() <= TOLERANCE_MS;
        if agrees {
            // As where it is slewed: so small corrections do not add up to a step.
            self.steady.store(offset, Ordering::Relaxed);
        } else if !judged.is_implausible {
            warn(reading.wall, reading.plus(steady));
        }
        if agrees && judged.is_implausible {
            tracing::info!("the clock is plausible again");
        }
        judged.is_implausible = !agrees;
        self.follow(reading, &mut judged);
    }

    /// People see what the wall clock says, once it has said so for a while.
    fn follow(&self, reading: Reading, judged: &mut Judged) {
        let (offset, shown) = (reading.offset(), self.shown.load(Ordering::Relaxed));
        let near = |other: i64| (offset - other).abs() <= TOLERANCE_MS;
        if near(shown) {
            self.shown.store(offset, Ordering::Relaxed);
            judged.step = None;
            return;
        }
        let (_, since) = *judged.step.get_or_insert((offset, reading.uptime));
        if !judged.step.is_some_and(|(step, _)| near(step)) {
            judged.step = Some((offset, reading.uptime));
        } else if since.0.saturating_add(millis(STEP_LASTS)) <= reading.uptime.0 {
            judged.step = None;
            if offset < shown {
                self.since.store(self.times(reading).steady.0.cast_signed(), Ordering::Relaxed);
            }
            self.shown.store(offset, Ordering::Relaxed);
        }
    }

    /// Whether the wall clock is believed.
    pub fn is_plausible(&self) -> bool {
        !self.judged.lock().unwrap_or_else(PoisonError::into_inner).is_implausible
    }
}

impl Reading {
    const fn offset(self) -> i64 {
        self.wall.0.cast_signed().saturating_sub(self.uptime.0.cast_signed())
    }

    fn plus(self, offset: i64) -> Millis {
        Millis(self.uptime.0.saturating_add_signed(offset))
    }
}

fn warn(wall: Millis, expected: Millis) {
    let (wrong_s, ahead) = (wall.0.abs_diff(expected.0) / 1_000, wall > expected);
    tracing::warn!(wrong_s, ahead, "the clock is implausible, and nothing is deleted by it");
}

#[cfg(test)]
mod tests;
