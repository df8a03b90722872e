//! What one address may have and do, each limit at its bound.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::time::Duration;

use backend::config::{AddressLimits, Config, quota};
use common::raw::{GOOD, connection, get, handshake, head, raw, rest, upgraded, upgraded_with};
use common::rooms::{JSON, join, make, token};
use common::{Client, PATIENCE, TestServer};
use governor::Quota;
use shared::{Code, RoomId, RoomMade};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A server with the protocol's limits, but for one.
async fn limited(change: impl FnOnce(&mut AddressLimits)) -> TestServer {
    let mut limits = AddressLimits::default();
    change(&mut limits);
    TestServer::with(|config| config.addresses = Some(limits)).await
}

/// It was refused with 429, and told to come again in so many seconds.
fn come_again(answer: &str, seconds: u64) {
    assert!(answer.starts_with("http/1.1 429 "), "{answer}");
    assert!(answer.contains(&format!("\r\nretry-after: {seconds}\r\n")), "{answer}");
}

/// Asks until it is not turned away: the server may not have seen yet that a connection is gone.
async fn until_let_in(server: &TestServer, headers: &str) -> TcpStream {
    let trying = async {
        loop {
            let mut stream = connection(server).await;
            stream.write_all(handshake(&format!("{GOOD}{headers}")).as_bytes()).await.unwrap();
            if head(&mut stream).await.starts_with("HTTP/1.1 101 ") {
                return stream;
            }
        }
    };
    tokio::time::timeout(PATIENCE, trying).await.unwrap()
}

#[tokio::test]
async fn an_address_says_so_many_bytes_an_hour_and_then_hears_when_to_come_again() {
    let server = limited(|limits| limits.stored = quota(Quota::per_hour, 3_600, 1_000)).await;
    let mut one = server.join("张三").await;
    let elsewhere = Client::connect_from([127, 0, 0, 2], &server.address).await.unwrap();
    let mut other = elsewhere;
    other.join("李四").await;
    for text in ["一".repeat(100), "二".repeat(100)] {
        one.say(&text).await;
        one.until_text(&text).await;
    }
    one.say(&"三".repeat(100)).await;
    one.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(one.refused[0].0, Code::TooFast);
    let wait = one.again_ms.unwrap();
    assert!((1..=300_000).contains(&wait), "{wait}");
    other.say("这里还行").await;
    one.until_text("这里还行").await;
    server.pass(Duration::from_millis(wait));
    one.say(&"四".repeat(100)).await;
    one.until_text(&"四".repeat(100)).await;
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_the_next_is_told_to_come_again() {
    let server = limited(|limits| limits.connections = 3).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(upgraded(&server).await);
    }
    come_again(&raw(&server, &handshake(GOOD)).await, 5);
    let answer = raw(&server, &get("/healthz", "")).await;
    come_again(&answer, 5);
    assert!(answer.contains(r#""code":"too_fast""#), "{answer}");
    open.pop();
    open.push(until_let_in(&server, "").await);
    come_again(&raw(&server, &handshake(GOOD)).await, 5);
}

#[tokio::test]
async fn a_thousand_connections_from_one_address_are_five_hundred() {
    let server = limited(|_| {}).await;
    let mut open = Vec::new();
    // Three hundred requests at once are another limit: time passes for the server.
    while open.len() < 500 {
        server.pass(Duration::from_secs(1));
        open.push(upgraded(&server).await);
    }
    for _ in 500..1_000 {
        come_again(&rest(&mut connection(&server).await).await, 5);
    }
}

#[tokio::test]
async fn an_address_has_so_many_unfinished_handshakes() {
    let server = limited(|limits| limits.handshakes = 2).await;
    let mut half = Vec::new();
    for _ in 0..2 {
        let mut stream = connection(&server).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: ch").await.unwrap();
        half.push(stream);
    }
    come_again(&raw(&server, &get("/healthz", "")).await, 5);
    // Complete, it counts no more, although the connection is still there.
    half[0].write_all(b"at\r\n\r\n").await.unwrap();
    assert!(head(&mut half[0]).await.starts_with("HTTP/1.1 200 "));
    let _third = upgraded(&server).await;
}

#[tokio::test]
async fn a_slow_handshake_is_closed() {
    let server = TestServer::with(|config| config.head_within = Duration::from_millis(50)).await;
    for begun in ["", "GET /ws HTTP/1.1\r\nHost: chat.example\r\nUpg"] {
        let mut slow = connection(&server).await;
        slow.write_all(begun.as_bytes()).await.unwrap();
        let answer = rest(&mut slow).await;
        assert!(answer.is_empty() || answer.starts_with("http/1.1 408 "), "{answer}");
    }
    // So is one that asked before, and is quiet since; one that was upgraded is not.
    let (mut quiet, _upgraded) = (connection(&server).await, upgraded(&server).await);
    quiet.write_all(b"GET /healthz HTTP/1.1\r\nHost: chat.example\r\n\r\n").await.unwrap();
    assert!(rest(&mut quiet).await.ends_with("ok\n"));
    let mut zhang = server.join("张三").await;
    zhang.say("还在").await;
    zhang.until_text("还在").await;
}

#[tokio::test]
async fn a_slow_body_and_an_endless_head_are_refused() {
    let server = TestServer::with(|config| config.answer_within = Duration::from_millis(50)).await;
    let request = format!(
        "POST /api/rooms HTTP/1.1\r\nHost: chat.example\r\n{JSON}Content-Length: 20\r\nConnection: close\r\n\r\n{{"
    );
    let answer = raw(&server, &request).await;
    assert!(answer.starts_with("http/1.1 408 ") && answer.contains(r#""code":"overloaded""#), "{answer}");
    let endless = get("/healthz", &format!("X: {}\r\n", "x".repeat(64 * 1024)));
    let mut stream = connection(&server).await;
    // It may be closed before all is written.
    let _ = stream.write_all(endless.as_bytes()).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn an_address_asks_so_often() {
    let server = limited(|limits| limits.requests = quota(Quota::per_second, 2, 5)).await;
    let health = get("/healthz", "");
    for _ in 0..5 {
        assert!(raw(&server, &health).await.starts_with("http/1.1 200 "));
    }
    come_again(&raw(&server, &health).await, 1);
    come_again(&raw(&server, &handshake(&format!("{GOOD}Connection: close\r\n"))).await, 1);
    server.pass(Duration::from_millis(500));
    assert!(raw(&server, &health).await.starts_with("http/1.1 200 "));
    come_again(&raw(&server, &health).await, 1);
}

#[tokio::test]
async fn an_address_makes_so_many_rooms() {
    let server = limited(|limits| limits.rooms = quota(Quota::per_hour, 4, 4)).await;
    for _ in 0..4 {
        make(&server, r#"{"capacity":2}"#).await;
    }
    let post = |body: &str| {
        let length = body.len();
        format!(
            "POST /api/rooms HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n{JSON}Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let answer = raw(&server, &post(r#"{"capacity":2}"#)).await;
    come_again(&answer, 15 * 60);
    assert!(answer.contains(r#""code":"too_fast""#), "{answer}");
    // What makes no room does not count.
    assert!(raw(&server, &post(r#"{"capacity":1}"#)).await.starts_with("http/1.1 400 "));
    server.pass(Duration::from_secs(15 * 60 + 1));
    make(&server, r#"{"capacity":2}"#).await;
}

#[tokio::test]
async fn an_address_takes_so_many_new_seats_and_known_tokens_are_free() {
    let server = limited(|limits| limits.seats = quota(Quota::per_minute, 2, 2)).await;
    let room = make(&server, r#"{"capacity":9}"#).await;
    let host = join(&server, &room, "张三", room.host_token).await;
    let li = join(&server, &room, "李四", token()).await;
    for _ in 0..5 {
        let back = join(&server, &room, "李四", li.token).await;
        assert!(back.you.is_some());
    }
    let mut wang = join(&server, &room, "王五", token()).await;
    assert_eq!(wang.refused, [(Code::TooFast, None)]);
    let again = wang.again_ms.unwrap();
    assert!((20_000..=30_001).contains(&again), "{again}");
    // Nor in another room, and whatever room that is.
    let mut lobby = server.connect().await;
    assert_eq!(lobby.try_join("赵六").await, Code::TooFast);
    server.pass(Duration::from_millis(again));
    // The refused connection may try again.
    let wish = shared::Join {
        v: shared::VERSION,
        room: room.room.to_string(),
        name: "王五".into(),
        token: Some(wang.token),
        after: None,
    };
    wang.send(&shared::FromPage::Join(wish)).await;
    wang.until("a welcome", |client| client.you.is_some()).await;
    drop((host, li));
    // After a restart too, when no room is loaded.
    let limits = AddressLimits { seats: quota(Quota::per_minute, 1, 1), ..AddressLimits::default() };
    let server = TestServer::on(server.stop().await, |config| config.addresses = Some(limits)).await;
    for token in [room.host_token, wang.token, room.host_token] {
        assert!(join(&server, &room, "孙七", token).await.you.is_some());
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_speaks_for_others() {
    let few = |config: &mut Config| {
        let (connections, requests) = (2, quota(Quota::per_hour, 1, 3));
        config.addresses = Some(AddressLimits { connections, requests, ..AddressLimits::default() });
    };
    let server = TestServer::with(few).await;
    for from in 0..3 {
        let said = format!("X-Forwarded-For: 192.0.2.{from}\r\n");
        assert!(raw(&server, &get("/healthz", &said)).await.starts_with("http/1.1 200 "));
    }
    come_again(&raw(&server, &get("/healthz", "X-Forwarded-For: 192.0.2.9\r\n")).await, 3_600);

    let server = TestServer::with(|config| {
        few(config);
        config.proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    for from in 0..9 {
        let said = format!("X-Forwarded-For: 198.51.100.1, 192.0.2.{from}\r\n");
        assert!(raw(&server, &get("/healthz", &said)).await.starts_with("http/1.1 200 "));
    }
    // Connections count for whom they were opened, as long as they are there.
    let [zhang, li] = ["X-Forwarded-For: 2001:db8::1\r\n", "X-Forwarded-For: 2001:db8:0:1::1\r\n"];
    let mut open = vec![upgraded_with(&server, zhang).await, upgraded_with(&server, zhang).await];
    open.push(upgraded_with(&server, li).await);
    let third = handshake(&format!("{GOOD}{}", zhang.replace("::1", "::2")));
    let mut refused = connection(&server).await;
    refused.write_all(third.as_bytes()).await.unwrap();
    come_again(&head(&mut refused).await.to_lowercase(), 5);
    assert!(
        Client::connect(&server.address).await.you.is_none(),
        "the proxy's own connections are not limited"
    );
}

#[tokio::test]
async fn what_was_refused_costs_no_seat() {
    let server = limited(|limits| limits.seats = quota(Quota::per_minute, 3, 3)).await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let host = join(&server, &room, "张三", room.host_token).await;
    let mut unlucky = server.connect().await;
    for (name, code) in [("张三", None), ("x", Some(Code::BadName))] {
        for _ in 0..4 {
            let refused = join(&server, &room, name, token()).await.refused;
            assert_eq!(refused, [(code.unwrap_or(Code::NameTaken), None)]);
        }
    }
    assert_eq!(unlucky.try_join("").await, Code::BadName);
    let unknown = RoomMade { room: RoomId::Link([7; 16]), ..room.clone() };
    for _ in 0..4 {
        assert_eq!(join(&server, &unknown, "李四", token()).await.refused, [(Code::RoomUnknown, None)]);
    }
    let seated = [join(&server, &room, "李四", token()).await, join(&server, &room, "王五", token()).await];
    assert!(seated.iter().all(|client| client.you.is_some()));
    assert_eq!(join(&server, &room, "赵六", token()).await.refused, [(Code::TooFast, None)]);
    drop(host);
}

#[tokio::test]
async fn leaving_and_coming_again_costs_a_seat_each_time() {
    let server = limited(|limits| limits.seats = quota(Quota::per_minute, 4, 4)).await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let key = token();
    for _ in 0..4 {
        let mut restless = join(&server, &room, "李四", key).await;
        assert!(restless.you.is_some());
        restless.send(&shared::FromPage::Leave).await;
        restless.until_over().await;
    }
    assert_eq!(join(&server, &room, "李四", key).await.refused, [(Code::TooFast, None)]);
}

#[tokio::test]
async fn a_class_behind_one_address_comes_in_one_moment() {
    let server = limited(|_| {}).await;
    let dist = server.data.path().join("dist");
    std::fs::create_dir(&dist).unwrap();
    let files = ["page-0123456789abcdef.js", "page-0123456789abcdef_bg.wasm", "style-0123456789abcdef.css"];
    for name in files.into_iter().chain(["index.html", "sw.js", "icon.svg", "manifest.webmanifest"]) {
        std::fs::write(dist.join(name), name).unwrap();
    }
    let room = make(&server, r#"{"capacity":100}"#).await;
    let mut class = Vec::new();
    for n in 0..60_u32 {
        let link = format!("/r/{}", room.room);
        let known = ["/sw.js", "/icon.svg", "/manifest.webmanifest", "/api/pinyin?of=%E5%BC%A0"];
        let card = format!("/api/rooms/{}", room.room);
        for path in files.map(|name| format!("/{name}")).into_iter().chain(known.map(str::to_owned)) {
            let answer = raw(&server, &get(&path, "")).await;
            assert!(answer.starts_with("http/1.1 200 "), "{path}: {answer}");
        }
        for path in [link, card] {
            assert!(raw(&server, &get(&path, "")).await.starts_with("http/1.1 200 "), "{path}");
        }
        let name = format!("学生{}", char::from_u32('一' as u32 + 40 * n).unwrap());
        class.push(join(&server, &room, &name, token()).await);
        assert_eq!(class.last().unwrap().refused, []);
    }
}

#[tokio::test]
async fn files_of_the_page_cost_a_tenth_and_have_a_bound_too() {
    let server = limited(|limits| limits.requests = quota(Quota::per_hour, 1, 3)).await;
    for path in ["/", "/r/x", "/sw.js"].iter().cycle().take(30) {
        assert!(!raw(&server, &get(path, "")).await.starts_with("http/1.1 429 "), "{path}");
    }
    come_again(&raw(&server, &get("/sw.js", "")).await, 360);
    for path in ["/api/rooms/lobby", "/healthz", "/nothing"] {
        assert!(!raw(&server, &get(path, "")).await.starts_with("http/1.1 429 "), "{path}");
    }
    let answer = raw(&server, &get("/api/rooms/lobby", "")).await;
    come_again(&answer, 3_600);
    assert!(answer.contains(r#""code":"too_fast""#), "{answer}");
}
