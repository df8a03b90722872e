//! A message as a line of a row, and what stands in its place once it is no more: shorter than the JSON, which has the names of
//! the fields and an id in hexadecimal. Whatever else happened is JSON in the log too.
//!
//! `s` said, then time, author and id, what it answers (`r`) and its newest edit (`e`), and behind a colon the text; `g` gone, then
//! the same and how it came. Its number is the row's to say. A line's end within a text is a carriage return, which no text has.
//! Blanks may follow: no text ends with one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::{Edit, Event, Fact, GoneKind, GoneWhy, MemberId, MessageId, Millis, Seq, Text, leading_number};

/// Characters of an id.
const ID: usize = 22;

/// Stands where a text has the end of a line: the row has one between two events.
const LINE_END: char = '\r';

/// A message of one line, as far as the index is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) at: Millis,
    pub(crate) by: MemberId,
    pub(crate) id: MessageId,
    pub(crate) text: &'a str,
}

/// Appends an event, if it has a short form; whether it has.
pub(super) fn write(event: &Event, into: &mut String) -> bool {
    match &event.fact {
        Fact::Said { by, id, text, reply_to, edited } => {
            head('s', event.at, *by, id, into);
            if let Some(target) = reply_to {
                into.push_str(" r");
                number(target.0, into);
            }
            if let Some(edit) = edited {
                into.push_str(" e");
                number(edit.seq.0, into);
                into.push(' ');
                number(edit.at.0, into);
            }
            into.push(':');
            for (line, text) in text.as_str().split('\n').enumerate() {
                into.extend((line > 0).then_some(LINE_END));
                into.push_str(text);
            }
        }
        Fact::Gone { by, id, of, why, recalled_by } => {
            head('g', event.at, *by, id, into);
            into.push(' ');
            into.push(match of {
                GoneKind::Said => 's',
                GoneKind::Edited => 'e',
            });
            into.push(match why {
                GoneWhy::Recalled => 'r',
                GoneWhy::EditedAgain => 'a',
                GoneWhy::Unreadable => 'u',
            });
            if let Some(by) = recalled_by {
                into.push(' ');
                number(by.0.into(), into);
            }
        }
        _ => return false,
    }
    true
}

/// A message of one line, without a copy; nothing where something else stands.
pub(super) fn one_line(line: &str) -> Option<Said<'_>> {
    let (at, by, id, rest) = if line.starts_with('s') { parts(line)? } else { return None };
    let (.., text) = said(rest)?;
    // What stands for the end of a line is no character of a text.
    Some(Said { at, by, id, text: Text::within(text).ok()? })
}

/// The event of this number in a line; nothing if it makes no sense.
pub(super) fn read(line: &str, seq: Seq) -> Option<Event> {
    let (at, by, id, rest) = parts(line)?;
    let fact = match line.as_bytes().first()? {
        b's' => {
            let (reply_to, edited, text) = said(rest)?;
            let lines = text.contains(LINE_END).then(|| text.replace(LINE_END, "\n"));
            let text = Text::from_stored(lines.as_deref().unwrap_or(text)).ok()?;
            Fact::Said { by, id, text, reply_to, edited }
        }
        b'g' => gone((by, id), rest)?,
        _ => return None,
    };
    Some(Event { seq, at, fact })
}

/// What it answers, its newest edit, and its text.
fn said(rest: &str) -> Option<(Option<Seq>, Option<Edit>, &str)> {
    let (reply_to, rest) = match rest.as_bytes() {
        [b' ', b'r', ..] => leading_number(&rest[2..]).map(|(target, rest)| (Some(Seq(target)), rest))?,
        _ => (None, rest),
    };
    let (edited, rest) = match rest.as_bytes() {
        [b' ', b'e', ..] => {
            let (seq, rest) = leading_number(&rest[2..])?;
            let (at, rest) = leading_number(past(rest, b' ')?)?;
            (Some(Edit { seq: Seq(seq), at: Millis(at) }), rest)
        }
        _ => (None, rest),
    };
    Some((reply_to, edited, past(rest, b':')?.trim_end_matches(' ')))
}

fn gone((by, id): (MemberId, MessageId), rest: &str) -> Option<Fact> {
    let (how, rest) = past(rest, b' ')?.split_at_checked(2)?;
    let (of, why) = how.as_bytes().split_first()?;
    let of = match of {
        b's' => GoneKind::Said,
        b'e' => GoneKind::Edited,
        _ => return None,
    };
    let why = match why {
        b"r" => GoneWhy::Recalled,
        b"a" => GoneWhy::EditedAgain,
        b"u" => GoneWhy::Unreadable,
        _ => return None,
    };
    let recalled_by = match rest.trim_end_matches(' ') {
        "" => None,
        rest => {
            let (by, rest) = leading_number(past(rest, b' ')?)?;
            Some(MemberId(u32::try_from(by).ok().filter(|_| rest.is_empty())?))
        }
    };
    Some(Fact::Gone { by, id, of, why, recalled_by })
}

/// The id in a line; nothing where there is none.
pub(super) fn id(line: &str) -> Option<MessageId> {
    parts(line).map(|(_, _, id, _)| id)
}

fn head(kind: char, at: Millis, by: MemberId, id: &MessageId, into: &mut String) {
    into.push(kind);
    number(at.0, into);
    into.push(' ');
    number(by.0.into(), into);
    into.push(' ');
    URL_SAFE_NO_PAD.encode_string(id.as_bytes(), into);
}

/// Time, author, id, and what follows.
fn parts(line: &str) -> Option<(Millis, MemberId, MessageId, &str)> {
    let (at, rest) = leading_number(past(line, b's').or_else(|| past(line, b'g'))?)?;
    let (by, rest) = leading_number(past(rest, b' ')?)?;
    let (id, rest) = past(rest, b' ')?.split_at_checked(ID)?;
    // What may be needed while it is read is a little more.
    let mut bytes = [0; ID];
    let length = URL_SAFE_NO_PAD.decode_slice(id, &mut bytes).ok()?;
    let id = MessageId::from_bytes(bytes[..length].try_into().ok()?).ok()?;
    Some((Millis(at), MemberId(u32::try_from(by).ok()?), id, rest))
}

/// What follows this character, of ASCII. `strip_prefix` compares by a call, which for one byte is most of what it costs.
fn past(text: &str, ascii: u8) -> Option<&str> {
    (text.as_bytes().first() == Some(&ascii)).then(|| &text[1..])
}

fn number(number: u64, into: &mut String) {
    into.push_str(itoa::Buffer::new().format(number));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(event: &Event) -> Option<String> {
        let mut line = String::new();
        write(event, &mut line).then_some(line)
    }

    fn numbers() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0..10_u64]
    }

    fn members() -> impl Strategy<Value = MemberId> {
        prop_oneof![any::<u32>(), 0..10_u32].prop_map(MemberId)
    }

    fn facts() -> impl Strategy<Value = Fact> {
        let id =
            (0..1_u64 << 48, any::<[u8; 10]>()).prop_map(|(at, random)| MessageId::new(Millis(at), &random));
        let text = "(?s).{1,40}".prop_filter_map("a text", |typed| Text::parse(&typed).ok());
        let edit = (numbers(), numbers()).prop_map(|(seq, at)| Edit { seq: Seq(seq), at: Millis(at) });
        let reply = proptest::option::of(numbers().prop_map(Seq));
        let said = (members(), id.clone(), text, reply, proptest::option::of(edit))
            .prop_map(|(by, id, text, reply_to, edited)| Fact::Said { by, id, text, reply_to, edited });
        let of = prop_oneof![Just(GoneKind::Said), Just(GoneKind::Edited)];
        let why = prop_oneof![Just(GoneWhy::Recalled), Just(GoneWhy::EditedAgain), Just(GoneWhy::Unreadable)];
        let gone = (members(), id, of, why, proptest::option::of(members()))
            .prop_map(|(by, id, of, why, recalled_by)| Fact::Gone { by, id, of, why, recalled_by });
        prop_oneof![said, gone]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_with_blanks_behind_it_too(
            fact in facts(),
            (seq, at) in (numbers(), numbers()),
            blanks in 0..70_usize,
        ) {
            let event = Event { seq: Seq(seq), at: Millis(at), fact };
            let line = written(&event).unwrap();
            prop_assert!(!line.contains('\n') && line.len() < event_json(&event).len());
            let padded = line.clone() + &" ".repeat(blanks);
            prop_assert_eq!(read(&padded, event.seq), Some(event.clone()));
            prop_assert_eq!(id(&padded), signed(&event.fact));
            prop_assert_eq!(said_in(&padded), said_by(&event));
            // A piece of it is not taken for all of it.
            let end = line.char_indices().nth(blanks).map_or(0, |(end, _)| end);
            let piece = read(&line[..end], event.seq);
            prop_assert!(piece.is_none_or(|piece| piece != event));
        }

        #[test]
        fn whatever_stands_there_is_an_event_or_none(line in "[sg]?[0-9]{0,21}[ :rse0-9]{0,4}[A-Za-z0-9_-]{0,24}:?[\\PC\r\t\x07]{0,9}") {
            let event = read(&line, Seq(1));
            prop_assert_eq!(said_in(&line), event.as_ref().and_then(said_by));
            if let Some(event) = event {
                let again = written(&event).and_then(|line| read(&line, Seq(1)));
                prop_assert_eq!(again, Some(event));
            }
        }
    }

    type OneLine = (Millis, MemberId, MessageId, String);

    fn said_in(line: &str) -> Option<OneLine> {
        one_line(line).map(|Said { at, by, id, text }| (at, by, id, text.to_owned()))
    }

    fn said_by(event: &Event) -> Option<OneLine> {
        match &event.fact {
            Fact::Said { by, id, text, .. } if !text.as_str().contains('\n') => {
                Some((event.at, *by, *id, text.as_str().to_owned()))
            }
            _ => None,
        }
    }

    fn signed(fact: &Fact) -> Option<MessageId> {
        match fact {
            Fact::Said { id, .. } | Fact::Gone { id, .. } => Some(*id),
            _ => None,
        }
    }

    fn event_json(event: &Event) -> String {
        serde_json::to_string(event).unwrap()
    }

    #[test]
    fn a_text_of_two_lines_is_one_line_and_what_is_no_message_has_no_short_form() {
        let (by, id) = (MemberId(1), MessageId::new(Millis(1), &[7; 10]));
        let said =
            |text| Fact::Said { by, id, text: Text::parse(text).unwrap(), reply_to: None, edited: None };
        let event = |fact| Event { seq: Seq(9), at: Millis(1_795_000_000_000), fact };
        assert_eq!(written(&event(said("早"))).unwrap(), "s1795000000000 1 AAAAAAABdweHBwcHBwcHBw:早");
        assert_eq!(
            written(&event(said("两\n行"))).unwrap(),
            "s1795000000000 1 AAAAAAABdweHBwcHBwcHBw:两\r行"
        );
        assert_eq!(written(&event(Fact::Recalled { by, id, target: Seq(1) })), None);
        for how in ["", " ", " s", " é", " sé", " sx", " sr x", " sr 1 x", " sr 4294967296", ":x"] {
            assert_eq!(read(&format!("g1 1 AAAAAAABdweHBwcHBwcHBw{how}"), Seq(1)), None, "{how}");
        }
        for rest in ["", ":", ": ", " r:x", " rx:x", " e1:x", " e1 x:x", "é:x", " r18446744073709551616:x"] {
            assert_eq!(read(&format!("s1 1 AAAAAAABdweHBwcHBwcHBw{rest}"), Seq(1)), None, "{rest}");
        }
    }
}
