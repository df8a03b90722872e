//! Codes: why something was refused, why a connection ends.

use serde::{Deserialize, Serialize};

/// Why a frame or a request was refused. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Unparsable, too deep, or with wrong fields.
    BadMessage,
    /// The name breaks the name rule.
    BadName,
    /// Somebody seated has this name, or one that looks like it.
    NameTaken,
    /// No seat is free.
    RoomFull,
    /// The host lets nobody new in.
    RoomLocked,
    /// There is no such room.
    RoomUnknown,
    /// The host removed this member.
    Removed,
    /// The message is somebody else's.
    NotYours,
    /// The time for this has passed.
    TooLate,
    /// The text is too long.
    TooLong,
    /// Faster than the pace allows; `retry_after_ms` says when to come again.
    TooFast,
    /// The room is in slow mode; `retry_after_ms` says when to come again.
    SlowMode,
    /// The host muted this member; `retry_after_ms` says for how long.
    Muted,
    /// The text has a word the host does not allow.
    BlockedWord,
    /// This id was used before, for something else.
    IdReused,
    /// The message spoken of is missing, not a message, gone, or not readable.
    UnknownTarget,
    /// Only the host may do this.
    NotHost,
    /// A member's token is missing.
    NoToken,
    /// The page speaks another version: it must be loaded again.
    Version,
    /// The server has too much to do; come again.
    Overloaded,
    /// The server's disk takes nothing, so nothing can be stored; come again.
    StorageFailed,
    /// Another device of the member signed this one out, or this recovery token was used.
    SignedOut,
    /// The pairing code or recovery token is wrong, used or expired.
    BadCode,
    /// The member has as many devices as it may have.
    TooManyDevices,
}

impl Code {
    /// All codes, for tables and tests.
    pub const ALL: [Self; 24] = [
        Self::BadMessage,
        Self::BadName,
        Self::NameTaken,
        Self::RoomFull,
        Self::RoomLocked,
        Self::RoomUnknown,
        Self::Removed,
        Self::NotYours,
        Self::TooLate,
        Self::TooLong,
        Self::TooFast,
        Self::SlowMode,
        Self::Muted,
        Self::BlockedWord,
        Self::IdReused,
        Self::UnknownTarget,
        Self::NotHost,
        Self::NoToken,
        Self::Version,
        Self::Overloaded,
        Self::StorageFailed,
        Self::SignedOut,
        Self::BadCode,
        Self::TooManyDevices,
    ];

    /// A sentence for whoever writes a client. People read the page's own words.
    pub const fn message(self) -> &'static str {
        match self {
            Self::BadMessage => "this frame is not a message of the protocol",
            Self::BadName => "this name breaks the name rule",
            Self::NameTaken => "somebody here has this name",
            Self::RoomFull => "this room has no free seat",
            Self::RoomLocked => "this room lets nobody new in",
            Self::RoomUnknown => "there is no such room",
            Self::Removed => "the host removed you from this room",
            Self::NotYours => "this message is somebody else's",
            Self::TooLate => "the time for this has passed",
            Self::TooLong => "this text is too long",
            Self::TooFast => "slow down",
            Self::SlowMode => "this room is in slow mode",
            Self::Muted => "the host muted you",
            Self::BlockedWord => "this text has a word that is not allowed here",
            Self::IdReused => "this id was used before for something else",
            Self::UnknownTarget => "there is no such message for you",
            Self::NotHost => "only the host may do this",
            Self::NoToken => "a member's token is needed",
            Self::Version => "this version of the protocol is not spoken",
            Self::Overloaded => "the server has too much to do now",
            Self::StorageFailed => {
                "the server cannot store anything now: its disk is full or cannot be written"
            }
            Self::SignedOut => "another device signed this one out, or this recovery link was used",
            Self::BadCode => "this pairing code or recovery link is wrong, used or expired",
            Self::TooManyDevices => "this member has too many devices: sign out the others first",
        }
    }
}

/// Why the server closes a connection; said in a `bye` just before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeCode {
    /// The member gave its seat back.
    Left,
    /// The server restarts: come back.
    Restarting,
    /// The host removed this member.
    Removed,
    /// The host deleted the room.
    Deleted,
    /// The page speaks another version.
    Version,
    /// The server cannot go on: come back later.
    Overloaded,
    /// Nobody joined, or the seat was given up after a long silence.
    Idle,
    /// A frame or message was larger than the limit.
    TooBig,
    /// Another device of the member signed this one out.
    SignedOut,
}

/// The WebSocket close codes in use (RFC 6455, section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The member left.
    Left = 1000,
    /// The server restarts: come back.
    Restarting = 1001,
    /// The peer broke the WebSocket protocol.
    Protocol = 1002,
    /// A binary frame came.
    Binary = 1003,
    /// A text frame was not UTF-8.
    NotUtf8 = 1007,
    /// Refused: do not come back by yourself.
    Refused = 1008,
    /// A frame or message over the limit.
    TooBig = 1009,
    /// Overloaded: come back later.
    Overloaded = 1013,
}

impl CloseCode {
    /// Whether a page that hears this code comes back by itself. Codes that are not ours (a lost connection is
    /// 1006) do.
    pub fn comes_back(code: u16) -> bool {
        let stays_away =
            [Self::Left, Self::Protocol, Self::Binary, Self::NotUtf8, Self::Refused, Self::TooBig];
        !stays_away.iter().any(|known| *known as u16 == code)
    }
}
