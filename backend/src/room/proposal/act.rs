//! What members do under an id of their own.

use serde::{Deserialize, Serialize};
use shared::{MemberId, Seq, Text, Title};

use crate::room::words::Words;

/// What a member does. Its JSON is what a [`crate::room::seal::Seal`] is made of, so a field that is added must be left out when absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says something.
    Say {
        /// What.
        text: Text,
        /// The message it answers.
        reply_to: Option<Seq>,
    },
    /// Gives an own message a new text.
    Edit {
        /// The message.
        target: Seq,
        /// The new text.
        text: Text,
    },
    /// Takes a message back.
    Recall {
        /// The message.
        target: Seq,
    },
    /// Takes somebody's seat.
    Remove {
        /// Whose.
        member: MemberId,
        /// Bans its token.
        ban: bool,
        /// Recalls all of its messages that still stand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recall: bool,
    },
    /// Lifts a ban.
    Unban {
        /// Whose.
        member: MemberId,
    },
    /// Mutes somebody, or lifts the mute.
    Mute {
        /// Whom.
        member: MemberId,
        /// For how many seconds; 0 lifts the mute.
        for_s: u32,
    },
    /// Lets nobody new in, or lets people in again.
    Lock {
        /// Which of the two.
        locked: bool,
    },
    /// Changes the room's settings.
    Set {
        /// The room's name.
        title: Option<Title>,
        /// Seconds between one member's messages.
        slow_s: Option<u32>,
        /// Words that are not allowed, in place of those before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Words>,
    },
}

impl Act {
    /// The message it speaks of.
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Self::Say { reply_to, .. } => *reply_to,
            Self::Edit { target, .. } | Self::Recall { target } => Some(*target),
            Self::Remove { .. }
            | Self::Unban { .. }
            | Self::Mute { .. }
            | Self::Lock { .. }
            | Self::Set { .. } => None,
        }
    }
}
