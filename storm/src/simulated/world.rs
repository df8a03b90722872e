//! Everything there is in a run, and what can happen in it, one thing after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use frontend::state::{Action, StoredSession};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use shared::{MemberId, NameRule, NewRoom, RoomId, RoomMade};
use tokio::time::{Instant, sleep_until};

use crate::faults::Faults;
use crate::page::Page;
use crate::person::{Person, chance};

use super::lines::{Answers, Fetch, Line};
use super::server::{Server, new_folder};
use super::weather::Weather;
use super::wire::Way;

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Next {
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
    pub(super) weather: Weather,
    pub(super) seed: u64,
    pub(super) chance: Xoshiro256PlusPlus,
    pub(super) began: Instant,
    /// How far each page's clock is ahead.
    clocks: Vec<u64>,
    /// Of each page, how often it was loaded.
    pub(super) generations: Vec<u32>,
    steps: Vec<u32>,
    queue: BinaryHeap<Reverse<(u64, u64, Next)>>,
    order: u64,
    pub(super) lines: BTreeMap<u32, Line>,
    pub(super) fetches: BTreeMap<u32, Fetch>,
    pub(super) answers: Answers,
    pub(super) numbers: u32,
    pub(super) batch_due: bool,
    /// What a fallen server left behind.
    pub(super) folder: Option<tempfile::TempDir>,
    digest: DefaultHasher,
    traced: bool,
}

/// The pages' clocks begin here; the server's does too.
pub(super) const EPOCH: u64 = 1_800_000_000_000;

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
            let kept = host.map(|made| StoredSession { token: made.host_token, name });
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
            self.act(person, Action::Tick);
            return Ok(());
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
                    self.act(person, Action::Closed { connection, code: Some(1006) });
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
                    self.act(fetch.person, Action::HistoryPage { asked: fetch.asked, page });
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

    pub(super) fn act(&mut self, person: usize, action: Action) {
        let now = self.clock(person);
        let random = self.people[person].random();
        let todo = self.people[person].page.act(action, now, random);
        self.carry_out(person, todo);
    }

    /// Within so many milliseconds.
    pub(super) fn soon(&mut self, next: Next, within: u64) {
        let wait = self.chance.random_range(1..=within.max(1));
        self.after(next, wait);
    }

    pub(super) fn after(&mut self, next: Next, wait: u64) {
        self.order += 1;
        self.queue.push(Reverse((self.now() + wait, self.order, next)));
    }
}

/// Everything that can go on does.
pub(super) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
