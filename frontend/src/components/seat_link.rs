//! The question before a seat link is used: whose seat it carries, and who one is here so far.

use shared::RoomId;
use yew::{Callback, Html, Properties, component, html};

use super::{button, use_lang};
use crate::i18n::Msg;
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
    let name = props.offered.name.as_ref().map_or(Msg::AnotherMember.say(lang), |name| name.as_str());
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
