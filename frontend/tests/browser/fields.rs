//! Enter in every field there is, as each engine tells of it: while an input method composes it does nothing, afterwards
//! it does its work exactly once.

use frontend::components::composer::{self, Composer};
use frontend::components::host::{self, HostTools};
use frontend::components::join::{self, JoinCard};
use frontend::components::new_room::{self, NewRoomCard};
use frontend::components::use_aim::Put;
use frontend::services::storage;
use frontend::state::server_clock::ServerClock;
use gloo_timers::future::TimeoutFuture;
use shared::{Epoch, History, RoomFacts, RoomId, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::BaseComponent;

use super::rooms::Answers;
use super::support::Told::Key;
use super::support::{COMPOSING, Mounted, dispatch, heard, tell, until};

/// Composes 你好 in the field, then presses Enter; `done` counts what Enter did.
async fn composes<C: BaseComponent>(
    selector: &str,
    mount: impl Fn() -> Mounted<C>,
    done: impl Fn() -> usize,
) {
    for (engine, told) in COMPOSING {
        let before = done();
        let page = mount();
        let field: HtmlElement = page.get(selector).await.dyn_into().unwrap();
        if let Some(details) = page.find("details") {
            // A field that is not shown takes no focus.
            details.set_attribute("open", "").unwrap();
        }
        let focused = || field.owner_document().and_then(|document| document.active_element());
        field.focus().unwrap();
        until("the focus", || focused().filter(|element| element.id() == field.id())).await;
        // The page's effects run before the next task does.
        TimeoutFuture::new(0).await;
        for one in told {
            fill(&field, "你好");
            tell(&field, *one);
        }
        assert_eq!(done(), before, "{selector}: nothing happens while composing in {engine}");
        assert_eq!(value(&field), "你好", "{selector}: {engine}");
        tell(&field, Key("Enter", 13, false));
        until("what Enter does", || (done() == before + 1).then_some(())).await;
    }
}

fn fill(field: &HtmlElement, text: &str) {
    match field.dyn_ref::<HtmlInputElement>() {
        Some(field) => field.set_value(text),
        None => field.unchecked_ref::<HtmlTextAreaElement>().set_value(text),
    }
    dispatch(field, "input");
}

fn value(field: &HtmlElement) -> String {
    let input = field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
    input.unwrap_or_else(|| field.unchecked_ref::<HtmlTextAreaElement>().value())
}

#[wasm_bindgen_test]
async fn in_the_box() {
    let (onsay, said) = heard();
    let mount = || {
        storage::keep_draft(RoomId::Lobby, "");
        Mounted::<Composer>::new(composer::Props {
            id: RoomId::Lobby,
            ready: true,
            muted: false,
            full: false,
            people: [].into(),
            typing: None,
            waits_s: None,
            put: Put::default(),
            onsay: onsay.clone(),
            ontype: heard().0,
            oneditlast: heard().0,
        })
    };
    composes("#message[style*=height]", mount, || said.borrow().len()).await;
}

#[wasm_bindgen_test]
async fn in_the_name() {
    let (onconnect, asked) = heard();
    let mount = || {
        Mounted::<JoinCard>::new(join::Props {
            room: RoomId::Lobby,
            token: None,
            joins_at: None,
            ontype: heard().0,
            typed: String::new(),
            joining: false,
            problem: None,
            another: false,
            onconnect: onconnect.clone(),
            onnames: heard().0,
            onanew: heard().0,
            onmake: heard().0,
        })
    };
    composes("#name", mount, || asked.borrow().len()).await;
}

#[wasm_bindgen_test]
async fn in_the_name_of_a_new_room() {
    let server = Answers::new(503, "busy");
    let mount = || Mounted::<NewRoomCard>::new(new_room::Props { onmade: heard().0, onback: heard().0 });
    composes("#room-title", mount, || server.asked().len()).await;
}

#[wasm_bindgen_test]
async fn in_the_host_s_name_for_the_room() {
    let (onact, acts) = heard();
    let facts = RoomFacts {
        id: RoomId::Link([7; 16]),
        epoch: Epoch::new(&[1; 8]),
        title: None,
        capacity: 5,
        locked: false,
        history: History::All,
        slow_s: 0,
        host: None,
    };
    let mount = || {
        let (facts, onact) = (facts.clone(), onact.clone());
        Mounted::<HostTools>::new(host::Props {
            facts,
            token: Token::new(&[5; 32]),
            clock: ServerClock::default(),
            open: false,
            onact,
        })
    };
    composes("#host-title", mount, || acts.borrow().len()).await;
}
