//! The storm with the real server process and real sockets. The seed gives the plan: what people do, how long
//! connections live, when and how the server is killed. What comes of it depends on the machine too.

mod client;
pub mod cluster;
mod crowd;
mod process;
mod proxy;
mod rest;
pub mod restart;

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backend::store::log::Log;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use shared::{Event, Fact, NewRoom, RoomId, RoomMade, Seq};
use tempfile::TempDir;
use tokio::task::LocalSet;
use tokio::time::sleep;

use crate::faults::{Fault, Faults};
use crate::person::{Counts, chance};

use client::{Client, Order};
use crowd::Crowd;
use process::Process;

/// How long and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Draws everything.
    pub seed: u64,
    /// Pages.
    pub clients: u32,
    /// How often the server is killed.
    pub kills: u32,
    /// What people do in all, at least.
    pub deeds: u32,
    /// Whether the server is also killed within a commit, for which it has to be traced.
    pub traced: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    plan: Plan,
    took: Duration,
    counts: Counts,
    kills: Kills,
    cuts: u32,
    welcomes: u32,
    events: u64,
    stored: Seq,
    /// What was wrong.
    pub faults: Faults,
}

/// Kills, by when they came.
#[derive(Debug, Clone, Copy, Default)]
struct Kills {
    random: u32,
    /// Between storing and answering: stored, and nobody had heard of it.
    unanswered: u32,
    /// Between a `joined` and its welcome.
    unwelcomed: u32,
    /// Those that were to come within a commit and came beside it.
    missed: u32,
}

impl Kills {
    const fn sum(self) -> u32 {
        self.random + self.unanswered + self.unwelcomed
    }
}

/// When a kill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Random,
    Unanswered,
    Unwelcomed,
}

/// Runs a storm.
///
/// # Errors
/// If it cannot be made here: no server program, or no tracing.
pub fn run(plan: Plan) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut storm = Storm::begin(plan).await?;
        while storm.kills.sum() < plan.kills {
            let before = storm.crowd.counts().deeds();
            storm.wait(|storm| before + plan.deeds / plan.kills <= storm.crowd.counts().deeds()).await;
            storm.kill().await?;
        }
        let (mut before, mut now) = (0, storm.crowd.counts().deeds());
        while before < now && now < plan.deeds {
            storm.wait(|storm| plan.deeds <= storm.crowd.counts().deeds()).await;
            (before, now) = (now, storm.crowd.counts().deeds());
        }
        storm.rest().await
    })
}

/// A storm under way.
struct Storm {
    plan: Plan,
    began: Instant,
    folder: TempDir,
    server: Option<Process>,
    address: SocketAddr,
    crowd: Crowd,
    room: RoomId,
    chance: Xoshiro256PlusPlus,
    kills: Kills,
    faults: Faults,
    /// Who leaves next, to come back within a commit.
    leaver: usize,
}

impl Storm {
    async fn begin(plan: Plan) -> Result<Self> {
        let folder = TempDir::new()?;
        let server = Process::start(folder.path(), ([127, 0, 0, 1], 0).into()).await?;
        let address = server.address;
        let made = make_room(address, plan.clients).await?;
        let crowd = Crowd::begin((plan.seed, plan.clients), &made, vec![address]).await?;
        Ok(Self {
            plan,
            began: Instant::now(),
            folder,
            server: Some(server),
            address,
            crowd,
            room: made.room,
            chance: chance(plan.seed, 3),
            kills: Kills::default(),
            faults: Faults::default(),
            leaver: 0,
        })
    }

    /// One kill, and the server's return.
    async fn kill(&mut self) -> Result<()> {
        let when = match self.kills.sum() % 4 {
            1 if self.plan.traced => When::Unanswered,
            3 if self.plan.traced => When::Unwelcomed,
            _ => When::Random,
        };
        match when {
            When::Random => sleep(Duration::from_millis(self.chance.random_range(0..100))).await,
            When::Unanswered => self.die_in_commit().await?,
            When::Unwelcomed => self.die_in_join().await?,
        }
        self.server.take().context("the server runs")?.kill().await?;
        self.crowd.proxy.set_open(false);
        // Until every page has heard all that had left the server.
        self.wait(|storm| Rc::strong_count(&storm.crowd.shared.alive) == 1).await;
        let (heard, last) = (self.crowd.heard(), self.last()?);
        let stored = last.as_ref().map_or(Seq(0), |event| event.seq);
        self.faults.unless(heard <= stored, Fault::Missing, || {
            format!("{heard} was heard, and a killed server has {stored}")
        });
        let unheard = heard < stored;
        let joined = last.is_some_and(|event| matches!(event.fact, Fact::Joined { .. }));
        match when {
            When::Random => self.kills.random += 1,
            When::Unanswered if unheard => self.kills.unanswered += 1,
            When::Unwelcomed if unheard && joined => self.kills.unwelcomed += 1,
            When::Unanswered | When::Unwelcomed => self.kills.missed += 1,
        }
        self.back().await
    }

    async fn back(&mut self) -> Result<()> {
        self.server = Some(Process::start(self.folder.path(), self.address).await?);
        self.crowd.proxy.set_open(true);
        self.crowd.shared.go.set(true);
        self.crowd.tell(|_| true, || Order::Nudge);
        Ok(())
    }

    /// The next commit is the server's last.
    async fn die_in_commit(&mut self) -> Result<()> {
        let server = self.server.as_mut().context("the server runs")?;
        let armed = server.arm().await?;
        server.dies(Duration::from_secs(5)).await;
        drop(armed);
        Ok(())
    }

    /// Somebody's joining is the server's last commit: nobody else does anything then.
    async fn die_in_join(&mut self) -> Result<()> {
        const TRIES: u32 = 50;
        const EVERY: Duration = Duration::from_millis(100);
        self.crowd.shared.go.set(false);
        self.leaver = self.leaver % (self.crowd.clients.len() - 1) + 1;
        let leaver = self.leaver;
        self.crowd.tell(|number| number == leaver, || Order::Leave);
        for _ in 0..TRIES {
            self.crowd.tell(|_| true, || Order::Nudge);
            self.crowd.tell(|number| number == 0, || Order::Keep);
            sleep(EVERY).await;
            if self.is_quiet() {
                break;
            }
        }
        let server = self.server.as_mut().context("the server runs")?;
        let armed = server.arm().await?;
        for _ in 0..TRIES {
            self.crowd.tell(|number| number == leaver, || Order::Come);
            let server = self.server.as_mut().context("the server runs")?;
            if server.dies(EVERY).await {
                break;
            }
        }
        drop(armed);
        Ok(())
    }

    /// Whether nobody waits for anything, and the door is open.
    fn is_quiet(&self) -> bool {
        let still = |client: &Rc<Client>| client.person.borrow().page.is_at_rest();
        let host = self.crowd.clients[0].person.borrow();
        let open = host.page.chat.room.as_ref().is_some_and(|room| !room.facts.locked);
        open && self.crowd.clients.iter().all(still)
    }

    /// Waits until something is so, at most for as long as a storm may stand still; whether it is.
    async fn wait(&self, so: impl Fn(&Self) -> bool) -> bool {
        const EVERY: Duration = Duration::from_millis(5);
        const MOST: u32 = 1_000;
        for _ in 0..MOST {
            if so(self) {
                return true;
            }
            sleep(EVERY).await;
        }
        false
    }

    /// The last event stored, as a server that does not run has left it.
    fn last(&self) -> Result<Option<Event>> {
        let copy = copied(self.folder.path())?;
        let mut log = Log::open(copy.path())?;
        Ok(log.event(log.last())?)
    }
}

/// A copy of a folder's log: to look at it must not tidy it up.
fn copied(folder: &Path) -> Result<TempDir> {
    let copy = TempDir::new()?;
    for file in ["log.db", "log.db-wal"] {
        let from = folder.join(file);
        if from.exists() {
            fs::copy(from, copy.path().join(file))?;
        }
    }
    Ok(copy)
}

/// One of the seats is the host's.
async fn make_room(address: SocketAddr, capacity: u32) -> Result<RoomMade> {
    let wish = NewRoom { capacity, title: None, history: None };
    let request = reqwest::Client::new().post(format!("http://{address}/api/rooms"));
    let request = request.header("content-type", "application/json").body(serde_json::to_vec(&wish)?);
    let answer = request.send().await?;
    if answer.status() != 201 {
        bail!("no room was made: {}", answer.status());
    }
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, counts, kills, .. } = self;
        let seconds = self.took.as_secs_f64();
        writeln!(f, "storm, seed {}: {} clients, {:.0} s", plan.seed, plan.clients, seconds)?;
        writeln!(
            f,
            "  deeds {}: say {}, edit {}, recall {}, read {}, leave {}, join {}; beside them host {}, other {}",
            counts.deeds(),
            counts.say,
            counts.edit,
            counts.recall,
            counts.read,
            counts.leave,
            counts.join,
            counts.host,
            counts.other
        )?;
        writeln!(
            f,
            "  kill -9 {}: at random {}, between storing and answering {}, between joined and welcome {} ({} beside it)",
            kills.sum() + kills.missed,
            kills.random,
            kills.unanswered,
            kills.unwelcomed,
            kills.missed
        )?;
        writeln!(
            f,
            "  connections cut {}, welcomes {}, events told {}",
            self.cuts, self.welcomes, self.events
        )?;
        writeln!(f, "  events in the log {}", self.stored)?;
        for fault in Fault::ALL {
            writeln!(f, "  {} {}", fault.name(), self.faults.count(fault))?;
        }
        write!(f, "{}", self.faults)
    }
}
