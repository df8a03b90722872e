//! Rules for a text before it is sent: which message it is, how long it is, and whether it gives an identity away.

use shared::limits::TEXT_MAX;
use shared::{BadText, PairingCode, Text};

/// From this many characters on the composer shows how many there are.
const COUNTED_FROM: usize = 3_500;

/// Length of a seat's token, in characters.
const TOKEN_LENGTH: usize = 43;

/// The message in a typed or pasted text. Control characters are dropped: no message has them.
///
/// # Errors
/// [`BadText`] if nothing is left, or too much.
pub fn outgoing(typed: &str) -> Result<Text, BadText> {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    Text::parse(&typed.chars().filter(kept).collect::<String>())
}

/// The number of characters to show beside the limit, once it is near.
pub fn shown_length(typed: &str) -> Option<usize> {
    // A character has at least one byte.
    if typed.len() < COUNTED_FROM {
        return None;
    }
    Some(typed.trim().chars().count()).filter(|count| *count >= COUNTED_FROM)
}

/// Whether a number from [`shown_length`] is over the limit.
pub const fn is_too_long(length: usize) -> bool {
    length > TEXT_MAX
}

/// Whether a text contains a link that carries an identity. A reader who opens it becomes that member.
pub fn has_seat_link(text: &str) -> bool {
    has_pairing_link(text) || has_token_link(text)
}

/// Whether it contains a pairing link, `/#p={code}`.
fn has_pairing_link(text: &str) -> bool {
    text.match_indices("/#p=").any(|(at, mark)| is_pairing_code(&text[at + mark.len()..]))
}

/// Whether a text begins with a pairing code, and nothing is glued to it.
pub(super) fn is_pairing_code(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    text[..end].parse::<PairingCode>().is_ok()
}

/// Whether it contains a seat link, `/r/{room}#t={token}`.
fn has_token_link(text: &str) -> bool {
    text.match_indices("#t=").any(|(at, mark)| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let token = &text[at + mark.len()..];
        TOKEN_LENGTH <= token.chars().take_while(|c| is_word(*c)).count() && ends_in_room(&text[..at])
    })
}

/// Whether a text ends with the address of a room. A query may follow its path.
fn ends_in_room(text: &str) -> bool {
    let address = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    address.match_indices("/r/").any(|(at, path)| {
        let room = &address[at + path.len()..];
        let rest = room.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let end = rest.trim_start_matches('/');
        rest.len() < room.len() && (end.is_empty() || end.starts_with('?'))
    })
}

#[cfg(test)]
mod tests {
    use shared::{RoomId, Token};

    use super::*;

    #[test]
    fn control_characters_are_dropped() {
        assert_eq!(outgoing("一\n二\u{7}\t三").unwrap().as_str(), "一\n二\t三");
        assert_eq!(outgoing(" \u{7}\n"), Err(BadText::Empty));
        assert_eq!(outgoing(&"字".repeat(TEXT_MAX + 1)), Err(BadText::TooLong));
    }

    #[test]
    fn length_is_shown_near_the_limit() {
        assert_eq!(shown_length(""), None);
        assert_eq!(shown_length(&"字".repeat(3_499)), None);
        assert_eq!(shown_length(&"字".repeat(3_500)), Some(3_500));
        assert_eq!(
            shown_length(&format!("{}  \n", "字".repeat(3_499))),
            None,
            "surrounding blanks are not sent"
        );
        assert_eq!(shown_length(&"a".repeat(TEXT_MAX + 1)), Some(TEXT_MAX + 1));
        assert!(!is_too_long(TEXT_MAX) && is_too_long(TEXT_MAX + 1));
    }

    #[test]
    fn seat_links_are_recognised_in_any_text() {
        let (room, token) = (RoomId::Link([7; 16]), Token::new(&[9; 32]));
        let token = token.as_str();
        for text in [
            format!("https://chat.example.com/r/{room}#t={token}"),
            format!("https://chat.example.com/r/{room}#t={token}&n=%E5%BC%A0%E4%B8%89"),
            format!("点这里：https://聊天.中国/r/{room}/#t={token}，快"),
            format!("/r/{room}#t={token}"),
            format!("a#t=b c/r/{room}#t={token}"),
            format!("https://chat.example.com/r/{room}?from=x#t={token}"),
            format!("https://chat.example.com/r/{room}/?#t={token}"),
            format!("在吗?https://chat.example.com/r/{room}#t={token}"),
            format!("在吗? https://chat.example.com/r/{room}#t={token}"),
            "https://chat.example.com/#p=ABCDE-FGHJK".to_owned(),
            "点这里：聊天.中国/#p=abcdefghjk，快".to_owned(),
        ] {
            assert!(has_seat_link(&text), "{text}");
        }
        for text in [
            format!("https://chat.example.com/r/{room}"),
            format!("https://chat.example.com/r/{room}#t=short"),
            format!("https://chat.example.com/r/#t={token}"),
            format!("https://chat.example.com/{room}#t={token}"),
            format!("#t={token}"),
            format!("/r/{room}? 见 #t={token}"),
            String::new(),
        ] {
            assert!(!has_seat_link(&text), "{text}");
        }
    }
}
