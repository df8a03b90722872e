//! Words that the host does not allow: told to nobody, kept with the room.

#[path = "common/mod.rs"]
mod common;

use std::fs;

use backend::check::check;
use common::rooms::{JSON, bearer, http, join, make, page, token};
use common::{Client, TestServer, new_id};
use shared::limits::{WORD_MAX, WORDS_MAX};
use shared::{Code, Export, Fact, FromPage};

fn set(words: Vec<String>) -> FromPage {
    FromPage::Set { id: new_id(), title: None, slow_s: None, words: Some(words) }
}

async fn refused(client: &mut Client, frame: &FromPage) -> Code {
    let heard = client.refused.len();
    client.send(frame).await;
    client.until("a refusal", |client| client.refused.len() > heard).await;
    client.refused[heard].0
}

async fn refused_to_say(client: &mut Client, text: &str) -> Code {
    refused(client, &FromPage::Say { id: new_id(), text: text.into(), reply_to: None }).await
}

fn is_set(client: &Client) -> bool {
    client.events.iter().any(|event| matches!(event.fact, Fact::Set { .. }))
}

#[tokio::test]
async fn what_the_host_forbids_is_refused_told_to_nobody_and_kept() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    host.send(&set(vec!["芝麻".into(), "Open Sesame".into()])).await;
    host.until("the change", is_set).await;
    guest.until("the change", is_set).await;
    assert_eq!(refused_to_say(&mut guest, "芝\u{200b}麻开门").await, Code::BlockedWord);
    assert_eq!(refused_to_say(&mut host, "open, sesame!").await, Code::BlockedWord);
    guest.say("开门").await;
    guest.until_text("开门").await;
    let seq = guest.events.last().unwrap().seq;
    let edit = FromPage::Edit { id: new_id(), seq, text: "芝　麻开门".into() };
    assert_eq!(refused(&mut guest, &edit).await, Code::BlockedWord);

    // Neither the log of a member nor an export has them.
    let events = serde_json::to_string(&page(&server, &room, "", room.host_token).await).unwrap();
    let path = format!("POST /api/rooms/{}/export", room.room);
    let headers = format!("{JSON}{}", bearer(room.host_token));
    let (_, body) = http(&server, &path, &headers, r#"{"as":"jsonl"}"#).await;
    let export: Export = serde_json::from_str(&body).unwrap();
    let (_, exported) = http(&server, &format!("GET {}", export.url), "", "").await;
    for text in [&events, &exported] {
        assert!(text.contains("开门") && !text.contains("芝麻") && !text.contains("esame"), "{text}");
    }

    // They hold after a restart, with the index or without.
    let guest = guest.token;
    let mut data = server.stop().await;
    for index in ["kept", "lost"] {
        if index == "lost" {
            fs::remove_file(data.path().join("index.db")).unwrap();
        }
        let server = TestServer::on(data, |_| {}).await;
        let mut back = join(&server, &room, "李四", guest).await;
        assert_eq!(refused_to_say(&mut back, "芝麻").await, Code::BlockedWord, "{index}");
        data = server.stop().await;
    }
    assert!(check(data.path()).unwrap().is_good());
}

#[tokio::test]
async fn words_out_of_bounds_are_refused() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let many = |n: usize| (0..n).map(|n| format!("词{n}")).collect::<Vec<_>>();
    for bad in [many(WORDS_MAX + 1), vec!["字".repeat(WORD_MAX + 1)], vec![String::new()], vec!["…".into()]]
    {
        assert_eq!(refused(&mut host, &set(bad)).await, Code::BadMessage);
    }
    assert_eq!(refused(&mut guest, &set(many(1))).await, Code::NotHost);
    host.send(&set(many(WORDS_MAX))).await;
    host.until("the change", is_set).await;
    assert_eq!(refused_to_say(&mut guest, &format!("词{}", WORDS_MAX - 1)).await, Code::BlockedWord);
}
