//! What a batch of the follower changes of one room, and how that is stored.

use rusqlite::{Connection, params};
use shared::{MemberId, MessageId, Seq};

use crate::room::members::Members;
use crate::room::proposal::Record;
use crate::room::state::RoomState;
use crate::store::IndexError;
use crate::store::codec::number;
use crate::store::ids::{self, Used};
use crate::store::index::{Fate, Index};
use crate::store::members;
use crate::store::runs::{self, Run};

/// A room, before and after a batch.
#[derive(Debug)]
pub(super) struct Change {
    /// The members in memory, as they are indexed.
    pub(super) before: Members,
    pub(super) room: RoomState,
    pub(super) fate: Fate,
    /// The first number that is not indexed yet.
    pub(super) from: i64,
    /// Its last number.
    pub(super) last: i64,
    /// Where its last events are, and the batch's.
    pub(super) runs: Vec<Run>,
    /// What leads to their ids.
    pub(super) ids: Vec<Used>,
    /// The batch has something of it.
    pub(super) is_new: bool,
}

impl Change {
    pub(super) fn load(index: &Index, life: i64) -> Result<Self, IndexError> {
        let kept = index.room_in_use(life)?;
        let before = kept.members.clone();
        let room = kept.head.map_or_else(RoomState::default, |head| RoomState::restore(head, kept.members));
        let (last, runs) = runs::open(&index.0, life)?;
        Ok(Self { before, room, fate: kept.fate, from: last + 1, last, runs, ids: Vec::new(), is_new: true })
    }

    /// Reads the former members whom a record concerns.
    pub(super) fn restore_members(
        &mut self,
        index: &Index,
        life: i64,
        record: &Record,
    ) -> Result<(), IndexError> {
        for (number, member) in index.former_of(life, &self.room, record)? {
            self.before.put(number, member.clone());
            self.room.remember(number, member);
        }
        Ok(())
    }

    /// The next event, which the room has not taken in yet, is at this position, and was given this id, if any. In a sound log it is
    /// the one behind the last. Behind one that makes no sense the others keep their places: where the life ends they are found, and
    /// deleted.
    pub(super) fn put(&mut self, (seq, pos): (Seq, i64), signed: Option<(MemberId, MessageId)>) {
        let seq = number(seq);
        if let Some((by, id)) = signed {
            let rises = self.room.rises(by, id);
            ids::take(&mut self.ids, Used { by, id, seq, rises });
        }
        if seq != self.last + 1 {
            self.damaged();
        }
        if self.last < seq {
            self.last = seq;
            if !self.runs.last_mut().is_some_and(|run| run.take(seq, pos)) {
                self.runs.push(Run::of(seq, pos));
            }
        }
    }

    /// Stores it, and goes on from there.
    pub(super) fn save(&mut self, index: &Connection, life: i64) -> Result<(), IndexError> {
        const ROOM: &str = "REPLACE INTO rooms (life, tail, at, fate, head) VALUES (?1, ?2, ?3, ?4, ?5)";
        let head = self.room.head();
        let (tail, at) =
            head.as_ref().map_or((0, 0), |head| (number(head.tail), head.last_at.0.cast_signed()));
        let head = head
            .as_ref()
            .map(|head| serde_json::to_string(head).expect("names, hashes and numbers are plain data"));
        let fate = self.fate as i64;
        index.prepare_cached(ROOM)?.execute(params![life, tail, at, fate, head])?;
        runs::put(index, life, &self.runs)?;
        runs::keep_open(&mut self.runs, self.last);
        ids::put(index, life, self.from, &mut self.ids)?;
        self.ids.clear();
        for (number, member) in self.room.members().iter() {
            let before = self.before.get(number);
            if before != Some(member) {
                members::put(index, life, number, (before, member))?;
            }
        }
        self.room.forget_former(|_| true);
        self.before.clone_from(self.room.members());
        (self.from, self.is_new) = (self.last + 1, false);
        Ok(())
    }

    pub(super) fn damaged(&mut self) {
        if self.fate == Fate::Lives {
            self.fate = Fate::Damaged;
        }
    }
}
