//! The line above the text box that says what is written there: an answer, or a new text for a message.

use shared::Seq;
use yew::{Callback, Html, html};

use super::{icon, press};
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::view_model::rows::{Quote, quote};

/// Most characters of an edited message in the line, which has room for no more.
const SHOWN_MAX: usize = 80;

/// What is written in the text box, if it is not a new message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// An answer to a message.
    Reply(Seq),
    /// A new text for a message.
    Edit(Seq),
}

impl Aim {
    /// The message.
    pub fn seq(self) -> Seq {
        match self {
            Self::Reply(seq) | Self::Edit(seq) => seq,
        }
    }
}

/// The line. `oncancel` is called when the person wants to write something new instead.
pub fn aim_line(room: &Room, aim: Aim, oncancel: &Callback<()>, lang: Lang) -> Html {
    let text = match (aim, quote(room, aim.seq(), lang)) {
        // One's own name says nothing.
        (Aim::Edit(seq), _) => {
            room.said(seq).map(|said| said.text.chars().take(SHOWN_MAX).collect()).unwrap_or_default()
        }
        (Aim::Reply(_), Quote::Held(_, line)) => line,
        (Aim::Reply(_), Quote::Recalled | Quote::Elsewhere(_)) => String::new(),
    };
    let what = match aim {
        Aim::Reply(_) => Msg::Replying,
        Aim::Edit(_) => Msg::Editing,
    };
    html! {
        <div id="aim" class="aim" role="status">
            <span class="quote" dir="auto">{ what.fill(lang, &[&text]) }</span>
            <button class="icon" type="button" aria-label={Msg::Cancel.say(lang)}
                onclick={press(oncancel)}>
                { icon("m6 6 12 12M18 6 6 18") }
            </button>
        </div>
    }
}
