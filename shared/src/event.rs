//! What happened in a room, as every member sees it.

use serde::{Deserialize, Serialize};

use crate::{MemberId, MessageId, Millis, Name, Seq, Text};

/// One numbered fact of a room's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, the same for everyone.
    pub seq: Seq,
    /// When the server took it; never earlier than the event before.
    pub at: Millis,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Event {
    /// The number of a message's newest edit, if this is a message that was edited.
    pub const fn newest_edit(&self) -> Option<Seq> {
        match &self.fact {
            Fact::Said { edited: Some(edit), .. } => Some(edit.seq),
            _ => None,
        }
    }
}

/// What happened; `kind` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The room begins; always number 1.
    Opened {
        /// Seats.
        capacity: u32,
        /// The room's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// Somebody took a seat.
    Joined {
        /// Who.
        member: MemberId,
        /// Under which name.
        name: Name,
    },
    /// A seat was freed.
    Left {
        /// Whose.
        member: MemberId,
        /// How it came.
        why: LeftWhy,
    },
    /// A message.
    Said {
        /// Who said it.
        by: MemberId,
        /// The id its sender gave it.
        id: MessageId,
        /// What was said; the newest text if it was edited.
        text: Text,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The newest edit, if this is sent after one was stored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited: Option<Edit>,
    },
    /// A message has a new text.
    Edited {
        /// Who edited.
        by: MemberId,
        /// The id of the edit.
        id: MessageId,
        /// The message.
        target: Seq,
        /// Its new text.
        text: Text,
    },
    /// A message was taken back.
    Recalled {
        /// Who took it back.
        by: MemberId,
        /// The id of the recall.
        id: MessageId,
        /// The message.
        target: Seq,
    },
    /// Stands at the number of an event whose text is no more.
    Gone {
        /// Who had written it.
        by: MemberId,
        /// The id it had.
        id: MessageId,
        /// What stood here.
        of: GoneKind,
        /// Why it is gone.
        why: GoneWhy,
        /// Who recalled it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recalled_by: Option<MemberId>,
    },
    /// The host closed or opened the door to newcomers.
    Locked {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// Closed, or open.
        locked: bool,
    },
    /// The host changed the room's settings.
    Set {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// The new name of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Seconds between one member's messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slow_s: Option<u32>,
    },
}

/// How a seat was freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftWhy {
    /// The member gave it back.
    Asked,
    /// The host took it.
    Removed,
    /// The member was away longer than the room holds a seat.
    Away,
}

/// The newest edit of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The number of the edit.
    pub seq: Seq,
    /// When it was made.
    pub at: Millis,
}

/// What stood where a `gone` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneKind {
    /// A message.
    Said,
    /// An edit.
    Edited,
}

/// Why a text is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneWhy {
    /// The message was recalled.
    Recalled,
    /// A later edit overtook it.
    EditedAgain,
    /// It edits a message this member may not read.
    Unreadable,
}
