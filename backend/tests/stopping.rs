//! The program is stopped by a signal, whatever it is doing, and says so in its log.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use backend::store::log::Log;
use cluster::Servers;
use common::Client;
use common::process;
use tempfile::TempDir;

/// How long a stop may take.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

/// Starts the server; its log goes to a pipe, a line a JSON object.
fn start(data: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Reads lines until one holds `text`.
fn wait_for_line(lines: &mut impl BufRead, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the program ended without saying {text:?}");
    }
}

/// Sends a signal; how the program ended, and after how long.
fn stop(child: &mut Child, signal: &str) -> (ExitStatus, Duration) {
    let began = Instant::now();
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = child.wait().unwrap();
    (status, began.elapsed())
}

/// Stops it, and checks that it says `goodbye` in time and ends well.
fn stops_with(child: &mut Child, log: &mut impl Read, signal: &str, goodbye: &str) {
    let (status, took) = stop(child, signal);
    let mut said = String::new();
    log.read_to_string(&mut said).unwrap();
    assert!(status.success(), "{signal}: {status}: {said}");
    assert!(took < STOPS_WITHIN, "{signal}: {took:?}: {said}");
    assert!(said.contains(goodbye), "{signal}: {said}");
}

/// Where a server listens, as it says itself, and its log.
fn address_and_log(child: &mut Child) -> (String, impl Read + use<>) {
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (line.trim().rsplit('/').next().unwrap().to_owned(), log)
}

#[tokio::test]
async fn each_stop_signal_says_goodbye_and_exits_with_0() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let data = TempDir::new().unwrap();
        let mut child = start(data.path(), &[]);
        let (address, mut log) = address_and_log(&mut child);
        let mut zhang = Client::connect(&address).await;
        zhang.join("张三").await;
        stops_with(&mut child, &mut log, signal, "\"stopped\"");
        zhang.until_over().await;
    }
}

#[test]
fn stop_does_not_wait_for_a_connection_that_never_reads() {
    let data = TempDir::new().unwrap();
    let mut child = start(data.path(), &[]);
    let (address, mut log) = address_and_log(&mut child);
    let _idle: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(&address).unwrap()).collect();
    stops_with(&mut child, &mut log, "-TERM", "\"stopped\"");
}

#[test]
fn stop_ends_a_start_that_waits_for_nats() {
    let data = TempDir::new().unwrap();
    let mut child = start(data.path(), &["--nats", "nats://127.0.0.1:1"]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for_line(&mut log, "waiting for NATS");
    stops_with(&mut child, &mut log, "-TERM", "stopped before everything had started");
}

#[test]
fn stop_ends_a_start_that_waits_for_jetstream() {
    let servers = Servers::start(1).unwrap();
    let data = TempDir::new().unwrap();
    let url = servers.urls().join(",");
    // One server cannot keep three copies.
    let mut child = start(data.path(), &["--nats", &url, "--nats-replicas", "3"]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for_line(&mut log, "waiting for JetStream");
    stops_with(&mut child, &mut log, "-TERM", "stopped before everything had started");
}

#[tokio::test]
async fn stop_ends_a_node_that_nats_has_left() {
    let servers = Servers::start(1).unwrap();
    let data = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.args(["--listen", "127.0.0.1:0", "--nats-replicas", "1", "--nats", &servers.urls()[0], "--data"]);
    let (mut node, address) = process::start(command.arg(data.path()));
    let mut zhang = Client::connect(&address).await;
    zhang.join("张三").await;
    servers.freeze(0, true).unwrap();
    zhang.say("没有回音").await;
    let (status, took) = stop(&mut node.0, "-TERM");
    servers.freeze(0, false).unwrap();
    assert!(status.success() && took < STOPS_WITHIN, "{status} {took:?}");
}

/// The index of a large log is made anew for many seconds. Here another process keeps the log locked, which takes as long and is
/// the same for whoever waits.
#[test]
fn stop_ends_a_start_that_still_opens_the_data_folder() {
    let data = TempDir::new().unwrap();
    drop(Log::open(data.path()).unwrap());
    let other = rusqlite::Connection::open(data.path().join("log.db")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let mut child = start(data.path(), &[]);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for_line(&mut log, "there is no page");
    sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the log");
    stops_with(&mut child, &mut log, "-TERM", "stopped before everything had started");
}
