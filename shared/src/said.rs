//! Messages, written and read without serde: nearly all that comes, is stored and goes is one.
//!
//! Only the plainest form, and as serde writes it; whatever is written otherwise is left to serde. The server asks for it; a page,
//! which is to be small, does not.

use crate::{Event, Fact, FromPage, MemberId, Millis, Seq, Text};

impl Event {
    /// Appends its JSON.
    ///
    /// # Panics
    /// Never: events are plain data.
    pub fn write(&self, json: &mut Vec<u8>) {
        if !write(self, json) {
            serde_json::to_writer(json, self).expect("events are plain data");
        }
    }

    /// Reads one from its JSON; blanks may follow.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        read(json).map_or_else(|| serde_json::from_str(json), Ok)
    }
}

/// Appends an event that is plain; whether it is.
fn write(event: &Event, json: &mut Vec<u8>) -> bool {
    let Fact::Said { by, id, text, reply_to: None, edited: None } = &event.fact else { return false };
    if !is_plain(text.as_str()) {
        return false;
    }
    let mut digits = itoa::Buffer::new();
    json.extend_from_slice(br#"{"seq":"#);
    json.extend_from_slice(digits.format(event.seq.0).as_bytes());
    json.extend_from_slice(br#","at":"#);
    json.extend_from_slice(digits.format(event.at.0).as_bytes());
    json.extend_from_slice(br#","kind":"said","by":"#);
    json.extend_from_slice(digits.format(by.0).as_bytes());
    json.extend_from_slice(br#","id":""#);
    json.extend_from_slice(id.written(&mut [0; 36]).as_bytes());
    json.extend_from_slice(br#"","text":""#);
    json.extend_from_slice(text.as_str().as_bytes());
    json.extend_from_slice(br#""}"#);
    true
}

/// An event that is plain.
fn read(json: &str) -> Option<Event> {
    let (seq, rest) = leading_number(json.strip_prefix(r#"{"seq":"#)?)?;
    let (at, rest) = leading_number(rest.strip_prefix(r#","at":"#)?)?;
    let (by, rest) = leading_number(rest.strip_prefix(r#","kind":"said","by":"#)?)?;
    let (id, rest) = rest.strip_prefix(r#","id":""#)?.split_at_checked(36)?;
    let text = rest.strip_prefix(r#"","text":""#)?.trim_end_matches(' ').strip_suffix(r#""}"#)?;
    if !is_plain(text) {
        return None;
    }
    let (by, id) = (MemberId(u32::try_from(by).ok()?), id.parse().ok()?);
    let fact = Fact::Said { by, id, text: Text::from_stored(text).ok()?, reply_to: None, edited: None };
    Some(Event { seq: Seq(seq), at: Millis(at), fact })
}

/// A `say` that is plain.
pub(crate) fn say(frame: &str) -> Option<FromPage> {
    let (id, rest) = frame.strip_prefix(r#"{"type":"say","id":""#)?.split_at_checked(36)?;
    let text = rest.strip_prefix(r#"","text":""#)?.strip_suffix(r#""}"#)?;
    let id = id.parse().ok().filter(|_| is_plain(text))?;
    Some(FromPage::Say { id, text: text.to_owned(), reply_to: None })
}

/// The number that a text begins with, as JSON writes it, and what follows.
pub fn leading_number(text: &str) -> Option<(u64, &str)> {
    let (mut number, mut digits) = (0_u64, 0);
    for digit in text.bytes().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10) {
        number = number.checked_mul(10)?.checked_add(digit.into())?;
        digits += 1;
    }
    // JSON has no zeros in front.
    let written = digits == 1 || digits > 1 && !text.starts_with('0');
    written.then(|| (number, &text[digits..]))
}

/// Whether JSON has no escapes for this. Looks at all of it, and so at many bytes at once.
fn is_plain(text: &str) -> bool {
    !text.bytes().fold(false, |any, byte| any | (byte < b' ') | (byte == b'"') | (byte == b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, MessageId};

    #[test]
    fn what_is_plain_is_taken_as_it_stands() {
        let id = MessageId::new(Millis(1), &[7; 10]);
        for text in ["早上好", "", "\u{7f}\u{85}"] {
            let sent = FromPage::Say { id, text: text.to_owned(), reply_to: None };
            assert_eq!(say(&sent.encode()), Some(sent));
        }
        for text in ["\"", "\\", "\n", "\0"] {
            let sent = FromPage::Say { id, text: text.to_owned(), reply_to: None };
            assert_eq!((say(&sent.encode()), FromPage::decode(&sent.encode()).ok()), (None, Some(sent)));
            let raw = format!("{{\"type\":\"say\",\"id\":\"{id}\",\"text\":\"{text}\"}}");
            assert_eq!(say(&raw), None, "{text:?}");
        }
    }

    #[test]
    fn events_are_written_and_read_as_serde_does_it() {
        let id = MessageId::new(Millis(1), &[7; 10]);
        let edit = Edit { seq: Seq(9), at: Millis(8) };
        let texts = ["早上好", "a", "\"", "\\", "两\n行", "a\u{a0}b"];
        for (text, reply_to, edited, plain) in [
            (texts[0], None, None, true),
            (texts[1], None, None, true),
            (texts[2], None, None, false),
            (texts[3], None, None, false),
            (texts[4], None, None, false),
            (texts[5], None, None, true),
            (texts[0], Some(Seq(1)), None, false),
            (texts[0], None, Some(edit), false),
        ] {
            for (seq, by) in [(0, 0), (1, 1), (u64::MAX, u32::MAX)] {
                let text = Text::parse(text).unwrap();
                let fact = Fact::Said { by: MemberId(by), id, text, reply_to, edited };
                let event = Event { seq: Seq(seq), at: Millis(seq), fact };
                let mut written = Vec::new();
                event.write(&mut written);
                let json = String::from_utf8(written).unwrap();
                assert_eq!(json, serde_json::to_string(&event).unwrap());
                assert_eq!((read(&json).is_some(), Event::read(&json).ok()), (plain, Some(event.clone())));
                assert_eq!(Event::read(&format!("{json}   ")).ok(), Some(event));
            }
        }
    }

    #[test]
    fn what_serde_would_not_take_is_not_taken() {
        let id = MessageId::new(Millis(1), &[7; 10]);
        let json = |seq: &str, by: &str, text: &str| {
            format!(r#"{{"seq":{seq},"at":1,"kind":"said","by":{by},"id":"{id}","text":"{text}"}}"#)
        };
        assert!(Event::read(&json("1", "1", "在")).is_ok());
        for bad in [
            json("01", "1", "在"),
            json("00", "1", "在"),
            json("+1", "1", "在"),
            json("", "1", "在"),
            json("18446744073709551616", "1", "在"),
            json("1", "4294967296", "在"),
            json("1", "1", ""),
            json("1", "1", "\0"),
            json("1", "1", "在").replace("\"}", "\""),
            json("1", "1", "在") + "}",
        ] {
            // A number in its place is kept, whatever the rest is; a message it is not.
            let is_said =
                |event: serde_json::Result<Event>| event.is_ok_and(|event| event.fact != Fact::Unknown);
            assert!(!is_said(Event::read(&bad)) && !is_said(serde_json::from_str(&bad)), "{bad}");
        }
    }
}
