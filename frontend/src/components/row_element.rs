//! The rows as elements of the page: which one is meant, and which is next to it.

use shared::{MessageId, Seq};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::Event;

use crate::view_model::menu_position::Rect;
use crate::virtual_list::observers::RowMarks;
use crate::virtual_list::{RowKey, TEMPORARY};

/// The row of the list in which something happened.
pub(super) fn row_of(event: &Event) -> Option<Element> {
    target(event)?.closest(".msg").ok()?
}

/// Where something happened.
pub(super) fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The number of the event that a row is of.
pub(super) fn seq_of(row: &Element) -> Option<Seq> {
    row.get_attribute("data-seq")?.parse().ok().map(Seq)
}

/// How the virtual list recognises rows.
pub(super) const MARKS: RowMarks =
    RowMarks { key_of, attributes: &["data-seq", "data-id"], anchor: ".bubble" };

/// The key of a row: its number, or one made of its id while it has none.
fn key_of(row: &Element) -> Option<RowKey> {
    let unsent = || Some(unsent_key(row.get_attribute("data-id")?.parse().ok()?));
    seq_of(row).map(|seq| seq.0).or_else(unsent)
}

/// The key of a message that has no number yet: rises with the time of writing.
pub(super) fn unsent_key(id: MessageId) -> RowKey {
    let bytes = id.as_bytes().first_chunk().copied().unwrap_or_default();
    TEMPORARY | RowKey::from_be_bytes(bytes)
}

/// The row of the message with this key.
pub(super) fn row_by_key(list: &Element, key: &str) -> Option<Element> {
    list.query_selector(&format!("[data-id='{key}']")).ok()?
}

/// The next message in a direction.
pub(super) fn beside(row: &Element, step: impl Fn(&Element) -> Option<Element>) -> Option<Element> {
    let mut next = step(row);
    while let Some(row) = next {
        if row.matches(".msg").unwrap_or(false) {
            return Some(row);
        }
        next = step(&row);
    }
    None
}

/// Where the menu of a message opens if it was opened by a key.
pub(super) fn below(row: &Element) -> (f64, f64) {
    let bubble = bubble(row);
    (bubble.left, bubble.top + bubble.height)
}

/// What a menu is opened for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MenuTarget {
    /// The key of the message.
    pub(super) key: String,
    /// Where the menu was asked for, in the window's pixels.
    pub(super) at: (f64, f64),
    /// The address of the pressed link.
    pub(super) link: Option<String>,
}

impl MenuTarget {
    /// The message and the link at a pressed element, which may be the row itself.
    pub(super) fn of(pressed: &Element, at: (f64, f64)) -> Option<Self> {
        let row = pressed.closest(".msg").ok()??;
        let key = row.get_attribute("data-id")?;
        Some(Self { key, at, link: link_at(pressed) })
    }
}

/// The bubble of a row.
pub(super) fn bubble(row: &Element) -> Rect {
    let bubble = row.query_selector(".bubble").ok().flatten();
    let bubble = bubble.as_ref().unwrap_or(row).get_bounding_client_rect();
    Rect { left: bubble.left(), top: bubble.top(), width: bubble.width(), height: bubble.height() }
}

/// The address of the link that was pressed, if it was one.
fn link_at(target: &Element) -> Option<String> {
    target.closest(".words a").ok()??.get_attribute("href")
}

/// Gives it the focus.
pub(super) fn focus(row: Option<Element>) {
    if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
        let _ = row.focus();
    }
}
