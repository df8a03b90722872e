//! Rooms by link: the card and its ways on, the form, the invitation, what is kept of which room.

use frontend::app::{self, App, Early, Page};
use frontend::components::copy_link::{self, CopyLink};
use frontend::components::join::{JoinCard, Props};
use frontend::components::new_room::{self, NewRoomCard};
use frontend::components::rooms_card::rooms_card;
use frontend::i18n::{Lang, Msg};
use frontend::services::storage;
use frontend::state::outbox::{Command, Outbox};
use frontend::state::{JoinError, StoredSession};
use js_sys::{Function, Reflect};
use shared::{MessageId, Millis, NameRule, RoomId, RoomMade, Text, Token};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use yew::{Html, component};

use super::support::{Mounted, dispatch, heard, until};

const ROOM: RoomId = RoomId::Link([7; 16]);
const OTHER: RoomId = RoomId::Link([8; 16]);

/// A server that answers every request alike and counts them; the browser's own is back when this is dropped.
pub(crate) struct Answers(JsValue);

impl Answers {
    /// It answers like this.
    pub(crate) fn new(status: u16, body: &str) -> Self {
        let window = web_sys::window().unwrap();
        let before = Reflect::get(&window, &"fetch".into()).unwrap();
        let answer = "window.asked = [...(window.asked ?? []), init?.body ?? path];";
        let body = format!("{answer} return Promise.resolve(new Response('{body}', {{ status: {status} }}))");
        Reflect::set(&window, &"asked".into(), &js_sys::Array::new()).unwrap();
        Reflect::set(&window, &"fetch".into(), &Function::new_with_args("path, init", &body)).unwrap();
        Self(before)
    }

    /// What was asked for: the bodies, or the paths where there was none.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = Reflect::get(&web_sys::window().unwrap(), &"asked".into()).unwrap();
        js_sys::Array::from(&asked).iter().filter_map(|one| one.as_string()).collect()
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        Reflect::set(&web_sys::window().unwrap(), &"fetch".into(), &self.0).unwrap();
    }
}

pub(crate) fn card(room: RoomId, problem: Option<JoinError>, another: bool) -> Props {
    Props {
        room,
        token: None,
        joins_at: None,
        ontype: heard().0,
        typed: String::new(),
        joining: false,
        problem,
        another,
        onconnect: heard().0,
        onnames: heard().0,
        onanew: heard().0,
        onmake: heard().0,
    }
}

pub(crate) async fn says(page: &Mounted<JoinCard>, selector: &str, text: &str) {
    until(text, || page.find(selector).filter(|found| found.text_content().as_deref() == Some(text))).await;
}

#[wasm_bindgen_test]
async fn another_name_begins_with_an_empty_field() {
    let (onanew, anew) = heard();
    let props = Props { onanew, typed: "张三".to_owned(), ..card(ROOM, None, true) };
    let page = Mounted::<JoinCard>::new(props);
    let name = page.get("#name").await.dyn_into::<HtmlInputElement>().unwrap();
    until("the name", || Some(()).filter(|()| name.value() == "张三")).await;
    page.click("#another-name").await;
    assert_eq!((name.value().as_str(), anew.borrow().len()), ("", 1));
}

#[wasm_bindgen_test]
async fn the_form_asks_for_the_room_that_was_filled_in_and_hands_it_on() {
    let token = Token::new(&[5; 32]);
    let made = RoomMade { room: ROOM, url: format!("/r/{ROOM}"), host_token: token };
    let server = Answers::new(201, &serde_json::to_string(&made).unwrap());
    let (onmade, rooms) = heard();
    let page = Mounted::<NewRoomCard>::new(new_room::Props { onmade, onback: heard().0 });
    page.get("#make-room label.seats[hidden]").await;
    page.click("#kind-group").await;
    page.get("#make-room label.seats:not([hidden])").await;
    let seats = page.get("#seats").await.dyn_into::<HtmlInputElement>().unwrap();
    until("the usual number", || Some(()).filter(|()| seats.value() == "10")).await;
    seats.set_value("1");
    page.click("#make-room-submit").await;
    assert_eq!(page.text("#make-problem").await, "人数须为 2–1000");
    assert!(server.asked().is_empty());
    for (field, value) in [("#seats", "8"), ("#room-title", "周末爬山")] {
        let field = page.get(field).await.dyn_into::<HtmlInputElement>().unwrap();
        field.set_value(value);
        dispatch(&field, "input");
    }
    page.click("#history-from-join").await;
    page.get(".chosen #history-from-join").await;
    page.click("#make-room-submit").await;
    until("the room", || Some(()).filter(|()| rooms.borrow().len() == 1)).await;
    assert_eq!(server.asked(), [r#"{"capacity":8,"title":"周末爬山","history":"from_join"}"#]);
    assert_eq!((rooms.borrow()[0].room, rooms.borrow()[0].host_token), (ROOM, token));
}

#[wasm_bindgen_test]
async fn a_room_that_was_not_made_is_said_and_can_be_asked_for_again() {
    let server = Answers::new(503, r#"{"code":"overloaded","message":"busy"}"#);
    let (onmade, rooms) = heard::<RoomMade>();
    let page = Mounted::<NewRoomCard>::new(new_room::Props { onmade, onback: heard().0 });
    page.click("#make-room-submit").await;
    assert_eq!(page.text("#make-problem").await, Msg::RefusedOverloaded.say(Lang::Zh));
    drop(server);
    let _server = Answers::new(429, "slow down");
    page.get("#make-room-submit:enabled").await;
    page.click("#make-room-submit").await;
    until("the sentence", || {
        page.find("#make-problem").filter(|p| p.text_content().as_deref() == Some(Msg::NotMade.say(Lang::Zh)))
    })
    .await;
    assert!(rooms.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn the_link_is_copied_or_where_that_cannot_be_selected() {
    let navigator = web_sys::window().unwrap().navigator();
    let clipboard = |value: &JsValue| {
        let how = js_sys::Object::new();
        Reflect::set(&how, &"value".into(), value).unwrap();
        Reflect::set(&how, &"configurable".into(), &true.into()).unwrap();
        js_sys::Object::define_property(&navigator, &"clipboard".into(), &how);
    };
    let link = web_sys::window().unwrap().location().origin().unwrap() + "/r/" + &ROOM.to_string();
    let page = Mounted::<CopyLink>::new(copy_link::Props {
        link: link.clone().into(),
        id: "it",
        button: "copy-link",
        label: Msg::CopyLink,
        qr: "show-qr",
    });
    assert_eq!(page.text("#it").await, link);

    clipboard(&JsValue::UNDEFINED);
    page.click("#copy-link").await;
    until("the sentence", || page.find(".said").filter(|said| said.has_child_nodes())).await;
    assert_eq!(page.text(".said").await, Msg::Selected.say(Lang::Zh));
    let selected = web_sys::window().unwrap().get_selection().unwrap().unwrap();
    assert_eq!(String::from(selected.to_string()), link);

    let fake = js_sys::Object::new();
    let write = Function::new_with_args("text", "window.copied = text; return Promise.resolve()");
    Reflect::set(&fake, &"writeText".into(), &write).unwrap();
    clipboard(&fake);
    page.click("#copy-link").await;
    until("已复制", || page.find(".said").filter(|said| said.text_content().as_deref() == Some("已复制")))
        .await;
    let copied = Reflect::get(&web_sys::window().unwrap(), &"copied".into()).unwrap();
    assert_eq!(copied.as_string(), Some(link));
    Reflect::delete_property(&navigator, &"clipboard".into()).unwrap();
}

#[wasm_bindgen_test]
fn each_room_keeps_its_own_where_it_belongs_and_forgets_only_its_own() {
    let rooms = [RoomId::Lobby, ROOM, OTHER];
    rooms.into_iter().for_each(storage::wipe);
    let name = NameRule::Common.parse("张三").unwrap();
    for (n, room) in (1_u8..).zip(rooms) {
        let token = Token::new(&[n; 32]);
        storage::store_session(room, &StoredSession { token, name: (n != 2).then(|| name.clone()) });
        storage::keep_draft(room, &format!("草稿{n}"));
        let mut outbox = Outbox::default();
        let text = Text::parse(&format!("第{n}条")).unwrap();
        let say = Command::Say { text, reply_to: None };
        outbox.push(MessageId::new(Millis(1), &[n; 10]), say, Millis(1), None);
        storage::store_outbox(room, &outbox, &[]);
    }
    let session = web_sys::window().unwrap().session_storage().unwrap().unwrap();
    let local = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    for room in [ROOM, OTHER] {
        let key = format!("duiliao.{room}.seat");
        assert!(session.get_item(&key).unwrap().is_none() && local.get_item(&key).unwrap().is_some());
    }
    assert!(local.get_item("duiliao.lobby.seat").unwrap().is_none());
    storage::wipe(ROOM);
    assert_eq!((storage::session(ROOM), storage::draft(ROOM).as_str()), (None, ""));
    assert!(storage::outbox(ROOM).unwrap().items().is_empty());
    for (n, room) in [(1, RoomId::Lobby), (3, OTHER)] {
        let kept = storage::session(room).unwrap();
        assert_eq!((kept.token, kept.name.as_ref()), (Token::new(&[n; 32]), Some(&name)));
        assert_eq!(storage::draft(room), format!("草稿{n}"));
        assert_eq!(storage::outbox(room).unwrap().messages().next().unwrap().1.as_str(), format!("第{n}条"));
    }
    rooms.into_iter().for_each(storage::wipe);
}

#[wasm_bindgen_test]
async fn an_outbox_of_a_newer_build_is_neither_taken_away_nor_overwritten() {
    let local = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    storage::wipe(ROOM);
    let key = format!("duiliao.{ROOM}.outbox");
    let newer = r#"{"v":2,"letters":[]}"#;
    local.set_item(&key, newer).unwrap();
    assert!(storage::outbox(ROOM).is_none());
    assert_eq!(local.get_item(&key).unwrap().as_deref(), Some(newer), "to read it changes nothing");
    let mut outbox = Outbox::default();
    let say = |n: u8| {
        let text = Text::parse(&format!("第{n}条")).unwrap();
        (MessageId::new(Millis(1), &[n; 10]), Command::Say { text, reply_to: None })
    };
    let (id, first) = say(1);
    outbox.push(id, first, Millis(1), None);
    assert!(storage::store_outbox(ROOM, &outbox, &[]));
    let aside = format!("duiliao.{ROOM}.outbox-unreadable");
    assert_eq!(local.get_item(&aside).unwrap().as_deref(), Some(newer));
    local.set_item(&key, newer).unwrap();
    assert!(
        !storage::store_outbox(ROOM, &outbox, &[]),
        "a second one is not overwritten either, and that is said"
    );
    // A build that can read it has it back.
    storage::wipe(ROOM);
    local.set_item(&aside, &serde_json::to_string(&outbox).unwrap()).unwrap();
    assert_eq!(storage::outbox(ROOM).unwrap().ids(), [id]);
    assert!(storage::store_outbox(ROOM, &Outbox::default(), &[id]));
    assert!(storage::outbox(ROOM).unwrap().items().is_empty());
    storage::wipe(ROOM);
}

#[wasm_bindgen_test]
async fn a_seat_link_is_kept_in_its_tab_until_it_is_forgotten() {
    let carried = StoredSession { token: Token::new(&[6; 32]), name: None };
    storage::store_carried(ROOM, &carried);
    assert_eq!((storage::carried(ROOM), storage::carried(OTHER)), (Some(carried), None));
    storage::forget_carried(ROOM);
    assert_eq!(storage::carried(ROOM), None);
}

#[component]
fn RoomsCard() -> Html {
    rooms_card(&heard().0, Lang::Zh)
}

#[wasm_bindgen_test]
async fn the_rooms_one_has_a_seat_in_are_listed_and_one_that_is_no_more_can_be_forgotten() {
    [ROOM, OTHER].into_iter().for_each(storage::wipe);
    let name = NameRule::Common.parse("张三").unwrap();
    storage::store_session(ROOM, &StoredSession { token: Token::new(&[1; 32]), name: Some(name) });
    storage::keep_draft(OTHER, "没有座位");
    let server =
        Answers::new(200, r#"{"title":"周末爬山","capacity":8,"seated":3,"online":1,"locked":false}"#);
    let page = Mounted::<RoomsCard>::new(());
    until("its state", || {
        let words = page.find(&format!("#rooms a[href='/r/{ROOM}']"))?.text_content().unwrap();
        (words == "周末爬山你是张三 · 已加入 3/8 · 1 人在线").then_some(())
    })
    .await;
    assert!(page.find(&format!("a[href='/r/{OTHER}']")).is_none());
    let there = Mounted::<JoinCard>::new(card(ROOM, None, false));
    there.get("#join").await;
    assert!(there.find(".my-rooms").is_none(), "one is before it already");
    let elsewhere = Mounted::<JoinCard>::new(card(OTHER, None, false));
    elsewhere.get(".beside .my-rooms a").await;
    drop((server, page, there, elsewhere));

    let _server = Answers::new(404, r#"{"code":"room_unknown","message":"there is no such room"}"#);
    let page = Mounted::<RoomsCard>::new(());
    assert!(page.text(".my-rooms .lost").await.contains("房间已不存在"));
    page.click(".forget").await;
    until("no room", || page.find(".my-rooms").is_none().then_some(())).await;
    assert_eq!(storage::session(ROOM), None);
    storage::wipe(OTHER);
}

#[wasm_bindgen_test]
async fn a_seat_pasted_into_an_open_window_is_asked_about() {
    storage::wipe(ROOM);
    let location = web_sys::window().unwrap().location();
    let path = location.pathname().unwrap();
    let history = web_sys::window().unwrap().history().unwrap();
    history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("/r/{ROOM}"))).unwrap();
    // What is asked about the room, and what is given for the token of the link.
    let given = Token::new(&[5; 32]);
    let card = r#""capacity":3,"seated":1,"online":0,"locked":false,"you":{"name":"李四","host":false,"seated":true}"#;
    let paired = format!(r#""room":"{ROOM}","name":"李四","token":"{}""#, given.as_str());
    let server = Answers::new(200, &format!("{{{card},{paired}}}"));
    let page = Mounted::<App>::new(Early::default());
    page.get("#join").await;
    location.set_hash(&format!("t={}&n=%E6%9D%8E%E5%9B%9B", Token::new(&[4; 32]).as_str())).unwrap();
    assert!(page.text("#seat-link h1").await.contains("李四"));
    assert_eq!((location.hash().unwrap().as_str(), storage::session(ROOM)), ("", None));
    page.click("#seat-link-accept:enabled").await;
    page.get("#join[aria-busy='true']").await;
    assert_eq!(storage::session(ROOM), None, "nothing is stored before the welcome");
    assert_eq!(
        storage::carried(ROOM).map(|carried| carried.token),
        Some(given),
        "the link's token is of no use any more"
    );
    let exchanges = || server.asked().iter().filter(|asked| asked.contains("token")).count();
    assert_eq!(exchanges(), 1);
    location.set_hash("rooms").unwrap();
    page.get("#rooms").await;
    location.set_hash("").unwrap();
    // Nobody has welcomed it: it is asked about once more.
    page.click("#seat-link-decline").await;
    page.get("#join").await;
    assert_eq!(storage::carried(ROOM), None);
    drop(page);
    storage::wipe(ROOM);
    history.replace_state_with_url(&JsValue::NULL, "", Some(&path)).unwrap();
}

#[wasm_bindgen_test]
async fn a_link_opened_later_needs_no_interaction() {
    let name = NameRule::Common.parse("张三").unwrap();
    let kept = StoredSession { token: Token::new(&[6; 32]), name: Some(name) };
    storage::wipe(ROOM);
    let props = app::Props { room: ROOM, typed: "".into(), onmake: heard().0 };
    let page = Mounted::<Page>::new(props.clone());
    page.get("#join").await;
    drop(page);
    storage::store_session(ROOM, &kept);
    let page = Mounted::<Page>::new(props);
    assert_eq!(page.text("main.room .me b").await, "张三");
    page.get("#invite-link").await;
    page.click("#disconnect").await;
    page.click("#disconnect-anyway").await;
    page.get("#join #another-name").await;
    until("nothing kept", || Some(()).filter(|()| storage::session(ROOM).is_none())).await;
}
