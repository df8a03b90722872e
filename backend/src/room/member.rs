//! What the rules know of a room, in the form in which it is kept: so that a room is loaded without reading its log.
//!
//! Nothing here decides anything; [`super::state`] does.

use serde::{Deserialize, Serialize};
use shared::{MessageId, Millis, Name, Seq, Title};

use crate::names::Folded;

use super::proposal::Settings;
use super::roster::Seat;
use super::seal::TokenHash;
use super::words::Words;

/// A member, as the rules know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberState {
    pub(super) name: Name,
    pub(super) folded: Folded,
    pub(super) token: TokenHash,
    pub(super) seat: Seat,
    /// The greatest id it has used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_id: Option<MessageId>,
    /// When it last said something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) said_at: Option<Millis>,
    /// Token and name are kept out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) banned: bool,
    /// By the proposer's clock; nothing of it is in the log, so after a restart nobody was seen.
    #[serde(skip)]
    pub(super) seen_at: Millis,
}

/// A room without its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub(super) settings: Settings,
    pub(super) capacity: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Title>,
    pub(super) locked: bool,
    pub(super) slow_s: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<Words>,
    /// The last number.
    pub tail: Seq,
    /// When it was given.
    pub last_at: Millis,
}
