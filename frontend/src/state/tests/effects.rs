use super::*;

fn in_link_room() -> Page {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 2));
    page.hears(events(vec![joined(2, ME)]));
    page
}

pub(super) fn token(n: u8) -> Token {
    Token::new(&[n; 32])
}

pub(super) fn session(n: u8, name: &str) -> StoredSession {
    StoredSession { token: token(n), name: NameRule::Common.parse(name).ok() }
}

#[test]
fn session_is_stored_before_the_join_is_sent() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    let at = |is_it: fn(&Effect) -> bool| page.effects.iter().position(is_it).unwrap();
    let stored = at(|effect| matches!(effect, Effect::StoreSession(_)));
    assert!(stored < at(|effect| matches!(effect, Effect::OpenSocket { .. })));
}

#[test]
fn leave_is_sent_before_the_room_is_wiped_and_the_socket_closed() {
    let mut page = in_link_room();
    page.act(Action::Leave);
    let order = [Effect::Send(FromPage::Leave), Effect::WipeRoom, Effect::CloseSocket];
    let at = order.map(|effect| page.effects.iter().position(|issued| *issued == effect).unwrap());
    assert!(at.is_sorted(), "{:?}", page.effects);
    assert_eq!((page.stored, page.chat.in_room()), (None, false));
}

#[test]
fn forgetting_the_device_wipes_the_room_and_keeps_the_seat() {
    let mut page = in_link_room();
    page.act(Action::ForgetDevice);
    assert!(!page.effects.contains(&Effect::Send(FromPage::Leave)));
    assert!(page.effects.contains(&Effect::WipeRoom) && page.effects.contains(&Effect::CloseSocket));
    assert!(!page.chat.in_room());
    assert_eq!((page.chat.typed.as_str(), page.chat.problem), ("", Some(JoinError::Forgotten)));
}

#[test]
fn new_token_is_stored_and_joins_in_place_of_the_one_before() {
    let mut page = in_link_room();
    page.act(Action::TakeToken { token: token(7) });
    assert!(page.effects.contains(&Effect::StoreSession(session(7, "张三"))));
    assert!(page.effects.iter().any(|effect| matches!(effect, Effect::OpenSocket { .. })));
    assert_eq!((page.join().token, page.chat.in_room()), (Some(token(7)), true));
    page.act(Action::Command { id: id(5), act: Command::SignOutOthers, at: Millis(1) });
    assert!(
        !page.effects.contains(&Effect::Send(FromPage::SignOutOthers { id: id(5), token: None })),
        "not with the old one"
    );
    page.hears(welcome(1, Replay::Complete, 2));
    assert!(page.effects.contains(&Effect::Send(FromPage::SignOutOthers { id: id(5), token: None })));
}

#[test]
fn device_that_is_signed_out_while_connected_keeps_nothing() {
    for bye in [ByeCode::SignedOut, ByeCode::Left] {
        let mut page = in_link_room();
        page.hears(FromServer::Bye { code: bye, retry_ms: None });
        page.loses(1008);
        assert!(page.effects.contains(&Effect::WipeRoom), "{bye:?}");
        assert_eq!((page.chat.in_room(), page.chat.problem), (false, Some(JoinError::Ended(bye))));
    }
}

#[test]
fn tab_stops_when_another_one_gave_the_seat_up() {
    let mut page = in_link_room();
    page.loses(1006);
    page.stored = None;
    page.passes(2_000);
    assert_eq!((page.chat.in_room(), page.chat.connection.number()), (false, None));
}

#[test]
fn tab_leaves_the_session_of_another_tab_in_the_storage() {
    let mut page = in_link_room();
    page.loses(1006);
    let other = Some(session(9, "李四"));
    page.stored = other.clone();
    page.passes(2_000);
    assert!(!page.chat.in_room());
    assert_eq!(page.stored, other);
    page.act(Action::Leave);
    assert_eq!(page.stored, other);
}

#[test]
fn session_that_the_browser_does_not_keep_is_not_lost_to_another_tab() {
    let mut page = in_link_room();
    page.act(Action::StorageFailed);
    page.stored = None;
    page.loses(1006);
    page.passes(2_000);
    assert!(page.chat.storage_failed && page.chat.connection.number().is_some());
}

#[test]
fn snapshot_is_stored_once_the_room_is_quiet() {
    let mut page = in_link_room();
    page.passes(1_000);
    assert!(page.effects.contains(&Effect::StoreSnapshot { token: page.stored.clone().unwrap().token }));
    page.hears(events(vec![said(3, OTHER, 3)]));
    assert!(!page.effects.iter().any(|effect| matches!(effect, Effect::StoreSnapshot { .. })));
}

#[test]
fn recalled_text_leaves_the_stored_snapshot_at_once() {
    let mut page = in_link_room();
    page.hears(events(vec![said(3, OTHER, 3)]));
    page.passes(1_000);
    let recall = Fact::Recalled { by: OTHER, id: id(4), target: Seq(3) };
    page.hears(events(vec![Event { seq: Seq(4), at: Millis(4), fact: recall }]));
    assert!(page.effects.iter().any(|effect| matches!(effect, Effect::StoreSnapshot { .. })));
}

#[test]
fn hidden_page_stores_the_snapshot_before_its_socket_closes() {
    let mut page = in_link_room();
    page.act(Action::PageHidden);
    let [Effect::StoreSnapshot { .. }, Effect::CloseSocket] = &page.effects[..] else {
        panic!("{:?}", page.effects)
    };
    page.act(Action::Wake);
    assert!(matches!(&page.effects[..], [Effect::OpenSocket { .. }]));
}

#[test]
fn message_unanswered_for_eight_seconds_is_a_lost_connection() {
    let mut page = seated();
    page.says(1);
    let before = page.chat.connection.number();
    page.passes(7_900);
    assert!(page.chat.connection.is_up());
    page.passes(200);
    assert!(!page.chat.connection.is_up());
    assert_eq!(page.chat.connection.banner(), Some(Banner::Lost));
    page.passes(1_000);
    assert_ne!(page.chat.connection.number(), before);
    page.hears(welcome(1, Replay::Complete, 2));
    assert_eq!(page.turn(), Some(id(1)));
}

#[test]
fn answered_message_does_not_end_the_connection() {
    let mut page = seated();
    page.says(1);
    page.hears(events(vec![said(3, ME, 1)]));
    page.passes(20_000);
    assert!(page.chat.connection.is_up());
}

#[test]
fn offline_event_is_a_lost_connection_at_once() {
    let mut page = seated();
    page.act(Action::Offline);
    assert_eq!(page.effects, [Effect::CloseSocket]);
    assert_eq!(page.chat.connection.banner(), Some(Banner::Lost));
    page.act(Action::Wake);
    assert!(matches!(&page.effects[..], [Effect::OpenSocket { .. }]));
}

#[test]
fn slow_mode_holds_back_messages_but_not_a_recall() {
    let mut page = seated();
    page.says(1);
    page.hears(FromServer::Refused {
        code: Code::SlowMode,
        message: String::new(),
        id: Some(id(1)),
        retry_after_ms: Some(3_600_000),
    });
    assert_eq!(page.turn(), None);
    page.does(2, Command::Recall { seq: Seq(2) });
    assert_eq!(page.turn(), Some(id(2)));
    page.hears(FromServer::Stored { id: id(2), seq: Seq(1) });
    for _ in 0..179 {
        page.passes(20_000);
        page.hears(FromServer::Tick { at: Millis(5) });
        assert!(page.turn().is_none() && page.chat.connection.is_up());
    }
    page.passes(21_000);
    assert_eq!(page.turn(), Some(id(1)));
}

#[test]
fn server_time_comes_from_the_server_whatever_the_computer_says() {
    let wrong = Millis(90_000_000);
    let mut page = seated();
    page.chat.server_clock = ServerClock::from_wall_clock(page.now, wrong);
    page.hears(FromServer::Tick { at: Millis(7_000_000) });
    assert_eq!(page.chat.server_time(page.now + 5), Millis(7_000_005));
}

#[test]
fn duplicated_lobby_tab_becomes_another_person() {
    let stored = session(1, "张三");
    let chat = ChatState::restore(RoomId::Lobby, Some(stored.clone()), Outbox::default(), 0, Millis(0));
    let mut page = Page { chat, stored: Some(stored), ..Page::new() };
    page.act(Action::SessionInUse { token: token(7) });
    assert_eq!((page.chat.in_room(), page.chat.connection.number()), (false, None));
    assert_eq!(page.stored, Some(StoredSession { token: token(7), name: None }));
    page.connect("王五");
    assert_eq!(page.join().token, Some(token(7)));
}

#[test]
fn failed_item_that_another_tab_discarded_is_gone_here_too() {
    let mut page = seated();
    page.says(1);
    page.hears(refused(Code::BlockedWord, Some(id(1))));
    page.act(Action::StoredOutboxChanged(Outbox::default()));
    assert!(page.chat.outbox.items().is_empty());
}

#[test]
fn failed_item_stays_where_the_browser_stores_nothing() {
    let mut page = seated();
    page.says(1);
    page.hears(refused(Code::BlockedWord, Some(id(1))));
    page.act(Action::StorageFailed);
    page.act(Action::StoredOutboxChanged(Outbox::default()));
    assert!(page.chat.outbox.items()[0].failed());
}

#[test]
fn waiting_message_that_another_tab_discarded_is_not_sent_here() {
    let mut page = in_link_room();
    page.loses(1006);
    page.says(1);
    page.says(2);
    let outbox = serde_json::to_string(&*page.chat.outbox).unwrap();
    let stored = || serde_json::from_str::<Outbox>(&outbox).unwrap();
    let chat = ChatState::restore(LINK, page.stored.clone(), stored(), page.now, Millis(page.now));
    let mut other = Page { chat, stored: page.stored.clone(), ..Page::new() };
    other.act(Action::Discard { id: id(1) });
    let after = other.chat.outbox.beside(&stored(), &stored().ids());
    page.act(Action::StoredOutboxChanged(after));
    assert_eq!(page.chat.outbox.ids(), [id(2)]);
    let after = page.chat.outbox.beside(&stored(), &[]);
    assert_eq!(after.ids(), [id(2)], "a tab that does not know yet cannot bring it back");
}

#[test]
fn next_message_waits_by_itself_in_slow_mode() {
    let mut page = seated();
    let set = Fact::Set { by: OTHER, id: id(90), title: None, slow_s: Some(30) };
    page.hears(events(vec![Event { seq: Seq(3), at: Millis(3), fact: set }]));
    page.says(1);
    page.hears(events(vec![said(4, ME, 1)]));
    page.says(2);
    assert_eq!((page.turn(), page.chat.outbox.slow_until()), (None, Some(page.now + 30_000)));
    page.passes(30_000);
    assert_eq!(page.turn(), Some(id(2)));
}

#[test]
fn slow_mode_that_the_host_ends_or_shortens_holds_back_nothing_longer() {
    let set = |seq, slow_s| {
        let fact = Fact::Set { by: OTHER, id: id(seq), title: None, slow_s: Some(slow_s) };
        events(vec![Event { seq: Seq(seq), at: Millis(seq), fact }])
    };
    for (shorter_s, wait_ms) in [(0, 0), (5, 5_000), (500, 20_000)] {
        let mut page = seated();
        page.hears(set(3, 20));
        page.says(1);
        page.hears(events(vec![said(4, ME, 1)]));
        page.says(2);
        page.hears(set(5, shorter_s));
        if wait_ms != 0 {
            page.passes(wait_ms - 1);
            assert_eq!(page.turn(), None, "{shorter_s} s");
        }
        page.passes(1);
        assert_eq!(page.turn(), Some(id(2)), "{shorter_s} s");
    }
}

#[test]
fn slow_mode_counts_from_when_the_message_was_stored() {
    let mut page = seated();
    let set = Fact::Set { by: OTHER, id: id(90), title: None, slow_s: Some(60) };
    page.hears(events(vec![Event { seq: Seq(3), at: Millis(3), fact: set }]));
    page.says(1);
    page.says(2);
    // The line was lost; what is told again is 50 seconds old.
    page.hears(FromServer::Tick { at: Millis(50_004) });
    page.hears(events(vec![said(4, ME, 1)]));
    assert_eq!(page.chat.outbox.slow_until(), Some(page.now + 10_000));
}
