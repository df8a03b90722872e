//! A story: proposals of four people, decided one after the other. Told by property tests and by what fuzzing found.

use backend::room::proposal::{Act, Answer, Wish};
use backend::room::words::Words;
use shared::limits::DEVICES_MAX;
use shared::{History, MemberId, Millis, RoomId, Seq};

use super::{
    World, act_wish, add_device, device, edit, epoch, hash, hosted, id, join_wish, join_with, lobby, recall,
    say_wish,
};

/// How many steps a story may have: each has a number of its own, which is a byte.
pub const STEPS: usize = 254;

/// Plays a story, and demands on the way what must always hold.
pub fn play(story: &[(u8, u8, u64)], mut world: World) -> World {
    let names = ["张三", "李四", "王五", "赵六"];
    let tokens = [9, 2, 3, 4];
    let mut standings = [None; 4];
    // The newest token of each, valid or not.
    let mut newest = tokens.map(hash);
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
                act_wish(by, number, Act::Remove { member, ban: at % 2 == 0, recall: at % 3 == 0 })
            }
            (7, Some(by)) => act_wish(by, number, Act::Lock { locked: at % 2 == 0 }),
            (8, Some(by)) => act_wish(by, number / 2, Act::Set { title: None, slow_s: Some(1), words: None }),
            (11, Some(by)) => {
                let typed = if at % 3 == 0 { vec![] } else { vec!["原 話".to_owned()] };
                let words = Some(Words::parse(&typed).unwrap());
                act_wish(by, number, Act::Set { title: None, slow_s: None, words })
            }
            (12, Some(by)) => {
                let member = MemberId(u32::try_from(at % 5).unwrap());
                act_wish(by, number, Act::Mute { member, for_s: u32::try_from(at % 100).unwrap() })
            }
            (13, Some(by)) => {
                act_wish(by, number, Act::Unban { member: MemberId(u32::try_from(at % 5).unwrap()) })
            }
            (14, _) => {
                let member = MemberId(u32::from(*who) + 1);
                Wish::RecallForRemoval { member, target: Seq(target), id: id(number) }
            }
            (9 | 10, Some(by)) => say_wish(by, number, "原话"),
            (16, Some(by)) => {
                let shown = if at % 3 == 0 { hash(tokens[person]) } else { newest[person] };
                newest[person] = device(number);
                act_wish(
                    by,
                    if at % 5 == 0 { number - 1 } else { number },
                    add_device(newest[person], at % 2 == 0, shown),
                )
            }
            (17, Some(by)) => act_wish(by, number, Act::SignOutOthers { kept: newest[person], shown: None }),
            (18, _) => join_with(names[person], newest[person]),
            _ => {
                Wish::Away { member: MemberId(u32::from(*who) + 1), since: Millis(*at), fresh: epoch(number) }
            }
        };
        let (tail, last_at) =
            (world.state.tail(), world.log.last().map_or(Millis(0), |record| record.event.at));
        let outcome = world.propose(*at, wish);
        for (record, expected) in outcome.record.iter().zip(tail.0 + 1..) {
            assert_eq!(record.event.seq, Seq(expected), "numbers have no holes");
            assert!(record.event.at >= last_at, "time never runs back");
        }
        assert!(!matches!(outcome.answer, Some(Answer::DeviceAdded)) || outcome.record.is_some());
        if matches!(outcome.answer, Some(Answer::Refused { .. } | Answer::Stored { .. })) {
            assert!(outcome.record.is_none() && outcome.rewrites.is_empty(), "a refusal changes nothing");
        }
        if let Some(Answer::Seated { standing, .. }) = &outcome.answer {
            standings[person] = Some(*standing);
        }
        let view = world.state.view(RoomId::Lobby).unwrap();
        assert!(view.roster.taken() <= usize::try_from(view.facts.capacity).unwrap());
        for member in (1..=4).map(MemberId).filter(|member| view.roster.has(*member)) {
            let valid = view.roster.valid_tokens(member);
            assert!((1..=DEVICES_MAX).contains(&valid), "{valid} tokens");
        }
    }
    world
}

/// The lobby, and a room with a host.
pub fn worlds() -> [World; 2] {
    [lobby(), hosted(3, History::FromJoin)].map(|state| World { state, log: Vec::new() })
}

/// The story in some bytes: four for each step.
pub fn read(bytes: &[u8]) -> Vec<(u8, u8, u64)> {
    // Bytes below 240 mean what they meant before there were more than 12 kinds, and those below 248 before there were more
    // than 16: stories that were kept stay the same.
    let kind = |byte: u8| match byte {
        0..240 => byte % 12,
        240..248 => 12 + byte % 4,
        248.. => 16 + byte % 3,
    };
    let step =
        |step: &[u8; 4]| (step[0] % 4, kind(step[1]), u64::from(u16::from_be_bytes([step[2], step[3]])) * 4);
    bytes.as_chunks().0.iter().take(STEPS).map(step).collect()
}
