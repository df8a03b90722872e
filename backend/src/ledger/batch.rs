//! One batch of the ledger: what is held back until it is stored.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use shared::{Epoch, Fact, RoomId};

use crate::clock::Times;
use crate::room::proposal::Answer;
use crate::room::tail::Entry;
use crate::room::{Room, View};

/// What a text in the place of another counts for in a batch: a page is written for it.
pub(super) const REWRITE_BYTES: usize = 4 * 1_024;

/// What a batch will publish once it is stored.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// Where in `changes` the present life of a room is.
    pub(super) current: HashMap<RoomId, usize, RandomState>,
    pub(super) begun: Vec<(RoomId, Arc<Room>, Vec<Entry>)>,
    /// Rooms that are no more.
    pub(super) deleted: Vec<(RoomId, Arc<Room>)>,
    pub(super) bytes: usize,
    /// When it was begun.
    pub(super) now: Times,
    /// Rooms whose state in memory is no longer what was stored before the batch.
    pub(super) touched: Vec<RoomId>,
}

#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: RoomId,
    pub(super) room: Arc<Room>,
    pub(super) entries: Vec<Entry>,
    /// What is to stand in the place of texts that are no more.
    pub(super) rewrites: Vec<Entry>,
    /// Members came or went, or the room's settings changed.
    pub(super) view: bool,
    /// The last view of a life that is over.
    pub(super) over: Option<View>,
}

/// What a proposer is told, and of which room.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) answer: Answer,
    pub(super) room: Option<Arc<Room>>,
}

/// In which life of a room somebody sits who proposes something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Within<'a> {
    /// In none.
    Any,
    /// In this one, by its key in the log.
    Life(i64),
    /// In this one: other machines' logs have other keys.
    Epoch(&'a Epoch),
}

impl Within<'_> {
    /// Whether this is that life.
    pub(super) fn is_in(self, room: &Room) -> bool {
        match self {
            Self::Any => true,
            Self::Life(life) => room.life() == life,
            Self::Epoch(epoch) => room.settings().epoch == *epoch,
        }
    }
}

impl Batch {
    /// With room for what so many proposals come to, which are decided now.
    pub(super) fn of(proposals: usize, now: Times) -> Self {
        let current = HashMap::with_capacity_and_hasher(proposals, RandomState::default());
        Self { changes: Vec::with_capacity(proposals), current, now, ..Self::default() }
    }

    /// The state of this room is about to change in memory.
    pub(super) fn touch(&mut self, id: RoomId) {
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
    }

    /// How many events it has.
    pub(super) fn events(&self) -> usize {
        let begun = self.begun.iter().map(|(.., entries)| entries.len());
        begun.chain(self.changes.iter().map(|change| change.entries.len())).sum()
    }

    /// What the present life of a room will publish.
    pub(super) fn change(&mut self, id: RoomId, room: &Arc<Room>) -> &mut Change {
        let index = *self.current.entry(id).or_insert_with(|| {
            let change = Change {
                id,
                room: Arc::clone(room),
                entries: Vec::new(),
                rewrites: Vec::new(),
                view: false,
                over: None,
            };
            self.changes.push(change);
            self.changes.len() - 1
        });
        &mut self.changes[index]
    }

    /// The room's present life ends with this view.
    pub(super) fn close(&mut self, id: RoomId, view: Option<View>) {
        if let Some(index) = self.current.remove(&id) {
            self.changes[index].over = view;
        }
    }
}

/// Whether sessions must look at the room anew.
pub(super) const fn changes_view(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Joined { .. }
            | Fact::Left { .. }
            | Fact::Locked { .. }
            | Fact::Set { .. }
            | Fact::Muted { .. }
            | Fact::Unbanned { .. }
            | Fact::Devices { .. }
    )
}
