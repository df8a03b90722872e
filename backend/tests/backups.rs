//! A backup of a server at work is a log that it had, and what is made of it is a server again.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backend::backup::{BackupError, backup, restore};
use backend::check::check;
use backend::edge::Edge;
use backend::rebuild::rebuild;
use backend::store::LogError;
use backend::store::log::Log;
use common::rooms::{join, make, token};
use common::{Client, TestServer};
use shared::Replay;
use tempfile::TempDir;

/// The events of a log, with where they stand.
fn records(file: &Path) -> Vec<(i64, i64, i64, String)> {
    let log = rusqlite::Connection::open(file).unwrap();
    let mut query = log.prepare("SELECT pos, life, seq, event FROM records ORDER BY pos").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let each = |(pos, life, seq, events): (i64, i64, i64, String)| {
        let places = (0..).zip(events.lines().map(str::to_owned).collect::<Vec<_>>());
        places.map(move |(place, event)| (pos + place, life, seq + place, event))
    };
    rows.collect::<Result<Vec<_>, _>>().unwrap().into_iter().flat_map(each).collect()
}

#[tokio::test]
async fn a_backup_under_load_is_what_the_log_was_at_one_moment() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    for number in 0..3_000 {
        guest.say(&format!("先说的第{number}句{}", "，说得很长".repeat(10))).await;
    }
    guest.until("all of it", |client| client.texts().len() == 3_000).await;
    let folder = Arc::clone(&server.data);
    let copies = tokio::task::spawn_blocking(move || {
        let copies: Vec<_> = (0..5).map(|number| folder.path().join(format!("backup{number}.db"))).collect();
        for copy in &copies {
            let mut steps = 0;
            backup(folder.path(), copy, |_, _| steps += 1).unwrap();
            assert!(steps > 1, "more than one step, or nothing could come between");
        }
        copies
    });
    // Five messages each hundredth of a second.
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let mut said = guest.texts().len();
    let begun = said;
    while !copies.is_finished() || said < begun + 250 {
        ticks.tick().await;
        for _ in 0..5 {
            guest.say(&format!("后说的第{said}句")).await;
            said += 1;
        }
        let heard = guest.texts().len();
        guest.until("an echo", |client| client.texts().len() > heard).await;
    }
    guest.until("all of it", |client| client.texts().len() == said).await;
    let copies = copies.await.unwrap();
    let mut before = 3_000;
    for copy in copies {
        let (there, live) = (records(&copy), records(&server.data.path().join("log.db")));
        assert!(there.len() >= before && there == live[..there.len()], "a prefix, and none is older");
        before = there.len();
        let data = TempDir::new().unwrap();
        restore(&copy, data.path(), (&Edge::system(), false), |_, _| ()).unwrap();
        let report = check(data.path()).unwrap();
        assert!(report.is_good(), "{report}");
        assert_eq!(records(&data.path().join("log.db")), there);
    }
}

#[tokio::test]
async fn a_page_that_is_ahead_of_a_restored_backup_begins_again() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    guest.say("在备份里").await;
    guest.until_text("在备份里").await;
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join("backup.db");
    backup(server.data.path(), &copy, |_, _| ()).unwrap();
    guest.say("备份之后").await;
    guest.until_text("备份之后").await;
    server.stop().await;

    let data = Arc::new(TempDir::new().unwrap());
    restore(&copy, data.path(), (&Edge::system(), false), |_, _| ()).unwrap();
    assert!(check(data.path()).unwrap().is_good());
    let server = TestServer::on(data, |_| {}).await;
    let mut back = Client::connect(&server.address).await;
    back.token = guest.token;
    let after = guest.after();
    let (id, name) = (room.room.to_string(), "李四".to_owned());
    let join =
        shared::Join { v: shared::VERSION, room: id, name, token: Some(guest.token), after: Some(after) };
    let mut back =
        Client::try_connect(&server.address, &format!("/ws?room={}", room.room), &[]).await.unwrap();
    back.token = guest.token;
    back.send(&shared::FromPage::Join(join)).await;
    back.until_text("在备份里").await;
    assert_eq!((back.replay, back.texts().len()), (Some(Replay::Reset), 1));
    assert_eq!(back.you.as_ref().map(|you| you.member), guest.you.as_ref().map(|you| you.member));
}

#[test]
fn nothing_is_overwritten_and_nothing_foreign_is_restored() {
    let data = TempDir::new().unwrap();
    drop(Log::open(data.path()).unwrap());
    let copy = data.path().join("backup.db");
    backup(data.path(), &copy, |_, _| ()).unwrap();
    assert!(matches!(backup(data.path(), &copy, |_, _| ()), Err(BackupError::Exists(_))));
    let edge = Edge::system();
    for name in ["log.db-wal", "log.db-shm", "index.db", "index.db-wal", "index.db-shm", "clock"] {
        let left = TempDir::new().unwrap();
        std::fs::write(left.path().join(name), "what another server left").unwrap();
        let refused = restore(&copy, left.path(), (&edge, false), |_, _| ());
        assert!(matches!(refused, Err(BackupError::Exists(file)) if file.ends_with(name)), "{name}");
    }
    let taken = TempDir::new().unwrap();
    let _log = Log::open(taken.path()).unwrap();
    let refused = restore(&copy, taken.path(), (&edge, false), |_, _| ());
    assert!(matches!(refused, Err(BackupError::Log(LogError::InUse(_)))));
    assert!(matches!(restore(&copy, data.path(), (&edge, false), |_, _| ()), Err(BackupError::Exists(_))));
    let foreign = data.path().join("foreign");
    for content in ["", "somebody's file"] {
        std::fs::write(&foreign, content).unwrap();
        let folder = TempDir::new().unwrap();
        let refused = restore(&foreign, folder.path(), (&edge, false), |_, _| ());
        assert!(matches!(refused, Err(BackupError::Log(_))), "{refused:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    assert!(backup(&data.path().join("nowhere"), &data.path().join("b"), |_, _| ()).is_err());
}

#[tokio::test]
async fn an_index_that_is_made_anew_finds_what_the_old_one_did() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for number in 1..=70 {
        zhang.say(&format!("第{number}次开会")).await;
    }
    zhang.until_text("第70次开会").await;
    let folder = Arc::clone(&server.data);
    assert!(rebuild(folder.path(), |_, _| ()).is_err(), "the server uses it");
    let data = server.stop().await;
    let index = data.path().join("index.db");
    let filters = || {
        let index = rusqlite::Connection::open(&index).unwrap();
        let mut query = index.prepare("SELECT bits FROM filters").unwrap();
        let bits = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        bits.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let old = filters();
    std::fs::write(&index, "gone").unwrap();
    let mut heard = Vec::new();
    rebuild(data.path(), |done, of| heard.push((done, of))).unwrap();
    assert_eq!((heard.last(), old.len()), (Some(&(72, 72)), 4));
    assert_eq!(filters(), old);
    assert!(check(data.path()).unwrap().is_good());
}

#[tokio::test]
async fn what_was_said_is_for_its_owner_only() {
    let server = TestServer::start().await;
    server.join("张三").await.say("在").await;
    let there = TempDir::new().unwrap();
    let (copy, data) = (there.path().join("backup.db"), there.path().join("some/data"));
    backup(server.data.path(), &copy, |_, _| ()).unwrap();
    restore(&copy, &data, (&Edge::system(), false), |_, _| ()).unwrap();
    for (path, mode) in [(&copy, 0o600), (&data, 0o700), (&data.join("log.db"), 0o600)] {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}

#[tokio::test]
async fn second_backup_to_one_name_is_refused_and_the_first_is_whole() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for number in 0..500 {
        zhang.say(&format!("{number}")).await;
    }
    zhang.until_text("499").await;
    let copies = TempDir::new().unwrap();
    let file = copies.path().join("one.db");
    let mut second = None;
    backup(server.data.path(), &file, |_, _| {
        second.get_or_insert_with(|| backup(server.data.path(), &file, |_, _| ()));
    })
    .unwrap();
    assert!(matches!(second, Some(Err(BackupError::Running(_)))), "{second:?}");
    assert!(!records(&file).is_empty());
    assert_eq!(std::fs::read_dir(copies.path()).unwrap().count(), 1, "nothing else is left");
}

#[tokio::test]
async fn leftover_of_a_killed_backup_is_removed() {
    let server = TestServer::start().await;
    let _zhang = server.join("张三").await;
    let copies = TempDir::new().unwrap();
    let (file, part) = (copies.path().join("one.db"), copies.path().join("one.db.part"));
    std::fs::write(&part, "half of a log").unwrap();
    backup(server.data.path(), &file, |_, _| ()).unwrap();
    assert!(file.exists() && !part.exists());
}
