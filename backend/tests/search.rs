//! Anything that was said is found by any piece of it, as soon as it was said, by who may read it, and as it is now.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::time::Duration;

use backend::search::fold;
use common::rooms::{bearer, http, join, make, token};
use common::{Client, TestServer, new_id};
use shared::{Event, Fact, FromPage, RoomMade, SearchPage, Seq, Token};

/// As it stands in an address.
fn encoded(q: &str) -> String {
    q.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}

async fn ask(server: &TestServer, room: &RoomMade, q: &str, rest: &str, token: Token) -> (u16, String) {
    let path = format!("GET /api/rooms/{}/search?q={}{rest}", room.room, encoded(q));
    http(server, &path, &bearer(token), "").await
}

async fn search(server: &TestServer, room: &RoomMade, q: &str, rest: &str, token: Token) -> SearchPage {
    let (status, body) = ask(server, room, q, rest, token).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn texts(server: &TestServer, room: &RoomMade, q: &str, token: Token) -> Vec<String> {
    said(&search(server, room, q, "", token).await)
}

fn said(page: &SearchPage) -> Vec<String> {
    let text = |hit: &shared::Hit| match &hit.event.fact {
        Fact::Said { text, .. } => text.to_string(),
        other => panic!("{other:?}"),
    };
    page.hits.iter().map(text).collect()
}

/// A room with a host (member 1) and a guest (member 2), who says these.
async fn chat(server: &TestServer, wish: &str, lines: &[&str]) -> (RoomMade, Client, Client) {
    let room = make(server, wish).await;
    let host = join(server, &room, "张三", room.host_token).await;
    let mut guest = join(server, &room, "李四", token()).await;
    for line in lines {
        guest.say(line).await;
        guest.until_text(line.trim()).await;
    }
    (room, host, guest)
}

fn number(client: &Client, said: &str) -> Seq {
    let is = |event: &&Event| matches!(&event.fact, Fact::Said { text, .. } if text.as_str() == said);
    client.events.iter().find(is).unwrap().seq
}

#[tokio::test]
async fn what_was_said_is_found_at_once_newest_first_and_with_where_it_stands() {
    let server = TestServer::start().await;
    let lines = ["我们下午开会", "去𠮷野家吃饭", "我在臺灣", "会 C++ 和 100%", "开会改到ＡＢＣ楼", "好"];
    let (room, host, mut guest) = chat(&server, r#"{"capacity":3}"#, &lines).await;
    let page = search(&server, &room, "开会", "", host.token).await;
    assert_eq!(said(&page), ["开会改到ＡＢＣ楼", "我们下午开会"]);
    assert_eq!(page.hits.iter().map(|hit| hit.ranges.clone()).collect::<Vec<_>>(), [[(0, 2)], [(4, 6)]]);
    for (q, found) in [
        ("午开", "我们下午开会"),
        ("𠮷", "去𠮷野家吃饭"),
        ("台湾", "我在臺灣"),
        ("c++", "会 C++ 和 100%"),
        ("0%", "会 C++ 和 100%"),
        ("abc", "开会改到ＡＢＣ楼"),
    ] {
        assert_eq!(texts(&server, &room, q, host.token).await, [found], "{q}");
    }
    for nothing in ["\"", "*", "NEAR", "开*", "开会 OR 好", "words:好", "NOT 好", "('", "m2"] {
        assert!(texts(&server, &room, nothing, host.token).await.is_empty(), "{nothing}");
    }
    guest.say("他说 \"NEAR\" * 👍🏽").await;
    guest.until_text("他说 \"NEAR\" * 👍🏽").await;
    for now in ["\"", "*", "near", "👍", "\" *", "\"near\""] {
        assert_eq!(texts(&server, &room, now, host.token).await.len(), 1, "{now}");
    }
}

#[tokio::test]
async fn an_edited_text_is_found_by_its_newest_form_and_a_recalled_one_by_none() {
    let server = TestServer::start().await;
    let (room, host, mut guest) = chat(&server, r#"{"capacity":3}"#, &["地点是北京路", "工资三万"]).await;
    // Once before the follower came by, and once after it did.
    for (old, new) in [("北京路", "地点是上海路"), ("上海路", "地点是广州路"), ("广州路", "地点是深圳路")]
    {
        let seq = number(&guest, "地点是北京路");
        let heard = guest.events.len();
        guest.send(&FromPage::Edit { id: new_id(), seq, text: new.into() }).await;
        guest.until("the edit", |client| client.events.len() > heard).await;
        assert!(texts(&server, &room, old, host.token).await.is_empty(), "{old}");
        assert_eq!(texts(&server, &room, "地点是", host.token).await, [new]);
        until_indexed(&server, &guest).await;
        assert!(texts(&server, &room, old, host.token).await.is_empty(), "{old}");
        assert_eq!(texts(&server, &room, "地点是", host.token).await, [new]);
    }
    let page = search(&server, &room, "深圳", "", host.token).await;
    assert_eq!(page.hits[0].ranges, [(3, 5)]);
    guest.send(&FromPage::Recall { id: new_id(), seq: number(&guest, "工资三万") }).await;
    let recalled = |event: &Event| matches!(event.fact, Fact::Recalled { .. });
    guest.until("the recall", |client| client.events.iter().any(recalled)).await;
    assert!(texts(&server, &room, "工资", host.token).await.is_empty());
    until_indexed(&server, &guest).await;
    assert!(texts(&server, &room, "工资", host.token).await.is_empty());

    // Nothing of them stays in the files, as they were said and as they are indexed.
    let mut traces: Vec<String> = ["北京路", "上海路", "广州路", "工资三万"].map(fold).into();
    traces.extend(["北京路", "上海路", "广州路", "工资三万"].map(String::from));
    let files = ["log.db", "log.db-wal", "index.db", "index.db-wal"];
    server.until_wiped(&files, &traces, Duration::from_secs(1), &mut guest).await;
}

/// Waits until the index goes as far as what this client has heard.
async fn until_indexed(server: &TestServer, client: &Client) {
    let index = backend::store::index::Index::open(server.data.path()).unwrap();
    let last = client.events.last().unwrap().seq;
    while index.place(2, last).unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn only_who_sits_there_searches_and_finds_what_it_may_read() {
    let server = TestServer::start().await;
    let wish = r#"{"capacity":4,"history":"from_join"}"#;
    let (room, mut host, guest) = chat(&server, wish, &["秘密在前面"]).await;
    let mut late = join(&server, &room, "王五", token()).await;
    late.say("秘密在后面").await;
    late.until_text("秘密在后面").await;
    assert_eq!(texts(&server, &room, "秘密", guest.token).await, ["秘密在后面", "秘密在前面"]);
    assert_eq!(texts(&server, &room, "秘密", late.token).await, ["秘密在后面"]);
    until_indexed(&server, &late).await;
    assert_eq!(texts(&server, &room, "秘密", late.token).await, ["秘密在后面"]);
    assert_eq!(ask(&server, &room, "秘密", "", token()).await.0, 401);
    let other = make(&server, r#"{"capacity":2}"#).await;
    assert_eq!(ask(&server, &room, "秘密", "", other.host_token).await.0, 401);
    let _in = join(&server, &other, "赵六", other.host_token).await;
    assert!(texts(&server, &other, "秘密", other.host_token).await.is_empty(), "another room's");
    let member = late.you.as_ref().unwrap().member;
    host.send(&FromPage::Remove { id: new_id(), member, ban: true, recall: false }).await;
    late.until_over().await;
    assert_eq!(ask(&server, &room, "秘密", "", late.token).await.0, 403);
    // Its words stay, and its name with them.
    let page = search(&server, &room, "秘密", "", guest.token).await;
    let name = page.names.get(&member).map(shared::Name::as_str);
    assert_eq!((page.hits.len(), name), (2, Some("王五")));
}

#[tokio::test]
async fn first_page_names_former_authors_whose_messages_can_be_read() {
    let server = TestServer::start().await;
    let wish = r#"{"capacity":5,"history":"from_join"}"#;
    let (room, host, mut guest) = chat(&server, wish, &["早说的"]).await;
    let mut silent = join(&server, &room, "孙七", token()).await;
    let (author, _) = (guest.you.as_ref().unwrap().member, silent.send(&FromPage::Leave).await);
    silent.until_over().await;
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    server.pass(Duration::from_secs(1));
    let mut late = join(&server, &room, "王五", token()).await;
    late.say("来晚了").await;
    late.until_text("来晚了").await;
    until_indexed(&server, &late).await;
    let names = |page: SearchPage| page.names.iter().map(|(member, _)| *member).collect::<Vec<_>>();
    assert_eq!(names(search(&server, &room, "没有这句", "", host.token).await), [author]);
    assert!(names(search(&server, &room, "没有这句", "&before=9", host.token).await).is_empty());
    assert!(
        names(search(&server, &room, "没有这句", "", late.token).await).is_empty(),
        "it cannot read them"
    );
}

#[tokio::test]
async fn an_answer_is_narrowed_and_goes_on_where_it_ended() {
    let server = TestServer::start().await;
    let (room, mut host, guest) = chat(&server, r#"{"capacity":3}"#, &["一杯茶", "两杯茶", "三杯茶"]).await;
    host.say("四杯茶").await;
    host.until_text("四杯茶").await;
    for indexed in [false, true] {
        if indexed {
            until_indexed(&server, &host).await;
        }
        let first = search(&server, &room, "茶", "&limit=3", guest.token).await;
        assert_eq!((said(&first).len(), first.more), (3, true));
        let rest = format!("&before={}", first.hits[2].event.seq);
        let rest = search(&server, &room, "茶", &rest, guest.token).await;
        assert_eq!((said(&rest), rest.more), (vec!["一杯茶".to_owned()], false));
        let exact = search(&server, &room, "茶", "&limit=4", guest.token).await;
        assert_eq!((exact.hits.len(), exact.more), (4, false));
        let theirs = search(&server, &room, "茶", "&by=1", guest.token).await;
        assert_eq!(said(&theirs), ["四杯茶"]);
        let (second, fourth) = (rest.hits[0].event.at.0, first.hits[0].event.at.0);
        let now = search(&server, &room, "茶", &format!("&since={}", fourth + 1), guest.token).await;
        let until = search(&server, &room, "茶", &format!("&until={second}"), guest.token).await;
        assert!(now.hits.is_empty() && until.hits.is_empty());
        let all = format!("&since={second}&until={}", fourth + 1);
        assert_eq!(search(&server, &room, "茶", &all, guest.token).await.hits.len(), 4);
        let huge = format!("&before={}&by={}", u64::MAX, u32::MAX);
        assert!(search(&server, &room, "茶", &huge, guest.token).await.hits.is_empty());
    }
    for bad in ["", " ", "\u{200b}", &"字".repeat(101)] {
        assert_eq!(ask(&server, &room, bad, "", guest.token).await.0, 400, "{bad:.9}");
    }
    assert_eq!(ask(&server, &room, "茶", "&limit=x", guest.token).await.0, 400);
    let path = format!("GET /api/rooms/{}/search", room.room);
    assert_eq!(http(&server, &path, &bearer(guest.token), "").await.0, 400);
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_told_to_come_later() {
    let server = TestServer::with(|config| config.search_within = Duration::ZERO).await;
    let (room, _host, guest) = chat(&server, r#"{"capacity":2}"#, &["慢"]).await;
    assert_eq!(ask(&server, &room, "慢", "", guest.token).await.0, 503);
    let page = common::rooms::page(&server, &room, "", guest.token).await;
    assert_eq!(page.events.len(), 4, "others are not disturbed");
}

#[tokio::test]
async fn nothing_is_found_of_a_room_that_is_no_more() {
    let server = TestServer::start().await;
    let (room, host, guest) = chat(&server, r#"{"capacity":2}"#, &["删掉这些"; 70]).await;
    until_indexed(&server, &guest).await;
    let path = format!("DELETE /api/rooms/{}", room.room);
    assert_eq!(http(&server, &path, &bearer(host.token), "").await.0, 204);
    assert_eq!(ask(&server, &room, "删", "", guest.token).await.0, 404);
    let index = || rusqlite::Connection::open(server.data.path().join("index.db")).unwrap();
    let count = |table: &str| {
        index().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count("filters"), 4);
    while count("filters") > 0 {
        server.pass(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((count("runs"), count("ids"), count("rooms")), (1, 0, 1), "only the lobby is left");
}
