//! What the server tells about a room to those outside, asked again whenever somebody comes back to look.

use shared::RoomId;
use wasm_bindgen_futures::spawn_local;
use yew::hook;

use crate::hooks::erased::{use_default, use_effect_with};
use crate::services::http::{self, Asked};
use crate::services::platform::{self, Listener};
use crate::services::storage;

/// What is known of the room; asked for while `shown`.
#[hook]
pub fn use_card(room: RoomId, shown: bool) -> Asked {
    let asked = use_default::<Asked>();
    let setter = asked.setter();
    use_effect_with((room, shown), move |(room, shown)| {
        let room = *room;
        let ask = move || {
            let setter = setter.clone();
            spawn_local(async move {
                let asked = http::card(room).await;
                if asked == Asked::Unknown {
                    storage::remove_snapshot(room);
                }
                setter.set(asked);
            });
        };
        shown.then(|| {
            ask();
            let focused = Listener::new(&platform::window(), "focus", {
                let ask = ask.clone();
                move |_| ask()
            });
            let visible = Listener::new(&platform::document(), "visibilitychange", move |_| {
                if !platform::document().hidden() {
                    ask();
                }
            });
            (focused, visible)
        })
    });
    (*asked).clone()
}
