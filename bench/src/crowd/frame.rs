//! RFC 6455 from the client's side, as far as the load needs it: frames that are whole messages.

use anyhow::bail;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text = 1,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame of the server's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
    /// Bytes it takes, with its header.
    pub(crate) length: usize,
}

/// The first frame in `bytes`, if all of it is there.
///
/// # Errors
/// If it is no whole message, masked, or of a kind that none of the servers sends.
pub(crate) fn first(bytes: &[u8]) -> anyhow::Result<Option<Frame<'_>>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let kind = match first {
        0x81 => Kind::Text,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8a => Kind::Pong,
        other => bail!("a frame begins with {other:#x}"),
    };
    let (header, length) = match second {
        0..126 => (2, usize::from(*second)),
        126 => match rest.first_chunk() {
            Some(length) => (4, usize::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(length) => (10, usize::try_from(u64::from_be_bytes(*length))?),
            None => return Ok(None),
        },
        masked => bail!("a server's frame is masked: {masked:#x}"),
    };
    let payload = bytes.get(header..).and_then(|rest| rest.get(..length));
    Ok(payload.map(|payload| Frame { kind, payload, length: header + length }))
}

/// Every mask is this byte four times: a server undoes it like any other, and to apply it costs next to nothing.
const MASK: u8 = 0x5a;

/// Appends a frame; `payload` is at most 65,535 bytes.
pub(crate) fn put(out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
    const FINAL: u8 = 0x80;
    const MASKED: u8 = 0x80;
    out.push(FINAL | kind as u8);
    match u8::try_from(payload.len()) {
        Ok(short @ 0..126) => out.push(MASKED | short),
        _ => {
            out.push(MASKED | 126);
            let length = u16::try_from(payload.len()).expect("what a client of the load says is short");
            out.extend(length.to_be_bytes());
        }
    }
    out.extend([MASK; 4]);
    out.extend(payload.iter().map(|byte| byte ^ MASK));
}

/// Undoes the mask of a client of the load.
pub(crate) fn unmask(payload: &mut [u8]) {
    payload.iter_mut().for_each(|byte| *byte ^= MASK);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(length: usize) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match length {
            0..126 => bytes.push(length as u8),
            126..65_536 => bytes.extend([126, (length >> 8) as u8, length as u8]),
            _ => bytes.extend([&[127][..], &(length as u64).to_be_bytes()].concat()),
        }
        bytes.extend(vec![b'x'; length]);
        bytes
    }

    #[test]
    fn a_frame_of_any_length_is_read_once_it_is_whole() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] {
            let mut bytes = served(length);
            let whole = bytes.len();
            bytes.extend(served(3));
            let frame = first(&bytes).unwrap().unwrap();
            assert_eq!((frame.kind, frame.payload.len(), frame.length), (Kind::Text, length, whole));
            for short in (0..whole.min(20)).chain([whole - 1]) {
                assert_eq!(first(&bytes[..short]).unwrap(), None, "{short} bytes of {whole}");
            }
        }
    }

    #[test]
    fn pieces_of_messages_binary_and_masked_frames_are_not_taken() {
        for bytes in [[0x01, 0], [0x80, 0], [0x82, 0], [0xc1, 0], [0x81, 0x80]] {
            assert!(first(&bytes).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_put_is_masked_and_can_be_undone() {
        for length in [0, 32, 125, 126, 4_000] {
            let (payload, mut out) = (vec![b'a'; length], Vec::new());
            put(&mut out, Kind::Text, &payload);
            let header = if length < 126 { 6 } else { 8 };
            assert_eq!((out[0], out[1] & 0x80, out.len()), (0x81, 0x80, header + length));
            assert!(!out[header..].contains(&b'a'));
            unmask(&mut out[header..]);
            assert_eq!(out[header..], payload);
        }
    }
}
