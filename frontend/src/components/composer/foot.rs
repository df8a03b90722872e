//! The line below the text box: who is typing, what delays the next message, the keys, and how long the text is.

use shared::limits::TEXT_MAX;
use yew::{Html, classes, html};

use crate::i18n::{Lang, Msg};
use crate::view_model::outgoing::is_too_long;

/// What the line needs.
#[derive(Debug)]
pub(super) struct Foot {
    /// Whether one can write.
    pub(super) open: bool,
    /// The typing notice, if there is one.
    pub(super) typing: Option<String>,
    /// Seconds until slow mode lets the next message through. None if the room has no slow mode.
    pub(super) waits_s: Option<u32>,
    /// Whether a press on the send button waits for the input method.
    pub(super) composing: bool,
    /// Number of characters, if the limit is near.
    pub(super) length: Option<usize>,
}

/// The line. It keeps its height when it is empty, so that a typing notice moves nothing.
pub(super) fn foot(props: Foot, lang: Lang) -> Html {
    let delay = match props.waits_s {
        _ if props.composing => Some(Msg::SendsAfterComposition.say(lang).to_owned()),
        None => None,
        Some(0) => Some(Msg::SlowMode.say(lang).to_owned()),
        Some(seconds) => Some(Msg::SlowModeWait.fill(lang, &[&seconds.to_string()])),
    };
    let idle = props.open && props.typing.is_none() && delay.is_none();
    html! {
        <div class="foot">
            <div id="typing" class="typing">{ props.typing }</div>
            if let Some(delay) = delay {
                <div id="delay" class="delay">{ delay }</div>
            }
            if idle {
                <div class="keys">{ Msg::Keys.say(lang) }</div>
            }
            if let Some(length) = props.length {
                <div id="length" class={classes!("length", is_too_long(length).then_some("bad"))}>
                    { format!("{length}/{TEXT_MAX}") }
                </div>
            }
        </div>
    }
}
