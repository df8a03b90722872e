//! The ledger's thread of a node among many: it decides what the streams bring, in their order, and sends on what is asked
//! for here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use shared::{Code, Epoch, RoomId};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{BATCH_REQUESTS, FOLLOW_AT_ONCE, TOLD_AT_ONCE};
use crate::ledger::batch::{Verdict, Within};
use crate::ledger::writer::Writer;
use crate::ledger::{Ledger, Reply, Request, let_index_come};
use crate::room::proposal::Proposal;
use crate::store::LogError;
use crate::store::log::cluster::Followed;

use super::follow::follow;
use super::foresee::Foreseen;
use super::front::{ANSWERS_WITHIN, Front};
use super::news::{self, Hearing, Told};
use super::{ClusterError, Following, Ordered, Progress};

/// How long it waits before it stores again what could not be stored: on this node nothing of a stream can be left out.
const STORE_AGAIN: Duration = Duration::from_secs(1);

/// How often it says how far it has come.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Starts the thread; `caught_up` hears when it has followed all that the streams had when it began.
///
/// # Errors
/// If there can be no thread, or the log cannot be read.
pub(in crate::ledger) fn start(
    writer: Writer,
    following: Following,
    (finish, ended): (CancellationToken, DropGuard),
    caught_up: oneshot::Sender<()>,
) -> Result<(Ledger, JoinHandle<Result<(), ClusterError>>), LogError> {
    let (ledger, requests) = Ledger::channel();
    let ledger = Ledger { behind: writer.gauge(), metrics: writer.metrics(), ..ledger };
    let Following { cluster, progress } = following;
    let followed = writer.log.followed(cluster.partitions())?;
    let (out, ordered) = mpsc::channel(FOLLOW_AT_ONCE);
    let (tails, tail) = mpsc::channel(FOLLOW_AT_ONCE);
    let told = (tails, Arc::clone(&ledger.refusal));
    let mut front = Front::new(Arc::clone(&cluster), &writer.edge, told, Handle::current());
    for (partition, at) in (0..).zip(&followed) {
        front.spawn(follow(Arc::clone(&cluster), partition, *at, out.clone()));
    }
    let (rooms, edge) = (&writer.rooms, &writer.edge);
    let node = front.node();
    front.spawn(news::tell(Arc::clone(&cluster), node, Arc::clone(rooms), Arc::clone(edge)));
    let (hearing, (load, told)) = (Arc::<Hearing>::default(), mpsc::channel(TOLD_AT_ONCE));
    let hears = (Arc::clone(&cluster), node, Arc::clone(&hearing));
    front.spawn(news::hear(hears, (Arc::clone(rooms), Arc::clone(edge)), load));
    let node = Node {
        writer,
        front,
        ordered,
        requests,
        tail,
        hearing,
        told,
        wait: Vec::new(),
        followed: followed.iter().map(|followed| followed.seq).collect(),
        progress,
        in_touch: Arc::clone(&ledger.in_touch),
        finish,
    };
    let thread = std::thread::Builder::new().name("ledger".into()).spawn(move || {
        let _ended = ended;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime without I/O needs nothing that can be missing");
        runtime.block_on(node.run(caught_up))
    })?;
    Ok((ledger, thread))
}

struct Node {
    writer: Writer,
    front: Front,
    ordered: mpsc::Receiver<Result<Ordered, ClusterError>>,
    requests: mpsc::Receiver<Request>,
    tail: mpsc::Receiver<(u32, Option<u64>)>,
    hearing: Arc<Hearing>,
    /// What other nodes tell of rooms that are not in memory.
    told: mpsc::Receiver<(u64, Told)>,
    /// Requests that can be answered once it is known who is connected elsewhere.
    wait: Vec<(Instant, Request)>,
    /// Up to where each stream was followed.
    followed: Vec<u64>,
    progress: Arc<Progress>,
    in_touch: Arc<AtomicBool>,
    finish: CancellationToken,
}

impl Node {
    async fn run(mut self, caught_up: oneshot::Sender<()>) -> Result<(), ClusterError> {
        let worked = match self.catch_up().await {
            Ok(true) => self.work(caught_up).await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = &worked {
            tracing::error!(%error, "this node cannot go on");
        }
        self.writer.finish();
        worked
    }

    /// Follows what the streams have; whether it came so far.
    async fn catch_up(&mut self) -> Result<bool, ClusterError> {
        let mut tails = Vec::new();
        for partition in 0..self.front.cluster.partitions() {
            tokio::select! {
                tail = self.tail_of(partition) => tails.push(tail),
                () = self.finish.cancelled() => return Ok(false),
            }
        }
        let left = |followed: &[u64]| -> u64 {
            tails.iter().zip(followed).map(|(tail, followed)| tail.saturating_sub(*followed)).sum()
        };
        let of = left(&self.followed);
        self.progress.of.store(of, Ordering::Relaxed);
        let (mut came, mut told) = (Vec::new(), Instant::now());
        while left(&self.followed) > 0 {
            tokio::select! {
                taken = self.ordered.recv_many(&mut came, BATCH_REQUESTS), if !self.writer.is_index_stuck() => {
                    let before = left(&self.followed);
                    self.take_ordered(&mut came, taken).await?;
                    self.progress.add(before - left(&self.followed));
                }
                () = self.finish.cancelled() => return Ok(false),
                () = sleep(STORE_AGAIN), if self.writer.is_index_stuck() => {}
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                tracing::info!(left = left(&self.followed), of, "catching up");
            }
            let_index_come(&self.writer, &self.finish).await;
        }
        if of > 0 {
            tracing::info!(messages = of, "caught up");
        }
        Ok(true)
    }

    async fn tail_of(&self, partition: u32) -> u64 {
        loop {
            match self.front.cluster.tail(partition).await {
                Ok(tail) => return tail,
                Err(error) => tracing::debug!(error, "a stream does not say how long it is"),
            }
            sleep(STORE_AGAIN).await;
        }
    }

    /// Works until there are no more requests. Nobody is let in before there is a lobby: the first node has only proposed it.
    async fn work(&mut self, caught_up: oneshot::Sender<()>) -> Result<(), ClusterError> {
        let mut timer = tokio::time::interval(self.writer.timer_every());
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut came, mut waiting) = (Vec::new(), Vec::new());
        let finish = self.finish.clone();
        let open = self.writer.lobby();
        self.front.bring(RoomId::Lobby, None, open).await;
        let mut caught_up = Some(caught_up);
        loop {
            let there = |_: &mut _| matches!(self.writer.log.life(RoomId::Lobby), Ok(Some(_)));
            if let Some(caught_up) = caught_up.take_if(there) {
                let _ = caught_up.send(());
            }
            let_index_come(&self.writer, &self.finish).await;
            let room = self.front.room().min(BATCH_REQUESTS);
            if room == 0 && self.requests.is_closed() {
                // Who asked is told nothing, and does not take it for done.
                return Ok(());
            }
            tokio::select! {
                taken = self.ordered.recv_many(&mut came, BATCH_REQUESTS), if !self.writer.is_index_stuck() => {
                    self.take_ordered(&mut came, taken).await?;
                }
                taken = self.requests.recv_many(&mut waiting, room), if room > 0 => {
                    if taken == 0 {
                        return Ok(());
                    }
                    for request in waiting.drain(..) {
                        self.take_request(request, false).await;
                    }
                }
                Some((partition, tail)) = self.tail.recv() => {
                    for request in self.front.heard(partition, tail) {
                        self.refuse(request, Code::Overloaded);
                    }
                    self.look_again(partition).await;
                }
                Some((node, told)) = self.told.recv() => self.hear(node, told),
                _ = timer.tick() => self.tick().await,
                () = finish.cancelled(), if !self.requests.is_closed() => self.requests.close(),
            }
        }
    }

    async fn tick(&mut self) {
        let known = self.knows_who_is_there();
        for (room, proposal) in self.writer.due(known) {
            self.bring(room, proposal).await;
        }
        for (since, request) in std::mem::take(&mut self.wait) {
            if known {
                self.take_request(request, false).await;
            } else if since.elapsed() < ANSWERS_WITHIN {
                self.wait.push((since, request));
            } else {
                self.refuse(request, Code::Overloaded);
            }
        }
        self.front.send_again().await;
        let in_touch = self.front.is_in_touch();
        if self.in_touch.swap(in_touch, Ordering::Relaxed) != in_touch {
            tracing::warn!(in_touch, "the way to the other nodes has changed");
        }
        self.writer.tidy();
    }

    /// Decides what the streams brought, all of it, and tells those who wait here.
    async fn take_ordered(
        &mut self,
        came: &mut Vec<Result<Ordered, ClusterError>>,
        taken: usize,
    ) -> Result<(), ClusterError> {
        let mut broken = (taken == 0).then(|| ClusterError::Unreachable("the streams".to_owned()));
        let mut batch = Vec::with_capacity(came.len());
        for came in came.drain(..) {
            match came {
                Ok(ordered) => batch.push(ordered),
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        let mut rest = &batch[..];
        while !rest.is_empty() {
            match self.writer.follow(rest) {
                Ok((done, verdicts)) => {
                    let steps = rest[..done].iter().filter_map(|ordered| ordered.step.as_ref());
                    for (step, verdict) in steps.zip(verdicts) {
                        if let Some(request) = self.front.decided(step.from) {
                            drop(self.writer.answer(request, verdict, self.writer.edge.now()));
                        }
                    }
                    for (partition, to) in last_of(&rest[..done]) {
                        self.followed[partition as usize] = to.seq;
                    }
                    rest = &rest[done..];
                }
                // It would decide otherwise than the others do, now or at the next try.
                Err(error) if error.is_damage() => return Err(ClusterError::Damaged(error)),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "nothing could be stored");
                    if self.finish.is_cancelled() {
                        return Err(error.into());
                    }
                    sleep(STORE_AGAIN).await;
                }
            }
        }
        for partition in 0..self.front.cluster.partitions() {
            self.look_again(partition).await;
        }
        broken.map_or(Ok(()), Err)
    }

    async fn look_again(&mut self, partition: u32) {
        for request in self.front.sure(partition, self.followed[partition as usize]) {
            self.take_request(request, true).await;
        }
    }

    /// Sends a request's proposal to its stream, unless it is clear what comes of it. Where all is followed that the stream
    /// had when it came, `sure`, what is not known is not there.
    async fn take_request(&mut self, request: Request, sure: bool) {
        match self.writer.foresee(&request) {
            Ok(Foreseen::Send(overdue, _)) if !overdue.is_empty() && !self.knows_who_is_there() => {
                self.wait.push((Instant::now(), request));
            }
            Ok(Foreseen::Send(overdue, epoch)) => {
                for proposal in overdue {
                    self.bring(request.room, proposal).await;
                }
                self.front.propose(request, epoch).await;
            }
            Ok(Foreseen::Tell(verdict)) => drop(self.writer.answer(request, verdict, self.writer.edge.now())),
            Ok(Foreseen::Unknown) if sure => self.refuse(request, Code::RoomUnknown),
            Ok(Foreseen::Unknown) => self.front.ask(request),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a room could not be read");
                self.refuse(request, Code::Overloaded);
            }
        }
    }

    async fn bring(&mut self, room: RoomId, proposal: Proposal) {
        let epoch = self.writer.epoch(room);
        self.front.bring(room, epoch, proposal).await;
    }

    /// Whether it is known who is connected, here and on other nodes.
    fn knows_who_is_there(&self) -> bool {
        self.told.is_empty() && self.hearing.knows(self.writer.edge.uptime())
    }

    /// A room to which somebody is connected elsewhere comes into memory, with those who are there.
    fn hear(&mut self, node: u64, told: Told) {
        if let Err(error) = self.writer.load(told.0) {
            tracing::error!(error = &error as &dyn std::error::Error, "a room could not be read");
        }
        news::take(node, told, &self.writer.rooms, &self.writer.edge);
    }

    fn refuse(&self, request: Request, code: Code) {
        let id = request.id;
        request.reply.answer(Reply::Refused(code, id, None));
    }
}

impl Writer {
    /// Decides the first of what the streams brought, and stores how far they were followed with it: how many messages, and
    /// what came of each that makes sense.
    pub(in crate::ledger) fn follow(
        &mut self,
        came: &[Ordered],
    ) -> Result<(usize, Vec<Option<Verdict>>), LogError> {
        let steps = came
            .iter()
            .filter_map(|ordered| ordered.step.as_ref())
            .map(|step| (step.room, step.epoch.as_ref().map_or(Within::Any, Within::Epoch), &step.proposal));
        let verdicts = self.store(steps, |log, decided| {
            last_of(&came[..messages(came, decided)])
                .into_iter()
                .try_for_each(|(partition, to)| log.follow(partition, to))
        })?;
        Ok((messages(came, verdicts.len()), verdicts))
    }

    /// The epoch that a room is in, if it is in memory.
    fn epoch(&self, room: RoomId) -> Option<Epoch> {
        Some(self.loaded.get(&room)?.room.settings().epoch.clone())
    }
}

/// How many messages it takes until so many made sense; all of them if no more do.
fn messages(came: &[Ordered], decided: usize) -> usize {
    let mut sense = (0..).zip(came).filter(|(_, ordered)| ordered.step.is_some()).map(|(index, _)| index);
    sense.nth(decided).unwrap_or(came.len())
}

/// Up to where each stream was followed by these.
fn last_of(came: &[Ordered]) -> Vec<(u32, &Followed)> {
    let mut last: Vec<(u32, &Followed)> = Vec::new();
    for ordered in came {
        match last.iter_mut().find(|(partition, _)| *partition == ordered.partition) {
            Some((_, to)) => *to = &ordered.to,
            None => last.push((ordered.partition, &ordered.to)),
        }
    }
    last
}
