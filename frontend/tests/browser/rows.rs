//! How a message is drawn: its quote, its state, and what is folded. What the back key closes.

use frontend::components::composer::{Composer, Props};
use frontend::components::new_room::{self, NewRoomCard};
use frontend::components::qr_dialog::{self, QrDialog};
use frontend::components::timeline::Timeline;
use frontend::components::use_aim::Put;
use frontend::i18n::Msg;
use frontend::state::outbox::Outbox;
use shared::{Event, Fact, MessageId, Millis, Names, Seq, Text};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::BaseComponent;

use super::composer;
use super::support::{Mounted, heard, type_into, until};
use super::timeline::{ME, OTHER, props, room};

#[wasm_bindgen_test]
async fn quoted_text_has_a_direction_of_its_own() {
    let mut room = room(&[(OTHER, "ئۇيغۇرچە")]);
    let (id, text) = (MessageId::new(Millis(9), &[3; 10]), Text::parse("سالام").unwrap());
    let fact = Fact::Said { by: ME, id, text, reply_to: Some(Seq(1)), edited: None };
    room.fold(vec![Event { seq: Seq(2), at: Millis(9), fact }], &Names::new()).unwrap();
    let page = Mounted::<Timeline>::new(props(room, Outbox::default()));
    assert_eq!(page.text("button.quote[dir=auto]").await, "李四：ئۇيغۇرچە");
    assert_eq!(page.text("button.quote > bdi").await, "ئۇيغۇرچە");
    let bubble = page.get(".mine .bubble[dir=auto]").await;
    assert!(bubble.matches(":dir(rtl)").unwrap(), "the quote does not decide about the answer");
}

#[wasm_bindgen_test]
async fn large_room_offers_to_ask_who_has_read() {
    let mut room = room(&[(ME, "一"), (ME, "二")]);
    room.facts.capacity = 101;
    let (onreaders, asked) = heard();
    let props = props(room, Outbox::default());
    let page = Mounted::<Timeline>::new(frontend::components::timeline::Props { onreaders, ..props });
    assert!(page.text(".msg[data-seq='2'] .meta").await.ends_with(" · 查看已读成员"));
    assert!(page.text(".msg[data-seq='1'] .meta.unseen").await.ends_with(" · 已送达"));
    page.click(".msg[data-seq='2'] button[data-do=readers]").await;
    until("the question", || (asked.borrow().len() == 1).then_some(())).await;
}

#[wasm_bindgen_test]
async fn message_that_fits_into_the_window_is_not_folded() {
    let long = "行\n".repeat(30) + "完";
    let page = Mounted::<Timeline>::new(props(room(&[(OTHER, &long)]), Outbox::default()));
    page.get(".msg[data-seq='1']:not(.folded)").await;
    until("no button", || page.find(".msg .fold").is_none().then_some(())).await;
}

/// Presses back once the page has an entry in the history for what is open.
async fn back<C: BaseComponent>(_page: &Mounted<C>) {
    let history = web_sys::window().unwrap().history().unwrap();
    until("an entry of its own", || history.state().unwrap().as_f64().filter(|depth| 1.0 <= *depth)).await;
    history.back().unwrap();
}

#[wasm_bindgen_test]
async fn back_closes_the_code() {
    let (onclose, closed) = heard();
    let page = Mounted::<QrDialog>::new(qr_dialog::Props {
        link: "https://a.cn".into(),
        warning: Some(Msg::SecretCode),
        onclose,
    });
    back(&page).await;
    until("the code to close", || (closed.borrow().len() == 1).then_some(())).await;
}

#[wasm_bindgen_test]
async fn back_leaves_the_card_of_a_new_room() {
    let (onback, left) = heard();
    let page = Mounted::<NewRoomCard>::new(new_room::Props { onmade: heard().0, onback });
    back(&page).await;
    until("the card to be left", || (left.borrow().len() == 1).then_some(())).await;
}

#[wasm_bindgen_test]
async fn back_closes_the_list_of_people_to_mention() {
    let page = Mounted::<Composer>::new(composer::props(true, false));
    let field = page.message_box().await;
    type_into(&field, "@");
    page.get("#mentions").await;
    back(&page).await;
    until("nobody to be offered", || page.find("#mentions").is_none().then_some(())).await;
    assert_eq!(field.value(), "@");
    type_into(&field, "");
}

#[wasm_bindgen_test]
async fn slow_mode_is_not_shown_below_an_edit() {
    let mut put = Put::default();
    let props = composer::props(true, false);
    let mut page = Mounted::<Composer>::new(Props { waits_s: Some(9), ..props.clone() });
    page.get("#delay").await;
    put.edit(Seq(1), "改".into());
    page.update(Props { waits_s: Some(9), put, ..props });
    until("no countdown", || page.find("#delay").is_none().then_some(())).await;
}
