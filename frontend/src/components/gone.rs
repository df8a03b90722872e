//! The card for a link that leads to no room.

use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::use_lang;
use crate::text::Word;

/// What the card needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The card for a link that leads to no room.
#[component]
pub fn GoneCard(props: &Props) -> Html {
    let lang = use_lang();
    html! {
        <main class="join">
            <div id="gone" class="card">
                <h1>{ Word::GoneHeading.say(lang) }</h1>
                <p>{ Word::GoneAdvice.say(lang) }</p>
                <div class="buttons">
                    <button id="new-room" class="btn" type="button" onclick={props.onmake.reform(|_: MouseEvent| ())}>
                        { Word::NewRoom.say(lang) }
                    </button>
                    <a id="to-lobby" class="btn quiet" href="/">{ Word::ToLobby.say(lang) }</a>
                </div>
            </div>
        </main>
    }
}
