//! The card: a name, and in.

use shared::RoomCard;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{
    Callback, Html, Properties, classes, component, html, use_callback, use_effect_with, use_node_ref,
    use_state,
};

use super::use_enter::{Field, use_enter};
use super::use_lang;
use crate::browser;
use crate::chat::Problem;
use crate::text::{Lang, Word};

/// What the card needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The name to begin with.
    pub typed: String,
    /// Whether an answer is awaited: everything is locked until then.
    pub joining: bool,
    /// What to say.
    pub problem: Option<Problem>,
    /// The person asks to be let in, under the name typed.
    pub onconnect: Callback<String>,
}

/// The card.
#[component]
pub fn JoinCard(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let lobby = use_state(|| None::<RoomCard>);

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
        let (field, lobby) = (field.clone(), lobby.clone());
        use_effect_with(props.joining, move |joining| {
            if *joining {
                return;
            }
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
            }
            spawn_local(async move { lobby.set(browser::lobby_card().await) });
        });
    }

    let submit = use_callback((field.clone(), props.onconnect.clone()), |(), (field, onconnect)| {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            onconnect.emit(field.value());
        }
    });
    use_enter(&field, Field::Line, &submit);
    let onsubmit = submit.reform(|event: SubmitEvent| event.prevent_default());

    let bad_name = props.problem == Some(Problem::BadName);
    let hint = if bad_name { Word::BadName } else { Word::NameHint };
    let problem = props.problem.and_then(sentence);
    html! {
        <main class="join">
            <form id="join" {onsubmit} novalidate=true aria-busy={props.joining.then_some("true")}>
                <h1>{ Word::Heading.say(lang) }</h1>
                <p>{ Word::Subtitle.say(lang) }</p>
                <label for="name">{ Word::NameLabel.say(lang) }</label>
                <input
                    ref={field}
                    id="name"
                    class={classes!("field", bad_name.then_some("bad"))}
                    placeholder={Word::NamePlaceholder.say(lang)}
                    autocomplete="nickname"
                    aria-describedby="name-hint"
                    aria-invalid={bad_name.then_some("true")}
                    disabled={props.joining}
                />
                <div id="name-hint" class={classes!("hint", bad_name.then_some("bad"))} role={bad_name.then_some("alert")}>
                    { hint.say(lang) }
                </div>
                if let Some(problem) = problem {
                    <div id="join-problem" role="alert">{ problem.say(lang) }</div>
                }
                <div class="buttons">
                    <button id="connect" class="btn" type="submit" disabled={props.joining}>
                        { Word::Connect.say(lang) }
                    </button>
                    <button id="disconnect" class="btn quiet" type="button" disabled=true>
                        { Word::Disconnect.say(lang) }
                    </button>
                </div>
                <footer><span id="lobby-state">{ lobby_state(lobby.as_ref(), lang) }</span></footer>
            </form>
        </main>
    }
}

fn sentence(problem: Problem) -> Option<Word> {
    match problem {
        Problem::BadName => None,
        Problem::Refused(code) => Some(Word::refusal(code)),
        Problem::Ended(code) => Some(Word::bye(code)),
        Problem::Unreachable => Some(Word::Unreachable),
    }
}

fn lobby_state(card: Option<&RoomCard>, lang: Lang) -> String {
    match card {
        Some(card) => Word::LobbyOnline.fill(lang, &[&card.online.to_string(), &card.capacity.to_string()]),
        None => Word::LobbyUnknown.say(lang).to_owned(),
    }
}
