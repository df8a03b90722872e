//! Which rooms are loaded. The ledger puts them here; everybody else looks them up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use shared::RoomId;

use crate::courier::Courier;
use crate::pairing::PairingCodes;
use crate::room::Room;

/// The loaded rooms.
#[derive(Debug, Default)]
pub struct Rooms {
    loaded: RwLock<HashMap<RoomId, Arc<Room>>>,
    /// Serves their readers.
    pub courier: Courier,
    /// By which their members add devices.
    pub codes: PairingCodes,
}

impl Rooms {
    /// The room, if it is loaded.
    pub fn get(&self, id: RoomId) -> Option<Arc<Room>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// How many are loaded now.
    pub fn count(&self) -> usize {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Everything loaded now.
    pub fn all(&self) -> Vec<(RoomId, Arc<Room>)> {
        let rooms = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        rooms.iter().map(|(id, room)| (*id, Arc::clone(room))).collect()
    }

    /// Looks at everything loaded now, without holding on to it; `look` must not come back here.
    pub fn each(&self, mut look: impl FnMut(RoomId, &Room)) {
        let rooms = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        rooms.iter().for_each(|(id, room)| look(*id, room));
    }

    /// Unloads a room unless more than `holders` hold on to it: nobody can come to it between the look and the removal.
    pub fn unload(&self, id: RoomId, holders: usize) -> bool {
        let mut rooms = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        let idle = rooms.get(&id).is_none_or(|room| Arc::strong_count(room) <= holders);
        if idle {
            rooms.remove(&id);
        }
        idle
    }

    /// Takes a room that is no more away.
    pub fn remove(&self, id: RoomId) {
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Loads a room, or puts its new life in the place of the old one.
    pub fn put(&self, id: RoomId, room: Arc<Room>) {
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).insert(id, room);
    }
}
