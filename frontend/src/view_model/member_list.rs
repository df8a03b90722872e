//! The order of the member list, and the filter over it. Knows no browser.

use shared::{MemberId, Readings};

use super::mention::matches;
use crate::state::Room;

/// The list has a filter from this many members on.
pub const FILTER_MIN: usize = 10;

/// Everyone seated: oneself, the host, those online, the others. Within each group the earliest member comes first.
pub fn ordered(room: &Room) -> Vec<MemberId> {
    let host = room.host_member();
    let mut members = room.seated.clone();
    members.sort_by_key(|member| {
        (*member != room.me, Some(*member) != host, room.online.binary_search(member).is_err())
    });
    if !room.seated.contains(&room.me) {
        members.insert(0, room.me);
    }
    members
}

/// The members whose name has what was typed in it: as characters, in pinyin, or in its initials.
pub fn filtered(room: &Room, members: Vec<MemberId>, typed: &str, readings: &Readings) -> Vec<MemberId> {
    let typed = typed.trim();
    let fits = |member: &MemberId| room.name(*member).is_some_and(|name| matches(name, typed, readings));
    members.into_iter().filter(|member| typed.is_empty() || fits(member)).collect()
}

#[cfg(test)]
mod tests {
    use shared::{Epoch, History, Member, Name, NameRule, Replay, RoomFacts, RoomId, You};

    use super::*;

    fn name(text: &str) -> Name {
        NameRule::Common.parse(text).unwrap()
    }

    fn room(names: &[&str], me: u32, host: Option<u32>, online: &[u32]) -> Room {
        let facts = RoomFacts {
            id: RoomId::Link([7; 16]),
            epoch: Epoch::new(&[1; 8]),
            title: None,
            capacity: 200,
            locked: false,
            history: History::All,
            slow_s: 0,
            host: None,
        };
        let members: Vec<Member> = (1..)
            .zip(names)
            .map(|(n, text)| Member {
                member: MemberId(n),
                name: name(text),
                joined: None,
                muted_until: None,
            })
            .collect();
        let own = members[me as usize - 1].name.clone();
        let you =
            You { member: MemberId(me), name: own, host: host == Some(me), token: None, muted_until: None };
        let mut room = Room::welcomed(None, facts, &you, &members, Replay::Reset);
        room.facts.host = host.map(MemberId);
        room.online = online.iter().copied().map(MemberId).collect();
        room
    }

    fn numbers(members: Vec<MemberId>) -> Vec<u32> {
        members.into_iter().map(|member| member.0).collect()
    }

    #[test]
    fn self_then_host_then_online_then_offline() {
        let room = room(&["张三", "李四", "王五", "赵六", "钱七"], 4, Some(3), &[2, 4, 5]);
        assert_eq!(numbers(ordered(&room)), [4, 3, 2, 5, 1]);
    }

    #[test]
    fn host_is_known_without_the_server_when_it_is_oneself() {
        let mut room = room(&["张三", "李四"], 2, Some(2), &[]);
        room.facts.host = None;
        assert_eq!(room.host_member(), Some(MemberId(2)));
        assert_eq!(numbers(ordered(&room)), [2, 1]);
    }

    #[test]
    fn filter_finds_names_by_characters_pinyin_and_initials() {
        let readings: Readings =
            [('张', &["zhang"][..]), ('三', &["san"]), ('曾', &["ceng", "zeng"]), ('丰', &["feng"])]
                .map(|(c, of)| (c, of.iter().map(|one| (*one).to_owned()).collect()))
                .into();
        let names: Vec<String> = (0..30).map(|_| "曾丰".to_owned()).chain(["张三".to_owned()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let room = room(&names, 1, None, &[]);
        let found = |typed| filtered(&room, ordered(&room), typed, &readings).len();
        for (typed, expected) in
            [("", 31), (" ", 31), ("zs", 1), ("三", 1), ("zengf", 30), ("ZF", 30), ("李", 0)]
        {
            assert_eq!(found(typed), expected, "{typed}");
        }
    }
}
