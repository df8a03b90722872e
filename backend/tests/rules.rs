//! The rules alone: seats, time, ids. No server, no clock, no storage.

mod world;

use backend::room::proposal::{
    Act, Answer, Bound, Facts, NewTitle, Outcome, Private, Proposal, Record, Settings, StoredId, Wish,
};
use backend::room::seal::Seal;
use backend::room::state::{RoomState, apply};
use proptest::prelude::*;
use shared::{Code, Event, Fact, LeftWhy, MemberId, MessageId, Millis, RoomId, Seq, Text};
use world::story::{play, worlds};
use world::{afresh, epoch, id, join_wish, lobby, propose, refusal, say_wish, seat};

#[test]
fn a_room_begins_with_opened_and_opening_it_again_is_void() {
    let mut state = lobby();
    let again = propose(&mut state, 5, Wish::Open(Settings::lobby(epoch(9), 1)));
    assert_eq!(again, Outcome::default());
    assert_eq!((state.tail(), state.settings().unwrap().epoch.clone()), (Seq(1), epoch(0)));
}

#[test]
fn seats_are_given_once_and_numbers_never_twice() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let li = seat(&propose(&mut state, 2, join_wish("李四", 2)));
    assert_eq!(refusal(&propose(&mut state, 3, join_wish("王五", 3))), Code::RoomFull);
    assert_eq!(refusal(&propose(&mut state, 3, join_wish("李四", 4))), Code::NameTaken);
    propose(&mut state, 4, Wish::Leave { by: li, fresh: epoch(1) });
    let wang = seat(&propose(&mut state, 5, join_wish("王五", 3)));
    assert_eq!([zhang, li, wang].map(|standing| standing.member), [MemberId(1), MemberId(2), MemberId(3)]);
    propose(&mut state, 6, Wish::Leave { by: wang, fresh: epoch(1) });
    assert_eq!(
        seat(&propose(&mut state, 7, join_wish("李四", 2))).member,
        MemberId(2),
        "a token keeps its number"
    );
}

#[test]
fn a_known_token_comes_back_and_its_name_is_ignored() {
    let mut state = lobby();
    let first = propose(&mut state, 1, join_wish("张三", 1));
    let again = propose(&mut state, 2, join_wish("李四", 1));
    assert_eq!(seat(&again), seat(&first));
    assert!(again.record.is_none());
    assert!(matches!(again.answer, Some(Answer::Seated { name, .. }) if name.as_str() == "张三"));
}

#[test]
fn a_freed_seat_speaks_no_more_even_if_its_member_is_back() {
    let mut state = lobby();
    let old = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    propose(&mut state, 1, join_wish("李四", 2));
    propose(&mut state, 2, Wish::Leave { by: old, fresh: epoch(1) });
    let new = seat(&propose(&mut state, 3, join_wish("张三", 1)));
    assert_eq!(propose(&mut state, 4, say_wish(old, 1, "旧")), Outcome::default());
    assert_eq!(propose(&mut state, 4, Wish::Leave { by: old, fresh: epoch(1) }), Outcome::default());
    assert!(propose(&mut state, 4, say_wish(new, 2, "新")).record.is_some());
}

#[test]
fn time_within_a_room_never_runs_back() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1_000, join_wish("张三", 1)));
    let said = propose(&mut state, 400, say_wish(zhang, 1, "钟倒了"));
    assert_eq!(said.record.as_ref().unwrap().event.at, Millis(1_000));
}

#[test]
fn away_is_void_if_the_member_was_seen_since() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1_000, join_wish("张三", 1)));
    let away = |since| Wish::Away { member: zhang.member, since: Millis(since), fresh: epoch(1) };
    assert_eq!(propose(&mut state, 5_000, away(999)), Outcome::default());
    propose(&mut state, 6_000, say_wish(zhang, 1, "在"));
    assert_eq!(propose(&mut state, 7_000, away(5_999)), Outcome::default());
    let outcome = propose(&mut state, 8_000, away(6_000));
    assert!(matches!(outcome.record.as_ref().unwrap().event.fact, Fact::Left { why: LeftWhy::Away, .. }));
    assert_eq!(afresh(&outcome), Some(&epoch(1)));
}

#[test]
fn only_the_last_to_leave_lets_the_lobby_start_afresh() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let li = seat(&propose(&mut state, 1, join_wish("李四", 2)));
    assert_eq!(propose(&mut state, 2, Wish::Leave { by: zhang, fresh: epoch(1) }).end, None);
    let outcome = propose(&mut state, 3, Wish::Leave { by: li, fresh: epoch(2) });
    assert_eq!(afresh(&outcome), Some(&epoch(2)));
}

#[test]
fn only_ids_that_do_not_rise_are_looked_up() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let ask =
        |state: &RoomState, id| state.asks(&Proposal { at: Millis(0), wish: say_wish(zhang, id, "问") }).id;
    assert_eq!(ask(&state, 5), None, "it has used none yet");
    propose(&mut state, 2, say_wish(zhang, 5, "问"));
    assert!(ask(&state, 4).is_some() && ask(&state, 5).is_some());
    assert_eq!(ask(&state, 6), None);
}

#[test]
fn an_id_is_bound_to_its_content_until_that_is_forgotten() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let act = Act::Say { text: Text::parse("原话").unwrap(), reply_to: None };
    let answer = |state: &mut RoomState, bound: Option<Bound>, text: &str| {
        let stored = Some(StoredId { seq: Seq(3), bound });
        let facts = Facts { stored, ..Facts::default() };
        apply(state, &facts, &Proposal { at: Millis(2), wish: say_wish(zhang, 1, text) }).answer.unwrap()
    };
    let id = MessageId::new(Millis(1), &[0; 10]);
    for bound in [Bound::Seal(Seal::new([7; 16], &act)), Bound::Act(Box::new(act))] {
        assert_eq!(answer(&mut state, Some(bound.clone()), "原话"), Answer::Stored { id, seq: Seq(3) });
        assert_eq!(
            answer(&mut state, Some(bound), "别的"),
            Answer::Refused { code: Code::IdReused, id: Some(id), retry_after_ms: None }
        );
    }
    assert_eq!(answer(&mut state, None, "别的"), Answer::Stored { id, seq: Seq(3) });
    assert_eq!(state.tail(), Seq(2));
}

/// A story of up to 80 proposals by four people, the first of them the host.
fn story() -> impl Strategy<Value = Vec<(u8, u8, u64)>> {
    proptest::collection::vec((0..4_u8, 0..19_u8, 0..200_000_u64), 0..80)
}

proptest! {
    #[test]
    fn the_same_proposals_give_the_same_records(story in story()) {
        for (one, other) in worlds().into_iter().zip(worlds()) {
            prop_assert_eq!(play(&story, one).log, play(&story, other).log);
        }
    }

    #[test]
    fn a_room_rebuilt_from_its_records_is_the_same_room(story in story()) {
        for (world, mut rebuilt) in worlds().into_iter().zip(worlds().map(|world| world.state)) {
            let world = play(&story, world);
            world.log.iter().for_each(|record| rebuilt.fold(record));
            prop_assert_eq!(rebuilt.view(RoomId::Lobby).map(|view| view.roster), world.state.view(RoomId::Lobby).map(|view| view.roster));
            prop_assert_eq!(rebuilt.head(), world.state.head());
        }
    }
}

#[test]
fn the_rules_are_pure() {
    let sources = [
        include_str!("../src/room/state.rs"),
        include_str!("../src/room/members.rs"),
        include_str!("../src/room/acts.rs"),
        include_str!("../src/room/devices.rs"),
        include_str!("../src/room/tokens.rs"),
        include_str!("../src/room/seating.rs"),
        include_str!("../src/room/removal.rs"),
        include_str!("../src/room/proposal.rs"),
        include_str!("../src/room/proposal/act.rs"),
        include_str!("../src/room/seal.rs"),
        include_str!("../src/room/words.rs"),
        include_str!("../src/search.rs"),
        include_str!("../src/names.rs"),
    ];
    for impure in ["tokio", "rusqlite", "std::time", "SystemTime", "Instant", "rand::", "std::fs", "std::net"]
    {
        assert!(!sources.iter().any(|source| source.contains(impure)), "{impure} in the rules");
    }
}

#[test]
fn no_queue_is_unbounded() {
    fn visit(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path);
            } else {
                assert!(!std::fs::read_to_string(&path).unwrap().contains("unbounded"), "{}", path.display());
            }
        }
    }
    visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
}

#[test]
fn a_stored_name_that_is_refused_now_is_still_read() {
    let old = "爬\u{2028}山";
    assert!(NewTitle::parse(old).is_err());
    let record = |seq, fact, private| Record { event: Event { seq: Seq(seq), at: Millis(1), fact }, private };
    let settings = Private::Opened(Box::new(Settings::lobby(epoch(0), 1)));
    let opened = Fact::Opened { capacity: 2, title: Some(old.to_owned()) };
    let mut state = RoomState::default();
    state.fold(&record(1, opened, settings));
    let title = |state: &RoomState| state.view(RoomId::Lobby).unwrap().facts.title;
    assert_eq!(title(&state).as_deref(), Some(old));
    let set = |title: &str| {
        let title = Some(title.to_owned());
        record(2, Fact::Set { by: MemberId(1), id: id(1), title, slow_s: None }, Private::None)
    };
    state.fold(&set("山"));
    state.fold(&set(old));
    assert_eq!(title(&state).as_deref(), Some(old));
    let act = Act::Set { title: NewTitle::from_stored(old).ok(), slow_s: None, words: None };
    assert_eq!(set(old).bound(None), Some(Bound::Act(Box::new(act))), "the same frame comes again");
}
