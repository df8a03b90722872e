//! The head of the room: whom one talks to, and whether they are there.

use std::rc::Rc;

use shared::RoomId;
use yew::{Callback, Html, html};

use super::{dotted, icon, kind, press};
use crate::i18n::{Lang, Msg};
use crate::routes;
use crate::state::Room;
use crate::state::connection::Banner;

/// What the head needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// Which room.
    pub id: RoomId,
    /// Whether the server is connected.
    pub up: bool,
    /// The banner about the connection.
    pub banner: Option<Banner>,
    /// Whether the panel for finding is open.
    pub searching: bool,
    /// The person opens or closes that.
    pub onsearch: Callback<()>,
    /// Whether the side's sheet is open, on a phone.
    pub open: bool,
    /// The person opens or closes it.
    pub ontoggle: Callback<()>,
}

/// The head of the room.
pub fn header(props: &Head, lang: Lang) -> Html {
    let (title, state) = words(props, lang);
    html! {
        <header class="head">
            <a id="to-rooms" class="icon" href={routes::ROOMS} aria-label={Msg::MyRooms.say(lang)}>
                { icon("m14 6-6 6 6 6") }
            </a>
            <div><h1>{ title }</h1><small>{ dotted(&state) }</small></div>
            <button id="find" class="icon" type="button" aria-label={Msg::Search.say(lang)} title={Msg::Search.say(lang)}
                aria-expanded={props.searching.to_string()} disabled={props.room.is_none()}
                onclick={press(&props.onsearch)}>
                <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="11" cy="11" r="6.5" /><path d="m16 16 4 4" /></svg>
            </button>
            <button
                id="more"
                class="icon"
                type="button"
                aria-label={Msg::More.say(lang)}
                aria-controls="side"
                aria-expanded={props.open.to_string()}
                onclick={press(&props.ontoggle)}
            >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <circle cx="5" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="19" cy="12" r="1" />
                </svg>
            </button>
        </header>
    }
}

/// The head's two lines. While the connection is lost nobody is said to be online.
fn words(props: &Head, lang: Lang) -> (String, String) {
    let say = |word: Msg| word.say(lang).to_owned();
    let Some(room) = props.room.as_deref() else {
        let title = if props.id == RoomId::Lobby { Msg::Lobby } else { Msg::Brand };
        return (say(title), say(Msg::Connecting));
    };
    let kind = kind(room.facts.capacity, lang);
    let lobby = (props.id == RoomId::Lobby).then(|| say(Msg::Lobby));
    let title = room.facts.title.clone().or(lobby).unwrap_or_else(|| kind.clone());
    let other = room.others().next();
    let is_group = 2 < room.facts.capacity;
    let title = match other.and_then(|other| room.name(other)) {
        Some(name) if !is_group => name.to_string(),
        _ => title,
    };
    let state = match (props.banner, other) {
        (Some(Banner::Lost), _) => say(Msg::Reconnecting),
        _ if !props.up => kind,
        (_, None) => say(Msg::Waiting),
        (_, Some(_)) if is_group => Msg::GroupOnline.fill(lang, &[&kind, &room.online.len().to_string()]),
        (_, Some(other)) if room.online.contains(&other) => say(Msg::PairOnline),
        (_, Some(_)) => say(Msg::PairOffline),
    };
    (title, state)
}
