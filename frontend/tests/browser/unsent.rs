//! Messages that are not sent yet, or were refused.

use frontend::components::timeline::{Props, Timeline};
use frontend::components::timeline_intent::TimelineIntent;
use frontend::i18n::{Lang, Msg};
use frontend::state::outbox::{Command, Outbox};
use shared::{Code, Text};
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{Mounted, heard};
use super::timeline::{AT, id, props, room};

#[wasm_bindgen_test]
async fn a_failed_message_says_why_and_can_be_sent_again() {
    let mut outbox = Outbox::default();
    outbox.push(id(1), Command::Say { text: Text::parse("坏词").unwrap(), reply_to: None }, AT, None);
    outbox.refused(Some(id(1)), Code::IdReused, None, 0);
    let (onwish, wished) = heard();
    let page = Mounted::<Timeline>::new(Props { onwish, ..props(room(&[]), outbox) });
    assert!(page.text(".msg.failed .meta").await.contains("发送失败 · 修改 · 重试 · 删除"));
    page.click(".msg.failed [data-do=retry]").await;
    page.click(".msg.failed button.give-up").await;
    assert_eq!(*wished.borrow(), [TimelineIntent::Retry(id(1)), TimelineIntent::GiveUp(id(1))]);
}

#[wasm_bindgen_test]
async fn a_text_that_would_be_refused_again_is_changed_and_not_retried() {
    let mut outbox = Outbox::default();
    outbox.push(id(1), Command::Say { text: Text::parse("坏词").unwrap(), reply_to: None }, AT, None);
    outbox.refused(Some(id(1)), Code::BlockedWord, None, 0);
    let page = Mounted::<Timeline>::new(props(room(&[]), outbox));
    assert!(page.text(".msg.failed .meta").await.contains("发送失败 · 修改 · 删除"));
}

#[wasm_bindgen_test]
async fn without_a_connection_messages_are_said_to_wait() {
    for (up, says) in [(true, Msg::Sending), (false, Msg::SendsLater)] {
        let mut outbox = Outbox::default();
        outbox.push(id(1), Command::Say { text: Text::parse("在吗").unwrap(), reply_to: None }, AT, None);
        let page = Mounted::<Timeline>::new(Props { up, ..props(room(&[]), outbox) });
        assert!(page.text(".msg .meta").await.contains(says.say(Lang::Zh)));
    }
}
