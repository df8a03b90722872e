//! Those who mean no good: each connection does one thing that a server must bear, and comes again when it is thrown out.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use shared::limits::{QUERY_MAX, TEXT_MAX};
use shared::{FromPage, Join, MessageId, Millis, Token, VERSION};
use socket2::{Domain, Socket, Type};

use super::home;
use crate::compare::rooms;
use crate::crowd::dialect::name;
use crate::crowd::frame::{self, Kind};

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// Sits in a room in which a lot is said, and reads nothing.
    Slow,
    /// Sits there too, and says as much as the server reads, sense and nonsense.
    Flood,
    /// Sends nothing once it is upgraded.
    Silent,
    /// Never ends the head of its request.
    HalfOpen,
    /// Sends pieces of a message that never ends.
    Pieces,
    /// Sends pieces of nothing, of a message that never ends nor grows.
    Nothing,
    /// Sits in a full room whose host forbids words, and says text that compares as many times as much.
    Expand,
    /// Searches there for such text.
    Search,
    /// Asks to be let in there under such a name.
    Knock,
}

/// Those that are not felt, which is what SECURITY.md promises. Of the others it says what they cost.
pub(crate) const HELD: [Way; 6] =
    [Way::Slow, Way::Flood, Way::Silent, Way::HalfOpen, Way::Pieces, Way::Nothing];

/// All of them, in turns.
pub(crate) const WAYS: [Way; 9] = [
    Way::Slow,
    Way::Flood,
    Way::Silent,
    Way::HalfOpen,
    Way::Pieces,
    Way::Nothing,
    Way::Expand,
    Way::Search,
    Way::Knock,
];

/// Connections of an address: all that it may have at a time that are not upgraded.
const OF_ADDRESS: usize = 100;

/// Of each turn of the ways two connections sit in a room, so many of them.
const SEATS: usize = 4;

/// Seats of a room in which text expands.
const EXPANDING_SEATS: usize = 45;

/// A character that stands for eighteen.
const EXPANDS: &str = "\u{fdfa}";

/// How often each of them does what it does: the machine has to be left for those who are measured.
pub(super) const EVERY: Duration = Duration::from_millis(50);

/// Into so many parts that time is divided, and some of them act in each: they come over a network, where nothing keeps the
/// steps of two thousand.
const STEPS: u32 = 50;

/// Bytes that a flood writes at a time.
const FLOOD: usize = 4 * 1024;

/// They, in a thread of their own.
#[derive(Debug)]
pub(crate) struct Enemies {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Deeds>,
}

/// What they did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Deeds {
    came: u64,
    thrown_out: u64,
    bytes: u64,
}

impl fmt::Display for Deeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (came, out, mib) = (self.came, self.thrown_out, self.bytes / (1024 * 1024));
        write!(
            f,
            "hostile connections came {came} times and were thrown out {out} times; {mib} MiB of nonsense"
        )
    }
}

impl Enemies {
    /// So many, who begin at once.
    ///
    /// # Errors
    /// If they have no room to sit in.
    pub(crate) async fn gather(server: SocketAddr, count: usize, ways: &[Way]) -> anyhow::Result<Self> {
        let mut enemies = Vec::new();
        let mut room = String::new();
        let (mut hall, mut token) = (None, None);
        // So many come of the ways that are held, whatever others there are.
        let turns: &[Way] = if ways.iter().all(|way| HELD.contains(way)) { &HELD } else { &WAYS };
        for number in 0..count {
            let from = home(1, number / OF_ADDRESS);
            let (turn, group) = (number % turns.len(), number / turns.len());
            let way = turns[turn];
            if turn == 0 && group % (SEATS / 2) == 0 {
                room = rooms::make_from(from, server, SEATS + 1).await?.room.to_string();
            }
            if turns.len() == WAYS.len() && turn == 0 && group % EXPANDING_SEATS == 0 {
                let made = rooms::make_from(from, server, EXPANDING_SEATS + 1).await?;
                token = Some(made.host_token);
                hall = Some(made.room.to_string());
            } else if way == Way::Expand {
                token = Some(Token::new(&rand::random()));
            }
            if ways.contains(&way) {
                let expands = matches!(way, Way::Expand | Way::Search | Way::Knock);
                let (room, token, name) = match hall.as_ref().zip(token) {
                    Some((hall, token)) if expands => (hall, token, group % EXPANDING_SEATS),
                    // Each of a room has another name.
                    _ => (&room, Token::new(&rand::random()), number % 50),
                };
                enemies.push(Enemy::new(server, from, way, (room, token), name));
            }
        }
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let thread = thread::spawn(move || {
            let (mut deeds, mut next) = (Deeds::default(), Instant::now());
            for step in (0..STEPS as usize).cycle() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                for enemy in enemies.iter_mut().skip(step).step_by(STEPS as usize) {
                    enemy.act(&mut deeds);
                }
                next = Instant::now().max(next + EVERY / STEPS);
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            deeds
        });
        Ok(Self { end, thread })
    }

    /// Ends them.
    ///
    /// # Errors
    /// If they ended before.
    pub(crate) fn end(self) -> anyhow::Result<Deeds> {
        self.end.store(true, Ordering::Relaxed);
        let Ok(deeds) = self.thread.join() else { bail!("the hostile ones gave up") };
        Ok(deeds)
    }
}

/// One of them.
struct Enemy {
    server: SocketAddr,
    from: IpAddr,
    way: Way,
    join: String,
    search: String,
    stream: Option<TcpStream>,
    unsent: Vec<u8>,
}

impl Enemy {
    fn new(server: SocketAddr, from: IpAddr, way: Way, (room, token): (&str, Token), number: usize) -> Self {
        let (name, used) = match way {
            Way::Knock => (EXPANDS.repeat(10), None),
            _ => (name(number), Some(token)),
        };
        let search = format!(
            "GET /api/rooms/{room}/search?q={} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {}\r\n\r\n",
            "%EF%B7%BA".repeat(QUERY_MAX),
            token.as_str()
        );
        let room = room.to_owned();
        let join = FromPage::Join(Join { v: VERSION, room, name, token: used, after: None }).encode();
        Self { server, from, way, join, search, stream: None, unsent: Vec::new() }
    }

    fn act(&mut self, deeds: &mut Deeds) {
        match self.stream.take() {
            None => {
                if let Ok(stream) = self.come() {
                    deeds.came += 1;
                    self.stream = Some(stream);
                }
            }
            Some(mut stream) => match self.go_on(&mut stream, deeds) {
                Ok(()) => self.stream = Some(stream),
                Err(_) => deeds.thrown_out += 1,
            },
        }
    }

    fn come(&mut self) -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(self.from, 0).into())?;
        if self.way == Way::Slow {
            socket.set_recv_buffer_size(4 * 1024)?;
        }
        socket.connect(&self.server.into())?;
        socket.set_nonblocking(true)?;
        if self.way == Way::Search {
            self.unsent = self.search.clone().into_bytes();
            return Ok(TcpStream::from(socket));
        }
        let mut head = format!("GET /ws HTTP/1.1\r\nHost: {}\r\n", self.server).into_bytes();
        if self.way != Way::HalfOpen {
            head.extend(
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            );
        }
        match self.way {
            Way::Slow | Way::Flood | Way::Expand | Way::Knock => {
                frame::put(&mut head, Kind::Text, self.join.as_bytes());
            }
            Way::Pieces => head.extend(piece(TEXT, LENGTH)),
            Way::Nothing => head.extend(piece(TEXT, 0)),
            Way::Silent | Way::HalfOpen | Way::Search => {}
        }
        self.unsent = head;
        Ok(TcpStream::from(socket))
    }

    fn go_on(&mut self, stream: &mut TcpStream, deeds: &mut Deeds) -> std::io::Result<()> {
        if self.way != Way::Slow {
            read_away(stream)?;
        }
        if self.unsent.is_empty() {
            match self.way {
                Way::Flood => flood(&mut self.unsent),
                Way::Pieces => self.unsent.extend(piece(CONTINUATION, LENGTH)),
                Way::Nothing => self.unsent.extend(piece(CONTINUATION, 0).repeat(NOTHINGS)),
                Way::Expand => expand(&mut self.unsent),
                Way::Search => self.unsent.extend(self.search.as_bytes()),
                Way::Slow | Way::Silent | Way::HalfOpen | Way::Knock => return Ok(()),
            }
        }
        match stream.write(&self.unsent) {
            Ok(written) => {
                deeds.bytes += written as u64;
                drop(self.unsent.drain(..written));
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Messages, and what is none.
fn flood(out: &mut Vec<u8>) {
    while out.len() < FLOOD {
        let say = FromPage::Say { id: new_id(), text: "洪水".into(), reply_to: None }.encode();
        frame::put(out, Kind::Text, say.as_bytes());
        frame::put(out, Kind::Text, br#"{"type":"typing"}"#);
        frame::put(out, Kind::Text, br#"{"type":"read","seq":1}"#);
        frame::put(out, Kind::Text, &[b'['; 300]);
        frame::put(out, Kind::Ping, b"?");
    }
}

/// The longest message, and words, which the server takes from the host alone.
fn expand(out: &mut Vec<u8>) {
    let words = Some(vec![EXPANDS.to_owned() + "赌博"]);
    for frame in [
        FromPage::Say { id: new_id(), text: EXPANDS.repeat(TEXT_MAX), reply_to: None },
        FromPage::Set { id: new_id(), title: None, slow_s: None, words },
    ] {
        frame::put(out, Kind::Text, frame.encode().as_bytes());
    }
}

fn new_id() -> MessageId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    MessageId::new(Millis(u64::try_from(now).unwrap_or_default()), &rand::random())
}

/// First bytes of frames that are not the last of their message.
const TEXT: u8 = 0x01;
const CONTINUATION: u8 = 0x00;

/// Bytes of a piece that is not nothing.
const LENGTH: usize = 1_000;

/// Pieces of nothing that are sent at a time.
const NOTHINGS: usize = 2_500;

/// One of the pieces of a message.
fn piece(first: u8, length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    frame::put(&mut out, Kind::Text, &[b'x'; LENGTH][..length]);
    out[0] = first;
    out
}

fn read_away(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut scratch = [0; 16 * 1024];
    loop {
        match stream.read(&mut scratch) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
