//! The host's tools, and the codes that links are shown as.

use frontend::components::host::{HostTools, Props};
use frontend::components::member::{self, MemberRow};
use frontend::components::muted::muted_region;
use frontend::components::qr::qr;
use frontend::hooks::use_mute::use_mute;
use frontend::i18n::{Lang, Msg};
use frontend::state::outbox::Command;
use frontend::state::server_clock::ServerClock;
use qrcodegen::{QrCode, QrCodeEcc};
use shared::{Epoch, History, MemberId, Millis, RoomFacts, RoomId, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::{Callback, Html, Properties, component};

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
    Props { facts, token: Token::new(&[5; 32]), clock: ServerClock::default(), open: true, onact }
}

#[wasm_bindgen_test]
async fn the_host_names_the_room_shuts_its_door_and_slows_it_down() {
    let (onact, acts) = heard();
    let page = Mounted::<HostTools>::new(props(Some("读书会"), onact));
    let title: HtmlInputElement = page.get("#host-title").await.dyn_into().unwrap();
    until("the present name", || (title.value() == "读书会").then_some(())).await;
    title.set_value(&"字".repeat(41));
    page.click("#host-rename").await;
    page.get("#host-problem").await;
    title.set_value(" ");
    page.click("#host-rename").await;
    until("the problem to go", || page.find("#host-problem").is_none().then_some(())).await;
    title.set_value(" 周末爬山 ");
    page.click("#host-rename").await;
    page.click("#host-lock").await;
    let slow: HtmlSelectElement = page.get("#host-slow").await.dyn_into().unwrap();
    assert_eq!(slow.value(), "7", "a pause that is not among those offered is shown all the same");
    slow.set_value("30");
    dispatch(&slow, "change");
    let set =
        |title: Option<&str>, slow_s| Command::Set { title: title.map(str::to_owned), slow_s, words: None };
    let expected = [
        set(Some(""), None),
        set(Some("周末爬山"), None),
        Command::Lock { locked: true },
        set(None, Some(30)),
    ];
    assert_eq!(*acts.borrow(), expected);
}

#[wasm_bindgen_test]
async fn blocked_words_are_shown_and_saving_replaces_them() {
    let server = Answers::new(200, r#"{"slow_s":7,"words":["广告","spam"],"bans":[]}"#);
    let (onact, acts) = heard();
    let page = Mounted::<HostTools>::new(props(None, onact));
    let field: HtmlTextAreaElement = page.get("#blocked-words").await.dyn_into().unwrap();
    until("the words", || (field.value() == "广告\nspam").then_some(())).await;
    assert!(server.asked().contains(&format!("/api/rooms/{}/settings", RoomId::Link([7; 16]))));
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
async fn words_being_written_are_not_overwritten_and_a_failure_is_said() {
    let server = Answers::new(200, r#"{"slow_s":7,"words":["广告"],"bans":[]}"#);
    let mut page = Mounted::<HostTools>::new(Props { open: false, ..props(None, heard().0) });
    let field: HtmlTextAreaElement = page.get("#blocked-words").await.dyn_into().unwrap();
    assert_eq!((field.value().as_str(), server.asked().len()), ("", 0), "nothing is asked for out of sight");
    field.set_value("写了一半");
    page.update(props(None, heard().0));
    until("the answers", || (server.asked().len() == 2).then_some(())).await;
    gloo_timers::future::TimeoutFuture::new(20).await;
    assert_eq!(field.value(), "写了一半");
    drop(server);
    let _server = Answers::new(503, "busy");
    let page = Mounted::<HostTools>::new(props(None, heard().0));
    assert_eq!(page.text("#words-problem").await, Msg::NotLoaded.say(Lang::Zh));
    page.get("#bans .bad").await;
}

#[wasm_bindgen_test]
async fn bans_are_listed_and_lifted() {
    let body = r#"{"slow_s":7,"words":[],"bans":[{"member":2,"name":"李四","at":1795400014000},{"member":5,"name":"王五","at":1795400014000}]}"#;
    let _server = Answers::new(200, body);
    let (onact, acts) = heard();
    let page = Mounted::<HostTools>::new(props(None, onact));
    page.click("#bans li:nth-child(2) .unban").await;
    until("one less", || (page.get_all("#bans li").len() == 1).then_some(())).await;
    assert!(page.text("#bans").await.contains("李四"));
    page.click("#bans .unban").await;
    assert_eq!(page.text("#bans p").await, Msg::NoBans.say(Lang::Zh));
    assert_eq!(*acts.borrow(), [5, 2].map(|member| Command::Unban { member: MemberId(member) }));
}

#[wasm_bindgen_test]
async fn a_room_is_deleted_only_after_a_second_word() {
    let server = Answers::new(503, "busy");
    let page = Mounted::<HostTools>::new(props(None, heard().0));
    page.click("#host-delete").await;
    page.get("#delete-question").await;
    let room = format!("/api/rooms/{}", RoomId::Link([7; 16]));
    assert!(page.find("#export-html").is_some() && !server.asked().contains(&room));
    page.click("#host-delete-anyway").await;
    page.get("#host-problem").await;
    assert!(server.asked().contains(&room));
}

#[wasm_bindgen_test]
async fn host_mutes_removes_and_bans_a_member_from_the_list() {
    let (onact, acts) = heard();
    let person = |manageable, muted| member::Props {
        name: "李四".into(),
        me: false,
        host: false,
        state: Msg::Online,
        muted,
        manageable,
        onact: onact.clone(),
    };
    let page = Mounted::<MemberRow>::new(person(None, true));
    assert_eq!(page.text(".member small").await, "在线 · 已禁言");
    assert!(page.find(".manage").is_none(), "only the host has these tools");
    drop(page);
    let page = Mounted::<MemberRow>::new(person(Some(MemberId(2)), true));
    for button in [".mute:nth-child(2)", ".unmute"] {
        page.click(".manage").await;
        page.click(button).await;
        until("the answer to be taken", || page.find(button).is_none().then_some(())).await;
    }
    for (button, recalls, means) in
        [(".remove-once", false, Msg::RemoveMeans), (".remove-for-good", true, Msg::RemoveForGoodMeans)]
    {
        page.click(".manage").await;
        if recalls {
            page.click(".recall-too").await;
        }
        page.click(button).await;
        assert_eq!(page.text(".asking [role=alert]").await, means.say(Lang::Zh));
        page.click(".remove-anyway").await;
        until("the answer to be taken", || page.find(".remove-anyway").is_none().then_some(())).await;
    }
    let mute = |for_s| Command::Mute { member: MemberId(2), for_s };
    let remove = |ban, recall| Command::Remove { member: MemberId(2), ban, recall };
    assert_eq!(*acts.borrow(), [mute(3_600), mute(0), remove(false, false), remove(true, true)]);
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct MutedProps {
    until: Option<Millis>,
    now: Millis,
}

#[component]
fn Muted(props: &MutedProps) -> Html {
    let until = use_mute(props.until, props.now);
    muted_region(until, props.now, Lang::Zh)
}

#[wasm_bindgen_test]
async fn a_muted_person_is_told_until_when() {
    let now = Millis(1_795_400_000_000);
    let props = |left: Option<u64>| MutedProps { until: left.map(|left| Millis(now.0 + left)), now };
    let mut page = Mounted::<Muted>::new(props(None));
    let region = page.get("[role=status]").await;
    page.update(props(Some(600_000)));
    assert!(page.text("[role=status] #muted").await.starts_with("你已被房主禁言，"));
    assert!(
        page.get("[role=status]").await.is_same_node(Some(&region)),
        "a screen reader notices what comes into it"
    );
    drop(page);
    let page = Mounted::<Muted>::new(props(Some(60)));
    page.get("#muted").await;
    until("the mute to be over", || page.find("#muted").is_none().then_some(())).await;
    let page = Mounted::<Muted>::new(props(None));
    assert!(page.find("#muted").is_none());
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct QrProps {
    text: String,
}

#[component]
fn Qr(props: &QrProps) -> Html {
    qr(&props.text, "二维码".to_owned())
}

#[wasm_bindgen_test]
async fn a_code_has_its_dark_modules_where_they_belong() {
    let link = "https://chat.example.com/r/2VfUX8nXyZ5pKqT7mWbcRd";
    let page = Mounted::<Qr>::new(QrProps { text: link.to_owned() });
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
