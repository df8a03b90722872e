//! What the page keeps in this window's sessionStorage: the seat, what is unsent, the draft. Nothing that was said.
//!
//! Storage may be missing, full or forbidden; then nothing is kept, and the chat goes on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

use crate::browser::window;
use crate::chat::Seat;
use crate::outbox::Outbox;

const SEAT: &str = "duiliao.lobby.seat";
const OUTBOX: &str = "duiliao.lobby.outbox";
const DRAFT: &str = "duiliao.lobby.draft";

/// The seat a page before this one had.
pub fn seat() -> Option<Seat> {
    read(SEAT)
}

/// What a page before this one had not sent.
pub fn outbox() -> Outbox {
    read(OUTBOX).unwrap_or_default()
}

/// What a page before this one had half written.
pub fn draft() -> String {
    storage().and_then(|storage| storage.get_item(DRAFT).ok().flatten()).unwrap_or_default()
}

/// Keeps the seat, or forgets it.
pub fn keep_seat(seat: Option<&Seat>) {
    match seat {
        Some(seat) => write(SEAT, seat),
        None => remove(SEAT),
    }
}

/// Keeps what is unsent.
pub fn keep_outbox(outbox: &Outbox) {
    if outbox.items().is_empty() {
        remove(OUTBOX);
    } else {
        write(OUTBOX, outbox);
    }
}

/// Keeps what is half written.
pub fn keep_draft(draft: &str) {
    if draft.is_empty() {
        remove(DRAFT);
    } else if let Some(storage) = storage() {
        let _ = storage.set_item(DRAFT, draft);
    }
}

/// Forgets the room.
pub fn wipe() {
    [SEAT, OUTBOX, DRAFT].into_iter().for_each(remove);
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    let text = storage()?.get_item(key).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

fn write(key: &str, value: &impl Serialize) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(value)) {
        let _ = storage.set_item(key, &text);
    }
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
