//! Both clocks are moved forward and backward, at the start and while the server runs.

use super::*;

const HOUR: u64 = 60 * 60 * 1_000;
const DAY: u64 = 24 * HOUR;
const BEGIN: u64 = 1_790_000_000_000;
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn reading(wall: u64, uptime: u64) -> Reading {
    Reading { wall: Millis(wall), uptime: Millis(uptime) }
}

fn begun(wall: u64, known: LastKnown, accepts: bool) -> Clock {
    let clock = Clock::new(reading(wall, 0));
    clock.begin(reading(wall, 0), known, MONTH, accepts);
    clock
}

fn stored(at: u64) -> LastKnown {
    LastKnown { stored: Some(Millis(at)), newest: None }
}

fn newest(at: u64) -> LastKnown {
    LastKnown { stored: None, newest: Some(Millis(at)) }
}

/// Lets time pass second by second while the wall clock is `ahead`.
fn run(clock: &Clock, uptime: &mut u64, seconds: u64, ahead: i64) -> Times {
    for _ in 0..seconds {
        *uptime += 1_000;
        clock.observe(reading((BEGIN + *uptime).saturating_add_signed(ahead), *uptime));
    }
    clock.times(reading((BEGIN + *uptime).saturating_add_signed(ahead), *uptime))
}

#[test]
fn steady_time_ignores_steps_of_the_wall_clock() {
    for ahead in [40 * DAY.cast_signed(), -40 * DAY.cast_signed(), 8 * HOUR.cast_signed(), -5_000] {
        let (clock, mut uptime) = (begun(BEGIN, LastKnown::default(), false), 0);
        assert!(clock.is_plausible());
        let times = run(&clock, &mut uptime, 3_600, ahead);
        assert_eq!(times.steady, Millis(BEGIN + HOUR), "{ahead}");
        assert!(!clock.is_plausible());
        let times = run(&clock, &mut uptime, 1_800, 0);
        assert_eq!(times.steady, Millis(BEGIN + HOUR + HOUR / 2), "{ahead}");
        assert!(clock.is_plausible());
    }
}

#[test]
fn people_see_a_step_only_once_it_has_lasted() {
    let (clock, mut uptime) = (begun(BEGIN, LastKnown::default(), false), 0);
    let times = run(&clock, &mut uptime, 500, 8 * HOUR.cast_signed());
    assert_eq!(times.at, times.steady);
    let times = run(&clock, &mut uptime, 200, 8 * HOUR.cast_signed());
    assert_eq!(times.at, Millis(times.steady.0 + 8 * HOUR));
    let times = run(&clock, &mut uptime, 700, 0);
    assert_eq!(times.at, times.steady);
    assert_eq!(clock.since().0, BEGIN + 1_301_000, "since the step back");
}

#[test]
fn small_corrections_are_followed() {
    let (clock, mut uptime) = (begun(BEGIN, LastKnown::default(), false), 0);
    for ahead in (0..20).map(|n| n * 400) {
        let times = run(&clock, &mut uptime, 1, ahead);
        assert_eq!(times.at.0, (BEGIN + uptime).saturating_add_signed(ahead));
        assert_eq!(times.steady, times.at);
    }
    assert!(clock.is_plausible());
}

#[test]
fn a_clock_far_after_what_is_known_is_not_believed_at_the_start() {
    for known in [stored(BEGIN), newest(BEGIN)] {
        let clock = begun(BEGIN + 31 * DAY, known, false);
        let times = clock.times(reading(BEGIN + 31 * DAY + 5, 5));
        assert_eq!((times.steady, times.at), (Millis(BEGIN + 5), Millis(BEGIN + 31 * DAY + 5)));
        assert!(!clock.is_plausible());
        let clock = begun(BEGIN + 31 * DAY, known, true);
        assert_eq!(clock.times(reading(BEGIN + 31 * DAY, 0)).steady, Millis(BEGIN + 31 * DAY), "accepted");
        let clock = begun(BEGIN + 29 * DAY, known, false);
        assert_eq!(clock.times(reading(BEGIN + 29 * DAY, 0)).steady, Millis(BEGIN + 29 * DAY), "it was off");
    }
}

#[test]
fn a_clock_that_was_set_back_before_the_start_stops_nothing() {
    let clock = begun(BEGIN - 40 * DAY, stored(BEGIN), false);
    assert_eq!(clock.times(reading(BEGIN - 40 * DAY + 5, 5)).steady, Millis(BEGIN + 5));
    // Events may be of a clock that was wrong: they delete nothing.
    let clock = begun(BEGIN, newest(BEGIN + 8 * HOUR), false);
    assert_eq!(clock.times(reading(BEGIN + 5, 5)).steady, Millis(BEGIN + 5));
    assert!(clock.is_plausible());
}

#[test]
fn what_was_stored_is_read_again() {
    let folder = tempfile::TempDir::new().expect("a folder");
    assert_eq!(read(folder.path()), None);
    write(folder.path(), Millis(BEGIN)).expect("a file");
    assert_eq!(read(folder.path()), Some(Millis(BEGIN)));
}
