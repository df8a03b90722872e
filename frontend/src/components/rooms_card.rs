//! The card with 我的房间, and the ways to another one.

use yew::{Callback, Html, html};

use super::gone::card;
use super::my_rooms::MyRooms;
use crate::i18n::{Lang, Msg};

/// The card. `onmake` is called when the person wants a new room.
pub fn rooms_card(onmake: &Callback<()>, lang: Lang) -> Html {
    card("rooms", Msg::MyRooms, html! { <MyRooms /> }, onmake, lang)
}
