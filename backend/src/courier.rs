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

use crate::ledger::answers::Place;
use crate::room::Room;
use crate::room::readers::STRETCH;

/// What is still to be done. Each stretch of a room is here once, so there are no more than are loaded; and no more places than
/// sessions have for answers.
#[derive(Debug, Default)]
pub struct Courier {
    rounds: Mutex<VecDeque<Round>>,
    called: Notify,
}

/// What is done in one go.
#[derive(Debug)]
enum Round {
    /// The readers of a stretch of a room are served.
    Serve(Arc<Room>, u32),
    /// Those who waited for a place for another answer go on.
    Free(Vec<Place>),
}

impl Courier {
    /// This room has published something: somebody is to be called for it.
    pub fn put(&self, room: &Arc<Room>) {
        self.lock().extend(room.call().map(|stretch| Round::Serve(Arc::clone(room), stretch)));
    }

    /// Calls for whatever was put, and for whoever waits until one of these places is free. To wake somebody costs as much as
    /// what a message takes in all, and where there is but one core it takes the caller's turn: so it is done once, at the end.
    /// Whoever calls should be no task: a runtime keeps one that a task wakes for itself.
    pub fn call(&self, places: Vec<Place>) {
        let mut rounds = self.lock();
        if !places.is_empty() {
            rounds.push_back(Round::Free(places));
        }
        let called = rounds.len();
        drop(rounds);
        (0..called.min(CALLED_MAX)).for_each(|_| self.called.notify_one());
    }

    /// Serves whoever is to be served; several may do so at once. While the ledger `is_busy` it gives way now and then: where
    /// the two share a core, the ledger would wait for the end of a round before it begins a commit, and of another one
    /// once that is synced.
    pub async fn work(&self, is_busy: impl Fn() -> bool) -> Infallible {
        // A write that the kernel does not take counts as a step of the task that does it; after some it would have to wait.
        unconstrained(async {
            let mut served = 0;
            loop {
                let called = self.called.notified();
                match self.next() {
                    Some(Round::Serve(room, stretch)) => served += room.serve(stretch, Instant::now()),
                    Some(Round::Free(places)) => drop(places),
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

    fn next(&self) -> Option<Round> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Round>> {
        // A panic while the lock is held leaves nothing half done: each holder makes one change.
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many are called at once, at most: each takes what is there when it comes.
const CALLED_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::ledger::answers::Answers;
    use crate::room::readers::{Reader, Reading};
    use crate::room::tests::lobby;

    #[derive(Debug, Default)]
    struct Counted(AtomicUsize);

    impl Reader for Counted {
        fn hand(&self, _: &Room, _: Instant) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn wake(&self) {}
    }

    impl Counted {
        fn reads(room: &Arc<Room>) -> (Arc<Self>, Reading) {
            let reader = Arc::<Self>::default();
            (Arc::clone(&reader), room.read_by(reader))
        }

        fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    /// The stretch that is served next.
    fn stretch(courier: &Courier) -> Option<u32> {
        let Round::Serve(_, stretch) = courier.next()? else { panic!("nobody waits for a place") };
        Some(stretch)
    }

    #[test]
    fn everybody_in_a_large_room_is_served_once_however_often_it_is_called_for() {
        let (room, _) = lobby();
        let (courier, now) = (Courier::default(), Instant::now());
        courier.put(&room);
        assert!(courier.next().is_none(), "nobody reads it");
        let (readers, mut reading): (Vec<_>, Vec<_>) =
            (0..=2 * STRETCH).map(|_| Counted::reads(&room)).unzip();
        (0..3).for_each(|_| courier.put(&room));
        let rounds: Vec<_> = std::iter::from_fn(|| stretch(&courier)).collect();
        assert_eq!(rounds, [0, 1, 2]);
        assert_eq!(room.serve(0, now), STRETCH);
        courier.put(&room);
        assert_eq!(stretch(&courier), Some(0), "the others were called for before");
        // Whoever goes meanwhile moves nobody out of the round, and leaves a place.
        reading.drain(..2);
        let (late, _late) = Counted::reads(&room);
        assert_eq!((room.serve(0, now), room.serve(1, now), room.serve(2, now)), (STRETCH, STRETCH, 1));
        assert_eq!((readers[0].times(), readers[1].times(), late.times()), (1, 1, 1));
        assert!(readers[2..STRETCH].iter().all(|reader| reader.times() == 2));
        assert!(readers[STRETCH..].iter().all(|reader| reader.times() == 1));
    }

    #[test]
    fn of_very_many_readers_the_last_stretch_has_all_that_are_left() {
        let (room, _) = lobby();
        let (courier, places) = (Courier::default(), 65 * STRETCH + 7);
        let (readers, _reading): (Vec<_>, Vec<_>) = (0..places).map(|_| Counted::reads(&room)).unzip();
        courier.put(&room);
        let rounds = std::iter::from_fn(|| stretch(&courier));
        assert_eq!(rounds.map(|stretch| room.serve(stretch, Instant::now())).sum::<usize>(), places);
        assert!(readers.iter().all(|reader| reader.times() == 1));
    }

    #[tokio::test]
    async fn a_courier_works_whenever_it_is_called() {
        let (room, _) = lobby();
        let courier = Arc::new(Courier::default());
        let (reader, _reading) = Counted::reads(&room);
        let couriers = [(); 2].map(|()| {
            let courier = Arc::clone(&courier);
            tokio::spawn(async move { courier.work(|| true).await })
        });
        for times in 1..=3 {
            let answers = Answers::new(1);
            let place = answers.place().unwrap();
            courier.put(&room);
            courier.call(vec![place]);
            while reader.times() < times || !answers.is_free() {
                assert!(couriers.iter().any(|courier| !courier.is_finished()));
                yield_now().await;
            }
        }
        couriers.iter().for_each(tokio::task::JoinHandle::abort);
        assert_eq!(reader.times(), 3);
    }
}
