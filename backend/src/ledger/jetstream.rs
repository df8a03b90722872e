//! The ledger of one node among many: NATS JetStream orders the proposals and keeps them until every node has followed.
//!
//! A proposal that arrives here is sent to its room's stream, and decided where the stream is followed: alike on every
//! node. `streams` knows the streams, `follow` reads one, `foresee` says what is to be sent, `front` has what was sent and not
//! decided yet, and `thread` decides. `news` is what travels past the streams. How proposals are decided, stored and published is the writer's business, as on one machine.

mod follow;
mod foresee;
mod front;
mod news;
mod streams;
mod thread;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::room::proposal::Proposal;
use crate::room::proposal::wire::{RULES, Ticket};
use crate::store::LogError;
use crate::store::log::cluster::Followed;
use shared::{Epoch, RoomId};

pub use streams::Cluster;
pub(super) use thread::start;

/// Why a node cannot be one, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Nobody answers.
    #[error("no NATS server with JetStream answers at {0}")]
    Unreachable(String),
    /// NATS asks for a login, or for another one.
    #[error("the NATS server at {0} refuses the login: look at user and password in --nats (DUILIAO_NATS)")]
    Login(String),
    /// The streams belong to others.
    #[error("the data folder is a copy in another cluster than the one at these NATS servers")]
    OtherCluster,
    /// A single machine's data.
    #[error("the data folder holds one machine's log: `duiliao join-cluster` begins a cluster with it")]
    NotAMember,
    /// There are streams already.
    #[error(
        "there are streams at these NATS servers already, which this data folder, as it is now, does not begin \
         (docs/cluster.md says what to do)"
    )]
    Taken,
    /// The log is a copy, and nobody said where the others are.
    #[error("the data folder is a copy in a cluster: start with --nats, or it would go its own way")]
    Alone,
    /// Streams that a log was followed from are gone.
    #[error(
        "the cluster's streams are gone: `duiliao restore --alone` of a backup of the node that knows most, and \
         `duiliao join-cluster`, begin it anew"
    )]
    Gone,
    /// The streams reach back not far enough.
    #[error(
        "the stream {0} does not reach back to what this node needs next: start it from another node's `duiliao backup`"
    )]
    Gap(String),
    /// The streams are not those that the log was followed from, or have lost what was in them.
    #[error(
        "the stream {0} does not hold what this node has followed: NATS has lost messages (docs/cluster.md says what to do)"
    )]
    Lost(String),
    /// Somebody decides by rules that are not known here.
    #[error(
        "a proposal in {0} is of rules {1}, and this program knows rules {RULES}: install the newer version here"
    )]
    Rules(String, u32),
    /// The streams were made by a program that does it otherwise.
    #[error("the stream {0} was not made by this program")]
    Foreign(String),
    /// What the other nodes decide by cannot be read here.
    #[error(
        "a room cannot be read here, so this node stops: it would decide otherwise than the other nodes. If index.db is \
         damaged, delete it and start again; if log.db is, restore the backup of another node (docs/trouble.md)"
    )]
    Damaged(#[source] LogError),
    /// The log stands in the way.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A message of a stream, in its order.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) partition: u32,
    /// Where the stream was followed to with it.
    pub(super) to: Followed,
    /// Nothing if it makes no sense.
    pub(super) step: Option<Step>,
}

/// A proposal in its order, with the time it was given there.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) from: Ticket,
    pub(super) room: RoomId,
    pub(super) epoch: Option<Epoch>,
    pub(super) proposal: Proposal,
}

/// How far a node has come that was not there for a while.
#[derive(Debug, Default)]
pub struct Progress {
    followed: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    fn add(&self, messages: u64) {
        self.followed.fetch_add(messages, Ordering::Relaxed);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [followed, of] = [&self.followed, &self.of].map(|count| count.load(Ordering::Relaxed));
        write!(f, "catching up: {} of {of}", followed.min(of))
    }
}

/// What a thread that follows is told, and tells.
#[derive(Debug)]
pub struct Following {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// How far it has come.
    pub progress: Arc<Progress>,
}
