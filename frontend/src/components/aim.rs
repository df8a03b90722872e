//! The line above the text box that says what is written there: an answer, or a new text for a message.

use yew::{Callback, Html, html};

use super::{icon, press};
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::view_model::aim::{Aim, aim_line};

/// The line, if there is one, in a live region that is always there. `oncancel` is called when the person wants to write
/// something new instead.
pub fn aim_region(room: Option<&Room>, aim: Option<Aim>, oncancel: &Callback<()>, lang: Lang) -> Html {
    let line = room.zip(aim).map(|(room, aim)| aim_line(room, aim, lang));
    html! {
        <div role="status">
            if let Some((what, text)) = line {
                <div id="aim" class="aim">
                    <span class="quote">{ what }<bdi>{ text }</bdi></span>
                    <button class="icon" type="button" aria-label={Msg::Cancel.say(lang)} onclick={press(oncancel)}>
                        { icon("m6 6 12 12M18 6 6 18") }
                    </button>
                </div>
            }
        </div>
    }
}
