//! The host's tools, and the codes that links are shown as.

use frontend::components::host::{HostTools, Props};
use frontend::components::member::{self, MemberRow};
use frontend::components::qr::{self, Qr};
use frontend::i18n::Msg;
use frontend::state::outbox::Command;
use qrcodegen::{QrCode, QrCodeEcc};
use shared::{Epoch, History, MemberId, RoomFacts, RoomId, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::Callback;

use super::rooms::Answers;
use super::support::{Mounted, dispatch, heard, until};

fn props(title: Option<&str>, onact: Callback<Command>) -> Props {
    let facts = RoomFacts {
        id: RoomId::Link([7; 16]),
        epoch: Epoch::new(&[1; 8]),
        title: title.map(str::to_owned),
        capacity: 5,
        locked: false,
        history: History::All,
        slow_s: 7,
        host: None,
    };
    Props { facts, token: Token::new(&[5; 32]), onact }
}

#[wasm_bindgen_test]
async fn the_host_names_the_room_shuts_its_door_and_slows_it_down() {
    let (onact, acts) = heard();
    let page = Mounted::<HostTools>::new(props(Some("读书会"), onact));
    let title: HtmlInputElement = page.get("#host-title").await.dyn_into().unwrap();
    until("the present name", || (title.value() == "读书会").then_some(())).await;
    title.set_value(" ");
    page.click("#host-rename").await;
    page.get("#host-problem").await;
    title.set_value(" 周末爬山 ");
    page.click("#host-rename").await;
    page.click("#host-lock").await;
    let slow: HtmlSelectElement = page.get("#host-slow").await.dyn_into().unwrap();
    assert_eq!(slow.value(), "7", "a pause that is not among those offered is shown all the same");
    slow.set_value("30");
    dispatch(&slow, "change");
    let set =
        |title: Option<&str>, slow_s| Command::Set { title: title.map(str::to_owned), slow_s, words: None };
    let expected = [set(Some("周末爬山"), None), Command::Lock { locked: true }, set(None, Some(30))];
    assert_eq!(*acts.borrow(), expected);
}

#[wasm_bindgen_test]
async fn the_host_says_which_words_are_not_allowed() {
    let (onact, acts) = heard();
    let page = Mounted::<HostTools>::new(props(None, onact));
    let field: HtmlTextAreaElement = page.get("#blocked-words").await.dyn_into().unwrap();
    assert_eq!(field.value(), "", "nobody is told which there are");
    field.set_value(&"字".repeat(21));
    page.click("#save-words").await;
    page.get("#words-problem").await;
    for typed in ["赌博\n加 微信、Spam\n", ""] {
        field.set_value(typed);
        page.click("#save-words").await;
    }
    until("no more complaint", || page.find("#words-problem").is_none().then_some(())).await;
    let set = |words: &[&str]| Command::Set {
        title: None,
        slow_s: None,
        words: Some(words.iter().map(|word| (*word).to_owned()).collect()),
    };
    assert_eq!(*acts.borrow(), [set(&["赌博", "加 微信", "Spam"]), set(&[])]);
}

#[wasm_bindgen_test]
async fn a_room_is_deleted_only_after_a_second_word() {
    let server = Answers::new(503, "busy");
    let page = Mounted::<HostTools>::new(props(None, heard().0));
    page.click("#host-delete").await;
    page.get("#delete-question").await;
    assert!(server.asked().is_empty());
    page.click("#host-delete-anyway").await;
    page.get("#host-problem").await;
    assert_eq!(server.asked(), [format!("/api/rooms/{}", RoomId::Link([7; 16]))]);
}

#[wasm_bindgen_test]
async fn whom_the_host_asks_out_may_come_back_or_not() {
    let (onact, acts) = heard();
    let person = |removable| member::Props {
        name: "李四".into(),
        me: false,
        host: false,
        state: Msg::Online,
        removable,
        onact: onact.clone(),
    };
    let page = Mounted::<MemberRow>::new(person(None));
    page.get(".member").await;
    assert!(page.find(".remove").is_none(), "nobody but the host asks anybody out");
    drop(page);
    let page = Mounted::<MemberRow>::new(person(Some(MemberId(2))));
    for button in [".remove-once", ".remove-for-good"] {
        page.click(".remove").await;
        page.click(button).await;
        until("the answer to be taken", || page.find(button).is_none().then_some(())).await;
    }
    let remove = |ban| Command::Remove { member: MemberId(2), ban };
    assert_eq!(*acts.borrow(), [remove(false), remove(true)]);
}

#[wasm_bindgen_test]
async fn a_code_has_its_dark_modules_where_they_belong() {
    let link = "https://chat.example.com/r/2VfUX8nXyZ5pKqT7mWbcRd";
    let page = Mounted::<Qr>::new(qr::Props { text: link.into(), label: "二维码".into() });
    let path = page.get(".qr path:last-child").await.get_attribute("d").unwrap();
    let boxes: Vec<(i32, i32)> = path
        .split_terminator("h1v1h-1z")
        .map(|at| at.strip_prefix('M').unwrap().split_once(' ').unwrap())
        .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
        .collect();
    let code = QrCode::encode_text(link, QrCodeEcc::Medium).unwrap();
    let dark = |(x, y): &(i32, i32)| code.get_module(*x, *y);
    assert!(boxes.iter().all(dark));
    let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    assert_eq!(boxes.len(), all.filter(dark).count());
    let size = code.size() + 8;
    assert_eq!(page.get(".qr").await.get_attribute("viewBox").unwrap(), format!("-4 -4 {size} {size}"));
}
