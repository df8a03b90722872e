//! A session that sleeps and is woken by its page and by somebody else at once: neither is missed.
//!
//! Everything is on one thread here, the ledger too: nothing runs before it is waited for.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::sync::Arc;
use std::time::Duration;

use backend::archive::follower::Follower;
use backend::config::Config;
use backend::edge::Edge;
use backend::ledger::writer::Writer;
use backend::ledger::{Ledger, Request};
use backend::rooms::Rooms;
use backend::services::Services;
use backend::session::{self, Arrival, Line};
use backend::store::index::Index;
use backend::store::log::Log;
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use shared::{ByeCode, Event, Fact, FromPage, FromServer, Join, MessageId, Millis, VERSION};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes that a connection holds, until its page reads.
const HOLDS: usize = 1 << 16;

struct Server {
    _data: TempDir,
    services: Arc<Services>,
    writer: Writer,
    requests: mpsc::Receiver<Request>,
}

impl Server {
    fn start() -> Self {
        let data = TempDir::new().unwrap();
        let config = Config { frames: None, ..Config::new(data.path().to_owned(), data.path().join("dist")) };
        let (edge, rooms) = (Arc::new(Edge::system()), Arc::new(Rooms::default()));
        let log = Log::open(data.path()).unwrap();
        let follower = Follower::open(data.path(), &log).unwrap();
        let parts = (log, Index::open(data.path()).unwrap(), follower.following().0);
        let writer = Writer::new(parts, config.clone(), Arc::clone(&edge), Arc::clone(&rooms)).unwrap();
        let (ledger, requests) = Ledger::channel();
        let services = Arc::new(Services::new(config, edge, Arc::clone(&rooms), ledger).unwrap());
        tokio::spawn(async move { match rooms.courier.work(|| false).await {} });
        Self { _data: data, services, writer, requests }
    }

    /// Lets sessions and courier do what they have to.
    async fn rest(&self) {
        for _ in 0..100 {
            yield_now().await;
        }
    }

    /// Decides what was proposed.
    fn decide(&mut self) {
        let mut waiting: Vec<_> = std::iter::from_fn(|| self.requests.try_recv().ok()).collect();
        self.writer.take(&mut waiting);
    }

    /// Until nobody has anything to do.
    async fn settle(&mut self) {
        self.rest().await;
        while !self.requests.is_empty() {
            self.decide();
            self.rest().await;
        }
    }

    /// Somebody who has joined and has been heard twice: the session sleeps.
    async fn page(&mut self, name: &str) -> Page {
        let (ours, theirs) = tokio::io::duplex(HOLDS);
        let (read, write) = tokio::io::split(ours);
        let line = Line { read, write, ahead: Vec::new() };
        tokio::spawn(session::run(line, Arc::clone(&self.services), Arrival::default()));
        let mut page = Page(WebSocketStream::from_raw_socket(theirs, Role::Client, None).await);
        let join = Join { v: VERSION, room: "lobby".into(), name: name.into(), token: None, after: None };
        page.send(&FromPage::Join(join)).await;
        for at in [1, 2] {
            self.settle().await;
            page.say(id(at)).await;
        }
        self.settle().await;
        page
    }
}

struct Page(WebSocketStream<DuplexStream>);

impl Page {
    async fn send(&mut self, frame: &FromPage) {
        self.write(Message::text(frame.encode())).await;
    }

    async fn say(&mut self, id: MessageId) {
        self.send(&FromPage::Say { id, text: "在吗".into(), reply_to: None }).await;
    }

    async fn write(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// At most so many bytes of what was written to it.
    fn read(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        let count = self.0.get_mut().read(&mut read).now_or_never().map_or(0, Result::unwrap);
        read.truncate(count);
        read
    }

    /// Whether this is heard before its own fifth message is.
    async fn hears_before_its_own(&mut self, is_it: impl Fn(&FromServer) -> bool) -> bool {
        let fifth = |event: &Event| matches!(event.fact, Fact::Said { id: said, .. } if said == id(5));
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something is heard");
            let Message::Text(text) = next.unwrap().unwrap() else { continue };
            match FromServer::decode(text.as_str()).unwrap() {
                frame if is_it(&frame) => return true,
                FromServer::Events { events, .. } if events.iter().any(fifth) => return false,
                _ => {}
            }
        }
    }
}

fn id(at: u64) -> MessageId {
    MessageId::new(Millis(at), &[0; 10])
}

#[tokio::test]
async fn who_is_sent_away_amid_a_message_goes() {
    let mut server = Server::start();
    let mut page = server.page("张三").await;
    page.say(id(5)).await;
    server.services.staying.send_away();
    server.settle().await;
    let is_bye = |frame: &FromServer| matches!(frame, FromServer::Bye { code: ByeCode::Restarting, .. });
    assert!(page.hears_before_its_own(is_bye).await);
}

#[tokio::test]
async fn an_answer_that_comes_with_a_message_is_told() {
    let mut server = Server::start();
    let mut page = server.page("张三").await;
    // What was stored before is answered, and nobody else hears of it.
    page.say(id(1)).await;
    server.rest().await;
    server.decide();
    page.say(id(5)).await;
    server.settle().await;
    let is_answer =
        |frame: &FromServer| matches!(frame, FromServer::Stored { id: told, .. } if *told == id(1));
    assert!(page.hears_before_its_own(is_answer).await);
}

#[tokio::test]
async fn who_else_writes_is_told_amid_a_message() {
    let mut server = Server::start();
    let (mut page, mut other) = (server.page("张三").await, server.page("李四").await);
    // The first was awake as the second came.
    page.say(id(4)).await;
    server.settle().await;
    // The other's session runs first.
    other.send(&FromPage::Typing).await;
    page.say(id(5)).await;
    server.settle().await;
    let writes = |frame: &FromServer| matches!(frame, FromServer::Typing { by } if !by.is_empty());
    assert!(page.hears_before_its_own(writes).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_while_its_page_is_answered_comes_behind_the_answer() {
    for question in [Message::Ping(vec![b'!'; 125].into()), Message::text("[[[[")] {
        let mut server = Server::start();
        let (mut page, mut other) = (server.page("张三").await, server.page("李四").await);
        page.read(HOLDS);
        page.write(question.clone()).await;
        server.settle().await;
        let answer = page.read(HOLDS).len();
        other.say(id(5)).await;
        server.settle().await;
        let said = page.read(HOLDS).len();
        // Its connection holds all of one more message, and a part of one more answer.
        let fill = HOLDS - said - answer / 2;
        for bytes in std::iter::repeat_n(127, fill / 127).chain(Some(fill % 127).filter(|left| *left > 1)) {
            page.write(Message::Ping(vec![b'.'; bytes - 2].into())).await;
        }
        server.settle().await;
        other.say(id(6)).await;
        server.settle().await;
        // It is heard once more, and sleeps; the courier may write.
        page.write(Message::Pong(Bytes::new())).await;
        server.settle().await;
        page.write(question).await;
        server.rest().await;
        other.say(id(7)).await;
        server.rest().await;
        server.decide();
        // There is room again, and the courier comes first.
        let mut heard = page.read(HOLDS / 2);
        server.settle().await;
        heard.extend(page.read(HOLDS));
        let behind = heard.len() - HOLDS - said;
        assert!(2 < behind && behind < answer - 2, "it was written in two parts: {behind} of {answer}");
        let (nobody, _) = tokio::io::duplex(1);
        let mut heard = WebSocketStream::from_partially_read(nobody, heard, Role::Client, None).await;
        let mut told = Vec::new();
        while let Some(Ok(message)) = heard.next().await {
            match message {
                Message::Pong(said) if said.contains(&b'!') => told.push("answer"),
                Message::Text(text) if text.contains("refused") => told.push("answer"),
                Message::Text(text) if text.contains(&id(7).to_string()) => told.push("said"),
                _ => {}
            }
        }
        assert_eq!(told, ["answer", "said"]);
    }
}

#[tokio::test(start_paused = true)]
async fn whose_page_was_heard_is_asked_later_whether_it_is_there() {
    let mut server = Server::start();
    let mut page = server.page("张三").await;
    tokio::time::advance(server.services.config.ping_every).await;
    server.settle().await;
    let heard = std::iter::from_fn(|| page.0.next().now_or_never().flatten());
    assert_eq!(heard.map(Result::unwrap).filter(Message::is_ping).count(), 1);
}
