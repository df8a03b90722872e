//! `duiliao check` finds what is broken, and nothing where nothing is.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::process::Command;

use backend::check::check;
use backend::store::index::Index;
use common::rooms::{bearer, http, join, make, token};
use common::{TestServer, new_id};
use shared::{Fact, FromPage};
use tempfile::TempDir;

/// A folder in which every kind of record stands.
async fn folder() -> std::sync::Arc<TempDir> {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let doomed = make(&server, r#"{"capacity":2}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    for text in ["一", "二", "三"] {
        guest.say(text).await;
        guest.until_text(text).await;
    }
    let said: Vec<_> =
        guest.events.iter().filter(|e| matches!(e.fact, Fact::Said { .. })).map(|e| e.seq).collect();
    for (seq, text) in [(said[0], "一改"), (said[0], "一再改"), (said[1], "二改")] {
        guest.send(&FromPage::Edit { id: new_id(), seq, text: text.into() }).await;
    }
    guest.send(&FromPage::Recall { id: new_id(), seq: said[1] }).await;
    guest.send(&FromPage::Say { id: new_id(), text: "回".into(), reply_to: Some(said[2]) }).await;
    host.until_text("回").await;
    host.send(&FromPage::Set { id: new_id(), title: Some("改名".into()), slow_s: None, words: None }).await;
    host.send(&FromPage::Lock { id: new_id(), locked: true }).await;
    host.send(&FromPage::Remove {
        id: new_id(),
        member: guest.you.as_ref().unwrap().member,
        ban: true,
        recall: false,
    })
    .await;
    guest.until_over().await;
    let path = format!("DELETE /api/rooms/{}", doomed.room);
    assert_eq!(http(&server, &path, &bearer(doomed.host_token), "").await.0, 204);
    server.stop().await
}

#[tokio::test]
async fn a_sound_folder_passes_and_each_broken_promise_is_found() {
    let data = folder().await;
    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(report.rooms, 2);
    for (breaks, expected) in [
        ("DELETE FROM records WHERE event LIKE '%:三%'", "follows"),
        (
            "UPDATE records SET event = replace(event, '\"at\":1', '\"at\":') WHERE event LIKE '%一再改%'",
            "earlier",
        ),
        (
            "UPDATE records SET event = replace(event, '一再改', '一又改') WHERE event LIKE '%edited\",%'",
            "newest edit",
        ),
        (
            "UPDATE records SET event = replace(event, 'recalled', 'joined') WHERE event LIKE '%\"recalled\"%'",
            "sense",
        ),
        ("UPDATE records SET seq = seq + 1 WHERE seq = 3", "stands where"),
        ("UPDATE records SET event = replace(event, ' r', ' r7') WHERE event LIKE '%:回%'", "speaks of"),
        (
            "DELETE FROM records WHERE event LIKE '%\"recalled\",\"by\"%' OR event LIKE '%\"kind\":\"recalled\"%'",
            "without a reason",
        ),
        ("UPDATE records SET event = '{' WHERE seq = 3", "no sense"),
    ] {
        let broken = TempDir::new().unwrap();
        for file in ["log.db", "log.db-wal", "index.db", "index.db-wal"] {
            let _ = std::fs::copy(data.path().join(file), broken.path().join(file));
        }
        let log = rusqlite::Connection::open(broken.path().join("log.db")).unwrap();
        assert!(log.execute(breaks, []).unwrap() > 0, "{breaks}");
        drop(log);
        let report = check(broken.path()).unwrap();
        assert!(report.to_string().contains(expected), "{breaks}: {report}");
    }
    let index = rusqlite::Connection::open(data.path().join("index.db")).unwrap();
    for (breaks, expected) in [
        ("DELETE FROM ids", "ids are not found"),
        ("UPDATE members SET state = replace(state, '李四', '李五')", "what is kept of the room"),
        ("UPDATE runs SET pos = pos + 1 WHERE life = 2", "places are not those"),
        ("DELETE FROM tokens", "finds members by what they are not"),
        ("UPDATE members SET in_use = 1 - in_use", "finds members by what they are not"),
    ] {
        assert!(index.execute(breaks, []).unwrap() > 0, "{breaks}");
        let report = check(data.path()).unwrap().to_string();
        assert!(report.contains(expected), "{breaks}: {report}");
    }
    // A lookup of the members by their states that passes for the one by their numbers.
    let lookup = "SELECT sql FROM sqlite_schema WHERE name = 'members_in_use'";
    let lookup: String = index.query_row(lookup, [], |row| row.get(0)).unwrap();
    let wrong = lookup.replace("member)", "state)");
    index.execute_batch("UPDATE members SET in_use = 1").unwrap();
    index.execute_batch(&format!("DROP INDEX members_in_use; {wrong}; PRAGMA writable_schema = ON")).unwrap();
    index.execute("UPDATE sqlite_schema SET sql = ?1 WHERE name = 'members_in_use'", [&lookup]).unwrap();
    index.execute_batch("PRAGMA writable_schema = RESET").unwrap();
    let report = check(data.path()).unwrap().to_string();
    assert!(report.contains("index.db is damaged"), "{report}");
    index.execute_batch("PRAGMA user_version = 7; DROP TABLE runs").unwrap();
    assert!(check(data.path()).unwrap().is_good(), "one of another version is made anew");
    drop(index);
    std::fs::write(data.path().join("index.db"), "this was an index once, and then the disk failed").unwrap();
    assert!(check(data.path()).is_err(), "one that cannot be read is not one that is missing");
    std::fs::remove_file(data.path().join("index.db")).unwrap();
    assert!(check(data.path()).unwrap().is_good(), "it is made anew");
}

#[tokio::test]
async fn a_member_s_last_message_may_be_recalled() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for text in ["一", "二"] {
        zhang.say(text).await;
        zhang.until_text(text).await;
    }
    let last = zhang.events.last().unwrap().seq;
    // Until the index has the message: what it says must not depend on when the log is read.
    while Index::open(server.data.path()).unwrap().place(1, last).unwrap().is_none() {
        zhang.send(&FromPage::Read { seq: last }).await;
        tokio::task::yield_now().await;
    }
    zhang.send(&FromPage::Recall { id: new_id(), seq: last }).await;
    zhang.until("the recall", |client| client.events.last().unwrap().seq > last).await;
    let report = check(server.stop().await.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn a_server_at_work_can_be_checked() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for _ in 0..500 {
        zhang.say("很多").await;
    }
    zhang.until("all of it", |client| client.texts().len() == 500).await;
    let data = std::sync::Arc::clone(&server.data);
    let checking = tokio::task::spawn_blocking(move || {
        for _ in 0..20 {
            let report = check(data.path()).unwrap();
            assert!(report.is_good(), "{report}");
        }
    });
    while !checking.is_finished() {
        let heard = zhang.events.len();
        zhang.say("忙").await;
        zhang.until("its own echo", |client| client.events.len() > heard).await;
    }
    checking.await.unwrap();
}

#[tokio::test]
async fn the_command_says_it_in_one_sentence_and_by_its_exit_code() {
    let data = folder().await;
    let run = |folder: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        let output = command.args(["check", "--data"]).arg(folder).output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (good, said, _) = run(data.path());
    assert!(good && said.ends_with("every promise holds\n"), "{said}");
    let (good, _, complaint) = run(&data.path().join("nowhere"));
    assert!(!good && complaint.contains("nowhere"), "{complaint}");
    let log = rusqlite::Connection::open(data.path().join("log.db")).unwrap();
    log.execute("DELETE FROM records WHERE seq = 3", []).unwrap();
    drop(log);
    let (good, said, _) = run(data.path());
    assert!(!good && said.contains("a promise is broken"), "{said}");
}
