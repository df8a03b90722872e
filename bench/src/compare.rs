//! The server beside others, in one run: each load on each server in turn, then what only ours can do. Writes `RESULTS.md` and
//! `RESULTS.json` beside this crate's manifest.

pub(crate) mod club;
mod comeback;
mod day;
pub(crate) mod floor;
pub(crate) mod load;
mod machine;
pub(crate) mod peer;
mod report;
pub(crate) mod rooms;
pub(crate) mod sustain;
mod verdict;

use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use comeback::Comeback;
use load::{Figures, Load};
use machine::{Machine, Used};
use peer::Peer;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Wishes {
    /// How long each load lasts on each server
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How often all loads are put on all servers; each figure is the median of what they come to
    #[arg(long, default_value = "3")]
    rounds: NonZero<u32>,
    /// How long the durable load lasts
    #[arg(long, default_value_t = 10)]
    durable_seconds: u64,
    /// Only work whose name has this in it; then no results are written
    #[arg(long)]
    only: Option<String>,
    /// Only the server of this name, as the table has it; then no results are written
    #[arg(long)]
    server: Option<String>,
}

/// Everything that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    machine: Machine,
    seconds: u64,
    rounds: NonZero<u32>,
    durable_seconds: u64,
    /// What others used of a core meanwhile: 0.1 is a tenth of one. With more, the figures are worth less.
    others: f64,
    rows: Vec<Row>,
    comebacks: Vec<Comeback>,
}

/// One load on one server.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    work: String,
    server: Peer,
    #[serde(flatten)]
    figures: Figures,
    /// Deliveries for a second of its core in the worst round and in the best.
    range: [f64; 2],
}

impl Row {
    /// What was measured in these rounds, if there were any.
    fn new(work: &str, server: Peer, rounds: &[Figures]) -> Option<Self> {
        let figures = Figures::middle(rounds)?;
        let each = || rounds.iter().map(|round| round.deliveries_per_cpu_s);
        let range = [each().fold(f64::INFINITY, f64::min), each().fold(0.0, f64::max)];
        Some(Self { work: work.to_owned(), server, figures, range })
    }
}

impl Results {
    /// What was measured of this work on this server.
    fn of(&self, work: &str, server: Peer) -> Option<&Figures> {
        self.rows.iter().find(|row| row.work == work && row.server == server).map(|row| &row.figures)
    }
}

/// Names of work, where more than one place has to know them.
mod work {
    pub(crate) const PAIR: &str = "one pair, one message at a time";
    pub(crate) const PAIR_64: &str = "one pair, 64 in flight each";
    pub(crate) const PAIRS: &str = "500 pairs, one in flight each";
    pub(crate) const PAIRS_4: &str = "2,000 pairs, one in flight each";
    pub(crate) const PAIRS_32: &str = "500 pairs, 32 in flight each";
    pub(crate) const PAIRS_32_4: &str = "2,000 pairs, 32 in flight each";
    pub(crate) const ROOM_1: &str = "1 room of 1,000, 1 sender";
    pub(crate) const ROOM_10: &str = "1 room of 1,000, 10 senders";
    pub(crate) const ROOM_100: &str = "1 room of 1,000, 100 senders";
    pub(crate) const DURABLE: &str = "durable: 500 pairs, 32 in flight each, for longer";
    pub(crate) const DAY: &str = "a mixed day: 200 rooms of 2 to 200, one message a second in each";
    pub(crate) const BACK_PAIRS: &str = "10,000 connections in 5,000 rooms come back";
    pub(crate) const BACK_ROOM: &str = "one full room of 1,000 comes back";
}

const LOADS: [Load; 9] = [
    Load { work: work::PAIR, rooms: 1, seats: 2, speakers: 1, in_flight: 1 },
    Load { work: work::PAIR_64, rooms: 1, seats: 2, speakers: 2, in_flight: 64 },
    Load { work: work::PAIRS, rooms: 500, seats: 2, speakers: 2, in_flight: 1 },
    DURABLE,
    Load { work: work::PAIRS_4, rooms: 2_000, seats: 2, speakers: 2, in_flight: 1 },
    // The same scenario at four times the rooms is all of it four times: 128,000 on the way.
    Load { work: work::PAIRS_32_4, rooms: 2_000, seats: 2, speakers: 2, in_flight: 32 },
    Load { work: work::ROOM_1, rooms: 1, seats: 1_000, speakers: 1, in_flight: 1 },
    Load { work: work::ROOM_10, rooms: 1, seats: 1_000, speakers: 10, in_flight: 1 },
    Load { work: work::ROOM_100, rooms: 1, seats: 1_000, speakers: 100, in_flight: 1 },
];

const DURABLE: Load = Load { work: work::PAIRS_32, rooms: 500, seats: 2, speakers: 2, in_flight: 32 };

impl Wishes {
    fn has(&self, work: &str, peer: Peer) -> bool {
        self.only.as_ref().is_none_or(|only| work.contains(only))
            && self.server.as_ref().is_none_or(|server| peer.name() == server)
    }

    /// All loads on all servers, one round after the other: so what the machine does meanwhile meets them all.
    async fn loads(&self) -> anyhow::Result<Vec<Row>> {
        let on_all = |load: Load| {
            let floor = (load.work == work::ROOM_1).then_some(Peer::Floor);
            Peer::SERVERS.into_iter().chain(floor).map(move |peer| (load, peer))
        };
        let wanted = LOADS.into_iter().flat_map(on_all).filter(|(load, peer)| self.has(load.work, *peer));
        let mut measured: Vec<_> = wanted.map(|wanted| (wanted, Vec::new())).collect();
        for _ in 0..self.rounds.get() {
            for ((load, peer), rounds) in &mut measured {
                rounds.push(load::run(*load, *peer, Duration::from_secs(self.seconds)).await?);
                told(Row::new(load.work, *peer, rounds));
            }
        }
        Ok(measured.iter().filter_map(|((load, peer), rounds)| Row::new(load.work, *peer, rounds)).collect())
    }
}

/// A line, as far as it is known.
fn told(row: Option<Row>) -> Option<Row> {
    row.inspect(|row| println!("{}", report::line(row)))
}

/// Measures, prints each line as it is known, and writes the results.
///
/// # Errors
/// If a server is missing, does not start, loses a message, or brings one twice.
pub(crate) async fn run(wishes: &Wishes) -> anyhow::Result<()> {
    let Wishes { seconds, rounds, durable_seconds, .. } = *wishes;
    let machine = Machine::look()?;
    let (start, used) = (Instant::now(), Used::look()?);
    println!("{}", report::HEAD);
    let rows = wishes.loads().await?;
    let mut results =
        Results { machine, seconds, rounds, durable_seconds, others: 0.0, rows, comebacks: Vec::new() };
    let lasting = Duration::from_secs(durable_seconds);
    if wishes.has(work::DURABLE, Peer::Duiliao) {
        let figures = load::run(DURABLE, Peer::Duiliao, lasting).await?;
        results.rows.extend(told(Row::new(work::DURABLE, Peer::Duiliao, &[figures])));
    }
    if wishes.has(work::DAY, Peer::Duiliao) {
        let figures = day::run(Duration::from_secs(seconds)).await?;
        results.rows.extend(told(Row::new(work::DAY, Peer::Duiliao, &[figures])));
    }
    for (work, rooms, seats) in [(work::BACK_PAIRS, 5_000, 2), (work::BACK_ROOM, 1, 1_000)] {
        if wishes.has(work, Peer::Duiliao) {
            let comeback = comeback::run(work, rooms, seats).await?;
            println!("{}", report::comeback(&comeback));
            results.comebacks.push(comeback);
        }
    }
    results.others = Used::look()?.by_others_since(used) / start.elapsed().as_secs_f64();
    println!("\nother programs had {:.2} of a core meanwhile", results.others);
    if wishes.only.is_none() && wishes.server.is_none() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::write(here.join("RESULTS.json"), serde_json::to_string_pretty(&results)? + "\n")?;
        std::fs::write(here.join("RESULTS.md"), report::page(&results))?;
        println!("\n{}", report::verdicts(&results));
    }
    Ok(())
}
