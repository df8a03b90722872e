//! The card on which a room is made.

use shared::limits::{CAPACITY, TITLE_MAX};
use shared::{History, RoomMade};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{Callback, Html, Properties, classes, component, html, use_node_ref};

use super::use_enter::{Field, use_enter};
use super::{button, focus, use_lang};
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::{Lang, Msg};
use crate::services::http;
use crate::view_model::new_room_form::{BadForm, Form};

/// The default number of seats of a group.
const USUAL_SEATS: &str = "10";

/// Properties of the form for a new room.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room is made.
    pub onmade: Callback<RoomMade>,
    /// The person does not want one after all.
    pub onback: Callback<()>,
}

/// The card on which a room is made.
#[component]
pub fn NewRoomCard(props: &Props) -> Html {
    let lang = use_lang();
    let (seats, title) = (use_node_ref(), use_node_ref());
    let group = use_default::<bool>();
    let history = use_default::<History>();
    let waiting = use_default::<bool>();
    let problem = use_default::<Option<Msg>>();

    use_back_to_close(true, &props.onback);
    use_effect_with(title.clone(), focus);
    // The focus stays on the choice: the arrow keys go back from it, too.
    use_effect_with((*group, seats.clone()), |(group, seats)| {
        let field = seats.cast::<HtmlInputElement>().filter(|field| *group && field.value().is_empty());
        if let Some(field) = field {
            field.set_value(USUAL_SEATS);
        }
    });

    let deps = (seats.clone(), title.clone(), *group, *history, *waiting, props.onmade.clone());
    let submit = use_callback(deps, {
        let (waiting, problem) = (waiting.setter(), problem.setter());
        move |(), (seats, title, group, history, busy, onmade)| {
            let value = |node: &yew::NodeRef| node.cast::<HtmlInputElement>().map(|field| field.value());
            let (seats, title) = (value(seats).unwrap_or_default(), value(title).unwrap_or_default());
            match (Form { group: *group, seats, title, history: *history }).wish() {
                _ if *busy => {}
                Err(bad) => problem.set(Some(sentence(bad))),
                Ok(wish) => {
                    problem.set(None);
                    waiting.set(true);
                    let (waiting, problem, onmade) = (waiting.clone(), problem.clone(), onmade.clone());
                    spawn_local(async move {
                        match http::make(&wish).await {
                            Ok(made) => onmade.emit(made),
                            Err(code) => problem.set(Some(code.map_or(Msg::NotMade, Msg::refusal))),
                        }
                        waiting.set(false);
                    });
                }
            }
        }
    });
    use_enter(&seats, Field::Line, &submit);
    use_enter(&title, Field::Line, &submit);
    let onsubmit = submit.reform(|event: SubmitEvent| event.prevent_default());

    html! {
        <main class="join">
            <form id="make-room" class="card" {onsubmit} novalidate=true aria-busy={waiting.then_some("true")}>
                <h1>{ Msg::NewRoom.say(lang) }</h1>
                <p>{ Msg::NewRoomAdvice.say(lang) }</p>
                <fieldset>
                    <legend>{ Msg::Seats.say(lang) }</legend>
                    { radio("kind", "kind-pair", Msg::Pair, !*group, group.setter(), false, lang) }
                    { radio("kind", "kind-group", Msg::Group, *group, group.setter(), true, lang) }
                    <label class="seats" hidden={!*group}>
                        <input ref={seats} id="seats" class="field" inputmode="numeric" autocomplete="off"
                            aria-label={Msg::Seats.say(lang)}
                            aria-invalid={(*problem == Some(Msg::BadSeats)).then_some("true")} />
                        { Msg::SeatsUnit.say(lang) }
                    </label>
                </fieldset>
                <label for="room-title">{ Msg::TitleLabel.say(lang) }</label>
                <input ref={title} id="room-title" class="field" autocomplete="off"
                    placeholder={Msg::TitlePlaceholder.say(lang)}
                    aria-invalid={(*problem == Some(Msg::BadTitle)).then_some("true")} />
                <fieldset>
                    <legend>{ Msg::HistoryLabel.say(lang) }</legend>
                    { radio("history", "history-all", Msg::HistoryAll, *history == History::All,
                        history.setter(), History::All, lang) }
                    { radio("history", "history-from-join", Msg::HistoryFromJoin, *history == History::FromJoin,
                        history.setter(), History::FromJoin, lang) }
                </fieldset>
                if let Some(problem) = *problem {
                    <div id="make-problem" class="problem" role="alert">{ filled(problem, lang) }</div>
                }
                <div class="buttons">
                    <button id="make-room-submit" class="btn" type="submit" disabled={*waiting}>
                        { Msg::MakeRoom.say(lang) }
                    </button>
                    { button("make-room-back", "btn quiet", Msg::Back, lang, &props.onback) }
                </div>
            </form>
        </main>
    }
}

fn radio<T: PartialEq + Copy + 'static>(
    name: &'static str,
    id: &'static str,
    word: Msg,
    checked: bool,
    choose: yew::UseStateSetter<T>,
    value: T,
    lang: Lang,
) -> Html {
    let onchange = Callback::from(move |_| choose.set(value));
    html! {
        <label class={classes!("choice", checked.then_some("chosen"))}>
            <input type="radio" {name} {id} {checked} {onchange} />
            { word.say(lang) }
        </label>
    }
}

fn sentence(bad: BadForm) -> Msg {
    match bad {
        BadForm::Seats => Msg::BadSeats,
        BadForm::Title => Msg::BadTitle,
    }
}

fn filled(problem: Msg, lang: Lang) -> String {
    match problem {
        Msg::BadSeats => problem.fill(lang, &[&CAPACITY.start().to_string(), &CAPACITY.end().to_string()]),
        Msg::BadTitle => problem.fill(lang, &[&TITLE_MAX.to_string()]),
        other => other.say(lang).to_owned(),
    }
}
