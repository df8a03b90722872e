//! What the state wants done in the world, as values: [`super::ChatState::update`] returns them and one executor carries them
//! out, in order. Nothing is executed here.

use shared::{FromPage, MemberId, MessageId, Seq, Token};

use super::StoredSession;
use super::timeline::PageRange;

/// What an update reads besides the state and the action.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Env {
    /// Monotonic time in milliseconds. It has no epoch and never goes back.
    pub now: u64,
    /// A random number in `0.0..1.0`, for backoff jitter; not for secrets.
    pub random: f64,
    /// The session that the browser's storage holds for this room at this moment. Another tab may have changed it.
    pub stored: Option<StoredSession>,
}

/// One side effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Opens a socket in place of the current one and sends a `join` on it.
    OpenSocket {
        /// The number under which its frames are reported.
        connection: u32,
        /// The first frame.
        join: Box<FromPage>,
    },
    /// Closes the current socket. Frames that were sent on it still go out.
    CloseSocket,
    /// Sends a frame on the current socket.
    Send(FromPage),
    /// Requests a page of events over HTTP, reported as [`super::Action::HistoryPage`].
    FetchHistory {
        /// The connection during which it was requested, and the page.
        asked: (u32, PageRange),
        /// Authorizes the request.
        token: Token,
    },
    /// Stores the session.
    StoreSession(StoredSession),
    /// Removes the stored session.
    RemoveSession,
    /// Stores the outbox. Items of other tabs stay, except those listed, which this tab has handled.
    StoreOutbox {
        /// Ids that this tab held before.
        known: Vec<MessageId>,
    },
    /// Stores a snapshot of the room, unless the stored one is newer.
    StoreSnapshot {
        /// Only for this session.
        token: Token,
    },
    /// Stores how far the member has read.
    StoreReadMark {
        /// The member.
        member: MemberId,
        /// The highest number seen.
        seq: Seq,
    },
    /// Forgets the session that the page's address carried: nobody is asked about it any more.
    ForgetSeatLink,
    /// Removes everything that is stored of the room.
    WipeRoom,
    /// Removes what is stored of the room's messages and of what was written there. The session stays.
    WipeMessages,
}
