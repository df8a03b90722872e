//! What the page keeps of each room: the seat, what is unsent, the draft, how far one has read; and, of a room by link, a
//! copy of what was last shown. And the language, and what is to tell of messages.
//!
//! Of the lobby in this window's sessionStorage, of a room by link in localStorage, so that its link leads back to
//! one's own seat. Storage may be missing, full or forbidden; then nothing is kept, and the chat goes on.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::{After, MemberId, MessageId, RoomId, Seq, Token};
use web_sys::Storage;

use crate::i18n::Lang;
use crate::json_codec;
use crate::services::platform::window;
use crate::state::StoredSession;
use crate::state::outbox::Outbox;

const PREFIX: &str = "duiliao.";
const SEAT: &str = "seat";
const OUTBOX: &str = "outbox";
const DRAFT: &str = "draft";
const READ: &str = "read";
const COPY: &str = "copy";
const CALLED: &str = "called";
const LANG: &str = "duiliao.lang";

/// How far this browser's member of a room has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTo {
    /// The member.
    pub member: MemberId,
    /// The highest number it has seen.
    pub seq: Seq,
}

/// The seat a page before this one had in this room, or was given.
pub fn kept(room: RoomId) -> Option<StoredSession> {
    read(room, SEAT)
}

/// Whether the seat that is kept of this room is the one with this token.
pub fn holds(room: RoomId, token: Option<Token>) -> bool {
    kept(room).is_some_and(|kept| Some(kept.token) == token)
}

/// The rooms by link that this browser has a seat in, or was given one.
pub fn rooms() -> Vec<(RoomId, StoredSession)> {
    let Some(storage) = lasting() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
    let room = |key: String| key.strip_prefix(PREFIX)?.strip_suffix(SEAT)?.strip_suffix('.')?.parse().ok();
    let mut rooms = Vec::new();
    for room in keys.filter_map(room).filter(|room| *room != RoomId::Lobby) {
        // The browser tells them in an order of its own, which may change.
        rooms.insert(rooms.partition_point(|other| *other < room), room);
    }
    rooms.into_iter().filter_map(|room| Some((room, kept(room)?))).collect()
}

/// What a page before this one had not sent.
pub fn outbox(room: RoomId) -> Outbox {
    read(room, OUTBOX).unwrap_or_default()
}

/// What a page before this one had half written.
pub fn draft(room: RoomId) -> String {
    text(room, DRAFT).unwrap_or_default()
}

/// What a page before this one showed of a room by link; empty if there is nothing.
pub fn copy(room: RoomId) -> String {
    text(room, COPY).unwrap_or_default()
}

/// Keeps the seat, or forgets it. What was shown is for whoever comes back to it, and for nobody else.
pub fn keep(room: RoomId, kept: Option<&StoredSession>) {
    if kept.is_none_or(|kept| kept.name.is_none()) {
        forget_copy(room);
    }
    match kept {
        Some(kept) => write(room, SEAT, kept),
        None => remove(room, SEAT),
    }
}

/// Keeps what is unsent, beside what another window of this room keeps; `known` is what this page had before.
pub fn keep_outbox(room: RoomId, unsent: &Outbox, known: &[MessageId]) {
    let all = unsent.beside(&outbox(room), known);
    if all.items().is_empty() {
        remove(room, OUTBOX);
    } else {
        write(room, OUTBOX, &all);
    }
}

/// Keeps what is half written.
pub fn keep_draft(room: RoomId, draft: &str) {
    if draft.is_empty() {
        remove(room, DRAFT);
    } else {
        set(room, DRAFT, draft);
    }
}

/// Keeps what is shown of a room by link.
pub fn keep_copy(room: RoomId, copy: &str) {
    if let RoomId::Link(_) = room
        && !set(room, COPY, copy)
    {
        // An old one may have what was taken back since.
        forget_copy(room);
    }
}

/// Forgets what was shown of a room.
pub fn forget_copy(room: RoomId) {
    remove(room, COPY);
}

/// How far a page before this one had read.
pub fn read_to(room: RoomId) -> Option<ReadTo> {
    read(room, READ)
}

/// Keeps how far the person has read, of a room by link.
pub fn keep_read(room: RoomId, to: Option<&ReadTo>) {
    if let (Some(to), RoomId::Link(_)) = (to, room) {
        write(room, READ, to);
    }
}

/// Whether a person may be called for what has come up to here: another window of the room has not done it.
pub fn calls(room: RoomId, to: &After) -> bool {
    let called: Option<After> = read(room, CALLED);
    let new = called.is_none_or(|called| called.epoch != to.epoch || called.seq < to.seq);
    if new {
        write(room, CALLED, to);
    }
    new
}

/// The language that was chosen.
pub fn lang() -> Option<Lang> {
    let storage = lasting()?;
    Lang::of_tag(&storage.get_item(LANG).ok().flatten()?)
}

/// Keeps the language that was chosen.
pub fn keep_lang(lang: Lang) {
    if let Some(storage) = lasting() {
        let _ = storage.set_item(LANG, lang.tag());
    }
}

/// What may tell of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// A sound.
    Sound,
    /// A notification.
    Notification,
}

/// Whether the person has turned it on, in this browser.
pub fn wants(alert: Alert) -> bool {
    let storage = lasting();
    storage.is_some_and(|storage| storage.get_item(alert.key()).ok().flatten().is_some())
}

/// Keeps whether it is on.
pub fn want(alert: Alert, on: bool) {
    if let Some(storage) = lasting() {
        let _ = if on { storage.set_item(alert.key(), "on") } else { storage.remove_item(alert.key()) };
    }
}

impl Alert {
    const fn key(self) -> &'static str {
        match self {
            Self::Sound => "duiliao.sound",
            Self::Notification => "duiliao.notification",
        }
    }
}

/// Forgets the room.
pub fn wipe(room: RoomId) {
    [SEAT, OUTBOX, DRAFT, READ, COPY, CALLED].into_iter().for_each(|what| remove(room, what));
}

fn key(room: RoomId, what: &str) -> String {
    format!("{PREFIX}{room}.{what}")
}

fn storage(room: RoomId) -> Option<Storage> {
    match room {
        RoomId::Lobby => window().session_storage().ok().flatten(),
        RoomId::Link(_) => lasting(),
    }
}

/// What outlives the window.
fn lasting() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn read<T: DeserializeOwned>(room: RoomId, what: &str) -> Option<T> {
    json_codec::read(&text(room, what)?)
}

fn text(room: RoomId, what: &str) -> Option<String> {
    storage(room)?.get_item(&key(room, what)).ok().flatten()
}

fn write(room: RoomId, what: &str, value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        set(room, what, &text);
    }
}

fn set(room: RoomId, what: &str, text: &str) -> bool {
    storage(room).is_some_and(|storage| storage.set_item(&key(room, what), text).is_ok())
}

fn remove(room: RoomId, what: &str) {
    if let Some(storage) = storage(room) {
        let _ = storage.remove_item(&key(room, what));
    }
}
