//! The links that bring a person back whose browser has lost everything: the host's before a new room is entered, and everybody's
//! after their first message.

use frontend::components::backup_offer::{self, BackupOffer};
use frontend::components::room_made::room_made_card;
use frontend::i18n::{Lang, Msg};
use frontend::services::storage;
use frontend::state::Session;
use shared::{NameRule, RoomId, RoomMade, Token};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::{Callback, Html, Properties, component};

use super::rooms::Answers;
use super::support::{Mounted, heard, until};

const ROOM: RoomId = RoomId::Link([9; 16]);

#[derive(Debug, Clone, PartialEq, Properties)]
struct MadeProps {
    made: RoomMade,
    stored: bool,
    onenter: Callback<()>,
}

#[component]
fn RoomMadeCard(props: &MadeProps) -> Html {
    room_made_card(&props.made, props.stored, &props.onenter, Lang::Zh)
}

#[wasm_bindgen_test]
async fn the_host_link_is_shown_before_a_new_room_is_entered() {
    for stored in [true, false] {
        let made = RoomMade { room: ROOM, url: format!("/r/{ROOM}"), host_token: Token::new(&[6; 32]) };
        let (onenter, entered) = heard();
        let page = Mounted::<RoomMadeCard>::new(MadeProps { made: made.clone(), stored, onenter });
        let link = page.text("#host-link").await;
        assert!(link.ends_with(&format!("/r/{ROOM}#t={}", made.host_token.as_str())));
        assert_eq!(page.find("[role=alert]").is_some(), !stored);
        page.click("#enter-room").await;
        assert_eq!(entered.borrow().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn a_backup_is_offered_until_it_was_taken_or_declined() {
    let name = NameRule::Common.parse("张三").unwrap();
    let seat = Session { name, token: Token::new(&[6; 32]) };
    let recovery = Token::new(&[8; 32]);
    let _server = Answers::new(200, &format!(r#"{{"token":"{}"}}"#, recovery.as_str()));
    let mount = || Mounted::<BackupOffer>::new(backup_offer::Props { room: ROOM, seat: seat.clone() });
    for answer in ["#backup-decline", "#backup-done"] {
        storage::wipe(ROOM);
        let page = mount();
        assert_eq!(page.text("#backup-show").await, Msg::BackUp.say(Lang::Zh));
        assert!(page.find("#backup-link").is_none(), "the link is not on the screen unless asked for");
        if answer == "#backup-done" {
            page.click("#backup-show").await;
            let link = page.text("#backup-link").await;
            assert!(link.contains(&format!("/r/{ROOM}#t={}", recovery.as_str())), "{link}");
        }
        drop(page);
        let page = mount();
        if answer == "#backup-done" {
            page.click("#backup-show").await;
        }
        page.click(answer).await;
        until("the offer to go", || page.find("#backup").is_none().then_some(())).await;
        drop(page);
        let page = mount();
        assert!(page.find("#backup").is_none(), "{answer} is remembered");
    }
    storage::wipe(ROOM);
}
