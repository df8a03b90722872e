//! Conversations of a page with a server that says exactly what the test has it say.

mod acting;
mod browsing;
#[cfg(not(target_arch = "wasm32"))]
mod browsing_model;
mod effects;
mod identity;
mod joining;
mod keeping;
mod news;
mod next_year;
mod quoting;
mod reading_back;
mod showing;
mod talking;
mod telling;
mod unread;

use shared::{
    DeviceChange, Epoch, Event, EventPage, Fact, FromServer, History, Limits, Member, MemberId, Millis,
    NameRule, Names, Replay, RoomFacts, Seq, Text, You,
};

use super::*;
use crate::state::connection::Banner;
use crate::state::outbox::{Command, DeliveryState};

const LINK: RoomId = RoomId::Link([7; 16]);
const ME: MemberId = MemberId(1);
const OTHER: MemberId = MemberId(2);

/// A page, the time, and what it wants done.
#[derive(Clone)]
struct Page {
    chat: ChatState,
    now: u64,
    /// What the browser's storage holds, as the effects have left it.
    stored: Option<StoredSession>,
    /// The effects of the last action.
    effects: Vec<Effect>,
}

impl Page {
    fn new() -> Self {
        Self { chat: ChatState::new(RoomId::Lobby), now: 1_000, stored: None, effects: Vec::new() }
    }

    fn act(&mut self, action: Action) {
        let env = Env { now: self.now, random: 0.5, stored: self.stored.clone() };
        self.effects = self.chat.update(action, &env);
        for effect in &self.effects {
            match effect {
                Effect::StoreSession(session) => self.stored = Some(session.clone()),
                Effect::RemoveSession | Effect::WipeRoom => self.stored = None,
                _ => {}
            }
        }
    }

    fn connect(&mut self, typed: &str) {
        let (typed, now) = (typed.to_owned(), self.now);
        let token = Token::new(&[u8::try_from(now % 251).unwrap(); 32]);
        self.act(Action::Connect { typed, token });
    }

    fn hears(&mut self, frame: FromServer) {
        let connection = self.chat.connection.number().expect("a connection is wanted");
        self.hears_on(connection, frame);
    }

    fn hears_on(&mut self, connection: u32, frame: FromServer) {
        self.act(Action::Received { connection, frame });
    }

    fn loses(&mut self, code: u16) {
        let connection = self.chat.connection.number().expect("a connection is wanted");
        self.act(Action::Closed { connection, code: Some(code) });
    }

    fn passes(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.chat.wake_at().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.act(Action::Tick);
        }
        self.now = end;
    }

    fn says(&mut self, n: u64) {
        let text = Text::parse(&format!("第{n}条")).unwrap();
        self.act(Action::Say { id: id(n), text, reply_to: None, at: Millis(self.now) });
    }

    fn does(&mut self, n: u64, act: Command) {
        self.act(Action::Command { id: id(n), act, at: Millis(self.now) });
    }

    fn join(&self) -> Join {
        match self.chat.joining() {
            Some((_, FromPage::Join(join))) => join,
            other => panic!("no join: {other:?}"),
        }
    }

    fn turn(&self) -> Option<MessageId> {
        self.chat.sending().map(|(_, id, _)| id)
    }

    /// The numbers of what is shown.
    fn shown(&self) -> Vec<u64> {
        let room = self.chat.room.as_ref().expect("welcomed");
        room.shown().entries().iter().map(|entry| entry.seq.0).collect()
    }

    fn seqs(&self) -> Vec<u64> {
        let room = self.chat.room.as_ref().expect("welcomed");
        room.log.entries().iter().map(|entry| entry.seq.0).collect()
    }
}

fn seated() -> Page {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 2));
    page.hears(events(vec![joined(2, ME)]));
    page
}

fn kept(seat: &Session) -> Option<StoredSession> {
    Some(StoredSession { token: seat.token, name: Some(seat.name.clone()) })
}

fn id(n: u64) -> MessageId {
    MessageId::new(Millis(n), &[0; 10])
}

fn welcome(epoch: u8, replay: Replay, tail: u64) -> FromServer {
    let name = NameRule::Common.parse("张三").unwrap();
    FromServer::Welcome {
        room: RoomFacts {
            id: RoomId::Lobby,
            epoch: Epoch::new(&[epoch; 8]),
            title: None,
            capacity: 2,
            locked: false,
            history: History::FromJoin,
            slow_s: 0,
            host: None,
        },
        you: You { member: ME, name: name.clone(), host: false, token: None, muted_until: None },
        members: vec![Member { member: ME, name, joined: None, muted_until: None }],
        tail: Seq(tail),
        replay,
        limits: Limits::DEFAULT,
        at: None,
    }
}

fn events(events: Vec<Event>) -> FromServer {
    FromServer::Events { events, names: Names::new() }
}

fn joined(seq: u64, member: MemberId) -> Event {
    let name = NameRule::Common.parse(if member == ME { "张三" } else { "李四" }).unwrap();
    Event { seq: Seq(seq), at: Millis(seq), fact: Fact::Joined { member, name, host: false } }
}

fn said(seq: u64, by: MemberId, n: u64) -> Event {
    let text = Text::parse(&format!("第{n}条")).unwrap();
    Event {
        seq: Seq(seq),
        at: Millis(seq),
        fact: Fact::Said { by, id: id(n), text, reply_to: None, edited: None },
    }
}

fn refused(code: Code, id: Option<MessageId>) -> FromServer {
    FromServer::refused(code, id)
}
