//! What the ledger does over a longer time, step by step.

use std::time::Duration;

use futures_util::FutureExt;
use shared::{Epoch, History, MemberId, MessageId, Millis, RoomId, Seq, Text, Token};

use super::storage_failures::world::{Kind, World};
use super::*;
use crate::names::fold;
use crate::room::proposal::{Act, Settings, Standing, Wish};
use crate::room::seal::TokenHash;

const ROOM: RoomId = RoomId::Link([1; 16]);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens a room and takes the seat of member 1.
fn furnish(world: &mut World) {
    let lobby = Settings::lobby(Epoch::new(&[1; 8]), u64::MAX / 4);
    let open = Wish::Open(Settings { history: History::All, restarts: false, ..lobby });
    let token = TokenHash::of(&Token::new(&[2; 32]));
    let join = Wish::Join { name: "李四".into(), folded: fold("李四"), token };
    world.ask(vec![(ROOM, open), (ROOM, join)]).unwrap();
}

fn says(numbers: std::ops::Range<u64>) -> Vec<(RoomId, Wish)> {
    let by = Standing { member: MemberId(1), since: Seq(2) };
    let say = |number| {
        let act = Act::Say { text: Text::parse(&format!("第{number}句")).unwrap(), reply_to: None };
        Wish::Act { by, id: MessageId::new(Millis(number), &[0; 10]), act, secret: None }
    };
    numbers.map(|number| (ROOM, say(number))).collect()
}

#[test]
fn an_index_that_cannot_be_written_bounds_what_is_in_memory() {
    let mut world = World::open(Kind::OneMachine, None, Duration::ZERO);
    furnish(&mut world);
    world.writer.behind_end = 40;
    let stored = (1..100).take_while(|number| world.ask(says(*number..*number + 1)).is_ok()).count();
    assert!((35..=41).contains(&stored), "{stored}");
    world.tick();
    world.check();
    world.index();
    assert!(world.ask(says(100..101)).is_ok(), "the index has come");
}

#[test]
fn a_restart_goes_on_with_what_is_left_to_delete() {
    let mut world = World::open(Kind::OneMachine, None, Duration::ZERO);
    furnish(&mut world);
    for thousand in 1..=10 {
        world.ask(says(thousand * 1_000..(thousand + 1) * 1_000)).unwrap();
        world.index();
    }
    world.pass(11 * DAY);
    let rings = |world: &mut World| {
        (1..50).find(|_| {
            world.tick();
            world.index();
            world.pass(Duration::from_secs(61));
            world.writer.is_expired_up_to(ROOM, Seq(10_000))
        })
    };
    let first = rings(&mut world).unwrap();
    assert!(first >= 5, "{first}");
    let (files, passed) = world.close();
    let mut world = World::open(Kind::OneMachine, Some(files.path()), passed);
    let again = rings(&mut world).unwrap();
    // One for the lobby, one to pass over full blocks, and one for the rest.
    assert!(again <= 3, "after {first} rings before the restart, {again} after it");
}

fn request(answers: &answers::Answers) -> Request {
    let proposal = Proposal { at: Millis(0), wish: Wish::Look };
    let reply = answers.place().unwrap();
    Request { room: RoomId::Lobby, life: None, proposal, id: None, reply, weight: None }
}

#[test]
fn who_waited_for_the_full_queue_has_slots_for_some_more_and_gives_the_rest_back() {
    let (ledger, mut requests) = Ledger::channel();
    let answers = answers::Answers::new(2 * LEDGER_QUEUE);
    let mut none = Slots::default();
    let full = (0..).find(|_| ledger.try_propose(request(&answers), &mut none).unwrap().is_some());
    assert_eq!(full, Some(LEDGER_QUEUE));
    let mut waits = Box::pin(ledger.propose_some(request(&answers)));
    let mut taken = Vec::new();
    for _ in 0..LEDGER_SLOTS {
        assert!(waits.as_mut().now_or_never().is_none(), "it waits for all of them");
        requests.recv_many(&mut taken, 1).now_or_never().unwrap();
    }
    let mut slots = waits.now_or_never().unwrap().unwrap();
    let others = |none: &mut Slots<'_>| ledger.try_propose(request(&answers), none).unwrap().is_none();
    assert!(!others(&mut none), "the slots are taken");
    for _ in 0..3 {
        assert!(ledger.try_propose(request(&answers), &mut slots).unwrap().is_none());
    }
    drop(slots);
    assert_eq!((0..LEDGER_SLOTS).filter(|_| others(&mut none)).count(), LEDGER_SLOTS - 4);
}
