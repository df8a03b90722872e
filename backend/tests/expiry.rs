//! What is kept for some days only: its text leaves every file, its numbers stay, and nobody is shown it any more.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backend::check::check;
use backend::rebuild::rebuild;
use common::rooms::{JSON, bearer, http, join, make, token};
use common::{Client, TestServer, holds, new_id};
use shared::{Code, EventPage, Fact, FromPage, Join, Replay, RoomMade, Seq, VERSION};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a text may stand. The index has none; of its filters, see [`bits`].
const FILES: [&str; 4] = ["log.db", "log.db-wal", "index.db", "index.db-wal"];

async fn keeping(data: Arc<TempDir>) -> TestServer {
    TestServer::on(data, |config| config.keep = Some(2 * DAY)).await
}

/// A server that keeps two days, and a room in which three days ago was said and edited what is not kept, a day ago what is.
async fn with_past() -> (TestServer, RoomMade, Client) {
    let server = keeping(Arc::new(TempDir::new().unwrap())).await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    for text in ["大山的话一", "大山的话二", "大山的话三"] {
        guest.say(text).await;
        guest.until_text(text).await;
    }
    let seq = Seq(guest.events.last().unwrap().seq.0 - 1);
    guest.send(&FromPage::Edit { id: new_id(), seq, text: "大山的话改过".into() }).await;
    guest.until("the edit", |client| client.events.len() == 6).await;
    server.pass(2 * DAY);
    guest.say("昨天的话").await;
    guest.until_text("昨天的话").await;
    server.pass(DAY);
    (server, room, guest)
}

/// Comes back to the room, holding what `old` held.
async fn back(server: &TestServer, room: &RoomMade, old: &Client, after: Seq) -> Client {
    let mut client =
        Client::try_connect(&server.address, &format!("/ws?room={}", room.room), &[]).await.unwrap();
    let (name, id) = ("李四".to_owned(), room.room.to_string());
    let after = Some(shared::After { seq: after, ..old.after() });
    let join = Join { v: VERSION, room: id, name, token: Some(old.token), after };
    client.send(&FromPage::Join(join)).await;
    client.until_text("昨天的话").await;
    client
}

async fn events(server: &TestServer, room: &RoomMade, client: &Client, query: &str) -> EventPage {
    let path = format!("GET /api/rooms/{}/events?{query}", room.room);
    let (status, body) = http(server, &path, &bearer(client.token), "").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn what_is_too_old_leaves_every_file_and_the_rest_keeps_its_number() {
    let (server, room, mut guest) = with_past().await;
    let numbers = guest.numbers();
    let mut talker = server.join("赵六").await;
    server.until_wiped(&FILES, &["大山"], Duration::from_secs(1), &mut talker).await;
    assert!(holds(server.data.path(), &FILES, &["昨天的话"]), "what is kept is there");

    let kept = guest
        .events
        .iter()
        .find(|event| matches!(&event.fact, Fact::Said { text, .. } if text.as_str() == "昨天的话"));
    let kept = kept.unwrap().seq;
    assert_eq!(Some(&kept.0), numbers.last());
    // Who comes new, who comes back to what is no more, and who comes back to what is kept.
    let mut new = join(&server, &room, "王五", token()).await;
    new.until_text("昨天的话").await;
    let lost = back(&server, &room, &guest, Seq(3)).await;
    for client in [&new, &lost] {
        assert_eq!((client.replay, client.events[0].seq), (Some(Replay::Reset), kept));
    }
    let held = back(&server, &room, &guest, Seq(kept.0 - 1)).await;
    assert_eq!((held.replay, held.events[0].seq), (Some(Replay::Complete), kept));
    assert_eq!(held.keep_s, Some(2 * DAY.as_secs()), "a page that held more knows what to drop");

    for query in ["after=0", &format!("before={}", kept.0 + 1)] {
        let page = events(&server, &room, &new, query).await;
        assert_eq!(page.events[0].seq, kept, "{query}");
        assert!(!page.more || query == "after=0");
    }
    assert!(events(&server, &room, &new, &format!("before={kept}")).await.events.is_empty());
    let path = format!("GET /api/rooms/{}/search?q=%E8%AF%9D", room.room);
    let (_, found) = http(&server, &path, &bearer(new.token), "").await;
    assert!(found.contains("昨天的话") && !found.contains("大山"), "{found}");
    let refused = guest.refused.len();
    guest.send(&FromPage::Say { id: new_id(), text: "答".into(), reply_to: Some(Seq(4)) }).await;
    guest.until("a refusal", |client| client.refused.len() > refused).await;
    assert_eq!(guest.refused[refused].0, Code::UnknownTarget);

    let data = server.stop().await;
    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
    rebuild(data.path(), |_, _| ()).unwrap();
    assert!(check(data.path()).unwrap().is_good());
    // Nor does a server show it that keeps everything from now on.
    let server = TestServer::on(data, |_| {}).await;
    let page = events(&server, &room, &guest, "after=0&limit=6").await;
    let gone = |event: &&shared::Event| matches!(event.fact, Fact::Gone { .. });
    assert_eq!((page.events.len(), page.events.iter().filter(gone).count()), (6, 4));
}

/// The bits of the index's filters that are set.
fn bits(data: &Path) -> u32 {
    let index = rusqlite::Connection::open(data.join("index.db")).unwrap();
    let mut query = index.prepare("SELECT bits FROM filters").unwrap();
    let filters = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    filters.flat_map(Result::unwrap).map(u8::count_ones).sum()
}

async fn until_no_bits(server: &TestServer) {
    while bits(server.data.path()) > 0 {
        server.pass(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_index_that_still_knows_it_forgets_it() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    for number in 1..=70 {
        guest.say(&format!("大山{number}")).await;
    }
    guest.until_text("大山70").await;
    let data = server.stop().await;
    let files = ["index.db", "index.db-wal"].map(|file| data.path().join(file));
    let before = files.clone().map(|file| fs::read(file).unwrap_or_default());
    assert!(bits(data.path()) > 0);
    let server = keeping(data).await;
    server.pass(3 * DAY);
    until_no_bits(&server).await;
    // As if the server had been killed before the index had heard of it.
    let data = server.stop().await;
    for (file, before) in files.iter().zip(before) {
        fs::write(file, before).unwrap();
    }
    assert!(bits(data.path()) > 0);
    let server = keeping(data).await;
    server.pass(3 * DAY);
    until_no_bits(&server).await;
    let data = server.stop().await;
    assert!(check(data.path()).unwrap().is_good());
}

#[tokio::test]
async fn a_room_in_which_nothing_is_kept_goes_on() {
    let (server, room, guest) = with_past().await;
    server.pass(3 * DAY);
    let mut talker = server.join("赵六").await;
    server.until_wiped(&FILES, &["大山", "昨天的话"], Duration::from_secs(1), &mut talker).await;
    let empty = events(&server, &room, &guest, "after=0").await;
    assert!(empty.events.is_empty() && !empty.more);
    let mut new = join(&server, &room, "王五", token()).await;
    new.say("新的开始").await;
    new.until_text("新的开始").await;
    assert_eq!(new.events[0].seq, Seq(8), "its own joining is the first it sees");
}

#[tokio::test]
async fn an_export_begins_with_what_is_kept() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    // More than the sweep deletes at once: it comes to the last of them later.
    for number in 0..2_100 {
        host.say(&format!("第{number}句")).await;
    }
    host.say("大山的话").await;
    host.until_text("大山的话").await;
    server.pass(3 * DAY);
    host.say("昨天的话").await;
    host.until_text("昨天的话").await;
    let data = server.stop().await;
    // Its timer rings once.
    let change = |config: &mut backend::config::Config| {
        (config.keep, config.timer_every) = (Some(2 * DAY), Duration::from_secs(3_600));
    };
    let server = TestServer::on(data, change).await;
    let _host = join(&server, &room, "张三", room.host_token).await;
    assert!(holds(server.data.path(), &FILES, &["大山的话"]), "it is not deleted yet");
    for form in ["jsonl", "html"] {
        let path = format!("POST /api/rooms/{}/export", room.room);
        let headers = format!("{JSON}{}", bearer(room.host_token));
        let (status, body) = http(&server, &path, &headers, &format!(r#"{{"as":"{form}"}}"#)).await;
        assert_eq!(status, 200, "{body}");
        let url = serde_json::from_str::<shared::Export>(&body).unwrap().url;
        let (_, file) = http(&server, &format!("GET {url}"), "", "").await;
        assert!(file.contains("昨天的话") && !file.contains("大山"), "{file}");
    }
}
