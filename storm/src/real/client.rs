//! A person's page with a real connection.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontend::routes::history_path;
use frontend::state::Action;
use frontend::state::timeline::PageRange;
use futures_util::{SinkExt, StreamExt};
use shared::{EventPage, FromServer, MemberId, RoomId, Token};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::page::Do;
use crate::person::Person;

/// What all clients share.
#[derive(Debug)]
pub(super) struct Shared {
    /// The network's address.
    pub(super) address: SocketAddr,
    /// Whether people do anything by themselves.
    pub(super) go: Cell<bool>,
    /// Mean time between a person's steps, in milliseconds.
    pub(super) pause: u64,
    /// Held by each connection until its page knows that it has ended.
    pub(super) alive: Rc<()>,
    /// The members that a page is, by person.
    pub(super) members: RefCell<Vec<Option<MemberId>>>,
}

/// What somebody is told to do.
#[derive(Debug)]
pub(super) enum Order {
    /// Look at the page.
    Nudge,
    /// Leave the room.
    Leave,
    /// Come into the room, unless one is in it.
    Come,
    /// The host sees to it that people can come in.
    Keep,
    /// Say something.
    Talk,
}

/// A client, for whoever gives orders.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) person: RefCell<Person>,
    pub(super) orders: UnboundedSender<Order>,
    number: usize,
    shared: Rc<Shared>,
    told: UnboundedSender<(u32, Told)>,
    fetched: UnboundedSender<((u32, PageRange), Option<EventPage>)>,
}

/// What a connection tells.
#[derive(Debug)]
enum Told {
    Frame(Box<FromServer>),
    Closed(Option<u16>, #[expect(dead_code, reason = "held until the page is told")] Alive),
}

/// Dropped when the page has heard of the end.
#[derive(Debug)]
struct Alive {
    _counted: Rc<()>,
}

/// The connection in use.
struct Line {
    number: u32,
    connection: u32,
    frames: UnboundedSender<String>,
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Client {
    /// Sits down at the page; ends with the tasks of this thread.
    pub(super) fn start(number: usize, person: Person, shared: &Rc<Shared>) -> Rc<Self> {
        let (orders, ordered) = unbounded_channel();
        let (told, telling) = unbounded_channel();
        let (fetched, fetching) = unbounded_channel();
        let shared = Rc::clone(shared);
        let client = Rc::new(Self { person: RefCell::new(person), orders, number, shared, told, fetched });
        tokio::task::spawn_local(Rc::clone(&client).run(ordered, telling, fetching));
        client
    }

    async fn run(
        self: Rc<Self>,
        mut ordered: UnboundedReceiver<Order>,
        mut telling: UnboundedReceiver<(u32, Told)>,
        mut fetching: UnboundedReceiver<((u32, PageRange), Option<EventPage>)>,
    ) {
        let mut line = None;
        let mut lines = 0;
        let mut step_at = Instant::now();
        let todo = self.person.borrow_mut().page.reloads(now());
        self.carry_out(todo, &mut line, &mut lines);
        loop {
            let wake = self.person.borrow().page.chat.wake_at();
            let wait =
                wake.map_or(Duration::from_secs(3_600), |at| Duration::from_millis(at.saturating_sub(now())));
            let wake_at = Instant::now() + wait;
            let todo = tokio::select! {
                Some((of, told)) = telling.recv() => self.hear(of, told, &mut line),
                Some(order) = ordered.recv() => self.obey(&order),
                Some((asked, page)) = fetching.recv() => self.person.borrow_mut().page.act(Action::HistoryPage { asked, page }, now(), 0.5),
                () = sleep_until(wake_at) => {
                    let mut person = self.person.borrow_mut();
                    let random = person.random();
                    person.page.act(Action::Tick, now(), random)
                }
                () = sleep_until(step_at) => {
                    step_at = Instant::now() + Duration::from_millis(self.person.borrow_mut().pause(self.shared.pause));
                    self.step()
                }
            };
            self.carry_out(todo, &mut line, &mut lines);
            let chat = &self.person.borrow().page.chat;
            self.shared.members.borrow_mut()[self.number] = chat.room.as_ref().map(|room| room.me);
        }
    }

    fn living(&self) -> BTreeSet<MemberId> {
        self.shared.members.borrow().iter().flatten().copied().collect()
    }

    fn step(&self) -> Vec<Do> {
        if !self.shared.go.get() {
            return Vec::new();
        }
        self.person.borrow_mut().step(now(), &self.living())
    }

    fn obey(&self, order: &Order) -> Vec<Do> {
        let mut person = self.person.borrow_mut();
        match order {
            Order::Nudge => person.page.act(Action::Wake, now(), 0.5),
            Order::Leave => person.page.leaves(now()),
            Order::Come if person.page.chat.seat.is_none() => person.comes(now()),
            Order::Keep => person.keeps(now(), &self.living()),
            Order::Talk => person.talks(now()),
            Order::Come => Vec::new(),
        }
    }

    fn hear(&self, of: u32, told: Told, line: &mut Option<Line>) -> Vec<Do> {
        let Some(Line { connection, .. }) = line.as_ref().filter(|line| line.number == of) else {
            return Vec::new();
        };
        let connection = *connection;
        let mut person = self.person.borrow_mut();
        let (now, random) = (now(), person.random());
        let action = match told {
            Told::Frame(frame) => Action::Received { connection, frame: *frame },
            Told::Closed(code, _) => {
                *line = None;
                Action::Closed { connection, code }
            }
        };
        person.page.act(action, now, random)
    }

    fn carry_out(&self, todo: Vec<Do>, line: &mut Option<Line>, lines: &mut u32) {
        for what in todo {
            match what {
                Do::Open(connection, join) => {
                    *lines += 1;
                    let (frames, waiting) = unbounded_channel();
                    let _ = frames.send(join);
                    *line = Some(Line { number: *lines, connection, frames });
                    let (number, told) = (*lines, self.told.clone());
                    let (address, room) = (self.shared.address, self.room());
                    let alive = Alive { _counted: Rc::clone(&self.shared.alive) };
                    tokio::task::spawn_local(async move {
                        let code =
                            talk(address, room, waiting, |frame| drop(told.send((number, frame)))).await;
                        let _ = told.send((number, Told::Closed(code, alive)));
                    });
                }
                Do::Close => *line = None,
                Do::Send(frame) => {
                    if let Some(line) = line {
                        let _ = line.frames.send(frame);
                    }
                }
                Do::Fetch(asked, token) => {
                    let (address, room, fetched) = (self.shared.address, self.room(), self.fetched.clone());
                    tokio::task::spawn_local(async move {
                        let page = page(address, &history_path(room, asked.1), &token).await;
                        let _ = fetched.send((asked, page));
                    });
                }
            }
        }
    }

    fn room(&self) -> RoomId {
        self.person.borrow().page.chat.id
    }
}

/// Sends what waits and tells what comes, until the connection ends or nobody wants it; its close code.
async fn talk(
    address: SocketAddr,
    room: RoomId,
    mut waiting: UnboundedReceiver<String>,
    tell: impl Fn(Told),
) -> Option<u16> {
    const LOST: Option<u16> = Some(1006);
    let Ok(stream) = TcpStream::connect(address).await else { return LOST };
    let url = format!("ws://{address}/ws?room={room}");
    let Ok((mut socket, _)) = client_async(url, stream).await else { return LOST };
    loop {
        tokio::select! {
            frame = waiting.recv() => match frame {
                Some(frame) => {
                    if socket.send(Message::text(frame)).await.is_err() {
                        // What came before the end is still to be heard.
                        waiting.close();
                        while waiting.recv().await.is_some() {}
                        return rest(&mut socket, &tell).await;
                    }
                }
                None => {
                    let _ = socket.close(None).await;
                    let _ = timeout(Duration::from_secs(1), async { while socket.next().await.is_some_and(|m| m.is_ok()) {} }).await;
                    return LOST;
                }
            },
            message = socket.next() => match message {
                Some(Ok(message)) => if let Some(code) = take(message, &tell) { return code },
                Some(Err(_)) | None => return LOST,
            },
        }
    }
}

async fn rest(
    socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>,
    tell: &impl Fn(Told),
) -> Option<u16> {
    while let Some(Ok(message)) = socket.next().await {
        if let Some(code) = take(message, tell) {
            return code;
        }
    }
    Some(1006)
}

/// Tells a message; the close code if it was the last.
fn take(message: Message, tell: &impl Fn(Told)) -> Option<Option<u16>> {
    match message {
        Message::Text(text) => {
            if let Ok(frame) = FromServer::decode(&text) {
                tell(Told::Frame(Box::new(frame)));
            }
            None
        }
        Message::Close(close) => Some(Some(close.map_or(1005, |close| close.code.into()))),
        _ => None,
    }
}

/// A page of events, by HTTP.
pub(super) async fn page(address: SocketAddr, path: &str, token: &Token) -> Option<EventPage> {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).timeout(Duration::from_secs(5)).build();
    let request = client.ok()?.get(format!("http://{address}{path}"));
    let request = request.header("authorization", format!("Bearer {}", token.as_str()));
    let answer = request.send().await.ok().filter(|answer| answer.status() == 200)?;
    serde_json::from_slice(&answer.bytes().await.ok()?).ok()
}
