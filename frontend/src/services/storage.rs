//! The browser's storage: for each room the session, the outbox, the draft and the read mark, and for a room by link a snapshot
//! of what was last shown. Also the language and the notification settings.
//!
//! The lobby is in this tab's sessionStorage, a room by link in localStorage, so that its link leads back to one's own seat.
//! Storage may be missing, full or forbidden: whoever stores something that must not be lost is told whether it was kept.

use js_sys::{Function, Reflect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::{After, MemberId, MessageId, RoomId, Seq};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

use crate::i18n::Lang;
use crate::services::platform::{self, window};
use crate::state::StoredSession;
use crate::state::outbox::Outbox;

const PREFIX: &str = "duiliao.";
const SEAT: &str = "seat";
const OUTBOX: &str = "outbox";
const UNREADABLE_OUTBOX: &str = "outbox-unreadable";
const CARRIED: &str = "carried";
const FRESH: &str = "fresh";
const DRAFT: &str = "draft";
const READ: &str = "read";
const COPY: &str = "copy";
const CALLED: &str = "called";
const BACKUP: &str = "backup";
const LANG: &str = "duiliao.lang";
const NONCE: &str = "duiliao.nonce";

/// How far this browser's member of a room has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTo {
    /// The member.
    pub member: MemberId,
    /// The highest number it has seen.
    pub seq: Seq,
}

/// The stored session of a room.
pub fn session(room: RoomId) -> Option<StoredSession> {
    read(room, SEAT)
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
    rooms.into_iter().filter_map(|room| Some((room, session(room)?))).collect()
}

/// The stored outbox of a room, empty if there is none. None if this build cannot read it: another tab may have a newer one.
pub fn outbox(room: RoomId) -> Option<Outbox> {
    let stored = read_outbox(room, OUTBOX).or_else(|| text(room, OUTBOX).is_none().then(Outbox::default))?;
    // An earlier build may have set aside what this one can read.
    Some(match read_outbox(room, UNREADABLE_OUTBOX) {
        Some(aside) => stored.beside(&aside, &[]),
        None => stored,
    })
}

fn read_outbox(room: RoomId, what: &str) -> Option<Outbox> {
    read(room, what)
}

/// Sets a stored outbox aside that this build cannot read. Returns whether it may be overwritten.
fn set_outbox_aside(room: RoomId) -> bool {
    let is_free = text(room, UNREADABLE_OUTBOX).is_none();
    is_free && text(room, OUTBOX).is_some_and(|stored| set(room, UNREADABLE_OUTBOX, &stored))
}

/// The session that the address of a page before this one in this tab carried, as long as nobody has said whether to use it.
pub fn carried(room: RoomId) -> Option<StoredSession> {
    let stored = tab()?.get_item(&key(room, CARRIED)).ok().flatten()?;
    serde_json::from_str(&stored).ok()
}

/// Stores the session that the page's address carried, for this tab only.
pub fn store_carried(room: RoomId, carried: &StoredSession) {
    if let (Some(tab), Ok(carried)) = (tab(), serde_json::to_string(carried)) {
        let _ = tab.set_item(&key(room, CARRIED), &carried);
    }
}

/// Stores a session that this tab was just given: its token was in no link.
pub fn store_fresh(room: RoomId, fresh: &StoredSession) {
    store_carried(room, fresh);
    if let Some(tab) = tab() {
        let _ = tab.set_item(&key(room, FRESH), "1");
    }
}

/// Whether the token of [`carried`] was in no link.
pub fn is_fresh(room: RoomId) -> bool {
    tab().is_some_and(|tab| tab.get_item(&key(room, FRESH)).is_ok_and(|stored| stored.is_some()))
}

/// What this browser draws to become another device of a member; the same until it is forgotten. Without storage it lasts for one request.
pub fn nonce() -> Option<String> {
    kept_nonce().or_else(|| {
        let nonce = platform::draw_token().ok()?.as_str().to_owned();
        let _ = lasting().map(|storage| storage.set_item(NONCE, &nonce));
        Some(nonce)
    })
}

/// The nonce of a request that was not answered.
pub fn kept_nonce() -> Option<String> {
    lasting()?.get_item(NONCE).ok().flatten()
}

/// Removes it: with a link of the browser's history it would be somebody's seat.
pub fn forget_nonce() {
    let _ = lasting().map(|storage| storage.remove_item(NONCE));
}

/// Removes it.
pub fn forget_carried(room: RoomId) {
    if let Some(tab) = tab() {
        let _ = tab.remove_item(&key(room, CARRIED));
        let _ = tab.remove_item(&key(room, FRESH));
    }
}

/// What a page before this one had half written.
pub fn draft(room: RoomId) -> String {
    text(room, DRAFT).unwrap_or_default()
}

/// The stored snapshot of a room by link; empty if there is none.
pub fn snapshot(room: RoomId) -> String {
    text(room, COPY).unwrap_or_default()
}

/// Stores the session of a room. Returns whether it was kept. The snapshot of another session is removed.
pub fn store_session(room: RoomId, new: &StoredSession) -> bool {
    let is_same = session(room).is_some_and(|stored| stored.token == new.token);
    if new.name.is_none() || !is_same {
        remove_snapshot(room);
    }
    if room != RoomId::Lobby {
        ask_to_persist();
    }
    write(room, SEAT, new)
}

/// Removes the session of a room, and the snapshot that was for it.
pub fn remove_session(room: RoomId) {
    remove_snapshot(room);
    remove(room, SEAT);
}

/// Stores the outbox beside what another tab of this room has stored. `known` are the ids that this tab held before. Returns
/// whether it was kept.
pub fn store_outbox(room: RoomId, unsent: &Outbox, known: &[MessageId]) -> bool {
    let stored = match outbox(room) {
        Some(stored) => stored,
        None if set_outbox_aside(room) => Outbox::default(),
        None => return false,
    };
    let all = unsent.beside(&stored, known);
    let is_kept = all.is_blank() || write(room, OUTBOX, &all);
    if all.is_blank() {
        remove(room, OUTBOX);
    }
    if is_kept && read_outbox(room, UNREADABLE_OUTBOX).is_some() {
        remove(room, UNREADABLE_OUTBOX);
    }
    is_kept
}

/// Keeps what is half written.
pub fn keep_draft(room: RoomId, draft: &str) {
    if draft.is_empty() {
        remove(room, DRAFT);
    } else {
        set(room, DRAFT, draft);
    }
}

/// Stores the snapshot of a room by link.
pub fn store_snapshot(room: RoomId, snapshot: &str) {
    if let RoomId::Link(_) = room
        && !set(room, COPY, snapshot)
    {
        // The old one may hold what was recalled since.
        remove_snapshot(room);
    }
}

/// Removes the snapshot of a room.
pub fn remove_snapshot(room: RoomId) {
    remove(room, COPY);
}

/// How far a page before this one had read.
pub fn read_to(room: RoomId) -> Option<ReadTo> {
    read(room, READ)
}

/// Stores how far a member has read.
pub fn store_read_mark(room: RoomId, member: MemberId, seq: Seq) {
    write(room, READ, &ReadTo { member, seq });
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

/// Whether the person has taken or declined the backup of their seat in a room.
pub fn is_backup_answered(room: RoomId) -> bool {
    text(room, BACKUP).is_some()
}

/// Stores that the person has taken or declined it.
pub fn answer_backup(room: RoomId) {
    set(room, BACKUP, "answered");
}

/// Forgets the room.
pub fn wipe(room: RoomId) {
    wipe_messages(room);
    [SEAT, BACKUP].into_iter().for_each(|what| remove(room, what));
}

/// Forgets what was said in the room and what was written there.
pub fn wipe_messages(room: RoomId) {
    [OUTBOX, UNREADABLE_OUTBOX, DRAFT, READ, COPY, CALLED].into_iter().for_each(|what| remove(room, what));
}

fn key(room: RoomId, what: &str) -> String {
    format!("{PREFIX}{room}.{what}")
}

fn storage(room: RoomId) -> Option<Storage> {
    match room {
        RoomId::Lobby => tab(),
        RoomId::Link(_) => lasting(),
    }
}

/// What is of this tab only.
fn tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// What outlives the window.
fn lasting() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn read<T: DeserializeOwned>(room: RoomId, what: &str) -> Option<T> {
    serde_json::from_str(&text(room, what)?).ok()
}

fn text(room: RoomId, what: &str) -> Option<String> {
    storage(room)?.get_item(&key(room, what)).ok().flatten()
}

fn write(room: RoomId, what: &str, value: &impl Serialize) -> bool {
    serde_json::to_string(value).is_ok_and(|text| set(room, what, &text))
}

/// Stores a text. Snapshots of other rooms make room for it when the storage is full.
fn set(room: RoomId, what: &str, text: &str) -> bool {
    let Some(storage) = storage(room) else {
        return false;
    };
    let key = key(room, what);
    if storage.set_item(&key, text).is_ok() {
        return true;
    }
    rooms().into_iter().filter(|(other, _)| *other != room).for_each(|(other, _)| remove_snapshot(other));
    if storage.set_item(&key, text).is_ok() {
        return true;
    }
    if what != COPY {
        remove_snapshot(room);
    }
    storage.set_item(&key, text).is_ok()
}

/// Asks the browser not to clear this site's storage by itself. It may answer with a question to the person, or not at all.
fn ask_to_persist() {
    let navigator = window().navigator();
    let manager = Reflect::get(&navigator, &"storage".into()).ok().filter(JsValue::is_object);
    let persist = manager.as_ref().and_then(|manager| Reflect::get(manager, &"persist".into()).ok());
    if let (Some(manager), Some(Ok(persist))) = (manager, persist.map(JsCast::dyn_into::<Function>)) {
        let _ = persist.call0(&manager);
    }
}

fn remove(room: RoomId, what: &str) {
    if let Some(storage) = storage(room) {
        let _ = storage.remove_item(&key(room, what));
    }
}
