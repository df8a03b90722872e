//! The line above the box that says what is written there: an answer, or another text for a message.

use shared::Seq;
use yew::{Callback, Html, html};

use super::{icon, press};
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::view_model::rows::{Quote, quote};

/// What is written in the box, if it is not something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// An answer to this message.
    Reply(Seq),
    /// Another text for this message.
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

/// The line; `oncancel` hears that the person wants to write something new instead.
pub fn aim_line(room: &Room, aim: Aim, oncancel: &Callback<()>, lang: Lang) -> Html {
    let line = match quote(room, aim.seq(), lang) {
        Quote::Held(_, line) => line,
        Quote::Recalled | Quote::Elsewhere => String::new(),
    };
    let what = match aim {
        Aim::Reply(_) => Msg::Replying,
        Aim::Edit(_) => Msg::Editing,
    };
    html! {
        <div id="aim" class="aim" role="status">
            <span class="quote">{ what.fill(lang, &[&line]) }</span>
            <button class="icon" type="button" aria-label={Msg::Cancel.say(lang)}
                onclick={press(oncancel)}>
                { icon("m6 6 12 12M18 6 6 18") }
            </button>
        </div>
    }
}
