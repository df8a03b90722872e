//! The card in front of a room: which room it is, whether one can join, and how it is kept up to date.

use frontend::components::join::{JoinCard, Props};
use frontend::i18n::{Lang, Msg};
use frontend::services::storage;
use frontend::state::JoinError;
use gloo_timers::future::TimeoutFuture;
use shared::{Code, RoomId};
use wasm_bindgen_test::wasm_bindgen_test;

use super::rooms::{Answers, card, says};
use super::support::{Mounted, heard, until};

const ROOM: RoomId = RoomId::Link([7; 16]);

/// How often the room was asked about.
fn questions(server: &Answers) -> usize {
    server.asked().iter().filter(|path| **path == format!("/api/rooms/{ROOM}")).count()
}

#[wasm_bindgen_test]
async fn card_names_its_room_and_asks_again_on_focus() {
    storage::wipe(ROOM);
    let body = r#"{"title":"周末爬山","capacity":8,"seated":3,"online":1,"locked":false}"#;
    let server = Answers::new(200, body);
    let page = Mounted::<JoinCard>::new(card(ROOM, None, false));
    says(&page, "h1", "加入“周末爬山”").await;
    says(&page, "#room-state", "8 人群聊 · 已加入 3/8").await;
    assert_eq!((page.text("#connect").await.as_str(), page.find("#disconnect")), ("进入", None));
    assert_eq!(questions(&server), 1);
    drop(server);
    let server = Answers::new(200, r#"{"capacity":2,"seated":1,"online":1,"locked":false}"#);
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    says(&page, "#room-state", "双人聊天 · 已加入 1/2").await;
    says(&page, "h1", "加入双人聊天").await;
    assert_eq!(questions(&server), 1);
}

#[wasm_bindgen_test]
async fn locked_or_full_room_says_so_before_a_name_is_typed() {
    storage::wipe(ROOM);
    for (body, sentence) in [
        (r#"{"capacity":8,"seated":3,"online":1,"locked":true}"#, Msg::RefusedRoomLocked),
        (r#"{"capacity":8,"seated":8,"online":1,"locked":false}"#, Msg::LinkRoomFull),
    ] {
        let server = Answers::new(200, body);
        let page = Mounted::<JoinCard>::new(card(ROOM, None, false));
        says(&page, "#join-problem", sentence.say(Lang::Zh)).await;
        page.get("#connect:disabled").await;
        drop((page, server));
        // Whoever has a seat may come back to it.
        let _server =
            Answers::new(200, &body.replace('}', r#","you":{"name":"张三","host":false,"seated":true}}"#));
        let page = Mounted::<JoinCard>::new(card(ROOM, None, false));
        page.get("#room-state .whole").await;
        assert!(page.find("#connect:enabled").is_some() && page.find("#join-problem").is_none());
    }
}

#[wasm_bindgen_test]
async fn full_lobby_is_refreshed_and_its_refusal_goes_when_a_seat_is_free() {
    let full = Some(JoinError::Refused(Code::RoomFull));
    let server = Answers::new(200, r#"{"capacity":2,"seated":2,"online":1,"locked":false}"#);
    let page = Mounted::<JoinCard>::new(card(RoomId::Lobby, full, false));
    says(&page, "#lobby-state", "大厅 · 双人聊天 · 已加入 2/2").await;
    says(&page, "#join-problem", Msg::RefusedRoomFull.say(Lang::Zh)).await;
    drop(server);
    let server = Answers::new(200, r#"{"capacity":2,"seated":1,"online":1,"locked":false}"#);
    // Nobody comes back to look: the card asks by itself.
    TimeoutFuture::new(5_200).await;
    says(&page, "#lobby-state", "大厅 · 双人聊天 · 已加入 1/2").await;
    until("no refusal", || page.find("#join-problem").is_none().then_some(())).await;
    assert_eq!(server.asked().len(), 1, "one timer");
}

#[wasm_bindgen_test]
async fn card_pauses_after_failures_and_stops_when_it_goes() {
    let server = Answers::new(503, "busy");
    let page = Mounted::<JoinCard>::new(card(RoomId::Lobby, None, false));
    TimeoutFuture::new(6_000).await;
    let asked = server.asked().len();
    assert_eq!(asked, 1, "the second question comes after ten seconds");
    drop(page);
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    assert_eq!(server.asked().len(), asked);
}

#[wasm_bindgen_test]
async fn missing_room_has_a_card_without_a_name_and_with_two_ways_on() {
    let (onmake, made) = heard();
    let server = Answers::new(404, r#"{"code":"room_unknown","message":"there is no such room"}"#);
    let page = Mounted::<JoinCard>::new(Props { onmake, ..card(ROOM, None, false) });
    assert_eq!(page.text("#gone h1").await, "这个房间不存在或已被删除");
    assert!(page.find("#name").is_none() && page.find("#gone a[href='/']").is_some());
    page.click("#new-room").await;
    assert_eq!(made.borrow().len(), 1);
    drop(server);
    let refused = Some(JoinError::Refused(Code::RoomUnknown));
    let page = Mounted::<JoinCard>::new(card(ROOM, refused, false));
    page.get("#gone").await;
    drop(page);
    let page = Mounted::<JoinCard>::new(card(ROOM, Some(JoinError::Deleted), false));
    assert_eq!(page.text("#gone h1").await, "房主已删除这个房间");
}

#[wasm_bindgen_test]
async fn a_full_lobby_offers_a_room_and_a_full_room_only_says_so() {
    let (onmake, made) = heard();
    let full = Some(JoinError::Refused(Code::RoomFull));
    let page = Mounted::<JoinCard>::new(Props { onmake, ..card(RoomId::Lobby, full, false) });
    page.click(".wide#new-room").await;
    assert_eq!((made.borrow().len(), page.find("footer #new-room")), (1, None));
    let page = Mounted::<JoinCard>::new(card(ROOM, full, false));
    says(&page, "#join-problem", Msg::LinkRoomFull.say(Lang::Zh)).await;
    assert!(page.find(".wide#new-room").is_none());
}
