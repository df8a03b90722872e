//! Seat links, and other ways in which this page may become somebody else.

use super::effects::{session, token};
use super::*;

/// A page of a room by link that was opened with a seat link in its address.
fn with_link(stored: Option<StoredSession>, carried: StoredSession) -> Page {
    let chat = ChatState::restore(LINK, stored.clone(), Outbox::default(), 1_000, Millis(1_000));
    let mut page = Page { chat: chat.with_seat_link(carried), stored, ..Page::new() };
    page.act(Action::Visible { visible: true });
    page
}

#[test]
fn seat_link_asks_before_anything_is_sent_or_stored() {
    let own = session(1, "张三");
    let page = with_link(Some(own.clone()), session(2, "王五"));
    assert_eq!(page.chat.seat_link, Some(session(2, "王五")));
    assert_eq!((page.chat.connection.number(), page.stored), (None, Some(own)));
}

#[test]
fn seat_link_replaces_the_own_session_only_after_the_welcome() {
    let own = session(1, "张三");
    let mut page = with_link(Some(own.clone()), session(2, "王五"));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(3, "王五"))));
    assert_eq!((page.join().token, &page.stored), (Some(token(3)), &Some(own)));
    page.hears(welcome(1, Replay::Reset, 2));
    assert_eq!(page.stored.map(|stored| stored.token), Some(token(3)));
}

#[test]
fn refused_seat_link_leaves_the_own_session_as_it_was() {
    let own = session(1, "张三");
    let mut page = with_link(Some(own.clone()), session(2, "王五"));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(3, "王五"))));
    page.hears(refused(Code::Removed, None));
    assert!(!page.effects.contains(&Effect::WipeRoom), "what is written here and not sent is the own seat's");
    assert_eq!(page.stored, Some(own));
    page.connect("张三");
    assert_eq!(page.join().token, Some(token(1)));
}

#[test]
fn declined_seat_link_returns_to_the_own_seat() {
    let mut page = with_link(Some(session(1, "张三")), session(2, "王五"));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Decline));
    assert_eq!(page.join().token, Some(token(1)));
}

#[test]
fn seat_link_of_the_own_session_asks_nothing() {
    let page = with_link(Some(session(1, "张三")), session(1, "张三"));
    assert_eq!(page.chat.seat_link, None);
    assert_eq!(page.join().token, Some(token(1)));
}

#[test]
fn name_that_the_server_tells_is_the_one_to_join_under() {
    let mut page = with_link(None, StoredSession { token: token(2), name: None });
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(3, "王五"))));
    assert_eq!((page.join().token, page.join().name.as_str()), (Some(token(3)), "王五"));
}

#[test]
fn seat_link_without_a_name_outlives_what_other_tabs_store() {
    let own = session(1, "张三");
    let mut page = with_link(Some(own), StoredSession { token: token(2), name: None });
    let given = StoredSession { token: token(2), name: None };
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(given)));
    page.act(Action::StoredSessionChanged);
    page.connect("王五");
    assert_eq!(page.join().token, Some(token(2)));
}

#[test]
fn seat_link_that_cannot_be_used_now_is_asked_about_once_more() {
    let own = session(1, "张三");
    let mut page = with_link(Some(own.clone()), session(2, "王五"));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(3, "王五"))));
    page.loses(1006);
    assert_eq!(
        (&page.chat.seat_link, page.chat.problem),
        (&Some(session(3, "王五")), Some(JoinError::Unreachable))
    );
    assert_eq!(page.stored, Some(own));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(4, "王五"))));
    assert_eq!(page.join().token, Some(token(4)));
}

#[test]
fn seat_link_is_forgotten_once_it_is_decided() {
    let forgets = |page: &Page| page.effects.contains(&Effect::ForgetSeatLink);
    let mut page = with_link(Some(session(1, "张三")), session(2, "王五"));
    assert!(!forgets(&page));
    let mut declined = page.clone();
    declined.act(Action::AnswerSeatLink(SeatLinkAnswer::Decline));
    assert!(forgets(&declined));
    page.act(Action::AnswerSeatLink(SeatLinkAnswer::Use(session(3, "王五"))));
    assert!(!forgets(&page), "a reload asks once more");
    page.hears(welcome(1, Replay::Reset, 2));
    assert!(forgets(&page));
}

#[test]
fn device_that_was_signed_out_keeps_nothing() {
    let own = session(1, "张三");
    let mut page = Page { chat: ChatState::new(LINK), stored: Some(own), ..Page::new() };
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 2));
    let mut refused_page = page.clone();
    page.hears(FromServer::Bye { code: ByeCode::SignedOut, retry_ms: None });
    page.loses(1008);
    assert_eq!((page.chat.problem, page.stored), (Some(JoinError::Ended(ByeCode::SignedOut)), None));

    refused_page.loses(1006);
    refused_page.act(Action::Wake);
    refused_page.hears(refused(Code::SignedOut, None));
    assert_eq!(refused_page.chat.problem, Some(JoinError::Refused(Code::SignedOut)));
    assert!(refused_page.effects.contains(&Effect::WipeRoom));
    refused_page.connect("张三");
    assert_ne!(refused_page.join().token, Some(token(1)), "the old token is not shown again");
}

#[test]
fn changes_of_devices_are_told_to_their_member_alone() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 2));
    let change = |seq, by| {
        let fact = Fact::Devices { by, id: id(seq), change: DeviceChange::Added };
        Event { seq: Seq(seq), at: Millis(seq), fact }
    };
    page.hears(events(vec![
        joined(1, ME),
        joined(2, OTHER),
        change(3, OTHER),
        change(4, ME),
        said(5, OTHER, 5),
    ]));
    assert_eq!(page.seqs(), [1, 2, 4, 5]);
}

#[test]
fn card_joins_with_the_seat_that_another_tab_took_meanwhile() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(refused(Code::NameTaken, None));
    page.stored = Some(session(2, "王五"));
    page.connect("王五");
    assert_eq!(page.join().token, Some(token(2)));
}

#[test]
fn rare_name_is_sent_while_the_rule_of_the_room_is_not_known() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("葛曾䮌");
    assert_eq!(page.join().name, "葛曾䮌");
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.act(Action::NameRuleKnown(NameRule::Common));
    page.connect("葛曾䮌");
    assert_eq!(page.chat.problem, Some(JoinError::BadName));
}
