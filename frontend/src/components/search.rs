//! Finding what was said in the room: the field, whose and when, and the hits, each of which leads to its place.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{Event as RoomEvent, Fact, MemberId, Millis, Names, Seq, Token};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};
use yew::{
    Callback, Event, Html, InputEvent, MouseEvent, NodeRef, Properties, TargetCast, component, hook, html,
    use_mut_ref, use_node_ref,
};

use super::use_enter::{Field, composes, use_enter};
use super::use_local_day::use_local_day;
use super::use_readings::use_readings;
use super::use_search::{SearchMemory, use_search};
use super::{button, dotted, focus, icon, press, use_lang};
use crate::datetime::{Local, next_day};
use crate::hooks::erased::use_effect_with;
use crate::i18n::{Lang, Msg};
use crate::services::platform::{self, Listener};
use crate::state::Room;
use crate::state::server_clock::ServerClock;
use crate::view_model::mention::meant;
use crate::view_model::search_query::{Query, pieces};
use crate::view_model::search_state::{FoundMessage, SearchState, Sender, Since, senders};

/// After how long without a key it is looked for what was typed, in milliseconds.
const PAUSE_MS: u32 = 250;

/// Properties of the search panel.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: Rc<Room>,
    /// The member's secret.
    pub token: Token,
    /// Estimates the server's clock.
    pub clock: ServerClock,
    /// The state of the panel when it was last open.
    pub memory: SearchMemory,
    /// The person wants to jump to this message.
    pub onopen: Callback<Seq>,
    /// The person closes the panel.
    pub onclose: Callback<()>,
}

/// The panel.
#[component]
pub fn Search(props: &Props) -> Html {
    let Props { room, token, memory, onopen, onclose, .. } = props;
    let lang = use_lang();
    let now = platform::local(use_local_day(props.clock));
    let (panel, field, pause) = (use_node_ref(), use_node_ref(), use_mut_ref(|| None::<Timeout>));
    let state = &memory.state.0;
    let (query, more) = (&state.query, state.more);

    let senders = senders(room, &state.names);
    let names: Rc<[Rc<str>]> = senders.iter().map(|sender| Rc::clone(&sender.name)).collect();
    let readings = use_readings(&names, true);
    let ask = use_search(memory, room, *token);
    use_place(&panel, &field, memory);
    let look = {
        let pause = Rc::clone(&pause);
        ask.reform(move |query| {
            pause.take();
            query
        })
    };
    let at_once = {
        let (look, query, field) = (look.clone(), query.clone(), field.clone());
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                look.emit((Query { text: field.value(), ..query.clone() }, None));
            }
        })
    };
    use_enter(&field, Field::Line, &at_once);
    // Browsers tell of the last letters before they tell that the input method is done.
    use_effect_with((field.clone(), at_once.clone()), |(field, at_once)| {
        field.cast::<Element>().map(|field| {
            let at_once = at_once.clone();
            Listener::new(&field, "compositionend", move |_| at_once.emit(()))
        })
    });
    let oninput = {
        let at_once = at_once.clone();
        Callback::from(move |typed: InputEvent| {
            let at_once = at_once.clone();
            // What an input method has not chosen yet is nobody's word.
            let waits = (!typed.is_composing()).then(|| Timeout::new(PAUSE_MS, move || at_once.emit(())));
            pause.replace(waits);
        })
    };
    let filter = |set: fn(&mut Query, String)| {
        let (look, query) = (look.clone(), query.clone());
        Callback::from(move |changed: Event| {
            let select = changed.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            let input = changed.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
            let mut query = query.clone();
            set(&mut query, select.or(input).unwrap_or_default());
            look.emit((query, None));
        })
    };
    let only = {
        let (look, query, field) = (look.clone(), query.clone(), field.clone());
        Callback::from(move |by: MemberId| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value("");
                let _ = field.focus();
            }
            look.emit((Query { text: String::new(), by: Some(by), ..query.clone() }, None));
        })
    };
    let onkeydown = {
        let (field, onclose) = (field.clone(), onclose.clone());
        Callback::from(move |key: KeyboardEvent| {
            let on = key.target_dyn_into::<Element>();
            let list = on.as_ref().and_then(|on| on.closest("#search").ok().flatten());
            let hit = on
                .as_ref()
                .filter(|on| on.matches(".hit").unwrap_or(false))
                .and_then(|on| on.parent_element());
            let to = match (key.key().as_str(), hit) {
                _ if composes(&key) => return,
                ("Escape", _) => {
                    key.stop_propagation();
                    return onclose.emit(());
                }
                ("ArrowDown", None) => list.and_then(|list| list.query_selector(".hit").ok().flatten()),
                ("ArrowDown", Some(hit)) => {
                    hit.next_element_sibling().and_then(|next| next.first_element_child())
                }
                ("ArrowUp", Some(hit)) => match hit.previous_element_sibling() {
                    Some(before) => before.first_element_child(),
                    None => field.cast(),
                },
                _ => return,
            };
            if let Some(to) = to.and_then(|to| to.dyn_into::<HtmlElement>().ok()) {
                key.prevent_default();
                let _ = to.focus();
            }
        })
    };
    let called = match query.text.trim() {
        "" => Vec::new(),
        text => meant(&names, text, &readings),
    };
    let onmore = {
        let (look, query, last) = (look.clone(), query.clone(), state.last());
        Callback::from(move |()| look.emit((query.clone(), last)))
    };
    let onhit = {
        let (change, onopen) = (memory.state.dispatcher(), onopen.clone());
        Callback::from(move |seq: Seq| {
            change.dispatch(Box::new(move |state: &mut SearchState| state.opened = Some(seq)));
            onopen.emit(seq);
        })
    };
    let said = match &state.hits {
        None => String::new(),
        Some(Err(())) => Msg::SearchFailed.say(lang).to_owned(),
        Some(Ok(hits)) if hits.is_empty() => Msg::NothingFound.say(lang).to_owned(),
        Some(Ok(hits)) if more => Msg::FoundMore.fill(lang, &[&hits.len().to_string()]),
        Some(Ok(hits)) => Msg::Found.fill(lang, &[&hits.len().to_string()]),
    };
    let hit = |found: &FoundMessage| {
        let name = found.by().map(|by| name_of(room, &state.names, by, lang)).unwrap_or_default();
        hit_row(found, &name, now, state.opened, &onhit, lang)
    };
    let option = |sender: &Sender| {
        let name = sender.name.to_string();
        let label = if sender.left { Msg::HasLeft.fill(lang, &[&name]) } else { name };
        let chosen = query.by == Some(sender.member);
        html! { <option value={sender.member.0.to_string()} selected={chosen}>{ label }</option> }
    };
    html! {
        <aside ref={panel} id="search" class="search" role="search" {onkeydown}>
            <div class="box">
                <input ref={field} id="search-text" class="field" type="search" autocomplete="off" enterkeyhint="search"
                    maxlength="100" placeholder={Msg::SearchPlaceholder.say(lang)}
                    aria-label={Msg::SearchPlaceholder.say(lang)} {oninput} />
                <button class="icon close-search" type="button" aria-label={Msg::Close.say(lang)}
                    onclick={press(onclose)}>
                    { icon("m6 6 12 12M18 6 6 18") }
                </button>
            </div>
            <div class="filters">
                <select id="search-by" aria-label={Msg::SearchBy.say(lang)}
                    onchange={filter(|query, by| query.by = by.parse().ok().map(MemberId))}>
                    <option value="" selected={query.by.is_none()}>{ Msg::Everybody.say(lang) }</option>
                    { for senders.iter().map(option) }
                </select>
                <label>{ Msg::SearchSince.say(lang) }
                    <input id="search-since" type="date" onchange={filter(|query, day| query.since = platform::day(&day))} />
                </label>
                <label>{ Msg::SearchUntil.say(lang) }
                    <input id="search-until" type="date" onchange={filter(|query, day| query.until = next_day(&day).and_then(|day| platform::day(&day)))} />
                </label>
            </div>
            { for senders.iter().filter(|sender| query.by.is_none() && called.contains(&sender.name)).map(|sender| {
                let member = sender.member;
                html! {
                    <button class="link called" type="button" onclick={only.reform(move |_: MouseEvent| member)}>
                        { Msg::OnlyBy.fill(lang, &[&sender.name]) }
                    </button>
                }
            }) }
            <div id="search-state" class="hint" role="status">{ said }</div>
            <ul>{ for state.found().iter().map(hit) }</ul>
            if more {
                { button("search-more", "btn quiet", Msg::SearchMore, lang, &onmore) }
            }
        </aside>
    }
}

fn name_of(room: &Room, names: &Names, member: MemberId, lang: Lang) -> String {
    let held = room.name(member).map(ToString::to_string);
    let named = held.or_else(|| names.get(&member).map(ToString::to_string));
    named.unwrap_or_else(|| Msg::Somebody.say(lang).to_owned())
}

/// One hit. An edited message is shown with its new text and without marks, a recalled one without its text.
fn hit_row(
    found: &FoundMessage,
    name: &str,
    now: Local,
    opened: Option<Seq>,
    onhit: &Callback<Seq>,
    lang: Lang,
) -> Html {
    let RoomEvent { seq, at, fact: Fact::Said { text, .. } } = &found.hit.event else {
        return Html::default();
    };
    let (seq, at) = (*seq, platform::local(*at));
    let (words, note) = match &found.since {
        None => {
            let pieces = pieces(text.as_str(), &found.hit.ranges).into_iter().map(|(hit, piece)| {
                if hit {
                    html! { <mark>{ piece }</mark> }
                } else {
                    html! { { piece } }
                }
            });
            (html! { <span dir="auto">{ for pieces }</span> }, None)
        }
        Some(Since::Edited(text)) => {
            let text: String = pieces(text, &[]).into_iter().map(|(_, piece)| piece).collect();
            (html! { <span dir="auto">{ text }</span> }, Some(Msg::HitEdited))
        }
        Some(Since::Recalled) => (Html::default(), Some(Msg::HitRecalled)),
    };
    let current = (opened == Some(seq)).then_some("true");
    html! {
        <li key={seq.0}>
            <button class="hit" type="button" aria-current={current} disabled={found.since == Some(Since::Recalled)}
                onclick={onhit.reform(move |_: MouseEvent| seq)}>
                <small>
                    { dotted(&format!("{name} · {} {}", at.day(now, lang), at.time())) }
                    if let Some(note) = note {
                        { " " }<i>{ note.say(lang) }</i>
                    }
                </small>
                { words }
            </button>
        </li>
    }
}

/// Puts the text, the scroll position and the focus back where they were when the panel was closed.
#[hook]
fn use_place(panel: &NodeRef, field: &NodeRef, memory: &SearchMemory) {
    let (panel, field) = (panel.clone(), field.clone());
    let (query, scroll_top) = (memory.state.0.query.clone(), Rc::clone(&memory.scroll_top));
    let found = !memory.state.0.found().is_empty();
    use_effect_with((), move |()| {
        if let Some(input) = field.cast::<HtmlInputElement>() {
            if !query.text.is_empty() {
                input.set_value(&query.text);
            }
            // On a phone the keyboard would cover the hits.
            if !(found && platform::is_touch()) {
                focus(&field);
                input.select();
            }
        }
        panel.cast::<Element>().map(|panel| {
            // `until` is the beginning of the next day.
            let until = query.until.map(|at| Millis(at.0.saturating_sub(1)));
            for (id, day) in [("#search-since", query.since), ("#search-until", until)] {
                let input = panel.query_selector(id).ok().flatten();
                if let (Some(day), Some(input)) = (day, input.and_then(|input| input.dyn_into().ok())) {
                    HtmlInputElement::set_value(&input, &platform::local(day).date_field());
                }
            }
            panel.set_scroll_top(*scroll_top.borrow());
            let scrolled = panel.clone();
            Listener::new(&panel, "scroll", move |_| {
                scroll_top.replace(scrolled.scroll_top());
            })
        })
    });
}
