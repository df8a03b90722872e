//! The list of what happened, and what a person can do with a message of it. Only the rows near what is in sight are in
//! the page; which these are, and that they stay where they are, is `use_place`'s.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{Readers, Seq};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, KeyboardEvent};
use yew::{Callback, FocusEvent, Html, MouseEvent, Properties, component, html};

use super::announcer::use_announcer;
use super::history_edge::history_edge;
use super::jump_buttons::jump_buttons;
use super::menu::Menu;
use super::row::{MessageRow, failed, key};
use super::row_element::{MenuTarget, below, beside, focus, row_by_key, row_of, seq_of, target};
use super::timeline_intent::TimelineIntent;
use super::use_changed::{Change, use_changed};
use super::use_focus::use_focus;
use super::use_jump_to_message::{JumpTarget, use_jump_to_message};
use super::use_local_day::use_local_day;
use super::use_long_press::use_long_press;
use super::use_virtual_scroll::{Moves, use_virtual_scroll};
use super::{every_second_bold, use_lang};
use crate::hooks::erased::use_effect_with;
use crate::hooks::use_chat_session::AskReaders;
use crate::hooks::use_seconds_left::use_seconds_left;
use crate::i18n::Msg;
use crate::services::platform;
use crate::state::outbox::Outbox;
use crate::state::server_clock::ServerClock;
use crate::state::{Browse, HistoryState, Room};
use crate::view_model::readers::{ReceiptKind, reader_line};
use crate::view_model::rows::{APART, MenuContext, MessageAction, MessageView, Row, Rows, actions};

/// How long something is said that passes, in milliseconds.
const SAID_MS: u32 = 2_500;

/// What the list needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// What is unsent.
    pub outbox: Rc<Outbox>,
    /// Whether the server is connected.
    pub up: bool,
    /// The server's clock: what may be edited or recalled is decided by it.
    pub clock: ServerClock,
    /// The person wants something done.
    pub onwish: Callback<TimelineIntent>,
    /// The person asks who has read a message, and the page does not know.
    pub onreaders: Callback<AskReaders>,
    /// The person nears the beginning of what is held.
    pub onolder: Callback<()>,
    /// The person follows the end from now on, or not.
    pub onfollow: Callback<bool>,
    /// The person moves through the log otherwise.
    pub onbrowse: Callback<Browse>,
    /// The message to be shown in its place, wherever that is.
    pub target: JumpTarget,
}

/// Whose readers are shown, and who they are as far as the server said.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    seq: Seq,
    told: Option<Option<Readers>>,
}

/// What is shown beside the rows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Now {
    /// What the open menu is for.
    open: Option<MenuTarget>,
    asked: Option<Asked>,
    /// The message that the Tab key comes to: the newest, until another one had the focus.
    current: Option<String>,
    /// The message whose text is selected, on request or because it could not be copied.
    picked: Option<String>,
    /// What is said for a moment.
    said: Option<Msg>,
    /// The message that was jumped to just now.
    lit: Option<Seq>,
}

/// The list of what happened.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let Props { room, outbox, onwish, onolder, .. } = props;
    let lang = use_lang();
    let held = props.target.seq.filter(|seq| room.as_ref().is_some_and(|room| room.shown().covers(*seq)));
    let (onbrowse, onfollow) = (props.onbrowse.clone(), props.onfollow.clone());
    let place =
        use_virtual_scroll(room, outbox, held, Moves { onolder: onolder.clone(), onbrowse, onfollow });
    let slow_s = use_seconds_left(outbox.slow_until());
    let now = use_local_day(props.clock);
    let rows =
        Rows { room: room.as_deref(), outbox, now, local: platform::local, lang }.at(place.drawn.clone());

    {
        let onbrowse = props.onbrowse.clone();
        let missing: Vec<_> = messages(&rows).filter_map(MessageView::missing_quote).collect();
        // On another connection those that did not come are wanted again.
        use_effect_with((missing, props.up), move |(missing, _)| {
            missing.iter().for_each(|seq| onbrowse.emit(Browse::Quoted(*seq)));
        });
    }

    let announcer = use_announcer(room.as_deref(), outbox, lang);
    let state = use_changed::<Now>();
    let change = state.dispatcher();
    let Now { open, asked, current, picked, said, lit } = &state.0;
    {
        let (change, list) = (change.clone(), place.nodes.list.clone());
        use_effect_with(picked.clone(), move |picked| {
            let row = picked.as_ref().and_then(|key| row_by_key(&list.cast()?, key));
            if let Some(words) = row.and_then(|row| row.query_selector(".words").ok().flatten()) {
                platform::select(&words);
            }
        });
        use_effect_with((*said, *lit), move |(said, lit)| {
            (said.is_some() || lit.is_some()).then(|| {
                let pass = |now: &mut Now| (now.said, now.lit) = (None, None);
                Timeout::new(SAID_MS, move || change.dispatch(Box::new(pass)))
            })
        });
    }

    let reached = {
        let change = change.clone();
        Callback::from(move |seq| change.dispatch(Box::new(move |now| now.lit = Some(seq))))
    };
    let failed_to = {
        let change = change.clone();
        Callback::from(move |()| change.dispatch(Box::new(|now| now.said = Some(Msg::JumpFailed))))
    };
    use_jump_to_message(&props.target, room.as_deref(), &props.onbrowse, &reached, &failed_to);
    let (onjump, origin) = (props.target.set.reform(Some), props.target.origin.clone());

    let ask = {
        let (change, room, onreaders) = (change.clone(), room.clone(), props.onreaders.clone());
        Callback::from(move |seq| {
            change.dispatch(Box::new(move |now| now.asked = Some(Asked { seq, told: None })));
            // Somebody else's readers may be asked for meanwhile, or nobody's.
            let answer = move |told| {
                Box::new(move |now: &mut Now| {
                    if let Some(asked) = now.asked.as_mut().filter(|asked| asked.seq == seq) {
                        asked.told = Some(told);
                    }
                })
            };
            // In a small room the server tells who has read, and as it comes; in a large one it is asked.
            if room.as_ref().is_some_and(|room| room.marks().is_empty()) {
                let change = change.clone();
                onreaders.emit((seq, Callback::from(move |told| change.dispatch(answer(told)))));
            }
        })
    };
    let open_at = {
        let change = change.clone();
        Callback::from(move |(pressed, at): (Element, (f64, f64))| {
            let open = MenuTarget::of(&pressed, at);
            change.dispatch(Box::new(|now| (now.open, now.picked) = (open, None)));
        })
    };
    let finger = use_long_press(open_at.clone());
    let was_long = Rc::clone(&finger.was_long);
    let onclick = {
        let (open_at, onwish, change) = (open_at.clone(), onwish.clone(), change.clone());
        let (ask, asked, room) = (ask.clone(), asked.as_ref().map(|asked| asked.seq), room.clone());
        Callback::from(move |press: MouseEvent| {
            // A finger that opened the menu of a link does not follow the link when it is lifted.
            if was_long.take() {
                return press.prevent_default();
            }
            let Some(button) = target(&press).and_then(|target| target.closest("[data-do]").ok().flatten())
            else {
                return;
            };
            let [what, of] =
                ["data-do", "data-of"].map(|name| button.get_attribute(name).unwrap_or_default());
            let seq = || of.parse().ok().map(Seq);
            match (what.as_str(), row_of(&press)) {
                ("menu", Some(row)) => {
                    let button = button.get_bounding_client_rect();
                    open_at.emit((row, (button.left(), button.bottom())));
                }
                ("jump", row) => {
                    if let Some(seq) = seq() {
                        origin.emit(row.as_ref().and_then(seq_of));
                        onjump.emit(seq);
                    }
                }
                ("readers", Some(row)) => match seq_of(&row) {
                    Some(seq) if asked != Some(seq) => ask.emit(seq),
                    _ => change.dispatch(Box::new(|now| now.asked = None)),
                },
                ("reload", _) => platform::reload(),
                ("anew", _) => {
                    let text = room.as_ref().and_then(|room| room.taken_back(seq()?).cloned());
                    text.into_iter().for_each(|text| onwish.emit(TimelineIntent::Anew(text)));
                }
                ("revise", _) => {
                    of.parse().into_iter().for_each(|id| onwish.emit(TimelineIntent::Revise(id)));
                }
                ("retry", _) => of.parse().into_iter().for_each(|id| onwish.emit(TimelineIntent::Retry(id))),
                ("give-up", _) => {
                    of.parse().into_iter().for_each(|id| onwish.emit(TimelineIntent::GiveUp(id)));
                }
                _ => {}
            }
        })
    };
    let oncontextmenu = {
        let open_at = open_at.clone();
        Callback::from(move |press: MouseEvent| {
            // Links and what is selected have a menu of the browser's own.
            let own = target(&press).is_some_and(|target| target.closest("a").ok().flatten().is_some());
            if let Some(row) = row_of(&press).filter(|_| !own && !platform::has_selection()) {
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
        let change = change.clone();
        Callback::from(move |focused: FocusEvent| {
            if let Some(key) = row_of(&focused).and_then(|row| row.get_attribute("data-id")) {
                change.dispatch(Box::new(|now| now.current = Some(key)));
            }
        })
    };

    let opened = open.as_ref().and_then(|open| {
        let message = messages(&rows).find(|message| message.key() == open.key)?;
        let context = MenuContext {
            now,
            is_touch: platform::is_touch(),
            on_link: open.link.is_some(),
            can_discard: outbox.can_discard(message.id),
        };
        Some((message.clone(), open.clone(), actions(room.as_deref(), message, context)))
    });
    let menu = opened.map(|(message, open, actions)| {
        let time = platform::local(message.at).full(lang);
        let onclose = {
            let (change, list, key) = (change.clone(), place.nodes.list.clone(), message.key());
            Callback::from(move |()| {
                focus(list.cast().and_then(|list| row_by_key(&list, &key)));
                change.dispatch(Box::new(|now| now.open = None));
            })
        };
        let onpick = {
            let (onclose, onwish, change) = (onclose.clone(), onwish.clone(), change.clone());
            let link = open.link.unwrap_or_default();
            Callback::from(move |action| {
                onclose.emit(());
                match (action, message.seq) {
                    (MessageAction::Copy, _) => copy(Rc::clone(&message.text), message.key(), change.clone()),
                    (MessageAction::CopyLink, _) => copy(link.as_str().into(), message.key(), change.clone()),
                    (MessageAction::OpenLink, _) => platform::open_link(&link),
                    (MessageAction::SelectText, _) => {
                        let key = message.key();
                        change.dispatch(Box::new(|now| now.picked = Some(key)));
                    }
                    (MessageAction::Readers, Some(seq)) => ask.emit(seq),
                    (action, seq) => {
                        let intent = TimelineIntent::of(action, seq, message.id);
                        intent.into_iter().for_each(|intent| onwish.emit(intent));
                    }
                }
            })
        };
        html! { <Menu {actions} at={open.at} message={open.key} {time} {onpick} {onclose} /> }
    });

    let older = room.as_ref().map_or(HistoryState::Beginning, |room| room.older());
    let newer = room.as_ref().map_or(HistoryState::Beginning, |room| room.newer());
    let older_wait = if props.up { Msg::OlderLoading } else { Msg::OlderOffline };
    let onnewer = props.onbrowse.reform(|()| Browse::Newer);
    let receipts = ReceiptKind::of(room.as_deref());
    let known = |message: &&MessageView| current.as_ref().is_some_and(|current| *current == message.key());
    let tabbed = messages(&rows).find(known);
    let gone = (current.is_some() && tabbed.is_none()) || (open.is_some() && menu.is_none());
    use_focus(
        &place.nodes.list,
        gone,
        Callback::from(move |()| change.dispatch(Box::new(|now| now.open = None))),
    );
    let tabbed = tabbed.or(messages(&rows).last());
    let readers = asked
        .as_ref()
        .map(|asked| (asked.seq, reader_line(room.as_deref(), asked.seq, asked.told.as_ref(), lang)));
    html! {
        <div class="timeline">
            { announcer }
            // Rows come and go as one scrolls: the announcer reads what is new.
            <div ref={place.nodes.list.clone()} id="log" class="list" role="log" aria-live="off"
                aria-busy={(older == HistoryState::Loading).to_string()} aria-label={Msg::Log.say(lang)} tabindex="0"
                onscroll={place.onscroll} {onclick} {oncontextmenu} {onkeydown} {onfocusin}
                onpointerdown={finger.down} onpointermove={finger.moves}
                onpointerup={finger.ends.clone()} onpointercancel={finger.ends}>
                <div class="rows">
                <div key="older" class="older-place">{ history_edge("older", older, [older_wait, Msg::OlderFailed], onolder, lang) }</div>
                <div key="above" ref={place.nodes.above} class="room-for" />
                { for rows.iter().enumerate().map(|(index, row)| {
                    let key = key(row, rows.get(index + 1));
                    match row {
                        Row::Day(day) => html! { <div {key} class="note pill">{ day.clone() }</div> },
                        Row::Unread => html! {
                            <div {key} id="unread-line" class="unread" role="separator">{ Msg::UnreadLine.say(lang) }</div>
                        },
                        Row::Note { seq, text, anew, needs_reload, .. } => html! {
                            <div {key} class="note" data-seq={seq.to_string()}>
                                <span>{ every_second_bold(text.split(APART), None) }</span>
                                if *needs_reload {
                                    <button class="link reload" type="button" data-do="reload">
                                        { Msg::Reload.say(lang) }
                                    </button>
                                }
                                if anew.is_some() {
                                    <button class="link anew" type="button" data-do="anew" data-of={seq.to_string()}>
                                        { Msg::EditAgain.say(lang) }
                                    </button>
                                }
                            </div>
                        },
                        Row::Refused { id, why } => html! {
                            <div {key} class="note refused">{ failed(*id, Msg::NotDone, *why, None, false, lang) }</div>
                        },
                        Row::Message(message) => html! {
                            <MessageRow
                                {key}
                                message={message.clone()}
                                {receipts}
                                current={tabbed == Some(message)}
                                lit={lit.is_some() && *lit == message.seq}
                                picked={picked.as_ref().is_some_and(|picked| *picked == message.key())}
                                readers={readers.as_ref().filter(|(seq, _)| message.seq == Some(*seq)).and_then(|(_, readers)| readers.clone())}
                                slow_s={slow_s.filter(|_| message.unsent.is_some())}
                                up={props.up || message.unsent.is_none()}
                            />
                        },
                    }
                }) }
                <div key="below" ref={place.nodes.below} class="room-for" />
                <div key="newer" class="older-place">{ history_edge("newer", newer, [Msg::NewerLoading, Msg::NewerFailed], &onnewer, lang) }</div>
                </div>
            </div>
            { jump_buttons(room.as_deref(), place.away, &place.follow, &props.target, lang) }
            <div role="status">
                if props.target.seq.is_some() {
                    <span class="toast">{ Msg::Opening.say(lang) }</span>
                }
                if let Some(said) = said {
                    <span id="said" class="toast">{ said.say(lang) }</span>
                }
            </div>
            { menu.unwrap_or_default() }
        </div>
    }
}

fn messages(rows: &[Row]) -> impl Iterator<Item = &MessageView> + Clone {
    rows.iter().filter_map(|row| if let Row::Message(message) = row { Some(message) } else { None })
}

/// Copies a text, or selects the message where that is not allowed.
fn copy(text: Rc<str>, key: String, change: Change<Now>) {
    spawn_local(async move {
        let (said, picked) = match platform::copy(&text).await {
            Ok(()) => (Msg::Copied, None),
            Err(_) => (Msg::TextSelected, Some(key)),
        };
        change.dispatch(Box::new(move |now| (now.said, now.picked) = (Some(said), picked)));
    });
}
