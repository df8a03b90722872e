//! What this node has proposed: sent to the streams, sent again where it is not seen there, and kept until it is decided.
//!
//! A proposal counts as taken in when it comes back in its stream: what a stream gives has been stored by most of its
//! servers. So nothing waits for a reply, and a proposal that was sent twice is decided twice, which the rules bear.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use bytes::Bytes;
use serde::Deserialize;
use shared::{Epoch, MemberId, RoomId, Seq};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::edge::Edge;
use crate::ledger::Request;
use crate::room::proposal::wire::{Sent, Ticket};
use crate::room::proposal::{Proposal, Wish};

use super::streams::Cluster;

/// Proposals of this node that are on their way. At this number it takes no more requests: they wait in the ledger's queue.
/// A stream lets 10,000 wait, those of all nodes together, and drops what comes beyond; it would come again a second later.
pub(super) const IN_FLIGHT: usize = 3_000;

/// When a proposal that was not seen is sent again, for the first time; then after twice as long.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What was sent again, and waits longer than this for the next time, is late: nobody new is let in on this node.
const LATE: Duration = Duration::from_secs(2);

/// The longest it waits before it sends one again.
const AGAIN_AT_LAST: Duration = Duration::from_secs(8);

/// How long somebody waits for an answer who asks for a room that is not known here, if the stream has no leader; or for a seat
/// that may be free, if it is not known yet who is connected elsewhere.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Why the streams take nothing in, if they say so.
pub(super) type Refusal = Arc<Mutex<Option<String>>>;

/// Sends a proposal so that the stream says whether it has taken it in.
async fn ask(cluster: Arc<Cluster>, (subject, payload): (String, Bytes), refusal: Refusal) {
    #[derive(Deserialize)]
    struct Answer {
        error: Option<Refused>,
    }
    #[derive(Deserialize)]
    struct Refused {
        description: String,
    }
    let Ok(answer) = cluster.client().request(subject, payload).await else { return };
    let Ok(Answer { error }) = serde_json::from_slice(&answer.payload) else { return };
    let why = error.map(|refused| refused.description);
    let mut before = refusal.lock().unwrap_or_else(PoisonError::into_inner);
    if *before != why {
        match &why {
            Some(why) => tracing::error!(why, "the streams take nothing in: is the JetStream store full?"),
            None => tracing::info!("the streams take messages in again"),
        }
    }
    *before = why;
}

/// What is on its way, and what waits for it.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) cluster: Arc<Cluster>,
    /// Tells this run of this node from every other.
    node: u64,
    next: u64,
    pending: HashMap<u64, Pending>,
    /// What the timer has proposed and is on its way: it would propose it at each ring.
    due: HashSet<Due>,
    questions: Vec<Questions>,
    tails: mpsc::Sender<(u32, Option<u64>)>,
    refusal: Refusal,
    tasks: JoinSet<()>,
    runtime: Handle,
}

/// What time brings to a room, to a member of it, or to a message of a member.
type Due = (RoomId, Option<MemberId>, Option<Seq>);

#[derive(Debug)]
struct Pending {
    what: What,
    subject: String,
    payload: Bytes,
    sent: Instant,
    wait: Duration,
}

/// Who waits for a proposal to be decided.
#[derive(Debug)]
enum What {
    Request(Request),
    Due(Due),
}

/// Requests for rooms that are not known here: perhaps this node is behind. Those that `wait` want to know what the last
/// message is; `asked` is whether that is under way, and for which; `until` is what is to be followed before they are
/// looked at once more.
#[derive(Debug, Default)]
struct Questions {
    wait: Vec<(Instant, Request)>,
    asked: Vec<(Instant, Request)>,
    until: VecDeque<(u64, Vec<Request>)>,
}

impl Front {
    /// Of a node in this cluster. `tails` hears what the last messages of streams are, and in `refusal` stands why they take nothing in;
    /// tasks run on `runtime`.
    pub(super) fn new(
        cluster: Arc<Cluster>,
        edge: &Edge,
        (tails, refusal): (mpsc::Sender<(u32, Option<u64>)>, Refusal),
        runtime: Handle,
    ) -> Self {
        let questions = (0..cluster.partitions()).map(|_| Questions::default()).collect();
        Self {
            cluster,
            node: u64::from_be_bytes(edge.random()),
            next: 0,
            pending: HashMap::new(),
            due: HashSet::new(),
            questions,
            tails,
            refusal,
            tasks: JoinSet::new(),
            runtime,
        }
    }

    /// What tells this run of this node from every other.
    pub(super) const fn node(&self) -> u64 {
        self.node
    }

    /// Runs something for as long as this lives.
    pub(super) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
        while self.tasks.try_join_next().is_some() {}
    }

    /// How many more requests may be taken.
    pub(super) fn room(&self) -> usize {
        IN_FLIGHT.saturating_sub(self.pending.len())
    }

    /// Sends a request's proposal.
    pub(super) async fn propose(&mut self, request: Request, epoch: Option<Epoch>) {
        let (room, proposal) = (request.room, request.proposal.clone());
        self.send(room, epoch, proposal, What::Request(request)).await;
    }

    /// Sends what time brings, unless it is on its way.
    pub(super) async fn bring(&mut self, room: RoomId, epoch: Option<Epoch>, proposal: Proposal) {
        let due = match &proposal.wish {
            Wish::Away { member, .. } => (room, Some(*member), None),
            Wish::RecallForRemoval { member, target, .. } => (room, Some(*member), Some(*target)),
            _ => (room, None, None),
        };
        if self.due.insert(due) {
            self.send(room, epoch, proposal, What::Due(due)).await;
        }
    }

    async fn send(&mut self, room: RoomId, epoch: Option<Epoch>, proposal: Proposal, what: What) {
        self.next += 1;
        let (_, subject) = self.cluster.place(room);
        let sent = Sent::new(Ticket(self.node, self.next), room, epoch, proposal);
        let payload = Bytes::from(sent.encode());
        self.publish(&subject, &payload).await;
        let pending = Pending { what, subject, payload, sent: Instant::now(), wait: AGAIN_AFTER };
        self.pending.insert(self.next, pending);
    }

    async fn publish(&self, subject: &str, payload: &Bytes) {
        // It fails only where the client has ended; then nothing more is followed either.
        if let Err(error) = self.cluster.client().publish(subject.to_owned(), payload.clone()).await {
            tracing::debug!(%error, "a proposal could not be sent");
        }
    }

    /// Whether there is a connection, and what is proposed comes back in time.
    pub(super) fn is_in_touch(&self) -> bool {
        let connected = self.cluster.client().connection_state() == State::Connected;
        connected && self.pending.values().all(|pending| pending.wait <= LATE)
    }

    /// Sends again what should have been seen by now.
    pub(super) async fn send_again(&mut self) {
        // Where there is no connection, the client keeps what it was given, and sends it when there is one.
        if self.cluster.client().connection_state() != State::Connected {
            return;
        }
        let now = Instant::now();
        let mut late = Vec::new();
        for pending in self.pending.values_mut().filter(|pending| pending.sent + pending.wait <= now) {
            pending.sent = now;
            pending.wait = (pending.wait * 2).min(AGAIN_AT_LAST);
            late.push((pending.subject.clone(), pending.payload.clone()));
        }
        if !late.is_empty() {
            tracing::debug!(count = late.len(), "proposals are sent again");
        }
        // One of them asks the stream for an answer: it may say why it takes nothing in.
        if let Some((subject, payload)) = late.pop() {
            let asked = ask(Arc::clone(&self.cluster), (subject, payload), Arc::clone(&self.refusal));
            self.spawn(asked);
        } else if self.pending.values().all(|pending| pending.wait <= AGAIN_AFTER) {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        for (subject, payload) in late {
            self.publish(&subject, &payload).await;
        }
    }

    /// A proposal was decided; the request it came from, if it was one of this node's that still waits.
    pub(super) fn decided(&mut self, ticket: Ticket) -> Option<Request> {
        if ticket.0 != self.node {
            return None;
        }
        match self.pending.remove(&ticket.1)?.what {
            What::Request(request) => Some(request),
            What::Due(due) => {
                self.due.remove(&due);
                None
            }
        }
    }

    /// A request for a room that is not known here: looked at again when all was followed that the stream has now.
    pub(super) fn ask(&mut self, request: Request) {
        let (partition, _) = self.cluster.place(request.room);
        self.questions[partition as usize].wait.push((Instant::now(), request));
        self.find_tail(partition);
    }

    /// One question at a time: those who come meanwhile wait for the next.
    fn find_tail(&mut self, partition: u32) {
        let questions = &mut self.questions[partition as usize];
        if !questions.asked.is_empty() || questions.wait.is_empty() {
            return;
        }
        questions.asked = std::mem::take(&mut questions.wait);
        let (cluster, tails) = (Arc::clone(&self.cluster), self.tails.clone());
        self.spawn(async move {
            let tail = cluster.tail(partition).await.ok();
            if tail.is_none() {
                sleep(AGAIN_AFTER).await;
            }
            let _ = tails.send((partition, tail)).await;
        });
    }

    /// The last message of a stream, or that nobody could say; requests that waited too long for that.
    pub(super) fn heard(&mut self, partition: u32, tail: Option<u64>) -> Vec<Request> {
        let questions = &mut self.questions[partition as usize];
        let asked = std::mem::take(&mut questions.asked);
        let mut late = Vec::new();
        match tail {
            Some(tail) => {
                questions.until.push_back((tail, asked.into_iter().map(|(_, request)| request).collect()));
            }
            None => {
                for (since, request) in asked {
                    if since.elapsed() < ANSWERS_WITHIN {
                        questions.wait.push((since, request));
                    } else {
                        late.push(request);
                    }
                }
            }
        }
        self.find_tail(partition);
        late
    }

    /// Requests that can be decided now that the stream was followed up to `seq`: what is not known now is not there.
    pub(super) fn sure(&mut self, partition: u32, seq: u64) -> Vec<Request> {
        let until = &mut self.questions[partition as usize].until;
        let mut sure = Vec::new();
        while let Some((_, requests)) = until.pop_front_if(|(tail, _)| *tail <= seq) {
            sure.extend(requests);
        }
        sure
    }
}
