//! The time within a room: it never runs back, and it runs as time really passes, also where the clock was set back. So a message is
//! as old as the room's time says.
//!
//! Where people's time is behind the room's last event, the room goes on by the steady time, a little slower than it, until both meet.

use shared::Millis;
use shared::limits::EDIT_WITHIN_MS;

use super::Times;

/// One room's time. In memory only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RoomClock {
    /// The steady time of the room's last event.
    last: Millis,
    /// Where the room is ahead: a time of the room, and the steady time of that moment.
    ahead: Option<(Millis, Millis)>,
}

/// Of so many milliseconds the time of a room that is ahead leaves out one.
const SLOWER: u64 = 64;

impl RoomClock {
    /// Of a room that was just loaded, whose last event has this time. It was stored before `since`, if people's time is behind it.
    pub(crate) fn load(last_at: Millis, now: Times, since: Millis) -> Self {
        if now.at < last_at {
            return Self { last: since, ahead: Some((last_at, since)) };
        }
        Self { last: Millis(now.steady.0.saturating_sub(now.at.0 - last_at.0)), ahead: None }
    }

    /// The time in the room, whose last event has the time `last_at`.
    pub(crate) fn now(&self, now: Times, last_at: Millis) -> Millis {
        // Nothing that was said can be edited any more: nobody asks how old it is.
        if last_at.0.saturating_add(EDIT_WITHIN_MS) <= now.at.0 {
            return now.at;
        }
        let behind = (now.at < last_at).then_some((last_at, self.last));
        let Some((room, steady)) = self.ahead.or(behind) else { return now.at };
        let passed = now.steady.0.saturating_sub(steady.0);
        let runs = room.0.saturating_add(passed - passed / SLOWER);
        Millis(runs.max(now.at.0).max(last_at.0))
    }

    /// The room has an event of the time `at`, which [`RoomClock::now`] gave; the one before had `last_at`.
    pub(crate) fn store(&mut self, now: Times, (last_at, at): (Millis, Millis)) {
        self.ahead = if at <= now.at { None } else { self.ahead.or(Some((last_at, self.last))) };
        self.last = now.steady;
    }

    /// Whether the room is ahead: then its clock is kept where it leaves memory.
    pub(crate) const fn is_ahead(&self) -> bool {
        self.ahead.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * 60 * 1_000;

    fn times(at: u64, steady: u64) -> Times {
        Times { at: Millis(at), steady: Millis(steady), uptime: Millis(steady) }
    }

    #[test]
    fn room_time_is_wall_time_unless_the_room_is_ahead() {
        let mut clock = RoomClock::load(Millis(1_000), times(5_000, 9_000), Millis(0));
        assert_eq!(clock.now(times(5_000, 9_000), Millis(1_000)), Millis(5_000));
        clock.store(times(5_000, 9_000), (Millis(1_000), Millis(5_000)));
        assert_eq!(clock.now(times(6_000, 10_000), Millis(5_000)), Millis(6_000));
        assert!(!clock.is_ahead());
    }

    #[test]
    fn after_a_step_back_a_message_gets_older_as_time_passes() {
        let begin = 100 * HOUR;
        let mut clock = RoomClock::load(Millis(begin), times(begin, begin), Millis(begin));
        clock.store(times(begin, begin), (Millis(begin), Millis(begin)));
        // Eight hours back, and nothing is said for 130 seconds.
        let later = times(begin - 8 * HOUR + 130_000, begin + 130_000);
        let at = clock.now(later, Millis(begin));
        assert!((begin + 127_000..=begin + 130_000).contains(&at.0), "{at:?}");
        clock.store(later, (Millis(begin), at));
        assert!(clock.is_ahead());
        let much_later = times(begin - 7 * HOUR, begin + HOUR);
        let next = clock.now(much_later, at);
        assert!((begin + HOUR * 98 / 100..=begin + HOUR).contains(&next.0), "{next:?}");
        // It comes nearer to people's time all the while, and meets it in the end.
        let met = times(begin + 600 * HOUR, begin + 608 * HOUR);
        assert_eq!(clock.now(met, next), met.at);
    }

    #[test]
    fn a_room_that_was_ahead_at_the_start_runs_on_too() {
        let begin = 100 * HOUR;
        let loaded = times(begin + 5_000, begin + 5_000);
        let clock = RoomClock::load(Millis(begin + 8 * HOUR), loaded, Millis(begin));
        let at = clock.now(times(begin + 130_000, begin + 130_000), Millis(begin + 8 * HOUR));
        assert!(at.0 >= begin + 8 * HOUR + 127_000, "{at:?}");
    }

    #[test]
    fn room_time_never_runs_back() {
        let (mut clock, mut last) = (RoomClock::default(), Millis(50 * HOUR));
        let mut steady = 50 * HOUR;
        for step in [0_i64, 8, -8, -8, 0, 3, -40, 40, 0] {
            for minute in 0..40 {
                steady += 60_000;
                let now = times(steady.saturating_add_signed(step * 3_600_000), steady);
                let at = clock.now(now, last);
                assert!(last <= at, "step {step}, minute {minute}");
                clock.store(now, (last, at));
                last = at;
            }
        }
    }
}
