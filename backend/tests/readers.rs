//! Whoever asks by HTTP and does not read: let go, and what is kept for it meanwhile is bounded.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "common/mod.rs"]
mod common;

use std::time::Duration;

use backend::config::PAGE_BYTES;
use common::rooms::{JSON, bearer, http, join, make, page};
use common::{Client, PATIENCE, TestServer};
use shared::limits::TEXT_MAX;
use shared::{Export, RoomMade};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

const NEVER: Duration = Duration::from_secs(3_600);

/// A room in which a lot was said.
async fn talked_in(server: &TestServer) -> (RoomMade, Client) {
    let room = make(server, r#"{"capacity":3}"#).await;
    let mut host = join(server, &room, "张三", room.host_token).await;
    for n in 0..60 {
        let text = format!("{n}{}", "𰻝".repeat(TEXT_MAX - 2));
        host.say(&text).await;
        host.until_text(&text).await;
    }
    (room, host)
}

async fn deaf(server: &TestServer) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(server.address.parse().unwrap()).await.unwrap()
}

fn ask(room: &RoomMade) -> Vec<u8> {
    let (id, bearer) = (room.room, bearer(room.host_token));
    format!("GET /api/rooms/{id}/events HTTP/1.1\r\nHost: chat.example\r\n{bearer}\r\n").into_bytes()
}

#[tokio::test]
async fn whoever_asks_and_does_not_read_is_let_go() {
    let server = TestServer::with(|config| config.write_within = Duration::from_millis(100)).await;
    let (room, _host) = talked_in(&server).await;
    let mut stream = deaf(&server).await;
    let asking = async { while stream.write_all(&ask(&room)).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.expect("it is let go");

    // Nor is an export kept on its way.
    let path = format!("POST /api/rooms/{}/export", room.room);
    let headers = format!("{JSON}{}", bearer(room.host_token));
    let (_, body) = http(&server, &path, &headers, r#"{"as":"html"}"#).await;
    let export: Export = serde_json::from_str(&body).unwrap();
    let mut stream = deaf(&server).await;
    let asked = format!("GET {} HTTP/1.1\r\nHost: chat.example\r\n\r\n", export.url);
    stream.write_all(asked.as_bytes()).await.unwrap();
    let asking = async { while stream.write_all(&ask(&room)).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.expect("it is let go");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_whoever_does_not_read() {
    let patient = |config: &mut backend::config::Config| {
        (config.write_within, config.drain_within) = (NEVER, NEVER);
    };
    let server = TestServer::with(patient).await;
    let (room, host) = talked_in(&server).await;
    let mut stream = deaf(&server).await;
    // It takes no more questions: it is stuck in an answer.
    let asking = async { while stream.write_all(&ask(&room)).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_millis(500), asking).await.is_err());
    drop(host);
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_long_messages_is_bounded_and_the_rest_follows() {
    let server = TestServer::start().await;
    let (room, host) = talked_in(&server).await;
    let all: Vec<_> = host.events.iter().map(|event| event.seq).collect();
    let most = PAGE_BYTES + 5 * TEXT_MAX;
    let (mut falling, mut rising) = (Vec::new(), Vec::new());
    loop {
        let before = falling.first().map_or(String::new(), |seq| format!("?before={seq}"));
        let older = page(&server, &room, &before, room.host_token).await;
        assert!(serde_json::to_string(&older).unwrap().len() <= most);
        falling.splice(..0, older.events.iter().map(|event| event.seq));
        if !older.more {
            break;
        }
    }
    loop {
        let after = format!("?after={}", rising.last().map_or("0".to_owned(), ToString::to_string));
        let newer = page(&server, &room, &after, room.host_token).await;
        assert!(serde_json::to_string(&newer).unwrap().len() <= most);
        rising.extend(newer.events.iter().map(|event| event.seq));
        if !newer.more {
            break;
        }
    }
    assert_eq!((&falling, &rising), (&all, &all));
}
