//! What the routes and the sessions work with; nothing here does anything.

use std::sync::Arc;

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
    /// The sessions: each is a task of its own, and a stop waits for all of them.
    pub sessions: TaskTracker,
    /// The connections that ask for something by HTTP, or have not asked yet: the same.
    pub visits: TaskTracker,
}

impl Services {
    /// Over the data folder of `config`, where ledger and follower have made log and index.
    ///
    /// # Errors
    /// If one of the two cannot be read.
    pub fn new(config: Config, edge: Arc<Edge>, rooms: Arc<Rooms>, ledger: Ledger) -> Result<Self, LogError> {
        let [searches, exports] =
            [config.searches, config.exports].map(|n| n.try_into().unwrap_or(usize::MAX));
        Ok(Self {
            archive: Archive::open(&config.data)?,
            searcher: Searcher::open(&config.data, searches)?,
            pace: Pace::new(config.pace, Arc::clone(&edge)),
            doors: Doors::new(config.addresses.as_ref(), &edge),
            turns: Turns::new(searches),
            exports: Exports::open(&config.data, exports)?,
            stopping: CancellationToken::new(),
            sessions: TaskTracker::new(),
            visits: TaskTracker::new(),
            config,
            edge,
            rooms,
            ledger,
        })
    }
}
