//! When to connect, when to give a connection up, when to come back, and what to tell the person of it.
//!
//! Holds no socket and reads no clock: time and chance are arguments, and whoever owns the socket does what
//! [`Link::connection`] and [`Link::wake_at`] say.

use shared::{ByeCode, CloseCode};

/// The first try after a loss comes within this time.
const FIRST_RETRY_MS: u64 = 300;
/// Later tries wait up to this time, doubled with every failure …
const BACKOFF_MS: u64 = 500;
/// … but never longer than this.
const BACKOFF_MAX_MS: u64 = 10_000;
/// … and than this for a minute after the server said that it restarts: it is soon back.
const RESTART_RETRY_MS: u64 = 1_500;
/// A connection up for less than this counts as another failure.
const STEADY_MS: u64 = 5_000;
/// A join that is not answered for this long is a loss.
const JOIN_PATIENCE_MS: u64 = 10_000;
/// The server says something every 25 s: a connection silent for this long is lost.
const SILENCE_MS: u64 = 60_000;
/// Somebody is looking, and the server has missed its turn: lost already.
const SILENCE_WATCHED_MS: u64 = 35_000;
/// A loss shorter than this is not spoken of.
const UNSPOKEN_MS: u64 = 2_000;
/// How long it is said that the connection is back.
const RESTORED_MS: u64 = 2_000;

/// What the person is told of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner {
    /// It is lost, and being tried again.
    Lost,
    /// It is back.
    Restored,
}

/// What becomes of a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Another one is opened in time.
    ComesBack,
    /// It stays away, for the reason the server gave.
    Over(Option<ByeCode>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Off,
    Waiting {
        until: u64,
    },
    Joining,
    Up {
        since: u64,
    },
    Away,
}

/// The wish for a connection, and how it goes. Times are milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    phase: Phase,
    connection: u32,
    failures: u32,
    restarts_until: u64,
    heard_at: u64,
    lost_at: Option<u64>,
    bye: Option<(ByeCode, Option<u64>)>,
    banner: Option<Banner>,
    restored_at: u64,
}

impl Link {
    /// Wants a connection for somebody who just asked for it.
    pub fn open(&mut self, now: u64) {
        self.phase = Phase::Joining;
        self.connection += 1;
        self.heard_at = now;
        self.bye = None;
    }

    /// Wants a connection for somebody who was here before: if it takes long, that is said.
    pub fn resume(&mut self, now: u64) {
        self.lost_at = Some(now);
        self.open(now);
    }

    /// The page is put away: a connection would only pretend that somebody is there. [`Link::nudge`] ends that.
    pub fn put_away(&mut self) {
        if self.phase != Phase::Off {
            self.phase = Phase::Away;
        }
    }

    /// Wants none any more.
    pub fn stop(&mut self) {
        *self = Self { connection: self.connection, ..Self::default() };
    }

    /// The connection to hold now; another number means another socket. What comes from any other is void.
    pub fn connection(&self) -> Option<u32> {
        matches!(self.phase, Phase::Joining | Phase::Up { .. }).then_some(self.connection)
    }

    /// Whether the server has let us in.
    pub fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// What to tell the person.
    pub fn banner(&self) -> Option<Banner> {
        self.banner
    }

    /// Something came.
    pub fn heard(&mut self, now: u64) {
        self.heard_at = now;
    }

    /// The server let us in.
    pub fn welcomed(&mut self, now: u64) {
        self.phase = Phase::Up { since: now };
        self.lost_at = None;
        self.banner = match self.banner {
            Some(Banner::Lost) => Some(Banner::Restored),
            other => other,
        };
        self.restored_at = now;
    }

    /// The server is about to close.
    pub fn said_bye(&mut self, code: ByeCode, retry_ms: Option<u64>) {
        self.bye = Some((code, retry_ms));
    }

    /// The connection is gone, with this close code if there was one; `random` is in `0.0..1.0`.
    pub fn lost(&mut self, now: u64, close: Option<u16>, random: f64) -> Loss {
        let bye = self.bye.take();
        let comes_back = match bye {
            Some((code, _)) => matches!(code, ByeCode::Restarting | ByeCode::Overloaded),
            None => close.is_none_or(CloseCode::comes_back),
        };
        if !comes_back {
            self.stop();
            return Loss::Over(bye.map(|(code, _)| code));
        }
        if matches!(bye, Some((ByeCode::Restarting, _))) {
            // It was not the connection that failed.
            (self.failures, self.restarts_until) = (0, now + 60_000);
        }
        self.back_off(now, bye.and_then(|(_, retry_ms)| retry_ms), random);
        Loss::ComesBack
    }

    /// Tries again later, not before `retry_ms` if the server said so.
    pub fn back_off(&mut self, now: u64, retry_ms: Option<u64>, random: f64) {
        if let Phase::Up { since } = self.phase
            && since + STEADY_MS <= now
        {
            self.failures = 0;
        }
        let longest = if now < self.restarts_until { RESTART_RETRY_MS } else { BACKOFF_MAX_MS };
        let most = match self.failures {
            0 => FIRST_RETRY_MS,
            failures => (BACKOFF_MS << failures.min(16)).min(longest),
        };
        self.failures += 1;
        let wait = retry_ms.unwrap_or(0) + (random * most as f64) as u64;
        self.phase = Phase::Waiting { until: now + wait };
        self.lost_at = self.lost_at.or(Some(now));
        if self.banner == Some(Banner::Restored) {
            self.banner = None;
        }
    }

    /// Tries again after this time, for somebody who waits to be let in: nothing is lost.
    pub fn come_again(&mut self, now: u64, wait: u64, random: f64) {
        self.phase = Phase::Waiting { until: now + wait + (random * BACKOFF_MS as f64) as u64 };
    }

    /// The browser is online again, or the page is shown, or looked at: no more waiting.
    pub fn nudge(&mut self, now: u64) {
        match self.phase {
            Phase::Waiting { .. } => self.open(now),
            Phase::Away => {
                self.lost_at = self.lost_at.or(Some(now));
                self.open(now);
            }
            Phase::Up { .. } if self.heard_at + SILENCE_WATCHED_MS <= now => {
                self.lost_at = Some(now);
                self.open(now);
            }
            Phase::Off | Phase::Joining | Phase::Up { .. } => {}
        }
    }

    /// When [`Link::tick`] must be called next.
    pub fn wake_at(&self) -> Option<u64> {
        let phase = match self.phase {
            Phase::Off | Phase::Away => None,
            Phase::Waiting { until } => Some(until),
            Phase::Joining => Some(self.heard_at + JOIN_PATIENCE_MS),
            Phase::Up { .. } => Some(self.heard_at + SILENCE_MS),
        };
        let banner = match self.banner {
            Some(Banner::Lost) => None,
            Some(Banner::Restored) => Some(self.restored_at + RESTORED_MS),
            None => self.lost_at.map(|at| at + UNSPOKEN_MS),
        };
        phase.into_iter().chain(banner).min()
    }

    /// Does what is due; says whether the connection was given up just now.
    pub fn tick(&mut self, now: u64, random: f64) -> bool {
        let mut gave_up = false;
        match self.phase {
            Phase::Waiting { until } if until <= now => self.open(now),
            Phase::Joining if self.heard_at + JOIN_PATIENCE_MS <= now => gave_up = true,
            Phase::Up { .. } if self.heard_at + SILENCE_MS <= now => gave_up = true,
            _ => {}
        }
        if gave_up {
            self.bye = None;
            self.back_off(now, None, random);
        }
        match self.banner {
            None if self.lost_at.is_some_and(|at| at + UNSPOKEN_MS <= now) => {
                self.banner = Some(Banner::Lost);
            }
            Some(Banner::Restored) if self.restored_at + RESTORED_MS <= now => self.banner = None,
            _ => {}
        }
        gave_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: f64 = 0.5;
    const ALMOST: f64 = 0.999_999;

    fn up() -> Link {
        let mut link = Link::default();
        link.open(0);
        link.welcomed(0);
        link
    }

    #[test]
    fn the_first_retry_comes_within_300_ms_and_later_ones_back_off_to_ten_seconds() {
        let mut link = up();
        let mut now = 20_000;
        link.heard(now);
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert_eq!(link.lost(now, Some(1006), ALMOST), Loss::ComesBack);
            assert_eq!(link.connection(), None);
            let Phase::Waiting { until } = link.phase else { panic!() };
            waits.push(until - now);
            now = until;
            link.tick(now, HALF);
            assert!(link.connection().is_some());
        }
        assert_eq!(waits, [299, 999, 1_999, 3_999, 7_999, 9_999, 9_999, 9_999]);
    }

    #[test]
    fn jitter_is_full() {
        let mut link = up();
        link.lost(10_000, None, 0.0);
        assert_eq!(link.wake_at(), Some(10_000));
    }

    #[test]
    fn a_steady_connection_forgets_failures_and_a_flapping_one_does_not() {
        let mut link = up();
        link.lost(10_000, None, HALF);
        link.open(10_150);
        link.welcomed(10_160);
        link.lost(10_200, None, ALMOST);
        assert_eq!(link.phase, Phase::Waiting { until: 11_199 });
        link.open(11_199);
        link.welcomed(11_200);
        link.lost(17_000, None, ALMOST);
        assert_eq!(link.phase, Phase::Waiting { until: 17_299 });
    }

    #[test]
    fn what_the_server_says_last_decides_whether_to_come_back_and_when() {
        for (code, close, comes_back) in [
            (Some(ByeCode::Restarting), 1001, true),
            (Some(ByeCode::Overloaded), 1013, true),
            (Some(ByeCode::Left), 1000, false),
            (Some(ByeCode::Removed), 1008, false),
            (Some(ByeCode::Idle), 1008, false),
            (None, 1008, false),
            (None, 1000, false),
            (None, 1006, true),
        ] {
            let mut link = up();
            if let Some(code) = code {
                link.said_bye(code, None);
            }
            let loss = link.lost(100, Some(close), HALF);
            assert_eq!(loss, if comes_back { Loss::ComesBack } else { Loss::Over(code) });
            assert_eq!(link.wake_at().is_some(), comes_back);
        }
        let mut link = Link { failures: 9, ..up() };
        link.said_bye(ByeCode::Restarting, Some(4_000));
        link.lost(1_000, Some(1001), HALF);
        assert_eq!(link.phase, Phase::Waiting { until: 5_150 });
        for (now, wait) in [(6_000, 999), (7_000, 1_499), (60_000, 1_499), (61_000, 7_999)] {
            link.lost(now, Some(1006), ALMOST);
            assert_eq!(link.phase, Phase::Waiting { until: now + wait });
        }
    }

    #[test]
    fn online_and_visible_cut_the_waiting_short() {
        let mut link = up();
        link.lost(10_000, None, ALMOST);
        link.nudge(10_001);
        assert!(link.connection().is_some());
    }

    #[test]
    fn silence_for_a_minute_is_a_loss_and_for_half_of_it_when_somebody_looks() {
        let mut link = up();
        let first = link.connection();
        link.heard(5_000);
        assert!(!link.tick(64_999, HALF));
        assert!(link.tick(65_000, HALF));
        assert_eq!(link.connection(), None);

        let mut link = up();
        link.nudge(34_999);
        assert_eq!(link.connection(), first);
        link.nudge(35_000);
        assert_ne!(link.connection(), first);
        assert!(!link.is_up());
    }

    #[test]
    fn a_join_without_an_answer_is_given_up() {
        let mut link = Link::default();
        link.open(0);
        assert_eq!(link.wake_at(), Some(JOIN_PATIENCE_MS));
        assert!(link.tick(JOIN_PATIENCE_MS, HALF));
    }

    #[test]
    fn a_short_loss_is_not_spoken_of() {
        let mut link = up();
        link.lost(10_000, None, HALF);
        link.tick(10_150, HALF);
        link.welcomed(11_999);
        link.tick(12_000, HALF);
        assert_eq!(link.banner(), None);
    }

    #[test]
    fn a_longer_loss_is_said_after_two_seconds_and_its_end_for_two_seconds() {
        let mut link = up();
        link.lost(10_000, None, HALF);
        link.tick(10_150, HALF);
        assert_eq!(link.wake_at(), Some(12_000));
        link.tick(12_000, HALF);
        assert_eq!(link.banner(), Some(Banner::Lost));
        link.welcomed(13_000);
        assert_eq!((link.banner(), link.wake_at()), (Some(Banner::Restored), Some(15_000)));
        link.tick(15_000, HALF);
        assert_eq!(link.banner(), None);
    }

    #[test]
    fn put_away_it_holds_nothing_until_it_is_shown_again() {
        let mut link = up();
        let first = link.connection();
        link.put_away();
        assert_eq!((link.connection(), link.wake_at(), link.banner()), (None, None, None));
        link.nudge(3_600_000);
        assert!(link.connection().is_some() && link.connection() != first);
        link.tick(3_602_000, HALF);
        assert_eq!(link.banner(), Some(Banner::Lost), "it takes long to come back");

        let mut link = Link::default();
        link.put_away();
        link.nudge(1);
        assert_eq!(link.connection(), None, "there was nothing to come back to");
    }

    #[test]
    fn after_stop_nothing_is_due() {
        let mut link = up();
        link.lost(10_000, None, HALF);
        link.stop();
        assert_eq!((link.wake_at(), link.connection(), link.banner()), (None, None, None));
    }
}
