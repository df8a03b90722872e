//! When to connect, when to give a connection up, when to reconnect, and what to tell the person about it.
//!
//! Holds no socket and reads no clock: time and randomness are arguments, and the owner of the socket does what
//! [`Connection::number`] and [`Connection::wake_at`] say.

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
/// A command that is not answered for this long is a lost connection: the network swallows packets.
const ANSWER_TIMEOUT_MS: u64 = 8_000;
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
pub enum Disconnect {
    /// Another one is opened in time.
    Retry,
    /// It stays away, for the reason the server gave.
    Final(Option<ByeCode>),
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
pub struct Connection {
    phase: Phase,
    connection: u32,
    failures: u32,
    restarts_until: u64,
    heard_at: u64,
    lost_at: Option<u64>,
    bye: Option<(ByeCode, Option<u64>)>,
    banner: Option<Banner>,
    restored_at: u64,
    /// Since when the server owes an answer to a command.
    unanswered_since: Option<u64>,
}

impl Connection {
    /// Wants a connection for somebody who just asked for it.
    pub fn open(&mut self, now: u64) {
        self.phase = Phase::Joining;
        self.connection += 1;
        self.heard_at = now;
        self.bye = None;
        self.unanswered_since = None;
    }

    /// Wants a connection for somebody who was here before: if it takes long, that is said.
    pub fn resume(&mut self, now: u64) {
        self.lost_at = Some(now);
        self.open(now);
    }

    /// The page is put away: a connection would only pretend that somebody is there. [`Connection::wake`] ends that.
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
    pub fn number(&self) -> Option<u32> {
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

    /// Notes that a command was sent now, or with `None` that nothing waits for an answer.
    pub fn set_unanswered_since(&mut self, since: Option<u64>) {
        self.unanswered_since = since;
    }

    /// The browser has no network. The loss is announced at once: the browser knows.
    pub fn offline(&mut self, now: u64, random: f64) -> bool {
        let is_open = matches!(self.phase, Phase::Joining | Phase::Up { .. });
        if is_open {
            self.bye = None;
            self.back_off(now, None, random);
            self.banner = Some(Banner::Lost);
        }
        is_open
    }

    /// The server is about to close.
    pub fn said_bye(&mut self, code: ByeCode, retry_ms: Option<u64>) {
        self.bye = Some((code, retry_ms));
    }

    /// The connection is gone, with this close code if there was one; `random` is in `0.0..1.0`.
    pub fn lost(&mut self, now: u64, close: Option<u16>, random: f64) -> Disconnect {
        let bye = self.bye.take();
        let comes_back = match bye {
            Some((code, _)) => matches!(code, ByeCode::Restarting | ByeCode::Overloaded),
            None => close.is_none_or(CloseCode::comes_back),
        };
        if !comes_back {
            self.stop();
            return Disconnect::Final(bye.map(|(code, _)| code));
        }
        if matches!(bye, Some((ByeCode::Restarting, _))) {
            // It was not the connection that failed.
            (self.failures, self.restarts_until) = (0, now + 60_000);
        }
        self.back_off(now, bye.and_then(|(_, retry_ms)| retry_ms), random);
        Disconnect::Retry
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
        self.unanswered_since = None;
        let wait = retry_ms.unwrap_or(0) + (random * most as f64) as u64;
        self.phase = Phase::Waiting { until: now + wait };
        self.lost_at = self.lost_at.or(Some(now));
        if self.banner == Some(Banner::Restored) {
            self.banner = None;
        }
    }

    /// Tries again after this time, for somebody who waits to be let in: nothing is lost.
    pub fn retry_after(&mut self, now: u64, wait: u64, random: f64) {
        self.phase = Phase::Waiting { until: now + wait + (random * BACKOFF_MS as f64) as u64 };
    }

    /// The browser is online again, or the page is shown, or looked at: no more waiting.
    pub fn wake(&mut self, now: u64) {
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

    /// When [`Connection::tick`] must be called next.
    pub fn wake_at(&self) -> Option<u64> {
        let phase = match self.phase {
            Phase::Off | Phase::Away => None,
            Phase::Waiting { until } => Some(until),
            Phase::Joining => Some(self.heard_at + JOIN_PATIENCE_MS),
            Phase::Up { .. } => Some(self.lost_when_silent_at()),
        };
        let banner = match self.banner {
            Some(Banner::Lost) => None,
            Some(Banner::Restored) => Some(self.restored_at + RESTORED_MS),
            None => self.lost_at.map(|at| at + UNSPOKEN_MS),
        };
        phase.into_iter().chain(banner).min()
    }

    /// When an open connection counts as lost if nothing arrives until then.
    fn lost_when_silent_at(&self) -> u64 {
        let answer_due = self.unanswered_since.map(|since| since + ANSWER_TIMEOUT_MS);
        answer_due.into_iter().chain([self.heard_at + SILENCE_MS]).min().unwrap_or(u64::MAX)
    }

    /// Does what is due; says whether the connection was given up just now.
    pub fn tick(&mut self, now: u64, random: f64) -> bool {
        let mut gave_up = false;
        match self.phase {
            Phase::Waiting { until } if until <= now => self.open(now),
            Phase::Joining if self.heard_at + JOIN_PATIENCE_MS <= now => gave_up = true,
            Phase::Up { .. } if self.lost_when_silent_at() <= now => {
                gave_up = true;
                // The person has waited for an answer since then.
                self.lost_at = self.unanswered_since;
            }
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
mod tests;
