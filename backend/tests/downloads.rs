//! An export is fetched by programs of every kind, and comes back from editors of every kind.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use backend::edge::Edge;
use backend::import::{ImportError, import};
use common::TestServer;
use common::raw::{connection, get, raw};
use common::rooms::{JSON, bearer, http, join, make};
use shared::Export;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A room's export in lines: where it is fetched, and the server.
async fn exported() -> (TestServer, String) {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    for number in 0..300 {
        host.say(&format!("{number}{}", "很长的一句".repeat(300))).await;
        host.until("its echo", |client| client.texts().len() > number).await;
    }
    let path = format!("POST /api/rooms/{}/export", room.room);
    let (_, body) =
        http(&server, &path, &format!("{JSON}{}", bearer(room.host_token)), r#"{"as":"jsonl"}"#).await;
    let export: Export = serde_json::from_str(&body).unwrap();
    (server, export.url)
}

#[tokio::test]
async fn download_that_broke_off_is_tried_again_until_it_is_whole() {
    let (server, url) = exported().await;
    let asked = raw(&server, &get(&url, "").replace("GET", "HEAD")).await;
    assert!(asked.starts_with("http/1.1 200 ") && asked.ends_with("\r\n\r\n"), "{asked}");
    let mut broken = connection(&server).await;
    broken.write_all(get(&url, "").as_bytes()).await.unwrap();
    broken.read_exact(&mut [0; 1_000]).await.unwrap();
    drop(broken);
    let whole = raw(&server, &get(&url, "")).await;
    assert!(whole.starts_with("http/1.1 200 ") && whole.ends_with("\r\n0\r\n\r\n"));
    assert!(raw(&server, &get(&url, "")).await.starts_with("http/1.1 404 "), "it was sent whole");
}

fn take_in(export: &[u8]) -> Result<u64, ImportError> {
    let data = TempDir::new().unwrap();
    import(export, data.path(), &Edge::system(), 1_000).map(|imported| imported.events)
}

#[tokio::test]
async fn export_is_taken_in_as_editors_and_systems_leave_it() {
    let (server, url) = exported().await;
    let (_, body) = http(&server, &format!("GET {url}"), "", "").await;
    let export = dechunked(&body);
    let events = take_in(export.as_bytes()).unwrap();
    for changed in [
        format!("\u{feff}{export}"),
        format!("{export}\n\n"),
        export.replace('\n', "\r\n"),
        format!("{}  \n", export.trim_end()),
    ] {
        assert_eq!(take_in(changed.as_bytes()).unwrap(), events);
    }
    let cut = &export.as_bytes()[..export.len() - 20];
    assert!(matches!(take_in(cut), Err(ImportError::Cut(_))));
    let packed = take_in(b"\x1f\x8b\x08\0\0\0\0\0").unwrap_err();
    assert!(packed.to_string().contains("gunzip"), "{packed}");
    assert!(matches!(take_in(b"\xff\xfe{\0"), Err(ImportError::NotUtf8)));
}

/// The body without the lengths of its chunks.
fn dechunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&after[..length]);
        rest = after[length..].trim_start_matches("\r\n");
    }
    whole
}
