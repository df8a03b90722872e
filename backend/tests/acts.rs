//! The rules for what members do under an id: edit, recall, and the host's tools.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod world;

use backend::room::proposal::{Act, Answer, Outcome, Wish};
use backend::room::state::RoomState;
use backend::room::words::Words;
use shared::{Code, Fact, History, LeftWhy, MemberId, Millis, Seq};
use world::{World, act_wish, edit, epoch, hosted, id, join_wish, propose, recall, refusal, say_wish, seat};

#[test]
fn an_edit_replaces_the_text_and_the_edit_before_it() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    let said = world.propose(2, say_wish(li, 1, "第一版")).record.unwrap().event.seq;
    world.propose(3, act_wish(li, 2, edit(said.0, "第二版")));
    let third = world.propose(4, act_wish(li, 3, edit(said.0, "第三版"))).record.unwrap().event.clone();
    assert!(matches!(&third.fact, Fact::Edited { target, .. } if *target == said));
    assert!(!world.texts().contains("第一版") && !world.texts().contains("第二版"));
    let newest = &world.log.iter().find(|record| record.event.seq == said).unwrap().event;
    assert!(matches!(&newest.fact, Fact::Said { text, edited: Some(edit), .. }
        if text.as_str() == "第三版" && edit.seq == third.seq));
    assert_eq!(newest.at, Millis(2), "a message keeps its time");
    assert_eq!(refusal(&world.propose(5, act_wish(li, 4, edit(99, "没有")))), Code::UnknownTarget);
    assert_eq!(refusal(&world.propose(5, act_wish(li, 4, edit(1, "不是")))), Code::UnknownTarget);
}

#[test]
fn only_one_s_own_message_can_be_edited_and_only_for_a_day() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "我的")).record.unwrap().event.seq.0;
    assert_eq!(refusal(&world.propose(1_001, act_wish(host, 1, edit(said, "改")))), Code::NotYours);
    let day = 24 * 60 * 60 * 1_000;
    assert!(world.propose(1_000 + day, act_wish(li, 2, edit(said, "晚"))).record.is_some());
    assert_eq!(refusal(&world.propose(1_001 + day, act_wish(li, 3, edit(said, "更晚")))), Code::TooLate);
}

#[test]
fn a_recall_leaves_no_text_and_no_seal_and_keeps_the_numbers() {
    let (mut world, [_, li, wang]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "说漏了")).record.unwrap().event.seq.0;
    world.propose(1_001, act_wish(li, 2, edit(said, "还是漏了")));
    assert_eq!(refusal(&world.propose(1_002, act_wish(wang, 1, recall(said)))), Code::NotYours);
    assert!(world.propose(121_000, act_wish(li, 3, recall(said))).record.is_some());
    assert!(!world.texts().contains("漏了"));
    let bound: Vec<_> = world.log.iter().filter(|record| record.bound(None).is_some()).collect();
    assert_eq!(bound.len(), 1, "only the recall itself");
    let numbers: Vec<_> = world.log.iter().map(|record| record.event.seq.0).collect();
    assert_eq!(numbers, (2..=7).collect::<Vec<_>>());
    assert_eq!(refusal(&world.propose(121_001, act_wish(li, 4, recall(said)))), Code::UnknownTarget);
    // The id stays used, whatever comes with it now.
    let again = world.propose(121_002, say_wish(li, 1, "别的")).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(1), seq: Seq(said) }));
}

#[test]
fn an_id_is_bound_to_what_was_said_under_it_also_after_an_edit() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "第一版")).record.unwrap().event.seq;
    for (number, text) in [(2, "第二版"), (3, "第三版")] {
        world.propose(1_001, act_wish(li, number, edit(said.0, text)));
        let mut again = |text| world.propose(1_002, say_wish(li, 1, text)).answer;
        assert_eq!(again("第一版"), Some(Answer::Stored { id: id(1), seq: said }));
        let reused = Answer::Refused { code: Code::IdReused, id: Some(id(1)), retry_after_ms: None };
        assert_eq!((again(text), again("别的")), (Some(reused.clone()), Some(reused)));
    }
}

#[test]
fn after_two_minutes_only_the_host_recalls() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "久了")).record.unwrap().event.seq.0;
    assert_eq!(refusal(&world.propose(121_001, act_wish(li, 2, recall(said)))), Code::TooLate);
    let outcome = world.propose(9_000_000, act_wish(host, 1, recall(said)));
    assert!(
        matches!(&outcome.rewrites[0].fact, Fact::Gone { recalled_by: Some(by), .. } if *by == host.member)
    );
}

#[test]
fn the_host_s_seat_is_kept_and_the_host_s_tools_are_the_host_s() {
    let mut world = World { state: hosted(2, History::All), log: Vec::new() };
    let li = seat(&world.propose(1, join_wish("李四", 2)));
    assert_eq!(refusal(&world.propose(1, join_wish("王五", 3))), Code::RoomFull, "one seat is the host's");
    let host = seat(&world.propose(2, join_wish("张三", 9)));
    let (lock, unlock) = (Act::Lock { locked: true }, Act::Lock { locked: false });
    for act in [
        lock.clone(),
        Act::Set { title: None, slow_s: Some(5), words: None },
        Act::Remove { member: host.member, ban: true, recall: false },
    ] {
        assert_eq!(refusal(&world.propose(3, act_wish(li, 1, act))), Code::NotHost);
    }
    let own = Act::Remove { member: host.member, ban: false, recall: false };
    assert_eq!(refusal(&world.propose(3, act_wish(host, 1, own))), Code::BadMessage);
    let nobody = Act::Remove { member: MemberId(7), ban: false, recall: false };
    assert_eq!(refusal(&world.propose(3, act_wish(host, 1, nobody))), Code::UnknownTarget);

    world.propose(4, act_wish(host, 2, lock));
    world.propose(5, Wish::Leave { by: li, fresh: epoch(1) });
    assert_eq!(refusal(&world.propose(6, join_wish("李四", 2))), Code::RoomLocked);
    world.propose(7, act_wish(host, 3, unlock));
    assert_eq!(seat(&world.propose(8, join_wish("李四", 2))).member, li.member);

    let away = Wish::Away { member: host.member, since: Millis(9_000), fresh: epoch(1) };
    assert_eq!(world.propose(9_000, away), Outcome::default(), "time does not take the host's seat");
    world.propose(9_001, Wish::Leave { by: host, fresh: epoch(1) });
    assert_eq!(refusal(&world.propose(9_002, join_wish("王五", 3))), Code::RoomFull, "nor does leaving");
}

#[test]
fn a_ban_keeps_the_token_out_and_leaves_the_name_free() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    let remove = |member, ban| Act::Remove { member, ban, recall: false };
    let outcome = world.propose(2, act_wish(host, 1, remove(li.member, true)));
    assert!(matches!(outcome.record.as_ref().unwrap().event.fact, Fact::Left { why: LeftWhy::Removed, .. }));
    let again = world.propose(3, act_wish(host, 1, remove(li.member, true))).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(1), seq: outcome.record.as_ref().unwrap().event.seq }));
    assert_eq!(world.propose(3, say_wish(li, 1, "还在")), Outcome::default());
    assert_eq!(refusal(&world.propose(4, join_wish("赵六", 2))), Code::Removed);
    assert_eq!(refusal(&world.propose(4, join_wish("李四", 2))), Code::Removed);
    world.propose(5, act_wish(host, 2, remove(wang.member, false)));
    assert_eq!(seat(&world.propose(6, join_wish("王五", 3))).member, wang.member);
    // The ban stands in the log, not only in memory.
    let mut rebuilt = hosted(3, History::All);
    world.log.iter().for_each(|record| rebuilt.fold(record));
    assert_eq!(refusal(&propose(&mut rebuilt, 7, join_wish("赵六", 2))), Code::Removed);
    assert_eq!(seat(&propose(&mut rebuilt, 7, join_wish("李四", 5))).member, MemberId(4), "a namesake");
}

#[test]
fn in_slow_mode_members_wait_and_the_host_does_not() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    world.propose(1_000, act_wish(host, 1, Act::Set { title: None, slow_s: Some(5), words: None }));
    world.propose(2_000, say_wish(li, 1, "一"));
    let refused = world.propose(4_000, say_wish(li, 2, "二")).answer.unwrap();
    assert_eq!(
        refused,
        Answer::Refused { code: Code::SlowMode, id: Some(id(2)), retry_after_ms: Some(3_000) }
    );
    assert!(world.propose(7_000, say_wish(li, 2, "二")).record.is_some());
    for number in 2..4 {
        assert!(world.propose(7_000, say_wish(host, number, "我")).record.is_some());
    }
    // Whose clock was set back by a day need not wait for a day.
    let back = world.propose(6_000, say_wish(li, 3, "三")).record;
    assert_eq!(back.map(|record| record.event.at), Some(Millis(7_000)));
}

#[test]
fn edits_are_slowed_like_messages() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    let said = world.propose(500, say_wish(li, 1, "一")).record.unwrap().event.seq;
    let own = world.propose(600, say_wish(host, 1, "我")).record.unwrap().event.seq;
    world.propose(1_000, act_wish(host, 2, Act::Set { title: None, slow_s: Some(5), words: None }));
    assert!(
        world.propose(1_100, act_wish(li, 2, edit(said.0, "二"))).record.is_some(),
        "a mistake is corrected at once"
    );
    let again = act_wish(li, 3, edit(said.0, "三"));
    let refused = world.propose(4_000, again.clone()).answer.unwrap();
    let expected = Answer::Refused { code: Code::SlowMode, id: Some(id(3)), retry_after_ms: Some(2_100) };
    assert_eq!(refused, expected);
    // A room that is rebuilt knows it too.
    let mut rebuilt = hosted(3, History::All);
    world.log.iter().for_each(|record| rebuilt.fold(record));
    rebuilt.saw(li.member, Millis(1_100));
    assert_eq!(rebuilt.member_state(li.member), world.state.member_state(li.member));
    assert!(world.propose(6_200, again).record.is_some());
    for number in 3..5 {
        assert!(world.propose(6_200, act_wish(host, number, edit(own.0, "我们"))).record.is_some());
    }
}

/// What the host sends.
fn words(typed: &[&str]) -> Act {
    let typed: Vec<_> = typed.iter().map(|word| (*word).to_owned()).collect();
    Act::Set { title: None, slow_s: None, words: Some(Words::parse(&typed).unwrap()) }
}

#[test]
fn what_the_host_forbids_nobody_says() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    let early = world.propose(2, say_wish(li, 1, "赌博")).record.unwrap().event.seq;
    let set = world.propose(3, act_wish(host, 1, words(&["赌博", "Spam"])));
    assert!(matches!(set.record.as_ref().unwrap().event.fact, Fact::Set { title: None, slow_s: None, .. }));
    assert!(!world.texts().contains("Spam"), "the words are in no event");
    for text in ["来賭 博", "SＰam"] {
        assert_eq!(refusal(&world.propose(4, say_wish(li, 2, text))), Code::BlockedWord, "{text}");
        assert_eq!(refusal(&world.propose(4, say_wish(host, 2, text))), Code::BlockedWord, "{text}");
        assert_eq!(
            refusal(&world.propose(4, act_wish(li, 2, edit(early.0, text)))),
            Code::BlockedWord,
            "{text}"
        );
    }
    // What was said before stays, is known again, and may be edited into something else.
    let again = world.propose(5, say_wish(li, 1, "赌博")).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(1), seq: early }));
    assert!(world.propose(6, act_wish(li, 3, edit(early.0, "下棋"))).record.is_some());
    assert!(world.propose(6, say_wish(li, 4, "博物馆")).record.is_some());
    // Another change leaves the words, other words take their place, and none let everything be said.
    let slow = Act::Set { title: None, slow_s: Some(0), words: None };
    world.propose(7, act_wish(host, 3, slow));
    assert_eq!(refusal(&world.propose(8, say_wish(li, 5, "赌博"))), Code::BlockedWord);
    world.propose(9, act_wish(host, 4, words(&["下棋"])));
    assert_eq!(
        refusal(&world.propose(9, join_wish("爱下棋", 7))),
        Code::BlockedWord,
        "names are seen by everybody"
    );
    assert!(world.propose(10, say_wish(li, 6, "赌博")).record.is_some());
    let mut rebuilt = hosted(3, History::All);
    world.log.iter().for_each(|record| rebuilt.fold(record));
    let head = rebuilt.head().unwrap();
    let mut restored = RoomState::restore(head, rebuilt.members().clone());
    for state in [&mut rebuilt, &mut restored] {
        assert_eq!(refusal(&propose(state, 11, say_wish(li, 7, "下 棋"))), Code::BlockedWord);
    }
    world.propose(12, act_wish(host, 5, words(&[])));
    assert!(world.propose(13, say_wish(li, 7, "下棋")).record.is_some());
    assert_eq!(refusal(&world.propose(14, act_wish(li, 8, words(&["张三"])))), Code::NotHost);
}

#[test]
fn who_came_later_speaks_of_nothing_said_before() {
    let (mut world, [_, li, _]) = World::with_guests(History::FromJoin);
    let early = world.propose(2, say_wish(li, 1, "早")).record.unwrap().event.seq;
    world.propose(3, Wish::Leave { by: li, fresh: epoch(1) });
    let back = seat(&world.propose(4, join_wish("李四", 2)));
    assert_eq!(refusal(&world.propose(5, act_wish(back, 2, edit(early.0, "改")))), Code::UnknownTarget);
}

#[test]
fn author_and_host_recall_what_they_may_not_read() {
    let (mut world, [host, li, wang]) = World::with_guests(History::FromJoin);
    let [first, second] = [1, 2].map(|n| world.propose(2, say_wish(li, n, "早")).record.unwrap().event.seq);
    let mut return_of = |by, name, token| {
        world.propose(3, Wish::Leave { by, fresh: epoch(1) });
        seat(&world.propose(4, join_wish(name, token)))
    };
    let (li, wang) = (return_of(li, "李四", 2), return_of(wang, "王五", 3));
    let nothing = act_wish(wang, 2, recall(first.0));
    assert_eq!(refusal(&world.propose(5, nothing)), Code::UnknownTarget, "others learn nothing of it");
    for (by, number, target) in [(li, 3, first), (host, 3, second)] {
        assert!(world.propose(5, act_wish(by, number, recall(target.0))).record.is_some());
    }
}
