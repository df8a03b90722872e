//! The card.

use frontend::app::{App, Early};
use frontend::components::join::{JoinCard, Props};
use frontend::i18n::{Lang, Msg};
use frontend::services::storage;
use frontend::state::JoinError;
use shared::{Code, RoomId};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};

use super::support::Told::{End, Key, Start};
use super::support::{Mounted, dispatch, heard, tell, until};

fn props(typed: &str, joining: bool, problem: Option<JoinError>) -> Props {
    let typed = typed.to_owned();
    Props {
        room: RoomId::Lobby,
        token: None,
        joins_at: None,
        ontype: heard().0,
        typed,
        joining,
        problem,
        another: false,
        onconnect: heard::<String>().0,
        onnames: heard().0,
        onanew: heard::<()>().0,
        onmake: heard::<()>().0,
    }
}

fn field(element: Element) -> HtmlInputElement {
    element.dyn_into().unwrap()
}

#[wasm_bindgen_test]
async fn the_card_has_the_words_of_the_demo() {
    let page = Mounted::<JoinCard>::new(props("", false, None));
    assert_eq!(page.text("h1").await, "WebSocket chat，欢迎使用");
    assert_eq!(page.text("label").await, "输入用户名：");
    assert_eq!((page.text("#connect").await, page.text("#disconnect").await), ("连接".into(), "断开".into()));
    page.get("#disconnect:disabled").await;
    let document = web_sys::window().unwrap().document().unwrap();
    until("the focus in the field", || document.active_element().filter(|focused| focused.id() == "name"))
        .await;
}

#[wasm_bindgen_test]
async fn a_bad_name_is_said_at_the_field_and_stays() {
    storage::wipe(RoomId::Lobby);
    let page = Mounted::<App>::new(Early::default());
    let name = page.get("#name").await;
    // Typed once the card has put its own value in, which comes together with the focus.
    let document = web_sys::window().unwrap().document().unwrap();
    until("the focus", || document.active_element().filter(|focused| *focused == name)).await;
    field(name).set_value("zhang三");
    page.click("#connect").await;
    let hint = page.get("#name-hint.bad").await;
    let words = [Lang::Zh, Lang::En].map(|lang| Msg::NameNotHan.say(lang));
    assert!(words.contains(&hint.text_content().unwrap().as_str()));
    assert_eq!(hint.get_attribute("role").as_deref(), Some("alert"));
    let name = field(page.get("#name[aria-invalid=true][aria-describedby=name-hint]").await);
    assert_eq!((name.value().as_str(), name.disabled()), ("zhang三", false));
    assert!(page.find("#join-problem").is_none());
    assert_eq!(storage::session(RoomId::Lobby), None);
    dispatch(&name, "input");
    page.get("#name-hint:not(.bad):not([role])").await;
    page.click("#connect").await;
    page.get("#name-hint.bad[role=alert]").await;
}

#[wasm_bindgen_test]
async fn each_bad_name_has_its_own_sentence_at_the_field() {
    for (name, sentence) in [
        ("", Msg::BadName),
        (" ", Msg::BadName),
        ("张", Msg::NameTooShort),
        ("赵钱孙李周吴郑王冯陈褚", Msg::NameTooLong),
        ("张 三", Msg::NameHasBlank),
        ("zhang三", Msg::NameNotHan),
        ("张三！", Msg::NameNotHan),
        ("葛曾䮌", Msg::NameRare),
    ] {
        let mut page = Mounted::<JoinCard>::new(props("王五", false, None));
        let input = field(page.get("#name").await);
        until("the name", || (input.value() == "王五").then_some(())).await;
        input.set_value(name);
        page.click("#connect").await;
        page.update(props("王五", false, Some(JoinError::BadName)));
        assert_eq!(page.text("#name-hint.bad[role=alert]").await, sentence.say(Lang::Zh), "{name:?}");
    }
    let page = Mounted::<JoinCard>::new(props("张三", false, Some(JoinError::BadName)));
    assert_eq!(page.text("#name-hint.bad").await, Msg::BadName.say(Lang::Zh), "refused by the server alone");
}

#[wasm_bindgen_test]
async fn a_refusal_is_said_on_the_card_with_the_name_still_there() {
    let page = Mounted::<JoinCard>::new(props("王五", false, Some(JoinError::Refused(Code::RoomFull))));
    assert_eq!(page.text("#join-problem[role=alert]").await, Msg::RefusedRoomFull.say(Lang::Zh));
    until("the name", || {
        Some(()).filter(|()| page.find("#name").map(field).is_some_and(|f| f.value() == "王五"))
    })
    .await;
}

#[wasm_bindgen_test]
async fn while_joining_everything_is_locked() {
    let mut page = Mounted::<JoinCard>::new(props("张三", true, None));
    for locked in ["#name:disabled", "#connect:disabled", "#disconnect:disabled"] {
        page.get(locked).await;
    }
    page.update(props("张三", false, None));
    page.get("#name:enabled").await;
}

#[wasm_bindgen_test]
async fn enter_in_the_field_joins_but_not_the_one_that_ends_a_composition() {
    let (onconnect, asked) = heard();
    let page = Mounted::<JoinCard>::new(Props { onconnect, ..props("", false, None) });
    let name = field(page.get("#name").await);
    // Typed once the card has put its own value in, which comes together with the focus.
    let document = web_sys::window().unwrap().document().unwrap();
    until("the focus", || document.active_element().filter(|focused| *focused == **name)).await;
    name.set_value("张三");
    for told in
        [Start, Key("z", 229, true), End, Key("Enter", 229, false), Start, Key("Enter", 229, true), End]
    {
        tell(&name, told);
    }
    assert_eq!(asked.borrow().len(), 0);
    tell(&name, Key("Enter", 13, false));
    assert_eq!(*asked.borrow(), ["张三"]);
}

#[wasm_bindgen_test]
async fn the_mounted_page_says_that_it_is_ready_and_which_language_it_speaks() {
    storage::wipe(RoomId::Lobby);
    let document = web_sys::window().unwrap().document().unwrap();
    // The page of another test may have said so.
    document.body().unwrap().remove_attribute("data-ready").unwrap();
    let _page = Mounted::<App>::new(Early::default());
    until("data-ready", || document.query_selector("body[data-ready='1']").unwrap()).await;
    let lang = document.document_element().unwrap().get_attribute("lang").unwrap();
    assert!(["zh-CN", "en"].contains(&lang.as_str()));
}
