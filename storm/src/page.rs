//! A page without a browser: the page's own state, told what happens and asked what is to be done, as `use_chat` does.
//!
//! Whoever owns it holds the connection and the clock. It keeps book of what it was told, and of what became of
//! everything that was done on it.

use std::collections::BTreeMap;
use std::rc::Rc;

use frontend::state::outbox::{Command, Outbox};
use frontend::state::{Action, ChatState, StoredSession};
use shared::{Epoch, FromPage, FromServer, MemberId, MessageId, Millis, RoomId, Seq, Token};

use crate::witness::Witness;

/// What the owner is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Do {
    /// Open this connection, in place of the one before, and send this frame on it.
    Open(u32, String),
    /// Close the connection; what was sent goes out.
    Close,
    /// Send a frame on the connection.
    Send(String),
    /// Ask for an older page.
    Fetch((u32, Seq), Token),
}

/// Something done under an id.
#[derive(Debug)]
pub struct Deed {
    /// What.
    pub act: Command,
    /// What the page knows of it.
    pub fate: Fate,
}

/// What a page knows of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It waits, or was given up before anything was heard of it.
    Open,
    /// It is stored, by this member in this life.
    Confirmed(Epoch, MemberId),
    /// It was refused.
    Refused,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The page's own state.
    pub chat: ChatState,
    /// What it was told.
    pub witness: Witness,
    /// What was done on it.
    pub deeds: BTreeMap<MessageId, Deed>,
    /// What it showed, as it is kept for the next page.
    copy: String,
    opened: Option<u32>,
    sent: Option<(u32, MessageId, u32)>,
    asked: Option<(u32, Seq)>,
    read: Option<(u32, Seq)>,
    typed: Option<(u32, u64)>,
}

impl Page {
    /// A page of this room, new or with the seat that its maker was given.
    pub fn new(who: String, room: RoomId, kept: Option<StoredSession>) -> Self {
        Self {
            chat: ChatState::restore(room, kept, Outbox::default(), 0),
            witness: Witness::new(who),
            deeds: BTreeMap::new(),
            copy: String::new(),
            opened: None,
            sent: None,
            asked: None,
            read: None,
            typed: None,
        }
    }

    /// All that its list holds of the room. What its own person took back there it remembers beside it, to be written
    /// anew.
    pub fn list(&self) -> String {
        format!("{:?}", self.chat.room.as_deref().map(|room| &room.log))
    }

    /// Something happens.
    pub fn act(&mut self, action: Action) -> Vec<Do> {
        let mut stored = false;
        if let Action::Received { connection, frame, .. } = &action
            && self.chat.link.connection() == Some(*connection)
        {
            stored = matches!(frame, FromServer::Events { .. } | FromServer::Stored { .. });
            self.witness.hears(frame);
        }
        let before = Rc::clone(&self.chat.outbox);
        // Not a clone: the state is changed in place while nobody else has it.
        let chat = std::mem::replace(&mut self.chat, ChatState::new(RoomId::Lobby));
        self.chat = chat.after(action);
        self.note(&before, stored);
        self.due()
    }

    /// The person does something under an id.
    pub fn does(&mut self, id: MessageId, act: Command, at: Millis) -> Vec<Do> {
        let todo = self.act(match act.clone() {
            Command::Say { text, reply_to } => Action::Say { id, text, reply_to, at },
            act => Action::Command { id, act, at },
        });
        if self.chat.outbox.items().iter().any(|item| item.id == id) {
            self.deeds.insert(id, Deed { act, fate: Fate::Open });
        }
        todo
    }

    /// The person wants something that failed sent again, under a new id.
    pub fn retries(&mut self, id: MessageId, new_id: MessageId, at: Millis) -> Vec<Do> {
        let todo = self.act(Action::Retry { id, new_id, at });
        if let Some(item) = self.chat.outbox.items().iter().find(|item| item.id == new_id) {
            self.deeds.insert(new_id, Deed { act: item.act.clone(), fate: Fate::Open });
        }
        todo
    }

    /// The person leaves the room.
    pub fn leaves(&mut self) -> Vec<Do> {
        let mut todo = vec![Do::Send(FromPage::Leave.encode())];
        todo.extend(self.act(Action::Leave));
        todo
    }

    /// A frame that is no deed.
    pub fn says(&self, frame: &FromPage) -> Vec<Do> {
        if self.chat.link.is_up() { vec![Do::Send(frame.encode())] } else { Vec::new() }
    }

    /// The page is loaded anew, with what it keeps.
    pub fn reloads(&mut self, now: u64) -> Vec<Do> {
        let kept: Option<StoredSession> = self.chat.kept().map(|kept| reread(&kept));
        let copy = self.chat.copies().and_then(|_| self.chat.room.as_ref()?.copy_over(&self.copy));
        // Without one the last one stays, however old it is: the page may be gone before it could keep another.
        self.copy = match &kept {
            Some(StoredSession { name: Some(_), .. }) => copy.unwrap_or(std::mem::take(&mut self.copy)),
            _ => String::new(),
        };
        let outbox = reread(&*self.chat.outbox);
        self.chat = ChatState::restore(self.chat.id, kept, outbox, now).showing(&self.copy, now);
        (self.opened, self.sent, self.asked, self.read, self.typed) = Default::default();
        let mut todo = vec![Do::Close];
        todo.extend(self.act(Action::Visible { visible: true, now }));
        todo
    }

    /// Whether nothing waits: it is in the room and has heard of everything it did, or it is nowhere.
    pub fn is_at_rest(&self) -> bool {
        match (&self.chat.seat, &self.chat.room) {
            (None, _) => true,
            (Some(_), room) => {
                let waits = self.chat.outbox.items().iter().any(|item| !item.failed());
                self.chat.link.is_up() && room.is_some() && !waits
            }
        }
    }

    /// Notes what became of what is in the outbox no more, or has failed there.
    fn note(&mut self, before: &Rc<Outbox>, stored: bool) {
        if Rc::ptr_eq(before, &self.chat.outbox) {
            return;
        }
        for item in before.items() {
            let now = self.chat.outbox.items().iter().find(|now| now.id == item.id);
            let Some(deed) = self.deeds.get_mut(&item.id) else { continue };
            let room = self.chat.room.as_ref();
            match (now, room) {
                (None, Some(room)) if stored => {
                    deed.fate = Fate::Confirmed(room.facts.epoch.clone(), room.me);
                }
                (Some(now), _) if matches!(now.state, frontend::state::outbox::DeliveryState::Refused(_)) => {
                    deed.fate = Fate::Refused;
                }
                _ => {}
            }
        }
    }

    /// What the state wants done and has not been done.
    fn due(&mut self) -> Vec<Do> {
        let mut todo = Vec::new();
        let connection = self.chat.link.connection();
        if connection != self.opened {
            self.opened = connection;
            todo.push(match self.chat.joining() {
                Some((connection, frame)) => {
                    if let FromPage::Join(join) = &frame {
                        self.witness.joins(join);
                    }
                    Do::Open(connection, frame.encode())
                }
                None => Do::Close,
            });
        }
        let sending = self.chat.sending();
        if sending != self.sent {
            self.sent = sending;
            todo.extend(sending.and(self.chat.sending_frame()).map(|frame| Do::Send(frame.encode())));
        }
        let reading = self.chat.reading();
        if reading != self.read {
            self.read = reading;
            todo.extend(reading.map(|(_, seq)| Do::Send(FromPage::Read { seq }.encode())));
        }
        let typing = self.chat.typing();
        if typing != self.typed {
            self.typed = typing;
            todo.extend(typing.map(|_| Do::Send(FromPage::Typing.encode())));
        }
        let fetching = self.chat.fetching();
        if fetching != self.asked {
            self.asked = fetching;
            let token = self.chat.seat.as_ref().map(|seat| seat.token);
            todo.extend(fetching.zip(token).map(|(asked, token)| Do::Fetch(asked, token)));
        }
        todo
    }
}

/// As it comes back from the browser's storage.
fn reread<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("what is kept is plain data");
    serde_json::from_str(&text).expect("what was kept is read")
}
