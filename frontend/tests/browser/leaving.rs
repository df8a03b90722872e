//! The way out of a room.

use frontend::components::leave::{self, Leave};
use frontend::i18n::{Lang, Msg};
use frontend::services::platform;
use frontend::state::Session;
use shared::{NameRule, RoomId, Token};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::Callback;

use super::rooms::Answers;
use super::support::{Mounted, heard};

const ROOM: RoomId = RoomId::Link([7; 16]);

fn seat() -> Session {
    Session { name: NameRule::Common.parse("张三").unwrap(), token: Token::new(&[6; 32]) }
}

fn leaving(room: RoomId, onleave: &Callback<()>, onforget: &Callback<()>) -> leave::Props {
    leave::Props {
        me: "张三".into(),
        room,
        seat: Some(seat()),
        host: false,
        locked: false,
        up: true,
        unsent: 0,
        onleave: onleave.clone(),
        onforget: onforget.clone(),
    }
}

#[wasm_bindgen_test]
async fn leaving_a_room_by_link_is_asked_with_two_choices_and_what_they_mean() {
    let ((onleave, left), (onforget, forgotten)) = (heard(), heard());
    let props = leaving(ROOM, &onleave, &onforget);
    for (props, sentence) in [
        (props.clone(), Msg::LeaveMeans),
        (leave::Props { locked: true, ..props.clone() }, Msg::LeaveLocked),
        (leave::Props { host: true, locked: true, ..props.clone() }, Msg::HostLeaves),
        (leave::Props { up: false, ..props.clone() }, Msg::OfflineLeaves),
    ] {
        let page = Mounted::<Leave>::new(props);
        assert_eq!(page.text("#disconnect").await, "离开房间");
        page.click("#disconnect").await;
        let means = page.text("[role=alertdialog] #leave-means").await;
        assert!(means.contains(sentence.say(Lang::Zh)), "{means}");
        page.click(".asking > .quiet:last-child").await;
        page.get("#disconnect").await;
    }
    assert_eq!((left.borrow().len(), forgotten.borrow().len()), (0, 0));
    let page = Mounted::<Leave>::new(leave::Props { unsent: 3, ..props });
    page.click("#disconnect").await;
    assert!(page.text("#leave-means").await.contains("3 条消息尚未发出"));
    let recovery = Token::new(&[8; 32]);
    let _server = Answers::new(200, &format!(r#"{{"token":"{}"}}"#, recovery.as_str()));
    page.click("#leave-backup").await;
    let link = platform::seat_link(ROOM, &recovery, Some(&seat().name));
    assert_eq!(page.text("#backup-link").await, link, "the way back is at hand");
    page.click("#forget-device").await;
    page.click("#disconnect-anyway").await;
    assert_eq!((left.borrow().len(), forgotten.borrow().len()), (1, 1));
}

#[wasm_bindgen_test]
async fn disconnecting_from_the_lobby_is_asked_only_if_something_would_be_lost() {
    let ((onleave, left), (onforget, _)) = (heard(), heard());
    let props = leaving(RoomId::Lobby, &onleave, &onforget);
    let page = Mounted::<Leave>::new(props.clone());
    assert_eq!(page.text("#disconnect").await, "断开");
    page.click("#disconnect").await;
    assert_eq!(left.borrow().len(), 1);
    for (props, sentence) in [
        (leave::Props { unsent: 2, ..props.clone() }, "2 条消息尚未发出"),
        (leave::Props { up: false, ..props }, Msg::OfflineLeaves.say(Lang::Zh)),
    ] {
        let page = Mounted::<Leave>::new(props);
        page.click("#disconnect").await;
        assert!(page.text("#leave-means").await.contains(sentence));
        assert!(page.find("#forget-device").is_none());
        page.click("#disconnect-anyway").await;
    }
    assert_eq!(left.borrow().len(), 3);
}
