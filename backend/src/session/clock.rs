//! What is due on a connection when nothing happens on it. Time is an argument.

use governor::Quota;
use shared::{ByeCode, CloseCode};
use tokio::time::Instant;

use crate::config::Config;
use crate::pace;

use super::End;

/// The times of one connection. How long each lasts, the configuration says.
#[derive(Debug)]
pub(super) struct Clock {
    heard: Instant,
    sent: Instant,
    ping_at: Instant,
    join_by: Instant,
    /// When the next frame may be read, once one was.
    read_at: Option<Instant>,
    /// That time is not yet here, as far as is known.
    reads_later: bool,
    /// Of which kinds of news there is a newer version, whose turn has not come.
    waiting: [bool; 3],
    /// The version of each that was last sent, and when.
    news: [Option<(u64, Instant)>; 3],
}

/// What is told at most once a second, and only the newest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Who is connected.
    Presence,
    /// How far members have read.
    Marks,
    /// Who is writing.
    Typing,
}

/// What is to be sent because of the time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ring {
    pub(super) ping: bool,
    pub(super) tick: bool,
}

impl Clock {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        Self {
            heard: now,
            sent: now,
            ping_at: now + config.ping_every,
            join_by: now + config.join_within,
            read_at: None,
            reads_later: false,
            waiting: [false; 3],
            news: [None; 3],
        }
    }

    /// When to look again at the latest.
    pub(super) fn next(&self, config: &Config) -> Instant {
        let dead = self.heard + config.silence_max;
        let quiet = self.sent + config.ping_every;
        let next = dead.min(quiet).min(self.ping_at).min(self.join_by);
        let next = self.read_at.filter(|_| self.reads_later).map_or(next, |at| at.min(next));
        let waiting = self.waiting.iter().zip(&self.news).filter(|(waits, _)| **waits);
        waiting.filter_map(|(_, sent)| *sent).map(|(_, at)| at + config.news_every).fold(next, Instant::min)
    }

    /// A frame of any kind came; at most so many are read. Nothing a page does comes near it: a flood waits in its own
    /// socket, and costs the others nothing.
    pub(super) fn heard(&mut self, now: Instant, frames: Option<Quota>) {
        self.heard = now;
        if let Some(frames) = frames {
            let at = pace::next(frames, self.read_at, 1, now);
            (self.read_at, self.reads_later) = (Some(at), now < at);
        }
    }

    /// Whether another frame may be read.
    pub(super) fn may_read(&mut self, now: Instant) -> bool {
        self.reads_later &= self.read_at.is_some_and(|at| now < at);
        !self.reads_later
    }

    /// A message was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.sent = now;
    }

    /// A join was refused: the time to join begins anew.
    pub(super) fn refused(&mut self, config: &Config, now: Instant) {
        self.join_by = now + config.join_within;
    }

    /// Whether this version is news, and its turn has come.
    pub(super) fn may_send(&mut self, config: &Config, news: News, version: u64, now: Instant) -> bool {
        let (differs, turn) = match self.news[news as usize] {
            Some((last, at)) => (last != version, at + config.news_every <= now),
            // Nobody has written yet: that is not worth a frame.
            None => (news != News::Typing || version != 0, true),
        };
        self.waiting[news as usize] = differs && !turn;
        differs && turn
    }

    /// The version last sent; 0 if none was.
    pub(super) fn version_sent(&self, news: News) -> u64 {
        self.news[news as usize].map_or(0, |(version, _)| version)
    }

    /// This version was sent.
    pub(super) fn sent_news(&mut self, news: News, version: u64, now: Instant) {
        self.news[news as usize] = Some((version, now));
        self.waiting[news as usize] = false;
    }

    /// What is due now; an end if the peer is silent for too long or never joined.
    pub(super) fn ring(&mut self, config: &Config, now: Instant, joined: bool) -> Result<Ring, End> {
        if joined {
            self.join_by = now + config.join_within;
        } else if self.join_by <= now {
            return Err(End::Bye(ByeCode::Idle, CloseCode::Refused));
        }
        if self.heard + config.silence_max <= now {
            // Should it hear us after all, it comes back.
            return Err(End::Close(CloseCode::Restarting));
        }
        let ping = self.ping_at <= now;
        if ping {
            self.ping_at = now + config.ping_every;
        }
        Ok(Ring { ping, tick: self.sent + config.ping_every <= now })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::quota;

    fn config() -> Config {
        Config::new("data".into(), "dist".into())
    }

    fn clock() -> (Clock, Instant) {
        let now = Instant::now();
        (Clock::new(&config(), now), now)
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_quiet_connection_is_pinged_and_told_the_time() {
        let (mut clock, start) = clock();
        assert_eq!(clock.ring(&config(), start + seconds(24), true), Ok(Ring { ping: false, tick: false }));
        assert_eq!(clock.ring(&config(), start + seconds(25), true), Ok(Ring { ping: true, tick: true }));
        clock.sent(start + seconds(30));
        clock.heard(start + seconds(30), None);
        assert_eq!(clock.ring(&config(), start + seconds(50), true), Ok(Ring { ping: true, tick: false }));
    }

    #[test]
    fn a_silent_connection_is_dropped_and_one_without_a_seat_is_told_so() {
        let (mut silent, start) = clock();
        assert_eq!(silent.ring(&config(), start + seconds(60), true), Err(End::Close(CloseCode::Restarting)));
        let (mut never, start) = clock();
        assert_eq!(
            never.ring(&config(), start + seconds(60), false),
            Err(End::Bye(ByeCode::Idle, CloseCode::Refused))
        );
        let (mut outside, start) = clock();
        outside.heard(start + seconds(30), None);
        outside.refused(&config(), start + seconds(30));
        assert!(outside.ring(&config(), start + seconds(60), false).is_ok());
        outside.heard(start + seconds(60), None);
        assert_eq!(
            outside.ring(&config(), start + seconds(90), false),
            Err(End::Bye(ByeCode::Idle, CloseCode::Refused))
        );
    }

    #[test]
    fn a_flood_is_read_at_its_pace_and_the_clock_rings_when_it_goes_on() {
        let (mut clock, start) = clock();
        let frames = Some(quota(Quota::per_second, 2, 3));
        let half = Duration::from_millis(500);
        for _ in 0..3 {
            assert!(clock.may_read(start));
            clock.heard(start, frames);
        }
        assert!(!clock.may_read(start) && !clock.may_read(start + half / 2));
        assert_eq!(clock.next(&config()), start + half);
        assert!(clock.may_read(start + half));
        assert_eq!(clock.next(&config()), start + seconds(25), "it rings once");
        clock.heard(start + half, frames);
        assert!(!clock.may_read(start + half));
        for _ in 0..3 {
            assert!(clock.may_read(start + seconds(9)));
            clock.heard(start + seconds(9), frames);
        }
        assert!(!clock.may_read(start + seconds(9)), "no more than a burst was saved");
    }

    #[test]
    fn presence_is_sent_at_most_once_a_second_and_the_newest_is_not_forgotten() {
        let (mut clock, start) = clock();
        assert!(clock.may_send(&config(), News::Presence, 7, start));
        clock.sent_news(News::Presence, 7, start);
        assert!(!clock.may_send(&config(), News::Presence, 7, start + seconds(5)));
        clock.sent_news(News::Presence, 8, start + seconds(5));
        assert!(!clock.may_send(&config(), News::Presence, 9, start + seconds(5)));
        assert_eq!(clock.next(&config()), start + seconds(6));
        assert!(clock.may_send(&config(), News::Presence, 9, start + seconds(6)));
    }
}
