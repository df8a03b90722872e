//! The rooms the ledger has in memory: loaded when somebody asks for them, unloaded when nobody is there.
//!
//! Only the ledger's thread loads and unloads, so no joiner can meet a room that is on its way out.

use std::collections::HashMap;
use std::sync::Arc;

use shared::{Epoch, MemberId, Millis, RoomId, Seq};

use crate::clock::{RoomClock, Times};
use crate::config::{Config, millis};
use crate::edge::Edge;
use crate::names::Folded;
use crate::room::marks::Mark;
use crate::room::presence::Silence;
use crate::room::proposal::{Asks, Facts, Proposal, Record, StoredId, Wish};
use crate::room::state::{RoomState, decide};
use crate::room::{Loading, Room};
use crate::rooms::Rooms;
use crate::store::LogError;
use crate::store::index::{Fate, Index};
use crate::store::log::Log;

use super::former::Former;
use super::recent::{Newest, Of, Recent};
use super::removals::Removals;

/// A room in memory: as the rules see it, and as sessions do.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) state: RoomState,
    pub(super) room: Arc<Room>,
    /// Its newest record that may not be in the index.
    pub(super) newest: Newest,
    /// Whose messages are still to be recalled.
    pub(super) removals: Removals,
    /// Former members in memory.
    pub(super) former: Former,
    /// The room's time, where this machine alone decides.
    pub(super) clock: Option<RoomClock>,
    /// When somebody was last told that no seat is free, as uptime.
    pub(super) refused_at: Option<Millis>,
    /// When it was last looked which of its events are kept, as uptime.
    pub(super) kept_looked: Option<Millis>,
    /// Since when nobody is there, as uptime.
    idle_since: Option<Millis>,
}

impl Loaded {
    /// A room as it was stored before `now` in this log; people's time was not set back since the other time.
    pub(super) fn new(
        state: RoomState,
        room: Arc<Room>,
        (newest, (now, since)): (Newest, (Times, Millis)),
        log: &Log,
    ) -> Self {
        let removals = Removals::of(&state, log.is_clustered());
        let former = Former::of(&state, log.last());
        let clock = (!log.is_clustered()).then(|| RoomClock::load(state.last_at(), now, since));
        Self {
            state,
            room,
            newest,
            removals,
            former,
            clock,
            refused_at: None,
            kept_looked: None,
            idle_since: None,
        }
    }

    /// A proposal for each seat whose holder was silent for too long.
    pub(super) fn overdue(&self, config: &Config, edge: &Edge) -> Vec<Proposal> {
        let times = edge.times();
        let uptime = times.uptime;
        let now = self.clock.map_or(times.at, |clock| clock.now(times, self.state.last_at()));
        let silences = self.room.silences(uptime);
        let alone = silences.len() == 1;
        let away = |(member, silence): (MemberId, Silence)| {
            let allowed = self.may_be_silent(&silence, alone, config, uptime);
            let allowed = allowed.filter(|allowed| *allowed <= silence.lasts)?;
            let since = Millis(now.0.saturating_sub(allowed));
            let wish = Wish::Away { member, since, fresh: Epoch::new(&edge.random()) };
            Some(Proposal { at: now, wish })
        };
        // Time does not take the host's seat.
        let may_lose = |(member, _): &(MemberId, Silence)| !self.state.is_host(*member);
        // Who came a moment ago on another node is known to the rules first.
        let frees = |proposal: &Proposal| decide(&self.state, &Facts::default(), proposal).record.is_some();
        silences.into_iter().filter(may_lose).filter_map(away).filter(frees).collect()
    }

    /// For how many milliseconds a member may be silent and keeps its seat; for ever if there is nothing. `alone` is whether no
    /// other seat is taken.
    fn may_be_silent(&self, silence: &Silence, alone: bool, config: &Config, uptime: Millis) -> Option<u64> {
        let settings = self.room.settings();
        let wanted_for = self.refused_at.map(|at| uptime.0.saturating_sub(at.0));
        let wanted = settings.restarts && wanted_for.is_some_and(|since| since < silence.lasts);
        if silence.connected {
            return wanted.then(|| millis(config.lobby_silence));
        }
        // Nobody waits for somebody who was alone, and who comes back without a token wants the name.
        let short = (settings.restarts && alone).then(|| millis(config.lobby_hold_alone));
        Some(short.map_or(settings.hold_ms, |short| short.min(settings.hold_ms)))
    }

    /// In how many milliseconds a name in the lobby is free, if its holder does not come back. Nothing is said of rooms by link:
    /// seats are kept there for weeks.
    pub(super) fn name_is_free_in(&self, name: &Folded, config: &Config, edge: &Edge) -> Option<u64> {
        if !self.room.settings().restarts {
            return None;
        }
        let uptime = edge.uptime();
        let holder = self.state.holder_of(name)?;
        let silences = self.room.silences(uptime);
        let (_, silence) =
            silences.iter().find(|(member, silence)| *member == holder && !silence.connected)?;
        let kept_for = self.may_be_silent(silence, silences.len() == 1, config, uptime)?;
        // The timer frees it at its next ring.
        Some(kept_for.saturating_sub(silence.lasts).saturating_add(millis(config.timer_every)))
    }

    /// Whether nobody has been there for `idle_ms`, nobody holds on to the room, and nothing is to be recalled in it. `holders` are those who always do.
    pub(super) fn may_go(&mut self, uptime: Millis, idle_ms: u64, holders: usize) -> bool {
        if !self.removals.is_empty() || !self.room.is_idle() || Arc::strong_count(&self.room) > holders {
            self.idle_since = None;
            return false;
        }
        let since = *self.idle_since.get_or_insert(uptime);
        since.0.saturating_add(idle_ms) <= uptime.0
    }
}

/// Reads a room from what is kept of it, if it exists. It is not in the list of rooms yet, unless it was.
pub(super) fn load(
    id: RoomId,
    (log, index, recent): (&mut Log, &Index, &Recent),
    (rooms, edge): (&Rooms, &Edge),
) -> Result<Option<Loaded>, LogError> {
    let Some(life) = log.life(id)? else { return Ok(None) };
    let moment = index.moment()?;
    let kept = index.room_in_use(life)?;
    if kept.fate != Fate::Lives {
        return Err(LogError::Damaged(life));
    }
    let mut state = kept.head.map_or_else(RoomState::default, |head| RoomState::restore(head, kept.members));
    let indexed = state.tail();
    let mut read = Ok(());
    log.read(life, kept.pos, |record| {
        if read.is_ok() {
            read = fold(&mut state, record, (index, life));
        }
    })?;
    read?;
    drop(moment);
    let newest = if state.tail() > indexed { recent.newest(life) } else { Newest::default() };
    log.seen(life)?.into_iter().for_each(|(member, at)| state.saw(member, at));
    let (Some(settings), Some(view)) = (state.settings().cloned(), state.view(id)) else {
        return Err(LogError::Damaged(life));
    };
    let times = (edge.times(), edge.since());
    // After a failed commit the sessions go on with the room they have: nothing of the batch reached it.
    if let Some(room) = rooms.get(id).filter(|room| room.life() == life) {
        // Former members who were in memory are not any more. Their marks are read again with them.
        room.retain_marks(|member| state.members().get(member).is_some());
        return Ok(Some(Loaded::new(state, room, (newest, times), log)));
    }
    let Times { steady: now, uptime, .. } = times.0;
    // Those who do not sit are in memory for a reason, and may come back: their marks are not to be stored anew as nothing.
    let known = state.members().iter().map(|(number, _)| number);
    let marks: HashMap<_, _> =
        known.map(|member| Ok((member, log.mark_of(life, member)?))).collect::<Result<_, LogError>>()?;
    // Who was connected when the server ended has been away since it came back.
    let away = |mark: &Mark| mark.away.map_or(uptime.0, |at| now.0.saturating_sub(at.0));
    let absent = marks.iter().map(|(member, mark)| (*member, away(mark))).collect();
    let read = marks.iter().map(|(member, mark)| (*member, mark.read)).collect();
    let room = Room::new(settings, view, Loading { life, tail: state.tail(), now: uptime, read, absent });
    // From now on it is stored since when these are away: another restart must not begin to count anew.
    let seated = room.silences(uptime).into_iter().map(|(member, _)| member);
    room.put_unsaved(seated.filter(|member| marks.get(member).is_none_or(|mark| mark.away.is_none())));
    let room = Arc::new(room);
    Ok(Some(Loaded::new(state, room, (newest, times), log)))
}

/// Takes one more record of the log, and before it the former members whom it concerns.
fn fold(state: &mut RoomState, record: &Record, (index, life): (&Index, i64)) -> Result<(), LogError> {
    for (number, member) in index.former_of(life, state, record)? {
        state.remember(number, member);
    }
    state.fold(record);
    Ok(())
}

/// What the rules need from storage, the batch's own records included.
pub(super) fn look_up(
    asks: &Asks,
    life: i64,
    (log, index, recent): (&mut Log, &Index, Of<'_>),
) -> Result<Facts, LogError> {
    let stored = match asks.id {
        Some((by, id)) => match recent.signed(by, id) {
            Some(found) => Some(found),
            None => log.signed(&index.with_id(life, by, &id)?, life, (by, id))?,
        },
        None => None,
    };
    if stored.is_none() && asks.target.is_none() {
        return Ok(Facts::default());
    }
    let place = |seq| place((life, seq), index, || recent);
    let mut with_edit = |pos: Option<i64>| {
        let mut at = |pos: Option<i64>| pos.map_or(Ok(None), |pos| log.record(pos));
        let record = at(pos)?;
        let edit = record.as_ref().and_then(|record| record.event.newest_edit());
        let edit = at(edit.map(place).transpose()?.flatten())?;
        Ok::<_, LogError>((record, edit))
    };
    let (target, edit) = with_edit(asks.target.map(place).transpose()?.flatten())?;
    let stored = match stored {
        Some((seq, pos)) => {
            let (record, edit) = with_edit(Some(pos))?;
            Some(StoredId { seq, bound: record.and_then(|record| record.bound(edit.as_ref())) })
        }
        None => None,
    };
    Ok(Facts { stored, target: target.map(|record| Box::new(record.event)), edit: edit.map(Box::new) })
}

/// The position of an event; `recent` is asked for where it is not indexed.
pub(super) fn place<'a>(
    (life, seq): (i64, Seq),
    index: &Index,
    recent: impl FnOnce() -> Of<'a>,
) -> Result<Option<i64>, LogError> {
    // Among the newest one looks from the last one back, and most of what is spoken of is older.
    Ok(index.place(life, seq)?.or_else(|| recent().place(seq)))
}
