//! What the server tells about a room to those outside, asked again whenever somebody comes back to look.

use shared::RoomId;
use wasm_bindgen_futures::spawn_local;
use yew::hook;

use crate::api::{self, Asked};
use crate::browser::{self, Listener};
use crate::hooks::{use_default, use_effect_with};
use crate::store;

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
                let asked = api::card(room).await;
                if asked == Asked::Unknown {
                    store::forget_copy(room);
                }
                setter.set(asked);
            });
        };
        shown.then(|| {
            ask();
            let focused = Listener::new(&browser::window(), "focus", {
                let ask = ask.clone();
                move |_| ask()
            });
            let visible = Listener::new(&browser::document(), "visibilitychange", move |_| {
                if !browser::document().hidden() {
                    ask();
                }
            });
            (focused, visible)
        })
    });
    (*asked).clone()
}
