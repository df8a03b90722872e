//! The server without a process: its ledger, its follower and its sessions, each taken a step at a time, and each way
//! it can fall.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use backend::archive::follower::Follower;
use backend::config::Config;
use backend::edge::Edge;
use backend::http;
use backend::ledger::writer::Writer;
use backend::ledger::{Ledger, Request};
use backend::rooms::Rooms;
use backend::services::Services;
use backend::session::{self, Arrival, Line};
use backend::store::index::Index;
use backend::store::log::Log;
use rand::Rng as _;
use rand::rngs::Xoshiro256PlusPlus;
use shared::{Millis, RoomId};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::wire::{ServerIn, ServerOut};

/// A server at work on a folder.
#[derive(Debug)]
pub(super) struct Server {
    folder: TempDir,
    writer: Writer,
    follower: Follower,
    requests: mpsc::Receiver<Request>,
    services: Arc<Services>,
    tasks: JoinSet<()>,
}

/// When within a batch the server falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fall {
    /// Nothing of the batch is stored.
    Before,
    /// While it is stored: this share of the bytes is written, in thousandths.
    Amid(u32),
    /// It is stored, and nobody is answered.
    After,
}

/// The log's files and the index's: what a kill leaves behind.
pub(super) const FILES: [&str; 4] = ["log.db", "log.db-wal", "index.db", "index.db-wal"];

/// What a folder's files hold, in the order of [`FILES`].
pub(super) fn bytes_in(folder: &Path) -> [Vec<u8>; 4] {
    FILES.map(|file| fs::read(folder.join(file)).unwrap_or_default())
}

/// A folder in memory, if the machine has such.
pub(super) fn new_folder() -> Result<TempDir> {
    Ok(TempDir::new_in("/dev/shm").or_else(|_| TempDir::new())?)
}

impl Server {
    /// Starts on a folder. Its wall clock is `ahead` of everybody's by so many milliseconds.
    pub(super) fn start(
        folder: TempDir,
        chance: Xoshiro256PlusPlus,
        (began, ahead): (Instant, u64),
    ) -> Result<Self> {
        let passed = move || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let chance = Mutex::new(chance);
        let random =
            move |bytes: &mut [u8]| chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
        let start = passed();
        let uptime = move || Millis(passed() - start);
        let edge = Arc::new(Edge::new(move || Millis(ahead + passed()), uptime, random));
        let config = Config::new(folder.path().to_owned(), folder.path().to_owned());
        let rooms = Arc::new(Rooms::default());
        let log = Log::open(folder.path())?;
        let mut follower = Follower::open(folder.path(), &log)?;
        follower.catch_up()?;
        let (following, _) = follower.following();
        let parts = (log, Index::open(folder.path())?, following);
        let writer = Writer::new(parts, config.clone(), Arc::clone(&edge), Arc::clone(&rooms))?;
        let (ledger, requests) = Ledger::channel();
        let services = Services::new(config, edge, rooms, ledger)?;
        let (services, mut tasks) = (Arc::new(services), JoinSet::new());
        let rooms = Arc::clone(&services.rooms);
        tasks.spawn(async move { match rooms.courier.work(|| false).await {} });
        Ok(Self { folder, writer, follower, requests, services, tasks })
    }

    /// Takes a connection in.
    pub(super) fn accept(&mut self, end: (ServerIn, ServerOut), room: RoomId) {
        let services = Arc::clone(&self.services);
        self.tasks.spawn(async move {
            let (read, write) = end;
            let line = Line { read, write, ahead: Vec::new() };
            let arrival = Arrival { room: Some(room.to_string().into()), visitor: None };
            session::run(line, services, arrival).await;
        });
    }

    /// Answers a request of the API, some time.
    pub(super) fn ask(
        &mut self,
        request: warp::test::RequestBuilder,
        answer: impl FnOnce(u16, &[u8]) + Send + 'static,
    ) {
        let services = Arc::clone(&self.services);
        self.tasks.spawn(async move {
            let response = request.reply(&http::routes(services)).await;
            answer(response.status().as_u16(), response.body());
        });
    }

    /// How many requests wait for the ledger.
    pub(super) fn waiting(&self) -> usize {
        self.requests.len()
    }

    /// The ledger takes at most so many of the requests that wait.
    pub(super) fn take(&mut self, most: usize) {
        let mut waiting = self.next(most);
        self.writer.take(&mut waiting);
    }

    /// The ledger does what time asks for.
    pub(super) fn tick(&mut self) {
        self.writer.tick();
    }

    /// The follower takes a step.
    pub(super) fn follow(&mut self) -> Result<()> {
        self.follower.step()?;
        Ok(())
    }

    /// The last number published in a room.
    pub(super) fn tail(&self, room: RoomId) -> Option<shared::Seq> {
        Some(self.services.rooms.get(room)?.snapshot().tail)
    }

    /// It is killed while nothing is under way; the folder it leaves behind.
    pub(super) fn kill(self) -> Result<TempDir> {
        self.left()
    }

    /// What it would leave behind if it were killed now.
    pub(super) fn left(&self) -> Result<TempDir> {
        // Opened files would be tidied up when they are closed, which a killed process does not do: they are copied.
        left(&bytes_in(self.folder.path()))
    }

    /// It is killed within a batch.
    pub(super) fn fall(mut self, fall: Fall, most: usize) -> Result<TempDir> {
        let mut waiting = self.next(most);
        let before = bytes_in(self.folder.path());
        if fall == Fall::Before {
            return left(&before);
        }
        self.writer.take(&mut waiting);
        let mut after = bytes_in(self.folder.path());
        // A checkpoint would have been made of a whole batch.
        if let Fall::Amid(share) = fall
            && before[0] == after[0]
            && before[1].len() <= after[1].len()
        {
            after[1] = torn(&before[1], &after[1], share);
        }
        left(&after)
    }

    fn next(&mut self, most: usize) -> Vec<Request> {
        let mut waiting = Vec::new();
        while waiting.len() < most
            && let Ok(request) = self.requests.try_recv()
        {
            waiting.push(request);
        }
        waiting
    }
}

/// A file of which only the beginning of what changed was written.
fn torn(before: &[u8], after: &[u8], share: u32) -> Vec<u8> {
    let same = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let changed = after.len() - same;
    let written = same + changed * share as usize / 1_000;
    let mut torn = after[..written].to_vec();
    torn.extend(before.get(written..).unwrap_or_default());
    torn
}

fn left(files: &[Vec<u8>; 4]) -> Result<TempDir> {
    let folder = new_folder()?;
    for (name, bytes) in FILES.iter().zip(files) {
        if !bytes.is_empty() {
            fs::write(folder.path().join(name), bytes).context("the copy of a file")?;
        }
    }
    Ok(folder)
}
