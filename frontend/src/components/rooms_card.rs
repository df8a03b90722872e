//! The card with 我的房间, and the ways to another one.

use yew::{Callback, Html, Properties, component, html};

use super::gone::card;
use super::my_rooms::MyRooms;
use super::use_lang;
use crate::i18n::Msg;

/// Properties of the card.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The card.
#[component]
pub fn RoomsCard(props: &Props) -> Html {
    let lang = use_lang();
    card("rooms", Msg::MyRooms, html! { <MyRooms /> }, &props.onmake, lang)
}
