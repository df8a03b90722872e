//! The question before a seat link is used: whose seat it carries, and who one is here so far.

use shared::RoomId;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html};

use super::{button, use_lang};
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::{Lang, Msg};
use crate::services::http::{self, Asked};
use crate::state::StoredSession;

/// What the question needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// The session that the link carries.
    pub offered: StoredSession,
    /// The name of the seat that this browser has in the room.
    pub own: Option<String>,
    /// Receives whether the link is to be used.
    pub onchoose: Callback<bool>,
}

/// The question.
#[component]
pub fn SeatLinkCard(props: &Props) -> Html {
    let lang = use_lang();
    let answer = use_default::<Asked>();
    let (setter, token) = (answer.setter(), props.offered.token);
    use_effect_with((props.room, token), move |(room, token)| {
        let (room, token) = (*room, *token);
        spawn_local(async move { setter.set(http::card(room, Some(&token)).await) });
    });
    // The link says a name as well, but whoever made the link chose that.
    let owner = match &*answer {
        Asked::Card(card) => Some(card.you.as_ref()),
        Asked::Nothing | Asked::Unknown => None,
    };
    if owner == Some(None) || *answer == Asked::Unknown {
        return expired(props, lang);
    }
    let known = owner.flatten().and_then(|owner| owner.name.as_ref()).or(props.offered.name.as_ref());
    let name = known.map_or(Msg::AnotherMember.say(lang), |name| name.as_str());
    let onaccept = props.onchoose.reform(|()| true);
    let ondecline = props.onchoose.reform(|()| false);
    let decline = match &props.own {
        Some(own) => Msg::StayAs.fill(lang, &[own]),
        None => Msg::DoNotUseLink.say(lang).to_owned(),
    };
    html! {
        <main class="join">
            <div id="seat-link" class="card" role="dialog" aria-labelledby="seat-link-title">
                <h1 id="seat-link-title">{ Msg::SeatLinkHeading.fill(lang, &[name]) }</h1>
                <p>
                    { match &props.own {
                        Some(own) => Msg::SeatLinkReplaces.fill(lang, &[own, name]),
                        None => Msg::SeatLinkAdvice.fill(lang, &[name]),
                    } }
                </p>
                <div class="buttons">
                    <button id="seat-link-decline" class="btn" type="button" onclick={super::press(&ondecline)}>{ decline }</button>
                    { button("seat-link-accept", "btn quiet", Msg::UseSeatLink, lang, &onaccept) }
                </div>
            </div>
        </main>
    }
}

/// The server knows no such seat: to use the link would take a new one, which whoever made the link could enter as well.
fn expired(props: &Props, lang: Lang) -> Html {
    let ondecline = props.onchoose.reform(|()| false);
    html! {
        <main class="join">
            <div id="seat-link" class="card" role="alert">
                <h1>{ Msg::SeatLinkExpired.say(lang) }</h1>
                <div class="buttons">
                    { button("seat-link-decline", "btn", Msg::DoNotUseLink, lang, &ondecline) }
                </div>
            </div>
        </main>
    }
}
