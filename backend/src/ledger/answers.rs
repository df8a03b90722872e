//! Where the answers to one asker's requests arrive. It takes no more requests than it has places, so what waits for an
//! asker is bounded, and the ledger never waits for one.
//!
//! Ten thousand askers are idle at a time: a channel of tokio's takes 0.8 KB of each, this a tenth of it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use super::Reply;

/// The asker's side.
#[derive(Debug)]
pub struct Answers {
    shared: Arc<Shared>,
}

/// Calls the asker to something that is no answer. Who is called for both is called in one place.
#[derive(Debug, Clone)]
pub struct Bell(Arc<Shared>);

/// The place of one answer: taken from asking until it is dropped, answered or not.
#[derive(Debug)]
pub struct Place(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: usize,
    arrived: Mutex<VecDeque<Box<Reply>>>,
    taken: AtomicUsize,
    /// How many have arrived: nearly always none, which is not worth a lock.
    waiting: AtomicUsize,
    /// The asker is to look at something else.
    rung: AtomicBool,
    asker: AtomicWaker,
}

impl Answers {
    /// At most so many requests at a time.
    pub fn new(places: usize) -> Self {
        let (arrived, asker) = (Mutex::default(), AtomicWaker::new());
        let [taken, waiting] = [0, 0].map(AtomicUsize::new);
        let rung = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { places, arrived, taken, waiting, rung, asker }) }
    }

    /// For whoever has something else for the asker.
    pub fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.shared))
    }

    /// A place for one answer, if one is free.
    pub fn place(&self) -> Option<Place> {
        let free = self.is_free().then(|| Place(Arc::clone(&self.shared)));
        if free.is_some() {
            self.shared.taken.fetch_add(1, Ordering::Relaxed);
        }
        free
    }

    /// Whether there is a free place.
    pub fn is_free(&self) -> bool {
        self.shared.taken.load(Ordering::Acquire) < self.shared.places
    }

    /// Whether an answer is there, or the bell was rung. If not, the asker is called when there is, or it is.
    pub fn is_called(&self, context: &Context<'_>) -> bool {
        // Whoever called a moment ago may have taken the waker along only now.
        self.shared.asker.register(context.waker());
        self.shared.waiting.load(Ordering::Acquire) > 0 || self.shared.rung.load(Ordering::Acquire)
    }

    /// Waits until the bell was rung.
    pub async fn rung(&self) {
        poll_fn(|context| {
            self.shared.asker.register(context.waker());
            if self.shared.rung.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The next answer; nothing once a place is free, if the asker `waits_for_a_place` since it found none.
    pub async fn next(&self, waits_for_a_place: bool) -> Option<Box<Reply>> {
        poll_fn(|context| {
            self.shared.asker.register(context.waker());
            match self.shared.take() {
                Some(reply) => Poll::Ready(Some(reply)),
                // The answer comes before the place is free, and perhaps after it was looked for.
                None if waits_for_a_place && self.is_free() => Poll::Ready(self.shared.take()),
                None => Poll::Pending,
            }
        })
        .await
    }
}

impl Bell {
    /// Calls the asker, once until it was heard.
    pub fn ring(&self) {
        if !self.0.rung.swap(true, Ordering::AcqRel) {
            self.0.asker.wake();
        }
    }
}

impl Place {
    /// Answers.
    pub fn answer(self, reply: Reply) {
        self.0.lock().push_back(Box::new(reply));
        self.0.waiting.fetch_add(1, Ordering::Release);
        self.0.asker.wake();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.taken.fetch_sub(1, Ordering::Release) == self.0.places {
            self.0.asker.wake();
        }
    }
}

impl Shared {
    fn take(&self) -> Option<Box<Reply>> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return None;
        }
        let reply = self.lock().pop_front()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(reply)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Box<Reply>>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::task::{Wake, Waker};

    use futures_util::FutureExt;
    use shared::Code;

    use super::*;

    /// How often somebody was called.
    #[derive(Debug, Default)]
    pub(crate) struct Calls(AtomicUsize);

    impl Calls {
        pub(crate) fn count(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn answers_arrive_in_order_and_an_unanswered_place_is_free_again() {
        let answers = Answers::new(2);
        let (first, second) = (answers.place().unwrap(), answers.place().unwrap());
        assert!(answers.place().is_none());
        let mut freed = Box::pin(answers.next(true));
        assert!(freed.as_mut().now_or_never().is_none());
        drop(first);
        assert!(freed.now_or_never().is_some_and(|answer| answer.is_none()), "there is a place");
        // Also where it became free before anybody waited: whoever asks has found none, and would wait for long.
        assert!(answers.next(true).now_or_never().is_some_and(|answer| answer.is_none()));
        assert!(answers.next(false).now_or_never().is_none());
        let third = answers.place().unwrap();
        third.answer(Reply::Refused(Code::RoomLocked, None, None));
        second.answer(Reply::Here);
        let next = || answers.next(false).now_or_never().flatten().map(|reply| *reply);
        assert!(matches!(next(), Some(Reply::Refused(Code::RoomLocked, ..))));
        assert!(matches!(next(), Some(Reply::Here)) && next().is_none());
    }

    #[test]
    fn who_looks_is_called_also_where_somebody_has_just_called() {
        let (answers, calls) = (Answers::new(1), Arc::new(Calls::default()));
        let waker = Waker::from(Arc::clone(&calls));
        let looks = || answers.is_called(&Context::from_waker(&waker));
        let place = answers.place().unwrap();
        assert!(!looks());
        drop(place);
        assert_eq!(calls.count(), 1, "there is a place");
        assert!(!looks());
        answers.place().unwrap().answer(Reply::Here);
        assert!(calls.count() > 1 && looks() && looks(), "to look is not to take");
        assert!(answers.next(false).now_or_never().is_some() && !looks());
        let (bell, before) = (answers.bell(), calls.count());
        // The flag of this one was seen before.
        answers.shared.asker.wake();
        assert!(!looks());
        (0..2).for_each(|_| bell.ring());
        assert_eq!(calls.count(), before + 2, "it is called once until it hears");
        assert!(looks() && looks(), "to look is not to hear");
        assert!(answers.rung().now_or_never().is_some() && !looks());
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let answers = Arc::new(Answers::new(1));
        let place = answers.place().unwrap();
        let asker = tokio::spawn({
            let answers = Arc::clone(&answers);
            async move { (answers.next(true).await.is_none(), answers.next(false).await.is_some()) }
        });
        tokio::task::yield_now().await;
        drop(place);
        tokio::task::yield_now().await;
        answers.place().unwrap().answer(Reply::Here);
        assert_eq!(asker.await.unwrap(), (true, true));
    }
}
