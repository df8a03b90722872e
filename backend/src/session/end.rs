//! Why a connection ends, and what its peer is told.

use shared::{ByeCode, CloseCode, LeftWhy};
use tokio_tungstenite::tungstenite::Error as SocketError;

use crate::ledger::Stopped;
use crate::room::roster::Seat;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// We say why, and close.
    Bye(ByeCode, CloseCode),
    /// We close without a word: the peer broke a rule of the WebSocket protocol, or is silent.
    Close(CloseCode),
    /// The peer does not read what we write.
    Slow,
    /// The peer closed, or is gone.
    Lost,
}

impl End {
    /// What `/metrics` calls it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Bye(ByeCode::Left, _) => "left",
            Self::Bye(ByeCode::Restarting, _) => "restarting",
            Self::Bye(ByeCode::Removed, _) => "removed",
            Self::Bye(ByeCode::Deleted, _) => "deleted",
            Self::Bye(ByeCode::Version, _) => "version",
            Self::Bye(ByeCode::Overloaded, _) => "overloaded",
            Self::Bye(ByeCode::Idle, _) => "idle",
            Self::Bye(ByeCode::TooBig, _) => "too_big",
            Self::Bye(ByeCode::SignedOut, _) => "signed_out",
            Self::Close(_) => "protocol",
            Self::Slow => "slow",
            Self::Lost => "lost",
        }
    }
}

impl From<Stopped> for End {
    fn from(Stopped: Stopped) -> Self {
        Self::Bye(ByeCode::Restarting, CloseCode::Restarting)
    }
}

impl From<SocketError> for End {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Capacity(_) => Self::Bye(ByeCode::TooBig, CloseCode::TooBig),
            SocketError::Utf8(_) => Self::Close(CloseCode::NotUtf8),
            SocketError::Protocol(_) => Self::Close(CloseCode::Protocol),
            _ => Self::Lost,
        }
    }
}

/// The seat of its member was freed, or somebody else has it.
pub(super) const fn unseated(seat: Seat) -> End {
    match seat {
        Seat::Freed(LeftWhy::Removed) => End::Bye(ByeCode::Removed, CloseCode::Refused),
        Seat::Freed(LeftWhy::Away) => End::Bye(ByeCode::Idle, CloseCode::Refused),
        Seat::Freed(LeftWhy::Asked) | Seat::Taken(_) => End::Bye(ByeCode::Left, CloseCode::Left),
    }
}
