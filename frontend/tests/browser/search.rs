//! The search panel: what it remembers, and how its hits follow the room.

use frontend::app::{Page, Props};
use frontend::services::storage;
use frontend::state::StoredSession;
use js_sys::Function;
use shared::{
    Event, Fact, FromServer, Hit, LeftWhy, MemberId, MessageId, Millis, Names, SearchPage, Seq, Text, Token,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use super::page::{ME, OTHER, ROOM, Sockets, name, said, welcome};
use super::rooms::Answers;
use super::support::{Mounted, heard, until};

fn change(seq: u64, fact: Fact) -> FromServer {
    FromServer::Events {
        events: vec![Event { seq: Seq(seq), at: Millis(1_793_628_100_000), fact }],
        names: Names::new(),
    }
}

fn id(seq: u64) -> MessageId {
    MessageId::new(Millis(seq), &[9; 10])
}

async fn reads(page: &Mounted<Page>, texts: &[&str]) {
    until(&format!("{texts:?}"), || {
        let hits: Vec<String> = page.get_all(".hit").iter().map(|hit| hit.text_content().unwrap()).collect();
        let fits = hits.len() == texts.len() && hits.iter().zip(texts).all(|(hit, text)| hit.ends_with(text));
        fits.then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn search_is_remembered_and_its_hits_follow_edits_and_recalls() {
    storage::wipe(ROOM);
    storage::store_session(ROOM, &StoredSession { token: Token::new(&[6; 32]), name: Some(name("张三")) });
    let socket = Sockets::new();
    let hits = [31, 21, 11].map(|seq| Hit { event: said(seq, OTHER, "下午开会"), ranges: vec![(2, 4)] });
    let found = SearchPage { hits: hits.into(), names: Names::new(), more: true };
    let server = Answers::new(200, &serde_json::to_string(&found).unwrap());
    let page = Mounted::<Page>::new(Props { room: ROOM, typed: "".into(), onmake: heard().0 });
    socket.hears(r#""type":"join""#).await;
    socket.says(&welcome());
    socket.says(&FromServer::Events {
        events: vec![said(50, ME, "一"), said(51, OTHER, "二")],
        names: Names::new(),
    });

    page.click("#find:enabled").await;
    let field: HtmlInputElement = page.get("#search-text").await.dyn_into().unwrap();
    field.set_value("开会");
    // An event without `isComposing` is none that a browser tells of a field.
    let input = "field.dispatchEvent(new InputEvent('input', { bubbles: true }))";
    Function::new_with_args("field", input).call1(&JsValue::NULL, &field).unwrap();
    reads(&page, &["下午开会"; 3]).await;
    let when = page.text(".hit small").await;
    assert!(when.contains("今天"), "by the server's clock, {when}");
    let asked = server.asked().iter().filter(|path| path.contains("/search")).count();

    page.click(".close-search").await;
    until("no panel", || page.find("#search").is_none().then_some(())).await;
    let edit =
        Fact::Edited { by: OTHER, id: id(52), target: Seq(21), text: Text::parse("改到四点").unwrap() };
    socket.says(&change(52, edit));
    socket.says(&change(53, Fact::Recalled { by: OTHER, id: id(53), target: Seq(11) }));
    page.click("#find:enabled").await;
    let field: HtmlInputElement = page.get("#search-text").await.dyn_into().unwrap();
    until("the words", || (field.value() == "开会").then_some(())).await;
    reads(&page, &["下午开会", "已修改改到四点", "已撤回"]).await;
    page.get(".hit:disabled").await;
    assert_eq!(
        page.get("#search").await.text_content().unwrap().matches("下午开会").count(),
        1,
        "no recalled text"
    );
    assert_eq!(server.asked().iter().filter(|path| path.contains("/search")).count(), asked);
    drop(page);
    storage::wipe(ROOM);
}

#[wasm_bindgen_test]
async fn members_who_left_can_be_chosen_as_senders() {
    storage::wipe(ROOM);
    storage::store_session(ROOM, &StoredSession { token: Token::new(&[6; 32]), name: Some(name("张三")) });
    let socket = Sockets::new();
    let page = Mounted::<Page>::new(Props { room: ROOM, typed: "".into(), onmake: heard().0 });
    socket.hears(r#""type":"join""#).await;
    socket.says(&welcome());
    socket.says(&FromServer::Events { events: vec![said(51, OTHER, "再见")], names: Names::new() });
    socket.says(&change(52, Fact::Left { member: OTHER, why: LeftWhy::Asked }));
    page.click("#find:enabled").await;
    page.get("#search-by option[value='2']").await;
    let names = || -> Vec<String> {
        page.get_all("#search-by option").iter().map(|option| option.text_content().unwrap()).collect()
    };
    until("who left", || (names() == ["所有人", "张三", "李四（已离开）"]).then_some(())).await;
    assert_eq!(OTHER, MemberId(2));
    drop(page);
    storage::wipe(ROOM);
}
