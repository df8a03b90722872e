//! Three nodes that meet at three NATS servers, beside one machine alone: messages a second, how long each takes from a window
//! on one node to a window on another, and what it costs whom. Everything shares the machine's cores, the load too.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use cluster::{SYNC, Servers};
use procfs::process::Process;

use crate::compare::load::{Load, PATIENCE, SETTLE, Tally, WARM_UP, arrive};
use crate::compare::peer::Peer;
use crate::crowd::dialect::Speaker;
use crate::crowd::{Crowd, Deaf};
use crate::server::Server;

/// What is measured.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Wishes {
    /// How long each work lasts, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Streams that the rooms are spread over
    #[arg(long, default_value_t = backend::config::PARTITIONS)]
    partitions: u32,
}

const LOADS: [Load; 3] = [
    Load { work: "1 pair, one message at a time", rooms: 1, seats: 2, speakers: 1, in_flight: 1 },
    Load { work: "100 pairs, one message each at a time", rooms: 100, seats: 2, speakers: 2, in_flight: 1 },
    Load { work: "500 pairs, 8 messages each in flight", rooms: 500, seats: 2, speakers: 2, in_flight: 8 },
];

/// Nodes, and the NATS servers where they meet.
struct Place {
    what: &'static str,
    nodes: usize,
    servers: usize,
    /// After how long each of the servers syncs.
    sync: &'static str,
}

const PLACES: [Place; 5] = [
    Place { what: "one machine, without NATS", nodes: 1, servers: 0, sync: SYNC },
    Place { what: "one node, one NATS server (R1)", nodes: 1, servers: 1, sync: SYNC },
    Place { what: "three nodes, three NATS servers (R3)", nodes: 3, servers: 3, sync: SYNC },
    Place { what: "the same, with sync_interval: 10s", nodes: 3, servers: 3, sync: "10s" },
    Place { what: "the same, with sync_interval: always", nodes: 3, servers: 3, sync: "always" },
];

/// Measures, and prints what came of it.
///
/// # Errors
/// If a program is missing, or a message is lost or comes twice.
pub(crate) async fn run(wishes: Wishes) -> anyhow::Result<()> {
    for place in &PLACES {
        println!("{}", place.what);
        for load in LOADS {
            measure(place, load, wishes).await?;
        }
    }
    catch_up(wishes).await
}

/// What a node misses while it is away.
const MISSED: u64 = 100_000;

/// A node is killed, the others go on, and it comes back.
async fn catch_up(wishes: Wishes) -> anyhow::Result<()> {
    let load = &LOADS[2];
    let Scene { servers: _servers, mut nodes, mut crowd, mut tally } =
        Scene::open(&PLACES[2], 2, load, wishes).await?;
    let mut away = nodes.pop().context("there are three")?;
    away.kill().await?;
    let before = tally.speaker.count();
    while tally.speaker.count() - before < MISSED {
        crowd.rests(SETTLE, &mut tally)?;
    }
    tally.goes_on = false;
    let said = tally.speaker.count() - before;
    arrive(&mut crowd, &mut tally, |said| said * load.seats as u64)?;
    let start = Instant::now();
    // It listens, and lets nobody in, until it has followed everything.
    away.revive().await?;
    println!(
        "a node that missed {said} messages lets people in after {:.2} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// A place with everybody in it, talking.
struct Scene {
    servers: Option<Servers>,
    nodes: Vec<Server>,
    crowd: Crowd,
    tally: Tally,
}

impl Scene {
    /// With people at so many of its nodes.
    async fn open(place: &Place, at: usize, load: &Load, wishes: Wishes) -> anyhow::Result<Self> {
        let servers =
            (place.servers > 0).then(|| Servers::start_as(place.servers, place.sync)).transpose()?;
        let [partitions, replicas] =
            [wishes.partitions as usize, place.servers].map(|count| count.to_string());
        let urls = servers.as_ref().map(|servers| servers.urls().join(","));
        let mut flags = vec!["--no-limits"];
        if let Some(urls) = &urls {
            flags.extend(["--nats", urls, "--nats-partitions", &partitions, "--nats-replicas", &replicas]);
        }
        let mut nodes = Vec::new();
        for _ in 0..place.nodes {
            nodes.push(Server::start_with(&flags).await?);
        }
        let sizes = vec![load.seats; load.rooms];
        let seats = Peer::Duiliao.seats(&nodes[0], &sizes).await?;
        let addresses: Vec<SocketAddr> = nodes.iter().take(at).map(|node| node.address).collect();
        let dialect = Peer::Duiliao.dialect();
        let mut crowd = Crowd::open_at(&addresses, dialect, &seats, PATIENCE, &mut Deaf)?;
        crowd.rests(SETTLE, &mut Deaf)?;
        let mut tally = Tally::new(Speaker::new(dialect, SystemTime::now()))?;
        tally.goes_on = true;
        for who in (0..crowd.len()).filter(|who| who % load.seats < load.speakers) {
            let now = tally.now();
            crowd.send(who, |out| (0..load.in_flight).for_each(|_| tally.say(out, who, now)))?;
        }
        crowd.rests(WARM_UP, &mut tally)?;
        Ok(Self { servers, nodes, crowd, tally })
    }
}

async fn measure(place: &Place, load: Load, wishes: Wishes) -> anyhow::Result<()> {
    let Scene { servers, nodes, mut crowd, mut tally } =
        Scene::open(place, place.nodes, &load, wishes).await?;
    tally.delays.clear();
    let used = || -> anyhow::Result<[f64; 2]> {
        let nodes = nodes.iter().map(|node| Ok(node.cpu()?.as_secs_f64())).sum::<anyhow::Result<f64>>()?;
        let ids = servers.iter().flat_map(Servers::ids);
        Ok([nodes, ids.map(cpu).sum::<anyhow::Result<f64>>()?])
    };
    let (start, before, said) = (Instant::now(), used()?, tally.speaker.count());
    crowd.rests(Duration::from_secs(wishes.seconds), &mut tally)?;
    let (seconds, after) = (start.elapsed().as_secs_f64(), used()?);
    let messages = (tally.speaker.count() - said) as f64;
    tally.goes_on = false;
    let each = |index: usize| (after[index] - before[index]) / messages * 1e6;
    println!(
        "  {}: {:.0} messages a second; p50 {:.2} ms, p99 {:.2} ms; a message costs {:.0} µs of processor at the \
         nodes, {:.0} µs at NATS",
        load.work,
        messages / seconds,
        tally.delays.value_at_quantile(0.5) as f64 / 1e3,
        tally.delays.value_at_quantile(0.99) as f64 / 1e3,
        each(0),
        each(1),
    );
    arrive(&mut crowd, &mut tally, |said| said * load.seats as u64)
}

/// How long a process has had a core, in seconds.
fn cpu(id: u32) -> anyhow::Result<f64> {
    let stat = Process::new(i32::try_from(id)?)?.stat().context("it runs")?;
    Ok((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
}
