//! The card for a link that leads to no room, and what it has in common with others.

use yew::{Callback, Html, html};

use super::button;
use super::lang_switch::LangSwitch;
use crate::i18n::{Lang, Msg};

/// The card for a link that leads to no room, or whose room was `deleted` while one was in it.
pub(crate) fn gone_card(deleted: bool, onmake: &Callback<()>, lang: Lang) -> Html {
    let (heading, advice) = match deleted {
        true => (Msg::DeletedHeading, Msg::DeletedAdvice),
        false => (Msg::GoneHeading, Msg::GoneAdvice),
    };
    card("gone", heading, html! { <p>{ advice.say(lang) }</p> }, onmake, lang)
}

/// A card with the ways to another room.
pub(super) fn card(id: &'static str, heading: Msg, body: Html, onmake: &Callback<()>, lang: Lang) -> Html {
    html! {
        <main class="join">
            <div {id} class="card">
                <LangSwitch />
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
