//! The head of the room: whom one talks to, and whether they are there.

use std::rc::Rc;

use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::use_lang;
use crate::chat::Room;
use crate::text::{Lang, Word};

/// What the head needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// Whether the side's sheet is open, on a phone.
    pub open: bool,
    /// The person opens or closes it.
    pub ontoggle: Callback<()>,
}

/// The head of the room.
#[component]
pub fn Header(props: &Props) -> Html {
    let lang = use_lang();
    let (title, state) = words(props.room.as_deref(), lang);
    let onclick = props.ontoggle.reform(|_: MouseEvent| ());
    html! {
        <header class="head">
            <div><h1>{ title }</h1><small>{ state.say(lang) }</small></div>
            <button
                id="more"
                class="icon"
                type="button"
                aria-label={Word::More.say(lang)}
                aria-controls="side"
                aria-expanded={props.open.to_string()}
                {onclick}
            >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <circle cx="5" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="19" cy="12" r="1" />
                </svg>
            </button>
        </header>
    }
}

fn words(room: Option<&Room>, lang: Lang) -> (String, Word) {
    let lobby = Word::Lobby.say(lang).to_owned();
    let Some(room) = room else {
        return (lobby, Word::Connecting);
    };
    let title = room.facts.title.clone().unwrap_or(lobby);
    match room.others().next() {
        None => (title, Word::Waiting),
        Some(other) => {
            let name = room.name(other).map_or(title, ToString::to_string);
            let online = room.online.contains(&other);
            (name, if online { Word::PairOnline } else { Word::PairOffline })
        }
    }
}
