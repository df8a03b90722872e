//! Members whose names an earlier version told apart, and this one does not.

use std::time::Duration;

use shared::{Epoch, RoomId, Token};

use super::storage_failures::world::{Kind, World};
use crate::names::{Folded, fold};
use crate::room::proposal::{Settings, Wish};
use crate::room::seal::TokenHash;

const ROOM: RoomId = RoomId::Link([1; 16]);

fn join(name: &str, folded: Folded, token: u8) -> Vec<(RoomId, Wish)> {
    vec![(ROOM, Wish::Join { name: name.into(), folded, token: TokenHash::of(&Token::new(&[token; 32])) })]
}

/// A join as a version with other tables would have asked for it.
fn old_join(name: &str, token: u8) -> Vec<(RoomId, Wish)> {
    join(name, serde_json::from_value(format!("{name}, folded otherwise").into()).unwrap(), token)
}

#[test]
fn members_with_alike_names_of_old_come_back_to_their_seats() {
    for (kind, indexed) in [
        (Kind::OneMachine, false),
        (Kind::OneMachine, true),
        (Kind::ClusterNode, false),
        (Kind::ClusterNode, true),
    ] {
        let mut world = World::open(kind, None, Duration::ZERO);
        let settings =
            Settings { capacity: 9, restarts: false, ..Settings::lobby(Epoch::new(&[1; 8]), u64::MAX / 4) };
        world.ask(vec![(ROOM, Wish::Open(settings))]).unwrap();
        world.ask(old_join("曾勇", 1)).unwrap();
        let told = world.ask(old_join("曽勇", 2)).unwrap();
        assert!(told[0].contains("曽勇"), "the version that let both in: {told:?}");
        if indexed {
            world.index();
        }
        world.cool(ROOM);
        for (name, token) in [("曾勇", 1), ("曽勇", 2), ("曾勇", 1)] {
            let told = world.ask(join(name, fold(name), token)).unwrap();
            assert!(told[0].contains(name), "{kind:?}: {told:?}");
        }
        // Neither name is free, however the tables folded it when it was taken.
        for name in ["曾勇", "曽勇"] {
            let told = world.ask(join(name, fold(name), 3)).unwrap();
            assert!(told[0].contains("NameTaken"), "{kind:?}: {told:?}");
        }
    }
}
