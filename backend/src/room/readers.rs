//! Who reads a room: its connections, as far as the room needs to know them, in stretches that are served in one go.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;
use tokio::time::Instant;

use super::Room;

/// A connection that reads a room.
pub trait Reader: fmt::Debug + Send + Sync {
    /// Writes what lies behind its cursor, at this time; or wakes its session, where that is not done with at once.
    fn hand(&self, room: &Room, now: Instant);

    /// Wakes its session: there is something that is no event.
    fn wake(&self);
}

/// How many readers are served before others have their turn. They cost half a millisecond.
pub(crate) const STRETCH: usize = 256;

/// The last stretch: whoever has a place behind it is in it too.
const LAST: u32 = u64::BITS - 1;

/// The readers of one room.
#[derive(Debug, Default)]
pub(super) struct Readers {
    places: Mutex<Places>,
    /// A bit for each stretch that is to be served and that nobody has begun with.
    called: AtomicU64,
}

/// Most rooms have two, who are found without going to yet another place.
type Shared = Arc<SmallVec<[Option<Arc<dyn Reader>>; 2]>>;

/// Nobody moves while others come and go, so nobody is left out of a stretch.
#[derive(Debug, Default)]
struct Places {
    taken: Shared,
    free: Vec<usize>,
}

/// A reader has its place until this is dropped. Whoever is at it meanwhile may come to it once more.
#[derive(Debug)]
#[must_use]
pub struct Reading {
    room: Arc<Room>,
    place: usize,
}

impl Readers {
    fn all(&self) -> Shared {
        Arc::clone(&self.lock().taken)
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        // A panic while the lock is held leaves a free place at most.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// From now on `reader` hears whenever anything was published. Look only afterwards, or something is missed.
    pub fn read_by(self: &Arc<Self>, reader: Arc<dyn Reader>) -> Reading {
        let Places { taken, free } = &mut *self.readers.lock();
        let taken = Arc::make_mut(taken);
        let place = free.pop().unwrap_or_else(|| {
            taken.push(None);
            taken.len() - 1
        });
        taken[place] = Some(reader);
        Reading { room: Arc::clone(self), place }
    }

    /// Something was published: the stretches that are to be served, and for which nobody was called before.
    pub(crate) fn call(&self) -> impl Iterator<Item = u32> + use<> {
        let places = self.readers.lock().taken.len();
        let stretches = u32::try_from(places.div_ceil(STRETCH)).unwrap_or(u32::MAX).min(u64::BITS);
        let bits = u64::MAX.checked_shr(u64::BITS - stretches).unwrap_or(0);
        let new = bits & !self.readers.called.fetch_or(bits, Ordering::AcqRel);
        (0..stretches).filter(move |stretch| new & (1 << stretch) != 0)
    }

    /// Serves a stretch; how many places it has. What is published from now on needs another call.
    pub(crate) fn serve(&self, stretch: u32, now: Instant) -> usize {
        self.readers.called.fetch_and(!(1 << stretch), Ordering::AcqRel);
        let readers = self.readers.all();
        let from = readers.len().min(stretch as usize * STRETCH);
        let to = if stretch == LAST { readers.len() } else { readers.len().min(from + STRETCH) };
        readers[from..to].iter().flatten().for_each(|reader| reader.hand(self, now));
        to - from
    }

    /// Wakes the sessions: there is something that is no event.
    pub(super) fn wake(&self) {
        self.readers.all().iter().flatten().for_each(|reader| reader.wake());
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Places { taken, free } = &mut *self.room.readers.lock();
        Arc::make_mut(taken)[self.place] = None;
        free.push(self.place);
    }
}
