//! The rules for bans, mutes, and for recalling what a removed member said. No server, no clock, no storage.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod world;

use backend::room::members::Whom;
use backend::room::proposal::{Act, Answer, Outcome, Wish};
use backend::room::state::RoomState;
use proptest::prelude::*;
use shared::{Code, Fact, GoneWhy, History, MemberId, Millis, RoomId, Seq};
use world::{World, act_wish, edit, hosted, id, join_wish, recall, refusal, say_wish, seat};

const fn remove(member: MemberId, recall: bool) -> Act {
    Act::Remove { member, ban: true, recall }
}

const fn mute(member: MemberId, for_s: u32) -> Act {
    Act::Mute { member, for_s }
}

fn recall_for_removal(member: MemberId, target: u64, number: u8) -> Wish {
    Wish::RecallForRemoval { member, target: Seq(target), id: id(number) }
}

/// The code of a refusal, and when to come again.
fn wait(outcome: &Outcome) -> (Code, Option<u64>) {
    match &outcome.answer {
        Some(Answer::Refused { code, retry_after_ms, .. }) => (*code, *retry_after_ms),
        other => panic!("{other:?}"),
    }
}

/// The room as it is rebuilt from its records, and from what the index keeps of it.
fn rebuilt(world: &World) -> [RoomState; 2] {
    let mut rebuilt = hosted(3, History::All);
    world.log.iter().for_each(|record| rebuilt.fold(record));
    let restored = RoomState::restore(rebuilt.head().unwrap(), rebuilt.members().clone());
    [rebuilt, restored]
}

fn banned(state: &RoomState) -> Vec<(u32, u64)> {
    let view = state.view(RoomId::Lobby).unwrap();
    view.roster.bans().map(|ban| (ban.member.0, ban.at.0)).collect()
}

#[test]
fn a_lifted_ban_lets_the_token_in_again() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    world.propose(7, act_wish(host, 1, remove(li.member, false)));
    assert_eq!(banned(&world.state), [(2, 7)]);
    assert_eq!(
        refusal(&world.propose(8, act_wish(wang, 1, Act::Unban { member: li.member }))),
        Code::NotHost
    );
    let unban = world.propose(9, act_wish(host, 2, Act::Unban { member: li.member }));
    let seq = unban.record.unwrap().event.seq;
    let again = world.propose(9, act_wish(host, 2, Act::Unban { member: li.member })).answer;
    assert_eq!(again, Some(Answer::Stored { id: id(2), seq }), "it is stored once");
    for member in [li.member, wang.member, MemberId(9)] {
        let unban = world.propose(10, act_wish(host, 3, Act::Unban { member }));
        assert_eq!(refusal(&unban), Code::UnknownTarget, "{member:?} is not banned");
    }
    for state in rebuilt(&world) {
        assert_eq!(banned(&state), []);
    }
    assert_eq!(seat(&world.propose(11, join_wish("李四", 2))).member, li.member);
}

#[test]
fn a_muted_member_neither_says_nor_edits_until_the_mute_ends() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    let said = world.propose(500, say_wish(li, 1, "早")).record.unwrap().event.seq.0;
    let muted = world.propose(1_000, act_wish(host, 1, mute(li.member, 600))).record.unwrap();
    let fact = Fact::Muted { by: host.member, id: id(1), member: li.member, until: Some(Millis(601_000)) };
    assert_eq!(muted.event.fact, fact);
    assert_eq!(wait(&world.propose(2_000, say_wish(li, 2, "在吗"))), (Code::Muted, Some(599_000)));
    assert_eq!(wait(&world.propose(2_000, act_wish(li, 2, edit(said, "改")))), (Code::Muted, Some(599_000)));
    assert!(world.propose(2_000, act_wish(li, 3, recall(said))).record.is_some(), "one may take back");
    assert!(world.propose(2_000, say_wish(wang, 1, "我能说")).record.is_some());
    for state in rebuilt(&world) {
        let view = state.view(RoomId::Lobby).unwrap();
        let until: Vec<_> = view.roster.seated().map(|member| member.muted_until).collect();
        assert_eq!(until, [None, Some(Millis(601_000)), None]);
    }
    // It lasts through leaving and coming back, and ends by itself.
    world.propose(3_000, Wish::Leave { by: li, fresh: world::epoch(1) });
    let li = seat(&world.propose(4_000, join_wish("李四", 2)));
    assert_eq!(wait(&world.propose(600_999, say_wish(li, 4, "还没"))), (Code::Muted, Some(1)));
    assert!(world.propose(601_000, say_wish(li, 4, "到了")).record.is_some());
    // The host lifts one.
    world.propose(602_000, act_wish(host, 2, mute(li.member, 60)));
    let lifted = world.propose(603_000, act_wish(host, 3, mute(li.member, 0))).record.unwrap();
    assert!(matches!(lifted.event.fact, Fact::Muted { until: None, .. }));
    assert!(world.propose(603_001, say_wish(li, 5, "谢谢")).record.is_some());
}

#[test]
fn only_the_host_mutes_and_not_itself() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    assert_eq!(refusal(&world.propose(2, act_wish(li, 1, mute(wang.member, 60)))), Code::NotHost);
    assert_eq!(refusal(&world.propose(2, act_wish(host, 1, mute(host.member, 60)))), Code::BadMessage);
    assert_eq!(refusal(&world.propose(2, act_wish(host, 1, mute(MemberId(9), 60)))), Code::UnknownTarget);
}

#[test]
fn only_the_host_s_mute_reads_a_former_member() {
    let (mut world, [host, li, wang]) = World::with_guests(History::All);
    let removal = Act::Remove { member: li.member, ban: false, recall: false };
    world.propose(2, act_wish(host, 1, removal));
    assert_eq!(world.state.forget_former(|_| true), [li.member]);
    let wanted = |by| world.state.former_wanted(&act_wish(by, 2, mute(li.member, 60)));
    assert_eq!(wanted(host), Some(Whom::Number(li.member)));
    assert_eq!(wanted(wang), None, "it is refused, whoever the other is");
    assert_eq!(refusal(&world.propose(3, act_wish(wang, 2, mute(li.member, 60)))), Code::NotHost);
}

#[test]
fn what_a_removed_member_said_is_recalled_in_the_hosts_name() {
    let (mut world, [host, li, wang]) = World::with_guests(History::FromJoin);
    let first = world.propose(2, say_wish(li, 1, "垃圾一")).record.unwrap().event.seq.0;
    let other = world.propose(3, say_wish(wang, 1, "好话")).record.unwrap().event.seq.0;
    let second = world.propose(4, say_wish(li, 2, "垃圾二")).record.unwrap().event.seq.0;
    world.propose(5, act_wish(li, 3, edit(second, "垃圾三")));
    assert_eq!(
        world.propose(6, recall_for_removal(li.member, second, 9)),
        Outcome::default(),
        "nobody asked"
    );
    world.propose(7, act_wish(host, 1, remove(li.member, true)));
    assert_eq!(
        world.propose(8, recall_for_removal(li.member, other, 9)),
        Outcome::default(),
        "not its message"
    );
    assert_eq!(world.propose(8, recall_for_removal(wang.member, other, 9)), Outcome::default());
    for target in [second, first] {
        let outcome = world.propose(9, recall_for_removal(li.member, target, 9));
        assert!(matches!(&outcome.record.as_ref().unwrap().event.fact,
            Fact::Recalled { by, target: of, .. } if *by == host.member && of.0 == target));
        assert!(outcome.rewrites.iter().all(|event| matches!(event.fact,
            Fact::Gone { recalled_by: Some(by), why: GoneWhy::Recalled, .. } if by == host.member)));
        assert_eq!(world.propose(9, recall_for_removal(li.member, target, 9)), Outcome::default(), "once");
    }
    assert!(!world.texts().contains("垃圾") && world.texts().contains("好话"));
}

#[test]
fn what_a_removed_member_says_after_coming_back_stays() {
    let (mut world, [host, li, _]) = World::with_guests(History::All);
    world.propose(2, say_wish(li, 1, "之前"));
    let act = Act::Remove { member: li.member, ban: false, recall: true };
    world.propose(3, act_wish(host, 1, act));
    let li = seat(&world.propose(4, join_wish("李四", 2)));
    let said = world.propose(5, say_wish(li, 2, "之后")).record.unwrap().event.seq.0;
    assert_eq!(world.propose(6, recall_for_removal(li.member, said, 9)), Outcome::default());
}

/// What the host and a guest do: mute for so many seconds, speak, and edit, at these times.
fn steps() -> impl Strategy<Value = Vec<(u8, u32, u64)>> {
    proptest::collection::vec((0..3_u8, 0..20_u32, 0..60_000_u64), 1..60)
}

proptest! {
    #[test]
    fn a_message_is_stored_only_while_its_author_is_not_muted(steps in steps()) {
        let (mut world, [host, li, _]) = World::with_guests(History::All);
        let said = world.propose(2, say_wish(li, 1, "原话")).record.unwrap().event.seq.0;
        let (mut until, mut last) = (0, 2);
        for (number, (what, for_s, at)) in (2_u8..).zip(steps) {
            // Time in the room never runs back, whatever the clock does.
            let time = last.max(at);
            let outcome = match what {
                0 => world.propose(at, act_wish(host, number, mute(li.member, for_s))),
                1 => world.propose(at, say_wish(li, number, "又")),
                _ => world.propose(at, act_wish(li, number, edit(said, "改"))),
            };
            match what {
                0 => {
                    prop_assert!(outcome.record.is_some());
                    until = if for_s == 0 { 0 } else { time + u64::from(for_s) * 1_000 };
                }
                _ if time < until => prop_assert_eq!(wait(&outcome), (Code::Muted, Some(until - time))),
                _ => prop_assert!(outcome.record.is_some()),
            }
            if outcome.record.is_some() {
                last = time;
            }
        }
        for state in rebuilt(&world) {
            let roster = |state: &RoomState| state.view(RoomId::Lobby).map(|view| view.roster);
            prop_assert_eq!(roster(&state), roster(&world.state));
        }
    }
}
