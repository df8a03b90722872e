//! Addresses and the rooms they mean, both ways. Knows no browser: what an address is comes as text.

use shared::{NameRule, RoomId, Seq};

use crate::state::StoredSession;
use crate::state::timeline::PageRange;

/// The room that a path means; none if it is the link of no possible room.
pub fn room_at(path: &str) -> Option<RoomId> {
    match path.strip_prefix("/r/") {
        // Words may be glued to a link that was passed on.
        Some(id) => RoomId::from_start_of(id),
        None => Some(RoomId::Lobby),
    }
}

/// The fragment under which the rooms of this browser are listed.
pub const ROOMS: &str = "#rooms";

/// The path of a room.
pub fn path(room: RoomId) -> String {
    match room {
        RoomId::Lobby => "/".to_owned(),
        RoomId::Link(_) => format!("/r/{room}"),
    }
}

/// The path of what the server tells about a room.
pub fn card_path(room: RoomId) -> String {
    format!("/api/rooms/{room}")
}

/// The path of a page of a room's events.
pub fn history_path(room: RoomId, page: PageRange) -> String {
    let bound = |name, seq: Option<Seq>| seq.map_or_else(String::new, |seq| format!("{name}={seq}&"));
    let (before, after) = (bound("before", page.before), bound("after", page.after));
    format!("/api/rooms/{room}/events?{before}{after}limit={}", page.limit)
}

/// How many newer events are asked for at once, to count what is unread.
pub const NEWER: usize = 200;

/// The path of the events just after a number.
pub fn newer_path(room: RoomId, after: Seq) -> String {
    format!("/api/rooms/{room}/events?after={after}&limit={NEWER}")
}

/// The path of what was said, by the query of the request.
pub fn search_path(room: RoomId, query: &str) -> String {
    format!("/api/rooms/{room}/search?{query}")
}

/// The path where a room is asked for as a file.
pub fn export_path(room: RoomId) -> String {
    format!("/api/rooms/{room}/export")
}

/// The path of a room's settings.
pub fn settings_path(room: RoomId) -> String {
    format!("/api/rooms/{room}/settings")
}

/// The path of who is banned from a room.
pub fn bans_path(room: RoomId) -> String {
    format!("/api/rooms/{room}/bans")
}

/// The path where a pairing code of this member is asked for.
pub fn pair_path(room: RoomId) -> String {
    format!("/api/rooms/{room}/pair")
}

/// The path where a recovery token of this member is asked for.
pub fn backup_path(room: RoomId) -> String {
    format!("/api/rooms/{room}/backup")
}

/// The fragment that carries a pairing code.
pub const PAIR: &str = "#p=";

/// The path of who has read a message.
pub fn readers_path(room: RoomId, seq: Seq) -> String {
    format!("/api/rooms/{room}/reads?seq={seq}")
}

/// The seat that a link brings from another device: `#t=token&n=name`, unescaped. The name may be missing.
pub fn carried(fragment: &str) -> Option<StoredSession> {
    let mut parts = fragment.strip_prefix("#t=")?.split('&');
    let token = parts.next()?.parse().ok()?;
    let name = parts.find_map(|part| part.strip_prefix("n="));
    Some(StoredSession { token, name: name.and_then(|name| NameRule::Han.parse(name).ok()) })
}

#[cfg(test)]
mod tests {
    use shared::Token;

    use super::*;

    const ROOM: RoomId = RoomId::Link([7; 16]);

    #[test]
    fn a_path_means_the_room_it_was_made_of() {
        for room in [RoomId::Lobby, ROOM] {
            assert_eq!(room_at(&path(room)), Some(room));
        }
        assert_eq!(room_at(&format!("{}/", path(ROOM))), Some(ROOM));
    }

    #[test]
    fn a_malformed_link_means_no_room() {
        for path in ["/r/", "/r/short", "/r/0OIl", "/r/..", "/r/%E5%BC%A0"] {
            assert_eq!(room_at(path), None, "{path}");
        }
        for glued in ["x", "/", "，快来看", "%EF%BC%8C快来看", ")"] {
            assert_eq!(room_at(&format!("/r/{ROOM}{glued}")), Some(ROOM), "{glued}");
        }
    }

    #[test]
    fn a_seat_is_carried_in_the_fragment_with_or_without_its_name() {
        let token = Token::new(&[9; 32]);
        let with = |name: Option<&str>| {
            Some(StoredSession { token, name: name.map(|name| NameRule::Common.parse(name).unwrap()) })
        };
        assert_eq!(carried(&format!("#t={}", token.as_str())), with(None));
        assert_eq!(carried(&format!("#t={}&n=张三", token.as_str())), with(Some("张三")));
        assert_eq!(carried(&format!("#t={}&n=zhang", token.as_str())), with(None));
        for fragment in ["", "#", "#t=", "#t=short", "#log"] {
            assert_eq!(carried(fragment), None, "{fragment}");
        }
    }
}
