//! What the rules know of a room, in the form in which it is kept: so that a room is loaded without reading its log.
//!
//! Nothing here decides anything; [`super::state`] does.

use serde::{Deserialize, Serialize};
use shared::{MessageId, Millis, Name, Seq, Title};

use crate::names::SeatName;

use super::proposal::Settings;
use super::roster::{Listed, Seat};
use super::tokens::Tokens;
use super::words::Words;

/// A member, as the rules know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberState {
    pub(super) name: SeatName,
    pub(super) tokens: Tokens,
    pub(super) seat: Seat,
    /// The number of its first `joined`: it has said nothing before.
    pub(super) first: Seq,
    /// The greatest id it has used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_id: Option<MessageId>,
    /// When it last said something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) said_at: Option<Millis>,
    /// When it last edited something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<Millis>,
    /// When its token was banned, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) banned_at: Option<Millis>,
    /// When its last mute ends; it may have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) muted_until: Option<Millis>,
    /// A removal at this number asked for all messages before it to be recalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recall_before: Option<Seq>,
    /// The last message that was recalled for that. The newest went first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recalled_from: Option<Seq>,
    /// The number of its last `devices` event that signed out others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signed_out_at: Option<Seq>,
    /// When all changes of its devices are made up for: each adds [`shared::limits::DEVICE_CHANGE_S`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) devices_until: Option<Millis>,
    /// By the proposer's clock; nothing of it is in the log, so after a restart nobody was seen.
    #[serde(skip)]
    pub(super) seen_at: Millis,
}

impl MemberState {
    /// What sessions may know of it.
    pub(super) fn listed(&self) -> Listed {
        Listed {
            name: self.name().clone(),
            seat: self.seat,
            tokens: self.tokens.clone(),
            banned_at: self.banned_at,
            muted_until: self.muted_until,
        }
    }

    /// Whether it has a seat.
    pub const fn is_seated(&self) -> bool {
        matches!(self.seat, Seat::Taken(_))
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &Name {
        self.name.shown()
    }

    /// Where it sits, or why it does not.
    pub(crate) const fn seat(&self) -> Seat {
        self.seat
    }

    /// Whether it stays in memory while its room does: it sits, its token is banned, or its messages are recalled for its removal.
    pub(crate) const fn is_in_use(&self) -> bool {
        self.is_seated() || self.banned_at.is_some() || self.recall_before.is_some()
    }

    /// Its tokens.
    pub(crate) const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The numbers in which a removal recalls the member's messages: from the first one on, and before the second one.
    pub(crate) fn to_recall(&self) -> Option<(Seq, Seq)> {
        let range = (self.first.next(), self.recall_before?);
        (self.said_at.is_some() && range.0 < range.1).then_some(range)
    }

    /// The part of [`MemberState::to_recall`] that is left, if the recalls were stored in the order in which they were proposed.
    pub(crate) fn left_to_recall(&self) -> Option<(Seq, Seq)> {
        let (first, before) = self.to_recall()?;
        let before = self.recalled_from.map_or(before, |from| from.min(before));
        (first < before).then_some((first, before))
    }
}

/// A room without its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub(crate) settings: Settings,
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
