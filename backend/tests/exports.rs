//! A room goes out as a file to its host alone, without what was recalled, and comes back with the same numbers.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use backend::check::check;
use backend::config::{AddressLimits, TICKETS_AN_EXPORT};
use backend::edge::Edge;
use backend::export::About;
use backend::import::{ImportError, import};
use common::raw::{get, head, raw};
use common::rooms::{JSON, bearer, http, join, make, page, token};
use common::{Client, PATIENCE, TestServer, new_id};
use shared::{Event, Export, Fact, FromPage, History, LeftWhy, MemberId, RoomMade, Seq, Token};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

/// A room in which something of every kind happened. The host is member 1.
async fn lively(server: &TestServer, wish: &str) -> (RoomMade, Client, Client) {
    let room = make(server, wish).await;
    let mut host = join(server, &room, "张三", room.host_token).await;
    let mut guest = join(server, &room, "李四", token()).await;
    for text in ["<b>第一句</b>", "收回的这句", "改之前", "第四句"] {
        guest.say(text).await;
        guest.until_text(text).await;
    }
    let said: Vec<Seq> =
        guest.events.iter().filter(|e| matches!(e.fact, Fact::Said { .. })).map(|e| e.seq).collect();
    guest.send(&FromPage::Edit { id: new_id(), seq: said[2], text: "改了一次".into() }).await;
    guest.send(&FromPage::Edit { id: new_id(), seq: said[2], text: "改之后".into() }).await;
    guest.send(&FromPage::Edit { id: new_id(), seq: said[1], text: "改了还是收回".into() }).await;
    guest.send(&FromPage::Recall { id: new_id(), seq: said[1] }).await;
    guest.send(&FromPage::Say { id: new_id(), text: "回你".into(), reply_to: Some(said[0]) }).await;
    host.until_text("回你").await;
    host.send(&FromPage::Set { id: new_id(), title: Some("周末爬山".into()), slow_s: None, words: None })
        .await;
    let mut late = join(server, &room, "王五", token()).await;
    late.say("我来晚了").await;
    late.until_text("我来晚了").await;
    let member = late.you.as_ref().unwrap().member;
    host.send(&FromPage::Remove { id: new_id(), member, ban: true, recall: false }).await;
    let removed = |event: &Event| matches!(event.fact, Fact::Left { .. });
    host.until("the removal", |client| client.events.iter().any(removed)).await;
    (room, host, guest)
}

async fn ask(server: &TestServer, room: &RoomMade, form: &str, token: Token) -> (u16, String) {
    let path = format!("POST /api/rooms/{}/export", room.room);
    let (status, body) = http(server, &path, &format!("{JSON}{}", bearer(token)), form).await;
    (status, serde_json::from_str(&body).map_or(body, |export: Export| export.url))
}

async fn fetch(server: &TestServer, url: &str) -> (u16, String) {
    let (status, body) = http(server, &format!("GET {url}"), "", "").await;
    (status, unchunked(&body))
}

async fn export(server: &TestServer, room: &RoomMade, form: &str) -> String {
    let (status, url) = ask(server, room, &format!(r#"{{"as":"{form}"}}"#), room.host_token).await;
    assert_eq!(status, 200, "{url}");
    let (status, file) = fetch(server, &url).await;
    assert_eq!(status, 200);
    file
}

/// What was sent in chunks.
fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body.as_bytes(), Vec::new());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let length =
            std::str::from_utf8(&rest[..end]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let Some(length) = length else { return body.to_owned() };
        let from = end + 2;
        whole.extend_from_slice(&rest[from..from + length]);
        rest = &rest[from + length + 2..];
        if length == 0 {
            break;
        }
    }
    String::from_utf8(whole).unwrap()
}

const GONE: [&str; 5] = ["收回的这句", "改了还是收回", "改之前", "改了一次", "<b>第一句"];

#[tokio::test]
async fn an_export_has_everything_but_what_is_no_more() {
    let server = TestServer::start().await;
    let (room, _host, _guest) = lively(&server, r#"{"capacity":4,"title":"爬山"}"#).await;
    let html = export(&server, &room, "html").await;
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"), "{html}");
    for there in
        ["&lt;b&gt;第一句", "改之后", "已编辑", "回你", "李四撤回了一条消息", "王五已被移出房间", "周末爬山"]
    {
        assert!(html.contains(there), "{there}");
    }
    assert!(!html.contains("<script") && GONE.iter().all(|gone| !html.contains(gone)), "{html}");
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("src="), "{html}");

    let jsonl = export(&server, &room, "jsonl").await;
    assert!(GONE[..4].iter().all(|gone| !jsonl.contains(gone)), "{jsonl}");
    let mut lines = jsonl.lines();
    let about: About = serde_json::from_str(lines.next().unwrap()).unwrap();
    let events: Vec<Event> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, page(&server, &room, "", room.host_token).await.events);
    assert_eq!((about.title.as_deref(), about.capacity, about.host), (Some("周末爬山"), 4, MemberId(1)));
    assert_eq!((about.first, about.last.0), (Seq(1), events.len() as u64));
    assert!(!jsonl.contains(room.host_token.as_str()) && !jsonl.contains(&room.room.to_string()));
}

#[tokio::test]
async fn an_export_names_its_authors_and_what_replies_answer_and_is_named_after_the_room() {
    let server = TestServer::start().await;
    let (room, mut host, mut guest) = lively(&server, r#"{"capacity":5,"title":"爬山"}"#).await;
    host.say("房主的话").await;
    // So much that what was said first is read in an earlier piece.
    for number in 0..90 {
        guest.say(&format!("{number}{}", "长".repeat(3_000))).await;
    }
    let first = guest.events.iter().find(|event| matches!(event.fact, Fact::Said { .. })).unwrap().seq;
    guest.send(&FromPage::Say { id: new_id(), text: "很久以后".into(), reply_to: Some(first) }).await;
    host.until_text("很久以后").await;
    let html = export(&server, &room, "html").await;
    assert!(html.contains("<span class=\"who\">张三</span>") && html.contains("张三、李四加入了房间"));
    assert_eq!(html.matches("回复李四：<bdi>&lt;b&gt;第一句&lt;/b&gt;</bdi></a>").count(), 2, "{html:.9000}");
    assert!(html.contains("房间改名为“周末爬山”"));

    let (_, url) = ask(&server, &room, r#"{"as":"html"}"#, room.host_token).await;
    let answer = raw(&server, &get(&url, "")).await;
    let header = answer.lines().find(|line| line.starts_with("content-disposition: ")).unwrap();
    let id: String = room.room.to_string().chars().take(4).collect::<String>().to_lowercase();
    assert!(
        header.starts_with(&format!("content-disposition: attachment; filename=\"duiliao-{id}-20")),
        "{header}"
    );
    assert!(header.contains("; filename*=utf-8''%e5%91%a8%e6%9c%ab%e7%88%ac%e5%b1%b1%20"), "{header}");
}

#[tokio::test]
async fn an_export_is_the_host_s_and_good_once_and_for_a_minute() {
    let server = TestServer::start().await;
    let (room, host, guest) = lively(&server, r#"{"capacity":4}"#).await;
    let form = r#"{"as":"jsonl"}"#;
    assert_eq!(ask(&server, &room, form, guest.token).await.0, 403);
    assert_eq!(ask(&server, &room, form, token()).await.0, 401);
    assert_eq!(ask(&server, &room, r#"{"as":"pdf"}"#, host.token).await.0, 400);
    let path = format!("POST /api/rooms/{}/export", room.room);
    assert_eq!(
        http(&server, &path, &bearer(host.token), form).await.0,
        400,
        "a form cannot say that it is JSON"
    );
    let foreign = format!("{JSON}{}Origin: https://evil.example\r\n", bearer(host.token));
    assert_eq!(http(&server, &path, &foreign, form).await.0, 403);
    let (_, url) = ask(&server, &room, form, host.token).await;
    assert_eq!(fetch(&server, &url).await.0, 200);
    assert_eq!(fetch(&server, &url).await.0, 404, "once");
    let (_, url) = ask(&server, &room, form, host.token).await;
    server.pass(Duration::from_secs(61));
    assert_eq!(fetch(&server, &url).await.0, 404, "for a minute");
    let (_, url) = ask(&server, &room, form, host.token).await;
    let path = format!("DELETE /api/rooms/{}", room.room);
    assert_eq!(http(&server, &path, &bearer(host.token), "").await.0, 204);
    assert_ne!(
        fetch(&server, &url).await.1.lines().count(),
        guest.events.len() + 1,
        "of a room that is no more"
    );
}

#[tokio::test]
async fn so_many_exports_are_sent_at_a_time_and_the_next_comes_again() {
    for (exports, of_address) in [(1, 9), (9, 1)] {
        let server = TestServer::with(|config| {
            config.exports = exports;
            config.addresses = Some(AddressLimits { exports: of_address, ..AddressLimits::default() });
        })
        .await;
        let room = make(&server, r#"{"capacity":3}"#).await;
        let mut host = join(&server, &room, "张三", room.host_token).await;
        // More than the kernel keeps for somebody who does not read.
        for n in 0..350 {
            host.say(&format!("{n}{}", "𰻝".repeat(3_990))).await;
        }
        host.until("all of it", |client| client.texts().len() == 350).await;
        let (_, url) = ask(&server, &room, r#"{"as":"jsonl"}"#, host.token).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut slow = socket.connect(server.address.parse().unwrap()).await.unwrap();
        slow.write_all(format!("GET {url} HTTP/1.1\r\nHost: chat.example\r\n\r\n").as_bytes()).await.unwrap();
        assert!(head(&mut slow).await.starts_with("HTTP/1.1 200 "));
        let (_, url) = ask(&server, &room, r#"{"as":"jsonl"}"#, host.token).await;
        let refused = raw(&server, &get(&url, "")).await;
        assert!(
            refused.starts_with("http/1.1 429 ") && refused.contains("\r\nretry-after: 5\r\n"),
            "{refused}"
        );
        assert!(refused.contains(r#""code":"too_fast""#), "{refused}");
        drop(slow);
        // What could not be fetched is kept for whoever asked; the server may not have seen yet that the other is gone.
        let fetching = async {
            loop {
                match fetch(&server, &url).await.0 {
                    429 => tokio::task::yield_now().await,
                    status => break status,
                }
            }
        };
        assert_eq!(tokio::time::timeout(PATIENCE, fetching).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn an_address_has_its_share_of_exports_not_fetched() {
    let server = TestServer::with(|config| {
        config.addresses = Some(AddressLimits { exports: 1, ..AddressLimits::default() });
    })
    .await;
    let ask_one = async || {
        let room = make(&server, r#"{"capacity":2}"#).await;
        let host = join(&server, &room, "张三", room.host_token).await;
        let (status, url) = ask(&server, &room, r#"{"as":"jsonl"}"#, room.host_token).await;
        (status, url, room, host)
    };
    let (_, first, room, _host) = ask_one().await;
    let (_, again) = ask(&server, &room, r#"{"as":"jsonl"}"#, room.host_token).await;
    assert_ne!(first, again, "it takes the place of the first");
    let mut hosts = Vec::new();
    for _ in 1..TICKETS_AN_EXPORT {
        let (status, url, _, host) = ask_one().await;
        assert_eq!(status, 200, "{url}");
        hosts.push(host);
    }
    assert_eq!(ask_one().await.0, 429);
    assert_eq!(fetch(&server, &again).await.0, 200);
    let (status, url, _, host) = ask_one().await;
    assert_eq!(status, 200, "one was fetched: {url}");
    assert_eq!(ask_one().await.0, 429);
    server.pass(Duration::from_secs(61));
    assert_eq!(ask_one().await.0, 200, "all others are over");
    drop((hosts, host));
}

#[tokio::test]
async fn what_is_taken_in_has_the_same_numbers_and_its_host_comes_back() {
    for history in ["all", "from_join"] {
        let server = TestServer::start().await;
        let wish = format!(r#"{{"capacity":3,"history":"{history}"}}"#);
        let (room, _host, guest) = lively(&server, &wish).await;
        common::pairing::pair(&server, &room, guest.token).await;
        let jsonl = export(&server, &room, "jsonl").await;
        let before = page(&server, &room, "", room.host_token).await.events;
        server.stop().await;
        let data = Arc::new(TempDir::new().unwrap());
        let file = data.path().join("room.jsonl");
        std::fs::write(&file, &jsonl).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        let output = command.arg("import").arg(&file).arg("--data").arg(data.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
        let link = said.lines().find_map(|line| line.strip_prefix("for its host alone: /r/")).unwrap();
        let (id, host_token) = link.split_once("#t=").unwrap();
        let made = RoomMade {
            room: id.parse().unwrap(),
            url: String::new(),
            host_token: host_token.parse().unwrap(),
        };

        let server = TestServer::on(Arc::clone(&data), |_| {}).await;
        let mut host = join(&server, &made, "换个名字", made.host_token).await;
        let you = host.you.clone().unwrap();
        assert_eq!(
            (you.member, you.name.as_str(), you.host),
            (MemberId(1), "张三", true),
            "its seat was kept"
        );
        let after = page(&server, &made, "", made.host_token).await.events;
        assert_eq!(after[..before.len()], before, "{history}");
        let left: Vec<_> = after[before.len()..].iter().map(|event| event.fact.clone()).collect();
        assert_eq!(left, [Fact::Left { member: MemberId(2), why: LeftWhy::Away }]);
        // The room goes on.
        let mut new = join(&server, &made, "李四", token()).await;
        new.say("又见面了").await;
        host.until_text("又见面了").await;
        let data = server.stop().await;
        assert!(check(data.path()).unwrap().is_good(), "{}", check(data.path()).unwrap());
    }
}

#[tokio::test]
async fn an_export_that_makes_no_sense_leaves_the_log_as_it_was() {
    let server = TestServer::start().await;
    let (room, ..) = lively(&server, r#"{"capacity":4}"#).await;
    let jsonl = export(&server, &room, "jsonl").await;
    let without = |gone: usize| {
        let kept = jsonl.lines().enumerate().filter(|(number, _)| *number != gone).map(|(_, line)| line);
        kept.collect::<Vec<_>>().join("\n")
    };
    let data = TempDir::new().unwrap();
    let edge = Edge::system();
    let broken = [
        String::new(),
        "{}".to_owned(),
        without(0),
        without(1),
        without(5),
        without(jsonl.lines().count() - 1),
        jsonl.replacen("\"seq\":4", "\"seq\":5", 1),
        jsonl.replacen("\"kind\":\"said\"", "\"kind\":\"shouted\"", 1),
        jsonl.replacen("\"member\":2", "\"member\":7", 1),
        jsonl.replace("\"capacity\":4", "\"capacity\":4000000"),
        jsonl.replacen(
            "\"kind\":\"opened\",\"capacity\":4",
            "\"kind\":\"left\",\"member\":1,\"why\":\"away\"",
            1,
        ),
        jsonl.replacen("duiliao_export\":1", "duiliao_export\":2", 1),
        jsonl.replace("\"by\":2", "\"by\":3"),
        jsonl.replace("周末爬山", &"爬".repeat(41)),
        jsonl.replace("周末爬山", "爬\\n山"),
        jsonl.replacen("\"title\":\"周末爬山\"}", "\"slow_s\":4294967295}", 1),
        jsonl.replace("李四", "李\u{202e}四"),
        jsonl.replace("李四", "<b>"),
        {
            let last = jsonl.lines().last().unwrap();
            let at = serde_json::from_str::<Event>(last).unwrap().at;
            jsonl.replace(last, &last.replace(&at.0.to_string(), "253402300799000"))
        },
    ];
    for text in &broken {
        let refused = import(text.as_bytes(), data.path(), &edge, 1_000);
        assert!(refused.is_err(), "{text}");
        let report = check(data.path());
        assert!(report.is_err() || report.unwrap().rooms == 0, "{text}");
    }
    let later = import(without(0).as_bytes(), data.path(), &edge, 1_000);
    assert!(matches!(later, Err(ImportError::Foreign)));
    assert_eq!(
        import(jsonl.as_bytes(), data.path(), &edge, 1_000).unwrap().events,
        jsonl.lines().count() as u64 - 1
    );
    let about: About = serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
    assert_eq!(about.history, History::All);
    // Earlier versions took such a name.
    let (old, data) = (jsonl.replace("周末爬山", "爬\u{2028}山"), TempDir::new().unwrap());
    import(old.as_bytes(), data.path(), &edge, 1_000).unwrap();
    assert!(check(data.path()).unwrap().is_good());
}

#[tokio::test]
async fn what_is_changed_while_it_is_exported_comes_back_as_it_was_read() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let texts = ["不动", "要改", "要收回", "改过再改", "改过再收回"];
    for text in texts {
        host.say(text).await;
        host.until_text(text).await;
    }
    let said: Vec<Seq> =
        host.events.iter().filter(|e| matches!(e.fact, Fact::Said { .. })).map(|e| e.seq).collect();
    for seq in &said[3..] {
        host.send(&FromPage::Edit { id: new_id(), seq: *seq, text: "改过".into() }).await;
    }
    let edits =
        |client: &Client| client.events.iter().filter(|e| matches!(e.fact, Fact::Edited { .. })).count();
    host.until("both edits", |client| edits(client) == 2).await;
    let before = export(&server, &room, "jsonl").await;
    for seq in [said[1], said[3]] {
        host.send(&FromPage::Edit { id: new_id(), seq, text: "后来改的".into() }).await;
    }
    for seq in [said[2], said[4]] {
        host.send(&FromPage::Recall { id: new_id(), seq }).await;
    }
    host.until("all of it", |client| {
        client.events.last().is_some_and(|event| event.seq.0 == before.lines().count() as u64 + 3)
    })
    .await;
    let after = export(&server, &room, "jsonl").await;
    server.stop().await;
    let lines = |file: &str| file.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&before), lines(&after));
    // The changes came between any two of its lines.
    for cut in 1..before.len() {
        let file = [&before[..cut], &after[cut..before.len()]].concat().join("\n");
        let data = TempDir::new().unwrap();
        import(file.as_bytes(), data.path(), &Edge::system(), 1_000).unwrap();
        let report = check(data.path()).unwrap();
        assert!(report.is_good() && report.rooms == 1, "{cut}: {report}");
    }
}
