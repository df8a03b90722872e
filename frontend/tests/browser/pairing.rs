//! Another device of one's own: the code that brings it here, and the button that signs the others out.

use frontend::app::{App, Early};
use frontend::components::invite::{self, Invite};
use frontend::i18n::{Lang, Msg};
use frontend::services::{http, platform, storage};
use frontend::state::outbox::Command;
use frontend::state::{Session, StoredSession};
use gloo_timers::future::TimeoutFuture;
use shared::{Code, NameRule, RoomId, Token};
use wasm_bindgen_test::wasm_bindgen_test;

use super::rooms::Answers;
use super::support::{Mounted, heard, until};

const ROOM: RoomId = RoomId::Link([7; 16]);

fn seat() -> Session {
    Session { name: NameRule::Common.parse("欧阳静怡").unwrap(), token: Token::new(&[6; 32]) }
}

#[wasm_bindgen_test]
async fn code_for_another_device_is_made_on_request() {
    let server = Answers::new(200, r#"{"code":"ABCDEFGHJK","expires_s":600}"#);
    let (onact, acts) = heard();
    let seat = Some(seat());
    let props = invite::Props { room: ROOM, seat, locked: false, alone: false, group: false, onact };
    let page = Mounted::<Invite>::new(props);
    assert!(page.find("#device-link").is_none() && server.asked().is_empty());
    page.click("#other-device").await;
    let link = page.text("#device-link").await;
    assert!(link.ends_with("/#p=ABCDE-FGHJK") && link.is_ascii(), "{link}");

    page.click("#sign-out-others").await;
    assert_eq!(acts.borrow().as_slice(), [Command::SignOutOthers]);
}

#[wasm_bindgen_test]
async fn code_that_cannot_be_made_says_why() {
    let _server = Answers::new(409, r#"{"code":"too_many_devices","message":"too many"}"#);
    let (onact, _) = heard();
    let seat = Some(seat());
    let props = invite::Props { room: ROOM, seat, locked: false, alone: false, group: false, onact };
    let page = Mounted::<Invite>::new(props);
    page.click("#other-device").await;
    assert_eq!(page.text(".fold .problem").await, Msg::RefusedTooManyDevices.say(Lang::Zh));
}

#[wasm_bindgen_test]
async fn code_in_the_address_is_redeemed_once_and_the_address_forgets_it() {
    let location = web_sys::window().unwrap().location();
    for (answer, code) in [
        (r#"{"code":"bad_code","message":"wrong"}"#, "ABCDE-FGHJK"),
        (r#"{"code":"too_fast","message":"not asked"}"#, "short"),
    ] {
        let server = Answers::new(404, answer);
        location.set_hash(&format!("p={code}")).unwrap();
        let page = Mounted::<App>::new(Early::default());
        let why = page.text("#pair .problem").await;
        assert!(
            [Lang::Zh, Lang::En].map(|lang| Msg::RefusedBadCode.say(lang)).contains(&why.as_str()),
            "{why}"
        );
        assert_eq!((location.hash().unwrap().as_str(), platform::take_pairing_code()), ("", None));
        let sent = server.asked().iter().filter(|asked| asked.contains("ABCDEFGHJK")).count();
        assert_eq!(sent, usize::from(code != "short"), "what is no code is not asked about");
        // Yew takes an App away over several tasks, and until then it would take the next code.
        drop(page);
        TimeoutFuture::new(50).await;
    }
}

#[wasm_bindgen_test]
async fn code_that_is_refused_for_now_is_tried_again() {
    let server = Answers::new(429, r#"{"code":"too_fast","message":"wait"}"#);
    web_sys::window().unwrap().location().set_hash("p=ABCDE-FGHJK").unwrap();
    let page = Mounted::<App>::new(Early::default());
    page.click("#pair-again").await;
    let sent = || server.asked().iter().filter(|asked| asked.contains("ABCDEFGHJK")).count();
    until("a second try", || (sent() == 2).then_some(())).await;
    page.get("#pair-again").await;
    page.click("#new-room").await;
    page.get("#make-room").await;
}

#[wasm_bindgen_test]
async fn request_without_an_answer_is_sent_again_with_its_nonce() {
    let nonce = |sent: &str| sent.split_once("nonce").unwrap().1.to_owned();
    let (ongiven, given) = heard();
    let silent = Answers::new(502, "");
    http::exchange(ROOM, &seat().token, ongiven.clone());
    // It waits a second before each of three more tries.
    TimeoutFuture::new(3_200).await;
    until("no answer", || (given.borrow().len() == 1).then_some(())).await;
    assert_eq!(given.borrow()[0].as_ref().err(), Some(&None));
    let tries = silent.asked();
    assert_eq!(tries.len(), 4);
    assert!(tries[1..].iter().all(|sent| *sent == tries[0]), "{tries:?}");
    assert_eq!(tries[0].split('"').count(), 13, "{}", tries[0]);
    drop(silent);

    let server = Answers::new(404, r#"{"code":"bad_code","message":"wrong"}"#);
    http::exchange(ROOM, &seat().token, ongiven.clone());
    until("an answer", || (given.borrow().len() == 2).then_some(())).await;
    http::exchange(ROOM, &seat().token, ongiven);
    until("another answer", || (given.borrow().len() == 3).then_some(())).await;
    assert_eq!(given.borrow()[1].as_ref().err(), Some(&Some(Code::BadCode)));
    let asked = server.asked();
    assert_eq!(nonce(&asked[0]), nonce(&tries[0]), "a later page asks the same");
    assert_ne!(nonce(&asked[1]), nonce(&tries[0]), "after an answer it is forgotten");
    assert_eq!(storage::kept_nonce(), None);
}

#[wasm_bindgen_test]
async fn seat_in_the_address_is_read_once() {
    let location = web_sys::window().unwrap().location();
    let link = platform::seat_link(ROOM, &seat().token, Some(&seat().name));
    assert!(link.is_ascii());
    location.set_hash(link.split_once('#').unwrap().1).unwrap();
    let kept = StoredSession { token: seat().token, name: Some(seat().name) };
    assert_eq!(platform::take_carried(), Some(kept));
    assert_eq!((location.hash().unwrap().as_str(), platform::take_carried()), ("", None));
    location.set_hash("#t=short").unwrap();
    assert_eq!((platform::take_carried(), location.hash().unwrap().as_str()), (None, ""));
}

#[wasm_bindgen_test]
async fn fresh_session_of_this_tab_is_known_until_it_is_decided_about() {
    let kept = StoredSession { token: seat().token, name: Some(seat().name) };
    storage::store_fresh(ROOM, &kept);
    assert_eq!((storage::carried(ROOM), storage::is_fresh(ROOM)), (Some(kept), true));
    storage::forget_carried(ROOM);
    until("nothing", || storage::carried(ROOM).is_none().then_some(())).await;
    assert!(!storage::is_fresh(ROOM));
}
