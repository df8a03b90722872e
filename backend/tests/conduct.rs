//! How a connection is opened and closed: handshakes, close codes, and what breaks the rules.

#[path = "common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::raw::{get, handshake, raw, upgraded};
use common::{Client, PATIENCE, TestServer};
use shared::limits::{FRAME_MAX, TEXT_MAX};
use shared::{ByeCode, Code, FromPage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn other_versions_and_the_older_draft_get_426() {
    let server = TestServer::start().await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let draft = "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n";
    for request in [
        handshake(&format!("Sec-WebSocket-Version: 8\r\n{key}")),
        handshake(key),
        handshake("Sec-WebSocket-Version: 13\r\n"),
        handshake(draft) + "^n:ds[4U",
        handshake(&format!("Sec-WebSocket-Version: 13\r\n{key}{draft}")),
        "GET /ws HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n".to_owned(),
    ] {
        let answer = raw(&server, &request).await;
        assert!(answer.starts_with("http/1.1 426 "), "{answer}");
        assert!(answer.contains("\r\nsec-websocket-version: 13\r\n"), "{answer}");
        assert!(answer.contains("rfc 6455"), "{answer}");
    }
}

#[tokio::test]
async fn pages_of_another_origin_get_403() {
    let server =
        TestServer::with(|config| config.origins = vec!["https://chat.example".parse().unwrap()]).await;
    let own = format!("http://{}", server.address);
    for origin in [own.as_str(), "https://chat.example"] {
        Client::try_connect(&server.address, "/ws", &[("origin", origin)]).await.unwrap();
    }
    for origin in ["https://evil.example", "http://127.0.0.1:1", "null"] {
        match Client::try_connect(&server.address, "/ws", &[("origin", origin)]).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin}"),
            _ => panic!("{origin} was let in"),
        }
    }
}

#[tokio::test]
async fn frames_that_break_the_rules_close_with_their_code() {
    let server = TestServer::start().await;
    let too_long = Message::text("a".repeat(FRAME_MAX + 1));
    for (name, frame, code, bye) in [
        ("张三", too_long, 1009, Some(ByeCode::TooBig)),
        ("李四", Message::binary(vec![1, 2, 3]), 1003, None),
    ] {
        let mut client = server.join(name).await;
        client.send_raw(frame).await;
        client.until_over().await;
        assert_eq!((client.closed, client.bye), (Some(code), bye));
    }
}

#[tokio::test]
async fn bytes_that_break_the_rules_close_with_their_code() {
    let server = TestServer::start().await;
    let unmasked = [0x81, 2, b'h', b'i'];
    let reserved_bit = [0xc1, 0x80, 0, 0, 0, 0];
    let not_utf8 = [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe];
    let lone_continuation = [0x80, 0x80, 0, 0, 0, 0];
    for (bytes, code) in [
        (&unmasked[..], 1002_u16),
        (&reserved_bit[..], 1002),
        (&not_utf8[..], 1007),
        (&lone_continuation[..], 1002),
    ] {
        let mut stream = upgraded(&server).await;
        stream.write_all(bytes).await.unwrap();
        let mut answer = [0; 4];
        tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(answer[..2], [0x88, 2], "{bytes:?}");
        assert_eq!(u16::from_be_bytes([answer[2], answer[3]]), code, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_version_is_told_and_closed() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send_text(r#"{"type":"join","v":2,"room":"lobby","name":"张三"}"#).await;
    client.until_over().await;
    assert_eq!(client.refused, [(Code::Version, None)]);
    assert_eq!((client.bye, client.closed), (Some(ByeCode::Version), Some(1008)));
}

#[tokio::test]
async fn a_join_is_checked_in_the_protocol_s_order() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    for (frame, code) in [
        (r#"{"type":"join","v":2,"room":"nowhere","name":"x"}"#, Code::BadMessage), // not the room of the address
        (r#"{"type":"join","v":1,"room":"lobby","name":"x"}"#, Code::BadName),
        (r#"{"type":"say","id":"019a9c50-7f3e-7c11-8a55-0d6f3b1c2e4a","text":"hi"}"#, Code::BadMessage),
        ("nonsense", Code::BadMessage),
    ] {
        let heard = client.refused.len();
        client.send_text(frame).await;
        client.until("a refusal", |client| client.refused.len() > heard).await;
        assert_eq!(client.refused[heard].0, code, "{frame}");
    }
    let mut elsewhere = Client::try_connect(&server.address, "/ws", &[]).await.unwrap();
    for (room, name, code) in [
        ("nosuchroom", "x", Code::BadName),
        ("nosuchroom", "张三", Code::RoomUnknown),
        ("7Yc3mVbq9sT1kLwXeRzP4n", "x", Code::BadName),
        ("7Yc3mVbq9sT1kLwXeRzP4n", "张三", Code::RoomUnknown),
    ] {
        let heard = elsewhere.refused.len();
        elsewhere.send_text(&format!(r#"{{"type":"join","v":1,"room":"{room}","name":"{name}"}}"#)).await;
        elsewhere.until("a refusal", |client| client.refused.len() > heard).await;
        assert_eq!(elsewhere.refused[heard].0, code, "{room} {name}");
    }
}

#[tokio::test]
async fn texts_out_of_bounds_are_refused_with_their_id_and_the_connection_stays() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for (text, code) in [
        (String::new(), Code::BadMessage),
        (" \u{3000}\n".to_owned(), Code::BadMessage),
        ("a\u{7}b".to_owned(), Code::BadMessage),
        ("字".repeat(TEXT_MAX + 1), Code::TooLong),
    ] {
        let heard = zhang.refused.len();
        let id = zhang.say(&text).await;
        zhang.until("a refusal", |client| client.refused.len() > heard).await;
        assert_eq!(zhang.refused[heard], (code, Some(id)));
    }
    zhang.send(&FromPage::Typing).await;
    zhang.say(&"字".repeat(TEXT_MAX)).await;
    zhang.until_text(&"字".repeat(TEXT_MAX)).await;
}

#[tokio::test]
async fn who_never_joins_is_sent_away() {
    let server = TestServer::with(|config| config.join_within = Duration::from_millis(50)).await;
    let mut client = server.connect().await;
    client.until_over().await;
    assert_eq!((client.bye, client.closed), (Some(ByeCode::Idle), Some(1008)));
}

#[tokio::test]
async fn a_quiet_connection_hears_ticks_and_a_dead_one_is_dropped() {
    let quick = |config: &mut backend::config::Config| {
        config.ping_every = Duration::from_millis(30);
        config.silence_max = Duration::from_millis(400);
    };
    let server = TestServer::with(quick).await;
    let mut zhang = server.join("张三").await;
    zhang.until("ticks", |client| client.ticks >= 3).await;
    // One that answers no ping, since nobody polls it:
    let mut dead = upgraded(&server).await;
    let mut rest = Vec::new();
    tokio::select! {
        ended = tokio::time::timeout(PATIENCE, dead.read_to_end(&mut rest)) => drop(ended.unwrap().unwrap()),
        () = zhang.until_over() => panic!("who answers is not dropped"),
    }
    zhang.say("我在").await;
    zhang.until_text("我在").await;
}

#[tokio::test]
async fn a_message_does_not_wait_for_the_one_before_to_be_acknowledged() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let start = Instant::now();
    for round in 0..50 {
        // Two small writes in a row are what Nagle's algorithm delays, by 40 ms each time.
        li.say(&format!("一{round}")).await;
        li.say(&format!("二{round}")).await;
        zhang.until_text(&format!("二{round}")).await;
    }
    assert!(start.elapsed() < Duration::from_millis(50 * 40), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_api_knows_the_lobby_and_nothing_else() {
    let server = TestServer::start().await;
    let _zhang = server.join("张三").await;
    let card = raw(&server, &get("/api/rooms/lobby", "")).await;
    let expected =
        r#"{"capacity":2,"seated":1,"online":1,"locked":false,"names":"common","history":"from_join"}"#;
    assert!(card.contains(expected), "{card}");
    for path in ["/api/rooms/lobby", "/healthz"] {
        let head = raw(&server, &get(path, "").replace("GET", "HEAD")).await;
        assert!(head.starts_with("http/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    }
    let unknown = raw(&server, &get("/api/rooms/nosuchroom", "")).await;
    assert!(unknown.starts_with("http/1.1 404 ") && unknown.contains("room_unknown"), "{unknown}");
    assert!(raw(&server, &get("/healthz", "")).await.contains("\r\n\r\nok"));
    for path in ["/", "/r/7Yc3mVbq9sT1kLwXeRzP4n"] {
        let page = raw(&server, &get(path, "")).await;
        assert!(
            page.starts_with("http/1.1 503 ") && page.contains("请联系管理员") && !page.contains("make"),
            "{page}"
        );
    }
    assert!(raw(&server, &get("/../Cargo.toml", "")).await.starts_with("http/1.1 404 "));
}
