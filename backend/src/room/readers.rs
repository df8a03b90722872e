//! Who reads a room: its connections, as far as the room needs to know them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Room;

/// A connection that reads a room.
pub trait Reader: fmt::Debug + Send + Sync {
    /// Writes what lies behind its cursor, at this time; or wakes its session, where that is not done with at once.
    fn hand(&self, room: &Room, now: Instant);

    /// Wakes its session: there is something that is no event.
    fn wake(&self);
}

/// The readers of one room.
#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<Arc<Vec<Arc<dyn Reader>>>>);

/// A reader is woken, and handed what is published, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Reading {
    room: Arc<Room>,
    reader: Arc<dyn Reader>,
}

impl Readers {
    /// Those who read now.
    pub(super) fn all(&self) -> Arc<Vec<Arc<dyn Reader>>> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Vec<Arc<dyn Reader>>>> {
        // A panic while the lock is held leaves nothing half done: each holder makes one change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// From now on `reader` hears whenever anything was published. Look only afterwards, or something is missed.
    pub fn read_by(self: &Arc<Self>, reader: Arc<dyn Reader>) -> Reading {
        Arc::make_mut(&mut self.readers.lock()).push(Arc::clone(&reader));
        Reading { room: Arc::clone(self), reader }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut readers = self.room.readers.lock();
        let readers = Arc::make_mut(&mut readers);
        let same =
            |reader: &Arc<dyn Reader>| std::ptr::addr_eq(Arc::as_ptr(reader), Arc::as_ptr(&self.reader));
        if let Some(index) = readers.iter().position(same) {
            readers.swap_remove(index);
        }
    }
}
