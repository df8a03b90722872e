//! The card with 我的房间, and the ways to another one.

use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::my_rooms::MyRooms;
use super::use_lang;
use crate::text::Word;

/// What the card needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The card.
#[component]
pub fn RoomsCard(props: &Props) -> Html {
    let lang = use_lang();
    html! {
        <main class="join">
            <div id="rooms" class="card">
                <h1>{ Word::MyRooms.say(lang) }</h1>
                <MyRooms />
                <div class="buttons">
                    <button id="new-room" class="btn" type="button" onclick={props.onmake.reform(|_: MouseEvent| ())}>
                        { Word::NewRoom.say(lang) }
                    </button>
                    <a id="to-lobby" class="btn quiet" href="/">{ Word::ToLobby.say(lang) }</a>
                </div>
            </div>
        </main>
    }
}
