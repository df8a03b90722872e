//! The lobby's seats, for people who close a tab and come back; what is refused there and in rooms by link.

mod common;

use std::time::Duration;

use common::rooms::{http, join, make};
use common::{TestServer, new_id};
use shared::{Code, Event, Fact, FromPage};

/// Joins by hand, and gives what was said of a refusal.
async fn refused(server: &TestServer, name: &str) -> (Code, u64) {
    let mut other = server.connect().await;
    other.send(&other.wish(name, None)).await;
    other.until("a refusal", |client| !client.refused.is_empty()).await;
    (other.refused[0].0, other.again_ms.unwrap_or_default())
}

#[tokio::test]
async fn name_of_a_closed_tab_says_when_it_is_free() {
    let server = TestServer::start().await;
    let zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    assert_eq!(refused(&server, "李四").await, (Code::NameTaken, 0), "who is there may stay");
    zhang.hang_up().await;
    while refused(&server, "张三").await.1 == 0 {}
    server.pass(Duration::from_secs(30));
    li.say("还在吗").await;
    li.until_text("还在吗").await;
    let (code, left) = refused(&server, "张三").await;
    assert_eq!(code, Code::NameTaken);
    assert!((60_000..=92_000).contains(&left), "{left}");
}

#[tokio::test]
async fn who_was_alone_in_the_lobby_comes_back_soon_under_the_same_name() {
    let server = TestServer::start().await;
    server.join("张三").await.hang_up().await;
    while refused(&server, "张三").await.1 == 0 {}
    let (code, left) = refused(&server, "张三").await;
    assert_eq!(code, Code::NameTaken);
    assert!((1..=17_000).contains(&left), "{left}");
    server.pass(Duration::from_secs(20));
    loop {
        let mut back = server.connect().await;
        back.send(&back.wish("张三", None)).await;
        back.until("an answer", |client| client.you.is_some() || !client.refused.is_empty()).await;
        if back.you.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn room_name_can_be_taken_away() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3,"title":"周末爬山"}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let set = |title: &str| FromPage::Set {
        id: new_id(),
        title: Some(title.to_owned()),
        slow_s: None,
        words: None,
    };
    let card = async || http(&server, &format!("GET /api/rooms/{}", room.room), "", "").await.1;
    assert!(card().await.contains("周末爬山"));
    let named = |event: &Event, name: &str| matches!(&event.fact, Fact::Set { title: Some(title), .. } if title == name);
    host.send(&set("")).await;
    host.until("its echo", |client| client.events.iter().any(|event| named(event, ""))).await;
    assert!(!card().await.contains("title"), "{}", card().await);
    host.send(&set("又有了")).await;
    host.until("its echo", |client| client.events.iter().any(|event| named(event, "又有了"))).await;
    assert!(card().await.contains("又有了"));
    let data = server.stop().await;
    let server = TestServer::on(data, |_| ()).await;
    let (_, card) = http(&server, &format!("GET /api/rooms/{}", room.room), "", "").await;
    assert!(card.contains("又有了"), "{card}");
}

#[tokio::test]
async fn text_that_nobody_sees_is_refused() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for text in [
        "\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "\u{feff}",
        "\u{ad}",
        "\u{202e}",
        "\u{fe0f}",
        "\u{e0061}",
        "\u{301}",
    ] {
        let id = zhang.say(text).await;
        zhang.until("a refusal", |client| client.refused.last() == Some(&(Code::BadMessage, Some(id)))).await;
    }
    zhang.say("\u{200b}看得见\u{200b}").await;
    zhang.until_text("\u{200b}看得见\u{200b}").await;
}
