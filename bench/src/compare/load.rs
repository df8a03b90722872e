//! A load as hard as the server bears it: in each room, some say the next thing as soon as they hear what they said.
//!
//! A delivery is a message that arrives at one member of its room, the one who said it among them: every server sends to all.
//! What is heard is counted, so a server that loses a message or brings one twice has no figures.

use std::time::{Duration, Instant, SystemTime};

use anyhow::bail;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::crowd::dialect::Speaker;
use crate::crowd::message::{self, Said};
use crate::crowd::{Crowd, Deaf, Listener};
use crate::server::Server;

use super::peer::Peer;

/// Who is there, and who speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) work: &'static str,
    pub(crate) rooms: usize,
    pub(crate) seats: usize,
    /// In each room.
    pub(crate) speakers: usize,
    /// Messages of each speaker that it has not heard yet.
    pub(crate) in_flight: usize,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) messages_per_s: f64,
    pub(crate) deliveries_per_s: f64,
    /// From writing a message until another member reads it, in microseconds.
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) max_us: u64,
    pub(crate) seconds: f64,
    /// What the server used of its core in this time.
    pub(crate) cpu_s: f64,
    pub(crate) deliveries_per_cpu_s: f64,
    /// Resident memory of the server at the end, in bytes.
    pub(crate) resident: u64,
}

impl Figures {
    /// The median of each figure over some rounds, and the longest time of all; nothing of none.
    pub(crate) fn middle(rounds: &[Self]) -> Option<Self> {
        let median = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<_> = rounds.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            let last = figures.len().checked_sub(1)?;
            Some(f64::midpoint(figures[last / 2], figures[last.div_ceil(2)]))
        };
        Some(Self {
            messages_per_s: median(|round| round.messages_per_s)?,
            deliveries_per_s: median(|round| round.deliveries_per_s)?,
            p50_us: median(|round| round.p50_us as f64)? as u64,
            p99_us: median(|round| round.p99_us as f64)? as u64,
            max_us: rounds.iter().map(|round| round.max_us).max()?,
            seconds: median(|round| round.seconds)?,
            cpu_s: median(|round| round.cpu_s)?,
            deliveries_per_cpu_s: median(|round| round.deliveries_per_cpu_s)?,
            resident: median(|round| round.resident as f64)? as u64,
        })
    }
}

/// Caches, buffers and files get their size, and just-in-time compilers their time.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// What follows a join has come after so long.
pub(crate) const SETTLE: Duration = Duration::from_millis(300);

/// How long everybody may take to get in, and the last messages to arrive.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Measures a server of its own.
///
/// # Errors
/// If it loses a message or a connection, or brings a message twice.
pub(crate) async fn run(load: Load, peer: Peer, lasting: Duration) -> anyhow::Result<Figures> {
    let sizes = vec![load.seats; load.rooms];
    let Scene { mut server, mut crowd, mut tally } = Scene::fill(peer.start().await?, peer, &sizes).await?;
    tally.goes_on = true;
    for who in (0..crowd.len()).filter(|who| who % load.seats < load.speakers) {
        let now = tally.now();
        crowd.send(who, |out| (0..load.in_flight).for_each(|_| tally.say(out, who, now)))?;
    }
    crowd.turns(WARM_UP, &mut tally)?;
    let window = Window::open(&server, &mut tally)?;
    crowd.turns(lasting, &mut tally)?;
    let figures = window.close(&server, &tally)?;
    tally.goes_on = false;
    arrive(&mut crowd, &mut tally, |said| said * load.seats as u64)?;
    server.kill().await?;
    Ok(figures)
}

/// A server with everybody in its rooms, and nothing said.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) crowd: Crowd,
    pub(crate) tally: Tally,
}

impl Scene {
    /// Lets rooms of these sizes fill.
    ///
    /// # Errors
    /// If not everybody comes in.
    pub(crate) async fn fill(server: Server, peer: Peer, sizes: &[usize]) -> anyhow::Result<Self> {
        let seats = peer.seats(&server, sizes).await?;
        let mut crowd = Crowd::open(server.address, peer.dialect(), &seats, PATIENCE, &mut Deaf)?;
        crowd.turns(SETTLE, &mut Deaf)?;
        let tally = Tally::new(Speaker::new(peer.dialect(), SystemTime::now()))?;
        Ok(Self { server, crowd, tally })
    }

    /// Lets `act` do something at each beat, for so long after a warm-up, and measures that.
    ///
    /// # Errors
    /// If `act` fails, or a connection is lost.
    pub(crate) fn beats(
        &mut self,
        every: Duration,
        lasting: Duration,
        mut act: impl FnMut(usize, &mut Crowd, &mut Tally) -> anyhow::Result<()>,
    ) -> anyhow::Result<Figures> {
        let Self { server, crowd, tally } = self;
        let (start, mut window) = (Instant::now(), None);
        for beat in 0.. {
            let until = start + every * beat;
            crowd.turns(until.saturating_duration_since(Instant::now()), tally)?;
            if window.is_none() && start.elapsed() >= WARM_UP {
                window = Some(Window::open(server, tally)?);
            }
            if start.elapsed() >= WARM_UP + lasting {
                break;
            }
            act(beat as usize, crowd, tally)?;
        }
        window.expect("the time after the warm-up is never empty").close(server, tally)
    }
}

/// The time in which is counted.
#[derive(Debug)]
pub(crate) struct Window {
    start: Instant,
    cpu: Duration,
    echoes: u64,
    heard: u64,
}

impl Window {
    /// It begins.
    ///
    /// # Errors
    /// If the server has ended.
    pub(crate) fn open(server: &Server, tally: &mut Tally) -> anyhow::Result<Self> {
        tally.delays.clear();
        Ok(Self { start: Instant::now(), cpu: server.cpu()?, echoes: tally.echoes, heard: tally.heard })
    }

    /// It ends.
    ///
    /// # Errors
    /// If the server has ended.
    pub(crate) fn close(self, server: &Server, tally: &Tally) -> anyhow::Result<Figures> {
        let seconds = self.start.elapsed().as_secs_f64();
        let cpu_s = (server.cpu()? - self.cpu).as_secs_f64();
        let deliveries = (tally.heard - self.heard) as f64;
        Ok(Figures {
            messages_per_s: (tally.echoes - self.echoes) as f64 / seconds,
            deliveries_per_s: deliveries / seconds,
            p50_us: tally.delays.value_at_quantile(0.5),
            p99_us: tally.delays.value_at_quantile(0.99),
            max_us: tally.delays.max(),
            seconds,
            cpu_s,
            deliveries_per_cpu_s: deliveries / cpu_s,
            resident: server.resident()?,
        })
    }
}

/// Waits for what is still on its way, and for a moment longer: nothing may come twice. `due` makes deliveries of messages said.
///
/// # Errors
/// If there are too few deliveries, or too many.
pub(crate) fn arrive(
    crowd: &mut Crowd,
    tally: &mut Tally,
    due: impl FnOnce(u64) -> u64,
) -> anyhow::Result<()> {
    let start = Instant::now();
    let due = due(tally.speaker.count());
    while tally.heard < due && start.elapsed() < PATIENCE {
        crowd.turn(SETTLE, tally)?;
    }
    crowd.turns(SETTLE, tally)?;
    if tally.heard != due {
        bail!("{} deliveries of {due} arrived", tally.heard);
    }
    Ok(())
}

/// Hears everything, counts it, and says the next thing.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) speaker: Speaker,
    start: Instant,
    /// Whether the next thing is said.
    pub(crate) goes_on: bool,
    /// Messages heard by those who said them.
    echoes: u64,
    /// Messages heard by anybody.
    heard: u64,
    /// Of what was heard from others, in microseconds.
    pub(crate) delays: Histogram<u64>,
}

impl Tally {
    /// Nothing heard yet, and nothing is answered.
    ///
    /// # Errors
    /// None that can happen.
    pub(crate) fn new(speaker: Speaker) -> anyhow::Result<Self> {
        let delays = Histogram::new_with_max(60_000_000, 3)?;
        Ok(Self { speaker, start: Instant::now(), goes_on: false, echoes: 0, heard: 0, delays })
    }

    /// Microseconds since the beginning.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Appends the frame in which `who` says something at this time.
    pub(crate) fn say(&mut self, out: &mut Vec<u8>, who: usize, now: u64) {
        self.speaker.say(out, Said { by: who, at: now });
    }
}

impl Listener for Tally {
    fn hear(&mut self, who: usize, payload: &[u8], out: &mut Vec<u8>) {
        let now = self.now();
        let mut own = 0;
        message::scan(payload, |said| {
            self.heard += 1;
            if said.by == who {
                own += 1;
            } else {
                self.delays.saturating_record(now.saturating_sub(said.at));
            }
        });
        self.echoes += own;
        if self.goes_on {
            (0..own).for_each(|_| self.say(out, who, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crowd::dialect::Dialect;

    #[test]
    fn of_some_rounds_each_figure_is_the_median_and_the_longest_time_of_all_counts() {
        let round = |figure: f64, time| Figures {
            messages_per_s: figure,
            deliveries_per_s: figure,
            p50_us: time,
            p99_us: time,
            max_us: time,
            seconds: 1.0,
            cpu_s: 1.0,
            deliveries_per_cpu_s: figure,
            resident: time,
        };
        let middle = |rounds: &[Figures]| {
            Figures::middle(rounds).map(|middle| (middle.deliveries_per_cpu_s, middle.p99_us, middle.max_us))
        };
        assert_eq!(middle(&[round(3.0, 9), round(9.0, 1), round(5.0, 2)]), Some((5.0, 2, 9)));
        assert_eq!(middle(&[round(3.0, 9), round(4.0, 5)]), Some((3.5, 7, 9)));
        assert_eq!((middle(&[round(4.0, 2)]), middle(&[])), (Some((4.0, 2, 2)), None));
    }

    #[test]
    fn everything_heard_counts_and_only_what_comes_back_is_answered() {
        let mut tally = Tally::new(Speaker::new(Dialect::Relay, SystemTime::now())).unwrap();
        tally.goes_on = true;
        let [own, other] = [3, 4].map(|by| message::write(Said { by, at: 0 }));
        let mut out = Vec::new();
        tally.hear(3, &other, &mut out);
        assert_eq!((tally.heard, tally.echoes, tally.delays.len(), out.len()), (1, 0, 1, 0));
        tally.hear(3, &[own, other, own].concat(), &mut out);
        assert_eq!((tally.heard, tally.echoes, tally.delays.len()), (4, 2, 2));
        assert_eq!((tally.speaker.count(), out.len()), (2, 2 * (6 + message::LENGTH)));
        tally.goes_on = false;
        tally.hear(3, &own, &mut out);
        assert_eq!((tally.echoes, tally.speaker.count()), (3, 2));
    }
}
