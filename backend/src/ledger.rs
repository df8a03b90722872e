//! The ledger: orders all proposals, decides them, stores what they come to, and only then lets anyone know.
//!
//! One thread, `writer`, does this for all rooms, so there is nothing to lock and one synced write serves
//! everybody who proposed meanwhile. This file is how sessions reach it.

pub mod answers;
mod batch;
mod checkpoints;
mod decide;
mod expiry;
mod former;
#[cfg(test)]
mod former_tests;
pub mod jetstream;
mod loaded;
#[cfg(test)]
mod name_tests;
mod recent;
mod removals;
mod reply;
#[cfg(test)]
mod storage_failures;
#[cfg(test)]
mod tests;
mod timer;
pub mod writer;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use shared::{Code, Limits, MessageId, Name, RoomId, Seq};
use tokio::sync::mpsc::PermitIterator;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{BATCH_REQUESTS, BEHIND_MAX, LEDGER_QUEUE, LEDGER_QUEUE_KB, LEDGER_SLOTS};
use crate::metrics::Metrics;
use crate::room::news::Connection;
use crate::room::proposal::{Act, Proposal, Wish};

use crate::store::LogError;
use jetstream::{ClusterError, Following};
use writer::Writer;

/// The way to the ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    requests: mpsc::Sender<Request>,
    /// Kilobytes of long texts that may still come.
    long: Arc<Semaphore>,
    /// As the writer last looked.
    behind: Arc<AtomicI64>,
    /// Whether what is proposed here comes to be decided; on one machine it always does.
    in_touch: Arc<AtomicBool>,
    /// Why the streams take nothing in, if they say so.
    refusal: Arc<Mutex<Option<String>>>,
    metrics: Arc<Metrics>,
}

/// Slots in the queue that somebody has waited for.
#[derive(Debug, Default)]
pub struct Slots<'a>(Option<PermitIterator<'a, Request>>);

/// A proposal, and the room it is for.
#[derive(Debug)]
pub struct Request {
    /// The room.
    pub room: RoomId,
    /// The life of it in which the proposer sits. In another the proposal is void: numbers of members mean nothing there.
    pub life: Option<i64>,
    /// What is proposed.
    pub proposal: Proposal,
    /// The frame's id, for a refusal.
    pub id: Option<MessageId>,
    /// A place kept for the answer, so that the ledger never waits for a session.
    pub reply: answers::Place,
    /// While it waits, if it is long.
    pub weight: Option<OwnedSemaphorePermit>,
}

/// The answer to a request, given after what it speaks of is stored.
#[derive(Debug)]
pub enum Reply {
    /// The room is there, and loaded.
    Here,
    /// The seat is yours.
    Seated(Seated),
    /// The token was added.
    DeviceAdded,
    /// This id was stored before, as this number.
    Stored(MessageId, Seq),
    /// Nothing was changed; when to come again, in milliseconds.
    Refused(Code, Option<MessageId>, Option<u64>),
}

/// A seat, and the room to follow from it.
#[derive(Debug)]
pub struct Seated {
    /// Counts for the member's presence, and names room and member.
    pub connection: Connection,
    /// The member's name.
    pub name: Name,
    /// Whether it is the room's host.
    pub host: bool,
    /// What it may do.
    pub limits: Limits,
}

/// The ledger is gone: the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger has stopped")]
pub struct Stopped;

impl Ledger {
    /// The way to whoever takes the requests: the thread, or a simulation that takes them one by one.
    pub fn channel() -> (Self, mpsc::Receiver<Request>) {
        let (requests, receiver) = mpsc::channel(LEDGER_QUEUE);
        let in_touch = Arc::new(AtomicBool::new(true));
        let long = Arc::new(Semaphore::new(LEDGER_QUEUE_KB));
        let (behind, refusal, metrics) = Default::default();
        (Self { requests, long, behind, in_touch, refusal, metrics }, receiver)
    }

    /// Starts the thread. Once `finish` is cancelled the ledger stores what it was given, takes no more, and ends;
    /// however it ends, `ended` is dropped then.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn start(
        writer: Writer,
        (finish, ended): (CancellationToken, DropGuard),
    ) -> Result<(Self, JoinHandle<Result<(), ClusterError>>), LogError> {
        let (ledger, receiver) = Self::channel();
        let ledger = Self { behind: writer.gauge(), metrics: writer.metrics(), ..ledger };
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || {
                let _ended = ended;
                run(writer, receiver, &finish);
                Ok(())
            })
            .map_err(LogError::Io)?;
        Ok((ledger, thread))
    }

    /// Starts the thread of a node among many, on the runtime that this is called in. `caught_up` hears when it has followed
    /// all that the others had done when it began; nobody is to be let in before. It ends as the other does, and where it
    /// cannot go on it says why.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn follow(
        writer: Writer,
        following: Following,
        (finish, ended): (CancellationToken, DropGuard),
        caught_up: oneshot::Sender<()>,
    ) -> Result<(Self, JoinHandle<Result<(), ClusterError>>), LogError> {
        jetstream::start(writer, following, (finish, ended), caught_up)
    }

    /// Where everybody counts, as the ledger does.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.requests.max_capacity() - self.requests.capacity()
    }

    /// Whether something waits for it, or is about to be stored.
    pub fn is_busy(&self) -> bool {
        self.waiting() > 0 || self.metrics.is_committing()
    }

    /// How many records were stored and not indexed when the writer last looked, about a second ago.
    pub fn behind(&self) -> i64 {
        self.behind.load(Ordering::Relaxed)
    }

    /// Whether what is proposed here comes to be decided. A node that is cut off from the others can take nobody in.
    pub fn is_in_touch(&self) -> bool {
        self.in_touch.load(Ordering::Relaxed)
    }

    /// Why the streams of the cluster take nothing in, as they say it: where their store is full.
    pub fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands a request in; waits while the queue is full.
    ///
    /// # Errors
    /// [`Stopped`] if the ledger has ended.
    pub async fn propose(&self, request: Request) -> Result<(), Stopped> {
        let request = self.weighed(request).await?;
        self.requests.send(request).await.map_err(|_| Stopped)
    }

    /// The same, for somebody who may have some more to hand in: to wait for each would be to be woken for each. Until what it
    /// gives is dropped, others wait for the slots.
    ///
    /// # Errors
    /// [`Stopped`] if the ledger has ended.
    pub async fn propose_some(&self, request: Request) -> Result<Slots<'_>, Stopped> {
        let request = self.weighed(request).await?;
        let mut slots = self.requests.reserve_many(LEDGER_SLOTS).await.map_err(|_| Stopped)?;
        slots.next().expect("it has waited for more than one").send(request);
        Ok(Slots(Some(slots)))
    }

    async fn weighed(&self, mut request: Request) -> Result<Request, Stopped> {
        if let (None, kilobytes @ 1..) = (&request.weight, kilobytes(&request.proposal)) {
            request.weight =
                Some(Arc::clone(&self.long).acquire_many_owned(kilobytes).await.map_err(|_| Stopped)?);
        }
        Ok(request)
    }

    /// Hands a request in, to one of these slots if there are any. If the queue is full it is given back, to wait with.
    ///
    /// # Errors
    /// [`Stopped`] if the ledger has ended.
    pub fn try_propose(
        &self,
        mut request: Request,
        slots: &mut Slots<'_>,
    ) -> Result<Option<Box<Request>>, Stopped> {
        if let kilobytes @ 1.. = kilobytes(&request.proposal) {
            match Arc::clone(&self.long).try_acquire_many_owned(kilobytes) {
                Ok(weight) => request.weight = Some(weight),
                Err(_) => return Ok(Some(Box::new(request))),
            }
        }
        if let Some(slot) = slots.0.as_mut().and_then(Iterator::next) {
            slot.send(request);
            return Ok(None);
        }
        match self.requests.try_send(request) {
            Ok(()) => Ok(None),
            Err(TrySendError::Closed(_)) => Err(Stopped),
            Err(TrySendError::Full(request)) => Ok(Some(Box::new(request))),
        }
    }
}

/// Bytes that words take which are not allowed, with what they are found by, at most.
const WORDS_BYTES: usize = 256 * 1_024;

/// How long the text of a proposal is, in whole kilobytes.
fn kilobytes(proposal: &Proposal) -> u32 {
    let bytes = match &proposal.wish {
        Wish::Act { act: Act::Say { text, .. } | Act::Edit { text, .. }, .. } => text.as_str().len(),
        // Beside the words there is what finds them.
        Wish::Act { act: Act::Set { words: Some(_), .. }, .. } => WORDS_BYTES,
        _ => 0,
    };
    u32::try_from(bytes / 1_024).expect("a text has a few kilobytes at most")
}

/// Works until it is told to finish; then takes what is still waiting, and ends.
fn run(mut writer: Writer, mut requests: mpsc::Receiver<Request>, finish: &CancellationToken) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime without I/O needs nothing that can be missing");
    runtime.block_on(async {
        let mut timer = tokio::time::interval(writer.timer_every());
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = Vec::new();
        loop {
            let_index_come(&writer, finish).await;
            // Where it shares a core with those who propose, they have the rest of their turn: one commit serves them all.
            if requests.len() > 1 {
                std::thread::yield_now();
            }
            tokio::select! {
                taken = requests.recv_many(&mut waiting, BATCH_REQUESTS) => match taken {
                    0 => break,
                    _ => writer.take(&mut waiting),
                },
                _ = timer.tick() => writer.tick(),
                () = finish.cancelled(), if !requests.is_closed() => requests.close(),
            }
        }
    });
    writer.finish();
}

/// Waits for an index that is too far behind. Whoever waits meanwhile waits in the queue. Where it does not come on, everything
/// becomes slow but goes on.
async fn let_index_come(writer: &Writer, finish: &CancellationToken) {
    for _ in 0..CATCH_UP_TRIES {
        if writer.behind() <= BEHIND_MAX || finish.is_cancelled() {
            break;
        }
        writer.wake_follower();
        tokio::time::sleep(CATCH_UP).await;
    }
}

/// How long the ledger waits before it looks again whether the index is still too far behind.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How often it looks before the next batch.
const CATCH_UP_TRIES: u32 = 100;
