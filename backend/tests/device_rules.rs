//! The rules for a member's devices alone: who may add one, what a recovery token is good for, and who is signed out.

mod world;

use backend::room::proposal::{Act, Answer, Standing, Wish};
use backend::room::tokens::TokenUse;
use shared::limits::{DEVICE_CHANGE_S, DEVICE_CHANGES, DEVICES_MAX};
use shared::{Code, DeviceChange, Fact, History, MemberId, RoomId, Seq};
use world::{World, act_wish, add_device, device, epoch, hash, id, join_wish, join_with, refusal, seat};

/// As a member who need not sit.
fn member(number: u32) -> Standing {
    Standing { member: MemberId(number), since: Seq(0) }
}

fn add(
    world: &mut World,
    number: u8,
    (once, shown): (bool, backend::room::seal::TokenHash),
) -> Option<Answer> {
    world.propose(9, act_wish(member(2), number, add_device(device(number), once, shown))).answer
}

fn refused(answer: Option<Answer>) -> Code {
    match answer {
        Some(Answer::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_device_of_a_member_comes_back_to_its_seat() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    assert_eq!(add(&mut world, 20, (false, hash(2))), Some(Answer::DeviceAdded));
    let change = &world.log.last().unwrap().event.fact;
    assert!(matches!(change, Fact::Devices { by: MemberId(2), change: DeviceChange::Added, .. }));
    assert_eq!(add(&mut world, 21, (false, device(20))), Some(Answer::DeviceAdded));
    for token in [hash(2), device(20), device(21)] {
        assert_eq!(seat(&world.propose(10, join_with("随便", token))), li);
    }
    world.propose(11, Wish::Leave { by: li, fresh: epoch(1) });
    // Nobody sits there, and the token counts.
    assert_eq!(add(&mut world, 22, (false, device(21))), Some(Answer::DeviceAdded));
    assert_eq!(seat(&world.propose(12, join_with("李四", device(22)))).member, MemberId(2));
    assert_eq!(refused(add(&mut world, 23, (false, hash(3)))), Code::NoToken, "it is another member's");
}

#[test]
fn recovery_token_takes_no_seat_and_adds_one_device() {
    let (mut world, _) = World::with_guests(History::All);
    add(&mut world, 20, (true, hash(2)));
    assert!(matches!(
        world.log.last().unwrap().event.fact,
        Fact::Devices { change: DeviceChange::BackedUp, .. }
    ));
    assert_eq!(refusal(&world.propose(10, join_with("李四", device(20)))), Code::NoToken);
    assert_eq!(refused(add(&mut world, 21, (true, device(20)))), Code::NoToken, "it makes no other one");
    assert_eq!(add(&mut world, 22, (false, device(20))), Some(Answer::DeviceAdded));
    assert_eq!(refused(add(&mut world, 23, (false, device(20)))), Code::SignedOut);
    assert_eq!(refusal(&world.propose(10, join_with("李四", device(20)))), Code::SignedOut);
    // A new one takes the place of the one before.
    add(&mut world, 24, (true, device(22)));
    add(&mut world, 25, (true, device(22)));
    assert_eq!(refused(add(&mut world, 26, (false, device(24)))), Code::SignedOut);
    assert_eq!(add(&mut world, 27, (false, device(25))), Some(Answer::DeviceAdded));
}

#[test]
fn same_id_adds_one_token_whatever_token_comes_second() {
    let (mut world, _) = World::with_guests(History::All);
    let wish = |number| Wish::Act {
        by: member(2),
        id: id(50),
        act: add_device(device(number), false, hash(2)),
        secret: None,
    };
    assert_eq!(world.propose(9, wish(20)).answer, Some(Answer::DeviceAdded));
    let tail = world.state.tail();
    assert_eq!(world.propose(9, wish(20)).answer, Some(Answer::Stored { id: id(50), seq: tail }));
    assert_eq!(refused(world.propose(9, wish(21)).answer), Code::IdReused);
    assert_eq!(world.state.tail(), tail);
}

#[test]
fn signing_out_leaves_one_token_and_the_host_stays_the_host() {
    let (mut world, [host, ..]) = World::with_guests(History::All);
    let add = |world: &mut World, number, once| {
        world.propose(9, act_wish(member(1), number, add_device(device(number), once, hash(9)))).answer
    };
    assert_eq!(add(&mut world, 20, false), Some(Answer::DeviceAdded));
    assert_eq!(add(&mut world, 21, true), Some(Answer::DeviceAdded));
    let sign_out = |number, kept| act_wish(host, number, Act::SignOutOthers { kept, shown: None });
    assert!(world.propose(10, sign_out(30, device(20))).record.is_some());
    for token in [hash(9), device(21)] {
        assert_eq!(refusal(&world.propose(11, join_with("张三", token))), Code::SignedOut);
        assert_eq!(refusal(&world.propose(11, Wish::Delete { token })), Code::SignedOut);
    }
    // Two devices sign each other out: the second one is signed out already.
    assert_eq!(refusal(&world.propose(11, sign_out(31, hash(9)))), Code::SignedOut);
    let back = world.propose(12, join_with("张三", device(20)));
    assert!(matches!(back.answer, Some(Answer::Seated { host: true, .. })));
    assert!(world.propose(13, act_wish(host, 32, Act::Lock { locked: true })).record.is_some());
    world.propose(14, Wish::Leave { by: host, fresh: epoch(1) });
    let view = world.state.view(RoomId::Lobby).unwrap();
    assert_eq!((view.facts.host, view.roster.taken()), (Some(MemberId(1)), 3), "its seat is kept");
    assert_eq!(view.roster.token_use(&hash(9)), Some((MemberId(1), TokenUse::Void)));
    assert!(matches!(
        world.propose(15, join_with("张三", device(20))).answer,
        Some(Answer::Seated { host: true, .. })
    ));
    assert!(world.propose(16, Wish::Delete { token: device(20) }).end.is_some());
}

#[test]
fn a_ban_holds_against_every_token() {
    let (mut world, [host, ..]) = World::with_guests(History::All);
    add(&mut world, 20, (false, hash(2)));
    add(&mut world, 21, (true, hash(2)));
    world.propose(10, act_wish(host, 30, Act::Remove { member: MemberId(2), ban: true, recall: false }));
    for token in [hash(2), device(20), device(21)] {
        assert_eq!(refusal(&world.propose(11, join_with("李四", token))), Code::Removed);
        assert_eq!(refused(add(&mut world, 22, (false, token))), Code::Removed);
    }
    world.propose(12, act_wish(host, 31, Act::Unban { member: MemberId(2) }));
    assert_eq!(seat(&world.propose(13, join_with("李四", device(20)))).member, MemberId(2));
}

#[test]
fn a_member_has_at_most_so_many_valid_tokens() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    let first = 20;
    let last = first + u8::try_from(DEVICES_MAX).unwrap() - 2;
    for number in first..=last {
        assert_eq!(add(&mut world, number, (number == first, hash(2))), Some(Answer::DeviceAdded));
    }
    assert_eq!(refused(add(&mut world, 60, (false, hash(2)))), Code::TooManyDevices);
    assert_eq!(add(&mut world, 60, (true, hash(2))), Some(Answer::DeviceAdded), "it replaces the one before");
    assert_eq!(add(&mut world, 61, (false, device(60))), Some(Answer::DeviceAdded), "it is void then");
    world.propose(10, act_wish(li, 90, Act::SignOutOthers { kept: hash(2), shown: None }));
    assert_eq!(add(&mut world, 62, (false, hash(2))), Some(Answer::DeviceAdded));
    assert_eq!(seat(&world.propose(11, join_wish("李四", 2))), li);
}

#[test]
fn changes_of_devices_have_a_pace_and_signing_out_is_left() {
    let (mut world, [_, li, _]) = World::with_guests(History::All);
    let at_once = u64::from(DEVICE_CHANGES);
    let back_up = |world: &mut World, number: u64, at| {
        let number = u8::try_from(number).unwrap();
        let wish = act_wish(member(2), 20 + number, add_device(device(number), true, hash(2)));
        world.propose(at, wish).answer
    };
    for number in 1..=at_once {
        assert_eq!(back_up(&mut world, number, 10), Some(Answer::DeviceAdded));
    }
    let each_ms = u64::from(DEVICE_CHANGE_S) * 1_000;
    match back_up(&mut world, at_once + 1, 10 + 1_000) {
        Some(Answer::Refused { code: Code::TooFast, retry_after_ms: Some(wait_ms), .. }) => {
            assert_eq!(wait_ms, each_ms - 1_000);
        }
        other => panic!("{other:?}"),
    }
    let sign_out = act_wish(li, 90, Act::SignOutOthers { kept: hash(2), shown: None });
    assert!(world.propose(10 + 2_000, sign_out).record.is_some(), "adding leaves it");
    assert_eq!(back_up(&mut world, at_once + 2, 10 + 2 * each_ms), Some(Answer::DeviceAdded));
    assert_eq!(refused(back_up(&mut world, at_once + 3, 10 + 2 * each_ms)), Code::TooFast);
    // The pace is another member's own, and outlasts the seat.
    world.propose(10 + 2 * each_ms, Wish::Leave { by: li, fresh: epoch(1) });
    assert_eq!(seat(&world.propose(10 + 2 * each_ms, join_wish("李四", 2))).member, MemberId(2));
    assert_eq!(refused(back_up(&mut world, at_once + 4, 10 + 2 * each_ms)), Code::TooFast);
    let host = act_wish(member(1), 99, add_device(device(99), false, hash(9)));
    assert_eq!(world.propose(10 + 2 * each_ms, host).answer, Some(Answer::DeviceAdded));
}
