//! The follower: reads the log behind the ledger, and writes the index. The only one who writes it.
//!
//! A batch at a time; how far it has come stands in the same transaction, so that nothing is indexed twice or missed.

mod blocks;
mod change;
mod following;
mod turn;

use std::collections::{BTreeMap, HashMap, HashSet, hash_map};
use std::os::unix::thread::JoinHandleExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use rusqlite::Connection;
use tokio_util::sync::DropGuard;

use crate::config::{
    FOLLOW_BYTES, FOLLOW_EVERY, FOLLOW_RECORDS, FORGET_RECORDS, INDEX_PURGE_EVERY, PURGE_PATIENCE,
};
use crate::store::codec::{self, Stored, What};
use crate::store::filters::Block;
use crate::store::ids;
use crate::store::index::{Fate, Index};
use crate::store::log::Log;
use crate::store::runs;
use crate::store::short::Said;
use crate::store::traces::scrub;
use crate::store::{IndexError, LogError, filters, fit, members};

use blocks::Blocks;
use change::Change;
pub use following::Following;
use following::{Stale, lock};
use turn::Turn;

/// The follower, at its work.
#[derive(Debug)]
pub struct Follower {
    log: Connection,
    index: Index,
    /// Everything up to this position is indexed.
    pos: i64,
    told: Arc<AtomicI64>,
    blocks: Blocks,
    /// The rooms of the last batch, as they are indexed: those of the next one are mostly the same.
    rooms: Rooms,
    /// Messages that are kept no longer, and are still to be forgotten.
    stale: Stale,
    /// What was forgotten may still be in the write-ahead file; a server that was killed does not say.
    purge: bool,
}

type Rooms = HashMap<i64, Change, RandomState>;

impl Follower {
    /// Opens the index of `log` in `folder`, or makes it.
    ///
    /// # Errors
    /// If one of the two files cannot be used.
    pub fn open(folder: &Path, log: &Log) -> Result<Self, LogError> {
        let (index, pos, log) = fit::open(folder, log)?;
        index.busy_timeout(PURGE_PATIENCE)?;
        Ok(Self {
            log,
            index: Index(index),
            pos,
            told: Arc::new(AtomicI64::new(pos)),
            blocks: Blocks::default(),
            rooms: Rooms::default(),
            stale: Arc::default(),
            purge: true,
        })
    }

    /// Works until nothing is left to do.
    ///
    /// # Errors
    /// If the log cannot be read, or the index not be written.
    pub fn catch_up(&mut self) -> Result<(), LogError> {
        self.work()?;
        Ok(self.purge()?)
    }

    fn work(&mut self) -> Result<(), LogError> {
        while self.step()? {}
        Ok(())
    }

    /// Up to which position everything is indexed.
    pub const fn pos(&self) -> i64 {
        self.pos
    }

    /// How the ledger will know of it, and what wakes whoever takes the steps: the thread, or a simulation.
    pub fn following(&self) -> (Following, Receiver<()>) {
        let (wake, woken) = sync_channel(1);
        let (pos, stale) = (Arc::clone(&self.told), Arc::clone(&self.stale));
        (Following { wake, pos, stale, turn: Turn::Last, thread: None }, woken)
    }

    /// Starts the thread. It ends when every [`Following`] is dropped and all is indexed; `ended` is dropped then.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn start(self, ended: DropGuard) -> Result<(Following, JoinHandle<()>), LogError> {
        let (following, woken) = self.following();
        let thread = thread::Builder::new().name("follower".into()).spawn(move || {
            let _ended = ended;
            self.run(&woken);
        })?;
        Ok((Following { thread: Some(thread.as_pthread_t()), ..following }, thread))
    }

    fn run(mut self, woken: &Receiver<()>) {
        Turn::Last.take();
        let mut purged = Instant::now();
        loop {
            let waits = if self.purge { INDEX_PURGE_EVERY } else { Duration::MAX };
            let woke = woken.recv_timeout(waits);
            let last = woke == Err(RecvTimeoutError::Disconnected);
            if woke == Ok(()) {
                gather(woken);
            }
            let mut worked = self.work();
            if last || purged.elapsed() >= INDEX_PURGE_EVERY {
                worked = worked.and_then(|()| Ok(self.purge()?));
                purged = Instant::now();
            }
            if let Err(error) = worked {
                tracing::error!(error = &error as &dyn std::error::Error, "the index falls behind");
            }
            if last {
                return;
            }
        }
    }

    /// One batch; whether there was anything to do.
    ///
    /// # Errors
    /// If the log cannot be read, or the index not be written; then nothing of the batch is indexed.
    pub fn step(&mut self) -> Result<bool, LogError> {
        if !codec::has_row_behind(&self.log, self.pos)? {
            return self.forget();
        }
        let stored = self.store();
        if stored.is_err() {
            (self.blocks, self.rooms) = Default::default();
            if !self.index.0.is_autocommit() {
                self.index.0.execute_batch("ROLLBACK").map_err(IndexError::from)?;
            }
        }
        let (last, forgotten) = stored?;
        self.purge |= forgotten;
        self.pos = last;
        self.told.store(last, Ordering::Release);
        Ok(true)
    }

    /// Stores the next records, as many as are indexed at once; the last position, and whether a text was forgotten.
    fn store(&mut self) -> Result<(i64, bool), LogError> {
        self.index.0.execute_batch("BEGIN IMMEDIATE").map_err(IndexError::from)?;
        let (mut last, mut taken, mut bytes) = (self.pos, 0, 0);
        while taken < FOLLOW_RECORDS && bytes < FOLLOW_BYTES {
            let read = codec::some(&self.log, last, |stored| {
                last = stored.pos;
                take(stored, &self.index, &mut self.blocks, &mut self.rooms)
            })?;
            if read.0 == 0 {
                break;
            }
            (taken, bytes) = (taken + read.0, bytes + read.1);
        }
        // In the order of the tables: what is of one room stands in one place.
        self.rooms.retain(|_, change| change.is_new);
        let mut changes: Vec<_> = self.rooms.iter_mut().map(|(life, change)| (*life, change)).collect();
        changes.sort_unstable_by_key(|(life, _)| *life);
        changes.into_iter().try_for_each(|(life, change)| change.save(&self.index.0, life))?;
        let mut kept = 0;
        self.rooms.retain(|_, change| {
            kept += 1 + change.before.loaded();
            change.fate == Fate::Lives && kept <= KEPT
        });
        let forgotten = self.blocks.store(&self.index, &self.log)?;
        self.index.reach(last)?;
        Ok((last, forgotten))
    }

    /// Drops what is indexed of lives that are over and whose records are no more in the log.
    fn forget(&mut self) -> Result<bool, LogError> {
        let (mut gone, mut kept) = (BTreeMap::new(), HashSet::new());
        for (life, seq, pos) in self.index.ended(FORGET_RECORDS)? {
            if codec::at(&self.log, pos, |_| Ok::<_, LogError>(()))?.is_some() {
                kept.insert(life);
            } else if !kept.contains(&life) {
                gone.insert(life, seq);
            }
        }
        let forgotten = self.delete(&gone)? | self.forget_stale()?;
        self.purge |= forgotten;
        Ok(forgotten)
    }

    /// Drops the texts of some messages that are kept no longer.
    fn forget_stale(&mut self) -> Result<bool, LogError> {
        let some: Vec<_> = {
            let stale = lock(&self.stale);
            stale.iter().take(FORGET_RECORDS).copied().collect()
        };
        if some.is_empty() {
            return Ok(false);
        }
        some.iter().for_each(|(life, seq)| self.blocks.leaves(Block::of(*life, *seq)));
        let transaction = self.index.0.unchecked_transaction()?;
        self.blocks.store(&self.index, &self.log)?;
        transaction.commit()?;
        lock(&self.stale).drain(..some.len());
        Ok(true)
    }

    /// Wipes what is no more out of the write-ahead file, and out of unused parts of a small index.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn purge(&mut self) -> Result<(), IndexError> {
        if self.purge {
            scrub(&self.index.0)?;
            const SQL: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy: i64 = self.index.0.query_row(SQL, [], |row| row.get(0))?;
            self.purge = busy != 0;
        }
        Ok(())
    }

    /// Forgets what lives that are over had from a number on.
    fn delete(&self, gone: &BTreeMap<i64, i64>) -> Result<bool, IndexError> {
        let transaction = self.index.0.unchecked_transaction()?;
        gone.iter().try_for_each(|(life, from)| runs::cut(&self.index.0, *life, *from))?;
        let empty = self.index.empty()?;
        for life in &empty {
            if ids::forget(&self.index.0, *life, FORGET_RECORDS)? {
                continue; // The next time.
            }
            filters::forget(&self.index.0, *life)?;
            members::forget(&self.index.0, *life)?;
            self.index.0.prepare_cached("DELETE FROM rooms WHERE life = ?1")?.execute([life])?;
        }
        transaction.commit()?;
        Ok(!gone.is_empty() || !empty.is_empty())
    }
}

/// Takes in the next event: what it changes is stored later, with the rest of the batch.
fn take(stored: Stored<'_>, index: &Index, blocks: &mut Blocks, changes: &mut Rooms) -> Result<(), LogError> {
    let (pos, life) = (stored.pos, stored.life);
    let change = match changes.entry(life) {
        hash_map::Entry::Occupied(known) => known.into_mut(),
        hash_map::Entry::Vacant(new) => new.insert(Change::load(index, life)?),
    };
    change.is_new = true;
    if let Some(Said { at, by, id, text }) = stored.said() {
        let seq = stored.number();
        change.put((seq, pos), Some((by, id)));
        change.room.fold_said(seq, at, (by, id));
        blocks.take_text(life, seq, Some((by, text)), index)?;
        return Ok(());
    }
    match stored.line().what {
        What::Record(record) => {
            change.restore_members(index, life, &record)?;
            change.put((record.event.seq, pos), record.signed());
            change.room.fold(&record);
            blocks.take(life, &record.event, index)?;
        }
        What::End => {
            change.fate = Fate::Ended;
            blocks.end(life);
        }
        // Nobody can go on in this room; the others need not suffer.
        What::Damaged => change.damaged(),
    }
    Ok(())
}

/// Waits, so that what is stored meanwhile goes into the same batch; not for long if there will be no more.
fn gather(woken: &Receiver<()>) {
    for _ in 0..GATHER_STEPS {
        thread::sleep(FOLLOW_EVERY / GATHER_STEPS);
        if woken.try_recv() == Err(TryRecvError::Disconnected) {
            return;
        }
    }
}

/// Rooms, and members of them, that are kept for the next batch: half a kilobyte each.
const KEPT: usize = 50_000;

/// In how many steps it waits.
const GATHER_STEPS: u32 = 8;
