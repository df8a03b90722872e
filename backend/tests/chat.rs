//! Two people in the lobby: the demo's story, and each of its faults.

#[path = "common/mod.rs"]
mod common;

use std::time::Duration;

use common::{Client, TestServer};
use shared::{ByeCode, Code, Fact, FromPage, LeftWhy, MemberId, Seq};

#[tokio::test]
async fn two_people_chat() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    zhang.until("李四 is here", |client| client.online.len() == 2).await;
    assert_eq!(zhang.names.len() + 1, li.names.len());
    assert!(
        zhang.events.iter().any(|e| matches!(&e.fact, Fact::Joined { name, .. } if name.as_str() == "李四"))
    );

    zhang.say("你好").await;
    li.until_text("你好").await;
    li.say("  你好，张三 ").await;
    zhang.until_text("你好，张三").await;
    li.until_text("你好，张三").await;
    let expected = [(1, "你好".to_owned()), (2, "你好，张三".to_owned())];
    assert_eq!(zhang.said(), expected);
    assert_eq!(li.said(), expected);
    server.stop().await;
}

#[tokio::test]
async fn a_third_gets_no_seat_and_no_word_into_the_pair() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let mut wang = server.connect().await;
    assert_eq!(wang.try_join("王五").await, Code::RoomFull);
    wang.say("我也在").await;
    wang.until("a refusal", |client| client.refused.len() == 2).await;
    assert_eq!(wang.refused[1].0, Code::BadMessage);
    zhang.say("只有我们").await;
    li.until_text("只有我们").await;
    assert_eq!(li.texts(), ["只有我们"]);
    assert!(wang.events.is_empty());
}

#[tokio::test]
async fn text_is_only_text() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    for text in [
        "close",
        "please close the door",
        "{\"type\":\"leave\"}",
        "<img src=x onerror=alert(1)>",
        "\\u0000 \"'",
    ] {
        zhang.say(text).await;
        li.until_text(text).await;
    }
    zhang.until_text("\\u0000 \"'").await;
    assert_eq!(zhang.texts(), li.texts());
}

#[tokio::test]
async fn leaving_tells_the_other_and_frees_the_seat_for_somebody_new() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    li.say("先走了").await;
    zhang.until_text("先走了").await;
    li.send(&FromPage::Leave).await;
    li.until_over().await;
    assert_eq!((li.bye, li.closed), (Some(ByeCode::Left), Some(1000)));
    let left = Fact::Left { member: MemberId(2), why: LeftWhy::Asked };
    zhang.until("李四 left", |client| client.events.iter().any(|event| event.fact == left)).await;
    zhang.until("presence", |client| client.online == [MemberId(1)]).await;
    zhang.say("还在").await;
    zhang.until_text("还在").await;

    let mut wang = server.join("王五").await;
    zhang.until("王五 is here", |client| client.online.len() == 2).await;
    wang.say("你好").await;
    zhang.until_text("你好").await;
    assert_eq!(wang.you.as_ref().unwrap().member, MemberId(3));
    wang.until_text("你好").await;
    assert_eq!(wang.texts(), ["你好"], "nothing said before it came");
}

#[tokio::test]
async fn an_empty_lobby_starts_afresh() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let epoch = zhang.room.as_ref().unwrap().epoch.clone();
    zhang.say("有人吗").await;
    zhang.until_text("有人吗").await;
    zhang.send(&FromPage::Leave).await;
    zhang.until_over().await;

    let mut li = server.join("李四").await;
    assert_ne!(li.room.as_ref().unwrap().epoch, epoch);
    li.until("its own joined", |client| !client.events.is_empty()).await;
    assert_eq!(li.numbers(), [2]);
    assert_eq!(li.you.as_ref().unwrap().member, MemberId(1));
    let files = ["log.db", "log.db-wal"];
    server.until_wiped(&files, &["有人吗"], Duration::from_secs(1), &mut li).await;
}

#[tokio::test]
async fn leave_closes_all_connections_of_the_member_and_no_other() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let mut tab = Client::resume(&server.address, &zhang).await;
    tab.send(&FromPage::Leave).await;
    zhang.until_over().await;
    tab.until_over().await;
    assert_eq!((zhang.bye, tab.bye), (Some(ByeCode::Left), Some(ByeCode::Left)));
    li.say("我还在").await;
    li.until_text("我还在").await;
}

#[tokio::test]
async fn names_are_checked_before_a_seat_is_given() {
    let server = TestServer::start().await;
    let _zhang = server.join("张三").await;
    let mut other = server.connect().await;
    for name in ["", "zhang三", "张", "赵钱孙李周吴郑王冯陈褚", "<b>张三</b>"] {
        assert_eq!(other.try_join(name).await, Code::BadName, "{name:?}");
    }
    assert_eq!(other.try_join(" 张三 ").await, Code::NameTaken);
    other.join("李四").await;
    assert_eq!(other.you.as_ref().unwrap().name.as_str(), "李四");
}

#[tokio::test]
async fn a_seat_is_kept_for_a_while_and_then_freed() {
    if common::CLUSTERED {
        return; // The time that passes is not the streams'.
    }
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let li = server.join("李四").await;
    li.hang_up().await;
    server.pass(Duration::from_secs(100));
    let mut wang = server.connect().await;
    assert_eq!(wang.try_join("王五").await, Code::RoomFull);
    server.pass(Duration::from_secs(21));
    let away = Fact::Left { member: MemberId(2), why: LeftWhy::Away };
    zhang.until("李四 is away", |client| client.events.iter().any(|event| event.fact == away)).await;
    wang.join("王五").await;
    zhang.until("王五 is here", |client| client.names.len() + client.online.len() >= 3).await;
}

#[tokio::test]
async fn a_silent_member_gives_way_once_somebody_was_refused() {
    if common::CLUSTERED {
        return; // The time that passes is not the streams'.
    }
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    server.pass(Duration::from_secs(11 * 60));
    zhang.say("我一直在").await;
    li.until_text("我一直在").await;
    assert_eq!(li.events.last().unwrap().seq, Seq(4), "silence alone takes no seat");

    let mut wang = server.connect().await;
    assert_eq!(wang.try_join("王五").await, Code::RoomFull);
    li.until_over().await;
    assert_eq!((li.bye, li.closed), (Some(ByeCode::Idle), Some(1008)));
    wang.join("王五").await;
    wang.say("终于").await;
    zhang.until_text("终于").await;
}

#[tokio::test]
async fn a_join_may_be_repeated_and_finds_its_seat() {
    let server = TestServer::start().await;
    let zhang = server.join("张三").await;
    let mut again = Client::resume(&server.address, &zhang).await;
    let you = again.you.clone().unwrap();
    assert_eq!((you.member, you.name.as_str(), you.token), (MemberId(1), "张三", None));
    again.send(&again.wish("张三", None)).await;
    again.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(again.refused, [(Code::BadMessage, None)]);
}

#[tokio::test]
async fn a_join_without_a_token_is_given_one_that_works() {
    let server = TestServer::start().await;
    let mut zhang = server.connect().await;
    zhang.send_text(r#"{"type":"join","v":1,"room":"lobby","name":"张三","token":null}"#).await;
    zhang.until("a welcome", |client| client.you.is_some()).await;
    zhang.token = zhang.you.as_ref().unwrap().token.unwrap();
    let again = Client::resume(&server.address, &zhang).await;
    assert_eq!(again.you.unwrap().member, MemberId(1));
}
