//! Rooms by link: made over the API, joined over the socket, kept in order by their host.

#[path = "common/mod.rs"]
mod common;

use common::rooms::{JSON, bearer, http, join, make, page, token};
use common::{TestServer, holds, new_id};
use shared::{ByeCode, Code, EventPage, Fact, FromPage, GoneWhy, MemberId, Problem, RoomCard, Seq};

fn numbers(page: &EventPage) -> Vec<u64> {
    page.events.iter().map(|event| event.seq.0).collect()
}

#[tokio::test]
async fn a_room_is_made_and_its_host_comes_in() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3,"title":" 周末爬山 ","history":"all"}"#).await;
    assert_eq!(room.url, format!("/r/{}", room.room));
    let (_, card) = http(&server, &format!("GET /api/rooms/{}", room.room), "", "").await;
    let card: RoomCard = serde_json::from_str(&card).unwrap();
    assert_eq!((card.title.as_deref(), card.capacity, card.seated), (Some("周末爬山"), 3, 1));

    let guest = join(&server, &room, "李四", token()).await;
    let host = join(&server, &room, "张三", room.host_token).await;
    assert!(host.you.as_ref().unwrap().host && !guest.you.as_ref().unwrap().host);
    assert_eq!(host.room.as_ref().unwrap().title.as_deref(), Some("周末爬山"));
    // It is there after a restart too, and loaded when somebody asks.
    let server = TestServer::on(server.stop().await, |_| {}).await;
    let (status, _) = http(&server, &format!("GET /api/rooms/{}", room.room), "", "").await;
    assert_eq!(status, 200);
    let back = join(&server, &room, "谁都行", room.host_token).await;
    assert_eq!(back.you.unwrap().name.as_str(), "张三");
}

#[tokio::test]
async fn what_is_no_room_is_refused() {
    let server = TestServer::start().await;
    for body in [
        "",
        "{}",
        r#"{"capacity":1}"#,
        r#"{"capacity":1001}"#,
        r#"{"capacity":2,"title":"  "}"#,
        r#"{"capacity":2,"history":"some"}"#,
    ] {
        let (status, answer) = http(&server, "POST /api/rooms", JSON, body).await;
        let problem: Problem = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, problem.code), (400, Code::BadMessage), "{body}");
    }
    assert_eq!(
        http(&server, "POST /api/rooms", "", r#"{"capacity":2}"#).await.0,
        400,
        "a form of another page"
    );
    let evil = format!("{JSON}Origin: https://evil.example\r\n");
    assert_eq!(http(&server, "POST /api/rooms", &evil, r#"{"capacity":2}"#).await.0, 403);
    let (status, answer) = http(&server, "GET /api/rooms/7Yc3mVbq9sT1kLwXeRzP4n", "", "").await;
    assert_eq!((status, answer.contains("room_unknown")), (404, true));
    let long = format!(r#"{{"capacity":2,"title":"{}"}}"#, "长".repeat(2_000));
    let (status, answer) = http(&server, "POST /api/rooms", JSON, &long).await;
    let problem: Problem = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, problem.code), (413, Code::BadMessage));
}

#[tokio::test]
async fn edits_and_recalls_reach_everyone_and_leave_no_text() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    guest.say("第一版的话").await;
    guest.until_text("第一版的话").await;
    let said = guest.events.last().unwrap().seq;
    guest.send(&FromPage::Edit { id: new_id(), seq: said, text: "第二版的话".into() }).await;
    let edited = |event: &shared::Event| matches!(&event.fact, Fact::Edited { text, .. } if text.as_str() == "第二版的话");
    host.until("the edit", |client| client.events.iter().any(edited)).await;

    host.send(&FromPage::Recall { id: new_id(), seq: said }).await;
    let recalled =
        |event: &shared::Event| matches!(event.fact, Fact::Recalled { target, .. } if target == said);
    guest.until("the recall", |client| client.events.iter().any(recalled)).await;

    // Whoever comes now hears that something was here, and nothing of what it was.
    let mut late = join(&server, &room, "王五", token()).await;
    late.until("the recall", |client| client.events.iter().any(recalled)).await;
    let gone = |event: &&shared::Event| matches!(event.fact, Fact::Gone { why: GoneWhy::Recalled, .. });
    assert_eq!(late.events.iter().filter(gone).count(), 2);
    let whole = page(&server, &room, "", late.token).await;
    assert!(!serde_json::to_string(&whole).unwrap().contains("版的话"));

    let data = server.stop().await;
    assert!(!holds(data.path(), &["log.db", "log.db-wal"], &["版的话"]), "the text is still there");
}

#[tokio::test]
async fn who_is_removed_neither_reads_nor_writes_nor_comes_back() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let mut tab = join(&server, &room, "李四", guest.token).await;
    let member = guest.you.as_ref().unwrap().member;
    guest.send(&FromPage::Lock { id: new_id(), locked: true }).await;
    guest.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(guest.refused[0].0, Code::NotHost);

    host.send(&FromPage::Remove { id: new_id(), member, ban: true, recall: false }).await;
    guest.until_over().await;
    tab.until_over().await;
    for client in [&guest, &tab] {
        assert_eq!((client.bye, client.closed), (Some(ByeCode::Removed), Some(1008)));
    }
    let mut again = join(&server, &room, "换个名字", guest.token).await;
    again.until_over().await;
    assert_eq!(again.refused, [(Code::Removed, None)]);
    assert_eq!((again.bye, again.closed), (Some(ByeCode::Removed), Some(1008)));
    let path = format!("GET /api/rooms/{}/events", room.room);
    assert_eq!(http(&server, &path, &bearer(guest.token), "").await.0, 403);
    assert_eq!(http(&server, &path, "", "").await.0, 401);
    assert_eq!(http(&server, &path, &bearer(token()), "").await.0, 401);
}

#[tokio::test]
async fn a_locked_room_lets_nobody_new_in_and_a_title_reaches_everyone() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let guest = join(&server, &room, "李四", token()).await;
    host.send(&FromPage::Lock { id: new_id(), locked: true }).await;
    let title = Some("读书会".to_owned());
    host.send(&FromPage::Set { id: new_id(), title, slow_s: Some(3), words: None }).await;
    host.until("the settings", |client| {
        client.events.iter().any(|event| matches!(event.fact, Fact::Set { .. }))
    })
    .await;
    assert_eq!(join(&server, &room, "王五", token()).await.refused, [(Code::RoomLocked, None)]);
    let back = join(&server, &room, "李四", guest.token).await;
    let facts = back.room.unwrap();
    assert_eq!((facts.title.as_deref(), facts.locked, facts.slow_s), (Some("读书会"), true, 3));
}

#[tokio::test]
async fn pages_of_the_log_are_the_nearest_to_their_bound() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    for number in 0..10 {
        host.say(&format!("第{number}条")).await;
    }
    host.until_text("第9条").await; // opened 1, joined 2, said 3 to 12
    for (query, expected, more) in [
        ("?limit=3", vec![10, 11, 12], true),
        ("?before=10&limit=3", vec![7, 8, 9], true),
        ("?before=3", vec![1, 2], false),
        ("?after=9&limit=2", vec![10, 11], true),
        ("?after=10", vec![11, 12], false),
        ("?after=4&before=7", vec![5, 6], false),
        ("?after=99", vec![], false),
        ("?after=9223372036854775807", vec![], false),
        ("?after=18446744073709551615", vec![], false),
        ("?after=18446744073709551615&before=18446744073709551615", vec![], false),
        ("?before=0", vec![], false),
        ("?limit=0", vec![12], true),
    ] {
        let page = page(&server, &room, query, host.token).await;
        assert_eq!((numbers(&page), page.more), (expected, more), "{query}");
    }
    for path in ["events?limit=x", "events?before=-1", "reads?seq=", "reads"] {
        let head = format!("GET /api/rooms/{}/{path}", room.room);
        assert_eq!(http(&server, &head, &bearer(room.host_token), "").await.0, 400, "{path}");
    }
}

#[tokio::test]
async fn who_joins_later_reads_from_there_on_where_the_maker_said_so() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4,"history":"from_join"}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    host.say("只有我听见").await;
    host.until_text("只有我听见").await;
    let said = host.events.last().unwrap().seq;
    let mut guest = join(&server, &room, "李四", token()).await;
    host.send(&FromPage::Edit { id: new_id(), seq: said, text: "还是只有我".into() }).await;
    guest.until("what stands for the edit", |client| client.events.len() == 2).await;
    assert!(matches!(guest.events[1].fact, Fact::Gone { why: GoneWhy::Unreadable, .. }));
    let page = page(&server, &room, "?after=0", guest.token).await;
    assert_eq!(numbers(&page), [said.0 + 1, said.0 + 2]);
    assert!(!serde_json::to_string(&page).unwrap().contains("只有我"));
    guest.send(&FromPage::Say { id: new_id(), text: "回".into(), reply_to: Some(said) }).await;
    guest.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(guest.refused[0].0, Code::UnknownTarget);
    assert_eq!(guest.you.as_ref().unwrap().member, MemberId(2));
    assert_eq!(guest.events[0].seq, Seq(said.0 + 1));
    // Also once all of it is indexed, and whatever is asked for.
    let server = TestServer::on(server.stop().await, |_| {}).await;
    for after in [0, said.0, u64::MAX >> 1, u64::MAX] {
        let page = common::rooms::page(&server, &room, &format!("?after={after}"), guest.token).await;
        let expected: &[u64] = if after <= said.0 { &[said.0 + 1, said.0 + 2] } else { &[] };
        assert_eq!(numbers(&page), expected, "{after}");
    }
}
