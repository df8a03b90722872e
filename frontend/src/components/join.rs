//! The card in front of a room: which room it is, a name, and in.

use shared::{ByeCode, Code, NameRule, RoomCard, RoomId, Token};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{Callback, Html, Properties, classes, component, html, use_node_ref};

use super::gone::gone_card;
use super::lang_switch::LangSwitch;
use super::my_rooms::MyRooms;
use super::use_card::use_card;
use super::use_enter::{Field, use_enter};
use super::{button, dotted, kind, use_lang};
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::hooks::use_seconds_left::use_seconds_left;
use crate::i18n::{Lang, Msg};
use crate::services::http::Asked;
use crate::services::platform;
use crate::state::JoinError;
use crate::view_model::refresh::CARD_MS;

/// Properties of the join card.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room it leads into.
    pub room: RoomId,
    /// The token that is asked with, if there is one: whoever has a seat may come back to a full or locked room.
    pub token: Option<Token>,
    /// The name to begin with.
    pub typed: String,
    /// Whether an answer is awaited: everything is locked until then.
    pub joining: bool,
    /// The problem to show.
    pub problem: Option<JoinError>,
    /// Whether to offer joining with another name.
    pub another: bool,
    /// When the page joins by itself, by monotonic time: until then somebody else has the name.
    pub joins_at: Option<u64>,
    /// The person types a name.
    pub ontype: Callback<()>,
    /// The person asks to be let in, under the name typed.
    pub onconnect: Callback<String>,
    /// Receives the rule that the names of this room follow.
    pub onnames: Callback<NameRule>,
    /// The person wants to join with another name.
    pub onanew: Callback<()>,
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The card.
#[component]
pub fn JoinCard(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let card = use_card(props.room, props.token, !props.joining, CARD_MS);
    let asked = &card.asked;
    let waits_s = use_seconds_left(props.joins_at);
    let names = match asked {
        Asked::Card(told) => Some(told.names),
        Asked::Nothing | Asked::Unknown => None,
    };
    use_effect_with((names, props.onnames.clone()), |(names, onnames)| {
        if let Some(names) = *names {
            onnames.emit(names);
        }
    });
    // A name that was refused and is being mended is no longer said to be bad.
    let mended = use_default::<bool>();
    // The name that was sent. The page's own copy may be another one: it keeps no empty name.
    let submitted = use_default::<Option<String>>();

    {
        // Set once: later renders must not overwrite what is being typed.
        let (field, typed) = (field.clone(), props.typed.clone());
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value(&typed);
            }
        });
    }
    {
        let field = field.clone();
        use_effect_with(props.joining, move |joining| {
            if let (false, Some(field)) = (*joining, field.cast::<HtmlInputElement>()) {
                let _ = field.focus();
            }
        });
    }

    let deps = (field.clone(), mended.setter(), submitted.setter(), props.onconnect.clone());
    let submit = use_callback(deps, |(), (field, mended, submitted, onconnect)| {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            mended.set(false);
            submitted.set(Some(field.value()));
            onconnect.emit(field.value());
        }
    });
    use_enter(&field, Field::Line, &submit);
    let onsubmit = submit.reform(|event: SubmitEvent| event.prevent_default());
    let oninput = {
        let (mended, ontype) = (mended.setter(), props.ontype.clone());
        Callback::from(move |_| {
            mended.set(true);
            ontype.emit(());
        })
    };
    let onanew = {
        let (field, onanew) = (field.clone(), props.onanew.clone());
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value("");
                let _ = field.focus();
            }
            onanew.emit(());
        })
    };

    if props.problem == Some(JoinError::Deleted) {
        return gone_card(true, &props.onmake, lang);
    }
    if *asked == Asked::Unknown || props.problem == Some(JoinError::Refused(Code::RoomUnknown)) {
        return gone_card(false, &props.onmake, lang);
    }
    let bad_name = props.problem == Some(JoinError::BadName) && !*mended;
    let name = submitted.as_deref().unwrap_or(&props.typed);
    let hint = if bad_name { bad_name_sentence(names.unwrap_or_default(), name) } else { Msg::NameHint };
    let is_lobby = props.room == RoomId::Lobby;
    let told = match asked {
        Asked::Card(told) => Some(told),
        Asked::Nothing | Asked::Unknown => None,
    };
    // A refusal that the card has overtaken is not said any more.
    let refusal = props.problem.filter(|problem| card.answers == 0 || !is_over(*problem, told));
    let closed = told.filter(|_| !is_lobby).and_then(closed);
    let problem = closed.or_else(|| refusal.and_then(|problem| sentence(problem, props.room)));
    let removed =
        matches!(props.problem, Some(JoinError::Refused(Code::Removed) | JoinError::Ended(ByeCode::Removed)));
    let full = is_lobby && refusal == Some(JoinError::Refused(Code::RoomFull));
    let offers_room = full || removed;
    let outdated =
        matches!(props.problem, Some(JoinError::Refused(Code::Version) | JoinError::Ended(ByeCode::Version)));
    html! {
        <main class="join">
            <form id="join" class="card" {onsubmit} novalidate=true aria-busy={props.joining.then_some("true")}>
                <LangSwitch />
                { heading(props.room, told, lang) }
                <label for="name">{ Msg::NameLabel.say(lang) }</label>
                <input
                    ref={field}
                    id="name"
                    class={classes!("field", bad_name.then_some("bad"))}
                    placeholder={Msg::NamePlaceholder.say(lang)}
                    autocomplete="nickname"
                    aria-describedby="name-hint"
                    aria-invalid={bad_name.then_some("true")}
                    disabled={props.joining}
                    {oninput}
                />
                <div id="name-hint" class={classes!("hint", bad_name.then_some("bad"))} role={bad_name.then_some("alert")}>
                    { hint.say(lang) }
                </div>
                if let Some(problem) = problem {
                    <div id="join-problem" class="problem" role="alert">{ problem.say(lang) }</div>
                }
                if let Some(waits_s) = waits_s {
                    <div id="join-wait" class="problem">{ Msg::NameFreeIn.fill(lang, &[&waits_s.to_string()]) }</div>
                }
                <div class="buttons">
                    <button id="connect" class="btn" type="submit" disabled={props.joining || closed.is_some()}>
                        { if is_lobby { Msg::Connect } else { Msg::Enter }.say(lang) }
                    </button>
                    if is_lobby {
                        <button id="disconnect" class="btn quiet" type="button" disabled=true>
                            { Msg::Disconnect.say(lang) }
                        </button>
                    }
                </div>
                if outdated {
                    { button("reload", "btn wide", Msg::Reload, lang, &Callback::from(|()| platform::reload())) }
                }
                if props.another && !removed {
                    { button("another-name", "btn quiet wide", Msg::AnotherName, lang, &onanew) }
                }
                if offers_room {
                    { button("new-room", "btn quiet wide", Msg::NewRoom, lang, &props.onmake) }
                }
                <footer>
                    <span id="lobby-state">{ dotted(&state(props.room, told, lang)) }</span>
                    if !offers_room {
                        { button("new-room", "link", Msg::NewRoom, lang, &props.onmake) }
                    }
                </footer>
            </form>
            <MyRooms before={props.room} />
        </main>
    }
}

/// The sentence for a refused name. The server may know a stricter rule than this page.
fn bad_name_sentence(names: NameRule, name: &str) -> Msg {
    names.check(name).err().map_or(Msg::BadName, Msg::name_error)
}

/// Which room it is: the demo's words for the lobby, the room's name or kind for one by link.
fn heading(room: RoomId, told: Option<&RoomCard>, lang: Lang) -> Html {
    let (title, subtitle) = match (room, told) {
        (RoomId::Lobby, _) => {
            let all = Msg::Heading.say(lang);
            let (name, rest) = all.split_at(Msg::HEADING_NAME.len());
            return html! {
                <><h1><span class="whole">{ name }</span>{ rest }</h1><p>{ Msg::Subtitle.say(lang) }</p></>
            };
        }
        (RoomId::Link(_), None) => (Msg::JoinUnknown.say(lang).to_owned(), String::new()),
        (RoomId::Link(_), Some(card)) => {
            let kind = kind(card.capacity, lang);
            let title = match &card.title {
                Some(title) => Msg::JoinTitled.fill(lang, &[title]),
                None => Msg::JoinUntitled.fill(lang, &[&kind]),
            };
            let (seated, capacity) = (card.seated.to_string(), card.capacity.to_string());
            (title, Msg::RoomSeats.fill(lang, &[&kind, &seated, &capacity]))
        }
    };
    html! { <><h1>{ title }</h1><p id="room-state">{ dotted(&subtitle) }</p></> }
}

/// Why this person cannot join, if that is so. A member who has a seat may return to it.
fn closed(card: &RoomCard) -> Option<Msg> {
    match card {
        RoomCard { you: Some(you), .. } if you.seated || you.host => None,
        RoomCard { locked: true, .. } => Some(Msg::RefusedRoomLocked),
        RoomCard { seated, capacity, .. } if capacity <= seated => Some(Msg::LinkRoomFull),
        _ => None,
    }
}

/// Whether the card says that what the person was refused for is over.
fn is_over(problem: JoinError, told: Option<&RoomCard>) -> bool {
    match (problem, told) {
        (JoinError::Refused(Code::RoomFull), Some(card)) => card.seated < card.capacity,
        (JoinError::Refused(Code::RoomLocked), Some(card)) => !card.locked,
        _ => false,
    }
}

fn sentence(problem: JoinError, room: RoomId) -> Option<Msg> {
    match problem {
        JoinError::BadName | JoinError::Deleted => None,
        JoinError::Refused(Code::RoomFull) if room != RoomId::Lobby => Some(Msg::LinkRoomFull),
        JoinError::Refused(Code::NameTaken) if room != RoomId::Lobby => Some(Msg::LinkNameTaken),
        JoinError::Refused(Code::BlockedWord) => Some(Msg::NameBlocked),
        JoinError::Refused(Code::TooFast) => Some(Msg::ManyJoin),
        JoinError::Refused(code) => Some(Msg::refusal(code)),
        JoinError::Ended(ByeCode::Left) if room != RoomId::Lobby => Some(Msg::LinkByeLeft),
        JoinError::Ended(code) => Some(Msg::bye(code)),
        JoinError::Forgotten => Some(Msg::DeviceForgotten),
        JoinError::Unreachable => Some(Msg::Unreachable),
    }
}

/// The line at the foot of the card. A room by link has its line at the head.
fn state(room: RoomId, told: Option<&RoomCard>, lang: Lang) -> String {
    match (room, told) {
        (RoomId::Lobby, Some(card)) => {
            Msg::LobbySeats.fill(lang, &[&card.seated.to_string(), &card.capacity.to_string()])
        }
        (RoomId::Lobby, None) => Msg::LobbyUnknown.say(lang).to_owned(),
        (RoomId::Link(_), _) => String::new(),
    }
}
