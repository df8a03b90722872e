//! The connections of a run: what is sent is on its way for a while, arrives in order, or is lost.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use frontend::routes::history_path;
use frontend::state::Action;
use frontend::state::timeline::PageRange;
use rand::RngExt;
use shared::{EventPage, FromServer, Token};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::page::Do;

use super::wire::{PageEnd, Way, Wire};
use super::world::{Next, World};

/// A connection, as the page holds it.
pub(super) struct Line {
    pub(super) wire: Wire,
    pub(super) socket: WebSocket<PageEnd>,
    pub(super) person: usize,
    pub(super) generation: u32,
    pub(super) connection: u32,
    /// By when the last parcel of each way arrives, and for how many that is said.
    pub(super) due: BTreeMap<Way, (u64, usize)>,
    /// Nothing arrives any more, and nobody knows.
    pub(super) silent: bool,
    /// The page has heard its end.
    pub(super) ended: bool,
}

/// A request for an older page.
pub(super) struct Fetch {
    pub(super) person: usize,
    pub(super) generation: u32,
    pub(super) asked: (u32, PageRange),
    pub(super) token: Token,
}

pub(super) type Answers = Arc<Mutex<BTreeMap<u32, Option<EventPage>>>>;

impl World {
    pub(super) fn carry_out(&mut self, person: usize, todo: Vec<Do>) {
        for what in todo {
            self.note(|_| format!("page {person}: {what:?}"));
            match what {
                Do::Open(connection, join) => {
                    self.hang_up(person);
                    self.open(person, connection, join);
                }
                Do::Close => self.hang_up(person),
                Do::Send(frame) => {
                    let mut lines = self.lines.values_mut().rev();
                    if let Some(line) = lines.find(|line| line.person == person && !line.ended) {
                        let _ = line.socket.send(Message::text(frame));
                    }
                }
                Do::Fetch(asked, token) => {
                    self.numbers += 1;
                    let generation = self.generations[person];
                    self.fetches.insert(self.numbers, Fetch { person, generation, asked, token });
                    self.soon(Next::Fetch(self.numbers), self.weather.latency);
                }
            }
        }
    }

    /// The page holds no connection any more. What it sent goes out.
    pub(super) fn hang_up(&mut self, person: usize) {
        for line in self.lines.values_mut().filter(|line| line.person == person && !line.ended) {
            line.ended = true;
            line.wire.hang_up();
        }
    }

    pub(super) fn open(&mut self, person: usize, connection: u32, join: String) {
        let generation = self.generations[person];
        let Some(server) = &mut self.server else {
            return self.soon(Next::Refused(person, generation, connection), 50);
        };
        let (wire, server_end, page_end) = Wire::new();
        server.accept(server_end, self.room);
        let mut socket = WebSocket::from_raw_socket(page_end, Role::Client, None);
        let _ = socket.send(Message::text(join));
        self.numbers += 1;
        let (due, silent, ended) = (BTreeMap::new(), false, false);
        let line = Line { wire, socket, person, generation, connection, due, silent, ended };
        self.lines.insert(self.numbers, line);
    }

    /// Says of everything that was sent when it arrives.
    pub(super) fn send_off(&mut self) {
        let mut leaving = Vec::new();
        let now = self.now();
        for (number, line) in &mut self.lines {
            if line.silent {
                line.wire.swallow();
                continue;
            }
            for way in [Way::Up, Way::Down] {
                let (last, said) = line.due.entry(way).or_insert((0, 0));
                while *said < line.wire.on_way(way) {
                    let at = now + self.chance.random_range(1..=self.weather.latency);
                    (*last, *said) = (at.max(*last), *said + 1);
                    leaving.push((*last, Next::Arrive(*number, way)));
                }
            }
        }
        for (at, next) in leaving {
            self.after(next, at - now);
        }
        let waiting = self.server.as_ref().is_some_and(|server| server.waiting() > 0);
        if waiting && !self.batch_due {
            self.batch_due = true;
            self.soon(Next::Batch, self.weather.gather);
        }
    }

    pub(super) fn arrive(&mut self, number: u32, way: Way) {
        let Some(line) = self.lines.get_mut(&number) else { return };
        if let Some((_, said)) = line.due.get_mut(&way) {
            *said = said.saturating_sub(1);
        }
        if !line.silent {
            line.wire.arrive(way);
        }
        if way == Way::Down {
            self.hear(number);
        }
    }

    /// The page takes what has arrived.
    pub(super) fn hear(&mut self, number: u32) {
        loop {
            let Some(line) = self.lines.get_mut(&number).filter(|line| !line.ended) else { return };
            let (person, generation, connection) = (line.person, line.generation, line.connection);
            let heard = line.socket.read();
            let mine = self.generations[person] == generation;
            let action = match heard {
                Ok(Message::Text(text)) => {
                    self.note(|_| format!("page {person} hears {text}"));
                    let Ok(frame) = FromServer::decode(&text) else { continue };
                    Action::Received { connection, frame }
                }
                Ok(Message::Close(close)) => {
                    self.end(number);
                    let code = close.map_or(1005, |close| close.code.into());
                    Action::Closed { connection, code: Some(code) }
                }
                Ok(_) => continue,
                Err(SocketError::Io(error)) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.end(number);
                    Action::Closed { connection, code: Some(1006) }
                }
            };
            if mine {
                self.act(person, action);
            }
        }
    }

    pub(super) fn end(&mut self, number: u32) {
        if let Some(line) = self.lines.get_mut(&number) {
            line.ended = true;
            line.wire.hang_up();
        }
    }

    pub(super) fn fetch(&mut self, number: u32) {
        let lost = self.chance.random_range(0..10) == 0;
        let latency = self.weather.latency * 3;
        self.soon(Next::Fetched(number), latency);
        let Some(fetch) = self.fetches.get(&number).filter(|_| !lost) else { return };
        let Some(server) = &mut self.server else { return };
        let request = warp::test::request()
            .path(&history_path(self.room, fetch.asked.1))
            .header("authorization", format!("Bearer {}", fetch.token.as_str()));
        let answers = Arc::clone(&self.answers);
        server.ask(request, move |status, body| {
            let page = serde_json::from_slice(body).ok().filter(|_| status == 200);
            answers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, page);
        });
    }

    /// What is on its way is lost, but for its beginning; both ends hear of it.
    pub(super) fn cut(&mut self, number: u32) {
        let Some(line) = self.lines.get_mut(&number) else { return };
        if line.silent {
            // Something was lost on it already: what is behind that must not arrive.
            line.wire.swallow();
        }
        for way in [Way::Up, Way::Down] {
            let parcels = self.chance.random_range(0..=line.wire.on_way(way));
            line.wire.cut(way, parcels, self.chance.random_range(0..200));
            line.due.remove(&way);
        }
        self.hear(number);
        self.lines.remove(&number);
    }
}
