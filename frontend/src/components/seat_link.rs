//! The question before a seat link is used: whose seat it carries, and who one is here so far. The token of the link, which stays
//! in the browser's history, is exchanged for another one.

use shared::RoomId;
use yew::{Callback, Html, Properties, component, html};

use super::use_card::use_card;
use super::{button, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::{Lang, Msg};
use crate::services::http::{self, Asked, Given};
use crate::services::storage;
use crate::state::{JoinError, SeatLinkAnswer, StoredSession};
use crate::view_model::refresh::CARD_MS;

/// What the question needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// The session that the link carries.
    pub offered: StoredSession,
    /// The name of the seat that this browser has in the room.
    pub own: Option<String>,
    /// Why the link could not be used just now.
    #[prop_or_default]
    pub problem: Option<JoinError>,
    /// Receives whether the link is to be used.
    pub onchoose: Callback<SeatLinkAnswer>,
}

/// The question.
#[component]
pub fn SeatLinkCard(props: &Props) -> Html {
    let lang = use_lang();
    let answer = use_card(props.room, Some(props.offered.token), true, CARD_MS).asked;
    // The link says a name as well, but whoever made the link chose that.
    let owner = match &answer {
        Asked::Card(card) => Some(card.you.as_ref()),
        Asked::Nothing | Asked::Unknown => None,
    };
    let failed = use_default::<Option<Msg>>();
    let exchanging = use_default::<bool>();
    // A link whose answer was lost may be used up: it is given again.
    let is_void = owner == Some(None) && storage::kept_nonce().is_none();
    if is_void || answer == Asked::Unknown || *failed == Some(Msg::RefusedBadCode) {
        return expired(props, lang);
    }
    let is_known = owner.is_some();
    let known = owner.flatten().and_then(|owner| owner.name.as_ref()).or(props.offered.name.as_ref());
    let role =
        if owner.flatten().is_some_and(|owner| owner.host) { Msg::HostBadge } else { Msg::AnotherMember };
    let name = known.map_or(role.say(lang), |name| name.as_str());
    let onaccept = {
        let (onchoose, offered, room) = (props.onchoose.clone(), props.offered.clone(), props.room);
        let (failed, exchanging) = (failed.setter(), exchanging.setter());
        Callback::from(move |()| {
            if storage::is_fresh(room) {
                return onchoose.emit(SeatLinkAnswer::Use(offered.clone()));
            }
            exchanging.set(true);
            let (onchoose, failed, exchanging) = (onchoose.clone(), failed.clone(), exchanging.clone());
            let ongiven = Callback::from(move |given: Result<Given, _>| match given {
                Ok(Given { token: Some(token), name, .. }) => {
                    let session = StoredSession { token, name };
                    // The token of the link may be void by now, and this page may be reloaded before the welcome.
                    storage::store_fresh(room, &session);
                    onchoose.emit(SeatLinkAnswer::Use(session));
                }
                other => {
                    failed.set(Some(Msg::why(other.err().flatten())));
                    exchanging.set(false);
                }
            });
            http::exchange(room, &offered.token, ongiven);
        })
    };
    let ondecline = props.onchoose.reform(|()| SeatLinkAnswer::Decline);
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
                if let Some(why) = failed.or(props.problem.map(|_| Msg::Unreachable)) {
                    <div class="problem" role="alert">{ why.say(lang) }</div>
                }
                <div class="buttons">
                    <button id="seat-link-decline" class="btn quiet" type="button" onclick={super::press(&ondecline)}>{ decline }</button>
                    // Before the server has said whose seat it is, nobody can choose.
                    <button id="seat-link-accept" class="btn quiet" type="button" disabled={!is_known || *exchanging}
                        onclick={super::press(&onaccept)}>
                        { Msg::UseSeatLink.say(lang) }
                    </button>
                </div>
            </div>
        </main>
    }
}

/// The server knows no such seat: to use the link would take a new one, which whoever made the link could enter as well.
fn expired(props: &Props, lang: Lang) -> Html {
    let ondecline = props.onchoose.reform(|()| SeatLinkAnswer::Decline);
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
