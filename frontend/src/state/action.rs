//! What can happen to a page.

use shared::{EventPage, FromServer, MessageId, Millis, Seq, Text, Token};

use crate::state::outbox::Command;

/// Something that happened: the person did it, the server said it, or time did. `now` is in milliseconds, `random`
/// in `0.0..1.0`.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The person asks to be let in.
    Connect {
        /// The name as typed.
        typed: String,
        /// A token just drawn, in case there is none yet.
        token: Token,
        /// The time.
        now: u64,
    },
    /// A frame came.
    Received {
        /// On which connection.
        connection: u32,
        /// The frame.
        frame: FromServer,
        /// The time.
        now: u64,
        /// Chance.
        random: f64,
    },
    /// A connection is gone.
    Closed {
        /// Which.
        connection: u32,
        /// With which close code.
        code: Option<u16>,
        /// The time.
        now: u64,
        /// Chance.
        random: f64,
    },
    /// It is as late as [`super::ChatState::wake_at`] said.
    Tick {
        /// The time.
        now: u64,
        /// Chance.
        random: f64,
    },
    /// The browser is online again, or the page is shown again, or somebody looks at it.
    Wake {
        /// The time.
        now: u64,
    },
    /// The page is gone from its window; the browser may keep it, to show it again.
    PageHidden,
    /// The person says something.
    Say {
        /// Its id.
        id: MessageId,
        /// What.
        text: Text,
        /// The message it answers.
        reply_to: Option<Seq>,
        /// The time.
        at: Millis,
    },
    /// The person does something else that is to be stored once.
    Command {
        /// Its id.
        id: MessageId,
        /// What.
        act: Command,
        /// The time.
        at: Millis,
    },
    /// The person wants something that failed sent again.
    Retry {
        /// Which.
        id: MessageId,
        /// Its id from now on.
        new_id: MessageId,
        /// The time.
        at: Millis,
    },
    /// The person gives something that failed up.
    DiscardFailed {
        /// Which.
        id: MessageId,
    },
    /// The person nears the beginning of what is held, or wants to see more of it after a failure.
    WantOlder,
    /// An older page came, or failed to.
    HistoryPage {
        /// What was asked for, as [`super::ChatState::fetching`] said.
        asked: (u32, Seq),
        /// The answer, if there is one.
        page: Option<EventPage>,
    },
    /// The person follows the end of the list from now on, or has left it.
    Follow {
        /// Which of the two.
        follows: bool,
        /// The time.
        now: u64,
    },
    /// The page comes into sight, or goes out of it.
    Visible {
        /// Which of the two.
        visible: bool,
        /// The time.
        now: u64,
    },
    /// The person is writing.
    Typing {
        /// The time.
        now: u64,
    },
    /// The person leaves the room.
    Leave,
    /// The person wants to come as somebody else.
    ResetIdentity,
}
