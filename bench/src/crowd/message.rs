//! The message of every load: 32 bytes that tell who said it and when, in any frame around it.

/// Bytes of a message.
pub(crate) const LENGTH: usize = 32;

/// Begins a message; nothing else on the wire has this character.
const MARK: u8 = b'~';
const SPEAKER_DIGITS: usize = 5;
const TIME_DIGITS: usize = 12;

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// The connection, at most 99,999.
    pub(crate) by: usize,
    /// In microseconds.
    pub(crate) at: u64,
}

/// The message.
pub(crate) fn write(Said { by, at }: Said) -> [u8; LENGTH] {
    let mut text = *b"~00000000000000000 hello, hello!";
    write_digits(&mut text[1..=SPEAKER_DIGITS], by as u64);
    write_digits(&mut text[1 + SPEAKER_DIGITS..][..TIME_DIGITS], at);
    text
}

/// Calls `found` for each message in a frame.
pub(crate) fn scan(payload: &[u8], mut found: impl FnMut(Said)) {
    for mark in memchr::memchr_iter(MARK, payload) {
        if let Some(rest) = payload.get(mark + 1..mark + LENGTH) {
            let (by, at) = rest[..SPEAKER_DIGITS + TIME_DIGITS].split_at(SPEAKER_DIGITS);
            found(Said { by: read_digits(by) as usize, at: read_digits(at) });
        }
    }
}

fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn read_digits(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit.wrapping_sub(b'0')))
}

#[cfg(test)]
mod tests {
    use shared::{Event, Fact, FromServer, MemberId, MessageId, Millis, Names, Seq, Text};

    use super::*;

    fn found(payload: &[u8]) -> Vec<Said> {
        let mut all = Vec::new();
        scan(payload, |said| all.push(said));
        all
    }

    const ONE: Said = Said { by: 4, at: 123_456_789_012 };
    const OTHER: Said = Said { by: 99_999, at: 0 };

    #[test]
    fn a_relay_gives_back_what_was_said() {
        assert_eq!(found(&write(ONE)), [ONE]);
        assert_eq!(found(&[&b"42[\"said\",\""[..], &write(OTHER), b"\"]"].concat()), [OTHER]);
        assert_eq!(found(b"2"), []);
    }

    #[test]
    fn each_said_event_of_a_frame_counts_once_and_no_other_event_does() {
        let said = |seq, said| {
            let text = String::from_utf8(write(said).to_vec()).unwrap();
            let (id, text) = (MessageId::new(Millis(seq), &[0; 10]), Text::parse(&text).unwrap());
            let fact = Fact::Said { by: MemberId(1), id, text, reply_to: None, edited: None };
            Event { seq: Seq(seq), at: Millis(1_700_000_000_000), fact }
        };
        let id = MessageId::new(Millis(2), &[0; 10]);
        let locked = Fact::Locked { by: MemberId(1), id, locked: true };
        let between = Event { seq: Seq(2), at: Millis(0), fact: locked };
        let events = vec![said(1, ONE), between, said(3, OTHER)];
        let frame = FromServer::Events { events, names: Names::new() }.encode();
        assert_eq!(found(frame.as_bytes()), [ONE, OTHER]);
        let read = FromServer::Read { marks: vec![(MemberId(1), Seq(3))] }.encode();
        assert_eq!(found(read.as_bytes()), []);
    }
}
