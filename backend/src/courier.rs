//! Hands round what rooms have published. What it is and who may read it, the room says; how it is written, the reader.
//!
//! A room's readers are served one after the other, without waking their sessions: to wake and poll a task costs half as
//! much as the write itself.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::Notify;
use tokio::task::{unconstrained, yield_now};
use tokio::time::Instant;

use crate::room::Room;
use crate::room::readers::Reader;

/// The rooms whose readers are still to be served. Each is here once, so there are no more than are loaded, and a large one
/// in stretches.
#[derive(Debug, Default)]
pub struct Courier {
    rounds: Mutex<VecDeque<Round>>,
    called: Notify,
}

/// Readers that are served in one go.
#[derive(Debug)]
enum Round {
    /// All of a room.
    Room(Arc<Room>),
    /// Those from an index on, [`STRETCH`] at most, of these.
    Stretch(Arc<Room>, Arc<Vec<Arc<dyn Reader>>>, usize),
}

/// How many readers are served before others have their turn. They cost half a millisecond.
const STRETCH: usize = 256;

impl Courier {
    /// These rooms have published something.
    pub fn call(&self, rooms: Vec<Arc<Room>>) {
        self.put(rooms.into_iter().filter(|room| room.call()).map(Round::Room));
    }

    /// Serves whoever is to be served; several may do so at once. While the ledger `is_busy` it gives way now and then: where
    /// the two share a core, the ledger would wait for the end of a round before it begins a commit, and of another one
    /// once that is synced.
    pub async fn work(&self, is_busy: impl Fn() -> bool) -> Infallible {
        // Each write counts as a step of the task that does it; after some the runtime would have it wait.
        unconstrained(async {
            let mut served = 0;
            loop {
                let called = self.called.notified();
                match self.next() {
                    Some(round) => served += self.serve(round),
                    None => called.await,
                }
                if STRETCH <= served {
                    served = 0;
                    if is_busy() {
                        thread::yield_now();
                    }
                    yield_now().await;
                }
            }
        })
        .await
    }

    fn put(&self, more: impl Iterator<Item = Round>) {
        let mut rounds = self.lock();
        let before = rounds.len();
        rounds.extend(more);
        let called = before < rounds.len();
        drop(rounds);
        if called {
            self.called.notify_one();
        }
    }

    fn next(&self) -> Option<Round> {
        let mut rounds = self.lock();
        let next = rounds.pop_front();
        let more = !rounds.is_empty();
        drop(rounds);
        if more {
            self.called.notify_one(); // Whoever has nothing to do takes the next one.
        }
        next
    }

    /// How many it served.
    fn serve(&self, round: Round) -> usize {
        let (room, readers, from) = match round {
            Round::Room(room) => {
                let readers = room.answer_call();
                let others = (STRETCH..readers.len()).step_by(STRETCH);
                self.put(others.map(|from| Round::Stretch(Arc::clone(&room), Arc::clone(&readers), from)));
                (room, readers, 0)
            }
            Round::Stretch(room, readers, from) => (room, readers, from),
        };
        let stretch = &readers[from..readers.len().min(from + STRETCH)];
        let now = Instant::now();
        stretch.iter().for_each(|reader| reader.hand(&room, now));
        stretch.len()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Round>> {
        // A panic while the lock is held leaves nothing half done: each holder makes one change.
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::room::tests::lobby;

    #[derive(Debug, Default)]
    struct Counted(AtomicUsize);

    impl Reader for Counted {
        fn hand(&self, _: &Room, _: Instant) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn wake(&self) {}
    }

    #[tokio::test]
    async fn everybody_in_a_large_room_is_served_once_however_often_it_is_called_for() {
        let (room, _) = lobby();
        let (courier, readers) =
            (Courier::default(), [(); 2 * STRETCH + 1].map(|()| Arc::<Counted>::default()));
        courier.call(vec![Arc::clone(&room)]);
        assert!(courier.next().is_none(), "nobody reads it");
        let mut reading: Vec<_> =
            readers.iter().map(|reader| room.read_by(Arc::clone(reader) as Arc<dyn Reader>)).collect();
        courier.call(vec![Arc::clone(&room), Arc::clone(&room)]);
        courier.call(vec![Arc::clone(&room)]);
        let first = courier.next().unwrap();
        assert_eq!(courier.serve(first), STRETCH);
        reading.truncate(1); // Who leaves meanwhile moves nobody out of the round.
        let (second, third) = (courier.next().unwrap(), courier.next().unwrap());
        assert_eq!((courier.serve(second), courier.serve(third)), (STRETCH, 1));
        assert!(courier.next().is_none());
        assert!(readers.iter().all(|reader| reader.0.load(Ordering::Relaxed) == 1));
        courier.call(vec![Arc::clone(&room)]);
        assert_eq!(courier.next().map(|round| courier.serve(round)), Some(1));
    }

    #[tokio::test]
    async fn a_courier_works_whenever_it_is_called() {
        let (room, _) = lobby();
        let (courier, reader) = (Arc::new(Courier::default()), Arc::<Counted>::default());
        let _reading = room.read_by(Arc::clone(&reader) as Arc<dyn Reader>);
        let couriers = [(); 2].map(|()| {
            let courier = Arc::clone(&courier);
            tokio::spawn(async move { courier.work(|| true).await })
        });
        for times in 1..=3 {
            courier.call(vec![Arc::clone(&room)]);
            while reader.0.load(Ordering::Relaxed) < times {
                yield_now().await;
            }
        }
        couriers.iter().for_each(tokio::task::JoinHandle::abort);
        assert_eq!(reader.0.load(Ordering::Relaxed), 3);
    }
}
