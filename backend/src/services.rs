//! What the routes and the sessions work with; nothing here does anything.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::MemberId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address::Doors;
use crate::archive::Archive;
use crate::archive::search::Searcher;
use crate::config::Config;
use crate::edge::Edge;
use crate::http::export::Exports;
use crate::http::search::Turns;
use crate::ledger::Ledger;
use crate::pace::Pace;
use crate::rooms::Rooms;
use crate::store::LogError;

/// What every connection may use.
#[derive(Debug)]
pub struct Services {
    /// Limits and times.
    pub config: Config,
    /// Time and randomness.
    pub edge: Arc<Edge>,
    /// How fast members may go: each by the life of its room, and its number there.
    pub pace: Pace<(i64, MemberId)>,
    /// What addresses may have and do.
    pub doors: Doors,
    /// The loaded rooms.
    pub rooms: Arc<Rooms>,
    /// The way to change a room.
    pub ledger: Ledger,
    /// The way to read what is in memory no more.
    pub archive: Archive,
    /// Where texts are searched for.
    pub searcher: Searcher,
    /// Whose turn it is to search.
    pub turns: Turns,
    /// Rooms that are taken along as files.
    pub exports: Exports,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
    /// How long sessions may stay.
    pub staying: Staying,
    /// The sessions: each is a task of its own, and a stop waits for all of them.
    pub sessions: TaskTracker,
    /// The connections that ask for something by HTTP, or have not asked yet: the same.
    pub visits: TaskTracker,
}

/// How long sessions may stay: until the server stops, or all of them are sent elsewhere.
#[derive(Debug)]
pub struct Staying {
    stopping: CancellationToken,
    present: Mutex<CancellationToken>,
}

impl Staying {
    fn until(stopping: &CancellationToken) -> Self {
        Self { stopping: stopping.clone(), present: Mutex::new(stopping.child_token()) }
    }

    /// Cancelled when those who come now have to go.
    pub fn token(&self) -> CancellationToken {
        self.lock().clone()
    }

    /// Sends everybody away who is here. Others may come.
    pub fn send_away(&self) {
        let next = self.stopping.child_token();
        std::mem::replace(&mut *self.lock(), next).cancel();
    }

    fn lock(&self) -> MutexGuard<'_, CancellationToken> {
        // A panic while the lock is held leaves nothing half done.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    /// Over the data folder of `config`, where ledger and follower have made log and index.
    ///
    /// # Errors
    /// If one of the two cannot be read.
    pub fn new(config: Config, edge: Arc<Edge>, rooms: Arc<Rooms>, ledger: Ledger) -> Result<Self, LogError> {
        let stopping = CancellationToken::new();
        let [searches, exports] =
            [config.searches, config.exports].map(|n| n.try_into().unwrap_or(usize::MAX));
        Ok(Self {
            archive: Archive::open(&config.data)?,
            searcher: Searcher::open(&config.data, searches)?,
            pace: Pace::new(config.pace, Arc::clone(&edge)),
            doors: Doors::new(config.addresses.as_ref(), &edge),
            turns: Turns::new(searches),
            exports: Exports::open(&config.data, exports)?,
            staying: Staying::until(&stopping),
            stopping,
            sessions: TaskTracker::new(),
            visits: TaskTracker::new(),
            config,
            edge,
            rooms,
            ledger,
        })
    }
}
