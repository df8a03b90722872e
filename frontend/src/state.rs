//! Everything the page knows, and what each thing that happens makes of it:
//! [`ChatState::update`] takes an [`Action`] and returns the [`Effect`]s to execute.
//!
//! No browser in here: time, randomness and the stored session are arguments ([`Env`]). One executor carries out the effects and
//! calls back at [`ChatState::wake_at`].

mod action;
pub mod connection;
mod effect;
mod ending;
mod identity;
pub mod outbox;
mod ownership;
mod receipts;
mod reconcile;
pub mod room;
pub mod server_clock;
pub mod timeline;
pub mod unread;
mod unseen;
mod update;

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::{
    After, ByeCode, Code, Epoch, FromPage, Join, MessageId, Millis, Name, NameRule, RoomId, Seq, Token,
    VERSION,
};

use connection::Connection;
use identity::Borrowed;
use outbox::Outbox;
use ownership::Ownership;
use receipts::Telling;
use reconcile::Issued;
use server_clock::ServerClock;
use timeline::PageRange;

pub use action::{Action, Browse};
pub use effect::{Effect, Env};
pub use identity::SeatLinkAnswer;
pub use room::{JumpState, Room};
pub use timeline::HistoryState;
pub use unseen::{NotificationAction, UnseenMessages};

/// Who this page is, or asks to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The name.
    pub name: Name,
    /// The secret that makes it ours.
    pub token: Token,
}

/// What is kept of a seat across a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSession {
    /// The secret, drawn here or given to the room's maker.
    pub token: Token,
    /// The name to come back under, without being asked; none while the card waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// Why the card is shown and not the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinError {
    /// The name breaks the rule: said at the field.
    BadName,
    /// The server refused the join.
    Refused(Code),
    /// The server ended the connection.
    Ended(ByeCode),
    /// The person wanted this device to forget the room.
    Forgotten,
    /// The host deleted the room while this page was in it.
    Deleted,
    /// There is no server to be heard.
    Unreachable,
}

/// The state of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatState {
    /// Which room this page is for.
    pub id: RoomId,
    /// The name as it was typed.
    pub typed: String,
    /// The seat wanted or held; none while the card waits for a name. A reload asks for it again.
    pub seat: Option<Session>,
    /// What to say on the card.
    pub problem: Option<JoinError>,
    /// The connection.
    pub connection: Connection,
    /// The room, since the first welcome.
    pub room: Option<Rc<Room>>,
    /// What was done and is not confirmed.
    pub outbox: Rc<Outbox>,
    /// The rule that names in this room follow; the wider one until the server has said which.
    pub name_rule: NameRule,
    /// Whether the browser could not store something: what is unsent is lost when the page closes.
    pub storage_failed: bool,
    /// Estimates the server's clock.
    pub server_clock: ServerClock,
    telling: Telling,
    token: Option<Token>,
    was_here: bool,
    known: bool,
    /// A session that the page's address carried, until the person has said whether to use it.
    pub seat_link: Option<StoredSession>,
    borrowed: Option<Borrowed>,
    /// The name of the own session that stays stored after a carried one was refused, or a ban.
    returned_to: Option<Name>,
    ownership: Ownership,
    issued: Issued,
    /// A name that is taken and will be free at a monotonic time: the page joins under it then.
    awaited: Option<(Name, u64)>,
}

impl ChatState {
    /// The state of a page that is new to this room.
    pub fn new(id: RoomId) -> Self {
        Self {
            id,
            typed: String::new(),
            seat: None,
            problem: None,
            connection: Connection::default(),
            room: None,
            outbox: Rc::default(),
            name_rule: NameRule::Han,
            storage_failed: false,
            server_clock: ServerClock::default(),
            telling: Telling::default(),
            token: None,
            was_here: false,
            known: false,
            seat_link: None,
            borrowed: None,
            returned_to: None,
            ownership: Ownership::default(),
            issued: Issued::default(),
            awaited: None,
        }
    }

    /// The state of a page just loaded, with what a page before it kept of this room.
    ///
    /// `now` is monotonic time, `wall` the computer's clock at the same moment.
    pub fn restore(id: RoomId, kept: Option<StoredSession>, outbox: Outbox, now: u64, wall: Millis) -> Self {
        let mut chat = Self { outbox: Rc::new(outbox), ..Self::new(id) };
        chat.server_clock = ServerClock::from_wall_clock(now, wall);
        chat.issued.outbox = Rc::clone(&chat.outbox);
        let Some(StoredSession { token, name }) = kept else {
            return chat;
        };
        chat.token = Some(token);
        if let Some(name) = name {
            chat.typed = name.to_string();
            chat.seat = Some(Session { name, token });
            chat.was_here = true;
            chat.known = true;
            chat.connection.resume(now);
        }
        chat
    }

    /// Shows a stored snapshot of the room ([`Room::copy_over`]) until the server has sent what happened since.
    #[must_use]
    pub fn with_snapshot(mut self, copy: &str, now: u64) -> Self {
        let seat = self.seat.as_ref().filter(|_| self.id != RoomId::Lobby);
        let wall = self.server_time(now);
        self.room = seat.and_then(|seat| Room::of_copy(copy, self.id, &seat.name, wall)).map(Rc::new);
        if let Some(room) = self.room.as_deref().filter(|_| self.outbox.items().is_empty()) {
            // What is written before the welcome is for those who are shown.
            Rc::make_mut(&mut self.outbox).bind(&room.facts.epoch, room.me, Seq::default(), room.partner());
            self.issued.outbox = Rc::clone(&self.outbox);
        }
        self
    }

    /// What is written from now on is for those who are there now.
    fn note_partner(&mut self) {
        if let Some(partner) = self.room.as_deref().map(Room::partner) {
            self.outbox_mut().partner_changed(partner);
        }
    }

    /// The secret of the seat that this page has or asks for.
    pub fn token(&self) -> Option<Token> {
        self.token
    }

    /// When the page joins by itself, under a name that is taken until then.
    pub fn joins_at(&self) -> Option<u64> {
        self.awaited.as_ref().map(|(_, at)| *at)
    }

    /// What to keep for the next page of this room.
    pub fn kept(&self) -> Option<StoredSession> {
        let name = self.seat.as_ref().map(|seat| &seat.name).or(self.returned_to.as_ref()).cloned();
        self.token.map(|token| StoredSession { token, name })
    }

    /// The server's time at the monotonic time `now`: what people see and what rules compare.
    pub fn server_time(&self, now: u64) -> Millis {
        self.server_clock.at(now)
    }

    /// Identifies the snapshot to store: up to which event it reaches, and how often held events were rewritten. None while the
    /// server is not connected: another tab may know more.
    pub fn snapshot_key(&self) -> Option<(Epoch, Seq, u32)> {
        let room = self.room.as_ref().filter(|_| self.id != RoomId::Lobby && self.connection.is_up())?;
        room.position().map(|(epoch, seq)| (epoch, seq, room.rewrites))
    }

    /// Whether the card offers to come as somebody else: this page was somebody here, and is no more.
    pub fn offers_another_name(&self) -> bool {
        self.id != RoomId::Lobby && self.known && self.seat.is_none()
    }

    /// Whether the link of one's own seat is to be offered: something of one's own stands in a room by link.
    pub fn offers_backup(&self) -> bool {
        self.id != RoomId::Lobby
            && self.room.as_ref().is_some_and(|room| !room.host && room.has_own_message())
    }

    /// Whether the room is shown: welcomed once, or coming back after a reload.
    pub fn in_room(&self) -> bool {
        self.seat.is_some() && self.was_here
    }

    /// The connection to hold, and what to send first on it.
    pub fn joining(&self) -> Option<(u32, FromPage)> {
        let connection = self.connection.number()?;
        let seat = self.seat.as_ref()?;
        let position = self.room.as_ref().and_then(|room| room.position());
        let join = Join {
            v: VERSION,
            room: self.id.to_string(),
            name: seat.name.to_string(),
            token: Some(seat.token),
            after: position.map(|(epoch, seq)| After { epoch, seq }),
        };
        Some((connection, FromPage::Join(join)))
    }

    /// The act to have on its way now. Each triple of connection, id and attempt is sent once.
    pub fn sending(&self) -> Option<(u32, MessageId, u32)> {
        let connection = self.connection.number().filter(|_| self.connection.is_up())?;
        self.outbox.next_to_send().map(|(item, attempt)| (connection, item.id, attempt))
    }

    /// The frame for [`ChatState::sending`].
    pub fn sending_frame(&self) -> Option<FromPage> {
        self.outbox.next_to_send().map(|(item, _)| item.act.frame(item.id))
    }

    /// The page of events to have on its way, and the connection on which it was asked for. The answer is void on another
    /// one, which may be to another life of the room.
    pub fn fetching(&self) -> Option<(u32, PageRange)> {
        let connection = self.connection.number().filter(|_| self.connection.is_up())?;
        self.room.as_ref()?.wanted_page().map(|page| (connection, page))
    }

    /// When [`Action::Tick`] is due.
    pub fn wake_at(&self) -> Option<u64> {
        let typing = self.room.as_ref().and_then(|room| room.typing_until());
        let due = [
            self.connection.wake_at(),
            self.outbox.wake_at(),
            self.tells_at(),
            typing,
            self.issued.snapshot_due_at(),
            self.joins_at(),
        ];
        due.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
