//! What a person does under an id, and the frame that says so.

use serde::{Deserialize, Serialize};
use shared::{FromPage, MemberId, MessageId, Seq, Text};

/// Something done that the server stores once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Say something.
    Say {
        /// What.
        text: Text,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
    /// Give an own message a new text.
    Edit {
        /// The message.
        seq: Seq,
        /// Its new text.
        text: Text,
    },
    /// Take a message back.
    Recall {
        /// The message.
        seq: Seq,
    },
    /// Host: take somebody's seat.
    Remove {
        /// Whose.
        member: MemberId,
        /// Ban the member: token, and for a while the address.
        ban: bool,
        /// Recall all messages of the member as well.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recall: bool,
    },
    /// Host: lift a ban.
    Unban {
        /// Whose.
        member: MemberId,
    },
    /// Host: mute a member, or lift the mute.
    Mute {
        /// Whom.
        member: MemberId,
        /// For how many seconds; 0 lifts the mute.
        for_s: u32,
    },
    /// Host: let nobody new in, or let people in again.
    Lock {
        /// Closed, or open.
        locked: bool,
    },
    /// Sign out the member's other devices.
    SignOutOthers,
    /// Host: change the room's settings; what is none stays.
    Set {
        /// The room's name.
        title: Option<String>,
        /// Seconds between one member's messages.
        slow_s: Option<u32>,
        /// Words that are not allowed.
        words: Option<Vec<String>>,
    },
}

impl Command {
    /// The message it is done to.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Edit { seq, .. } | Self::Recall { seq } => Some(*seq),
            Self::Say { .. }
            | Self::Remove { .. }
            | Self::Unban { .. }
            | Self::Mute { .. }
            | Self::Lock { .. }
            | Self::SignOutOthers
            | Self::Set { .. } => None,
        }
    }

    /// The frame that does it, under this id.
    pub fn frame(&self, id: MessageId) -> FromPage {
        match self.clone() {
            Self::Say { text, reply_to } => FromPage::Say { id, text: text.to_string(), reply_to },
            Self::Edit { seq, text } => FromPage::Edit { id, seq, text: text.to_string() },
            Self::Recall { seq } => FromPage::Recall { id, seq },
            Self::Remove { member, ban, recall } => FromPage::Remove { id, member, ban, recall },
            Self::Unban { member } => FromPage::Unban { id, member },
            Self::Mute { member, for_s } => FromPage::Mute { id, member, for_s },
            Self::Lock { locked } => FromPage::Lock { id, locked },
            Self::SignOutOthers => FromPage::SignOutOthers { id, token: None },
            Self::Set { title, slow_s, words } => FromPage::Set { id, title, slow_s, words },
        }
    }
}
