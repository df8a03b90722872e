//! One batch of the ledger: what is held back until it is stored.

use std::collections::HashMap;
use std::sync::Arc;

use shared::RoomId;

use crate::room::Room;
use crate::room::proposal::Answer;
use crate::room::roster::Roster;
use crate::room::tail::Entry;

/// What a batch will publish once it is stored.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// Where in `changes` the present life of a room is.
    pub(super) current: HashMap<RoomId, usize>,
    pub(super) begun: Vec<(RoomId, Arc<Room>)>,
    pub(super) bytes: usize,
}

#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: RoomId,
    pub(super) room: Arc<Room>,
    pub(super) entries: Vec<Entry>,
    /// Members came or went.
    pub(super) members: bool,
    /// The last roster of a life that is over.
    pub(super) over: Option<Roster>,
}

/// What a proposer is told, and of which room.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) answer: Answer,
    pub(super) room: Option<Arc<Room>>,
}

impl Batch {
    /// What the present life of a room will publish.
    pub(super) fn change(&mut self, id: RoomId, room: &Arc<Room>) -> &mut Change {
        let index = *self.current.entry(id).or_insert_with(|| {
            let change =
                Change { id, room: Arc::clone(room), entries: Vec::new(), members: false, over: None };
            self.changes.push(change);
            self.changes.len() - 1
        });
        &mut self.changes[index]
    }

    /// The room's present life ends with this roster.
    pub(super) fn close(&mut self, id: RoomId, roster: Roster) {
        if let Some(index) = self.current.remove(&id) {
            self.changes[index].over = Some(roster);
        }
    }
}
