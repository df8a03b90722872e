//! The rooms of a world, and the commands that are tried in them.

use std::path::Path;
use std::time::Duration;

use shared::{Epoch, History, MemberId, MessageId, Millis, RoomId, Seq, Text, Token};

use super::world::{Kind, World, recalls};
use crate::names::fold;
use crate::room::proposal::{Act, NewTitle, Permit, Settings, Standing, Wish};
use crate::room::seal::TokenHash;
use crate::room::words::Words;

/// A room with a host (member 1) and two guests; one seat is free.
pub(super) const HALL: RoomId = RoomId::Link([1; 16]);
/// A full room without a host, whose seats are kept for an hour.
pub(super) const CLUB: RoomId = RoomId::Link([2; 16]);
/// A room that nobody ever joined.
const EMPTY: RoomId = RoomId::Link([3; 16]);
/// A room that was deleted, and whose records are still there.
const DELETED: RoomId = RoomId::Link([4; 16]);
/// A room that its only member has left.
const LEFT: RoomId = RoomId::Link([7; 16]);
/// A room that does not exist yet.
const NEW: RoomId = RoomId::Link([6; 16]);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What is asked for at once, in a world.
pub(super) type Command = fn(&World) -> Vec<(RoomId, Wish)>;

/// Every kind of command, and batches that change several rooms.
pub(super) const COMMANDS: &[(&str, Command)] = &[
    ("open", |_| vec![(NEW, open(6, 2, None))]),
    ("look", |_| vec![(CLUB, Wish::Look), (NEW, Wish::Look)]),
    ("join", |_| vec![(HALL, join("赵六", 4))]),
    ("join again", |_| vec![(HALL, join("李四", 2)), (CLUB, join("钱七", 7))]),
    ("join a full room", |_| vec![(CLUB, join("赵六", 4))]),
    ("join a room that does not exist", |_| vec![(NEW, join("赵六", 4))]),
    ("say", |world| vec![act(world, 2, 50, say("你好"))]),
    ("say in another room", |_| vec![(CLUB, join("钱七", 7)), (CLUB, by(7, 2, 50, say("你好")))]),
    ("say the same again", |world| vec![act(world, 2, 1, say("第一句"))]),
    ("reply", |world| vec![act(world, 3, 51, Act::Say { text: text("是吗"), reply_to: Some(Seq(5)) })]),
    ("edit", |world| vec![act(world, 2, 52, edit(5, "改过"))]),
    ("edit again", |world| vec![act(world, 2, 53, edit(6, "又改"))]),
    ("recall", |world| vec![act(world, 2, 54, Act::Recall { target: Seq(5) })]),
    ("recall an edited message", |world| vec![act(world, 2, 55, Act::Recall { target: Seq(6) })]),
    ("recall what was just said", |world| {
        vec![act(world, 3, 56, Act::Recall { target: world.said_last(HALL) })]
    }),
    ("remove", |world| vec![act(world, 1, 57, Act::Remove { member: MemberId(2), ban: true, recall: true })]),
    ("unban", |world| {
        let remove = Act::Remove { member: MemberId(2), ban: true, recall: false };
        vec![act(world, 1, 58, remove), act(world, 1, 59, Act::Unban { member: MemberId(2) })]
    }),
    ("mute", |world| vec![act(world, 1, 60, Act::Mute { member: MemberId(2), for_s: 600 })]),
    ("lock", |world| vec![act(world, 1, 61, Act::Lock { locked: true })]),
    ("set", |world| {
        let words = Some(Words::parse(&["坏话".to_owned()]).unwrap());
        vec![act(world, 1, 62, Act::Set { title: NewTitle::parse("厅").ok(), slow_s: Some(5), words })]
    }),
    ("add a device", |world| vec![act(world, 2, 80, add_device(30, false, 2))]),
    ("add a device again", |world| {
        vec![act(world, 2, 80, add_device(30, false, 2)), act(world, 2, 80, add_device(31, false, 2))]
    }),
    ("make a recovery link and use it twice", |world| {
        vec![
            act(world, 2, 81, add_device(32, true, 2)),
            act(world, 2, 82, add_device(33, false, 32)),
            act(world, 2, 83, add_device(34, false, 32)),
            (HALL, join("李四", 33)),
        ]
    }),
    ("sign out other devices", |world| {
        let sign_out = Act::SignOutOthers { kept: token(35), shown: None };
        vec![
            act(world, 1, 84, add_device(35, false, 9)),
            act(world, 1, 85, sign_out),
            (HALL, join("张三", 9)),
            (HALL, delete(9)),
            (HALL, join("张三", 35)),
        ]
    }),
    ("add a device of a former member", |_| {
        let by = Standing { member: MemberId(1), since: Seq(0) };
        let act = add_device(36, false, 11);
        vec![(LEFT, Wish::Act { by, id: id(86), act, secret: None }), (LEFT, join("卫八", 36))]
    }),
    ("what only the host may", |world| vec![act(world, 2, 63, Act::Lock { locked: true })]),
    ("leave", |world| vec![(HALL, Wish::Leave { by: world.standing(HALL, 2), fresh: epoch(20) })]),
    ("leave the lobby, which begins again", |world| vec![leave_lobby(world)]),
    ("free a seat", |_| vec![(CLUB, away(1))]),
    ("free a seat of somebody who was seen", |_| vec![(HALL, join("李四", 2)), (HALL, away(2))]),
    ("free the last seat of the lobby", |_| vec![(RoomId::Lobby, away(1))]),
    ("recall for a removal", |_| {
        let recall = |target| Wish::RecallForRemoval { member: MemberId(4), target: Seq(target), id: id(99) };
        vec![(HALL, recall(9)), (HALL, recall(8))]
    }),
    ("delete", |_| vec![(HALL, delete(9))]),
    ("delete without the right", |_| vec![(HALL, delete(2)), (NEW, delete(2))]),
    ("delete what nobody joined", |_| vec![(EMPTY, Wish::Expire), (HALL, Wish::Expire)]),
    ("delete and open again", |_| vec![(HALL, delete(9)), (HALL, open(8, 2, None)), (HALL, join("孙八", 8))]),
    ("many rooms at once", |world| {
        vec![
            (RoomId::Lobby, join("孙八", 8)),
            leave_lobby(world),
            (EMPTY, join("孙八", 8)),
            act(world, 2, 70, say("一起")),
            act(world, 2, 71, edit(5, "一起改")),
            (HALL, join("孙八", 8)),
            (NEW, open(6, 2, None)),
            (NEW, join("孙八", 8)),
            (CLUB, join("钱七", 7)),
            (CLUB, away(1)),
        ]
    }),
    ("a batch that ends with a deletion", |world| {
        vec![act(world, 2, 72, say("最后")), leave_lobby(world), (HALL, delete(9))]
    }),
];

/// What time brings once so much of it has passed.
pub(super) const TIMES: &[(&str, Duration)] = &[
    ("marks, deleted records, recalls", Duration::ZERO),
    ("seats", HOUR.saturating_mul(2)),
    ("rooms nobody joined", HOUR.saturating_mul(25)),
    ("retention", HOUR.saturating_mul(24 * 11)),
];

/// Stores the rooms, from which each world begins.
pub(super) fn furnish(world: &mut World) {
    let mut ask = |wishes| {
        let told = world.ask(wishes).unwrap();
        world.pass(Duration::from_secs(1));
        told
    };
    ask(vec![(RoomId::Lobby, join("赵六", 4))]);
    ask(vec![(HALL, open(1, 4, Some(9)))]);
    for (name, token) in [("张三", 9), ("李四", 2), ("王五", 3)] {
        ask(vec![(HALL, join(name, token))]);
    }
    ask(vec![(HALL, by(2, 3, 1, say("第一句"))), (HALL, by(2, 3, 2, say("第二句")))]);
    ask(vec![(HALL, join("周九", 6))]);
    ask(vec![(HALL, by(4, 7, 1, say("广告"))), (HALL, by(4, 7, 2, say("还是广告")))]);
    ask(vec![(HALL, by(1, 2, 3, Act::Remove { member: MemberId(4), ban: true, recall: true }))]);
    ask(vec![(HALL, by(2, 3, 3, edit(6, "第二句改")))]);
    ask(vec![(CLUB, open(2, 2, None)), (CLUB, join("钱七", 7)), (CLUB, join("吴十", 10))]);
    let left = Wish::Leave { by: Standing { member: MemberId(1), since: Seq(2) }, fresh: epoch(7) };
    ask(vec![(EMPTY, open(3, 2, None)), (LEFT, open(7, 2, None)), (LEFT, join("卫八", 11)), (LEFT, left)]);
    ask(vec![(DELETED, open(4, 2, Some(9))), (DELETED, join("张三", 9)), (DELETED, delete(9))]);
    assert!(recalls(world, HALL));
}

/// A world with those rooms. What was said last is not in the index.
pub(super) fn begin(kind: Kind, files: &Path, passed: Duration) -> World {
    let mut world = World::open(kind, Some(files), passed);
    world.ask(vec![(HALL, Wish::Look), (HALL, join("王五", 3))]).unwrap();
    let said = vec![act(&world, 3, 40, say("第三句")), act(&world, 3, 41, say("第四句"))];
    world.ask(said).unwrap();
    world.marked(HALL, 2);
    world
}

fn act(world: &World, member: u32, number: u8, act: Act) -> (RoomId, Wish) {
    let by = world.standing(HALL, member);
    (HALL, Wish::Act { by, id: id(number), act, secret: Some([number; 16]) })
}

fn by(member: u32, since: u64, number: u8, act: Act) -> Wish {
    let by = Standing { member: MemberId(member), since: Seq(since) };
    Wish::Act { by, id: id(number), act, secret: Some([number; 16]) }
}

fn id(number: u8) -> MessageId {
    MessageId::new(Millis(u64::from(number)), &[0; 10])
}

fn epoch(number: u8) -> Epoch {
    Epoch::new(&[number; 8])
}

fn token(number: u8) -> TokenHash {
    TokenHash::of(&Token::new(&[number; 32]))
}

fn text(text: &str) -> Text {
    Text::parse(text).unwrap()
}

fn say(said: &str) -> Act {
    Act::Say { text: text(said), reply_to: None }
}

fn edit(target: u64, to: &str) -> Act {
    Act::Edit { target: Seq(target), text: text(to) }
}

fn add_device(number: u8, once: bool, shown: u8) -> Act {
    Act::AddDevice { token: token(number), once, shown: token(shown), permit: Permit::Seat }
}

fn join(name: &str, number: u8) -> Wish {
    Wish::Join { name: name.into(), folded: fold(name), token: token(number) }
}

fn delete(number: u8) -> Wish {
    Wish::Delete { token: token(number) }
}

fn away(member: u32) -> Wish {
    Wish::Away { member: MemberId(member), since: Millis(u64::MAX / 4), fresh: epoch(21) }
}

fn leave_lobby(world: &World) -> (RoomId, Wish) {
    (RoomId::Lobby, Wish::Leave { by: world.standing(RoomId::Lobby, 1), fresh: epoch(22) })
}

fn open(number: u8, capacity: u32, host: Option<u8>) -> Wish {
    let hour = u64::try_from(HOUR.as_millis()).unwrap();
    let lobby = Settings::lobby(epoch(number), hour);
    let host = host.map(token);
    Wish::Open(Settings { capacity, history: History::All, restarts: false, host, ..lobby })
}
