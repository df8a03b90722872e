//! The composer: keys, the input method, undo, the emoji panel, and what is asked before sending.

use std::cell::RefCell;
use std::rc::Rc;

use frontend::components::composer::{Composer, Props};
use frontend::components::use_aim::Put;
use frontend::services::storage;
use gloo_timers::future::TimeoutFuture;
use shared::{RoomId, Text, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    CompositionEvent, CompositionEventInit, Element, HtmlDocument, HtmlTextAreaElement, KeyboardEvent,
    KeyboardEventInit,
};

use super::support::Told::{Key, Start};
use super::support::{Mounted, dispatch, heard, tell, type_into, until};

type Said = Rc<RefCell<Vec<Text>>>;

fn props() -> Props {
    Props {
        id: RoomId::Lobby,
        ready: true,
        muted: false,
        full: false,
        people: ["张三丰", "张三", "李四"].map(Rc::from).into(),
        typing: None,
        waits_s: None,
        put: Put::default(),
        onsay: heard().0,
        ontype: heard().0,
        oneditlast: heard().0,
    }
}

async fn composer_with(props: Props) -> (Mounted<Composer>, HtmlTextAreaElement, Said) {
    storage::keep_draft(RoomId::Lobby, "");
    let (onsay, said) = heard();
    let page = Mounted::new(Props { onsay, ..props });
    let field = page.message_box().await;
    field.focus().unwrap();
    (page, field, said)
}

async fn composer() -> (Mounted<Composer>, HtmlTextAreaElement, Said) {
    composer_with(props()).await
}

fn document() -> HtmlDocument {
    web_sys::window().unwrap().document().unwrap().dyn_into().unwrap()
}

/// Types into what has the focus, as a person does: with an entry in the undo list.
fn type_text(text: &str) {
    assert!(document().exec_command_with_show_ui_and_value("insertText", false, text).unwrap());
}

fn undo() {
    assert!(document().exec_command("undo").unwrap());
}

fn compose(field: &Element, kind: &str, text: &str) {
    let init = CompositionEventInit::new();
    init.set_data(text);
    field.dispatch_event(&CompositionEvent::new_with_event_init_dict(kind, &init).unwrap()).unwrap();
}

fn enter_with(set: impl Fn(&KeyboardEventInit)) -> KeyboardEvent {
    let init = KeyboardEventInit::new();
    init.set_key("Enter");
    init.set_key_code(13);
    init.set_bubbles(true);
    init.set_cancelable(true);
    set(&init);
    KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap()
}

async fn gone(page: &Mounted<Composer>, selector: &str) {
    until(&format!("no {selector}"), || page.find(selector).is_none().then_some(())).await;
}

#[wasm_bindgen_test]
async fn press_while_composing_waits_and_sends_once() {
    for (engine, input_after_end) in [("Chrome, Safari", false), ("Firefox", true)] {
        let (page, field, said) = composer().await;
        tell(&field, Start);
        compose(&field, "compositionupdate", "nihao");
        type_into(&field, "nihao");
        page.click("#send").await;
        page.click("#send").await;
        page.get("#send[aria-busy=true]").await;
        page.get("#delay").await;
        assert_eq!(said.borrow().len(), 0, "{engine}: letters are not sent");
        if input_after_end {
            field.set_value("你好");
            compose(&field, "compositionend", "你好");
            dispatch(&field, "input");
        } else {
            type_into(&field, "你好");
            compose(&field, "compositionend", "你好");
        }
        tell(&field, Key("Enter", 229, false));
        until("the message", || (said.borrow().len() == 1).then_some(())).await;
        TimeoutFuture::new(20).await;
        assert_eq!((said.borrow().len(), said.borrow()[0].as_str()), (1, "你好"), "{engine}");
        assert_eq!(field.value(), "", "{engine}");
        page.get("#send:not([aria-busy])").await;
    }
}

#[wasm_bindgen_test]
async fn cancelled_composition_cancels_the_press() {
    let (page, field, said) = composer().await;
    type_into(&field, "好nihao");
    tell(&field, Start);
    compose(&field, "compositionupdate", "nihao");
    page.click("#send").await;
    type_into(&field, "好");
    compose(&field, "compositionend", "");
    page.get("#send:not([aria-busy])").await;
    assert_eq!((said.borrow().len(), field.value().as_str()), (0, "好"));
    page.click("#send").await;
    assert_eq!(said.borrow()[0].as_str(), "好");
}

#[wasm_bindgen_test]
async fn ctrl_and_command_enter_send() {
    let (_page, field, said) = composer().await;
    for (n, event) in [enter_with(|init| init.set_ctrl_key(true)), enter_with(|init| init.set_meta_key(true))]
        .iter()
        .enumerate()
    {
        type_into(&field, "好");
        assert!(!field.dispatch_event(event).unwrap(), "kept from the browser");
        assert_eq!(said.borrow().len(), n + 1);
    }
    // Behind an @ it sends as well.
    type_into(&field, "@");
    _page.get("#mentions").await;
    field.dispatch_event(&enter_with(|init| init.set_ctrl_key(true))).unwrap();
    assert_eq!(said.borrow()[2].as_str(), "@");
    gone(&_page, "#mentions").await;
}

#[wasm_bindgen_test]
async fn arrow_up_in_an_empty_box_edits_the_last_message() {
    let (oneditlast, asked) = heard();
    let (_page, field, _) = composer_with(Props { oneditlast, ..props() }).await;
    type_into(&field, "好");
    assert!(tell(&field, Key("ArrowUp", 38, false)), "moves the caret");
    assert_eq!(asked.borrow().len(), 0);
    type_into(&field, "");
    tell(&field, Key("ArrowUp", 229, true));
    assert_eq!(asked.borrow().len(), 0, "the input method's");
    assert!(!tell(&field, Key("ArrowUp", 38, false)));
    assert_eq!(asked.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn undo_takes_an_emoji_out_again() {
    let (page, field, _) = composer().await;
    type_text("你好");
    page.click("#emoji").await;
    page.click("#emoji-choice button").await;
    assert_eq!(field.value(), "你好😀");
    undo();
    assert_eq!(field.value(), "你好");
    assert_eq!(storage::draft(RoomId::Lobby), "你好");
}

#[wasm_bindgen_test]
async fn undo_takes_a_mention_out_again() {
    let (page, field, _) = composer().await;
    type_text("下午@李");
    page.get("#mention-0").await;
    tell(&field, Key("Tab", 9, false));
    until("the name", || (field.value() == "下午@李四 ").then_some(())).await;
    assert_eq!(field.selection_end().unwrap(), Some(6));
    undo();
    assert_eq!(field.value(), "下午@李");
}

#[wasm_bindgen_test]
async fn emoji_panel_closes_by_escape_by_a_press_outside_and_by_sending() {
    let (page, field, said) = composer().await;
    page.click("#emoji").await;
    page.get("#emoji-choice").await;
    tell(&field, Key("Escape", 27, false));
    gone(&page, "#emoji-choice").await;

    page.click("#emoji").await;
    page.get("#emoji-choice").await;
    TimeoutFuture::new(0).await;
    dispatch(&page.get("#emoji-choice").await, "pointerdown");
    TimeoutFuture::new(20).await;
    page.get("#emoji-choice").await;
    dispatch(&field, "pointerdown");
    gone(&page, "#emoji-choice").await;

    page.click("#emoji").await;
    page.click("#emoji-choice button").await;
    page.get("#emoji-choice").await;
    page.click("#send").await;
    gone(&page, "#emoji-choice").await;
    assert_eq!(said.borrow()[0].as_str(), "😀");
}

#[wasm_bindgen_test]
async fn whole_name_and_enter_sends_but_tab_or_a_choice_inserts() {
    let (page, field, said) = composer().await;
    type_into(&field, "@张三");
    assert_eq!(page.text("#mention-0").await, "张三张三", "the whole name is first");
    tell(&field, Key("Enter", 13, false));
    assert_eq!(said.borrow()[0].as_str(), "@张三");
    gone(&page, "#mentions").await;

    type_into(&field, "@张三");
    page.get("#mention-1").await;
    tell(&field, Key("ArrowDown", 40, false));
    page.get("#mention-1.chosen").await;
    tell(&field, Key("Enter", 13, false));
    until("the second name", || (field.value() == "@张三丰 ").then_some(())).await;
    gone(&page, "#mentions").await;

    type_into(&field, "@张三");
    page.get("#mention-0").await;
    tell(&field, Key("Tab", 9, false));
    until("the name", || (field.value() == "@张三 ").then_some(())).await;
    assert_eq!(said.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn address_offers_nobody_and_enter_sends_it() {
    let (page, field, said) = composer().await;
    type_into(&field, "li@z");
    TimeoutFuture::new(20).await;
    assert!(page.find("#mentions").is_none());
    tell(&field, Key("Enter", 13, false));
    assert_eq!(said.borrow()[0].as_str(), "li@z");
}

#[wasm_bindgen_test]
async fn everybody_is_offered_and_the_chosen_one_is_in_sight() {
    let people = (0..30).map(|_| Rc::from("张三")).collect();
    let (page, field, _) = composer_with(Props { people, ..props() }).await;
    type_into(&field, "@");
    page.get("#mention-29").await;
    tell(&field, Key("ArrowUp", 38, false));
    page.get("#mention-29.chosen").await;
    until("the last in sight", || {
        let [list, last] =
            ["#mentions", "#mention-29"].map(|it| page.find(it).unwrap().get_bounding_client_rect());
        (last.bottom() <= list.bottom() + 1.0 || list.height() == 0.0).then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn length_is_shown_near_the_limit() {
    let (page, field, _) = composer().await;
    type_into(&field, &"字".repeat(3_499));
    TimeoutFuture::new(20).await;
    assert!(page.find("#length").is_none());
    type_into(&field, &"字".repeat(3_500));
    assert_eq!(page.text("#length").await, "3500/4000");
    type_into(&field, &"字".repeat(4_001));
    assert_eq!(page.text("#length.bad").await, "4001/4000");
    type_into(&field, "");
    gone(&page, "#length").await;
}

#[wasm_bindgen_test]
async fn seat_link_is_sent_only_after_a_question() {
    let link = format!(
        "https://chat.example.com/r/{}#t={}&n=张三",
        RoomId::Link([7; 16]),
        Token::new(&[9; 32]).as_str()
    );
    let (page, field, said) = composer().await;
    type_into(&field, &link);
    tell(&field, Key("Enter", 13, false));
    page.get("[role=alertdialog]").await;
    until("the focus on 取消", || document().active_element().filter(|it| it.id() == "keep-seat-link")).await;
    assert_eq!((said.borrow().len(), field.value()), (0, link.clone()));
    page.click("#keep-seat-link").await;
    gone(&page, "[role=alertdialog]").await;
    assert_eq!(field.value(), link);

    page.click("#send").await;
    page.click("#send-seat-link").await;
    gone(&page, "[role=alertdialog]").await;
    assert_eq!((said.borrow().len(), said.borrow()[0].as_str()), (1, link.as_str()));
    assert_eq!(field.value(), "");

    type_into(&field, &link);
    page.click("#send").await;
    page.get("[role=alertdialog]").await;
    type_into(&field, "别的");
    gone(&page, "[role=alertdialog]").await;
}

#[wasm_bindgen_test]
async fn slow_mode_is_shown_and_counts_down() {
    let (mut page, field, said) = composer_with(Props { waits_s: Some(23), ..props() }).await;
    assert!(page.text("#delay").await.contains("23"));
    type_into(&field, "好");
    page.click("#send").await;
    assert_eq!(said.borrow().len(), 1, "it waits in the outbox");
    page.update(Props { waits_s: Some(0), ..props() });
    until("no number", || page.find("#delay").filter(|it| !it.text_content().unwrap().contains("23"))).await;
    page.update(props());
    gone(&page, "#delay").await;
}

#[wasm_bindgen_test]
async fn box_takes_any_direction_and_leaves_nothing_with_the_browser() {
    let (page, _, _) = composer().await;
    page.get("#message[dir=auto][autocomplete=off]").await;
}
