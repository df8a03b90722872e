//! The server under siege: 19,000 connections, a tenth of them hostile. What honest pairs feel of it, and what it costs the
//! server in memory. Every limit is as it is without flags, so people come from many addresses, as they do.

mod enemy;

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant, SystemTime};

use anyhow::bail;
use hdrhistogram::Histogram;
use shared::Token;

use crate::compare::load::Tally;
use crate::compare::rooms;
use crate::crowd::dialect::{Dialect, Seat, Speaker, name};
use crate::crowd::{Crowd, Deaf};
use crate::server::Server;

use enemy::{Enemies, HELD, Way};

/// How long it lasts, and how many come.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Wishes {
    /// Connections, nine tenths of them honest
    #[arg(long, default_value_t = 19_000)]
    connections: usize,
    /// Seconds of calm that are measured
    #[arg(long, default_value_t = 30)]
    calm: u64,
    /// Seconds of siege that are measured
    #[arg(long, default_value_t = 90)]
    siege: u64,
    /// What the hostile ones do: to see which of it is felt, leave some of it out
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = HELD)]
    ways: Vec<Way>,
}

/// Seats of an honest room.
const SEATS: usize = 19;

/// Honest rooms of an address: 57 connections, each with a seat.
const ROOMS_OF_ADDRESS: usize = 3;

/// One member of each of the first rooms speaks.
const SPEAKERS: usize = 50;

/// How often it does.
const SPEAKS_EVERY: Duration = Duration::from_millis(250);

/// What SECURITY.md says a hostile connection may cost in memory.
const BYTES_EACH: u64 = 400 * 1024;

/// Everybody is in by then.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs it, and says what came of it.
///
/// # Errors
/// If an honest connection is lost or a figure is worse than promised.
pub(crate) async fn run(wishes: &Wishes) -> anyhow::Result<()> {
    let server = Server::start_with_limits().await?;
    let hostile = wishes.connections / 10;
    let honest = (wishes.connections - hostile) / SEATS;
    let seats = honest_seats(&server, honest).await?;
    let mut crowd = Crowd::open(server.address, Dialect::Duiliao, &seats, PATIENCE, &mut Deaf)?;
    println!(
        "{} connections in {honest} rooms, from {} addresses",
        crowd.len(),
        honest.div_ceil(ROOMS_OF_ADDRESS)
    );
    let mut pulse = Pulse::new()?;
    pulse.beat(&mut crowd, Duration::from_secs(5))?;
    let calm = pulse.measure(&server, &mut crowd, Duration::from_secs(wishes.calm))?;
    let before = server.memory()?;
    println!("calm:  {calm}, {}", mib(before));

    println!(
        "{hostile} hostile ones come; each acts every {} ms, at its own moment",
        enemy::EVERY.as_millis()
    );
    let enemies = Enemies::gather(server.address, hostile, &wishes.ways).await?;
    // Until each has come, and the first of them are thrown out.
    pulse.beat(&mut crowd, Duration::from_secs(15))?;
    let siege = pulse.measure(&server, &mut crowd, Duration::from_secs(wishes.siege))?;
    let besieged = server.memory()?;
    let deeds = enemies.end()?;
    println!("siege: {siege}, {}", mib(besieged));
    println!("       {deeds}");

    let bound = before + hostile as u64 * BYTES_EACH;
    let verdict = |holds: bool| if holds { "holds" } else { "FAILS" };
    let (fast, small) = (siege.p99_us < 2 * calm.p99_us, besieged <= bound);
    println!("p99 under twice its calm value: {}", verdict(fast));
    println!("memory at most {}: {}", mib(bound), verdict(small));
    if !fast || !small {
        bail!("the siege was felt");
    }
    Ok(())
}

/// Rooms, and a seat for every honest connection.
async fn honest_seats(server: &Server, rooms: usize) -> anyhow::Result<Vec<Seat>> {
    let mut seats = Vec::new();
    for number in 0..rooms {
        let from = home(0, number / ROOMS_OF_ADDRESS);
        let room = rooms::make_from(from, server.address, SEATS + 1).await?.room.to_string();
        seats.extend((0..SEATS).map(|seat| Seat {
            room: room.clone(),
            member: Some((Token::new(&rand::random()), name(seat))),
            after: None,
            from: Some(from),
        }));
    }
    Ok(seats)
}

/// An address of this machine that nobody else has: of the honest (0), or of the others.
fn home(side: u8, number: usize) -> IpAddr {
    let [.., high, low] = (number + 1).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, 1 + side, high, low))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes / (1024 * 1024))
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
struct Figures {
    heard: u64,
    p50_us: u64,
    p99_us: u64,
    max_us: u64,
    /// How late this program itself was with what it says.
    late_us: u64,
    /// Of its core, what the server used.
    cpu: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { heard, p50_us, p99_us, max_us, late_us, cpu } = self;
        write!(
            f,
            "{heard} deliveries, p50 {p50_us} µs, p99 {p99_us} µs, longest {max_us} µs (said late: p99 {late_us} µs), \
             {:.0} % of a core",
            cpu * 100.0
        )
    }
}

/// The honest speak, each at its time, whatever happens.
#[derive(Debug)]
struct Pulse {
    tally: Tally,
    late: Histogram<u64>,
    start: Instant,
    next: Duration,
    turn: usize,
}

impl Pulse {
    fn new() -> anyhow::Result<Self> {
        let tally = Tally::new(Speaker::new(Dialect::Duiliao, SystemTime::now()))?;
        let late = Histogram::new(3)?;
        Ok(Self { tally, late, start: Instant::now(), next: Duration::ZERO, turn: 0 })
    }

    fn measure(&mut self, server: &Server, crowd: &mut Crowd, lasting: Duration) -> anyhow::Result<Figures> {
        let (began, used) = (Instant::now(), server.cpu()?);
        self.tally.delays.clear();
        self.late.clear();
        self.beat(crowd, lasting)?;
        let delays = &self.tally.delays;
        let at = |share| delays.value_at_quantile(share);
        let cpu = (server.cpu()? - used).as_secs_f64() / began.elapsed().as_secs_f64();
        let late_us = self.late.value_at_quantile(0.99);
        Ok(Figures {
            heard: delays.len(),
            p50_us: at(0.5),
            p99_us: at(0.99),
            max_us: delays.max(),
            late_us,
            cpu,
        })
    }

    fn beat(&mut self, crowd: &mut Crowd, lasting: Duration) -> anyhow::Result<()> {
        let speakers = SPEAKERS.min(crowd.len() / SEATS).max(1);
        let end = self.start.elapsed() + lasting;
        self.next = self.next.max(self.start.elapsed());
        while self.start.elapsed() < end {
            while self.next <= self.start.elapsed() {
                let (who, now) = (self.turn % speakers * SEATS, self.tally.now());
                self.late.saturating_record(micros(self.start.elapsed().saturating_sub(self.next)));
                crowd.send(who, |out| self.tally.say(out, who, now))?;
                self.turn += 1;
                self.next += SPEAKS_EVERY / u32::try_from(speakers)?;
            }
            crowd.turn(self.next.saturating_sub(self.start.elapsed()), &mut self.tally)?;
        }
        Ok(())
    }
}
