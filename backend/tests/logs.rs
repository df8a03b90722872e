//! What the server writes down: nothing that anybody said, no token, no room's address, at whatever level.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use backend::logging::{self, Form};
use common::pairing::{back_up, exchange, new_code, redeem};
use common::raw::{get, raw};
use common::rooms::{JSON, bearer, http, join, make, token};
use common::{TestServer, new_id};
use shared::FromPage;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<u8>>>);

impl io::Write for Book {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Book {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The codes and tokens of a member who pairs devices and signs them out.
async fn devices(server: &TestServer) -> Vec<String> {
    let room = make(server, r#"{"capacity":2}"#).await;
    let mut guest = join(server, &room, "王五", token()).await;
    let code = new_code(server, &room, guest.token).await.unwrap();
    let paired = redeem(server, &code).await.unwrap().token;
    assert!(redeem(server, &code).await.is_err());
    let backup = back_up(server, &room, paired).await.unwrap();
    let recovered = exchange(server, &room, backup).await.unwrap().token;
    assert!(exchange(server, &room, backup).await.is_err());
    guest.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    let mut signed_out = join(server, &room, "王五", recovered).await;
    signed_out.until_over().await;
    let tokens = [guest.token, paired, backup, recovered].map(|token| token.as_str().to_owned());
    [code].into_iter().chain(tokens).collect()
}

/// The only test of its file: what it listens to is the whole process.
#[tokio::test]
async fn no_room_no_token_and_nothing_said_is_written_down() {
    let (book, json) = (Book::default(), Book::default());
    let filter = logging::filter("trace").unwrap();
    let lines = logging::lines(Form::Plain, book.clone());
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(logging::lines(Form::Json, json.clone()))
        .init();
    logging::log_panics();

    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3,"title":"秘密会议"}"#).await;
    let guest = token();
    let mut host = join(&server, &room, "张三丰", room.host_token).await;
    let mut li = join(&server, &room, "李四光", guest).await;
    li.say("暗号是芝麻开门").await;
    host.until_text("暗号是芝麻开门").await;
    // What breaks the rules is written down, but not what it says.
    for frame in [
        format!(r#"{{"type":"say","id":"{}","text":["芝麻"]}}"#, new_id()),
        format!(r#"{{"type":"join","v":"{}","room":"{}"}}"#, guest.as_str(), room.room),
        format!(r#"{{"type":"{}"}}"#, guest.as_str()),
        "芝麻".to_owned(),
    ] {
        let heard = li.refused.len();
        li.send_text(&frame).await;
        li.until("a refusal", |client| client.refused.len() > heard).await;
    }
    let id = new_id();
    host.send(&FromPage::Set { id, title: Some("芝麻会".into()), slow_s: None, words: None }).await;
    host.until("the change", |client| client.events.len() > 4).await;
    let path = format!("/api/rooms/{}", room.room);
    for (head, headers, body) in [
        (format!("GET {path}"), String::new(), ""),
        (format!("GET {path}/events?limit=x"), bearer(guest), ""),
        (format!("GET {path}/search?q=芝麻"), bearer(guest), ""),
        (format!("GET {path}/search?q=%E8%8A%9D"), bearer(guest), ""),
        (format!("POST {path}/export"), bearer(guest) + JSON, r#"{"as":"芝麻"}"#),
        (format!("POST {path}/nothing"), bearer(guest), ""),
        (format!("DELETE {path}"), bearer(guest), ""),
        (format!("DELETE {path}"), bearer(room.host_token), ""),
    ] {
        http(&server, &head, &headers, body).await;
    }
    raw(&server, &get(&format!("/r/{}", room.room), "Origin: https://evil.example\r\n")).await;
    let paired = devices(&server).await;
    for path in [
        "/../r/ROOM",
        "/ROOM%00",
        "/ROOM%5c",
        "/a:ROOM",
        "/icon.svg/ROOM",
        &format!("/{}ROOM", "x".repeat(300)),
    ] {
        raw(&server, &get(&path.replace("ROOM", &room.room.to_string()), "")).await;
    }
    li.until_over().await;
    server.stop().await;

    tokio::spawn(async { panic!("芝麻") }).await.unwrap_err();

    for book in [&book, &json] {
        let written = String::from_utf8(book.0.lock().unwrap().clone()).unwrap();
        assert!(!written.contains("warp::"), "everybody can write it: {written}");
        for line in ["a connection ends", "a frame was refused", "a mistake in the program"] {
            assert!(written.contains(line), "{line}: {written}");
        }
        assert!(paired.iter().all(|secret| !written.contains(secret)), "{paired:?} in:\n{written}");
        for secret in [
            &room.room.to_string(),
            room.host_token.as_str(),
            guest.as_str(),
            "芝麻",
            "秘密",
            "张三丰",
            "李四光",
        ] {
            assert!(!written.contains(secret), "{secret} in:\n{written}");
        }
    }
    let written = String::from_utf8(json.0.lock().unwrap().clone()).unwrap();
    for line in written.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for field in ["timestamp", "level", "target", "message"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
}
