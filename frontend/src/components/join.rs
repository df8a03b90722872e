//! The card: a name, and in.

use shared::{ByeCode, Code, NameRule, RoomId};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{Callback, Html, Properties, classes, component, html, use_node_ref};

use super::gone::gone_card;
use super::lang_switch::LangSwitch;
use super::my_rooms::MyRooms;
use super::use_card::use_card;
use super::use_enter::{Field, use_enter};
use super::{button, kind, use_lang};
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::{Lang, Msg};
use crate::services::http::Asked;
use crate::services::platform;
use crate::state::JoinError;

/// What the card needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room it leads into.
    pub room: RoomId,
    /// The name to begin with.
    pub typed: String,
    /// Whether an answer is awaited: everything is locked until then.
    pub joining: bool,
    /// What to say.
    pub problem: Option<JoinError>,
    /// Whether to offer to come as somebody else.
    pub another: bool,
    /// The person asks to be let in, under the name typed.
    pub onconnect: Callback<String>,
    /// The person wants to come as somebody else.
    pub onanew: Callback<()>,
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The card.
#[component]
pub fn JoinCard(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let asked = use_card(props.room, !props.joining);
    // A name that was refused and is being mended is no longer said to be bad.
    let mended = use_default::<bool>();
    // The name that was sent. The page's own copy may be another one: it keeps no empty name.
    let submitted = use_default::<Option<String>>();

    {
        // Set once and never again: the field belongs to whoever types.
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
        let mended = mended.setter();
        Callback::from(move |_| mended.set(true))
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

    if asked == Asked::Unknown || props.problem == Some(JoinError::Refused(Code::RoomUnknown)) {
        return gone_card(&props.onmake, lang);
    }
    let bad_name = props.problem == Some(JoinError::BadName) && !*mended;
    let name = submitted.as_deref().unwrap_or(&props.typed);
    let hint = if bad_name { bad_name_sentence(name) } else { Msg::NameHint };
    let problem = props.problem.and_then(|problem| sentence(problem, props.room));
    let removed =
        matches!(props.problem, Some(JoinError::Refused(Code::Removed) | JoinError::Ended(ByeCode::Removed)));
    let full = props.room == RoomId::Lobby && props.problem == Some(JoinError::Refused(Code::RoomFull));
    let offers_room = full || removed;
    let outdated =
        matches!(props.problem, Some(JoinError::Refused(Code::Version) | JoinError::Ended(ByeCode::Version)));
    html! {
        <main class="join">
            <form id="join" class="card" {onsubmit} novalidate=true aria-busy={props.joining.then_some("true")}>
                <h1>{ Msg::Heading.say(lang) }</h1>
                <p>{ Msg::Subtitle.say(lang) }</p>
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
                <div class="buttons">
                    <button id="connect" class="btn" type="submit" disabled={props.joining}>
                        { Msg::Connect.say(lang) }
                    </button>
                    <button id="disconnect" class="btn quiet" type="button" disabled=true>
                        { Msg::Disconnect.say(lang) }
                    </button>
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
                    <span id="lobby-state">{ state(props.room, &asked, lang) }</span>
                    if !offers_room {
                        { button("new-room", "link", Msg::NewRoom, lang, &props.onmake) }
                    }
                </footer>
                <LangSwitch />
            </form>
            <MyRooms before={props.room} />
        </main>
    }
}

/// What is wrong with a name that was refused. The server may know a stricter rule than this page.
fn bad_name_sentence(name: &str) -> Msg {
    NameRule::Common.check(name).err().map_or(Msg::BadName, Msg::name_error)
}

fn sentence(problem: JoinError, room: RoomId) -> Option<Msg> {
    match problem {
        JoinError::BadName => None,
        JoinError::Refused(Code::RoomFull) if room != RoomId::Lobby => Some(Msg::LinkRoomFull),
        JoinError::Refused(Code::NameTaken) if room != RoomId::Lobby => Some(Msg::LinkNameTaken),
        JoinError::Refused(Code::TooFast) => Some(Msg::ManyJoin),
        JoinError::Refused(code) => Some(Msg::refusal(code)),
        JoinError::Ended(code) => Some(Msg::bye(code)),
        JoinError::Unreachable => Some(Msg::Unreachable),
    }
}

fn state(room: RoomId, asked: &Asked, lang: Lang) -> String {
    match (room, asked) {
        (RoomId::Lobby, Asked::Card(card)) => {
            Msg::LobbyOnline.fill(lang, &[&card.online.to_string(), &card.capacity.to_string()])
        }
        (RoomId::Lobby, _) => Msg::LobbyUnknown.say(lang).to_owned(),
        (RoomId::Link(_), Asked::Card(card)) => {
            let kind = kind(card.capacity, lang);
            let what = card.title.as_ref().map_or(kind.clone(), |title| format!("{title} · {kind}"));
            Msg::RoomSeats.fill(lang, &[&what, &card.seated.to_string(), &card.capacity.to_string()])
        }
        (RoomId::Link(_), _) => String::new(),
    }
}
