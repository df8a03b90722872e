//! A whole room, with a socket that says exactly what the test has it say.

use frontend::app::{Page, Props};
use frontend::services::storage;
use frontend::state::StoredSession;
use js_sys::{Array, Function, Reflect};
use shared::{
    Epoch, Event, EventPage, Fact, FromServer, History, Limits, Member, MemberId, MessageId, Millis, Name,
    NameRule, Names, Replay, RoomFacts, RoomId, Seq, Text, Token, You,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event as DomEvent;

use super::rooms::Answers;
use super::support::{Mounted, heard, type_into, until};

pub(crate) const ROOM: RoomId = RoomId::Link([9; 16]);
pub(crate) const ME: MemberId = MemberId(1);
pub(crate) const OTHER: MemberId = MemberId(2);

/// Replaces the browser's socket; its own is back when this is dropped.
pub(crate) struct Sockets(JsValue);

impl Sockets {
    pub(crate) fn new() -> Self {
        let window = web_sys::window().unwrap();
        let before = Reflect::get(&window, &"WebSocket".into()).unwrap();
        let fake = "
            window.sent = [];
            window.WebSocket = class extends EventTarget {
                constructor() {
                    super();
                    this.readyState = 0;
                    window.hear = data => this.dispatchEvent(new MessageEvent('message', { data }));
                    setTimeout(() => { this.readyState = 1; this.dispatchEvent(new Event('open')) });
                }
                send(text) { window.sent.push(text) }
                close() { this.readyState = 3; window.sent.push('closed') }
            };";
        Function::new_no_args(fake).call0(&JsValue::NULL).unwrap();
        Self(before)
    }

    pub(crate) fn says(&self, frame: &FromServer) {
        let hear = Reflect::get(&web_sys::window().unwrap(), &"hear".into()).unwrap();
        hear.unchecked_into::<Function>().call1(&JsValue::NULL, &frame.encode().into()).unwrap();
    }

    pub(crate) async fn hears(&self, frame: &str) {
        until(frame, || {
            let sent = Reflect::get(&web_sys::window().unwrap(), &"sent".into()).unwrap();
            Array::from(&sent).iter().filter_map(|one| one.as_string()).find(|one| one.contains(frame))
        })
        .await;
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        Reflect::set(&web_sys::window().unwrap(), &"WebSocket".into(), &self.0).unwrap();
    }
}

pub(crate) fn name(text: &str) -> Name {
    NameRule::Common.parse(text).unwrap()
}

pub(crate) fn said(seq: u64, by: MemberId, text: &str) -> Event {
    let (id, text) = (MessageId::new(Millis(seq), &[3; 10]), Text::parse(text).unwrap());
    let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
    Event { seq: Seq(seq), at: Millis(1_793_628_000_000 + seq), fact }
}

pub(crate) fn welcome() -> FromServer {
    let (epoch, name_of_me) = (Epoch::new(&[1; 8]), name("张三"));
    let history = History::All;
    FromServer::Welcome {
        room: RoomFacts {
            id: ROOM,
            epoch,
            title: None,
            capacity: 2,
            locked: false,
            history,
            slow_s: 0,
            host: None,
        },
        you: You { member: ME, name: name_of_me, host: false, token: None, muted_until: None },
        members: vec![
            Member { member: ME, name: name("张三"), joined: None, muted_until: None },
            Member { member: OTHER, name: name("李四"), joined: None, muted_until: None },
        ],
        tail: Seq(51),
        replay: Replay::Reset,
        limits: Limits::DEFAULT,
        at: Some(Millis(1_793_628_000_000)),
    }
}

#[wasm_bindgen_test]
async fn what_is_read_written_and_older_goes_out_and_comes_in() {
    storage::wipe(ROOM);
    storage::store_session(ROOM, &StoredSession { token: Token::new(&[6; 32]), name: Some(name("张三")) });
    let older = EventPage { events: vec![said(49, OTHER, "更早")], names: Names::new(), more: false };
    let server = Answers::new(200, &serde_json::to_string(&older).unwrap());
    let socket = Sockets::new();
    let page = Mounted::<Page>::new(Props { room: ROOM, typed: "".into(), onmake: heard().0 });
    socket.hears(r#""type":"join""#).await;

    socket.says(&welcome());
    socket.says(&FromServer::Read { marks: vec![(OTHER, Seq(50))] });
    let events = vec![said(50, ME, "我说的"), said(51, OTHER, "你说的")];
    socket.says(&FromServer::Events { events, names: Names::new() });
    socket.hears(r#"{"type":"read","seq":51}"#).await;
    until("已读", || {
        page.find(".msg.mine .meta").filter(|meta| meta.text_content().unwrap().ends_with("已读"))
    })
    .await;

    // There is room for more: it is asked for, and stands above.
    assert_eq!(page.text(".msg[data-seq='49'] .bubble").await, "更早");
    assert_eq!(server.asked(), [format!("/api/rooms/{ROOM}/events?before=50&limit=100")]);

    let field = page.message_box().await;
    type_into(&field, "写");
    socket.hears(r#"{"type":"typing"}"#).await;
    socket.says(&FromServer::Typing { by: vec![OTHER] });
    until("李四", || page.find("#typing").filter(|line| line.text_content().unwrap() == "李四正在输入…"))
        .await;
    page.click("#send").await;
    socket.hears(r#""type":"say""#).await;
    drop(page);
    storage::wipe(ROOM);
}

#[wasm_bindgen_test]
async fn a_page_put_away_lets_its_connection_go_and_shown_again_it_comes_back() {
    storage::wipe(ROOM);
    storage::store_session(ROOM, &StoredSession { token: Token::new(&[6; 32]), name: Some(name("张三")) });
    let socket = Sockets::new();
    let page = Mounted::<Page>::new(Props { room: ROOM, typed: "".into(), onmake: heard().0 });
    socket.hears(r#""type":"join""#).await;
    socket.says(&welcome());
    let events = vec![said(1, ME, "我说的"), said(2, OTHER, "你说的")];
    socket.says(&FromServer::Events { events, names: Names::new() });
    page.get(".msg[data-seq='2']").await;

    let window = web_sys::window().unwrap();
    window.dispatch_event(&DomEvent::new("pagehide").unwrap()).unwrap();
    socket.hears("closed").await;
    assert!(page.find(".msg[data-seq='2']").is_some(), "it is to be shown again as it was");
    window.dispatch_event(&DomEvent::new("pageshow").unwrap()).unwrap();
    socket.hears(r#""after":{"#).await;
    drop(page);
    storage::wipe(ROOM);
}
