//! The side: who is in the room, oneself, and the way out.

use std::rc::Rc;

use shared::limits::LOBBY_CAPACITY;
use web_sys::HtmlElement;
use yew::{Callback, Html, MouseEvent, Properties, classes, component, html, use_effect_with, use_node_ref};

use super::{avatar, use_lang};
use crate::chat::Room;
use crate::text::{Lang, Word};

/// What the side needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// One's own name.
    pub me: String,
    /// Whether the server is connected.
    pub up: bool,
    /// Whether the sheet is open, on a phone.
    pub open: bool,
    /// The person closes the sheet.
    pub onclose: Callback<()>,
    /// The person leaves the room.
    pub onleave: Callback<()>,
}

/// The side.
#[component]
pub fn Members(props: &Props) -> Html {
    let lang = use_lang();
    let close = use_node_ref();
    use_effect_with((props.open, close.clone()), |(open, close)| {
        if let (true, Some(close)) = (open, close.cast::<HtmlElement>()) {
            let _ = close.focus();
        }
    });
    let onclose = props.onclose.reform(|_: MouseEvent| ());
    let onleave = props.onleave.reform(|_: MouseEvent| ());
    let room = props.room.as_deref();
    let (seated, capacity) =
        room.map_or((1, LOBBY_CAPACITY), |room| (room.seated.len(), room.facts.capacity));
    let others = room.map(|room| {
        room.others().map(|other| {
            let name = room.name(other).map_or("", |name| name);
            member(name, false, room.online.contains(&other), lang)
        })
    });
    html! {
        <>
            <div class={classes!("shade", props.open.then_some("open"))} onclick={onclose.clone()} aria-hidden="true" />
            <aside id="side" class={classes!("side", props.open.then_some("open"))}>
                <div class="brand">
                    <i aria-hidden="true" />
                    { Word::Brand.say(lang) }
                    <button ref={close} class="icon close" type="button" aria-label={Word::Close.say(lang)} onclick={onclose}>
                        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18" /></svg>
                    </button>
                </div>
                <section>
                    <h2>{ Word::Members.fill(lang, &[&seated.to_string(), &capacity.to_string()]) }</h2>
                    <div class="members">
                        { member(&props.me, true, props.up, lang) }
                        { for others.into_iter().flatten() }
                    </div>
                </section>
                <div class="me">
                    { avatar(&props.me) }
                    <b>{ props.me.clone() }</b>
                    <button id="disconnect" class="btn danger" type="button" onclick={onleave}>
                        { Word::Disconnect.say(lang) }
                    </button>
                </div>
            </aside>
        </>
    }
}

fn member(name: &str, me: bool, online: bool, lang: Lang) -> Html {
    let state = if online { Word::Online } else { Word::Offline };
    html! {
        <div class="member">
            { avatar(name) }
            <span>
                <b>{ name.to_owned() }</b>
                if me { { Word::You.say(lang) } }
                <small>{ state.say(lang) }</small>
            </span>
            <span class={classes!("dot", (!online).then_some("off"))} aria-hidden="true" />
        </div>
    }
}
