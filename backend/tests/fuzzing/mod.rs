//! What fuzzing demands of any bytes (`fuzz/`). The tests demand it of those that were kept.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each target uses one")]

use std::io::{Cursor, Read, Result, Write};

use backend::names::fold;
use backend::room::words::Words;
use backend::search::Piece;
use shared::limits::{FRAME_MAX, TEXT_MAX};
use shared::{FromPage, NameRule, Text, Title};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// Bytes that come from a page, and what is answered to them, which nobody hears.
struct Line<'a>(Cursor<&'a [u8]>);

impl Read for Line<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What a page may send, from the first byte of its first frame on.
pub fn frames(bytes: &[u8]) {
    let config = WebSocketConfig::default()
        .read_buffer_size(1_024)
        .max_frame_size(Some(FRAME_MAX))
        .max_message_size(Some(FRAME_MAX));
    let mut socket = WebSocket::from_raw_socket(Line(Cursor::new(bytes)), Role::Server, Some(config));
    while let Ok(message) = socket.read() {
        assert!(message.len() <= FRAME_MAX);
        if let Message::Text(text) = message {
            frame(text.as_str());
        }
    }
    // And the text of a frame, without the art of framing.
    if let Ok(text) = std::str::from_utf8(bytes) {
        frame(text);
    }
}

fn frame(text: &str) {
    let Ok(frame) = FromPage::decode(text) else { return };
    assert_eq!(FromPage::decode(&frame.encode()).unwrap(), frame, "what is understood is understood again");
    match frame {
        FromPage::Join(join) => {
            if let Ok(name) = NameRule::default().parse(&join.name) {
                assert_eq!(fold(name.as_str()), fold(&join.name));
            }
            let _ = join.room_id();
        }
        FromPage::Say { text, .. } | FromPage::Edit { text, .. } => {
            if let Ok(parsed) = Text::parse(&text) {
                assert!(parsed.as_str().chars().count() <= TEXT_MAX);
                assert_eq!(Text::parse(parsed.as_str()).as_ref(), Ok(&parsed));
            }
            let _ = Piece::parse(&text).map(|piece| assert!(!piece.ranges(&text).is_empty()));
        }
        FromPage::Set { title, words, .. } => {
            let _ = title.map(|title| Title::parse(&title));
            let typed = words.unwrap_or_default();
            if let Ok(words) = Words::parse(&typed) {
                assert!(typed.iter().all(|word| words.are_in(word)), "a word is in itself");
            }
        }
        _ => {}
    }
}
