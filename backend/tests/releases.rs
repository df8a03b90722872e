//! Upgrades: the data of every released version opens and goes on, and that of a later one is left alone.
//!
//! `fixtures/data-VERSION` was made by that version: `cargo test -p backend --test releases -- --ignored` makes that of this
//! one, which is done once, when it is released, and never again.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backend::check::check;
use backend::store::LogError;
use backend::store::log::Log;
use common::rooms::{JSON, bearer, http, join, make, page, token};
use common::{TestServer, new_id};
use serde::{Deserialize, Serialize};
use shared::{BanList, Fact, FromPage, RoomMade, Seq, Token};
use tempfile::TempDir;

/// What must be known of the data to go on with it.
#[derive(Serialize, Deserialize)]
struct Keys {
    room: RoomMade,
    guest: Token,
    /// Of the room's last event.
    last: Seq,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// One of everything that a log may hold.
#[tokio::test]
#[ignore = "makes the data of this version, once"]
async fn make_the_data_of_this_version() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4,"title":"旧屋"}"#).await;
    let guest = token();
    let mut host = join(&server, &room, "张三丰", room.host_token).await;
    let mut li = join(&server, &room, "李四光", guest).await;
    for text in ["留下的话", "要改的话", "收回的话"] {
        li.say(text).await;
        li.until_text(text).await;
    }
    let said = li.events.iter().filter(|event| matches!(event.fact, Fact::Said { .. }));
    let said: Vec<_> = said.map(|event| event.seq).collect();
    li.send(&FromPage::Edit { id: new_id(), seq: said[1], text: "改好的话".into() }).await;
    li.send(&FromPage::Recall { id: new_id(), seq: said[2] }).await;
    li.send(&FromPage::Say { id: new_id(), text: "回答".into(), reply_to: Some(said[0]) }).await;
    host.until_text("回答").await;
    let mut wang = join(&server, &room, "王五", token()).await;
    let banned = wang.you.clone().unwrap().member;
    let words = Some(vec!["禁词".to_owned()]);
    for frame in [
        FromPage::Set { id: new_id(), title: Some("老屋".into()), slow_s: Some(0), words },
        FromPage::Lock { id: new_id(), locked: true },
        FromPage::Lock { id: new_id(), locked: false },
        FromPage::Mute { id: new_id(), member: banned, for_s: 600 },
        FromPage::Mute { id: new_id(), member: banned, for_s: 0 },
        FromPage::Remove { id: new_id(), member: banned, ban: true, recall: true },
        FromPage::Unban { id: new_id(), member: banned },
    ] {
        host.send(&frame).await;
    }
    wang.until_over().await;
    let mut lobby = server.join("赵六").await;
    lobby.say("大厅里").await;
    lobby.until_text("大厅里").await;
    lobby.send(&FromPage::Leave).await;
    lobby.until_over().await;
    let deleted = make(&server, r#"{"capacity":2}"#).await;
    let path = format!("DELETE /api/rooms/{}", deleted.room);
    assert_eq!(http(&server, &path, &bearer(deleted.host_token), "").await.0, 204);
    let last = page(&server, &room, "?limit=1", room.host_token).await.events[0].seq;
    let data = server.stop().await;
    let folder = fixtures().join(concat!("data-", env!("CARGO_PKG_VERSION")));
    fs::create_dir_all(&folder).unwrap();
    fs::copy(data.path().join("log.db"), folder.join("log.db")).unwrap();
    let keys = serde_json::to_string_pretty(&Keys { room, guest, last }).unwrap();
    fs::write(folder.join("keys.json"), keys + "\n").unwrap();
}

#[tokio::test]
async fn the_data_of_every_released_version_opens_and_goes_on() {
    let folders: Vec<_> = fs::read_dir(fixtures()).unwrap().map(|folder| folder.unwrap().path()).collect();
    assert!(!folders.is_empty());
    for folder in folders {
        let Keys { room, guest, last } =
            serde_json::from_str(&fs::read_to_string(folder.join("keys.json")).unwrap()).unwrap();
        let data = Arc::new(TempDir::new().unwrap());
        fs::copy(folder.join("log.db"), data.path().join("log.db")).unwrap();
        let report = check(data.path()).unwrap();
        assert!(report.is_good(), "{}: {report}", folder.display());

        let server = TestServer::on(data, |_| {}).await;
        let mut host = join(&server, &room, "张三丰", room.host_token).await;
        host.until_text("回答").await;
        assert_eq!(host.texts(), ["留下的话", "改好的话", "回答"]);
        assert_eq!(host.room.as_ref().unwrap().title.as_deref(), Some("老屋"));
        let mut li = join(&server, &room, "李四光", guest).await;
        assert_eq!(li.you.as_ref().unwrap().member, shared::MemberId(2), "the same member, whatever it was");
        li.say("接着说").await;
        host.until_text("接着说").await;
        let new = host.events.iter().filter(|event| last < event.seq).map(|event| event.seq.0);
        assert!(new.eq((last.0 + 1..).take(host.events.last().unwrap().seq.0 as usize - last.0 as usize)));
        li.say("有禁词").await;
        li.until("a refusal", |client| !client.refused.is_empty()).await;
        let path = format!("GET /api/rooms/{}/search?q=%E6%94%B9%E5%A5%BD", room.room);
        let (status, found) = http(&server, &path, &(bearer(guest) + JSON), "").await;
        assert!(status == 200 && found.contains("改好的话"), "{found}");
        // Who was banned still is, and a namesake is not: 0.1.0 banned the name too.
        let (_, bans) =
            http(&server, &format!("GET /api/rooms/{}/bans", room.room), &bearer(room.host_token), "").await;
        let bans: BanList = serde_json::from_str(&bans).unwrap();
        assert_eq!(bans.bans.iter().map(|ban| ban.name.as_str()).collect::<Vec<_>>(), ["王五"]);
        assert_eq!(join(&server, &room, "王五", token()).await.refused, []);
        assert_eq!(host.room.as_ref().unwrap().host, host.you.as_ref().map(|you| you.member));
        let data = server.stop().await;
        let report = check(data.path()).unwrap();
        assert!(report.is_good(), "{}: {report}", folder.display());
    }
}

#[test]
fn the_data_of_a_later_version_is_left_alone_and_said_to_be_so() {
    let data = TempDir::new().unwrap();
    drop(Log::open(data.path()).unwrap());
    let file = data.path().join("log.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = fs::read(&file).unwrap();
    let refused = Log::open(data.path()).unwrap_err();
    assert!(matches!(refused, LogError::Newer(99)));
    assert_eq!(
        refused.to_string(),
        "the log has format 99, which only a later version of this program reads"
    );
    assert!(check(data.path()).is_err());
    assert_eq!(fs::read(&file).unwrap(), before);
}
