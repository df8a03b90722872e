//! Restarts under load: the server is stopped as an administrator does it, while many people speak, and started again. How
//! long until every page is back, and whether anything was lost, is what is told.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::LocalSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::client::Order;
use super::process::Process;
use super::{Plan, Report, Storm};

/// How long and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Restarts {
    /// Draws everything.
    pub seed: u64,
    /// How often the server is restarted.
    pub restarts: u32,
    /// Pages, one person each, all in one room.
    pub clients: u32,
    /// Messages a second, over all of them.
    pub per_second: u32,
}

/// What came of it.
#[derive(Debug)]
pub struct Came {
    /// From the moment the server listened again until the last page was back, for each restart.
    pub back: Vec<Duration>,
    /// How long nobody listened, for each restart.
    away: Vec<Duration>,
    /// Messages a second that were said while the server ran.
    pub rate: f64,
    /// Nothing lost, nothing twice.
    pub report: Report,
}

/// Longest time until everybody is back.
pub const BACK_WITHIN: Duration = Duration::from_secs(2);

/// How often it is waited, five seconds and more, for what was written while the server was away.
const REST_TRIES: u32 = 20;

/// How long people talk before a restart.
const TALK: Duration = Duration::from_secs(3);

/// For how long the server is away beside what stopping and starting takes, in turns: a restart, an upgrade, a machine's.
const AWAY: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10)];

/// Runs them.
///
/// # Errors
/// If it cannot be done here: no server program, or people do not come in.
pub fn run(wish: Restarts) -> Result<Came> {
    let plan = Plan { seed: wish.seed, clients: wish.clients, kills: 0, deeds: 0, traced: false };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut storm = Storm::begin(plan).await?;
        storm.crowd.proxy.calm_down();
        storm.crowd.shared.go.set(false);
        storm.crowd.tell(|_| true, || Order::Come);
        ensure!(storm.wait(Storm::all_are_up).await, "not everybody came in");
        let talking = storm.talk(wish.per_second);
        let (mut back, mut away, mut rate) = (Vec::new(), Vec::new(), 0.0);
        for turn in 0..wish.restarts {
            let (began, said) = (Instant::now(), storm.crowd.heard());
            sleep(TALK).await;
            rate += (storm.crowd.heard().0 - said.0) as f64
                / began.elapsed().as_secs_f64()
                / f64::from(wish.restarts);
            let pause = AWAY.into_iter().cycle().nth(turn as usize).unwrap_or_default();
            let stopped = Instant::now();
            storm.server.take().context("the server runs")?.stop().await?;
            sleep(pause).await;
            storm.server = Some(Process::start(storm.folder.path(), storm.address).await?);
            let listens = Instant::now();
            away.push(listens - stopped);
            ensure!(storm.wait(Storm::all_are_up).await, "not everybody came back");
            back.push(listens.elapsed());
        }
        talking.abort();
        for _ in 0..REST_TRIES {
            if storm.wait(Storm::all_rest).await {
                break;
            }
        }
        Ok(Came { back, away, rate, report: storm.rest().await? })
    })
}

impl Storm {
    fn all_are_up(&self) -> bool {
        self.crowd.clients.iter().all(|client| client.person.borrow().page.chat.connection.is_up())
    }

    fn all_rest(&self) -> bool {
        self.crowd.clients.iter().all(|client| client.person.borrow().page.is_at_rest())
    }

    /// Everybody talks in turns, until the task is ended.
    fn talk(&self, per_second: u32) -> tokio::task::JoinHandle<()> {
        const BEATS: u32 = 100;
        let clients = self.crowd.clients.clone();
        tokio::task::spawn_local(async move {
            let mut beat = interval(Duration::from_secs(1) / BEATS);
            beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
            for turn in 0_u64.. {
                beat.tick().await;
                let [from, to] = [turn, turn + 1].map(|turn| turn * u64::from(per_second) / u64::from(BEATS));
                for message in from..to {
                    let client = usize::try_from(message).unwrap_or_default() % clients.len();
                    let client: &Rc<_> = &clients[client];
                    let _ = client.orders.send(Order::Talk);
                }
            }
        })
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.report)?;
        writeln!(f, "{:.0} messages a second; every page was back", self.rate)?;
        for (back, away) in self.back.iter().zip(&self.away) {
            let [back, away] = [back, away].map(Duration::as_secs_f64);
            writeln!(f, "  {back:.2} s after the server listened again, which took {away:.2} s")?;
        }
        Ok(())
    }
}
