//! The ledger's thread: decide, store, publish, answer — in this order, for everything that arrived meanwhile.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use shared::{Code, Epoch, Fact, Limits, Millis, RoomId};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::config::{BATCH_BYTES, BATCH_REQUESTS, Config, millis};
use crate::edge::Edge;
use crate::room::Room;
use crate::room::presence::Silence;
use crate::room::proposal::{Answer, Facts, Outcome, Proposal, Settings, Wish};
use crate::room::state::{RoomState, apply};
use crate::room::tail::Entry;
use crate::rooms::Rooms;

use super::batch::{Batch, Verdict};
use super::checkpoints::Checkpoints;
use super::log::{Log, LogError};
use super::{Reply, Request, Seated};

/// Everything the thread owns.
#[derive(Debug)]
pub(super) struct Writer {
    log: Log,
    config: Config,
    edge: Arc<Edge>,
    rooms: Arc<Rooms>,
    loaded: HashMap<RoomId, Loaded>,
    checkpoints: Checkpoints,
    /// Something was committed since the timer last rang.
    busy: bool,
}

#[derive(Debug)]
struct Loaded {
    state: RoomState,
    room: Arc<Room>,
    /// When somebody was last told that no seat is free, as uptime.
    refused_at: Option<Millis>,
}

impl Writer {
    pub(super) fn new(log: Log, config: Config, edge: Arc<Edge>, rooms: Arc<Rooms>) -> Self {
        Self {
            log,
            config,
            edge,
            rooms,
            loaded: HashMap::new(),
            checkpoints: Checkpoints::default(),
            busy: false,
        }
    }

    /// Makes sure the lobby exists and is loaded.
    pub(super) fn open_lobby(&mut self) -> Result<(), LogError> {
        let settings = Settings::lobby(Epoch::new(&self.edge.random()), millis(self.config.lobby_hold));
        let open = Proposal { at: self.edge.now(), wish: Wish::Open(settings) };
        self.store(std::iter::once((RoomId::Lobby, &open)))?;
        self.load(RoomId::Lobby)?;
        Ok(())
    }

    /// Works until it is told to finish; then takes what is still waiting, and ends.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>, finish: &CancellationToken) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime without I/O needs nothing that can be missing");
        runtime.block_on(async {
            let mut timer = tokio::time::interval(self.config.timer_every);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut waiting = Vec::new();
            loop {
                tokio::select! {
                    taken = requests.recv_many(&mut waiting, BATCH_REQUESTS) => match taken {
                        0 => break,
                        _ => self.take(&mut waiting),
                    },
                    _ = timer.tick() => self.tick(),
                    () = finish.cancelled(), if !requests.is_closed() => requests.close(),
                }
            }
        });
        self.checkpoints.finish(&mut self.log);
    }

    /// Decides, stores, publishes and answers everything that waits, in as many batches as its size asks for.
    fn take(&mut self, waiting: &mut Vec<Request>) {
        while !waiting.is_empty() {
            match self.store(waiting.iter().map(|request| (request.room, &request.proposal))) {
                Ok(verdicts) => {
                    for (request, verdict) in waiting.drain(..verdicts.len()).zip(verdicts) {
                        self.answer(request, verdict);
                    }
                    // Not only when the timer rings: past its usual length the file would grow.
                    self.checkpoints.look(&mut self.log, false, self.edge.uptime());
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "nothing could be stored");
                    for request in waiting.drain(..) {
                        request.reply.send(Box::new(Reply::Refused(Code::Overloaded, request.id, None)));
                    }
                }
            }
        }
    }

    /// One batch: decides the first of `proposals`, stores all that they come to at once, and publishes it.
    fn store<'a>(
        &mut self,
        proposals: impl Iterator<Item = (RoomId, &'a Proposal)>,
    ) -> Result<Vec<Option<Verdict>>, LogError> {
        let mut batch = Batch::default();
        let mut verdicts = Vec::new();
        let stored = self.log.begin().and_then(|()| {
            for (id, proposal) in proposals {
                verdicts.push(self.decide(id, proposal, &mut batch)?);
                if batch.bytes >= BATCH_BYTES {
                    break;
                }
            }
            self.log.commit()
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
        id: RoomId,
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        match self.load(id) {
            Ok(true) => {}
            Ok(false) => return self.decide_unknown(id, proposal, batch),
            // One room that makes no sense must not stop the others; anything else is the whole log's trouble.
            Err(error @ LogError::Damaged(_)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a room could not be read");
                let answer = Answer::Refused { code: Code::Overloaded, id: None, retry_after_ms: None };
                return Ok(Some(Verdict { answer, room: None }));
            }
            Err(error) => return Err(error),
        }
        let Loaded { state, room, refused_at } = self.loaded.get_mut(&id).expect("it was just loaded");
        let asks = state.asks(proposal);
        let facts = Facts {
            stored: match asks.id {
                Some((by, message)) => self.log.stored(room.life(), by, message)?,
                None => None,
            },
            ..self.log.target(room.life(), asks.target)?
        };
        let Outcome { records, rewrites, answer, afresh } = apply(state, &facts, proposal);
        if matches!(answer, Some(Answer::Refused { code: Code::RoomFull, .. })) {
            *refused_at = Some(self.edge.uptime());
        }
        let verdict = answer.map(|answer| Verdict { answer, room: Some(Arc::clone(room)) });
        if !records.is_empty() {
            let mut bytes = 0;
            let change = batch.change(id, room);
            for record in &records {
                let entry = Entry::new(&record.event);
                self.log.append(room.life(), &entry, record)?;
                bytes += entry.json().len();
                change.view |= changes_view(&record.event.fact);
                change.entries.push(entry);
            }
            for event in &rewrites {
                let entry = Entry::new(event);
                self.log.rewrite(room.life(), &entry, event)?;
                change.rewrites.push(entry);
            }
            batch.bytes += bytes;
        }
        if let Some(settings) = afresh {
            let over = room.life();
            let last = state.view();
            batch.close(id, last);
            self.begin_life(id, proposal.at, &settings, batch)?;
            self.log.end_life(over)?;
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
        let outcome = apply(&mut RoomState::new(id), &Facts::default(), proposal);
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
        let mut state = RoomState::new(id);
        let open = Proposal { at, wish: Wish::Open(settings.clone()) };
        let opened = apply(&mut state, &Facts::default(), &open);
        let mut newest = Vec::new();
        for record in &opened.records {
            let entry = Entry::new(&record.event);
            self.log.append(life, &entry, record)?;
            newest.push(entry);
        }
        let view = state.view().ok_or(LogError::Damaged(0))?;
        let room = Arc::new(Room::new(life, settings.clone(), self.edge.uptime(), view, newest));
        batch.begun.push((id, Arc::clone(&room)));
        self.loaded.insert(id, Loaded { state, room: Arc::clone(&room), refused_at: None });
        Ok(room)
    }

    /// Rebuilds a room from its log; whether it exists.
    fn load(&mut self, id: RoomId) -> Result<bool, LogError> {
        if self.loaded.contains_key(&id) {
            return Ok(true);
        }
        let Some(life) = self.log.life(id)? else {
            return Ok(false);
        };
        let mut state = RoomState::new(id);
        let mut newest = VecDeque::new();
        self.log.read(life, |record| {
            state.fold(&record);
            newest.push_back(Entry::new(&record.event));
            if newest.len() > NEWEST_LOADED {
                newest.pop_front();
            }
        })?;
        let (Some(settings), Some(view)) = (state.settings().cloned(), state.view()) else {
            return Err(LogError::Damaged(0));
        };
        // After a failed commit the sessions go on with the room they have: nothing of the batch reached it.
        let room = self.rooms.get(id).filter(|room| room.life() == life).unwrap_or_else(|| {
            let room = Room::new(life, settings, self.edge.uptime(), view, newest.into());
            Arc::new(room)
        });
        self.rooms.put(id, Arc::clone(&room));
        self.loaded.insert(id, Loaded { state, room, refused_at: None });
        Ok(true)
    }

    /// The one place from which events leave: what it is given is stored.
    fn publish(&mut self, batch: Batch) {
        if !batch.changes.is_empty() || !batch.begun.is_empty() {
            self.busy = true;
            self.checkpoints.wrote(batch.bytes);
        }
        for (index, mut change) in batch.changes.into_iter().enumerate() {
            let current = batch.current.get(&change.id) == Some(&index);
            if change.view && current {
                change.over = self.loaded.get(&change.id).and_then(|loaded| loaded.state.view());
            }
            change.room.publish(change.entries, change.rewrites, change.over);
        }
        for (id, room) in batch.begun {
            self.rooms.put(id, room);
        }
    }

    fn answer(&self, request: Request, verdict: Option<Verdict>) {
        let Some(Verdict { answer, room }) = verdict else {
            return;
        };
        let reply = match answer {
            Answer::Here => Reply::Here,
            Answer::Seated { standing, name, host } => {
                let Some(room) = room else { return };
                let connection = room.enter(standing, &self.edge);
                Reply::Seated(Seated { connection, name, host, limits: Limits::DEFAULT })
            }
            Answer::Stored { id, seq } => Reply::Stored(id, seq),
            Answer::Refused { code, id, retry_after_ms } => {
                Reply::Refused(code, id.or(request.id), retry_after_ms)
            }
        };
        request.reply.send(Box::new(reply));
    }

    /// Nothing of the batch was stored: what the rules made of it is forgotten too.
    fn give_up(&mut self, batch: &Batch) {
        self.log.roll_back();
        for id in batch.changes.iter().map(|change| change.id).chain(batch.begun.iter().map(|(id, _)| *id)) {
            self.loaded.remove(&id);
        }
    }

    /// What time brings: people are shown as gone, seats are freed, the log is checkpointed.
    fn tick(&mut self) {
        let uptime = self.edge.uptime();
        let mut due = Vec::new();
        for (id, room) in self.rooms.all() {
            room.settle(uptime, millis(self.config.presence_grace));
            due.extend(self.overdue(&room, id, uptime).into_iter().map(|proposal| (id, proposal)));
        }
        if !due.is_empty()
            && let Err(error) = self.store(due.iter().map(|(id, proposal)| (*id, proposal)))
        {
            tracing::error!(error = &error as &dyn std::error::Error, "no seat could be freed");
        }
        let quiet = !std::mem::take(&mut self.busy);
        self.checkpoints.look(&mut self.log, quiet, uptime);
    }

    /// A proposal for each seat whose holder was silent for too long.
    fn overdue(&self, room: &Room, id: RoomId, uptime: Millis) -> Vec<Proposal> {
        let hold = room.settings().hold_ms;
        let silence_max = millis(self.config.lobby_silence);
        let refused_at = self.loaded.get(&id).and_then(|loaded| loaded.refused_at);
        let allowed = |silence: &Silence| {
            let wanted = room.settings().restarts && refused_at.is_some_and(|at| at > silence.since);
            if silence.connected { wanted.then_some(silence_max) } else { Some(hold) }
        };
        let now = self.edge.now();
        let silences = room.silences().into_iter();
        let overdue = silences.filter_map(|(member, silence)| {
            let allowed = allowed(&silence)?;
            let since = Millis(now.0.saturating_sub(allowed));
            let away = Wish::Away { member, since, fresh: Epoch::new(&self.edge.random()) };
            let due = silence.since.0.saturating_add(allowed) <= uptime.0;
            due.then_some(Proposal { at: now, wish: away })
        });
        overdue.collect()
    }
}

/// Events of a room that is loaded go back into memory up to this number; the tail bounds them in bytes as well.
const NEWEST_LOADED: usize = 1_024;

/// Whether sessions must look at the room anew.
const fn changes_view(fact: &Fact) -> bool {
    matches!(fact, Fact::Joined { .. } | Fact::Left { .. } | Fact::Locked { .. } | Fact::Set { .. })
}
