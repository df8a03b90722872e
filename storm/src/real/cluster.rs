//! The storm over three nodes and three NATS servers: nodes are killed, NATS servers are killed or stand still as if they
//! were cut off, those that lead the streams among them. In the end all nodes must have one log, and every page that.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use async_nats::{ServerAddr, jetstream};
use backend::store::log::Log;
use cluster::Servers;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use shared::{RoomId, Seq};
use tempfile::TempDir;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use crate::faults::{Fault, Faults};
use crate::person::{Counts, chance};
use crate::verdict::Truth;

use super::client::{Order, page};
use super::crowd::Crowd;
use super::process::Process;
use super::rest::{check_api, check_files};
use super::{copied, make_room};

/// How long and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Hardships {
    /// Draws everything.
    pub seed: u64,
    /// Pages.
    pub clients: u32,
    /// How often a node is killed.
    pub kills: u32,
    /// How often a NATS server is killed. Besides, some stand still for a while.
    pub nats: u32,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    plan: Hardships,
    took: Duration,
    counts: Counts,
    fallen: Fallen,
    cuts: u32,
    welcomes: u32,
    events: u64,
    stored: Seq,
    slowest: Duration,
    /// What was wrong.
    pub faults: Faults,
}

/// What was done to nodes and NATS servers.
#[derive(Debug, Clone, Copy, Default)]
struct Fallen {
    nodes: u32,
    killed: u32,
    frozen: u32,
    /// NATS servers among them that led a stream.
    leaders: u32,
}

/// Nodes, and NATS servers.
const EACH: usize = 3;

/// Streams.
const PARTITIONS: u32 = 2;

/// How long a node may take to come back: the streams may have no leader meanwhile.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// Runs it.
///
/// # Errors
/// If it cannot be done here: a program is missing, or a node does not come back.
pub fn run(plan: Hardships) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut storm = Storm::begin(plan).await?;
        while storm.fallen.nodes < plan.kills || storm.fallen.killed < plan.nats {
            storm.round().await?;
        }
        storm.rest().await
    })
}

struct Storm {
    plan: Hardships,
    began: Instant,
    servers: Servers,
    nats: jetstream::Context,
    folders: Vec<TempDir>,
    nodes: Vec<Option<Process>>,
    addresses: Vec<SocketAddr>,
    crowd: Crowd,
    room: RoomId,
    chance: Xoshiro256PlusPlus,
    fallen: Fallen,
    /// The longest time in which nobody heard anything new.
    slowest: Duration,
    faults: Faults,
}

impl Storm {
    async fn begin(plan: Hardships) -> Result<Self> {
        let servers = Servers::start(EACH).context("nats-server")?;
        let urls = servers.urls().iter().map(|url| url.parse()).collect::<Result<Vec<ServerAddr>, _>>()?;
        let client = async_nats::connect(urls).await?;
        let folders = (0..EACH).map(|_| TempDir::new()).collect::<std::io::Result<Vec<_>>>()?;
        let (mut nodes, mut addresses) = (Vec::new(), Vec::new());
        for folder in &folders {
            let node = start(folder, ([127, 0, 0, 1], 0).into(), &servers).await?;
            addresses.push(node.address);
            nodes.push(Some(node));
        }
        let made = make_room(addresses[0], plan.clients).await?;
        let crowd = Crowd::begin((plan.seed, plan.clients), &made, addresses.clone()).await?;
        Ok(Self {
            plan,
            began: Instant::now(),
            servers,
            nats: jetstream::new(client),
            folders,
            nodes,
            addresses,
            crowd,
            room: made.room,
            chance: chance(plan.seed, 3),
            fallen: Fallen::default(),
            slowest: Duration::ZERO,
            faults: Faults::default(),
        })
    }

    /// One node is killed and comes back; and in some rounds, from before that until after it, a NATS server is away.
    async fn round(&mut self) -> Result<()> {
        let left = self.plan.kills.saturating_sub(self.fallen.nodes).max(1);
        let share = f64::from(self.plan.nats.saturating_sub(self.fallen.killed)) / f64::from(left);
        let away =
            if self.chance.random_bool(share.clamp(0.0, 1.0)) { Some(self.fell().await?) } else { None };
        self.pause(0..1_000).await;
        if self.fallen.nodes < self.plan.kills {
            let node = self.chance.random_range(0..EACH);
            self.nodes[node].take().context("the node runs")?.kill().await?;
            self.fallen.nodes += 1;
            self.pause(0..500).await;
            self.nodes[node] = Some(start(&self.folders[node], self.addresses[node], &self.servers).await?);
        }
        if let Some((server, frozen)) = away {
            self.pause(500..3_000).await;
            if frozen { self.servers.freeze(server, false)? } else { self.servers.run(server)? }
        }
        // So that most of the servers are there, and people come to say something.
        self.goes_on().await
    }

    /// A NATS server is killed, or stands still; every other time one that leads a stream.
    async fn fell(&mut self) -> Result<(usize, bool)> {
        let leaders = self.leaders().await;
        let chosen = self.chance.random_range(0..EACH);
        let server = match leaders.first() {
            Some(leader) if (self.fallen.killed + self.fallen.frozen).is_multiple_of(2) => *leader,
            _ => chosen,
        };
        self.fallen.leaders += u32::from(leaders.contains(&server));
        let frozen = self.chance.random_bool(0.3);
        if frozen {
            self.fallen.frozen += 1;
            self.servers.freeze(server, true)?;
        } else {
            self.fallen.killed += 1;
            self.servers.kill(server)?;
        }
        Ok((server, frozen))
    }

    /// Which servers lead a stream.
    async fn leaders(&self) -> Vec<usize> {
        let mut leaders = Vec::new();
        for partition in 0..PARTITIONS {
            let Ok(Ok(stream)) =
                timeout(Duration::from_secs(2), self.nats.get_stream(format!("duiliao-{partition}"))).await
            else {
                continue;
            };
            let leader = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
            leaders.extend(leader.and_then(|name| self.servers.named(&name)));
        }
        leaders
    }

    /// Waits until something new was heard.
    async fn goes_on(&mut self) -> Result<()> {
        let (began, heard) = (Instant::now(), self.crowd.heard());
        while self.crowd.heard().0 < heard.0 + 20 {
            if began.elapsed() > BACK_WITHIN {
                bail!("nobody hears anything any more: {:?}", self.fallen);
            }
            sleep(Duration::from_millis(20)).await;
        }
        self.slowest = self.slowest.max(began.elapsed());
        Ok(())
    }

    async fn pause(&mut self, ms: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.chance.random_range(ms))).await;
    }

    async fn rest(mut self) -> Result<Report> {
        let mut faults = std::mem::take(&mut self.faults);
        self.crowd.rest(&mut faults).await;
        self.all_have(self.crowd.heard(), &mut faults).await;
        let mut truths = Vec::new();
        for (node, folder) in self.nodes.iter_mut().zip(&self.folders) {
            node.take().context("the node runs")?.kill().await?;
            let copy = copied(folder.path())?;
            truths.push(Truth::read(&mut Log::open(copy.path())?, self.room)?);
        }
        let truth = &truths[0];
        for (number, other) in (1..).zip(&truths[1..]) {
            let same =
                other.epoch == truth.epoch && other.events == truth.events && other.signed == truth.signed;
            faults.unless(same, Fault::Other, || {
                let at = other.events.iter().zip(&truth.events).position(|(other, event)| other != event);
                let (tail, others) = (truth.tail(), other.tail());
                format!("node {number} has another log than node 0: {others} and {tail}, from {at:?} on")
            });
        }
        self.crowd.judge(truth, &mut faults);
        for (node, (folder, address)) in self.folders.iter().zip(&self.addresses).enumerate() {
            self.nodes[node] = Some(start(folder, *address, &self.servers).await?);
            check_api((&self.crowd, *address, self.room), truth, &mut faults).await;
        }
        for folder in &self.folders {
            check_files(folder.path(), truth, &mut faults).await;
        }
        let (welcomes, events) = self.crowd.told();
        Ok(Report {
            plan: self.plan,
            took: self.began.elapsed(),
            counts: self.crowd.counts(),
            fallen: self.fallen,
            cuts: self.crowd.proxy.cuts.get(),
            welcomes,
            events,
            stored: truth.tail(),
            slowest: self.slowest,
            faults,
        })
    }

    /// Each node comes to have all that anybody heard.
    async fn all_have(&self, last: Seq, faults: &mut Faults) {
        const TRIES: u32 = 100;
        let host = Rc::clone(&self.crowd.clients[0]);
        self.crowd.tell(|number| number == 0, || Order::Nudge);
        let seat = host.person.borrow().page.chat.seat.clone();
        let Some(token) = seat.map(|seat| seat.token) else { return };
        for (node, address) in self.addresses.iter().enumerate() {
            let path = format!("/api/rooms/{}/events?limit=1", self.room);
            let mut found = None;
            for _ in 0..TRIES {
                let newest = page(*address, &path, &token).await;
                found = newest.and_then(|page| page.events.last().map(|event| event.seq));
                if found >= Some(last) {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
            faults.unless(found >= Some(last), Fault::Missing, || {
                format!("node {node} has come to {found:?}, and {last} was heard")
            });
        }
    }
}

async fn start(folder: &TempDir, listen: SocketAddr, servers: &Servers) -> Result<Process> {
    let (urls, partitions) = (servers.urls().join(","), PARTITIONS.to_string());
    let more = ["--nats", &urls, "--nats-partitions", &partitions];
    Process::start_with(folder.path(), listen, &more, BACK_WITHIN).await
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, counts, fallen, .. } = self;
        let seconds = self.took.as_secs_f64();
        writeln!(f, "storm over {EACH} nodes, seed {}: {} clients, {seconds:.0} s", plan.seed, plan.clients)?;
        writeln!(f, "  deeds {}: {counts:?}", counts.deeds())?;
        writeln!(
            f,
            "  nodes killed {}, NATS servers killed {}, standing still {}; leaders of a stream among them {}",
            fallen.nodes, fallen.killed, fallen.frozen, fallen.leaders
        )?;
        writeln!(
            f,
            "  connections cut {}, welcomes {}, events told {}; nothing new for {:.1} s at most after a round",
            self.cuts,
            self.welcomes,
            self.events,
            self.slowest.as_secs_f64()
        )?;
        writeln!(f, "  events in each node's log {}", self.stored)?;
        for fault in Fault::ALL {
            writeln!(f, "  {} {}", fault.name(), self.faults.count(fault))?;
        }
        write!(f, "{}", self.faults)
    }
}
