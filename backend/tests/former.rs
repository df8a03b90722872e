//! A restarted server has no former member in memory: their names and tokens are found on disk.

mod common;

use std::time::Duration;

use common::rooms::{JSON, bearer, http, join, make, page, token};
use common::{Client, TestServer, new_id};
use shared::{ByeCode, Code, Export, FromPage, LeftWhy, MemberId, RoomCard, RoomMade, SearchPage, Token};

/// A room in which member 2 spoke and left, and member 3 spoke and was removed; then the server was restarted. The last token is
/// member 2's, the one before member 3's.
async fn restarted() -> (TestServer, RoomMade, Client, [Token; 2]) {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":2,"history":"all"}"#).await;
    let (leaver, removed) = (token(), token());
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", leaver).await;
    guest.say("李四来过").await;
    host.until_text("李四来过").await;
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    let mut guest = join(&server, &room, "王五", removed).await;
    guest.say("王五来过").await;
    host.until_text("王五来过").await;
    host.send(&FromPage::Remove { id: new_id(), member: MemberId(3), ban: false, recall: false }).await;
    guest.until_over().await;
    drop(host);
    let server = TestServer::on(server.stop().await, |_| {}).await;
    let host = join(&server, &room, "张三", room.host_token).await;
    (server, room, host, [removed, leaver])
}

#[tokio::test]
async fn names_of_former_members_are_read_from_disk() {
    let (server, room, mut host, _) = restarted().await;
    let shown = |names: &shared::Names| {
        [2, 3].map(|number| names.get(&MemberId(number)).map(|name| name.as_str().to_owned()))
    };
    let both = ["李四", "王五"].map(|name| Some(name.to_owned()));
    host.until_text("王五来过").await;
    assert_eq!(shown(&host.names), both, "what a session replays");
    assert_eq!(shown(&page(&server, &room, "", room.host_token).await.names), both, "a page of the history");
    let path = format!("GET /api/rooms/{}/search?q=%E6%9D%A5%E8%BF%87", room.room);
    let (_, found) = http(&server, &path, &bearer(room.host_token), "").await;
    let found: SearchPage = serde_json::from_str(&found).unwrap();
    assert_eq!((found.hits.len(), shown(&found.names)), (2, both), "a search");
    let path = format!("POST /api/rooms/{}/export", room.room);
    let headers = format!("{JSON}{}", bearer(room.host_token));
    let (_, export) = http(&server, &path, &headers, r#"{"as":"html"}"#).await;
    let export: Export = serde_json::from_str(&export).unwrap();
    let (_, file) = http(&server, &format!("GET {}", export.url), "", "").await;
    assert!(file.contains("李四") && file.contains("王五"), "an export: {file}");
}

#[tokio::test]
async fn tokens_of_former_members_are_found_on_disk() {
    let (server, room, mut host, [removed, leaver]) = restarted().await;
    let card = async |token: Token| {
        let path = format!("GET /api/rooms/{}", room.room);
        let (_, card) = http(&server, &path, &bearer(token), "").await;
        let owner = serde_json::from_str::<RoomCard>(&card).unwrap().you;
        owner.map(|owner| (owner.name.map(|name| name.as_str().to_owned()), owner.host, owner.seated))
    };
    assert_eq!(card(leaver).await, Some((Some("李四".to_owned()), false, false)));
    assert_eq!(card(token()).await, None, "a token that nobody has");
    let path = format!("GET /api/rooms/{}/events", room.room);
    for (token, status) in [(removed, 403), (leaver, 401), (token(), 401)] {
        assert_eq!(http(&server, &path, &bearer(token), "").await.0, status);
    }
    let guest = join(&server, &room, "换个名字", leaver).await;
    assert_eq!(guest.you.as_ref().unwrap().member, MemberId(2), "a token keeps its number");
    let left = |client: &Client| {
        client
            .events
            .iter()
            .any(|event| matches!(event.fact, shared::Fact::Left { why: LeftWhy::Removed, .. }))
    };
    host.until("the history", left).await;
    let path = format!("DELETE /api/rooms/{}", room.room);
    let (status, problem) = http(&server, &path, &bearer(removed), "").await;
    assert_eq!(status, 403, "{problem}");
    assert!(problem.contains(Code::NotHost.message()), "{problem}");
}

#[tokio::test]
async fn unreadable_former_members_are_an_error_not_missing() {
    let (server, room, host, [removed, leaver]) = restarted().await;
    let path = |end: &str| format!("GET /api/rooms/{}{end}", room.room);
    let ask_export = async |form: &str| {
        let headers = format!("{JSON}{}", bearer(room.host_token));
        let asked = format!("POST /api/rooms/{}/export", room.room);
        let (_, export) = http(&server, &asked, &headers, &format!(r#"{{"as":"{form}"}}"#)).await;
        let export: Export = serde_json::from_str(&export).unwrap();
        http(&server, &format!("GET {}", export.url), "", "").await
    };
    let search = path("/search?q=%E6%9D%A5%E8%BF%87");
    let index = rusqlite::Connection::open(server.data.path().join("index.db")).unwrap();
    index.busy_timeout(Duration::from_secs(20)).unwrap();
    let damage = "UPDATE members SET state = json_remove(state, '$.name') WHERE member IN (2, 3)";
    // Indexed already, since nobody has them in memory.
    assert_eq!(index.execute(damage, []).unwrap(), 2);
    for token in [leaver, removed] {
        for end in ["", "/events", "/settings", "/bans"] {
            assert_eq!(http(&server, &path(end), &bearer(token), "").await.0, 503, "{end}");
        }
    }
    for path in [path("/events"), search] {
        assert_eq!(http(&server, &path, &bearer(room.host_token), "").await.0, 503, "{path}");
    }
    assert_eq!(ask_export("html").await.0, 503);
    let (status, file) = ask_export("jsonl").await;
    assert!(status == 200 && file.contains("王五来过"), "it has no names of its own: {file}");
    drop(host);
    let mut host = join(&server, &room, "张三", room.host_token).await;
    host.until_over().await;
    assert_eq!((host.bye, host.texts().len()), (Some(ByeCode::Overloaded), 0), "a replay");
    let guest = join(&server, &room, "李四", leaver).await;
    assert_eq!(guest.refused.first().map(|(code, _)| *code), Some(Code::Overloaded), "a join");
}
