//! The host's tools: title, lock, slow mode, blocked words, bans, export, and deletion of the room.

use shared::limits::TITLE_MAX;
use shared::{BadText, ExportAs, RoomFacts, Title, Token};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement, SubmitEvent};
use yew::{Callback, Event, Html, Properties, TargetCast, component, html, use_node_ref};

use super::ban_list::BanList;
use super::blocked_words::BlockedWords;
use super::use_enter::{Field, use_enter};
use super::use_question::use_question;
use super::{button, use_lang};
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::{Lang, Msg};
use crate::services::platform::Leave;
use crate::services::{http, platform};
use crate::state::outbox::Command;
use crate::state::server_clock::ServerClock;

/// The pauses that are offered, in seconds; 0 is none.
const PAUSES: [u32; 5] = [0, 5, 10, 30, 60];

/// Properties of the host tools.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub facts: RoomFacts,
    /// The host's secret.
    pub token: Token,
    /// Estimates the server's clock.
    pub clock: ServerClock,
    /// Whether the tools are in sight: what only the host may see is loaded each time that begins.
    pub open: bool,
    /// The host does something.
    pub onact: Callback<Command>,
}

/// The host's tools.
#[component]
pub fn HostTools(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let problem = use_default::<Option<Msg>>();
    let question = use_question();

    // Set here and not as an attribute: a later render would overwrite what is being typed.
    use_effect_with((field.clone(), props.facts.title.clone()), |(field, title)| {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            field.set_value(title.as_deref().unwrap_or_default());
        }
    });

    let rename = use_callback(
        (field.clone(), props.onact.clone(), problem.setter()),
        |(), (field, onact, problem)| {
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            let title = match Title::parse(&field.value()) {
                Ok(title) => title.as_str().to_owned(),
                // An empty one takes the room's name away.
                Err(BadText::Empty) => String::new(),
                Err(_) => return problem.set(Some(Msg::BadTitle)),
            };
            problem.set(None);
            onact.emit(Command::Set { title: Some(title), slow_s: None, words: None });
        },
    );
    use_enter(&field, Field::Line, &rename);
    let onsubmit = rename.reform(|event: SubmitEvent| event.prevent_default());

    let locked = props.facts.locked;
    let onlock = props.onact.reform(move |change: Event| {
        let switch = change.target_dyn_into::<HtmlInputElement>();
        Command::Lock { locked: switch.map_or(!locked, |switch| switch.checked()) }
    });
    let onslow = props.onact.reform(|change: Event| {
        let slow_s =
            change.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok());
        Command::Set { title: None, slow_s, words: None }
    });
    let ondelete = {
        let (room, token, problem) = (props.facts.id, props.token, problem.setter());
        // The server tells everybody in the room, also this page.
        Callback::from(move |()| {
            let problem = problem.clone();
            spawn_local(async move {
                problem.set((!http::delete(room, &token).await).then_some(Msg::NotDeleted));
            });
        })
    };
    let export = |kind: ExportAs| {
        let (room, token, problem) = (props.facts.id, props.token, problem.setter());
        Callback::from(move |()| {
            if platform::may_notify() == Leave::WeChat {
                return problem.set(Some(Msg::NotDownloaded));
            }
            let problem = problem.clone();
            spawn_local(async move {
                let url = http::export(room, &token, kind).await;
                problem.set(url.is_none().then_some(Msg::NotExported));
                url.into_iter().for_each(|url| platform::download(&url));
            });
        })
    };
    let slow = |pause: u32| {
        let label = match pause {
            0 => Msg::SlowOff.say(lang).to_owned(),
            some => Msg::SlowSeconds.fill(lang, &[&some.to_string()]),
        };
        html! { <option value={pause.to_string()} selected={pause == props.facts.slow_s}>{ label }</option> }
    };
    let exports = html! {
        <div class="two">
            { button("export-html", "btn quiet", Msg::ExportHtml, lang, &export(ExportAs::Html)) }
            { button("export-jsonl", "btn quiet", Msg::ExportJsonl, lang, &export(ExportAs::Jsonl)) }
        </div>
    };
    let other = Some(props.facts.slow_s).filter(|pause| !PAUSES.contains(pause));
    html! {
        <div id="host-tools" class="host">
            <section class="panel">
                <form {onsubmit} novalidate=true>
                    <label for="host-title">{ Msg::TitleLabel.say(lang) }</label>
                    <div class="line">
                        <input ref={field} id="host-title" class="field" autocomplete="off"
                            maxlength={(2 * TITLE_MAX).to_string()} placeholder={Msg::TitlePlaceholder.say(lang)} />
                        <button id="host-rename" class="btn quiet" type="submit">{ Msg::SaveTitle.say(lang) }</button>
                    </div>
                    if *problem == Some(Msg::BadTitle) {
                        { complaint(Msg::BadTitle, lang) }
                    }
                </form>
                <label>
                    <span>{ Msg::LockRoom.say(lang) }<small>{ Msg::LockAdvice.say(lang) }</small></span>
                    <input id="host-lock" type="checkbox" role="switch" checked={locked} onchange={onlock} />
                </label>
                <label>
                    { Msg::SlowMode.say(lang) }
                    <select id="host-slow" onchange={onslow}>{ for PAUSES.into_iter().chain(other).map(slow) }</select>
                </label>
            </section>
            <BlockedWords room={props.facts.id} token={props.token} open={props.open} onact={&props.onact} />
            <BanList room={props.facts.id} token={props.token} clock={props.clock} open={props.open} onact={&props.onact} />
            <section class="panel">
                if question.asked {
                    <div class="asking" role="alertdialog" aria-label={Msg::DeleteRoom.say(lang)}
                        aria-describedby="delete-question">
                        <p id="delete-question">{ Msg::DeleteQuestion.say(lang) }</p>
                        <p>{ Msg::ExportFirst.say(lang) }</p>
                        { exports }
                        { button("host-delete-anyway", "btn danger", Msg::DeleteAnyway, lang, &ondelete) }
                        { question.cancel(lang) }
                    </div>
                } else {
                    { exports }
                    { button("host-delete", "btn danger", Msg::DeleteRoom, lang, &question.ask(true)) }
                }
                if let Some(problem) = problem.filter(|problem| *problem != Msg::BadTitle) {
                    { complaint(problem, lang) }
                }
            </section>
        </div>
    }
}

fn complaint(problem: Msg, lang: Lang) -> Html {
    html! { <p id="host-problem" class="bad" role="alert">{ problem.fill(lang, &[&TITLE_MAX.to_string()]) }</p> }
}
