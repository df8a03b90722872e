//! The list of what happened, and what a person can do with a message of it. Only the rows near what is in sight are in
//! the page; which these are, and that they stay where they are, is `use_place`'s.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{MessageId, Millis, Readers, Seq};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::{
    Callback, FocusEvent, Html, MouseEvent, Properties, UseStateHandle, UseStateSetter, component, hook,
    html, use_callback, use_effect_with, use_state_eq,
};

use super::menu::{Menu, row_of, target};
use super::row::MessageRow;
use super::use_lang;
use super::use_long_press::use_long_press;
use super::use_place::use_place;
use crate::browser;
use crate::chat::log::Body;
use crate::chat::{Older, Room};
use crate::outbox::Outbox;
use crate::rows::{Deed, Message, Row, Rows, deeds};
use crate::text::{Lang, Word};
use crate::use_chat::AskReaders;

/// How long something is said that passes, in milliseconds.
const SAID_MS: u32 = 2_500;

/// What the person wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Answer a message.
    Reply(Seq),
    /// Give a message another text.
    Edit(Seq),
    /// Take a message back.
    Recall(Seq),
    /// Write anew what was taken back.
    Anew(Rc<str>),
    /// Send again what failed.
    Retry(MessageId),
    /// Give up what failed.
    GiveUp(MessageId),
}

/// What the list needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// What is unsent.
    pub outbox: Rc<Outbox>,
    /// The person wants something done.
    pub onwish: Callback<Wish>,
    /// The person asks who has read a message, and the page does not know.
    pub onreaders: Callback<AskReaders>,
    /// The person nears the beginning of what is held.
    pub onolder: Callback<()>,
    /// The person follows the end from now on, or not.
    pub onfollow: Callback<bool>,
}

/// Where the menu is open.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    id: String,
    at: (f64, f64),
}

/// Whose readers are shown, and who they are as far as the server said.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    seq: Seq,
    told: Option<Option<Readers>>,
}

/// The list of what happened.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let Props { room, outbox, onwish, onolder, .. } = props;
    let lang = use_lang();
    let place = use_place(room, outbox, onolder, &props.onfollow);
    let now = Millis(browser::now());
    let rows =
        Rows { room: room.as_deref(), outbox, now, local: browser::local, lang }.at(place.drawn.clone());

    // What is said for a moment, and the message that was jumped to just now.
    let (said, lit) = (use_passing::<Word>(), use_passing::<Seq>());
    let picked = use_state_eq(|| None::<MessageId>);
    let open = use_state_eq(|| None::<Open>);
    // The message that the Tab key comes to: the newest, until another one had the focus.
    let current = use_state_eq(|| None::<String>);
    let asked = use_state_eq(|| None::<Asked>);
    {
        // Only what is drawn selectable can be selected.
        let list = place.nodes.list.clone();
        use_effect_with(*picked, move |picked| {
            let row = picked.and_then(|id| row_by_id(&list.cast()?, &id.to_string()));
            if let Some(words) = row.and_then(|row| row.query_selector(".words").ok().flatten()) {
                browser::select(&words);
            }
        });
    }

    let jump = {
        let (jump, lit) = (place.jump.clone(), lit.setter());
        Callback::from(move |seq| {
            lit.set(Some(seq));
            jump.emit(seq);
        })
    };
    let ask = {
        let (asked, room, onreaders) = (asked.clone(), room.clone(), props.onreaders.clone());
        Callback::from(move |seq| {
            asked.set(Some(Asked { seq, told: None }));
            // In a small room the server tells who has read, and as it comes; in a large one it is asked.
            if room.as_ref().is_some_and(|room| room.marks().is_empty()) {
                let asked = asked.setter();
                let told = Callback::from(move |readers| asked.set(Some(Asked { seq, told: Some(readers) })));
                onreaders.emit((seq, told));
            }
        })
    };
    let onreaders = {
        let (asked, ask) = (asked.clone(), ask.clone());
        use_callback(asked, move |seq, asked| match &**asked {
            Some(Asked { seq: shown, .. }) if *shown == seq => asked.set(None),
            _ => ask.emit(seq),
        })
    };

    let open_at = {
        let open = open.setter();
        Callback::from(move |(row, at): (Element, (f64, f64))| {
            open.set(row.get_attribute("data-id").map(|id| Open { id, at }));
        })
    };
    let press = use_long_press(open_at.clone());
    let onclick = {
        let (open_at, jump) = (open_at.clone(), jump.clone());
        Callback::from(move |press: MouseEvent| {
            let at = |selector| target(&press).and_then(|target| target.closest(selector).ok().flatten());
            if let (Some(button), Some(row)) = (at(".act"), row_of(&press)) {
                let button = button.get_bounding_client_rect();
                open_at.emit((row, (button.left(), button.bottom())));
            } else if let Some(to) =
                at(".quote[data-to]").and_then(|quote| quote.get_attribute("data-to")?.parse().ok())
            {
                jump.emit(Seq(to));
            }
        })
    };
    let oncontextmenu = {
        let open_at = open_at.clone();
        Callback::from(move |press: MouseEvent| {
            // Links and what is selected have a menu of the browser's own.
            let own = target(&press).is_some_and(|target| target.closest("a").ok().flatten().is_some());
            if let Some(row) = row_of(&press).filter(|_| !own && !browser::has_selection()) {
                press.prevent_default();
                open_at.emit((row, (f64::from(press.client_x()), f64::from(press.client_y()))));
            }
        })
    };
    let onkeydown = Callback::from(move |key: KeyboardEvent| {
        let Some(row) = target(&key).filter(|target| target.matches(".msg").unwrap_or(false)) else {
            return;
        };
        match key.key().as_str() {
            "ArrowUp" => focus(beside(&row, Element::previous_element_sibling)),
            "ArrowDown" => focus(beside(&row, Element::next_element_sibling)),
            "Enter" | "ContextMenu" => open_at.emit((row.clone(), below(&row))),
            "F10" if key.shift_key() => open_at.emit((row.clone(), below(&row))),
            _ => return,
        }
        key.prevent_default();
    });
    let onfocusin = {
        let current = current.setter();
        Callback::from(move |focused: FocusEvent| {
            if let Some(row) = row_of(&focused) {
                current.set(row.get_attribute("data-id"));
            }
        })
    };

    let opened = open.as_ref().and_then(|open| {
        let message = messages(&rows).find(|message| message.id.to_string() == open.id)?;
        Some((
            message.clone(),
            open.at,
            room.as_ref().map(|room| deeds(room, message, now)).unwrap_or_default(),
        ))
    });
    let onclose = {
        let (open, list) = (open.clone(), place.nodes.list.clone());
        Callback::from(move |()| {
            focus(open.as_ref().and_then(|open| row_by_id(&list.cast()?, &open.id)));
            open.set(None);
        })
    };
    let menu = opened.map(|(message, at, deeds)| {
        let (onclose, onwish) = (onclose.clone(), onwish.clone());
        let (said, picked) = (said.setter(), picked.setter());
        let onpick = {
            let onclose = onclose.clone();
            Callback::from(move |deed| {
                onclose.emit(());
                match (deed, message.seq) {
                    (Deed::Copy, _) => copy(&message, said.clone(), picked.clone()),
                    (Deed::Readers, Some(seq)) => ask.emit(seq),
                    (Deed::Reply, Some(seq)) => onwish.emit(Wish::Reply(seq)),
                    (Deed::Edit, Some(seq)) => onwish.emit(Wish::Edit(seq)),
                    (Deed::Recall, Some(seq)) => onwish.emit(Wish::Recall(seq)),
                    (Deed::Retry, _) => onwish.emit(Wish::Retry(message.id)),
                    (Deed::GiveUp, _) => onwish.emit(Wish::GiveUp(message.id)),
                    (_, None) => {}
                }
            })
        };
        html! { <Menu {deeds} {at} {onpick} {onclose} /> }
    });

    let (onretry, ongiveup) = (onwish.reform(Wish::Retry), onwish.reform(Wish::GiveUp));
    let older = room.as_ref().map_or(Older::Beginning, |room| room.older());
    let pair = room.as_ref().is_none_or(|room| room.facts.capacity <= 2);
    let tabbed = messages(&rows).map(|message| message.id);
    let tabbed = tabbed.clone().find(|id| current.as_deref() == Some(&id.to_string())).or(tabbed.last());
    let readers = asked.as_ref().map(|asked| (asked.seq, readers(room.as_deref(), asked, lang)));
    let unseen = place.away.map_or(0, |away| room.as_ref().map_or(0, |room| unseen(room, away)));
    let missed =
        room.as_ref().filter(|_| !place.met).and_then(|room| Some((room.unread()?, room.unread_count())));
    let follows = place.away.is_none();
    html! {
        <div class="timeline">
            <div ref={place.nodes.list.clone()} id="log" class="list" role="log"
                aria-live={if follows { "polite" } else { "off" }} aria-relevant="additions"
                aria-busy={(older == Older::Loading).to_string()} aria-label={Word::Log.say(lang)} tabindex="0"
                onscroll={place.onscroll} {onclick} {oncontextmenu} {onkeydown} {onfocusin}
                onpointerdown={press.down} onpointermove={press.moves}
                onpointerup={press.ends.clone()} onpointercancel={press.ends}>
                { above(older, onolder, lang) }
                <div key="above" ref={place.nodes.above} class="room-for" />
                { for rows.iter().enumerate().map(|(index, row)| {
                    let key = key(row, rows.get(index + 1));
                    match row {
                        Row::Day(day) => html! { <div {key} class="note pill">{ day.clone() }</div> },
                        Row::Unread => html! {
                            <div {key} id="unread-line" class="unread" role="separator">{ Word::UnreadLine.say(lang) }</div>
                        },
                        Row::Note { seq, text, anew } => html! {
                            <div {key} class="note" data-seq={seq.to_string()}>
                                { text.clone() }
                                if let Some(anew) = anew.clone() {
                                    <button class="link anew" type="button"
                                        onclick={onwish.reform(move |_: MouseEvent| Wish::Anew(Rc::clone(&anew)))}>
                                        { Word::EditAgain.say(lang) }
                                    </button>
                                }
                            </div>
                        },
                        Row::Refused { id, why } => refused(*id, *why, onwish, lang, key),
                        Row::Message(message) => html! {
                            <MessageRow
                                {key}
                                message={message.clone()}
                                {pair}
                                current={tabbed == Some(message.id)}
                                lit={lit.is_some() && *lit == message.seq}
                                picked={*picked == Some(message.id)}
                                readers={readers.as_ref().filter(|(seq, _)| message.seq == Some(*seq)).and_then(|(_, readers)| readers.clone())}
                                onreaders={&onreaders}
                                onretry={&onretry}
                                ongiveup={&ongiveup}
                            />
                        },
                    }
                }) }
                <div key="below" ref={place.nodes.below} class="room-for" />
            </div>
            <div role="status">
                if let Some((unread, count)) = missed {
                    <button id="missed" class="btn" type="button" onclick={place.jump.reform(move |_| unread)}>
                        { Word::NewMessages.fill(lang, &[&count.to_string()]) }
                    </button>
                }
                if unseen != 0 {
                    <button id="newer" class="btn" type="button" onclick={place.follow.reform(|_| ())}>
                        { Word::NewMessages.fill(lang, &[&unseen.to_string()]) }
                    </button>
                }
                if let Some(said) = *said {
                    <span id="said" class="toast">{ said.say(lang) }</span>
                }
            </div>
            { menu.unwrap_or_default() }
        </div>
    }
}

/// What stands above the first row: as high whatever it says, so that nothing moves when it changes.
fn above(older: Older, onolder: &Callback<()>, lang: Lang) -> Html {
    let said = match older {
        Older::Beginning => return Html::default(),
        Older::More => Html::default(),
        Older::Loading => html! { Word::OlderLoading.say(lang) },
        Older::Failed => html! {
            <>
                { Word::OlderFailed.say(lang) }{ " · " }
                <button class="retry" type="button" onclick={onolder.reform(|_| ())}>{ Word::Retry.say(lang) }</button>
            </>
        },
    };
    html! { <div key="older" id="older" class="note">{ said }</div> }
}

fn refused(id: MessageId, why: Word, onwish: &Callback<Wish>, lang: Lang, key: String) -> Html {
    html! {
        <div {key} class="note refused" role="alert">
            { Word::NotDone.say(lang) }{ " · " }
            <button class="retry" type="button" onclick={onwish.reform(move |_: MouseEvent| Wish::Retry(id))}>
                { Word::Retry.say(lang) }
            </button>
            { " · " }
            <button class="retry give-up" type="button" onclick={onwish.reform(move |_: MouseEvent| Wish::GiveUp(id))}>
                { Word::GiveUp.say(lang) }
            </button>
            <span class="reason">{ why.say(lang) }</span>
        </div>
    }
}

/// The same as long as the row is the same, so that it stays where it is and only its state changes: a message before
/// and after it is confirmed. A day is known by the row below it.
fn key(row: &Row, next: Option<&Row>) -> String {
    match row {
        Row::Day(_) => format!("day {}", next.map(|next| key(next, None)).unwrap_or_default()),
        Row::Unread => "unread".to_owned(),
        Row::Note { seq, text, .. } => format!("{seq} {text}"),
        Row::Refused { id, .. } => format!("refused {id}"),
        Row::Message(message) => format!("{} {}", message.mine, message.id),
    }
}

fn messages(rows: &[Row]) -> impl Iterator<Item = &Message> + Clone {
    rows.iter().filter_map(|row| if let Row::Message(message) = row { Some(message) } else { None })
}

/// How many messages came since the person left the end.
fn unseen(room: &Room, away: Seq) -> usize {
    let newer = room.log.entries().iter().rev().take_while(|entry| away < entry.seq);
    newer.filter(|entry| matches!(&entry.body, Body::Said(said) if said.by != room.me)).count()
}

/// Who has read, by name; none until it is known.
fn readers(room: Option<&Room>, asked: &Asked, lang: Lang) -> Option<String> {
    let room = room?;
    let names: Vec<&str> = match &asked.told {
        None if room.marks().is_empty() => return None,
        None => room.readers(asked.seq).map(|name| &**name).collect(),
        Some(None) => return Some(Word::ReadersUnknown.say(lang).to_owned()),
        Some(Some(told)) => {
            let others = told.read.iter().filter(|member| **member != room.me);
            others.filter_map(|member| room.name(*member)).map(|name| &**name).collect()
        }
    };
    Some(if names.is_empty() {
        Word::NobodyRead.say(lang).to_owned()
    } else {
        names.join(Word::Comma.say(lang))
    })
}

/// Copies what a message says, or selects it where that is not allowed.
fn copy(message: &Message, said: UseStateSetter<Option<Word>>, picked: UseStateSetter<Option<MessageId>>) {
    let (text, id) = (Rc::clone(&message.text), message.id);
    picked.set(None);
    spawn_local(async move {
        if browser::copy(&text).await.is_ok() {
            said.set(Some(Word::Copied));
        } else {
            picked.set(Some(id));
            said.set(Some(Word::TextSelected));
        }
    });
}

/// Forgets what was set after a while.
#[hook]
fn use_passing<T: Copy + PartialEq + 'static>() -> UseStateHandle<Option<T>> {
    let state = use_state_eq(|| None::<T>);
    let setter = state.setter();
    use_effect_with(*state, move |now| {
        let timeout = now.map(|_| Timeout::new(SAID_MS, move || setter.set(None)));
        move || drop(timeout)
    });
    state
}

fn row_by_id(list: &Element, id: &str) -> Option<Element> {
    list.query_selector(&format!("[data-id='{id}']")).ok()?
}

/// The next message in a direction.
fn beside(row: &Element, step: impl Fn(&Element) -> Option<Element>) -> Option<Element> {
    let mut next = step(row);
    while let Some(row) = next {
        if row.matches(".msg").unwrap_or(false) {
            return Some(row);
        }
        next = step(&row);
    }
    None
}

/// Where the menu of a message opens that no pointer points at.
fn below(row: &Element) -> (f64, f64) {
    let bubble = row.query_selector(".bubble").ok().flatten();
    let bubble = bubble.as_ref().unwrap_or(row).get_bounding_client_rect();
    (bubble.left(), bubble.bottom())
}

fn focus(row: Option<Element>) {
    if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
        let _ = row.focus();
    }
}
