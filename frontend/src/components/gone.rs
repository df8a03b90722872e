//! The card for a link that leads to no room, and what it has in common with others.

use yew::{Callback, Html, html};

use super::button;
use crate::i18n::{Lang, Msg};

/// The card for a link that leads to no room.
pub(crate) fn gone_card(onmake: &Callback<()>, lang: Lang) -> Html {
    let advice = html! { <p>{ Msg::GoneAdvice.say(lang) }</p> };
    card("gone", Msg::GoneHeading, advice, onmake, lang)
}

/// A card with the ways to another room.
pub(super) fn card(id: &'static str, heading: Msg, body: Html, onmake: &Callback<()>, lang: Lang) -> Html {
    html! {
        <main class="join">
            <div {id} class="card">
                <h1>{ heading.say(lang) }</h1>
                { body }
                <div class="buttons">
                    { button("new-room", "btn", Msg::NewRoom, lang, onmake) }
                    <a id="to-lobby" class="btn quiet" href="/">{ Msg::ToLobby.say(lang) }</a>
                </div>
            </div>
        </main>
    }
}
