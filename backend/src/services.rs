//! What the routes and the sessions work with; nothing here does anything.

use std::sync::atomic::{AtomicBool, Ordering};
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
#[derive(Debug, Default)]
pub struct Staying(Mutex<Stay>);

/// How long one session may stay.
#[derive(Debug, Clone, Default)]
pub struct Stay(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    called: CancellationToken,
    /// The same, for whoever asks often: a token is asked by one at a time.
    over: AtomicBool,
}

impl Staying {
    /// For somebody who comes now.
    pub fn stay(&self) -> Stay {
        self.lock().clone()
    }

    /// Sends everybody away who is here. Others may come, unless nobody may any more.
    pub fn send_away(&self) {
        let mut stay = self.lock();
        if !stay.is_over() {
            std::mem::take(&mut *stay).end();
        }
    }

    /// Sends everybody away, and whoever still comes.
    pub fn end(&self) {
        self.lock().end();
    }

    fn lock(&self) -> MutexGuard<'_, Stay> {
        // A panic while the lock is held leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stay {
    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }

    /// Waits until it is.
    pub fn over(&self) -> impl Future<Output = ()> {
        self.0.called.cancelled()
    }

    /// Who is called finds that it is over.
    fn end(&self) {
        self.0.over.store(true, Ordering::Release);
        self.0.called.cancel();
    }
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
            staying: Staying::default(),
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn is_over(stay: &Stay) -> bool {
        let called = stay.over().now_or_never().is_some();
        assert_eq!(called, stay.is_over());
        called
    }

    #[test]
    fn others_may_come_when_all_are_sent_away_and_nobody_at_the_end() {
        let staying = Staying::default();
        let first = staying.stay();
        assert!(!is_over(&first));
        staying.send_away();
        let second = staying.stay();
        assert!(is_over(&first) && !is_over(&second));
        staying.end();
        staying.send_away();
        assert!(is_over(&second) && is_over(&staying.stay()));
    }
}
