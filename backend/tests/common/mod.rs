//! A real server on a free port, and a client that folds what it hears into what it knows.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test uses some of the helpers")]

pub mod files;
pub mod nodes;
pub mod pairing;
pub mod process;
pub mod raw;
pub mod rooms;
pub mod time;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use backend::config::Config;
use backend::edge::Edge;
use backend::serve::{self, ServeError};
use cluster::Servers;
use futures_util::{SinkExt, StreamExt};
use shared::{
    After, ByeCode, Code, Epoch, Event, Fact, FromPage, FromServer, Join, Member, MemberId, MessageId,
    Millis, Names, Replay, RoomFacts, Seq, Token, VERSION, You,
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub use files::holds;
pub use nodes::meet_at;

/// Longer than anything here should take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Whether the same conversations run on a node of a cluster: the program `clustered` has them all once more.
pub const CLUSTERED: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"clustered");

/// A server and its data folder.
pub struct TestServer {
    pub address: String,
    pub data: Arc<TempDir>,
    /// Milliseconds that the server's clock is ahead of ours.
    pub ahead: Arc<AtomicU64>,
    /// Milliseconds that its wall clock alone is ahead.
    pub wrong: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Result<(), ServeError>>,
    /// A NATS server of its own, with its data in the same folder.
    nats: Option<Servers>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(TempDir::new().unwrap()), change).await
    }

    pub async fn on(data: Arc<TempDir>, change: impl FnOnce(&mut Config)) -> Self {
        let (server, has_started) = Self::starting(data, change).await;
        drop(has_started.await);
        server
    }

    /// One whose wall clock is wrong by so many milliseconds.
    pub async fn at(data: Arc<TempDir>, wrong: i64, change: impl FnOnce(&mut Config)) -> Self {
        let (server, has_started) = Self::starting_at(data, wrong, change).await;
        drop(has_started.await);
        server
    }

    /// One that may still be on its way, and when it is there. If it does not start, it says why when it is stopped.
    pub async fn starting(
        data: Arc<TempDir>,
        change: impl FnOnce(&mut Config),
    ) -> (Self, oneshot::Receiver<()>) {
        Self::starting_at(data, 0, change).await
    }

    async fn starting_at(
        data: Arc<TempDir>,
        wrong: i64,
        change: impl FnOnce(&mut Config),
    ) -> (Self, oneshot::Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut config = Config::new(data.path().to_owned(), data.path().join("dist"));
        config.timer_every = Duration::from_millis(20);
        (config.pace, config.frames, config.bytes, config.addresses) = (None, None, None, None);
        let nats = CLUSTERED.then(|| Servers::start_in(data.path(), 1).unwrap());
        config.nats = nats.as_ref().map(|servers| meet_at(servers, 1));
        change(&mut config);
        let (stop, stopped) = oneshot::channel();
        let ahead = Arc::new(AtomicU64::new(0));
        let offset = Arc::clone(&ahead);
        let wrong = Arc::new(AtomicI64::new(wrong));
        let by = Arc::clone(&wrong);
        let clock = move || {
            let right = now().0 + offset.load(Ordering::Relaxed);
            Millis(right.saturating_add_signed(by.load(Ordering::Relaxed)))
        };
        let offset = Arc::clone(&ahead);
        let start = Instant::now();
        let elapsed = move || u64::try_from(start.elapsed().as_millis()).unwrap();
        let uptime = move || Millis(elapsed() + offset.load(Ordering::Relaxed));
        let (started, has_started) = oneshot::channel();
        let shutdown = async move {
            // Waited for only once everything has started.
            let _ = started.send(());
            drop(stopped.await);
        };
        let running =
            tokio::spawn(serve::run(listener, config, Edge::new(clock, uptime, rand::fill), shutdown));
        (Self { address, data, ahead, wrong, stop: Some(stop), running, nats }, has_started)
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) -> Arc<TempDir> {
        drop(self.stop.take());
        tokio::time::timeout(PATIENCE, &mut self.running).await.unwrap().unwrap().unwrap();
        Arc::clone(&self.data)
    }

    /// Waits until it ends by itself, and says how.
    pub async fn ended(mut self) -> Result<(), ServeError> {
        tokio::time::timeout(PATIENCE, &mut self.running).await.unwrap().unwrap()
    }

    pub async fn connect(&self) -> Client {
        Client::connect(&self.address).await
    }

    /// Connects and joins the lobby under a token of its own.
    pub async fn join(&self, name: &str) -> Client {
        let mut client = self.connect().await;
        client.join(name).await;
        client
    }
}

/// A page without a browser.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub token: Token,
    pub you: Option<You>,
    pub room: Option<RoomFacts>,
    pub replay: Option<Replay>,
    pub keep_s: Option<u64>,
    pub names: Names,
    /// Who was seated when the welcome came.
    pub members: Vec<Member>,
    /// Everything heard of the log, in the order in which it came.
    pub events: Vec<Event>,
    pub online: Vec<MemberId>,
    pub stored: Vec<(MessageId, Seq)>,
    pub refused: Vec<(Code, Option<MessageId>)>,
    /// What the last refusal said of when to come again.
    pub again_ms: Option<u64>,
    pub ticks: usize,
    pub bye: Option<ByeCode>,
    pub closed: Option<u16>,
    /// The connection is gone, with or without a close.
    pub over: bool,
    pub read_heard: bool,
    pub marks: BTreeMap<MemberId, Seq>,
    pub typing: Vec<MemberId>,
}

impl Client {
    pub async fn connect(address: &str) -> Self {
        Self::try_connect(address, "/ws?room=lobby", &[]).await.unwrap()
    }

    pub async fn try_connect(
        address: &str,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self::over(socket))
    }

    /// Connects from this address of the machine's own.
    pub async fn connect_from(source: [u8; 4], address: &str) -> Result<Self, Error> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        let stream = MaybeTlsStream::Plain(socket.connect(address.parse().unwrap()).await?);
        let url = format!("ws://{address}/ws?room=lobby");
        Ok(Self::over(tokio_tungstenite::client_async(url, stream).await?.0))
    }

    fn over(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            socket,
            token: Token::new(&rand::random()),
            you: None,
            room: None,
            replay: None,
            keep_s: None,
            names: Names::new(),
            members: Vec::new(),
            events: Vec::new(),
            online: Vec::new(),
            stored: Vec::new(),
            refused: Vec::new(),
            again_ms: None,
            ticks: 0,
            bye: None,
            closed: None,
            over: false,
            read_heard: false,
            marks: BTreeMap::new(),
            typing: Vec::new(),
        }
    }

    pub async fn send(&mut self, frame: &FromPage) {
        self.send_text(&frame.encode()).await;
    }

    pub async fn send_text(&mut self, frame: &str) {
        self.send_raw(Message::text(frame)).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The wish for a seat in the lobby.
    pub fn wish(&self, name: &str, after: Option<After>) -> FromPage {
        let (room, name, token) = ("lobby".to_owned(), name.to_owned(), Some(self.token));
        FromPage::Join(Join { v: VERSION, room, name, token, after })
    }

    /// Joins, and waits for the welcome and for who is here.
    pub async fn join(&mut self, name: &str) {
        self.send(&self.wish(name, None)).await;
        self.until("a welcome", |client| client.read_heard && !client.online.is_empty()).await;
    }

    /// Joins, and waits to be refused.
    pub async fn try_join(&mut self, name: &str) -> Code {
        let heard = self.refused.len();
        self.send(&self.wish(name, None)).await;
        self.until("a refusal", |client| client.refused.len() > heard).await;
        self.refused[heard].0
    }

    /// Comes back after `old` under its token, holding what `old` held.
    pub async fn resume(address: &str, old: &Self) -> Self {
        let mut client = Self::connect(address).await;
        client.token = old.token;
        client.events.clone_from(&old.events);
        let after = old.after();
        client.send(&client.wish("随便", Some(after))).await;
        client.until("a welcome", |client| client.you.is_some()).await;
        if client.replay == Some(Replay::Reset) {
            client.events.clear();
        }
        client
    }

    pub fn after(&self) -> After {
        let epoch: Epoch = self.room.as_ref().unwrap().epoch.clone();
        After { epoch, seq: self.events.last().map_or(Seq(0), |event| event.seq) }
    }

    /// Says something without waiting.
    pub async fn say(&mut self, text: &str) -> MessageId {
        let id = new_id();
        self.send(&FromPage::Say { id, text: text.into(), reply_to: None }).await;
        id
    }

    /// What was said, with who said it.
    pub fn said(&self) -> Vec<(u32, String)> {
        let said = |event: &Event| match &event.fact {
            Fact::Said { by, text, .. } => Some((by.0, text.to_string())),
            _ => None,
        };
        self.events.iter().filter_map(said).collect()
    }

    pub fn texts(&self) -> Vec<String> {
        self.said().into_iter().map(|(_, text)| text).collect()
    }

    pub fn numbers(&self) -> Vec<u64> {
        self.events.iter().map(|event| event.seq.0).collect()
    }

    pub async fn until_text(&mut self, text: &str) {
        self.until(text, |client| client.texts().iter().any(|said| said == text)).await;
    }

    pub async fn until_over(&mut self) {
        self.until("the end", |client| client.over).await;
    }

    /// Closes the connection, and waits until the server has seen it.
    pub async fn hang_up(mut self) {
        self.send_raw(Message::Close(None)).await;
        self.until_over().await;
    }

    /// Listens until `condition` holds.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let listening = async {
            while !condition(self) {
                assert!(!self.over, "the connection ended before: {what}; bye {:?}", self.bye);
                self.hear().await;
            }
        };
        if tokio::time::timeout(PATIENCE, listening).await.is_err() {
            panic!("waited in vain for: {what}");
        }
    }

    /// Listens to one message.
    pub async fn hear(&mut self) {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => self.fold(FromServer::decode(text.as_str()).unwrap()),
            Some(Ok(Message::Close(frame))) => {
                self.closed = frame.map(|CloseFrame { code, .. }| code.into());
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.over = true,
        }
    }

    fn fold(&mut self, message: FromServer) {
        assert_eq!(self.bye, None, "bye is the last frame");
        match message {
            FromServer::Welcome { room, you, replay, members, limits, .. } => {
                self.names.extend(members.iter().map(|member| (member.member, member.name.clone())));
                self.members = members;
                (self.room, self.you, self.replay) = (Some(room), Some(you), Some(replay));
                self.keep_s = limits.keep_s;
            }
            FromServer::Events { events, names } => {
                self.names.extend(names);
                for event in events {
                    if let Some(last) = self.events.last() {
                        assert_eq!(event.seq, last.seq.next(), "a hole or a repeat");
                        assert!(event.at >= last.at, "time ran back");
                    }
                    self.events.push(event);
                }
            }
            FromServer::Presence { online } => self.online = online,
            FromServer::Stored { id, seq } => self.stored.push((id, seq)),
            FromServer::Refused { code, id, retry_after_ms, .. } => {
                self.refused.push((code, id));
                self.again_ms = retry_after_ms;
            }
            FromServer::Tick { .. } => self.ticks += 1,
            FromServer::Bye { code, .. } => self.bye = Some(code),
            FromServer::Read { marks } => {
                self.read_heard = true;
                self.marks.extend(marks);
            }
            FromServer::Typing { by } => self.typing = by,
        }
    }
}

pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Millis(u64::try_from(since.as_millis()).unwrap())
}

pub fn new_id() -> MessageId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Rising within a millisecond as well.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut random: [u8; 10] = rand::random();
    random[..8].copy_from_slice(&count.to_be_bytes());
    MessageId::new(now(), &random)
}
