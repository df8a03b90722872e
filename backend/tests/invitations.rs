//! What a link to a room leads to: for people, for search engines, for programs that show a preview of it.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;
use std::sync::Arc;

use common::TestServer;
use common::raw::{get, head, raw};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

const ROOM: &str = "7Yc3mVbq9sT1kLwXeRzP4n";

async fn with_page() -> TestServer {
    let data = Arc::new(TempDir::new().unwrap());
    fs::create_dir(data.path().join("dist")).unwrap();
    let page = include_str!("../../index.html");
    fs::write(data.path().join("dist/index.html"), page).unwrap();
    TestServer::on(data, |_| ()).await
}

/// The head of an answer, in the letters it came in.
async fn head_of(server: &TestServer, path: &str) -> String {
    let mut stream = common::raw::connection(server).await;
    stream.write_all(get(path, "").as_bytes()).await.unwrap();
    head(&mut stream).await
}

#[tokio::test]
async fn room_page_has_whole_addresses_and_is_not_indexed() {
    let server = with_page().await;
    let headers = "X-Forwarded-Proto: https\r\n";
    let page = raw(&server, &get(&format!("/r/{ROOM}"), headers)).await;
    let room = ROOM.to_lowercase();
    for part in [
        "\r\nx-robots-tag: noindex",
        "property=\"og:image\" content=\"https://chat.example/icon-512.png\"",
        &format!("property=\"og:url\" content=\"https://chat.example/r/{room}\""),
        "connect-src 'self' ws://chat.example wss://chat.example;",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let front = raw(&server, &get("/", "")).await;
    assert!(!front.contains("x-robots-tag"), "{front}");
    assert!(front.contains("property=\"og:url\" content=\"http://chat.example/\""), "{front}");
    for path in ["/api/rooms/lobby", "/export/x"] {
        assert!(raw(&server, &get(path, "")).await.contains("\r\nx-robots-tag: noindex"), "{path}");
    }
}

#[tokio::test]
async fn search_engines_find_rules() {
    let robots = raw(&with_page().await, &get("/robots.txt", "")).await;
    assert!(robots.starts_with("http/1.1 200 ") && robots.contains("\r\nuser-agent: *\n"), "{robots}");
}

#[tokio::test]
async fn words_glued_to_a_link_are_cut_off() {
    let server = with_page().await;
    for glued in ["%EF%BC%8C%E5%BF%AB%E6%9D%A5%E7%9C%8B", "，快来看", ",", "%20hello", ")", "。"] {
        let answer = head_of(&server, &format!("/r/{ROOM}{glued}")).await;
        let there = format!("location: /r/{ROOM}\r\n");
        assert!(answer.starts_with("HTTP/1.1 302 ") && answer.contains(&there), "{glued}: {answer}");
    }
    for path in [format!("/r/{ROOM}"), "/r/lobby".to_owned(), "/r/nosuchroom".to_owned()] {
        let answer = head_of(&server, &path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
}
