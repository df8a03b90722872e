//! An estimate of the server's clock. The rules of a room (how long a message may be edited or recalled) and the times that
//! people see follow the server's clock, since a computer's own clock may be wrong.

use shared::Millis;

/// Maps monotonic time to the server's time.
///
/// Every timestamp from the server was taken before it arrived, so server time is at least `timestamp - arrival`. The largest
/// such difference is the best estimate; a live event or a tick brings it within one network delay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerClock {
    /// Server time minus monotonic time, in milliseconds.
    offset: i64,
    is_measured: bool,
}

impl ServerClock {
    /// Begins with the computer's own clock, until the server has sent a timestamp.
    pub fn from_wall_clock(now: u64, wall: Millis) -> Self {
        Self { offset: difference(wall, now), is_measured: false }
    }

    /// Takes a timestamp of the server into account that arrived at `now`.
    pub(super) fn observe(&mut self, at: Millis, now: u64) {
        let offset = difference(at, now);
        self.offset = if self.is_measured { self.offset.max(offset) } else { offset };
        self.is_measured = true;
    }

    /// Takes the time of something into account that may have happened long before it arrived: the server's clock is not behind that.
    pub(super) fn observe_past(&mut self, at: Millis, now: u64) {
        self.offset = self.offset.max(difference(at, now));
    }

    /// The server's time at the monotonic time `now`.
    pub fn at(self, now: u64) -> Millis {
        Millis(now.saturating_add_signed(self.offset))
    }
}

fn difference(at: Millis, now: u64) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX).saturating_sub_unsigned(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_time_replaces_a_wrong_wall_clock() {
        let mut clock = ServerClock::from_wall_clock(1_000, Millis(9_000_000));
        assert_eq!(clock.at(2_000), Millis(9_001_000));
        clock.observe(Millis(5_000_000), 2_000);
        assert_eq!(clock.at(2_500), Millis(5_000_500));
    }

    #[test]
    fn what_may_be_long_past_only_sets_it_forward() {
        let mut clock = ServerClock::from_wall_clock(1_000, Millis(5_000_000));
        clock.observe_past(Millis(3_000_000), 1_000);
        assert_eq!(clock.at(1_000), Millis(5_000_000));
        clock.observe_past(Millis(6_000_000), 1_000);
        assert_eq!(clock.at(1_000), Millis(6_000_000));
        clock.observe(Millis(5_500_000), 1_000);
        assert_eq!(clock.at(1_000), Millis(5_500_000), "the first live time is believed");
    }

    #[test]
    fn old_events_do_not_set_the_clock_back() {
        let mut clock = ServerClock::default();
        clock.observe(Millis(5_000_000), 2_000);
        clock.observe(Millis(1_000_000), 2_001);
        assert_eq!(clock.at(2_000), Millis(5_000_000));
        clock.observe(Millis(5_100_000), 2_002);
        assert_eq!(clock.at(2_002), Millis(5_100_000));
    }
}
