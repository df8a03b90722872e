//! Rooms that many people came to and left: what stays in memory, what comes back, and what a join costs.

use std::time::Duration;

use shared::{Epoch, History, MemberId, Millis, RoomId, Seq, Token};

use super::storage_failures::world::{Kind, World};
use crate::names::fold;
use crate::room::marks::Mark;
use crate::room::proposal::{Act, Settings, Wish};
use crate::room::seal::TokenHash;

const ROOM: RoomId = RoomId::Link([1; 16]);

/// Members that may be in memory of a room with two seats: those who sit, and those of whom the tail speaks. The tail holds 16 KB,
/// and the shortest pair of `joined` and `left` takes more than 128 bytes.
const BOUND: usize = 2 + 16 * 1_024 / 128;

fn token(number: u32) -> TokenHash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    TokenHash::of(&Token::new(&bytes))
}

fn join(number: u32) -> (RoomId, Wish) {
    let digits = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    let digit = |at: u32| digits[(number / 10_u32.pow(at) % 10) as usize];
    let name: String = (0..4).map(digit).collect();
    (ROOM, Wish::Join { folded: fold(&name), name: name.into(), token: token(number) })
}

/// A room of two seats whose host, member 1, sits there.
fn open(kind: Kind) -> World {
    let mut world = World::open(kind, None, Duration::ZERO);
    let settings = Settings {
        history: History::All,
        restarts: false,
        host: Some(token(0)),
        ..Settings::lobby(Epoch::new(&[1; 8]), u64::MAX / 4)
    };
    world.ask(vec![(ROOM, Wish::Open(settings)), join(0)]).unwrap();
    world
}

/// These guests come and leave again, one after the other.
fn visit(world: &mut World, guests: std::ops::Range<u32>) {
    for guest in guests {
        world.ask(vec![join(guest)]).unwrap();
        leave(world, guest + 1);
        if guest % 500 == 0 {
            settle(world);
        }
    }
    settle(world);
}

fn leave(world: &mut World, member: u32) {
    let by = world.standing(ROOM, member);
    world.ask(vec![(ROOM, Wish::Leave { by, fresh: Epoch::new(&[2; 8]) })]).unwrap();
}

/// The index comes to where the log is, and the timer rings until it is stored who is away.
fn settle(world: &mut World) {
    world.index();
    for _ in 0..4 {
        world.pass(Duration::from_secs(4));
        world.tick();
    }
}

/// What is kept of a member that is in memory.
fn told_of(world: &World, member: MemberId) -> String {
    serde_json::to_string(world.writer.loaded[&ROOM].state.member_state(member).unwrap()).unwrap()
}

fn in_memory(world: &World) -> (usize, usize) {
    let loaded = &world.writer.loaded[&ROOM];
    (loaded.state.members().loaded(), loaded.room.members_in_memory())
}

#[test]
fn memory_of_a_room_follows_its_seats() {
    for kind in [Kind::OneMachine, Kind::ClusterNode] {
        let mut world = open(kind);
        // Somebody looks at it all the time, so it is not unloaded.
        let held = world.writer.rooms.get(ROOM);
        visit(&mut world, 1..2_001);
        let (state, room) = in_memory(&world);
        assert_eq!(state, 1, "only the host sits");
        assert!(room <= BOUND, "{room} members in a room of two seats");
        assert_eq!(world.writer.loaded[&ROOM].state.members().count(), 2_001);
        // A join makes its lists of those who are in memory, and reads one member by its token.
        world.ask(vec![join(2_001)]).unwrap();
        let (state, room) = in_memory(&world);
        assert!(state == 2 && room <= BOUND, "{state} and {room} after a join");
        // So does a load.
        leave(&mut world, 2_002);
        settle(&mut world);
        drop(held);
        world.cool(ROOM);
        world.ask(vec![join(2_002)]).unwrap();
        assert_eq!(in_memory(&world), (2, 2));
    }
}

#[test]
fn a_forgotten_member_comes_back_as_itself() {
    for kind in [Kind::OneMachine, Kind::ClusterNode] {
        let mut world = open(kind);
        world.ask(vec![join(1)]).unwrap();
        world.writer.rooms.get(ROOM).unwrap().remember_mark(MemberId(2), Seq(2));
        leave(&mut world, 2);
        visit(&mut world, 2..202);
        assert!(world.writer.loaded[&ROOM].state.member_state(MemberId(2)).is_none(), "it is forgotten");
        // The host mutes it while it is away; it comes back under its number.
        let host = world.standing(ROOM, 1);
        let mute = Act::Mute { member: MemberId(2), for_s: 3_600 };
        let id = shared::MessageId::new(Millis(1), &[1; 10]);
        world.ask(vec![(ROOM, Wish::Act { by: host, id, act: mute, secret: None })]).unwrap();
        settle(&mut world);
        world.ask(vec![join(1)]).unwrap();
        let seated = world.standing(ROOM, 2);
        let before = told_of(&world, MemberId(2));
        assert!(before.contains("muted_until"), "the mute holds: {before}");
        assert_eq!(world.writer.loaded[&ROOM].state.members().count(), 202, "no new number was given");
        world.index();
        world.cool(ROOM);
        world.ask(vec![(ROOM, Wish::Look)]).unwrap();
        assert_eq!(world.standing(ROOM, 2), seated);
        assert_eq!(told_of(&world, MemberId(2)), before);
    }
}

#[test]
fn the_mark_of_a_host_who_left_is_kept() {
    let mut world = open(Kind::OneMachine);
    let life = world.writer.rooms.get(ROOM).unwrap().life();
    world.writer.log.mark(life, MemberId(1), &Mark { read: Seq(2), away: None }).unwrap();
    leave(&mut world, 1);
    world.index();
    world.cool(ROOM);
    world.ask(vec![join(0)]).unwrap();
    world.writer.rooms.get(ROOM).unwrap().put_unsaved([MemberId(1)]);
    world.writer.store_marks();
    assert_eq!(world.writer.log.mark_of(life, MemberId(1)).unwrap().read, Seq(2));
}

#[test]
fn a_member_is_kept_until_the_index_has_it() {
    let mut world = open(Kind::OneMachine);
    for guest in 1..=300 {
        world.ask(vec![join(guest)]).unwrap();
        leave(&mut world, guest + 1);
    }
    world.tick();
    assert_eq!(in_memory(&world).0, 301, "nothing is indexed");
    settle(&mut world);
    assert_eq!(in_memory(&world).0, 1);
}

#[test]
fn a_banned_member_is_refused_however_many_came_since() {
    let mut world = open(Kind::OneMachine);
    world.ask(vec![join(1)]).unwrap();
    let by = world.standing(ROOM, 1);
    let act = Act::Remove { member: MemberId(2), ban: true, recall: false };
    let id = shared::MessageId::new(Millis(1), &[1; 10]);
    world.ask(vec![(ROOM, Wish::Act { by, id, act, secret: None })]).unwrap();
    visit(&mut world, 2..302);
    world.cool(ROOM);
    let told = world.ask(vec![join(1)]).unwrap();
    assert!(told[0].contains("Removed"), "{told:?}");
    assert_eq!(in_memory(&world).0, 2, "the host and the banned member");
}
