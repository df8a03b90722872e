//! Reads new messages of others aloud to those who use a screen reader.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::use_lang;
use crate::state::Room;
use crate::view_model::announcements::announcements;

/// What the region needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
}

/// A live region out of sight. It exists from the start, and a message that arrives is added to it.
///
/// The list itself is no live region: rows are drawn and removed there as one scrolls.
#[component]
pub fn Announcer(props: &Props) -> Html {
    let lang = use_lang();
    let lines = props.room.as_ref().map(|room| announcements(room, lang)).unwrap_or_default();
    html! {
        <div id="announcer" class="unseen" aria-live="polite" aria-relevant="additions">
            { for lines.into_iter().map(|(seq, line)| html! { <p key={seq.0}>{ line }</p> }) }
        </div>
    }
}
