//! How the servers that are compared want to be spoken to.

use std::io::Write;
use std::net::IpAddr;
use std::time::SystemTime;

use shared::{After, FromPage, Join, MessageId, Millis, Token, VERSION};

use super::frame::{self, Kind};
use super::message::{self, Said};

/// What a server speaks on its WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The protocol of 对聊.
    Duiliao,
    /// Each frame goes to everybody in the room as it is.
    Relay,
    /// The same in the frames of socket.io 4.
    SocketIo,
}

/// What a frame means to a connection that wants to be in its room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is in.
    In,
    /// It is never in.
    Refused,
    /// It has to say this.
    Say(&'static str),
    Nothing,
}

/// A place in a room.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) room: String,
    /// The token and the name, where a seat has such things.
    pub(crate) member: Option<(Token, String)>,
    /// Up to where it has heard the room before.
    pub(crate) after: Option<After>,
    /// The address of this machine that it comes from, if that matters.
    pub(crate) from: Option<IpAddr>,
}

impl Seat {
    /// The first frame.
    pub(crate) fn join(&self) -> Option<String> {
        let (token, name) = self.member.clone()?;
        let (room, after) = (self.room.clone(), self.after.clone());
        Some(FromPage::Join(Join { v: VERSION, room, name, token: Some(token), after }).encode())
    }
}

impl Dialect {
    /// Where a connection of this room is opened.
    pub(crate) fn path(self, room: &str) -> String {
        match self {
            Self::Duiliao | Self::Relay => format!("/ws?room={room}"),
            Self::SocketIo => format!("/socket.io/?EIO=4&transport=websocket&room={room}"),
        }
    }

    /// Seat number `number` of a room.
    pub(crate) fn seat(self, room: &str, number: usize) -> Seat {
        let member = (self == Self::Duiliao).then(|| (Token::new(&rand::random()), name(number)));
        Seat { room: room.to_owned(), member, after: None, from: None }
    }

    /// Whether a connection is in its room as soon as it stands.
    pub(crate) fn is_open_house(self) -> bool {
        self == Self::Relay
    }

    /// What a frame means to a connection, apart from the messages in it.
    pub(crate) fn answer(self, payload: &[u8]) -> Answer {
        match self {
            Self::Duiliao if payload.starts_with(br#"{"type":"welcome""#) => Answer::In,
            Self::Duiliao if payload.starts_with(br#"{"type":"refused""#) => Answer::Refused,
            // Packets of engine.io: 0 open, 2 ping, 3 pong, 4 message; and 0 in a message, connect.
            Self::SocketIo if payload.starts_with(b"0") => Answer::Say("40"),
            Self::SocketIo if payload.starts_with(b"40") => Answer::In,
            Self::SocketIo if payload == b"2" => Answer::Say("3"),
            _ => Answer::Nothing,
        }
    }
}

/// Says messages, each under an id of its own.
#[derive(Debug)]
pub(crate) struct Speaker {
    dialect: Dialect,
    /// Milliseconds since 1970 when its time began.
    began: u64,
    count: u64,
    payload: Vec<u8>,
}

impl Speaker {
    pub(crate) fn new(dialect: Dialect, began: SystemTime) -> Self {
        let began = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        Self { dialect, began: u64::try_from(began).unwrap_or(u64::MAX), count: 0, payload: Vec::new() }
    }

    /// How many it has said.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Appends the frame that says this.
    pub(crate) fn say(&mut self, out: &mut Vec<u8>, said: Said) {
        self.count += 1;
        let text = message::write(said);
        let text = std::str::from_utf8(&text).expect("a message is ASCII");
        self.payload.clear();
        let written = match self.dialect {
            Dialect::Duiliao => {
                let mut random = [0; 10];
                random[2..].copy_from_slice(&self.count.to_be_bytes());
                let id = MessageId::new(Millis(self.began + said.at / 1_000), &random);
                write!(self.payload, r#"{{"type":"say","id":"{id}","text":"{text}"}}"#)
            }
            Dialect::Relay => self.payload.write_all(text.as_bytes()),
            Dialect::SocketIo => write!(self.payload, r#"42["say","{text}"]"#),
        };
        written.expect("memory takes what is written");
        frame::put(out, Kind::Text, &self.payload);
    }
}

/// A name for each of 10,000 people.
pub(crate) fn name(number: usize) -> String {
    const SIGNS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '子', '丑', '寅', '卯', '辰'];
    [1_000, 100, 10, 1].map(|place| SIGNS[number / place % 10]).iter().collect()
}

#[cfg(test)]
mod tests {
    use shared::NameRule;

    use super::*;

    #[test]
    fn what_is_said_is_a_say_that_the_server_understands() {
        let (mut speaker, mut out) = (Speaker::new(Dialect::Duiliao, SystemTime::now()), Vec::new());
        let said = Said { by: 7, at: 5_000_000 };
        speaker.say(&mut out, said);
        speaker.say(&mut out, said);
        let middle = out.len() / 2;
        let (first, second) = out.split_at_mut(middle);
        let decoded = [first, second].map(|frame| {
            frame::unmask(&mut frame[6..]);
            FromPage::decode(std::str::from_utf8(&frame[6..]).unwrap()).unwrap()
        });
        let [FromPage::Say { id: one, text, .. }, FromPage::Say { id: other, .. }] = decoded else {
            panic!()
        };
        assert_eq!(text.as_bytes(), message::write(said));
        assert_ne!(one, other);
    }

    #[test]
    fn a_seat_is_taken_when_the_server_says_so() {
        assert_eq!(Dialect::Duiliao.answer(br#"{"type":"welcome","room":{}}"#), Answer::In);
        assert_eq!(Dialect::Duiliao.answer(br#"{"type":"refused","code":"room_full"}"#), Answer::Refused);
        assert_eq!(Dialect::SocketIo.answer(br#"0{"sid":"x"}"#), Answer::Say("40"));
        assert_eq!(Dialect::SocketIo.answer(br#"40{"sid":"y"}"#), Answer::In);
        assert_eq!(Dialect::SocketIo.answer(b"2"), Answer::Say("3"));
        assert_eq!(Dialect::SocketIo.answer(br#"42["said","x"]"#), Answer::Nothing);
    }

    #[test]
    fn names_are_let_in_and_differ() {
        let names: std::collections::BTreeSet<_> = (0..1_000).map(name).collect();
        assert_eq!(names.len(), 1_000);
        assert!(names.iter().all(|name| NameRule::Common.parse(name).is_ok()));
    }
}
