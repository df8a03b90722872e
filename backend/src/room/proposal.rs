//! What can be proposed to a room, and what comes of it. The rules themselves are in [`super::state`].

use serde::{Deserialize, Serialize};
use shared::limits::LOBBY_CAPACITY;
use shared::{Code, Epoch, Event, History, MemberId, MessageId, Millis, Name, NameRule, Seq, Text};

use crate::names::Folded;

use super::seal::{Seal, TokenHash};

/// The version of these rules; whoever decides alike must follow the same.
pub const RULES: u32 = 1;

/// A wish to change a room, with all that its edge had to add.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The edge's clock.
    pub at: Millis,
    /// What is wished.
    pub wish: Wish,
}

/// What is wished.
#[derive(Debug, Clone)]
pub enum Wish {
    /// That the room exist. Void if it does.
    Open(Settings),
    /// A seat.
    Join {
        /// What was typed.
        name: Box<str>,
        /// What it is compared by.
        folded: Folded,
        /// Of the token shown.
        token: TokenHash,
    },
    /// To say something.
    Say {
        /// Who.
        by: Standing,
        /// The page's id.
        id: MessageId,
        /// What.
        text: Text,
        /// The message it answers.
        reply_to: Option<Seq>,
        /// Binds the id to this content.
        seal: Seal,
    },
    /// To give the seat back.
    Leave {
        /// Who.
        by: Standing,
        /// In case the room starts afresh.
        fresh: Epoch,
    },
    /// To free the seat of somebody not heard of since then. Void if it was.
    Away {
        /// Who.
        member: MemberId,
        /// The last time anything was heard of it.
        since: Millis,
        /// In case the room starts afresh.
        fresh: Epoch,
    },
}

/// As whom a session speaks: void once that seat was freed, even if the member has another since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The member.
    pub member: MemberId,
    /// The number of the `joined` that gave the seat.
    pub since: Seq,
}

/// What a room was opened with. It stands in its `opened` record, so that later flags change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// This life of the log.
    pub epoch: Epoch,
    /// Seats.
    #[serde(skip)]
    pub capacity: u32,
    /// What a newcomer may read.
    pub history: History,
    /// Which names are let in.
    pub names: NameRule,
    /// How long a seat is kept for somebody without a connection, in milliseconds.
    pub hold_ms: u64,
    /// Whether the room starts afresh when its last seat is freed.
    pub restarts: bool,
}

impl Settings {
    /// The lobby's.
    pub fn lobby(epoch: Epoch, hold_ms: u64) -> Self {
        Self {
            epoch,
            capacity: LOBBY_CAPACITY,
            history: History::FromJoin,
            names: NameRule::Common,
            hold_ms,
            restarts: true,
        }
    }
}

/// What is stored: the public event, and what rebuilding the room needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What members see.
    pub event: Event,
    /// What they do not.
    pub private: Private,
}

/// The part of a record that never leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Private {
    /// Nothing.
    None,
    /// Of `opened`.
    Opened(Settings),
    /// Of `joined`.
    Joined {
        /// Of the member's token.
        token: TokenHash,
        /// What its name is compared by.
        folded: Folded,
    },
    /// Of whatever has an id.
    Sealed(Seal),
}

/// What the rules need to know from storage about a proposal; see [`super::state::RoomState::asks`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What was stored under the proposal's id, long ago or just now.
    pub stored: Option<StoredId>,
    /// Whether the message spoken of is one.
    pub target_is_message: bool,
}

/// An id that was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredId {
    /// Its number.
    pub seq: Seq,
    /// What it is bound to; nothing once it was recalled.
    pub seal: Option<Seal>,
}

/// What must be looked up before a proposal can be decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// Was this member's id used before?
    pub id: Option<(MemberId, MessageId)>,
    /// Is this number a message?
    pub target: Option<Seq>,
}

/// What a proposal comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be stored, in order.
    pub records: Vec<Record>,
    /// After these records the room begins afresh, with an empty log and these settings.
    pub afresh: Option<Settings>,
    /// What the proposer is told. Nothing where the event itself tells it.
    pub answer: Option<Answer>,
}

/// What a proposer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The seat is yours.
    Seated {
        /// As whom to speak.
        standing: Standing,
        /// Under which name.
        name: Name,
    },
    /// This id was stored before.
    Stored {
        /// The id.
        id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Nothing was changed.
    Refused {
        /// Why.
        code: Code,
        /// The frame's id.
        id: Option<MessageId>,
    },
}
