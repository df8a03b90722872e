//! What time brings: people are shown as gone, seats are freed, marks are stored, rooms are unloaded and cleared away. What
//! becomes too old is in `expiry`.

use std::sync::atomic::Ordering;

use shared::{Millis, RoomId};

use crate::clock;
use crate::config::{DELETE_RECORDS, STORE_TIME_EVERY, millis};
use crate::logging::Mark;
use crate::room::proposal::{Proposal, Wish};

use super::batch::Within;
use super::writer::Writer;
use crate::store::LogError;

/// When what is not done at every ring was last done, as uptime.
#[derive(Debug, Default)]
pub(super) struct Timer {
    marks: Option<Millis>,
    never_joined: Option<Millis>,
    time: Option<Millis>,
}

/// Who always holds on to a loaded room: the list of rooms, the ledger, and the timer while it looks.
const HOLDERS: usize = 3;

impl Writer {
    /// Does what is due.
    pub fn tick(&mut self) {
        let (recalls_looked_for, never_joined) = (self.recalls_looked_for, self.timer.never_joined);
        if self.is_index_stuck() {
            return self.tidy();
        }
        let due = self.due(true);
        let steps = due.iter().map(|(id, proposal)| (*id, Within::Any, proposal));
        if !due.is_empty()
            && let Err(error) = self.store(steps, |_, _| Ok(()))
        {
            // It is looked for once more: nothing of it was stored.
            (self.recalls_looked_for, self.timer.never_joined) = (recalls_looked_for, never_joined);
            tracing::error!(error = &error as &dyn std::error::Error, "no seat could be freed");
        }
        self.tidy();
    }

    /// Shows people as gone, unloads rooms, and finds out what is to be proposed since nobody else will. Seats are freed only
    /// if it is `known` who is connected, on other nodes too.
    pub(super) fn due(&mut self, known: bool) -> Vec<(RoomId, Proposal)> {
        let uptime = self.edge.uptime();
        let mut due = Vec::new();
        for (id, room) in self.rooms.all() {
            room.settle(uptime, millis(self.config.presence_grace));
            let Some(loaded) = self.loaded.get_mut(&id) else {
                due.extend(self.reload(id).into_iter().map(|proposal| (id, proposal)));
                continue;
            };
            let mut overdue = if known { loaded.overdue(&self.config, &self.edge) } else { Vec::new() };
            let idle = millis(self.config.unload_after);
            let may_go = overdue.is_empty() && id != RoomId::Lobby && loaded.may_go(uptime, idle, HOLDERS);
            if may_go && self.rooms.unload(id, HOLDERS) {
                self.unload(id);
            }
            match self.recalls_due(id) {
                Ok(recalls) => overdue.extend(recalls),
                Err(error) => {
                    let (room, error) = (Mark::of(id), &error as &dyn std::error::Error);
                    tracing::error!(%room, error, "messages of a removed member could not be looked for");
                }
            }
            due.extend(overdue.into_iter().map(|proposal| (id, proposal)));
        }
        match self.room_to_recall_in() {
            Ok(found) => due.extend(found),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "rooms with messages to recall could not be looked for");
            }
        }
        if is_due(&mut self.timer.never_joined, uptime, millis(self.config.never_joined_every)) {
            due.extend(self.never_joined().unwrap_or_else(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "old rooms were not looked for");
                Vec::new()
            }));
        }
        due
    }

    /// Stores marks, clears away what is no more, and sees to the files.
    pub(super) fn tidy(&mut self) {
        let uptime = self.edge.uptime();
        self.edge.observe();
        if is_due(&mut self.timer.time, uptime, millis(STORE_TIME_EVERY)) {
            self.store_time();
        }
        if is_due(&mut self.timer.marks, uptime, millis(self.config.marks_every)) {
            self.store_marks();
        }
        self.forget_former();
        if let Err(error) = self.clear_away() {
            self.log.roll_back();
            tracing::error!(error = &error as &dyn std::error::Error, "a room was not cleared away");
        }
        self.begin_rooms_with_kept();
        if let Err(error) = self.expire() {
            self.log.roll_back();
            tracing::error!(error = &error as &dyn std::error::Error, "what is too old was not deleted");
        }
        let quiet = !std::mem::take(&mut self.busy);
        self.checkpoints.look(&mut self.log, quiet, uptime);
        self.gauge.store(self.behind(), Ordering::Relaxed);
    }

    /// Reads a room again that a failed batch was about. The seats whose time is over.
    fn reload(&mut self, id: RoomId) -> Vec<Proposal> {
        match self.load(id) {
            Ok(overdue) => overdue.unwrap_or_default(),
            Err(error) => {
                let (room, error) = (Mark::of(id), &error as &dyn std::error::Error);
                tracing::error!(%room, error, "a room could not be read again");
                Vec::new()
            }
        }
    }

    /// Stores the steady time, by which the next server tells whether its clock is plausible.
    pub(super) fn store_time(&self) {
        if let Err(error) = clock::write(&self.config.data, self.edge.steady()) {
            tracing::warn!(%error, "the time could not be stored");
        }
    }

    /// Stores what is known of members beside the log.
    pub(super) fn store_marks(&mut self) {
        let (now, uptime, grace) =
            (self.edge.steady(), self.edge.uptime(), millis(self.config.presence_grace));
        let rooms = self.rooms.all();
        let taken: Vec<_> =
            rooms.iter().map(|(_, room)| (room, room.take_unsaved(now, uptime, grace))).collect();
        if taken.iter().all(|(_, marks)| marks.is_empty()) {
            return;
        }
        let stored = self.log.begin().and_then(|()| {
            for (room, marks) in &taken {
                marks.iter().try_for_each(|(member, mark)| self.log.mark(room.life(), *member, mark))?;
            }
            self.log.commit()
        });
        match stored {
            Ok(()) => self.checkpoints.wrote(0),
            Err(error) => {
                self.log.roll_back();
                tracing::error!(error = &error as &dyn std::error::Error, "no marks could be stored");
                for (room, marks) in &taken {
                    room.put_unsaved(marks.iter().map(|(member, _)| *member));
                }
            }
        }
    }

    fn never_joined(&self) -> Result<Vec<(RoomId, Proposal)>, LogError> {
        let now = self.edge.now();
        let before = Millis(self.edge.steady().0.saturating_sub(millis(self.config.never_joined_after)));
        let mut due = Vec::new();
        for life in self.index.never_joined(before)? {
            let room = self.log.room(life)?.filter(|room| *room != RoomId::Lobby);
            due.extend(room.map(|room| (room, Proposal { at: now, wish: Wish::Expire })));
        }
        Ok(due)
    }

    /// Deletes a piece of what lives that are over have left.
    fn clear_away(&mut self) -> Result<(), LogError> {
        let places = self.index.ended(DELETE_RECORDS)?;
        if places.is_empty() {
            return Ok(());
        }
        self.log.begin()?;
        self.log.delete(places.iter().map(|(_, _, pos)| *pos))?;
        self.log.commit()?;
        self.checkpoints.wrote(0);
        self.following.wake();
        Ok(())
    }
}

/// Whether it is time again.
pub(super) fn is_due(last: &mut Option<Millis>, uptime: Millis, every_ms: u64) -> bool {
    let due = last.is_none_or(|last| last.0.saturating_add(every_ms) <= uptime.0);
    if due {
        *last = Some(uptime);
    }
    due
}
