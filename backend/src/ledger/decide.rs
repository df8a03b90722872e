//! Decides one command of a batch: reads all that the rules ask for, then changes memory and appends.
//!
//! While a command only reads, a failure concerns its room alone and leaves everything as it was. From the first change on, a
//! failure is the whole batch's, and the writer rolls it back: each room that was changed is in [`Batch::touched`].

use std::sync::Arc;

use shared::{Code, Millis, RoomId};

use crate::logging::Mark;
use crate::room::proposal::{Answer, End, Facts, Outcome, Proposal, Record, Settings, Wish};
use crate::room::state::{RoomState, apply, decide_at, seen};
use crate::room::tail::Entry;
use crate::room::{Loading, Room};
use crate::store::LogError;
use crate::store::index::Index;
use crate::store::log::Log;

use super::batch::{Batch, REWRITE_BYTES, Verdict, Within, changes_view};
use super::loaded::{self, Loaded};
use super::recent::{Newest, Of, Recent};
use super::writer::Writer;

/// What the rules say of a command, and where the events stand that are to be overwritten. Nothing was changed yet.
pub(super) struct Decided {
    pub(super) outcome: Outcome,
    /// One position for each of the outcome's rewrites.
    rewrites: Vec<i64>,
}

/// Reads what the rules ask for, and decides a command for a loaded room whose time is `now`.
///
/// # Errors
/// If log or index cannot be read.
pub(super) fn foresee(
    (state, life): (&RoomState, i64),
    (log, index, recent): (&mut Log, &Index, Of<'_>),
    (proposal, now): (&Proposal, Millis),
) -> Result<Decided, LogError> {
    let facts = loaded::look_up(&state.asks(proposal), life, (log, index, recent))?;
    let outcome = decide_at(state, &facts, &proposal.wish, now);
    let position = |seq| loaded::place((life, seq), index, || recent)?.ok_or(LogError::Damaged(life));
    let rewrites = outcome.rewrites.iter().map(|event| position(event.seq)).collect::<Result<_, _>>()?;
    Ok(Decided { outcome, rewrites })
}

impl Writer {
    /// Decides one command and appends what it comes to.
    ///
    /// # Errors
    /// If the batch cannot go on.
    pub(super) fn decide(
        &mut self,
        (id, within): (RoomId, Within<'_>),
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        let overdue = match self.load(id) {
            Ok(Some(overdue)) => overdue,
            Ok(None) => return self.decide_unknown(id, proposal, batch),
            Err(error) => return self.contain(id, error),
        };
        for proposal in &overdue {
            self.decide_loaded((id, Within::Any), proposal, batch)?;
        }
        self.decide_loaded((id, within), proposal, batch)
    }

    /// Loads the room, if it exists and is not in memory. Then there is a command for each seat whose time is over.
    ///
    /// # Errors
    /// If the room cannot be read.
    pub(super) fn load(&mut self, id: RoomId) -> Result<Option<Vec<Proposal>>, LogError> {
        if self.loaded.contains_key(&id) {
            return Ok(Some(Vec::new()));
        }
        let found = loaded::load(id, (&mut self.log, &self.index, &self.recent), (&self.rooms, &self.edge))?;
        let Some(mut loaded) = found else { return Ok(None) };
        self.begin_with_kept(&loaded.room)?;
        if let Some(clock) = self.clocks.remove(&loaded.room.life()) {
            loaded.clock = Some(clock);
        }
        self.rooms.put(id, Arc::clone(&loaded.room));
        // In a cluster the seats are freed in the stream's order.
        let overdue = if self.is_alone() { loaded.overdue(&self.config, &self.edge) } else { Vec::new() };
        self.loaded.insert(id, loaded);
        Ok(Some(overdue))
    }

    /// What a proposer is told whose room is damaged: the other rooms go on. Any other error is the whole batch's, and so is every
    /// error on a node of a cluster, where other nodes may be able to read the room and would decide otherwise.
    fn contain(&self, id: RoomId, error: LogError) -> Result<Option<Verdict>, LogError> {
        if !self.is_alone() || !error.is_damage() {
            return Err(error);
        }
        let (room, error) = (Mark::of(id), &error as &dyn std::error::Error);
        tracing::error!(%room, error, "a room could not be read");
        let answer = Answer::Refused { code: Code::Overloaded, id: None, retry_after_ms: None };
        Ok(Some(Verdict { answer, room: None }))
    }

    fn decide_loaded(
        &mut self,
        (id, within): (RoomId, Within<'_>),
        proposal: &Proposal,
        batch: &mut Batch,
    ) -> Result<Option<Verdict>, LogError> {
        if let Err(error) = self.remember_former(id, &proposal.wish) {
            return self.contain(id, error);
        }
        let Loaded { state, room, newest, refused_at, removals, former, clock, .. } =
            self.loaded.get_mut(&id).expect("it is in memory");
        // The seat went with its life: the session that speaks so is about to hear it.
        if !within.is_in(room) {
            return Ok(None);
        }
        // In a cluster the stream gives the time. Nearly always the proposer's clock is right.
        let last_at = state.last_at();
        let now = match clock {
            Some(clock) if clock.is_ahead() || proposal.at < last_at => clock.now(batch.now, last_at),
            _ => proposal.at,
        };
        let recent = self.recent.of(room.life(), *newest);
        let parts = (&mut self.log, &self.index, recent);
        let decided = foresee((state, room.life()), parts, (proposal, now));
        let Decided { outcome, rewrites } = match decided {
            Ok(decided) => decided,
            Err(error) => return self.contain(id, error),
        };
        // Memory changes from here on.
        let room = Arc::clone(room);
        let seen = seen(proposal, &outcome);
        if outcome.record.is_some() || outcome.end.is_some() || seen.is_some() {
            batch.touch(id);
        }
        state.apply_outcome(proposal, now, &outcome);
        if let Some(member) = seen
            && self.log.is_clustered()
        {
            self.log.saw(room.life(), member, now)?;
        }
        if matches!(outcome.answer, Some(Answer::Refused { code: Code::RoomFull, .. })) {
            *refused_at = Some(self.edge.uptime());
        }
        let verdict = outcome.answer.map(|answer| Verdict { answer, room: Some(Arc::clone(&room)) });
        if let Some(record) = outcome.record {
            removals.note(&record, state);
            if let Some(clock) = clock {
                clock.store(batch.now, (last_at, record.event.at));
            }
            let change = batch.change(id, &room);
            change.view |= changes_view(&record.event.fact);
            let entry = append((&mut self.log, &mut self.recent), (room.life(), newest), &record)?;
            former.note(&record, self.log.last());
            let bytes = entry.json().len();
            change.entries.push(entry);
            for (event, pos) in outcome.rewrites.iter().zip(&rewrites) {
                let entry = Entry::new(event);
                self.log.rewrite(*pos, &entry, event)?;
                change.rewrites.push(entry);
            }
            batch.bytes += bytes + rewrites.len() * REWRITE_BYTES;
        }
        match outcome.end {
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

    /// Decides a command for a room that does not exist: only opening it changes anything.
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
        batch.touch(id);
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
        let times = (batch.now, self.edge.since());
        let loaded = Loaded::new(state, Arc::clone(&room), (newest, times), &self.log);
        self.loaded.insert(id, loaded);
        Ok(room)
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
