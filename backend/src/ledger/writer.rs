//! The ledger's work: decide, store, publish, answer — in this order, for everything that arrived meanwhile.
//!
//! How one command is decided is in `decide`; what time brings, in `timer`; which rooms are in memory, in `loaded`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use foldhash::fast::RandomState;
use shared::{Code, Epoch, RoomId};

use crate::archive::follower::Following;
use crate::clock::{self, LastKnown, RoomClock};
use crate::config::{BATCH_BYTES, BEHIND_END, Config, millis};
use crate::edge::Edge;
use crate::metrics::Metrics;
use crate::room::proposal::{Proposal, Settings, Wish};
use crate::rooms::Rooms;
use crate::store::LogError;
use crate::store::index::Index;
use crate::store::log::Log;

use super::batch::{Batch, Verdict, Within};
use super::checkpoints::Checkpoints;
use super::expiry::Expiry;
use super::loaded::Loaded;
use super::recent::Recent;
use super::timer::Timer;
use super::{Reply, Request};

/// Everything the ledger owns. One thread has it; a simulation may take the steps itself.
#[derive(Debug)]
pub struct Writer {
    pub(super) log: Log,
    pub(super) index: Index,
    pub(super) following: Following,
    pub(super) config: Config,
    pub(super) edge: Arc<Edge>,
    pub(super) rooms: Arc<Rooms>,
    pub(super) loaded: HashMap<RoomId, Loaded, RandomState>,
    pub(super) recent: Recent,
    pub(super) checkpoints: Checkpoints,
    pub(super) timer: Timer,
    pub(super) expiry: Expiry,
    /// The life behind which rooms are still to be loaded, since messages are to be recalled in them.
    pub(super) recalls_looked_for: Option<i64>,
    /// Something was committed since the timer last rang.
    pub(super) busy: bool,
    /// Of rooms that are not in memory and are ahead of people's time, by life.
    pub(super) clocks: HashMap<i64, RoomClock, RandomState>,
    /// See [`BEHIND_END`].
    pub(super) behind_end: i64,
    /// How many records the index was behind when the timer last rang.
    pub(super) gauge: Arc<AtomicI64>,
    pub(super) metrics: Arc<Metrics>,
}

impl Writer {
    /// On this log, whose index is followed up to its end. Makes sure the lobby exists.
    ///
    /// # Errors
    /// If log or index cannot be used.
    pub fn new(
        (log, index, following): (Log, Index, Following),
        config: Config,
        edge: Arc<Edge>,
        rooms: Arc<Rooms>,
    ) -> Result<Self, LogError> {
        let mut writer = Self {
            log,
            index,
            following,
            config,
            edge,
            rooms,
            loaded: HashMap::default(),
            recent: Recent::default(),
            checkpoints: Checkpoints::default(),
            timer: Timer::default(),
            expiry: Expiry::default(),
            recalls_looked_for: Some(0),
            busy: false,
            behind_end: BEHIND_END,
            clocks: HashMap::default(),
            gauge: Arc::default(),
            metrics: Arc::default(),
        };
        writer.begin_time()?;
        if writer.is_alone() {
            let open = writer.lobby();
            writer.store(std::iter::once((RoomId::Lobby, Within::Any, &open)), |_, _| Ok(()))?;
        }
        Ok(writer)
    }

    /// Lets time begin with what is known of it.
    fn begin_time(&self) -> Result<(), LogError> {
        let stored = clock::read(&self.config.data);
        let known = LastKnown { stored, newest: self.index.newest()? };
        self.edge.begin(known, self.config.clock_gap(), self.config.accept_clock);
        Ok(())
    }

    /// Whether what it decides is decided nowhere else.
    pub(super) const fn is_alone(&self) -> bool {
        !self.log.is_clustered()
    }

    /// That there be a lobby.
    pub(super) fn lobby(&self) -> Proposal {
        let epoch = Epoch::new(&self.edge.random());
        let settings = Settings::lobby(epoch, millis(self.config.lobby_hold));
        let settings = Settings { names: self.config.names, ..settings };
        Proposal { at: self.edge.now(), wish: Wish::Open(settings) }
    }

    /// Decides, stores, publishes and answers everything that waits, in as many batches as its size asks for.
    pub fn take(&mut self, waiting: &mut Vec<Request>) {
        // Rooms know nothing of one another; what stands together is found together.
        if !waiting.is_sorted_by_key(|request| request.room) {
            waiting.sort_by_cached_key(|request| request.room);
        }
        if self.is_index_stuck() {
            let behind = self.behind();
            tracing::error!(behind, "the index cannot be written, and nothing more is taken in");
            waiting.drain(..).for_each(refuse);
        }
        while !waiting.is_empty() {
            let steps = waiting.iter().map(|request| {
                (request.room, request.life.map_or(Within::Any, Within::Life), &request.proposal)
            });
            match self.store_and_publish(steps, |_, _| Ok(())) {
                Ok(verdicts) => {
                    let now = self.edge.now();
                    let mut silent = Vec::with_capacity(verdicts.len());
                    for (request, verdict) in waiting.drain(..verdicts.len()).zip(verdicts) {
                        silent.extend(self.answer(request, verdict, now));
                    }
                    self.rooms.courier.call(silent);
                    // Not only when the timer rings: past its usual length the file would grow.
                    self.checkpoints.look(&mut self.log, false, self.edge.uptime());
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "nothing could be stored");
                    waiting.drain(..).for_each(refuse);
                }
            }
        }
    }

    /// How often [`Writer::tick`] is due.
    pub const fn timer_every(&self) -> Duration {
        self.config.timer_every
    }

    /// How many records the index is behind.
    pub fn behind(&self) -> i64 {
        self.log.last() - self.following.pos()
    }

    /// Whether the index is so far behind that memory would not hold what is not indexed.
    pub(super) fn is_index_stuck(&self) -> bool {
        self.behind() > self.behind_end
    }

    /// Where whoever asks sees how far the index is behind.
    pub fn gauge(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.gauge)
    }

    /// Where it counts.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Lets the index come nearer.
    pub fn wake_follower(&self) {
        self.following.wake();
    }

    /// Stores what is still to be stored, and ends.
    pub fn finish(mut self) {
        self.following.hurry();
        self.store_marks();
        self.store_time();
        self.checkpoints.finish(&mut self.log);
    }

    /// One batch: decides the first of `proposals`, stores all that they come to at once, and with it what `beside` stores
    /// that so many were decided; publishes it, and calls who hands it round.
    pub(super) fn store<'a>(
        &mut self,
        proposals: impl Iterator<Item = (RoomId, Within<'a>, &'a Proposal)>,
        beside: impl FnOnce(&Log, usize) -> Result<(), LogError>,
    ) -> Result<Vec<Option<Verdict>>, LogError> {
        let verdicts = self.store_and_publish(proposals, beside)?;
        self.rooms.courier.call(Vec::new());
        Ok(verdicts)
    }

    /// The same, but that the caller has to call.
    fn store_and_publish<'a>(
        &mut self,
        proposals: impl Iterator<Item = (RoomId, Within<'a>, &'a Proposal)>,
        beside: impl FnOnce(&Log, usize) -> Result<(), LogError>,
    ) -> Result<Vec<Option<Verdict>>, LogError> {
        let indexed = self.following.pos();
        self.recent.indexed(indexed);
        self.following.see(self.log.last() - indexed);
        let many = proposals.size_hint().0;
        let (mut batch, mut verdicts) = (Batch::of(many, self.edge.times()), Vec::with_capacity(many));
        let stored = self.log.begin().and_then(|()| {
            for (id, within, proposal) in proposals {
                verdicts.push(self.decide((id, within), proposal, &mut batch)?);
                if batch.bytes >= BATCH_BYTES {
                    break;
                }
            }
            beside(&self.log, verdicts.len())?;
            self.metrics.commit(|| self.log.commit())
        });
        match stored {
            Ok(()) => {
                self.publish(batch);
                Ok(verdicts)
            }
            Err(error) => {
                self.metrics.fail_to_store();
                self.roll_back(&batch);
                Err(error)
            }
        }
    }

    /// The one place from which events leave: what it is given is stored. Who hands it round is still to be called.
    pub(super) fn publish(&mut self, batch: Batch) {
        if !batch.changes.is_empty() || !batch.begun.is_empty() || !batch.deleted.is_empty() {
            self.busy = true;
            self.metrics.stored(batch.events());
            self.checkpoints.wrote(batch.bytes);
            self.following.wake();
        }
        // First what began: a room that began in this batch may have changed in it as well.
        for (id, room, entries) in batch.begun {
            room.publish(entries, Vec::new(), None);
            self.rooms.put(id, room);
        }
        for (index, mut change) in batch.changes.into_iter().enumerate() {
            let current = batch.current.get(&change.id) == Some(&index);
            if change.view && current {
                change.over = self.loaded.get(&change.id).and_then(|loaded| loaded.state.view(change.id));
            }
            change.room.publish(change.entries, change.rewrites, change.over);
            self.rooms.courier.put(&change.room);
        }
        for (id, room) in batch.deleted {
            self.rooms.remove(id);
            room.delete();
        }
    }

    /// Takes a room out of memory, but what is known of its time.
    pub(super) fn unload(&mut self, id: RoomId) {
        let Some(loaded) = self.loaded.remove(&id) else { return };
        if let Some(clock) = loaded.clock.filter(RoomClock::is_ahead) {
            self.clocks.insert(loaded.room.life(), clock);
        }
    }

    /// Nothing of the batch was stored: what memory has of it goes. Rooms that it touched are loaded again when somebody asks.
    fn roll_back(&mut self, batch: &Batch) {
        self.recent.roll_back(self.log.roll_back());
        for id in &batch.touched {
            self.unload(*id);
        }
    }
}

fn refuse(request: Request) {
    request.reply.answer(Reply::Refused(Code::StorageFailed, request.id, None));
}
