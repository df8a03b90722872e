//! What can happen to the page: the person, the server, the browser or the clock did something.

use shared::{EventPage, FromServer, MessageId, Millis, NameRule, Seq, Text, Token};

use super::SeatLinkAnswer;
use super::outbox::{Command, Outbox};
use super::timeline::PageRange;

/// How a person moves through the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browse {
    /// To this event, wherever it is.
    Jump(Seq),
    /// No more to where they wanted to jump.
    CancelJump,
    /// Near the end of what is shown, which is not the newest.
    Newer,
    /// Back to the newest.
    Latest,
    /// The first unread message was in view.
    SeeUnread,
    /// A message in sight replies to this one, which is not held.
    Quoted(Seq),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The person asks to be let in.
    Connect {
        /// The name as typed.
        typed: String,
        /// A token just drawn. It is used only if this browser has none for the room yet.
        token: Token,
    },
    /// The server told which rule the names of this room follow.
    NameRuleKnown(NameRule),
    /// A frame arrived.
    Received {
        /// The connection it arrived on.
        connection: u32,
        /// The frame.
        frame: FromServer,
    },
    /// A connection ended.
    Closed {
        /// The connection.
        connection: u32,
        /// The WebSocket close code, if there was one.
        code: Option<u16>,
    },
    /// The time that [`super::ChatState::wake_at`] named has come.
    Tick,
    /// The browser is online again, or the page is shown or focused again.
    Wake,
    /// The browser reports that it has no network.
    Offline,
    /// The page is put away (`pagehide`). The browser may show it again later.
    PageHidden,
    /// The browser could not write to its storage.
    StorageFailed,
    /// Another tab changed the stored session of this room; [`super::Env::stored`] has it.
    StoredSessionChanged,
    /// Another tab of this browser uses the same lobby session: this tab was duplicated from it.
    SessionInUse {
        /// A token just drawn for this tab.
        token: Token,
    },
    /// Another tab changed the stored outbox of this room.
    StoredOutboxChanged(Outbox),
    /// The person types another name: the page waits for the taken one no longer.
    NameTyped,
    /// The person has chosen whether to use the session that the page's address carried.
    AnswerSeatLink(SeatLinkAnswer),
    /// The person sends a message.
    Say {
        /// Its id.
        id: MessageId,
        /// The text.
        text: Text,
        /// The message it answers.
        reply_to: Option<Seq>,
        /// When it was written, by the server's clock.
        at: Millis,
    },
    /// The person does something else that the server stores once.
    Command {
        /// Its id.
        id: MessageId,
        /// The command.
        act: Command,
        /// When it was done, by the server's clock.
        at: Millis,
    },
    /// The person sends a failed command again.
    Retry {
        /// The failed command.
        id: MessageId,
        /// Its id from now on.
        new_id: MessageId,
        /// When it was done again, by the server's clock.
        at: Millis,
    },
    /// The person discards a command that failed or was never sent.
    Discard {
        /// The command.
        id: MessageId,
    },
    /// The person nears the beginning of what is held, or retries after a failure.
    WantOlder,
    /// The person moves through the log otherwise.
    Browse(Browse),
    /// A page of events arrived, or the request failed.
    HistoryPage {
        /// The request, as [`super::ChatState::fetching`] named it.
        asked: (u32, PageRange),
        /// The answer; none if the request failed.
        page: Option<EventPage>,
    },
    /// The person began or stopped following the end of the list.
    Follow {
        /// Whether the end is followed.
        follows: bool,
    },
    /// The page became visible and focused, or stopped being so.
    Visible {
        /// Whether the person can be looking at it.
        visible: bool,
    },
    /// The person is typing.
    Typing,
    /// The person gives the seat back.
    Leave,
    /// The server has given this device another token, in place of one that somebody else may know.
    TakeToken {
        /// The token.
        token: Token,
    },
    /// The person signs out on this device only. The seat stays taken.
    ForgetDevice,
    /// The person wants to join under another name.
    ResetIdentity,
}
