//! Getting a seat, keeping it, losing it.

use super::*;

fn name_taken_for(wait: u64) -> FromServer {
    FromServer::Refused {
        code: Code::NameTaken,
        message: String::new(),
        id: None,
        retry_after_ms: Some(wait),
    }
}

#[test]
fn name_that_will_be_free_is_joined_under_by_itself() {
    let mut page = Page::new();
    page.connect("张三");
    let token = page.join().token;
    page.hears(name_taken_for(15_000));
    assert_eq!(
        (page.chat.problem, page.chat.joins_at()),
        (Some(JoinError::Refused(Code::NameTaken)), Some(page.now + 15_000))
    );
    page.passes(14_999);
    assert!(page.chat.seat.is_none());
    page.passes(1);
    assert_eq!((page.join().token, page.join().name.as_str()), (token, "张三"));
}

#[test]
fn who_types_another_name_waits_for_the_taken_one_no_longer() {
    for act in [Action::NameTyped, Action::Connect { typed: "李四".to_owned(), token: Token::new(&[9; 32]) }]
    {
        let mut page = Page::new();
        page.connect("张三");
        page.hears(name_taken_for(15_000));
        page.act(act);
        assert_eq!(page.chat.joins_at(), None);
        page.passes(20_000);
        assert!(page.chat.seat.as_ref().is_none_or(|seat| seat.name.as_str() == "李四"));
    }
}

#[test]
fn a_bad_name_is_said_and_kept_and_nothing_is_sent() {
    let mut page = Page::new();
    page.connect("zhang三");
    assert_eq!(page.chat.problem, Some(JoinError::BadName));
    assert_eq!((page.chat.typed.as_str(), page.chat.joining()), ("zhang三", None));
    page.connect("张三");
    assert_eq!(page.chat.problem, None);
    assert_eq!(page.join().name, "张三");
}

#[test]
fn the_seat_is_known_before_the_join_is_sent_and_the_room_shown_only_after_the_welcome() {
    let mut page = Page::new();
    page.connect("张三");
    assert_eq!(page.join().token, page.chat.seat.as_ref().map(|seat| seat.token));
    assert!(!page.chat.in_room());
    page.connect("李四");
    assert_eq!(page.join().name, "张三", "locked until the answer");
    page.hears(welcome(1, Replay::Reset, 2));
    assert!(page.chat.in_room() && page.chat.connection.is_up());
}

#[test]
fn a_refused_join_leads_back_to_the_card_with_the_name_still_there() {
    for code in Code::ALL {
        let mut page = Page::new();
        page.connect("张三");
        page.hears(refused(code, None));
        let expected = if code == Code::BadName { JoinError::BadName } else { JoinError::Refused(code) };
        assert_eq!(page.chat.problem, Some(expected));
        assert_eq!((page.chat.typed.as_str(), &page.chat.seat), ("张三", &None));
        assert_eq!((page.chat.connection.number(), page.chat.wake_at()), (None, None));
    }
}

#[test]
fn whoever_is_told_when_to_come_again_comes_again_by_itself() {
    for code in [Code::TooFast, Code::Overloaded] {
        let mut page = Page::new();
        page.connect("张三");
        let join = page.join();
        let (message, retry_after_ms) = (String::new(), Some(30_000));
        page.hears(FromServer::Refused { code, message, id: None, retry_after_ms });
        assert_eq!((page.chat.problem, page.chat.in_room()), (Some(JoinError::Refused(code)), false));
        page.passes(29_999);
        assert_eq!(page.chat.connection.number(), None);
        page.passes(501);
        assert_eq!(page.join(), join, "the same name under the same token");
        page.hears(welcome(1, Replay::Reset, 2));
        page.passes(2_500);
        assert_eq!(
            (page.chat.in_room(), page.chat.problem, page.chat.connection.banner()),
            (true, None, None)
        );
    }
}

#[test]
fn a_server_not_to_be_reached_is_said_and_the_next_try_has_the_same_token() {
    let mut page = Page::new();
    page.connect("张三");
    let token = page.join().token;
    page.loses(1006);
    assert_eq!((page.chat.problem, &page.chat.seat), (Some(JoinError::Unreachable), &None));
    page.now += 777;
    page.connect("张三");
    assert_eq!(page.join().token, token);
}

#[test]
fn after_a_reload_the_page_asks_for_its_seat_and_keeps_trying() {
    let seat = seated().chat.seat.clone().unwrap();
    let mut page = Page::new();
    page.chat = ChatState::restore(RoomId::Lobby, kept(&seat), Outbox::default(), page.now, Millis(page.now));
    assert!(page.chat.in_room());
    assert_eq!((page.join().token, page.join().after), (Some(seat.token), None));
    for _ in 0..5 {
        page.loses(1006);
        page.passes(10_000);
        assert!(page.chat.in_room() && page.chat.connection.number().is_some());
    }
    assert_eq!(page.chat.connection.banner(), Some(Banner::Lost));
    page.hears(refused(Code::RoomFull, None));
    assert_eq!((page.chat.in_room(), page.chat.problem), (false, Some(JoinError::Refused(Code::RoomFull))));
}

#[test]
fn the_maker_gives_a_name_and_comes_with_the_token_kept_for_it() {
    let token = Token::new(&[42; 32]);
    let mut page = Page::new();
    page.chat = ChatState::restore(
        LINK,
        Some(StoredSession { token, name: None }),
        Outbox::default(),
        page.now,
        Millis(page.now),
    );
    assert_eq!((page.chat.in_room(), page.chat.joining()), (false, None));
    assert!(!page.chat.offers_another_name());
    page.connect("张三");
    assert_eq!((page.join().token, page.join().room), (Some(token), LINK.to_string()));
}

#[test]
fn a_link_opened_later_leads_back_to_the_own_seat_and_only_a_refusal_offers_another_name() {
    let seat = seated().chat.seat.clone().unwrap();
    let mut page = Page::new();
    page.chat = ChatState::restore(LINK, kept(&seat), Outbox::default(), page.now, Millis(page.now));
    assert_eq!((page.join().token, page.join().room), (Some(seat.token), LINK.to_string()));
    assert!(page.chat.in_room() && !page.chat.offers_another_name());
    assert_eq!(page.chat.kept(), kept(&seat));
    page.hears(refused(Code::NameTaken, None));
    assert!(page.chat.offers_another_name());
    assert_eq!(
        page.chat.kept(),
        Some(StoredSession { token: seat.token, name: None }),
        "asked at the next visit"
    );
    page.act(Action::ResetIdentity);
    assert_eq!((page.chat.typed.as_str(), page.chat.problem, page.chat.kept()), ("", None, None));
    assert!(!page.chat.offers_another_name());
    page.now += 1;
    page.connect("李四");
    assert_ne!(page.join().token, Some(seat.token));
}

#[test]
fn a_join_whose_answer_was_lost_is_repeated_by_the_next_page_with_the_same_token() {
    let mut page = Page::new();
    page.chat = ChatState::new(LINK);
    page.connect("张三");
    let token = page.join().token;
    page.loses(1006);
    page.chat = ChatState::restore(LINK, page.chat.kept(), Outbox::default(), page.now, Millis(page.now));
    page.now += 777;
    page.connect("张三");
    assert_eq!(page.join().token, token);
}

#[test]
fn after_leaving_here_or_in_another_window_nothing_is_kept_and_another_name_is_offered() {
    for elsewhere in [false, true] {
        let mut page = seated();
        page.chat.id = LINK;
        page.says(1);
        if elsewhere {
            page.hears(FromServer::Bye { code: ByeCode::Left, retry_ms: None });
            page.loses(1000);
        } else {
            page.act(Action::Leave);
        }
        assert_eq!((page.chat.kept(), page.chat.outbox.items().len()), (None, 0));
        assert!(page.chat.offers_another_name());
    }
}

#[test]
fn somebody_seated_cannot_come_anew_and_the_lobby_offers_no_other_name() {
    let mut page = seated();
    let before = page.chat.clone();
    page.act(Action::ResetIdentity);
    assert_eq!(page.chat, before);
    page.act(Action::Leave);
    assert!(!page.chat.offers_another_name());
}

#[test]
fn leaving_forgets_everything_but_the_name() {
    let mut page = seated();
    page.says(1);
    let token = page.join().token;
    page.act(Action::Leave);
    assert_eq!((page.chat.typed.as_str(), &page.chat.room), ("张三", &None));
    assert_eq!((page.chat.outbox.items().len(), page.chat.connection.number()), (0, None));
    page.now += 1;
    page.connect("张三");
    assert_ne!(page.join().token, token);
}

#[test]
fn a_seat_taken_away_leads_to_the_card_with_its_reason() {
    for (code, close) in [(ByeCode::Left, 1000), (ByeCode::Idle, 1008), (ByeCode::Removed, 1008)] {
        let mut page = seated();
        page.hears(FromServer::Bye { code, retry_ms: None });
        page.loses(close);
        assert_eq!((page.chat.in_room(), page.chat.problem), (false, Some(JoinError::Ended(code))));
        assert_eq!(page.chat.wake_at(), None);
    }
}

#[test]
fn banned_person_keeps_the_session_and_nothing_else() {
    let mut page = seated();
    let token = page.chat.token();
    page.says(1);
    page.loses(1006);
    page.passes(300);
    page.hears(refused(Code::Removed, None));
    assert_eq!(page.chat.problem, Some(JoinError::Refused(Code::Removed)));
    assert_eq!((page.chat.in_room(), page.chat.outbox.items().len()), (false, 0));
    assert!(page.effects.contains(&Effect::WipeMessages) && !page.effects.contains(&Effect::WipeRoom));
    // Whoever tries again is asked for as the same person, also after a reload.
    let kept = page.chat.kept().unwrap();
    assert_eq!((Some(kept.token), kept.name.map(|name| name.to_string())), (token, Some("张三".to_owned())));
    page.connect("张三");
    assert_eq!(page.join().token, token);
}

#[test]
fn deleted_room_is_left_and_wiped() {
    for told in [refused(Code::RoomUnknown, None), FromServer::Bye { code: ByeCode::Deleted, retry_ms: None }]
    {
        let mut page = seated();
        page.chat.id = LINK;
        page.hears(told);
        assert_eq!(
            (page.chat.in_room(), page.chat.connection.number(), page.chat.wake_at()),
            (false, None, None)
        );
        assert_eq!(page.chat.problem, Some(JoinError::Deleted));
        assert_eq!(page.chat.kept(), None, "the token is of no use any more");
        assert!(page.effects.contains(&Effect::WipeRoom));
    }
}

#[test]
fn a_restarting_server_is_waited_for_and_an_overloaded_one_too() {
    let mut page = seated();
    page.hears(FromServer::Bye { code: ByeCode::Restarting, retry_ms: Some(2_000) });
    page.loses(1001);
    page.passes(1_999);
    assert_eq!(page.chat.connection.number(), None);
    page.passes(300);
    page.hears(refused(Code::Overloaded, None));
    assert!(page.chat.in_room());
    page.passes(2_000);
    assert!(page.chat.connection.number().is_some());
}
