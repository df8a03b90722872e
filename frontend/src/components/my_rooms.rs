//! 我的房间: the rooms that this browser has a seat in.

use std::cell::Cell;
use std::rc::Rc;

use shared::{RoomId, Token};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, MouseEvent, Properties, component, hook, html, use_state};

use super::use_card::{Card, use_card};
use super::{dotted, kind, use_lang};
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::{Lang, Msg};
use crate::routes;
use crate::services::http::{self, Asked};
use crate::services::storage;
use crate::state::StoredSession;
use crate::view_model::refresh::LIST_MS;
use crate::view_model::unread_badge::UnreadBadge;

/// How much of a room's id stands for its name as long as that is not known.
const SHORT_ID: usize = 6;

/// Properties of the list of rooms.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room before which this is shown, as a card of its own if there are others.
    #[prop_or_default]
    pub before: Option<RoomId>,
}

/// The list.
#[component]
pub fn MyRooms(props: &Props) -> Html {
    let lang = use_lang();
    let kept = use_state(storage::rooms);
    let onforget = use_callback((), {
        let kept = kept.setter();
        move |room, ()| {
            storage::wipe(room);
            kept.set(storage::rooms());
        }
    });
    let rooms: Vec<_> = kept.iter().filter(|(room, _)| Some(*room) != props.before).collect();
    let item = |(room, kept): &(RoomId, StoredSession)| {
        html! { <MyRoom key={room.to_string()} room={*room} kept={kept.clone()} onforget={&onforget} /> }
    };
    let none = rooms.is_empty();
    let list = html! { <ul class="my-rooms">{ for rooms.into_iter().map(item) }</ul> };
    match (props.before, none) {
        (Some(_), true) => Html::default(),
        (Some(_), false) => html! {
            <section class="card beside">
                <h2>{ Msg::MyRooms.say(lang) }</h2>
                { list }
            </section>
        },
        (None, true) => html! { <p>{ Msg::NoRooms.say(lang) }</p> },
        (None, false) => list,
    }
}

/// Properties of a room in the list.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct RoomProps {
    /// The room.
    pub room: RoomId,
    /// The seat in it.
    pub kept: StoredSession,
    /// The person wants nothing kept of it any more.
    pub onforget: Callback<RoomId>,
}

/// A room in the list.
#[component]
pub fn MyRoom(props: &RoomProps) -> Html {
    let lang = use_lang();
    let room = props.room;
    let card = use_card(room, Some(props.kept.token), true, LIST_MS);
    let asked = &card.asked;
    let unread = use_unread(room, props.kept.token, &card);
    let (title, state) = words(props, asked, lang);
    let words = html! { <span><b>{ title }</b><small>{ dotted(&state) }</small></span> };
    if *asked == Asked::Unknown {
        let onclick = props.onforget.reform(move |_: MouseEvent| room);
        return html! {
            <li class="lost">
                { words }
                <button class="link forget" type="button" {onclick}>{ Msg::Forget.say(lang) }</button>
            </li>
        };
    }
    html! {
        <li>
            <a href={routes::path(room)}>
                { words }
                if let Some(unread) = unread {
                    <span class="count" aria-label={Msg::Unread.fill(lang, &[&unread])}>{ unread.clone() }</span>
                }
            </a>
        </li>
    }
}

/// How many messages of others have come since this browser's member was last there, counted with each answer about the
/// room.
#[hook]
fn use_unread(room: RoomId, token: Token, card: &Card) -> Option<String> {
    let unread = use_default::<UnreadBadge>();
    let setter = unread.setter();
    let known = matches!(card.asked, Asked::Card(_));
    use_effect_with((room, known, card.answers), move |(room, known, _)| {
        let (room, is_over) = (*room, Rc::new(Cell::new(false)));
        if let (true, Some(read)) = (known, storage::read_to(room)) {
            let is_over = Rc::clone(&is_over);
            spawn_local(async move {
                let counted = http::unread(room, &token, read.member, read.seq).await;
                // Without an answer the number stays; it is asked for again soon.
                if let (Some(counted), false) = (counted, is_over.get()) {
                    setter.set(counted);
                }
            });
        }
        Over(is_over)
    });
    unread.label()
}

/// Voids the answer that is on its way when it is dropped.
struct Over(Rc<Cell<bool>>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

fn words(props: &RoomProps, asked: &Asked, lang: Lang) -> (String, String) {
    let short: String = props.room.to_string().chars().take(SHORT_ID).collect();
    let (title, state) = match asked {
        Asked::Card(card) => {
            let kind = kind(card.capacity, lang);
            let [seated, capacity, online] = [card.seated, card.capacity, card.online].map(|n| n.to_string());
            let state = Msg::MyRoomState.fill(lang, &[&seated, &capacity, &online]);
            (card.title.clone().unwrap_or(kind), state)
        }
        Asked::Unknown => (Msg::RoomByLink.fill(lang, &[&short]), Msg::RoomIsGone.say(lang).to_owned()),
        Asked::Nothing => (Msg::RoomByLink.fill(lang, &[&short]), String::new()),
    };
    let me =
        props.kept.name.as_ref().map_or_else(String::new, |name| Msg::YouAre.fill(lang, &[name.as_str()]));
    let parts = [me, state].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    (title, parts.join(" · "))
}
