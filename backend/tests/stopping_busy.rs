//! A signal stops the program within two seconds while it makes a large index, or follows what it missed of a cluster.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backend::names::fold;
use backend::room::proposal::{Private, Record, Settings};
use backend::room::seal::TokenHash;
use backend::room::tail::Entry;
use backend::store::log::Log;
use cluster::Servers;
use common::nodes::node;
use common::process::Process;
use common::{Client, new_id};
use shared::{Epoch, Event, Fact, MemberId, Millis, NameRule, RoomId, Seq, Text, Token};
use tempfile::TempDir;

/// How long a stop may take.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

/// A data folder whose log has so many messages, and no index.
fn large_log(messages: u64) -> TempDir {
    const AT_ONCE: u64 = 50_000;
    let data = TempDir::new().unwrap();
    let mut log = Log::open(data.path()).unwrap();
    let settings = Settings::lobby(Epoch::new(&[1; 8]), 120_000);
    log.begin().unwrap();
    let life = log.begin_life(RoomId::Lobby, &settings.epoch).unwrap();
    let append = |log: &mut Log, seq: u64, fact: Fact, private: Private| {
        let event = Event { seq: Seq(seq), at: Millis(1_790_000_000_000 + seq), fact };
        log.append(life, &Entry::new(&event), &Record { event, private }).unwrap();
    };
    let opened = Fact::Opened { capacity: settings.capacity, title: None };
    append(&mut log, 1, opened, Private::Opened(Box::new(settings)));
    let (member, name) = (MemberId(1), NameRule::default().parse("张三").unwrap());
    let private = Private::Joined { token: TokenHash::of(&Token::new(&[1; 32])), folded: fold("张三") };
    append(&mut log, 2, Fact::Joined { member, name, host: false }, private);
    for number in 0..messages {
        let text = Text::parse(&format!("这是第{number}条消息，说的是别的事")).unwrap();
        let fact = Fact::Said { by: member, id: new_id(), text, reply_to: None, edited: None };
        append(&mut log, number + 3, fact, Private::None);
        if number % AT_ONCE == AT_ONCE - 1 {
            log.commit().unwrap();
            log.begin().unwrap();
        }
    }
    log.commit().unwrap();
    data
}

/// What `/readyz` says; nothing while nobody listens.
fn ready(address: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = std::net::TcpStream::connect(address) {
        let _ = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}

fn start(data: &Path, listen: &str, more: &[&str]) -> (Process, BufReader<ChildStderr>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.args(["--listen", listen, "--data"]).arg(data).args(more);
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    (Process(child), log)
}

fn wait_for_line(log: &mut impl BufRead, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the program ended without saying {text:?}");
    }
}

/// Sends SIGTERM, and checks that the program ends in time, well, and before it had started.
fn stops_in_time(server: &mut Process, log: &mut impl Read) {
    let began = Instant::now();
    let sent = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = server.0.wait().unwrap();
    let took = began.elapsed();
    let mut said = String::new();
    log.read_to_string(&mut said).unwrap();
    assert!(status.success() && took < STOPS_WITHIN, "{status} after {took:?}: {said}");
    assert!(!said.contains("\"listening\""), "it had started: {said}");
}

fn stops_while_it_indexes(messages: u64) {
    let data = large_log(messages);
    let (mut server, mut log) = start(data.path(), "127.0.0.1:0", &[]);
    wait_for_line(&mut log, "there is no page");
    let index = data.path().join("index.db-wal");
    let began = Instant::now();
    while fs::metadata(&index).map_or(0, |file| file.len()) < 100_000 {
        assert!(began.elapsed() < common::PATIENCE, "no index is made");
        std::thread::yield_now();
    }
    stops_in_time(&mut server, &mut log);
}

#[test]
fn stop_ends_the_making_of_a_large_index() {
    stops_while_it_indexes(300_000);
}

#[test]
#[ignore = "writes a log of a million messages"]
fn stop_ends_the_making_of_an_index_of_a_million() {
    stops_while_it_indexes(1_000_000);
}

#[tokio::test]
async fn stop_ends_a_node_that_is_catching_up() {
    const MESSAGES: usize = 20_000;
    const AHEAD: usize = 400;
    let servers = Servers::start(1).unwrap();
    let first = node(&servers, Arc::new(TempDir::new().unwrap())).await;
    drop(first.join("张三").await);
    let data = first.stop().await;
    // The log as it was before the messages.
    let old = TempDir::new().unwrap();
    fs::copy(data.path().join("log.db"), old.path().join("log.db")).unwrap();
    let first = node(&servers, data).await;
    let mut zhang: Client = first.join("李四").await;
    for number in 0..MESSAGES {
        zhang.say(&format!("{number}")).await;
        if number % (AHEAD / 2) == 0 {
            zhang.until("its echo", |client| client.events.len() + AHEAD > number).await;
        }
    }
    zhang.until("all of it", |client| client.events.len() >= MESSAGES).await;
    drop(zhang);
    first.stop().await;

    // With port 0 the program says where it listens only once it has started.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = servers.urls().join(",");
    let cluster = ["--nats", &url, "--nats-replicas", "1", "--nats-partitions", "2"];
    let (mut server, mut log) = start(old.path(), &free, &cluster);
    // It has stored some of what it missed, and far from all.
    let wal = old.path().join("log.db-wal");
    let began = Instant::now();
    while fs::read(&wal).map_or(0, |bytes| bytes.iter().filter(|byte| **byte != 0).count()) < 50_000 {
        assert!(began.elapsed() < common::PATIENCE, "it stores nothing of what it missed");
    }
    assert!(!ready(&free).contains("200 OK"), "it was ready before it could be stopped");
    stops_in_time(&mut server, &mut log);
}
