//! The ledger: orders all proposals, decides them, stores what they come to, and only then lets anyone know.
//!
//! One thread, `writer`, does this for all rooms, so there is nothing to lock and one synced write serves
//! everybody who proposed meanwhile. This file is how sessions reach it.

mod batch;
mod checkpoints;
pub mod log;
mod writer;

use std::sync::Arc;
use std::thread::JoinHandle;

use shared::{Code, Limits, MessageId, Name, RoomId, Seq};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::{Config, LEDGER_QUEUE};
use crate::edge::Edge;
use crate::room::Connection;
use crate::room::proposal::Proposal;
use crate::rooms::Rooms;

use log::{Log, LogError};
use writer::Writer;

/// The way to the ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    requests: mpsc::Sender<Request>,
}

/// A proposal, and the room it is for.
#[derive(Debug)]
pub struct Request {
    /// The room.
    pub room: RoomId,
    /// What is proposed.
    pub proposal: Proposal,
    /// The frame's id, for a refusal.
    pub id: Option<MessageId>,
    /// A place kept for the answer, so that the ledger never waits for a session.
    pub reply: mpsc::OwnedPermit<Box<Reply>>,
}

/// The answer to a request, given after what it speaks of is stored.
#[derive(Debug)]
pub enum Reply {
    /// The room is there, and loaded.
    Here,
    /// The seat is yours.
    Seated(Seated),
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
    /// Opens the log, makes sure the lobby exists, and starts the thread. Once `finish` is cancelled the ledger stores
    /// what it was given, takes no more, and ends; however it ends, `ended` is dropped then.
    ///
    /// # Errors
    /// If the log cannot be opened or read.
    pub fn start(
        config: &Config,
        edge: Arc<Edge>,
        rooms: Arc<Rooms>,
        finish: CancellationToken,
        ended: DropGuard,
    ) -> Result<(Self, JoinHandle<()>), LogError> {
        let log = Log::open(&config.data)?;
        let mut writer = Writer::new(log, config.clone(), edge, rooms);
        writer.open_lobby()?;
        let (sender, receiver) = mpsc::channel(LEDGER_QUEUE);
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || {
                let _ended = ended;
                writer.run(receiver, &finish);
            })
            .map_err(LogError::Io)?;
        Ok((Self { requests: sender }, thread))
    }

    /// Hands a request in; waits while the queue is full.
    ///
    /// # Errors
    /// [`Stopped`] if the ledger has ended.
    pub async fn propose(&self, request: Request) -> Result<(), Stopped> {
        match self.requests.try_send(request) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(Stopped),
            // Rare, so that what waiting needs is not in every session all the time.
            Err(TrySendError::Full(request)) => {
                Box::pin(self.requests.send(request)).await.map_err(|_| Stopped)
            }
        }
    }
}
