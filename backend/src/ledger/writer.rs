//! The ledger's work: decide, store, publish, answer — in this order, for everything that arrived meanwhile.
//!
//! What time brings is in `timer`; which rooms are in memory, in `loaded`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use foldhash::fast::RandomState;
use shared::{Code, Epoch, Millis, RoomId};

use crate::archive::follower::Following;
use crate::config::{BATCH_BYTES, Config, millis};
use crate::edge::Edge;
use crate::metrics::Metrics;
use crate::room::proposal::{Answer, End, Facts, Outcome, Proposal, Record, Settings, Wish};
use crate::room::state::{RoomState, apply, seen};
use crate::room::tail::Entry;
use crate::room::{Loading, Room};
use crate::rooms::Rooms;
use crate::store::LogError;
use crate::store::index::Index;
use crate::store::log::Log;

use super::batch::{Batch, REWRITE_BYTES, Verdict, Within, changes_view};
use super::checkpoints::Checkpoints;
use super::expiry::Expiry;
use super::loaded::{self, Loaded};
use super::recent::{Newest, Recent};
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
            gauge: Arc::default(),
            metrics: Arc::default(),
        };
        if writer.is_alone() {
            let open = writer.lobby();
            writer.store(std::iter::once((RoomId::Lobby, Within::Any, &open)), |_, _| Ok(()))?;
        }
        Ok(writer)
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
                    for request in waiting.drain(..) {
                        request.reply.answer(Reply::Refused(Code::Overloaded, request.id, None));
                    }
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
        let (mut batch, mut verdicts) = (Batch::of(many), Vec::with_capacity(many));
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
                self.give_up(&batch);
                Err(error)
            }
        }
    }

    /// Decides one proposal and appends what it comes to.
    fn decide(
        &mut self,
        (id, within): (RoomId, Within<'_>),
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        match self.load(id, batch) {
            Ok(true) => self.decide_loaded((id, within), proposal, batch),
            Ok(false) => self.decide_unknown(id, proposal, batch),
            // One room that makes no sense must not stop the others; anything else is everybody's trouble.
            Err(error) => loaded::unreadable(id, error),
        }
    }

    /// Whether the room exists; then it is in memory, and the seats that time has freed are free.
    pub(super) fn load(&mut self, id: RoomId, batch: &mut Batch) -> Result<bool, LogError> {
        if self.loaded.contains_key(&id) {
            return Ok(true);
        }
        let found = loaded::load(id, (&mut self.log, &self.index, &self.recent), (&self.rooms, &self.edge))?;
        let Some(loaded) = found else { return Ok(false) };
        self.begin_with_kept(&loaded.room)?;
        // Elsewhere it is not for this one to decide.
        let overdue = if self.is_alone() { loaded.overdue(&self.config, &self.edge) } else { Vec::new() };
        self.loaded.insert(id, loaded);
        for proposal in &overdue {
            self.decide_loaded((id, Within::Any), proposal, batch)?;
        }
        Ok(true)
    }

    fn decide_loaded(
        &mut self,
        (id, within): (RoomId, Within<'_>),
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        let Loaded { state, room, newest, refused_at, removals, .. } =
            self.loaded.get_mut(&id).expect("it is in memory");
        // The seat went with its life: the session that speaks so is about to hear it.
        if !within.is_in(room) {
            return Ok(None);
        }
        let asks = state.asks(proposal);
        let recent = self.recent.of(room.life(), *newest);
        let facts = match loaded::look_up(&asks, room.life(), (&mut self.log, &self.index, recent)) {
            // Other nodes may be able to read it: this one goes on when it is.
            Err(error) if !self.log.is_clustered() => return loaded::unreadable(id, error),
            facts => facts?,
        };
        let outcome = apply(state, &facts, proposal);
        if self.log.is_clustered()
            && let Some(member) = seen(proposal, &outcome)
        {
            self.log.saw(room.life(), member, proposal.at)?;
        }
        let Outcome { record, rewrites, answer, end } = outcome;
        if matches!(answer, Some(Answer::Refused { code: Code::RoomFull, .. })) {
            *refused_at = Some(self.edge.uptime());
        }
        let room = Arc::clone(room);
        let verdict = answer.map(|answer| Verdict { answer, room: Some(Arc::clone(&room)) });
        if let Some(record) = record {
            removals.note(&record, state);
            let change = batch.change(id, &room);
            change.view |= changes_view(&record.event.fact);
            let entry = append((&mut self.log, &mut self.recent), (room.life(), newest), &record)?;
            let bytes = entry.json().len();
            change.entries.push(entry);
            for event in &rewrites {
                let recent = || self.recent.of(room.life(), *newest);
                let place = loaded::place((room.life(), event.seq), &self.index, recent)?;
                let entry = Entry::new(event);
                self.log.rewrite(place.ok_or(LogError::Damaged(room.life()))?, &entry, event)?;
                change.rewrites.push(entry);
            }
            batch.bytes += bytes + rewrites.len() * REWRITE_BYTES;
        }
        match end {
            Some(End::Afresh(settings)) => {
                let last = self.loaded.get(&id).and_then(|loaded| loaded.state.view(id));
                batch.close(id, last);
                self.begin_life(id, proposal.at, &settings, batch)?;
                self.log.end_life(room.life())?;
            }
            Some(End::Deleted) => {
                self.log.end_life(room.life())?;
                self.loaded.remove(&id);
                batch.close(id, None);
                batch.deleted.push((id, room));
            }
            None => {}
        }
        Ok(verdict)
    }

    /// Decides a proposal for a room that does not exist: only opening it changes anything.
    fn decide_unknown(
        &mut self,
        id: RoomId,
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        if let Wish::Open(settings) = &proposal.wish {
            let room = self.begin_life(id, proposal.at, settings, batch)?;
            return Ok(Some(Verdict { answer: Answer::Here, room: Some(room) }));
        }
        let outcome = apply(&mut RoomState::default(), &Facts::default(), proposal);
        Ok(outcome.answer.map(|answer| Verdict { answer, room: None }))
    }

    /// Opens a room, or opens it once more with an empty log.
    fn begin_life(
        &mut self,
        id: RoomId,
        at: Millis,
        settings: &Settings,
        batch: &mut Batch,
    ) -> Result<Arc<Room>, LogError> {
        let life = self.log.begin_life(id, &settings.epoch)?;
        let mut state = RoomState::default();
        let open = Proposal { at, wish: Wish::Open(settings.clone()) };
        let opened = apply(&mut state, &Facts::default(), &open);
        let view = state.view(id).ok_or(LogError::Damaged(life))?;
        let loading = Loading { life, now: self.edge.uptime(), ..Loading::default() };
        let room = Arc::new(Room::new(settings.clone(), view, loading));
        let mut newest = Newest::default();
        let appended = opened
            .record
            .iter()
            .map(|record| append((&mut self.log, &mut self.recent), (life, &mut newest), record));
        let entries = appended.collect::<Result<_, _>>()?;
        batch.begun.push((id, Arc::clone(&room), entries));
        self.loaded.insert(id, Loaded::new(state, Arc::clone(&room), newest, self.log.is_clustered()));
        Ok(room)
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

    /// Nothing of the batch was stored: what the rules made of it is forgotten too.
    fn give_up(&mut self, batch: &Batch) {
        self.recent.roll_back(self.log.roll_back());
        let changed = batch.changes.iter().map(|change| change.id);
        let begun = batch.begun.iter().map(|(id, ..)| *id);
        for id in changed.chain(begun) {
            self.loaded.remove(&id);
        }
    }
}

fn append(
    (log, recent): (&mut Log, &mut Recent),
    (life, newest): (i64, &mut Newest),
    record: &Record,
) -> Result<Entry, LogError> {
    let entry = Entry::new(&record.event);
    let pos = log.append(life, &entry, record)?;
    recent.push((pos, life, entry.seq()), record.signed(), newest);
    Ok(entry)
}
