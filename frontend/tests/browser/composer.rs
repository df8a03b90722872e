//! The composer: when it sends, and what it keeps.

use std::cell::RefCell;
use std::rc::Rc;

use frontend::components::composer::{Composer, Props};
use frontend::components::use_aim::Put;
use frontend::services::storage;
use shared::limits::TEXT_MAX;
use shared::{RoomId, Text};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlTextAreaElement;

use super::support::Told::{End, Key, Start};
use super::support::{Mounted, heard, keydown, tell, type_into, until};

const ROOM: RoomId = RoomId::Lobby;

type Said = Rc<RefCell<Vec<Text>>>;

fn composer() -> (Mounted<Composer>, Said) {
    storage::keep_draft(ROOM, "");
    mount(true, false)
}

pub(crate) fn props(ready: bool, full: bool) -> Props {
    let people = ["张三", "张三丰", "李四"].map(Rc::from).into();
    Props {
        id: ROOM,
        ready,
        muted: false,
        full,
        people,
        typing: None,
        waits_s: None,
        put: Put::default(),
        onsay: heard().0,
        ontype: heard().0,
        oneditlast: heard().0,
    }
}

fn mount(ready: bool, full: bool) -> (Mounted<Composer>, Said) {
    let (onsay, said) = heard();
    (Mounted::new(Props { onsay, ..props(ready, full) }), said)
}

#[wasm_bindgen_test]
async fn shift_enter_breaks_the_line_and_a_held_enter_does_nothing() {
    let (page, said) = composer();
    let field = page.message_box().await;
    type_into(&field, "一");
    assert!(field.dispatch_event(&keydown("Enter", 13, false, true, false)).unwrap(), "left to the browser");
    assert!(
        !field.dispatch_event(&keydown("Enter", 13, false, false, true)).unwrap(),
        "kept from the browser"
    );
    assert_eq!(said.borrow().len(), 0);
}

#[wasm_bindgen_test]
async fn blank_is_not_sent_and_too_long_is_said_and_kept() {
    let (page, said) = composer();
    let field = page.message_box().await;
    type_into(&field, " \n\u{3000}");
    page.click("#send").await;
    assert_eq!((said.borrow().len(), field.value().as_str()), (0, " \n\u{3000}"));
    type_into(&field, &"字".repeat(TEXT_MAX + 1));
    page.click("#send").await;
    assert!(page.text("#message-problem").await.contains("4000"));
    assert_eq!((said.borrow().len(), field.value().chars().count()), (0, TEXT_MAX + 1));
}

#[wasm_bindgen_test]
async fn a_full_outbox_leaves_the_text_in_the_box() {
    storage::keep_draft(ROOM, "");
    let (page, said) = mount(true, true);
    let field = page.message_box().await;
    type_into(&field, "还要说");
    page.click("#send").await;
    page.get("#message-problem").await;
    assert_eq!((said.borrow().len(), field.value().as_str()), (0, "还要说"));
}

#[wasm_bindgen_test]
async fn a_draft_survives_until_it_is_sent() {
    let (page, _) = composer();
    type_into(&page.message_box().await, "写到一半");
    drop(page);

    let (page, said) = mount(true, false);
    assert_eq!(page.message_box().await.value(), "写到一半");
    page.click("#send").await;
    assert_eq!(said.borrow()[0].as_str(), "写到一半");
    assert_eq!(storage::draft(ROOM), "");
}

#[wasm_bindgen_test]
async fn before_the_welcome_nothing_can_be_written() {
    storage::keep_draft(ROOM, "");
    let (mut page, _) = mount(false, false);
    page.get("#message:disabled").await;
    page.get("#send:disabled").await;
    let (onsay, _) = heard();
    page.update(Props { onsay, ..props(true, false) });
    let field = page.message_box().await;
    until("the focus in the box", || {
        let focused = field.owner_document().and_then(|document| document.active_element());
        focused.filter(|focused| focused.id() == "message")
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_box_grows_with_its_text_and_control_characters_are_left_out() {
    let (page, said) = composer();
    let field = page.message_box().await;
    let low = field.offset_height();
    type_into(&field, "一\n二\u{7}\n三");
    assert!(low < field.offset_height());
    page.click("#send").await;
    assert_eq!(said.borrow()[0].as_str(), "一\n二\n三");
    assert_eq!(field.offset_height(), low);
}

#[wasm_bindgen_test]
async fn box_fits_its_text_again_when_the_window_changes() {
    let (page, _) = composer();
    let field = page.message_box().await;
    type_into(&field, &"很长的一句话".repeat(20));
    let high = field.offset_height();
    let parent = field.parent_element().unwrap();
    parent.set_attribute("style", "display: flex; width: 150px").unwrap();
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("resize").unwrap()).unwrap();
    assert!(high < field.offset_height(), "{high} {}", field.offset_height());
}

#[wasm_bindgen_test]
async fn who_writes_says_so_and_sees_who_else_does() {
    let (ontype, typed) = heard();
    let typing = Some("李四正在输入…".to_owned());
    let page = Mounted::<Composer>::new(Props { typing, ontype, ..props(true, false) });
    let field = page.message_box().await;
    assert_eq!(page.text("#typing").await, "李四正在输入…");
    type_into(&field, " ");
    assert_eq!(typed.borrow().len(), 0, "a blank box is not writing");
    type_into(&field, "你");
    assert_eq!(typed.borrow().len(), 1);
    type_into(&field, "");
    assert_eq!(typed.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn who_is_meant_is_chosen_by_keys_and_enter_does_not_send() {
    let (page, said) = composer();
    let field = page.message_box().await;
    field.focus().unwrap();
    type_into(&field, "下午@张");
    page.get("#mentions").await;
    assert_eq!(page.text("#mentions").await, "张三张三三丰张三丰");
    tell(&field, Key("ArrowDown", 40, false));
    until("the second to be chosen", || page.find("#mention-1.chosen")).await;
    tell(&field, Key("Enter", 13, false));
    until("the name in the box", || (field.value() == "下午@张三丰 ").then_some(())).await;
    assert_eq!(said.borrow().len(), 0);
    until("nobody to be offered", || page.find("#mentions").is_none().then_some(())).await;
    tell(&field, Key("Enter", 13, false));
    assert_eq!(said.borrow()[0].as_str(), "下午@张三丰");
}

#[wasm_bindgen_test]
async fn who_is_offered_goes_with_escape_and_while_an_input_method_chooses_nothing_is_taken() {
    let (page, said) = composer();
    let field = page.message_box().await;
    field.focus().unwrap();
    type_into(&field, "@");
    page.get("#mention-0.chosen").await;
    tell(&field, Start);
    tell(&field, Key("ArrowDown", 229, true));
    tell(&field, Key("Enter", 229, true));
    tell(&field, End);
    assert_eq!((field.value().as_str(), said.borrow().len()), ("@", 0));
    tell(&field, Key("Escape", 27, false));
    until("nobody to be offered", || page.find("#mentions").is_none().then_some(())).await;
    assert_eq!(field.value(), "@");
}

#[wasm_bindgen_test]
async fn a_muted_person_keeps_the_draft_and_cannot_send() {
    storage::keep_draft(ROOM, "还没说完");
    let (onsay, said) = heard();
    let page = Mounted::<Composer>::new(Props { onsay, muted: true, ..props(true, false) });
    let field: HtmlTextAreaElement = page.get("#message:disabled[style*=height]").await.dyn_into().unwrap();
    assert!(page.get("#send").await.has_attribute("disabled"));
    assert_eq!((field.value().as_str(), said.borrow().len()), ("还没说完", 0));
    storage::keep_draft(ROOM, "");
}

#[wasm_bindgen_test]
async fn an_emoji_goes_where_the_caret_is() {
    let (page, _) = composer();
    let field = page.message_box().await;
    type_into(&field, "你好");
    field.set_selection_range(1, 1).unwrap();
    page.click("#emoji").await;
    page.click("#emoji-choice button").await;
    assert_eq!(field.value(), "你😀好");
    assert_eq!(field.selection_start().unwrap(), Some(3));
    assert_eq!(storage::draft(ROOM), "你😀好", "as if it had been typed");
}

#[wasm_bindgen_test]
async fn who_was_offered_for_a_text_that_is_gone_is_not_put_into_another() {
    let (page, said) = composer();
    let field = page.message_box().await;
    field.focus().unwrap();
    type_into(&field, "你好@张三");
    page.get("#mention-0").await;
    // As an edit does that is opened meanwhile: without an `input`.
    field.set_value("别的");
    page.click("#mention-0").await;
    until("nobody to be offered", || page.find("#mentions").is_none().then_some(())).await;
    assert_eq!(field.value(), "别的");
    type_into(&field, "你好@张三");
    page.get("#mention-0").await;
    page.click("#send").await;
    until("nobody to be offered", || page.find("#mentions").is_none().then_some(())).await;
    assert_eq!((said.borrow().len(), field.value().as_str()), (1, ""));
}
