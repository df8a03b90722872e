//! A message as it goes on the wire: encoded once, its bytes shared by everybody who gets it.
//!
//! The server's frames are not masked, so they are the same for all. Who gets which is not decided here.

use bytes::Bytes;
use shared::FromServer;

/// A text frame (RFC 6455, section 5.2), header and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// Of this JSON.
    pub fn text(json: &str) -> Self {
        let mut writing = Writing::with_capacity(json.len());
        writing.push_str(json);
        writing.finish()
    }

    /// Of this message.
    pub fn of(message: &FromServer) -> Self {
        Self::text(&message.encode())
    }

    /// The bytes to write.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// A frame whose JSON is written piece by piece: in its place, behind room for a header.
#[derive(Debug)]
pub(crate) struct Writing(Vec<u8>);

impl Writing {
    /// Nothing yet; so many bytes of JSON fit without being moved.
    pub(crate) fn with_capacity(json: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_MAX + json);
        bytes.resize(HEADER_MAX, 0);
        Self(bytes)
    }

    /// Appends a piece.
    pub(crate) fn push_str(&mut self, piece: &str) {
        self.0.extend_from_slice(piece.as_bytes());
    }

    /// Bytes of JSON so far.
    pub(crate) fn len(&self) -> usize {
        self.0.len() - HEADER_MAX
    }

    /// The frame.
    pub(crate) fn finish(mut self) -> Frame {
        const FINAL_TEXT: u8 = 0x81;
        let length = self.len();
        let (marker, bytes) = match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..126), _) => (short, 0),
            (_, Ok(_)) => (126, 2),
            (_, Err(_)) => (127, 8),
        };
        let start = HEADER_MAX - 2 - bytes;
        self.0[HEADER_MAX - 8..HEADER_MAX].copy_from_slice(&(length as u64).to_be_bytes());
        self.0[start..start + 2].copy_from_slice(&[FINAL_TEXT, marker]);
        Frame(Bytes::from(self.0).slice(start..))
    }
}

/// Bytes of the longest header.
const HEADER_MAX: usize = 10;

#[cfg(test)]
impl Frame {
    /// What it carries.
    pub(crate) fn json(&self) -> &str {
        let header = match self.0[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        std::str::from_utf8(&self.0[header..]).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_the_length_in_as_few_bytes_as_they_may() {
        for (length, header) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 0xff, 0xff]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = Frame::text(&"a".repeat(length));
            assert_eq!((&frame.0[..header.len()], frame.0.len()), (header, header.len() + length));
            assert_eq!(frame.json().len(), length);
        }
    }
}
