//! The list of what happened. It follows the newest as long as its end is in sight.

use std::rc::Rc;

use shared::{MessageId, Millis, Seq};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::{
    Callback, Html, NodeRef, Properties, component, html, use_callback, use_effect_with, use_node_ref,
    use_state,
};

use super::row::MessageRow;
use super::use_lang;
use crate::browser;
use crate::chat::Room;
use crate::outbox::Outbox;
use crate::rows::{Row, rows};
use crate::text::Word;

/// This many pixels from the end still count as the end.
const NEAR_PX: i32 = 80;

/// What the list needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// What is unsent.
    pub outbox: Rc<Outbox>,
    /// The person wants a message sent again.
    pub onretry: Callback<MessageId>,
}

/// The list of what happened.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let lang = use_lang();
    let list = use_node_ref();
    let last = props.room.as_ref().and_then(|room| room.log.last()).unwrap_or_default();
    // The last number seen when the person scrolled away from the end; none while it is followed.
    let away = use_state(|| None::<Seq>);

    let onscroll = {
        let (list, away) = (list.clone(), away.clone());
        Callback::from(move |_| match (is_near_end(&list), *away) {
            (true, Some(_)) => away.set(None),
            (false, None) => away.set(Some(last)),
            _ => {}
        })
    };
    let follow = use_callback((list.clone(), away.setter()), |(), (list, away)| {
        away.set(None);
        to_end(list);
    });

    let follows = away.is_none();
    let unsent = props.outbox.messages().last().map(|(item, _)| item.id);
    {
        let list = list.clone();
        use_effect_with((last, follows, props.outbox.messages().count()), move |_| {
            if follows {
                to_end(&list);
            }
        });
    }
    {
        let follow = follow.clone();
        use_effect_with(unsent, move |unsent| {
            if unsent.is_some() {
                follow.emit(());
            }
        });
    }
    use_effect_with((list.clone(), follows), |(list, follows)| {
        let stay = follows.then(|| keep_end(list.clone()));
        move || drop(stay)
    });

    let rows = rows(props.room.as_deref(), &props.outbox, Millis(browser::now()), browser::local, lang);
    let unseen = away.map_or(0, |away| unseen(&rows, away));
    html! {
        <div class="timeline">
            <div ref={list} id="log" class="list" role="log" aria-live="polite" aria-relevant="additions"
                aria-label={Word::Log.say(lang)} tabindex="0" {onscroll}>
                { for rows.into_iter().enumerate().map(|(index, row)| draw(index, row, &props.onretry)) }
            </div>
            if unseen != 0 {
                <button id="newer" class="btn" type="button" onclick={follow.reform(|_| ())}>
                    { Word::NewMessages.fill(lang, &[&unseen.to_string()]) }
                </button>
            }
        </div>
    }
}

fn draw(index: usize, row: Row, onretry: &Callback<MessageId>) -> Html {
    match row {
        Row::Day(day) => html! { <div key={format!("day {index}")} class="note pill">{ day }</div> },
        Row::Note { seq, text } => {
            html! { <div key={format!("{seq} {text}")} class="note" data-seq={seq.to_string()}>{ text }</div> }
        }
        Row::Message(message) => {
            // The same key before and after it is confirmed: the row stays where it is and only its state changes.
            let key = format!("{} {}", message.mine, message.id);
            html! { <MessageRow {key} {message} onretry={onretry.clone()} /> }
        }
    }
}

fn unseen(rows: &[Row], away: Seq) -> usize {
    let new = |row: &&Row| matches!(row, Row::Message(message) if !message.mine && Some(away) < message.seq);
    rows.iter().filter(new).count()
}

fn is_near_end(list: &NodeRef) -> bool {
    list.cast::<Element>()
        .is_none_or(|list| list.scroll_height() - list.scroll_top() - list.client_height() < NEAR_PX)
}

fn to_end(list: &NodeRef) {
    if let Some(list) = list.cast::<Element>() {
        list.set_scroll_top(list.scroll_height());
    }
}

/// Keeps the end in sight when the list itself shrinks: the keyboard opens, the box grows.
fn keep_end(list: NodeRef) -> Option<(Observing, Closure<dyn FnMut()>)> {
    let element = list.cast::<Element>()?;
    let closure = Closure::<dyn FnMut()>::new(move || to_end(&list));
    let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
    observer.observe(&element);
    Some((Observing(observer), closure))
}

struct Observing(ResizeObserver);

impl Drop for Observing {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}
