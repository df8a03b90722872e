//! What somebody tries who means no good, and what becomes of it. Sockets of other origins are in `conduct`, broken frames
//! in `frames`, floods of connections in `addresses`, what a browser is told in `guards`.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use backend::config::{AddressLimits, Config, READ_AHEAD, quota};
use common::raw::{GOOD, get, handshake, raw, upgraded};
use common::rooms::{JSON, bearer, http, join, make, token};
use common::{TestServer, new_id};
use governor::Quota;
use shared::limits::READINGS_MAX;
use shared::{ByeCode, Code, FromPage, Problem};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let path = format!("/api/rooms/{}", room.room);
    let evil = format!("{JSON}Origin: https://evil.example\r\n{}", bearer(room.host_token));
    for (head, body) in [
        ("POST /api/rooms".to_owned(), r#"{"capacity":3}"#),
        (format!("POST {path}/export"), r#"{"as":"jsonl"}"#),
        (format!("DELETE {path}"), ""),
    ] {
        let (status, _) = http(&server, &head, &evil, body).await;
        assert_eq!(status, 403, "{head}");
    }
    assert!(join(&server, &room, "张三", room.host_token).await.you.is_some(), "the room is still there");
}

#[tokio::test]
async fn a_page_cannot_hide_behind_a_second_host() {
    let server = TestServer::start().await;
    let hidden = handshake(&format!("{GOOD}Host: evil.example\r\nOrigin: https://evil.example\r\n"));
    for request in [hidden.clone(), hidden.replacen("Host: chat.example\r\nConnection", "Connection", 1)] {
        // With the first host gone it is a page of evil.example that calls evil.example.
        let expected = if request == hidden { "http/1.1 403 " } else { "http/1.1 101 " };
        let mut stream = common::raw::connection(&server).await;
        stream.write_all(request.as_bytes()).await.expect("it is written");
        let head = common::raw::head(&mut stream).await.to_lowercase();
        assert!(head.starts_with(expected), "{head}");
    }
}

#[tokio::test]
async fn pieces_of_files_are_not_counted() {
    let server = TestServer::start().await;
    let dist = server.data.path().join("dist");
    std::fs::create_dir(&dist).expect("a folder is made");
    std::fs::write(dist.join("icon.svg"), "whole").expect("a file is written");
    for range in ["0-18446744073709551615", "18446744073709551615-", "0-0", "-1", "0-,0-,0-", "junk"] {
        let answer = raw(&server, &get("/icon.svg", &format!("Range: bytes={range}\r\n"))).await;
        assert!(answer.starts_with("http/1.1 200 ") && answer.ends_with("whole"), "{range}: {answer}");
    }
}

#[tokio::test]
async fn a_body_says_its_length_before_it_comes() {
    let server = TestServer::start().await;
    let head = format!("POST /api/rooms HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n{JSON}");
    let chunks = format!("{head}Transfer-Encoding: chunked\r\n\r\ne\r\n{{\"capacity\":2}}\r\n0\r\n\r\n");
    let answer = raw(&server, &chunks).await;
    assert!(answer.starts_with("http/1.1 411 ") && answer.contains("bad_message"), "{answer}");
    // Of two lengths none is believed, and what follows is no second request.
    for lengths in [
        "Content-Length: 14\r\nContent-Length: 0\r\n",
        "Content-Length: 14\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let second = format!("{head}{lengths}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        let answer = raw(&server, &second).await;
        assert!(answer.starts_with("http/1.1 4") && !answer.contains("ok\n"), "{answer}");
    }
}

#[tokio::test]
async fn as_many_readings_as_may_be_asked_for_fit_into_a_head() {
    let server = TestServer::start().await;
    let headers = "X: ".to_owned() + &"x".repeat(1_500) + "\r\n";
    let answer =
        raw(&server, &get(&format!("/api/pinyin?of={}", "%E5%BC%A0".repeat(READINGS_MAX)), &headers)).await;
    assert!(answer.starts_with("http/1.1 200 "), "{}", &answer[..60]);
}

#[tokio::test]
async fn nobody_takes_the_name_of_somebody_seated() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":9}"#).await;
    let _host = join(&server, &room, "陈未央", room.host_token).await;
    for (name, code) in [
        ("陈未央", Code::NameTaken),
        ("\u{3000}陈未央\t", Code::NameTaken),
        ("陳未央", Code::NameTaken),
        ("陈末央", Code::NameTaken),
        ("阵未央", Code::NameTaken),
        ("陈\u{200b}未央", Code::BadName),
        ("\u{202e}央未陈", Code::BadName),
        ("陈未央\u{fe0f}", Code::BadName),
        ("陈未\u{2f85}央", Code::BadName),
        ("陈<b>未央", Code::BadName),
    ] {
        assert_eq!(join(&server, &room, name, token()).await.refused, [(code, None)], "{name:?}");
    }
}

#[tokio::test]
async fn look_alike_characters_do_not_make_another_name() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":9}"#).await;
    let _host = join(&server, &room, "曾清柳", room.host_token).await;
    for name in ["曽清柳", "曾淸柳", "曾清栁", "曽淸栁"] {
        assert_eq!(join(&server, &room, name, token()).await.refused, [(Code::NameTaken, None)], "{name}");
    }
    assert!(join(&server, &room, "曹清柳", token()).await.refused.is_empty());
}

#[tokio::test]
async fn a_token_of_another_room_opens_nothing() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let other = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let guest = join(&server, &other, "李四", token()).await;
    host.say("只给自己人").await;
    host.until_text("只给自己人").await;
    let path = format!("/api/rooms/{}", room.room);
    for stranger in [guest.token, other.host_token, token()] {
        for (head, body) in [
            (format!("GET {path}/events"), ""),
            (format!("GET {path}/search?q=%E8%87%AA"), ""),
            (format!("GET {path}/reads?seq=3"), ""),
            (format!("POST {path}/export"), r#"{"as":"jsonl"}"#),
            (format!("DELETE {path}"), ""),
        ] {
            let (status, answer) = http(&server, &head, &format!("{JSON}{}", bearer(stranger)), body).await;
            let code = serde_json::from_str::<Problem>(&answer).map(|problem| problem.code);
            assert_eq!((status, code.ok()), (401, Some(Code::NoToken)), "{head}");
            assert!(!answer.contains("自己人"), "{answer}");
        }
    }
    // Nor does a token in the address, or a seat, let anybody act for somebody else.
    let (status, _) =
        http(&server, &format!("GET {path}/events?token={}", room.host_token.as_str()), "", "").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn whom_the_host_bans_hears_nothing_from_that_moment_on() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let member = guest.you.as_ref().map(|you| you.member).expect("it sits");
    host.send(&FromPage::Remove { id: new_id(), member, ban: true, recall: false }).await;
    host.say("他走了").await;
    host.until_text("他走了").await;
    guest.until_over().await;
    assert_eq!((guest.bye, guest.texts()), (Some(ByeCode::Removed), vec![]));
    for path in ["events", "search?q=%E4%BB%96", "reads?seq=1"] {
        let head = format!("GET /api/rooms/{}/{path}", room.room);
        let (status, answer) = http(&server, &head, &bearer(guest.token), "").await;
        assert_eq!((status, answer.contains("\"removed\"")), (403, true), "{answer}");
    }
    for name in ["李四", "李 四", "王五"] {
        let again = join(&server, &room, name, guest.token).await;
        let expected = if name.contains(' ') { Code::BadName } else { Code::Removed };
        assert_eq!(again.refused, [(expected, None)]);
    }
    // A namesake is let in: the ban is the token's.
    assert_eq!(join(&server, &room, "李四", token()).await.refused, []);
}

#[tokio::test]
async fn a_flood_waits_in_its_own_socket_and_hears_the_others() {
    let few = |config: &mut Config| config.frames = Some(quota(Quota::per_hour, 1, 10));
    let server = TestServer::with(few).await;
    let (mut flood, mut calm) = (server.join("张三").await, server.join("李四").await);
    for _ in 0..5_000 {
        flood.send_text("[[[[").await;
    }
    calm.say("都还好").await;
    calm.until_text("都还好").await;
    flood.until_text("都还好").await;
    calm.say("真的").await;
    flood.until_text("真的").await;
    // Its join was one of the ten.
    assert!(flood.refused.len() <= 9, "{}", flood.refused.len());
    assert!(flood.refused.iter().all(|(code, _)| *code == Code::BadMessage));
}

#[tokio::test]
async fn a_message_of_ever_more_pieces_of_nothing_waits_in_its_own_socket() {
    let few = |config: &mut Config| config.frames = Some(quota(Quota::per_hour, 1, 10));
    let server = TestServer::with(few).await;
    let (piece, last) = ([0x00, 0x80, 1, 2, 3, 4], [0x80, 0x80, 1, 2, 3, 4]);
    let begin = [0x01, 0x80, 1, 2, 3, 4];
    let nonsense = |pieces: usize| [&begin[..], &piece.repeat(pieces - 2), &last].concat();
    // Ten frames may be read, whatever they are pieces of; it is an empty message that is refused.
    for (pieces, answered) in [(10, true), (10_000, false)] {
        let mut stream = upgraded(&server).await;
        stream.write_all(&nonsense(pieces)).await.expect("it is written");
        let mut answer = [0; 16];
        if answered {
            stream.read_exact(&mut answer).await.expect("it is answered");
            continue;
        }
        let (mut one, mut other) = (server.join("张三").await, server.join("李四").await);
        one.say("都还好").await;
        other.until_text("都还好").await;
        let heard = stream.try_read(&mut answer).map_err(|error| error.kind());
        assert_eq!(heard, Err(std::io::ErrorKind::WouldBlock));
    }
}

#[tokio::test]
async fn of_many_bytes_the_first_are_read_and_the_others_wait() {
    const BURST: u32 = 20_000;
    let few = |config: &mut Config| config.bytes = Some(quota(Quota::per_hour, 1, BURST));
    let server = TestServer::with(few).await;
    let (mut flood, mut calm) = (server.join("张三").await, server.join("李四").await);
    let long = "长".repeat(300);
    for _ in 0..100 {
        flood.say(&long).await;
    }
    calm.until("what was read", |client| client.texts().len() * 1_000 > BURST as usize - 4_000).await;
    calm.say("都还好").await;
    calm.until_text("都还好").await;
    flood.until_text("都还好").await;
    // And one read more, before it was known.
    assert!(calm.texts().len() * 1_000 < BURST as usize + 1_000 + READ_AHEAD, "{}", calm.texts().len());
}

#[tokio::test]
async fn a_list_of_its_fields_is_no_object() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let _host = join(&server, &room, "张三", room.host_token).await;
    assert_eq!(http(&server, "POST /api/rooms", JSON, "[3]").await.0, 400);
    let export = format!("POST /api/rooms/{}/export", room.room);
    let headers = format!("{JSON}{}", bearer(room.host_token));
    assert_eq!(http(&server, &export, &headers, r#"["html"]"#).await.0, 400);
    assert_eq!(http(&server, &export, &headers, r#" {"as":"html"}"#).await.0, 200);
}

#[tokio::test]
async fn a_name_that_somebody_points_here_leads_nowhere() {
    let named = |config: &mut Config| config.hosts = vec!["chat.example".parse().unwrap()];
    let server = TestServer::with(named).await;
    assert!(raw(&server, &get("/healthz", "")).await.starts_with("http/1.1 200 "));
    let page = handshake(&format!("{GOOD}Origin: http://evil.example\r\n"));
    for request in [get("/", ""), get("/metrics", ""), get("/api/rooms/lobby", ""), page] {
        let request = request.replace("Host: chat.example", "Host: evil.example");
        let answer = raw(&server, &request).await;
        assert!(answer.starts_with("http/1.1 421 "), "{request} {answer}");
    }
}

#[tokio::test]
async fn of_ten_thousand_rooms_of_one_address_there_are_a_hundred() {
    let limited = |config: &mut Config| config.addresses = Some(AddressLimits::default());
    let server = TestServer::with(limited).await;
    let mut made = BTreeSet::new();
    let mut refused = 0;
    for _ in 0..400 {
        // Requests have a bound of their own; by the end, 8 seconds have passed.
        server.pass(Duration::from_millis(20));
        match http(&server, "POST /api/rooms", JSON, r#"{"capacity":2}"#).await {
            (201, answer) => drop(made.insert(answer)),
            (429, answer) => {
                assert!(answer.contains("too_fast"), "{answer}");
                refused += 1;
            }
            (status, answer) => panic!("{status} {answer}"),
        }
    }
    // And one for each 36 seconds.
    assert!((100..=102).contains(&made.len()), "{}", made.len());
    assert_eq!(made.len() + refused, 400);
}

/// An address has six new seats a minute.
fn few_seats(config: &mut Config) {
    let seats = quota(Quota::per_minute, 6, 6);
    config.addresses = Some(AddressLimits { seats, ..AddressLimits::default() });
}

#[tokio::test]
async fn names_that_grow_when_folded_cost_nothing() {
    let server = TestServer::with(few_seats).await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut client = common::Client::try_connect(&server.address, "/ws", &[]).await.expect("it is let in");
    // U+FDFA is one character, and eighteen when it is folded.
    let name = "\u{fdfa}".repeat(21_000);
    for _ in 0..100 {
        let heard = client.refused.len();
        client.send_text(&format!(r#"{{"type":"join","v":1,"room":"{}","name":"{name}"}}"#, room.room)).await;
        client.until("a refusal", |client| client.refused.len() > heard).await;
    }
    // They are refused before anything is looked up: no try is counted.
    assert!(client.refused.iter().all(|refused| *refused == (Code::BadName, None)), "{:?}", client.refused);
    assert!(join(&server, &room, "张三", token()).await.you.is_some());
}

#[tokio::test]
async fn whoever_guesses_rooms_is_slowed_down() {
    let server = TestServer::with(few_seats).await;
    let mut client = common::Client::try_connect(&server.address, "/ws", &[]).await.expect("it is let in");
    for guess in 0..70_u8 {
        let id = shared::RoomId::Link([guess; 16]);
        let heard = client.refused.len();
        client.send_text(&format!(r#"{{"type":"join","v":1,"room":"{id}","name":"张三"}}"#)).await;
        client.until("a refusal", |client| client.refused.len() > heard).await;
    }
    let unknown = client.refused.iter().filter(|(code, _)| *code == Code::RoomUnknown).count();
    let slowed = client.refused.iter().filter(|(code, _)| *code == Code::TooFast).count();
    assert_eq!(unknown + slowed, 70);
    assert!((60..=65).contains(&unknown), "{unknown}");
}
