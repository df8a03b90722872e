//! What is older than it is kept (`--keep-days`): its text leaves the log, a piece at a time, and rooms begin, for those who
//! read, with the first event that is kept.
//!
//! Numbers stay: a `gone` stands at each, as after a recall. What is still to go, also after a kill, the log itself says.

use std::collections::HashMap;

use shared::{Event, Fact, Millis, RoomId, Seq};

use crate::config::{EXPIRE_BLOCKS, EXPIRE_EVERY, EXPIRE_PLACES, EXPIRE_ROOMS, millis};
use crate::room::Room;
use crate::room::acts::expired;
use crate::room::tail::Entry;
use crate::store::LogError;

use super::batch::Batch;
use super::loaded;
use super::timer::is_due;
use super::writer::Writer;

/// How far the rooms have been looked through.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    /// When the last round began, as uptime.
    began: Option<Millis>,
    /// The life that was looked at last; nothing between two rounds.
    last: Option<i64>,
    /// Of each life: what stands before this number has no text any more.
    done: HashMap<i64, Seq>,
}

impl Writer {
    /// Looks through the next few rooms, and deletes a piece of what is too old there.
    ///
    /// # Errors
    /// If log or index cannot be used; then nothing of the piece is deleted.
    pub(super) fn expire(&mut self) -> Result<(), LogError> {
        let Some(before) = self.kept_since() else { return Ok(()) };
        let (uptime, every) = (self.edge.uptime(), millis(EXPIRE_EVERY));
        if self.expiry.last.is_none() && !is_due(&mut self.expiry.began, uptime, every) {
            return Ok(());
        }
        for _ in 0..EXPIRE_ROOMS {
            self.expiry.last = self.index.life_after(self.expiry.last.unwrap_or_default())?;
            let Some(life) = self.expiry.last else { break };
            let Some(id) = self.log.room(life)? else { continue };
            if self.expire_in(id, life, before)? {
                // There may be more of it: on with this room at the next ring.
                self.expiry.last = Some(life - 1);
                break;
            }
        }
        Ok(())
    }

    /// Whether the sweep has come as far as this number of a room.
    #[cfg(test)]
    pub(super) fn is_expired_up_to(&self, room: RoomId, seq: Seq) -> bool {
        let life = self.log.life(room).ok().flatten();
        life.and_then(|life| self.expiry.done.get(&life)).is_some_and(|done| seq <= *done)
    }

    /// What was said before is not kept.
    fn kept_since(&self) -> Option<Millis> {
        let keep = self.config.keep?;
        Some(Millis(self.edge.steady().0.saturating_sub(millis(keep))))
    }

    /// Lets a room that was just loaded begin with what is kept.
    ///
    /// # Errors
    /// If log or index cannot be read.
    pub(super) fn begin_with_kept(&mut self, room: &Room) -> Result<(), LogError> {
        if let Some(before) = self.kept_since() {
            room.begin_with(self.first_kept(room.life(), before, room.first_kept())?);
        }
        Ok(())
    }

    /// Lets loaded rooms begin with what is kept now, each of them once a minute: nobody is shown what the sweep has not reached yet.
    pub(super) fn begin_rooms_with_kept(&mut self) {
        if self.config.keep.is_none() {
            return;
        }
        let (uptime, every) = (self.edge.uptime(), millis(EXPIRE_EVERY));
        for (_, room) in self.rooms.all() {
            let Some(loaded) = self.loaded.get_mut(&room.id()) else { continue };
            if is_due(&mut loaded.kept_looked, uptime, every)
                && let Err(error) = self.begin_with_kept(&room)
            {
                tracing::error!(error = &error as &dyn std::error::Error, "what is kept was not looked for");
            }
        }
    }

    /// Whether there was anything to look at in this room.
    fn expire_in(&mut self, id: RoomId, life: i64, before: Millis) -> Result<bool, LogError> {
        let room = self.rooms.get(id).filter(|room| room.life() == life);
        let from = self.expiry.done.get(&life).copied().unwrap_or(Seq(1));
        let first = self.first_kept(life, before, from)?;
        if let Some(room) = &room {
            room.begin_with(first);
        }
        if first <= from || self.following.is_forgetting() {
            return Ok(false);
        }
        // What was deleted before the server started, the index passes over in large steps.
        let passed = self.index.without_text(life, from, first.min(Seq(from.0 + EXPIRE_BLOCKS)))?;
        if from < passed {
            self.expiry.done.insert(life, passed);
            return Ok(true);
        }
        let to = first.min(Seq(from.0 + EXPIRE_PLACES));
        let (rewrites, old) = self.rewritten(life, (from, to))?;
        if !rewrites.is_empty() {
            let mut batch = Batch::default();
            if let Some(room) = room {
                batch.change(id, &room).rewrites = rewrites;
            }
            self.publish(batch);
            self.rooms.courier.call(Vec::new());
            self.checkpoints.wrote(0);
        }
        if !old.is_empty() {
            self.following.forget(old.into_iter().map(|seq| (life, seq)));
        }
        self.expiry.done.insert(life, to);
        Ok(true)
    }

    /// Stores what stands in the place of the messages from a number on and before another one; and the numbers of all that was
    /// there.
    fn rewritten(&mut self, life: i64, (from, to): (Seq, Seq)) -> Result<(Vec<Entry>, Vec<Seq>), LogError> {
        let (mut events, mut numbers) = (Vec::new(), Vec::new());
        for (seq, pos) in self.index.places(life, from, to)? {
            let Some(message) = self.log.event(pos)? else { continue };
            // The index may know what the log does not have any more: after a kill.
            numbers.push(seq);
            if !matches!(message.fact, Fact::Said { .. }) {
                continue;
            }
            let edit = message.newest_edit().map(|seq| self.at(life, seq)).transpose()?.flatten();
            let edit_pos = edit.as_ref().map(|(pos, _)| *pos);
            let gone = expired(&message, edit.as_ref().map(|(_, event)| event));
            events.extend([Some(pos), edit_pos].into_iter().flatten().zip(gone));
        }
        if events.is_empty() {
            return Ok((Vec::new(), numbers));
        }
        self.log.begin()?;
        let entries = events.iter().map(|(pos, event)| {
            let entry = Entry::new(event);
            self.log.rewrite(*pos, &entry, event).map(|()| entry)
        });
        let entries = entries.collect::<Result<_, _>>()?;
        self.log.commit()?;
        Ok((entries, numbers))
    }

    /// The event with this number, and where it is.
    fn at(&mut self, life: i64, seq: Seq) -> Result<Option<(i64, Event)>, LogError> {
        let recent = || self.recent.of(life, self.recent.newest(life));
        let Some(pos) = loaded::place((life, seq), &self.index, recent)? else { return Ok(None) };
        Ok(self.log.event(pos)?.map(|event| (pos, event)))
    }

    /// The first number that is kept, which is not before `from`; behind the last one that is indexed if none is. Times never fall
    /// within a room.
    fn first_kept(&mut self, life: i64, before: Millis, from: Seq) -> Result<Seq, LogError> {
        let (mut low, mut high) = (from.0.max(1), self.index.last(life)?.0 + 1);
        // Mostly it is the one that it was.
        let mut middle = low;
        while low < high {
            let old = self.at(life, Seq(middle))?.is_some_and(|(_, event)| event.at < before);
            if old {
                low = middle + 1;
            } else {
                high = middle;
            }
            middle = low.midpoint(high);
        }
        Ok(Seq(low))
    }
}
