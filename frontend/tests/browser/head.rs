//! The head of the room: whom one talks to, and what may be said of them.

use std::rc::Rc;

use frontend::components::header::{Head, header};
use frontend::i18n::Lang;
use frontend::state::connection::Banner;
use shared::RoomId;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::{Html, Properties, component};

use super::support::{Mounted, heard, until};
use super::timeline::{OTHER, room};

#[derive(Debug, Clone, PartialEq, Properties)]
struct Props {
    head: Head,
}

#[component]
fn Header(props: &Props) -> Html {
    header(&props.head, Lang::Zh)
}

fn props(seats: u32, up: bool, banner: Option<Banner>) -> Props {
    let mut room = room(&[]);
    room.facts.capacity = seats;
    room.online = vec![room.me, OTHER];
    let head = Head {
        room: Some(Rc::new(room)),
        id: RoomId::Lobby,
        up,
        banner,
        searching: false,
        onsearch: heard().0,
        open: false,
        ontoggle: heard().0,
    };
    Props { head }
}

#[wasm_bindgen_test]
async fn nobody_is_said_to_be_online_while_the_connection_is_lost() {
    let mut page = Mounted::<Header>::new(props(2, true, None));
    for (next, says) in [
        (props(2, true, None), "对方在线"),
        (props(2, false, None), "双人聊天"),
        (props(2, false, Some(Banner::Lost)), "正在重连…"),
        (props(2, true, Some(Banner::Restored)), "对方在线"),
        (props(8, true, None), "8 人群聊 · 2 人在线"),
        (props(8, false, None), "8 人群聊"),
    ] {
        page.update(next);
        until(says, || {
            page.find(".head small").filter(|small| small.text_content().as_deref() == Some(says))
        })
        .await;
    }
}
