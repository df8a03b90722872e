//! What the page keeps of each room: the seat, what is unsent, the draft. Nothing that was said.
//!
//! Of the lobby in this window's sessionStorage, of a room by link in localStorage, so that its link leads back to
//! one's own seat. Storage may be missing, full or forbidden; then nothing is kept, and the chat goes on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::{MessageId, RoomId};
use web_sys::Storage;

use crate::browser::window;
use crate::chat::Kept;
use crate::outbox::Outbox;

const PREFIX: &str = "duiliao.";
const SEAT: &str = "seat";
const OUTBOX: &str = "outbox";
const DRAFT: &str = "draft";

/// The seat a page before this one had in this room, or was given.
pub fn kept(room: RoomId) -> Option<Kept> {
    read(room, SEAT)
}

/// The rooms by link that this browser has a seat in, or was given one.
pub fn rooms() -> Vec<(RoomId, Kept)> {
    let Some(storage) = window().local_storage().ok().flatten() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
    let room = |key: String| key.strip_prefix(PREFIX)?.strip_suffix(SEAT)?.strip_suffix('.')?.parse().ok();
    let mut rooms: Vec<RoomId> = keys.filter_map(room).filter(|room| *room != RoomId::Lobby).collect();
    // The browser tells them in an order of its own, which may change.
    rooms.sort_unstable();
    rooms.into_iter().filter_map(|room| Some((room, kept(room)?))).collect()
}

/// What a page before this one had not sent.
pub fn outbox(room: RoomId) -> Outbox {
    read(room, OUTBOX).unwrap_or_default()
}

/// What a page before this one had half written.
pub fn draft(room: RoomId) -> String {
    storage(room).and_then(|storage| storage.get_item(&key(room, DRAFT)).ok().flatten()).unwrap_or_default()
}

/// Keeps the seat, or forgets it.
pub fn keep(room: RoomId, kept: Option<&Kept>) {
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
    } else if let Some(storage) = storage(room) {
        let _ = storage.set_item(&key(room, DRAFT), draft);
    }
}

/// Forgets the room.
pub fn wipe(room: RoomId) {
    [SEAT, OUTBOX, DRAFT].into_iter().for_each(|what| remove(room, what));
}

fn key(room: RoomId, what: &str) -> String {
    format!("{PREFIX}{room}.{what}")
}

fn storage(room: RoomId) -> Option<Storage> {
    let window = window();
    let storage = match room {
        RoomId::Lobby => window.session_storage(),
        RoomId::Link(_) => window.local_storage(),
    };
    storage.ok().flatten()
}

fn read<T: DeserializeOwned>(room: RoomId, what: &str) -> Option<T> {
    let text = storage(room)?.get_item(&key(room, what)).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

fn write(room: RoomId, what: &str, value: &impl Serialize) {
    if let (Some(storage), Ok(text)) = (storage(room), serde_json::to_string(value)) {
        let _ = storage.set_item(&key(room, what), &text);
    }
}

fn remove(room: RoomId, what: &str) {
    if let Some(storage) = storage(room) {
        let _ = storage.remove_item(&key(room, what));
    }
}
