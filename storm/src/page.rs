//! A page without a browser: the page's own state, told what happens and asked what is to be done, as `use_chat` does.
//!
//! Whoever owns it holds the connection and the clock. It keeps book of what it was told, and of what became of
//! everything that was done on it.

use std::collections::BTreeMap;
use std::rc::Rc;

use frontend::state::outbox::{Command, Outbox};
use frontend::state::timeline::PageRange;
use frontend::state::{Action, ChatState, Effect, Env, StoredSession};
use shared::{Epoch, FromPage, FromServer, MemberId, MessageId, Millis, RoomId, Token};

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
    Fetch((u32, PageRange), Token),
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
    /// The stored snapshot of the room.
    snapshot: String,
    /// The stored session.
    stored: Option<StoredSession>,
}

impl Page {
    /// A page of this room, new or with the seat that its maker was given.
    pub fn new(who: String, room: RoomId, kept: Option<StoredSession>) -> Self {
        Self {
            chat: ChatState::restore(room, kept.clone(), Outbox::default(), 0, Millis(0)),
            witness: Witness::new(who),
            deeds: BTreeMap::new(),
            snapshot: String::new(),
            stored: kept,
        }
    }

    /// All that its list holds of the room. What its own person took back there it remembers beside it, to be written
    /// anew.
    pub fn list(&self) -> String {
        format!("{:?}", self.chat.room.as_deref().map(|room| &room.log))
    }

    /// Something happens, at this time and with this random number in `0.0..1.0`.
    pub fn act(&mut self, action: Action, now: u64, random: f64) -> Vec<Do> {
        let mut stored = false;
        if let Action::Received { connection, frame, .. } = &action
            && self.chat.connection.number() == Some(*connection)
        {
            stored = matches!(frame, FromServer::Events { .. } | FromServer::Stored { .. });
            self.witness.hears(frame);
        }
        let before = Rc::clone(&self.chat.outbox);
        let env = Env { now, random, stored: self.stored.clone() };
        let effects = self.chat.update(action, &env);
        self.note(&before, stored);
        effects.into_iter().filter_map(|effect| self.execute(effect)).collect()
    }

    /// The person does something under an id.
    pub fn does(&mut self, id: MessageId, act: Command, at: Millis) -> Vec<Do> {
        let action = match act.clone() {
            Command::Say { text, reply_to } => Action::Say { id, text, reply_to, at },
            act => Action::Command { id, act, at },
        };
        let todo = self.act(action, at.0, 0.5);
        if self.chat.outbox.items().iter().any(|item| item.id == id) {
            self.deeds.insert(id, Deed { act, fate: Fate::Open });
        }
        todo
    }

    /// The person wants something that failed sent again, under a new id.
    pub fn retries(&mut self, id: MessageId, new_id: MessageId, at: Millis) -> Vec<Do> {
        let todo = self.act(Action::Retry { id, new_id, at }, at.0, 0.5);
        if let Some(item) = self.chat.outbox.items().iter().find(|item| item.id == new_id) {
            self.deeds.insert(new_id, Deed { act: item.act.clone(), fate: Fate::Open });
        }
        todo
    }

    /// The person leaves the room.
    pub fn leaves(&mut self, now: u64) -> Vec<Do> {
        self.act(Action::Leave, now, 0.5)
    }

    /// A frame that is no deed.
    pub fn says(&self, frame: &FromPage) -> Vec<Do> {
        if self.chat.connection.is_up() { vec![Do::Send(frame.encode())] } else { Vec::new() }
    }

    /// The page is loaded anew, with what the browser has stored.
    pub fn reloads(&mut self, now: u64) -> Vec<Do> {
        let mut todo = self.act(Action::PageHidden, now, 0.5);
        let stored: Option<StoredSession> = self.stored.as_ref().map(reread);
        let outbox = reread(&*self.chat.outbox);
        self.chat = ChatState::restore(self.chat.id, stored, outbox, now, Millis(now))
            .with_snapshot(&self.snapshot, now);
        todo.extend(self.act(Action::Visible { visible: true }, now, 0.5));
        todo
    }

    /// Whether nothing waits: it is in the room and has heard of everything it did, or it is nowhere.
    pub fn is_at_rest(&self) -> bool {
        match (&self.chat.seat, &self.chat.room) {
            (None, _) => true,
            (Some(_), room) => {
                let waits = self.chat.outbox.items().iter().any(|item| !item.failed());
                self.chat.connection.is_up() && room.is_some() && !waits
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

    /// Executes what concerns the browser's storage. The rest is for the owner of the connection.
    fn execute(&mut self, effect: Effect) -> Option<Do> {
        match effect {
            Effect::OpenSocket { connection, join } => {
                if let FromPage::Join(join) = &*join {
                    self.witness.joins(join);
                }
                return Some(Do::Open(connection, join.encode()));
            }
            Effect::CloseSocket => return Some(Do::Close),
            Effect::Send(frame) => return Some(Do::Send(frame.encode())),
            Effect::FetchHistory { asked, token } => return Some(Do::Fetch(asked, token)),
            // It never opens a link that carries a seat.
            Effect::ForgetSeatLink => {}
            Effect::StoreSession(session) => {
                if self.stored.as_ref().is_none_or(|stored| stored.token != session.token) {
                    self.snapshot.clear();
                }
                self.stored = Some(session);
            }
            Effect::StoreSnapshot { .. } => {
                let room = self.chat.room.as_ref();
                if let Some(snapshot) = room.and_then(|room| room.copy_over(&self.snapshot)) {
                    self.snapshot = snapshot;
                }
            }
            Effect::RemoveSession | Effect::WipeRoom => {
                self.stored = None;
                self.snapshot.clear();
            }
            Effect::WipeMessages => self.snapshot.clear(),
            Effect::StoreOutbox { .. } | Effect::StoreReadMark { .. } => {}
        }
        None
    }
}

/// As it comes back from the browser's storage.
fn reread<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("what is kept is plain data");
    serde_json::from_str(&text).expect("what was kept is read")
}
