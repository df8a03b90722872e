//! What a page says to the server.

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::{Epoch, MemberId, MessageId, RoomId, Seq, Token, said};

/// One frame from a page.
///
/// Names and texts are as they were typed: whoever takes the frame parses them, so that a refusal can carry the
/// frame's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromPage {
    /// Take a seat, or come back to it; the first frame.
    Join(Join),
    /// Say something.
    Say {
        /// Made by the page; the same id is stored once.
        id: MessageId,
        /// See [`crate::Text`].
        text: String,
        /// The message this answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
    /// Give an own message a new text.
    Edit {
        /// Of this edit.
        id: MessageId,
        /// The message.
        seq: Seq,
        /// See [`crate::Text`].
        text: String,
    },
    /// Take a message back.
    Recall {
        /// Of this recall.
        id: MessageId,
        /// The message.
        seq: Seq,
    },
    /// Everything up to here was seen on screen.
    Read {
        /// Highest number seen.
        seq: Seq,
    },
    /// Somebody is writing.
    Typing,
    /// Give the seat back; closes all of the member's connections.
    Leave,
    /// Host: take somebody's seat.
    Remove {
        /// Of this removal.
        id: MessageId,
        /// Whose.
        member: MemberId,
        /// Ban the member's token, and for a while its address.
        #[serde(default = "yes", deserialize_with = "or_yes")]
        ban: bool,
        /// Recall all messages of the member that still stand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not", deserialize_with = "or_no")]
        recall: bool,
    },
    /// Host: lift a ban.
    Unban {
        /// Of this change.
        id: MessageId,
        /// The banned member.
        member: MemberId,
    },
    /// Host: mute a member, or lift the mute.
    Mute {
        /// Of this change.
        id: MessageId,
        /// The member.
        member: MemberId,
        /// For how many seconds, at most [`crate::limits::MUTE_MAX`]; 0 lifts the mute.
        for_s: u32,
    },
    /// Host: let nobody new in, or let people in again.
    Lock {
        /// Of this change.
        id: MessageId,
        /// Closed, or open.
        locked: bool,
    },
    /// Host: change the room's settings.
    Set {
        /// Of this change.
        id: MessageId,
        /// The room's name; an empty one takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Seconds between one member's messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slow_s: Option<u32>,
        /// Words that are not allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Vec<String>>,
    },
    /// Sign out all of the member's other devices, and void its recovery link.
    SignOutOthers {
        /// Of this change.
        id: MessageId,
        /// New token of this device, drawn by the page. It replaces the one of this connection's `join`, which stays otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
    },
}

impl FromPage {
    /// Reads one text frame.
    ///
    /// # Errors
    /// Whatever is no message of this protocol is [`crate::Code::BadMessage`]; the cause is for the log.
    pub fn decode(frame: &str) -> Result<Self, serde_json::Error> {
        // serde takes a list of the fields for an object as well; the protocol does not.
        if !frame.trim_start().starts_with('{') {
            return Err(serde_json::Error::custom("not an object"));
        }
        // Serde reads a tagged enum by way of a value of any shape, which takes four times as long.
        said::say(frame).map_or_else(|| serde_json::from_str(frame), Ok)
    }

    /// As one text frame.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("messages are plain data")
    }
}

/// The wish for a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The protocol's version.
    pub v: u32,
    /// See [`RoomId`]; one of another form is an unknown room.
    pub room: String,
    /// See [`crate::NameRule`].
    pub name: String,
    /// Drawn by the page, so that a join may be repeated. Without one the server draws it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What the page holds already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
}

impl Join {
    /// The room, if its id is of the right form.
    pub fn room_id(&self) -> Option<RoomId> {
        self.room.parse().ok()
    }
}

/// How far a page's copy of the log goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The life of the log it is a copy of.
    pub epoch: Epoch,
    /// The last number held.
    pub seq: Seq,
}

const fn yes() -> bool {
    true
}

fn or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(false))
}

fn or_yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(true))
}
