//! What the server says to a page.

use serde::de::{self, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::{FRAME_MAX, PACE_BURST, PACE_PER_SECOND, TEXT_MAX};
use crate::{ByeCode, Code, Epoch, Event, MemberId, MessageId, Millis, Name, RoomId, Seq, Token, VecMap};

/// Names of members who are spoken of but not seated.
pub type Names = VecMap<MemberId, Name>;

/// One frame from the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "Wire")]
pub enum FromServer {
    /// The answer to a join: the seat is yours.
    Welcome {
        /// The room.
        room: RoomFacts,
        /// The member that joined.
        you: You,
        /// Everybody seated.
        members: Vec<Member>,
        /// The last number stored when this was made.
        tail: Seq,
        /// Whether what follows goes on from what the page holds.
        replay: Replay,
        /// What the server lets a page do.
        limits: Limits,
        /// The server's time. Absent only from servers of an earlier version.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<Millis>,
    },
    /// What happened, in order.
    Events {
        /// At most [`crate::limits::EVENTS_FRAME_MAX`] bytes of them.
        events: Vec<Event>,
        /// Everyone spoken of who is not seated.
        #[serde(skip_serializing_if = "Names::is_empty")]
        names: Names,
    },
    /// Who is connected: the whole set, newest only.
    Presence {
        /// Rising.
        online: Vec<MemberId>,
    },
    /// Who is writing: newest only.
    Typing {
        /// Rising.
        by: Vec<MemberId>,
    },
    /// How far members have read: those that changed.
    Read {
        /// Pairs of a member and the highest number it has seen.
        marks: Vec<(MemberId, Seq)>,
    },
    /// This id was stored before.
    Stored {
        /// The id.
        id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// A frame was refused; nothing was changed.
    Refused {
        /// Why.
        code: Code,
        /// For whoever writes a client.
        message: String,
        /// The id of the refused frame, if it had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<MessageId>,
        /// When to come again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// Nothing else was sent for a while.
    Tick {
        /// The server's clock.
        at: Millis,
    },
    /// The last frame before the server closes.
    Bye {
        /// Why.
        code: ByeCode,
        /// When to come back.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
    },
}

impl FromServer {
    /// Reads one text frame.
    ///
    /// # Errors
    /// If it is no message of this protocol.
    pub fn decode(frame: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(frame)
    }

    /// As one text frame.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("messages are plain data")
    }

    /// A refusal with its code's own sentence.
    pub fn refused(code: Code, id: Option<MessageId>) -> Self {
        Self::Refused { code, message: code.message().to_owned(), id, retry_after_ms: None }
    }
}

/// A room, as a welcome tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomFacts {
    /// Its id.
    pub id: RoomId,
    /// This life of its log.
    pub epoch: Epoch,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seats.
    pub capacity: u32,
    /// Whether nobody new may join.
    pub locked: bool,
    /// What a newcomer may read. A rule that this build does not know is taken for the narrowest.
    #[serde(deserialize_with = "known_history")]
    pub history: History,
    /// Seconds between one member's messages.
    pub slow_s: u32,
    /// The member number of the room's host, once the host has joined. The lobby has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<MemberId>,
}

/// What a newcomer may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Everything.
    #[default]
    All,
    /// Its latest `joined` and what follows.
    FromJoin,
}

/// The member that joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct You {
    /// Its number.
    pub member: MemberId,
    /// Its name; of a member that came back, the one it has.
    pub name: Name,
    /// Whether it is the room's host.
    pub host: bool,
    /// The token drawn for it, if the join had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// When the member's mute ends, if it is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Millis>,
}

/// Somebody seated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its number.
    pub member: MemberId,
    /// Its name.
    pub name: Name,
    /// The number of its latest `joined` event. Absent only in what a page of an earlier version kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Seq>,
    /// When its mute ends, if it is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Millis>,
}

/// Whether the events after a welcome go on from what the page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// Every event after `after.seq` follows.
    Complete,
    /// The page drops what it holds; the newest ones follow.
    Reset,
}

/// What the server lets a page do, and for how long it keeps what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest message, in characters.
    pub text: u32,
    /// Longest frame, in bytes.
    pub frame: u32,
    /// Changes a second, on average.
    pub per_second: u32,
    /// Changes at once.
    pub burst: u32,
    /// For how many seconds an event is kept, by the server's clock, if not for ever. What is older stands at the beginning of
    /// the room, and is sent to nobody any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_s: Option<u64>,
}

impl Limits {
    /// The limits of [`crate::limits`].
    pub const DEFAULT: Self = Self {
        text: TEXT_MAX as u32,
        frame: FRAME_MAX as u32,
        per_second: PACE_PER_SECOND,
        burst: PACE_BURST,
        keep_s: None,
    };
}

/// A frame as it is read: every field that any type has. Why it is read so, [`crate::event`] says.
#[derive(Deserialize)]
struct Wire {
    r#type: Type,
    at: Option<Millis>,
    by: Option<Vec<MemberId>>,
    code: Option<String>,
    events: Option<Vec<Event>>,
    id: Option<MessageId>,
    limits: Option<Limits>,
    marks: Option<Vec<(MemberId, Seq)>>,
    members: Option<Vec<Member>>,
    message: Option<String>,
    names: Option<Names>,
    online: Option<Vec<MemberId>>,
    replay: Option<String>,
    retry_after_ms: Option<u64>,
    retry_ms: Option<u64>,
    room: Option<RoomFacts>,
    seq: Option<Seq>,
    tail: Option<Seq>,
    you: Option<You>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Welcome,
    Events,
    Presence,
    Typing,
    Read,
    Stored,
    Refused,
    Tick,
    Bye,
}

/// A field is missing that its type has, or makes no sense there.
#[derive(Debug, thiserror::Error)]
#[error("a frame without a field that its type has")]
struct Incomplete;

impl TryFrom<Wire> for FromServer {
    type Error = Incomplete;

    fn try_from(wire: Wire) -> Result<Self, Incomplete> {
        wire.message().ok_or(Incomplete)
    }
}

impl Wire {
    fn message(self) -> Option<FromServer> {
        let code = self.code.as_deref();
        Some(match self.r#type {
            Type::Welcome => FromServer::Welcome {
                room: self.room?,
                you: self.you?,
                members: self.members?,
                tail: self.tail?,
                replay: self.replay.as_deref().and_then(read).unwrap_or(Replay::Reset),
                limits: self.limits?,
                at: self.at,
            },
            Type::Events => {
                FromServer::Events { events: self.events?, names: self.names.unwrap_or_default() }
            }
            Type::Presence => FromServer::Presence { online: self.online? },
            Type::Typing => FromServer::Typing { by: self.by? },
            Type::Read => FromServer::Read { marks: self.marks? },
            Type::Stored => FromServer::Stored { id: self.id?, seq: self.seq? },
            Type::Refused => FromServer::Refused {
                // The closest to a reason that this build does not know: the request makes no sense to the server.
                code: read(code?).unwrap_or(Code::BadMessage),
                message: self.message?,
                id: self.id,
                retry_after_ms: self.retry_after_ms,
            },
            Type::Tick => FromServer::Tick { at: self.at? },
            // Of a reason that this build does not know, a newer one of the page can tell.
            Type::Bye => {
                FromServer::Bye { code: read(code?).unwrap_or(ByeCode::Version), retry_ms: self.retry_ms }
            }
        })
    }
}

pub(crate) fn known_history<'de, D: Deserializer<'de>>(deserializer: D) -> Result<History, D::Error> {
    Ok(read(&String::deserialize(deserializer)?).unwrap_or(History::FromJoin))
}

pub(crate) fn read<T: for<'de> Deserialize<'de>>(word: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<de::value::Error>::into_deserializer(word)).ok()
}
