//! Everything there is in a run, and what can happen in it, one thing after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use frontend::chat::{Action, Kept};
use frontend::place::older_path;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use shared::{EventPage, FromServer, MemberId, NameRule, NewRoom, RoomId, RoomMade, Seq, Token};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::faults::Faults;
use crate::page::{Do, Page};
use crate::person::{Person, chance};

use super::server::{Fall, Server, new_folder};
use super::weather::Weather;
use super::wire::{PageEnd, Way, Wire};

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// A person does the next thing.
    Step(usize),
    /// A parcel arrives.
    Arrive(u32, Way),
    /// A page hears that it has no connection.
    Refused(usize, u32, u32),
    /// The ledger takes what waits.
    Batch,
    Follow,
    Tick,
    Weather,
    /// The server is started.
    Start,
    /// A request for an older page comes to the server; its answer comes back.
    Fetch(u32),
    Fetched(u32),
}

/// A connection, as the page holds it.
struct Line {
    wire: Wire,
    socket: WebSocket<PageEnd>,
    person: usize,
    generation: u32,
    connection: u32,
    /// By when the last parcel of each way arrives, and for how many that is said.
    due: BTreeMap<Way, (u64, usize)>,
    /// Nothing arrives any more, and nobody knows.
    silent: bool,
    /// The page has heard its end.
    ended: bool,
}

/// A request for an older page.
struct Fetch {
    person: usize,
    generation: u32,
    asked: (u32, Seq),
    token: Token,
}

type Answers = Arc<Mutex<BTreeMap<u32, Option<EventPage>>>>;

/// A run.
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) faults: Faults,
    pub(super) server: Option<Server>,
    pub(super) room: RoomId,
    pub(super) calm: bool,
    pub(super) falls: u32,
    pub(super) cuts: u32,
    pub(super) trace: VecDeque<String>,
    weather: Weather,
    seed: u64,
    chance: Xoshiro256PlusPlus,
    began: Instant,
    /// How far each page's clock is ahead.
    clocks: Vec<u64>,
    /// Of each page, how often it was loaded.
    generations: Vec<u32>,
    steps: Vec<u32>,
    queue: BinaryHeap<Reverse<(u64, u64, Next)>>,
    order: u64,
    lines: BTreeMap<u32, Line>,
    fetches: BTreeMap<u32, Fetch>,
    answers: Answers,
    numbers: u32,
    batch_due: bool,
    /// What a fallen server left behind.
    folder: Option<tempfile::TempDir>,
    digest: DefaultHasher,
    traced: bool,
}

/// The pages' clocks begin here; the server's does too.
const EPOCH: u64 = 1_800_000_000_000;

impl World {
    /// A run's beginning: a server, a room, and people who are not in it yet.
    pub(super) async fn new(seed: u64, traced: bool) -> Result<Self> {
        let mut chance = chance(seed, 1);
        let weather = Weather::draw(&mut chance);
        let began = Instant::now();
        let mut server = Server::start(new_folder()?, self::chance(seed, 1_000), (began, EPOCH))?;
        let made = match weather.room {
            None => None,
            Some(history) => {
                let wish = NewRoom { capacity: weather.capacity, title: None, history: Some(history) };
                let request = warp::test::request().method("POST").path("/api/rooms").json(&wish);
                let made = Arc::new(Mutex::new(None));
                let answer = Arc::clone(&made);
                server.ask(request, move |_, body| {
                    let body = serde_json::from_slice::<RoomMade>(body).ok();
                    *answer.lock().unwrap_or_else(PoisonError::into_inner) = body;
                });
                settle().await;
                server.take(1);
                settle().await;
                let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
                Some(made.context("no room was made")?)
            }
        };
        let room = made.as_ref().map_or(RoomId::Lobby, |made| made.room);
        let mut people = Vec::new();
        let mut clocks = Vec::new();
        for number in 0..weather.people {
            let host = made.as_ref().filter(|_| number == 0);
            let name = NameRule::Common.parse("主持人").ok();
            let kept = host.map(|made| Kept { token: made.host_token, name });
            let page = Page::new(format!("page {number}"), room, kept);
            people.push(Person::new(seed, number, host.is_some(), page));
            clocks.push(EPOCH + chance.random_range(0..600_000));
        }
        let count = people.len();
        let mut world = Self {
            people,
            faults: Faults::default(),
            server: Some(server),
            room,
            calm: false,
            falls: 0,
            cuts: 0,
            trace: VecDeque::new(),
            seed,
            chance,
            began,
            clocks,
            generations: vec![0; count],
            steps: vec![weather.steps; count],
            weather,
            queue: BinaryHeap::new(),
            order: 0,
            lines: BTreeMap::new(),
            fetches: BTreeMap::new(),
            answers: Arc::default(),
            numbers: 0,
            batch_due: false,
            folder: None,
            digest: DefaultHasher::new(),
            traced,
        };
        world.note(|world| format!("{:?}", world.weather));
        for next in [Next::Follow, Next::Tick, Next::Weather] {
            world.soon(next, 100);
        }
        for person in 0..count {
            world.soon(Next::Step(person), 100);
            // A host's page that was just loaded wants a connection at once.
            let clock = world.clock(person);
            let todo = world.people[person].page.reloads(clock);
            world.carry_out(person, todo);
        }
        Ok(world)
    }

    /// Things happen until every person has done all it does.
    pub(super) async fn storm(&mut self) -> Result<()> {
        while self.steps.iter().any(|left| *left > 0) {
            self.happen().await?;
        }
        Ok(())
    }

    /// The next thing happens, after everything before it has had its consequences.
    pub(super) async fn happen(&mut self) -> Result<()> {
        self.send_off();
        let woken = self.people.iter().enumerate().filter_map(|(person, other)| {
            Some((other.page.chat.wake_at()?.saturating_sub(self.clocks[person]), person))
        });
        let woken = woken.min();
        let head = self.queue.peek().map_or(u64::MAX, |Reverse((at, ..))| *at);
        let at = woken.map_or(head, |(at, _)| at.min(head)).max(self.now() + 1);
        sleep_until(self.began + Duration::from_millis(at)).await;
        if let Some((due, person)) = woken
            && due <= head
        {
            let (now, random) = (self.clock(person), self.people[person].random());
            return Ok(self.act(person, Action::Tick { now, random }));
        }
        let Some(Reverse((_, _, next))) = self.queue.pop() else { return Ok(()) };
        self.note(|_| format!("{next:?}"));
        self.take(next)
    }

    /// Milliseconds since the run began.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The time by a page's clock.
    pub(super) fn clock(&self, person: usize) -> u64 {
        self.clocks[person] + self.now()
    }

    /// Whether nothing is on its way that a page waits for.
    pub(super) fn is_at_rest(&self) -> bool {
        let tail = self.server.as_ref().and_then(|server| server.tail(self.room));
        let in_step = |person: &Person| {
            let room = person.page.chat.room.as_ref();
            person.page.is_at_rest() && room.is_none_or(|room| room.log.last() == tail)
        };
        self.server.is_some() && self.fetches.is_empty() && self.people.iter().all(in_step)
    }

    /// The digest of what happened.
    pub(super) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Something happened that is the same whenever this seed is run.
    pub(super) fn note(&mut self, what: impl FnOnce(&Self) -> String) {
        const KEPT: usize = 50_000;
        let line = format!("{:>7} {}", self.now(), what(self));
        line.hash(&mut self.digest);
        if self.traced {
            self.trace.push_back(line);
            if KEPT < self.trace.len() {
                self.trace.pop_front();
            }
        }
    }

    fn take(&mut self, next: Next) -> Result<()> {
        match next {
            Next::Step(person) => self.step(person),
            Next::Arrive(line, way) => self.arrive(line, way),
            Next::Refused(person, generation, connection) => {
                if self.generations[person] == generation {
                    let (now, random) = (self.clock(person), self.people[person].random());
                    self.act(person, Action::Closed { connection, code: Some(1006), now, random });
                }
            }
            Next::Batch => self.batch()?,
            Next::Follow => {
                if let Some(server) = &mut self.server {
                    server.follow()?;
                }
                self.soon(Next::Follow, self.weather.follow);
            }
            Next::Tick => {
                if let Some(server) = &mut self.server {
                    server.tick();
                }
                self.after(Next::Tick, 1_000);
            }
            Next::Weather => self.bad_weather()?,
            Next::Start => self.start()?,
            Next::Fetch(number) => self.fetch(number),
            Next::Fetched(number) => {
                let page = self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                let Some(fetch) = self.fetches.remove(&number) else { return Ok(()) };
                if self.generations[fetch.person] == fetch.generation {
                    let page = page.flatten();
                    self.act(fetch.person, Action::Older { asked: fetch.asked, page });
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, person: usize) {
        let clock = self.clock(person);
        let living = self.living();
        if self.calm {
            let someone = &mut self.people[person];
            let todo = match someone.page.chat.seat {
                None if self.steps[person] > 0 => {
                    self.steps[person] -= 1;
                    someone.comes(clock)
                }
                Some(_) if someone.is_host() => someone.keeps(clock, &living),
                _ => Vec::new(),
            };
            self.carry_out(person, todo);
            return self.after(Next::Step(person), 500);
        }
        if self.steps[person] == 0 {
            return;
        }
        self.steps[person] -= 1;
        let todo = self.people[person].step(clock, &living);
        self.carry_out(person, todo);
        let pause = self.people[person].pause(self.weather.pause);
        self.after(Next::Step(person), pause);
    }

    /// The members that a page is.
    fn living(&self) -> BTreeSet<MemberId> {
        let rooms = self.people.iter().filter_map(|person| person.page.chat.room.as_ref());
        rooms.map(|room| room.me).collect()
    }

    /// Calm weather: people come in and wait until nothing happens any more.
    pub(super) fn calm_down(&mut self) {
        const TRIES: u32 = 40;
        self.calm = true;
        for person in 0..self.people.len() {
            self.steps[person] = TRIES;
            self.soon(Next::Step(person), 100);
        }
    }

    fn act(&mut self, person: usize, action: Action) {
        let todo = self.people[person].page.act(action);
        self.carry_out(person, todo);
    }

    fn carry_out(&mut self, person: usize, todo: Vec<Do>) {
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
    fn hang_up(&mut self, person: usize) {
        for line in self.lines.values_mut().filter(|line| line.person == person && !line.ended) {
            line.ended = true;
            line.wire.hang_up();
        }
    }

    fn open(&mut self, person: usize, connection: u32, join: String) {
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
    fn send_off(&mut self) {
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

    fn arrive(&mut self, number: u32, way: Way) {
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
    fn hear(&mut self, number: u32) {
        loop {
            let Some(line) = self.lines.get_mut(&number).filter(|line| !line.ended) else { return };
            let (person, generation, connection) = (line.person, line.generation, line.connection);
            let heard = line.socket.read();
            let mine = self.generations[person] == generation;
            let (now, random) = (self.clock(person), self.people[person].random());
            let action = match heard {
                Ok(Message::Text(text)) => {
                    self.note(|_| format!("page {person} hears {text}"));
                    let Ok(frame) = FromServer::decode(&text) else { continue };
                    Action::Received { connection, frame, now, random }
                }
                Ok(Message::Close(close)) => {
                    self.end(number);
                    let code = close.map_or(1005, |close| close.code.into());
                    Action::Closed { connection, code: Some(code), now, random }
                }
                Ok(_) => continue,
                Err(SocketError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.end(number);
                    Action::Closed { connection, code: Some(1006), now, random }
                }
            };
            if mine {
                self.act(person, action);
            }
        }
    }

    fn end(&mut self, number: u32) {
        if let Some(line) = self.lines.get_mut(&number) {
            line.ended = true;
            line.wire.hang_up();
        }
    }

    fn fetch(&mut self, number: u32) {
        let lost = self.chance.random_range(0..10) == 0;
        let latency = self.weather.latency * 3;
        self.soon(Next::Fetched(number), latency);
        let Some(fetch) = self.fetches.get(&number).filter(|_| !lost) else { return };
        let Some(server) = &mut self.server else { return };
        let request = warp::test::request()
            .path(&older_path(self.room, fetch.asked.1))
            .header("authorization", format!("Bearer {}", fetch.token.as_str()));
        let answers = Arc::clone(&self.answers);
        server.ask(request, move |status, body| {
            let page = serde_json::from_slice(body).ok().filter(|_| status == 200);
            answers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, page);
        });
    }

    fn batch(&mut self) -> Result<()> {
        self.batch_due = false;
        let most = self.chance.random_range(1..=8);
        let falls = !self.calm && self.chance.random_range(0..1_000) < self.weather.falls;
        let Some(server) = &mut self.server else { return Ok(()) };
        if !falls {
            server.take(most);
            return Ok(());
        }
        let fall = match self.chance.random_range(0..4) {
            0 => Fall::Before,
            1 => Fall::Amid(self.chance.random_range(0..=1_000)),
            _ => Fall::After,
        };
        self.note(|_| format!("the server falls {fall:?} it stores"));
        self.fallen(|server| server.fall(fall, most))
    }

    fn fallen(&mut self, how: impl FnOnce(Server) -> Result<tempfile::TempDir>) -> Result<()> {
        let Some(server) = self.server.take() else { return Ok(()) };
        self.folder = Some(how(server)?);
        self.falls += 1;
        self.batch_due = false;
        for number in self.lines.keys().copied().collect::<Vec<_>>() {
            self.cut(number);
        }
        self.soon(Next::Start, self.weather.down);
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        if let Some(folder) = self.folder.take() {
            self.server = Some(self.again(folder)?);
        }
        Ok(())
    }

    /// A server on what another left behind.
    pub(super) fn again(&mut self, folder: tempfile::TempDir) -> Result<Server> {
        // A clock may be set while the machine is down.
        let ahead = if self.chance.random_range(0..4) == 0 {
            EPOCH - self.chance.random_range(0..300_000)
        } else {
            EPOCH
        };
        let chance = chance(self.seed, 1_000 + u64::from(self.falls));
        Server::start(folder, chance, (self.began, ahead))
    }

    /// What is on its way is lost, but for its beginning; both ends hear of it.
    fn cut(&mut self, number: u32) {
        let Some(line) = self.lines.get_mut(&number) else { return };
        for way in [Way::Up, Way::Down] {
            let parcels = self.chance.random_range(0..=line.wire.on_way(way));
            line.wire.cut(way, parcels, self.chance.random_range(0..200));
            line.due.remove(&way);
        }
        self.hear(number);
        self.lines.remove(&number);
    }

    fn bad_weather(&mut self) -> Result<()> {
        self.after(Next::Weather, 100);
        if self.calm {
            return Ok(());
        }
        let open: Vec<_> =
            self.lines.iter().filter(|(_, line)| !line.ended && !line.silent).map(|(n, _)| *n).collect();
        if self.chance.random_range(0..1_000) < self.weather.cuts && !open.is_empty() {
            let number = open[self.chance.random_range(0..open.len())];
            self.cuts += 1;
            let silent = self.chance.random_range(0..5) == 0;
            self.note(|_| format!("connection {number} is {}", if silent { "silent" } else { "cut" }));
            match self.lines.get_mut(&number).filter(|_| silent) {
                Some(line) => line.silent = true,
                None => self.cut(number),
            }
        }
        if self.chance.random_range(0..10) == 0 {
            let person = self.chance.random_range(0..self.people.len());
            let now = self.clock(person);
            self.act(person, Action::Nudge { now });
        }
        if self.chance.random_range(0..1_000) < self.weather.kills {
            self.note(|_| "the server is killed".to_owned());
            self.fallen(Server::kill)?;
        }
        Ok(())
    }

    /// Within so many milliseconds.
    fn soon(&mut self, next: Next, within: u64) {
        let wait = self.chance.random_range(1..=within.max(1));
        self.after(next, wait);
    }

    fn after(&mut self, next: Next, wait: u64) {
        self.order += 1;
        self.queue.push(Reverse((self.now() + wait, self.order, next)));
    }
}

/// Everything that can go on does.
pub(super) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
