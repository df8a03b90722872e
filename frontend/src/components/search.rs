//! Finding what was said in the room: the field, whose and when, and the hits, each of which leads to its place.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{Event as RoomEvent, Fact, Hit, MemberId, Millis, Names, Seq, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};
use yew::{
    Callback, Event, Html, InputEvent, MouseEvent, Properties, TargetCast, component, html, use_mut_ref,
    use_node_ref,
};

use super::use_changed::use_changed;
use super::use_enter::{Field, composes, use_enter};
use super::use_readings::use_readings;
use super::{button, focus, icon, press, use_lang};
use crate::hooks::erased::use_effect_with;
use crate::i18n::Msg;
use crate::services::platform::Listener;
use crate::services::{http, platform};
use crate::state::Room;
use crate::view_model::mention::meant;
use crate::view_model::search_query::{Query, pieces};

/// After how long without a key it is looked for what was typed, in milliseconds.
const PAUSE_MS: u32 = 250;

/// What the panel needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: Rc<Room>,
    /// The member's secret.
    pub token: Token,
    /// The person wants to see this message in its place.
    pub onopen: Callback<Seq>,
    /// The person has found enough.
    pub onclose: Callback<()>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Found {
    query: Query,
    hits: Option<Result<Vec<Hit>, ()>>,
    names: Names,
    more: bool,
}

/// The panel.
#[component]
pub fn Search(props: &Props) -> Html {
    let Props { room, token, onopen, onclose } = props;
    let lang = use_lang();
    let (field, pause) = (use_node_ref(), use_mut_ref(|| None::<Timeout>));
    // Rises with each search, so that a late answer to an earlier one is void.
    let turns = use_mut_ref(|| 0_u32);
    let state = use_changed::<Found>();
    let change = state.dispatcher();
    let Found { query, hits, names, more } = &state.0;

    let people: Vec<(MemberId, Rc<str>)> = seated(room).collect();
    let called: Rc<[Rc<str>]> = people.iter().map(|(_, name)| Rc::clone(name)).collect();
    let readings = use_readings(&called, true);

    use_effect_with(field.clone(), |field| {
        focus(field);
    });
    // Looks for this; with `behind`, for what is older than what was found.
    let look = {
        let (change, id, token, pause) = (change.clone(), room.facts.id, *token, Rc::clone(&pause));
        Callback::from(move |(query, behind): (Query, Option<Seq>)| {
            pause.take();
            *turns.borrow_mut() += 1;
            let (turn, asked) = (*turns.borrow(), query.request(behind, platform::escape));
            let nothing = asked.is_none();
            change.dispatch(Box::new(move |found: &mut Found| {
                found.query = query;
                if nothing {
                    (found.hits, found.more) = (None, false);
                }
            }));
            if let Some(asked) = asked {
                let (change, turns) = (change.clone(), Rc::clone(&turns));
                spawn_local(async move {
                    let page = http::search(id, &token, &asked).await;
                    if *turns.borrow() == turn {
                        change
                            .dispatch(Box::new(move |found: &mut Found| found.take(page, behind.is_some())));
                    }
                });
            }
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
    {
        // What was taken back meanwhile, or says something else, must not go on being a hit.
        let (at_once, shown) = (at_once.clone(), hits.is_some());
        use_effect_with(room.rewrites, move |_| {
            if shown {
                at_once.emit(());
            }
        });
    }
    {
        let change = change.clone();
        use_effect_with(room.kept_since, move |since| {
            let since = *since;
            change.dispatch(Box::new(move |found: &mut Found| found.drop_before(since)));
        });
    }
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
        text => meant(&called, text, &readings),
    };
    let last = hits.as_ref().and_then(|hits| hits.as_ref().ok()?.last()).map(|hit| hit.event.seq);
    let onmore = {
        let (look, query) = (look.clone(), query.clone());
        Callback::from(move |()| look.emit((query.clone(), last)))
    };
    let said = match hits {
        None => String::new(),
        Some(Err(())) => Msg::SearchFailed.say(lang).to_owned(),
        Some(Ok(hits)) if hits.is_empty() => Msg::NothingFound.say(lang).to_owned(),
        Some(Ok(hits)) if *more => Msg::FoundMore.fill(lang, &[&hits.len().to_string()]),
        Some(Ok(hits)) => Msg::Found.fill(lang, &[&hits.len().to_string()]),
    };
    let now = platform::local(platform::wall_clock());
    let hit = |hit: &Hit| {
        let RoomEvent { seq, at, fact: Fact::Said { by, text, .. } } = &hit.event else {
            return Html::default();
        };
        let at = platform::local(*at);
        let held = room.name(*by).map(ToString::to_string);
        let name = held.or_else(|| names.get(by).map(ToString::to_string));
        let seq = *seq;
        html! {
            <li key={seq.0}>
                <button class="hit" type="button" onclick={onopen.reform(move |_: MouseEvent| seq)}>
                    <small>
                        { name.unwrap_or_else(|| Msg::Somebody.say(lang).to_owned()) }{ " · " }
                        { at.day(now, lang) }{ " " }{ at.time() }
                    </small>
                    <span>
                        { for pieces(text.as_str(), &hit.ranges).into_iter().map(|(hit, piece)| {
                            if hit { html! { <mark>{ piece }</mark> } } else { html! { { piece } } }
                        }) }
                    </span>
                </button>
            </li>
        }
    };
    let one = |(member, name): &(MemberId, Rc<str>)| {
        html! { <option value={member.0.to_string()} selected={query.by == Some(*member)}>{ name.to_string() }</option> }
    };
    html! {
        <aside id="search" class="search" role="search" {onkeydown}>
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
                    { for people.iter().map(one) }
                </select>
                <label>{ Msg::SearchSince.say(lang) }
                    <input id="search-since" type="date" onchange={filter(|query, day| query.since = platform::day(&day))} />
                </label>
                <label>{ Msg::SearchUntil.say(lang) }
                    <input id="search-until" type="date" onchange={filter(|query, day| query.until = platform::day(&day))} />
                </label>
            </div>
            { for people.iter().filter(|(_, name)| query.by.is_none() && called.contains(name)).map(|(member, name)| {
                let member = *member;
                html! {
                    <button class="link called" type="button" onclick={only.reform(move |_: MouseEvent| member)}>
                        { Msg::OnlyBy.fill(lang, &[name]) }
                    </button>
                }
            }) }
            <div id="search-state" class="hint" role="status">{ said }</div>
            <ul>{ for hits.iter().flatten().flatten().map(hit) }</ul>
            if *more {
                { button("search-more", "btn quiet", Msg::SearchMore, lang, &onmore) }
            }
        </aside>
    }
}

impl Found {
    fn take(&mut self, page: Option<shared::SearchPage>, behind: bool) {
        match (page, &mut self.hits) {
            (Some(page), Some(Ok(hits))) if behind => {
                hits.extend(page.hits);
                self.names.extend(page.names);
                self.more = page.more;
            }
            (Some(page), hits) => {
                *hits = Some(Ok(page.hits));
                (self.names, self.more) = (page.names, page.more);
            }
            // What was found before stays, and can be asked to go on.
            (None, Some(Ok(hits))) if behind && !hits.is_empty() => {}
            (None, hits) => {
                (*hits, self.more) = (Some(Err(())), false);
            }
        }
    }

    fn drop_before(&mut self, at: Millis) {
        if let Some(Ok(hits)) = &mut self.hits {
            hits.retain(|hit| at <= hit.event.at);
        }
    }
}

fn seated(room: &Room) -> impl Iterator<Item = (MemberId, Rc<str>)> {
    room.seated.iter().filter_map(|member| Some((*member, Rc::clone(room.name(*member)?))))
}
