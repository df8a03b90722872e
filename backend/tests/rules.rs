//! The rules alone: no server, no clock, no storage.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use backend::names::fold;
use backend::room::proposal::{
    Act, Answer, Facts, Outcome, Private, Proposal, Record, Settings, Standing, StoredId, Wish,
};
use backend::room::seal::{Seal, TokenHash};
use backend::room::state::{RoomState, apply};
use proptest::prelude::*;
use shared::{
    Code, Epoch, Event, Fact, History, LeftWhy, MemberId, MessageId, Millis, RoomId, Seq, Text, Token,
};

fn epoch(number: u8) -> Epoch {
    Epoch::new(&[number; 8])
}

fn lobby() -> RoomState {
    let mut state = RoomState::new(RoomId::Lobby);
    let outcome = propose(&mut state, 0, Wish::Open(Settings::lobby(epoch(0), 120_000)));
    assert_eq!(outcome.records.len(), 1);
    state
}

fn propose(state: &mut RoomState, at: u64, wish: Wish) -> Outcome {
    apply(state, &Facts::default(), &Proposal { at: Millis(at), wish })
}

fn join_wish(name: &str, token: u8) -> Wish {
    Wish::Join { name: name.into(), folded: fold(name), token: TokenHash::of(&Token::new(&[token; 32])) }
}

fn say_wish(by: Standing, id: u8, text: &str) -> Wish {
    act_wish(by, id, Act::Say { text: Text::parse(text).unwrap(), reply_to: None })
}

fn act_wish(by: Standing, number: u8, act: Act) -> Wish {
    let seal = Seal::new([number; 16], &act);
    Wish::Act { by, id: id(number), seal, act }
}

fn id(number: u8) -> MessageId {
    MessageId::new(Millis(u64::from(number)), &[0; 10])
}

fn edit(target: u64, text: &str) -> Act {
    Act::Edit { target: Seq(target), text: Text::parse(text).unwrap() }
}

const fn recall(target: u64) -> Act {
    Act::Recall { target: Seq(target) }
}

fn seat(outcome: &Outcome) -> Standing {
    match &outcome.answer {
        Some(Answer::Seated { standing, .. }) => *standing,
        other => panic!("{other:?}"),
    }
}

fn refusal(outcome: &Outcome) -> Code {
    assert!(outcome.records.is_empty(), "a refusal changes nothing");
    match &outcome.answer {
        Some(Answer::Refused { code, .. }) => *code,
        other => panic!("{other:?}"),
    }
}

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
    assert!(again.records.is_empty());
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
    assert_eq!(propose(&mut state, 4, say_wish(new, 2, "新")).records.len(), 1);
}

#[test]
fn time_within_a_room_never_runs_back() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1_000, join_wish("张三", 1)));
    let said = propose(&mut state, 400, say_wish(zhang, 1, "钟倒了"));
    assert_eq!(said.records[0].event.at, Millis(1_000));
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
    assert!(matches!(outcome.records[0].event.fact, Fact::Left { why: LeftWhy::Away, .. }));
    assert_eq!(outcome.afresh.unwrap().epoch, epoch(1));
}

#[test]
fn only_the_last_to_leave_lets_the_lobby_start_afresh() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let li = seat(&propose(&mut state, 1, join_wish("李四", 2)));
    assert_eq!(propose(&mut state, 2, Wish::Leave { by: zhang, fresh: epoch(1) }).afresh, None);
    assert!(propose(&mut state, 3, Wish::Leave { by: li, fresh: epoch(2) }).afresh.is_some());
}

#[test]
fn only_ids_that_do_not_rise_are_looked_up() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let ask =
        |state: &RoomState, id| state.asks(&Proposal { at: Millis(0), wish: say_wish(zhang, id, "问") }).id;
    assert!(ask(&state, 5).is_some(), "nothing is known of this member yet");
    propose(&mut state, 2, say_wish(zhang, 5, "问"));
    assert!(ask(&state, 4).is_some() && ask(&state, 5).is_some());
    assert_eq!(ask(&state, 6), None);
}

#[test]
fn an_id_is_bound_to_its_content_until_that_is_forgotten() {
    let mut state = lobby();
    let zhang = seat(&propose(&mut state, 1, join_wish("张三", 1)));
    let seal = Seal::new([7; 16], &Act::Say { text: Text::parse("原话").unwrap(), reply_to: None });
    let answer = |state: &mut RoomState, seal: Option<Seal>, text: &str| {
        let stored = Some(StoredId { seq: Seq(3), seal });
        let facts = Facts { stored, ..Facts::default() };
        apply(state, &facts, &Proposal { at: Millis(2), wish: say_wish(zhang, 1, text) }).answer.unwrap()
    };
    let id = MessageId::new(Millis(1), &[0; 10]);
    assert_eq!(answer(&mut state, Some(seal), "原话"), Answer::Stored { id, seq: Seq(3) });
    assert_eq!(
        answer(&mut state, Some(seal), "别的"),
        Answer::Refused { code: Code::IdReused, id: Some(id), retry_after_ms: None }
    );
    assert_eq!(answer(&mut state, None, "别的"), Answer::Stored { id, seq: Seq(3) });
    assert_eq!(state.tail(), Seq(2));
}

/// A room by link that keeps a seat for its host, whose token is 9.
fn hosted(capacity: u32, history: History) -> RoomState {
    let mut state = RoomState::new(RoomId::Link([1; 16]));
    let host = Some(TokenHash::of(&Token::new(&[9; 32])));
    let settings =
        Settings { capacity, history, restarts: false, host, ..Settings::lobby(epoch(0), 120_000) };
    propose(&mut state, 0, Wish::Open(settings));
    state
}

/// A log beside a state: it looks up what the rules ask for, as the ledger does.
struct World {
    state: RoomState,
    log: Vec<Record>,
}

impl World {
    fn propose(&mut self, at: u64, wish: Wish) -> Outcome {
        let proposal = Proposal { at: Millis(at), wish };
        let asks = self.state.asks(&proposal);
        let stored = asks.id.and_then(|signed| {
            let record = self.log.iter().find(|record| record.signed() == Some(signed))?;
            Some(StoredId { seq: record.event.seq, seal: record.seal().copied() })
        });
        let event = |seq: Seq| self.log.iter().map(|record| &record.event).find(|e| e.seq == seq).cloned();
        let target = asks.target.and_then(event);
        let edit = match &target {
            Some(Event { fact: Fact::Said { edited: Some(edit), .. }, .. }) => event(edit.seq),
            _ => None,
        };
        let outcome = apply(&mut self.state, &Facts { stored, target, edit }, &proposal);
        self.log.extend(outcome.records.iter().cloned());
        for event in &outcome.rewrites {
            let record = self.log.iter_mut().find(|record| record.event.seq == event.seq).unwrap();
            record.event = event.clone();
            if matches!(event.fact, Fact::Gone { .. }) {
                record.private = Private::None;
            }
        }
        if let Some(settings) = &outcome.afresh {
            self.state = RoomState::new(RoomId::Lobby);
            self.log.clear();
            self.log.extend(propose(&mut self.state, at, Wish::Open(settings.clone())).records);
        }
        outcome
    }

    /// A room with a host (member 1) and two guests.
    fn with_guests(history: History) -> (Self, [Standing; 3]) {
        let mut world = Self { state: hosted(3, history), log: Vec::new() };
        let people = [("张三", 9), ("李四", 2), ("王五", 3)];
        let seats = people.map(|(name, token)| seat(&world.propose(1, join_wish(name, token))));
        (world, seats)
    }

    fn texts(&self) -> String {
        self.log.iter().map(|record| serde_json::to_string(&record.event).unwrap()).collect()
    }
}

#[test]
fn an_edit_replaces_the_text_and_the_edit_before_it() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    let said = world.propose(2, say_wish(li, 1, "第一版")).records[0].event.seq;
    world.propose(3, act_wish(li, 2, edit(said.0, "第二版")));
    let third = world.propose(4, act_wish(li, 3, edit(said.0, "第三版"))).records[0].event.clone();
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
    let said = world.propose(1_000, say_wish(li, 1, "我的")).records[0].event.seq.0;
    assert_eq!(refusal(&world.propose(1_001, act_wish(host, 1, edit(said, "改")))), Code::NotYours);
    let day = 24 * 60 * 60 * 1_000;
    assert_eq!(world.propose(1_000 + day, act_wish(li, 2, edit(said, "晚"))).records.len(), 1);
    assert_eq!(refusal(&world.propose(1_001 + day, act_wish(li, 3, edit(said, "更晚")))), Code::TooLate);
}

#[test]
fn a_recall_leaves_no_text_and_no_seal_and_keeps_the_numbers() {
    let (mut world, [_, li, wang]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "说漏了")).records[0].event.seq.0;
    world.propose(1_001, act_wish(li, 2, edit(said, "还是漏了")));
    assert_eq!(refusal(&world.propose(1_002, act_wish(wang, 1, recall(said)))), Code::NotYours);
    assert_eq!(world.propose(121_000, act_wish(li, 3, recall(said))).records.len(), 1);
    assert!(!world.texts().contains("漏了"));
    let sealed: Vec<_> = world.log.iter().filter(|record| record.seal().is_some()).collect();
    assert_eq!(sealed.len(), 1, "only the recall itself");
    let numbers: Vec<_> = world.log.iter().map(|record| record.event.seq.0).collect();
    assert_eq!(numbers, (2..=7).collect::<Vec<_>>());
    assert_eq!(refusal(&world.propose(121_001, act_wish(li, 4, recall(said)))), Code::UnknownTarget);
    // The id stays used, whatever comes with it now.
    let again = world.propose(121_002, say_wish(li, 1, "别的")).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(1), seq: Seq(said) }));
}

#[test]
fn after_two_minutes_only_the_host_recalls() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    let said = world.propose(1_000, say_wish(li, 1, "久了")).records[0].event.seq.0;
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
        Act::Set { title: None, slow_s: Some(5) },
        Act::Remove { member: host.member, ban: true },
    ] {
        assert_eq!(refusal(&world.propose(3, act_wish(li, 1, act))), Code::NotHost);
    }
    let own = Act::Remove { member: host.member, ban: false };
    assert_eq!(refusal(&world.propose(3, act_wish(host, 1, own))), Code::BadMessage);
    let nobody = Act::Remove { member: MemberId(7), ban: false };
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
fn who_is_removed_stays_out_by_token_and_by_name_unless_not_banned() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    let remove = |member, ban| Act::Remove { member, ban };
    let outcome = world.propose(2, act_wish(host, 1, remove(li.member, true)));
    assert!(matches!(outcome.records[0].event.fact, Fact::Left { why: LeftWhy::Removed, .. }));
    let again = world.propose(3, act_wish(host, 1, remove(li.member, true))).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(1), seq: outcome.records[0].event.seq }));
    assert_eq!(world.propose(3, say_wish(li, 1, "还在")), Outcome::default());
    assert_eq!(refusal(&world.propose(4, join_wish("赵六", 2))), Code::Removed);
    assert_eq!(refusal(&world.propose(4, join_wish("李四", 5))), Code::Removed);
    world.propose(5, act_wish(host, 2, remove(wang.member, false)));
    assert_eq!(seat(&world.propose(6, join_wish("王五", 3))).member, wang.member);
    // The ban stands in the log, not only in memory.
    let mut rebuilt = hosted(3, History::All);
    world.log.iter().for_each(|record| rebuilt.fold(record));
    assert_eq!(refusal(&propose(&mut rebuilt, 7, join_wish("李四", 5))), Code::Removed);
}

#[test]
fn in_slow_mode_members_wait_and_the_host_does_not() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    world.propose(1_000, act_wish(host, 1, Act::Set { title: None, slow_s: Some(5) }));
    world.propose(2_000, say_wish(li, 1, "一"));
    let refused = world.propose(4_000, say_wish(li, 2, "二")).answer.unwrap();
    assert_eq!(
        refused,
        Answer::Refused { code: Code::SlowMode, id: Some(id(2)), retry_after_ms: Some(3_000) }
    );
    assert_eq!(world.propose(7_000, say_wish(li, 2, "二")).records.len(), 1);
    for number in 2..4 {
        assert_eq!(world.propose(7_000, say_wish(host, number, "我")).records.len(), 1);
    }
}

#[test]
fn who_came_later_speaks_of_nothing_said_before() {
    let (mut world, [_, li, _]) = World::with_guests(History::FromJoin);
    let early = world.propose(2, say_wish(li, 1, "早")).records[0].event.seq;
    world.propose(3, Wish::Leave { by: li, fresh: epoch(1) });
    let back = seat(&world.propose(4, join_wish("李四", 2)));
    for act in [edit(early.0, "改"), recall(early.0)] {
        assert_eq!(refusal(&world.propose(5, act_wish(back, 2, act))), Code::UnknownTarget);
    }
}

/// A story of up to 80 proposals by four people, the first of them the host.
fn story() -> impl Strategy<Value = Vec<(u8, u8, u64)>> {
    proptest::collection::vec((0..4_u8, 0..11_u8, 0..200_000_u64), 0..80)
}

/// Plays a story, and demands on the way what must always hold.
fn play(story: &[(u8, u8, u64)], mut world: World) -> World {
    let names = ["张三", "李四", "王五", "赵六"];
    let tokens = [9, 2, 3, 4];
    let mut standings = [None; 4];
    for (step, (who, what, at)) in story.iter().enumerate() {
        let person = usize::from(*who);
        let number = u8::try_from(step).unwrap() + 1;
        let target = at % (world.state.tail().0 + 2);
        let wish = match (what, standings[person]) {
            (0..3, _) => join_wish(names[person], tokens[person]),
            (3, Some(by)) => Wish::Leave { by, fresh: epoch(number) },
            (4, Some(by)) => act_wish(by, number, edit(target, "改过")),
            (5, Some(by)) => act_wish(by, number, recall(target)),
            (6, Some(by)) => {
                let member = MemberId(u32::try_from(target).unwrap());
                act_wish(by, number, Act::Remove { member, ban: at % 2 == 0 })
            }
            (7, Some(by)) => act_wish(by, number, Act::Lock { locked: at % 2 == 0 }),
            (8, Some(by)) => act_wish(by, number / 2, Act::Set { title: None, slow_s: Some(1) }),
            (9 | 10, Some(by)) => say_wish(by, number, "原话"),
            _ => {
                Wish::Away { member: MemberId(u32::from(*who) + 1), since: Millis(*at), fresh: epoch(number) }
            }
        };
        let (tail, last_at) =
            (world.state.tail(), world.log.last().map_or(Millis(0), |record| record.event.at));
        let outcome = world.propose(*at, wish);
        for (record, expected) in outcome.records.iter().zip(tail.0 + 1..) {
            assert_eq!(record.event.seq, Seq(expected), "numbers have no holes");
            assert!(record.event.at >= last_at, "time never runs back");
        }
        if matches!(outcome.answer, Some(Answer::Refused { .. } | Answer::Stored { .. })) {
            assert!(outcome.records.is_empty() && outcome.rewrites.is_empty(), "a refusal changes nothing");
        }
        if let Some(Answer::Seated { standing, .. }) = &outcome.answer {
            standings[person] = Some(*standing);
        }
        let view = world.state.view().unwrap();
        assert!(view.roster.taken() <= usize::try_from(view.facts.capacity).unwrap());
    }
    world
}

fn worlds() -> [World; 2] {
    [lobby(), hosted(3, History::FromJoin)].map(|state| World { state, log: Vec::new() })
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
            prop_assert_eq!(rebuilt.view().map(|view| view.roster), world.state.view().map(|view| view.roster));
            prop_assert_eq!(rebuilt.tail(), world.state.tail());
        }
    }
}

#[test]
fn the_rules_are_pure() {
    let sources = [
        include_str!("../src/room/state.rs"),
        include_str!("../src/room/acts.rs"),
        include_str!("../src/room/proposal.rs"),
        include_str!("../src/room/seal.rs"),
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
