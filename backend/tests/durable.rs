//! What was heard is stored: stops, restarts, and pages that come back.

#[path = "common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::Duration;

use backend::archive::Archive;
use backend::config::Config;
use common::{Client, TestServer, holds, new_id};
use shared::{After, ByeCode, Code, Epoch, Fact, FromPage, MessageId, Millis, Replay, Seq};
use tempfile::TempDir;

#[tokio::test]
async fn a_restart_keeps_seats_and_messages() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    for number in 0..20 {
        zhang.say(&format!("第{number}条")).await;
    }
    li.until_text("第19条").await;
    let data = server.stop().await;
    li.until_over().await;
    assert_eq!((li.bye, li.closed), (Some(ByeCode::Restarting), Some(1001)));

    let server = TestServer::on(data, |_| {}).await;
    let mut back = Client::resume(&server.address, &li).await;
    assert_eq!((back.replay, back.you.as_ref().unwrap().member.0), (Some(Replay::Complete), 2));
    let mut zhang = Client::resume(&server.address, &zhang).await;
    zhang.until_text("第19条").await;
    zhang.say("都在").await;
    back.until_text("都在").await;
    zhang.until_text("都在").await;
    assert_eq!(back.texts().len(), 21);
    assert_eq!(zhang.texts(), back.texts());
}

#[tokio::test]
async fn what_was_heard_is_in_the_log() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let id = zhang.say("记下来").await;
    li.until_text("记下来").await;
    // Read beside the running server, as it is on disk at this moment.
    let archive = Archive::open(server.data.path()).unwrap();
    let entries = archive.read(1, Seq(0), Seq(u64::MAX)).unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last.seq(), li.events.last().unwrap().seq);
    assert!(last.json().contains("记下来") && last.json().contains(&id.to_string()));
}

#[tokio::test]
async fn coming_back_misses_nothing_and_repeats_nothing() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    zhang.say("一").await;
    li.until_text("一").await;
    let held = li.after();
    let token = li.token;
    li.hang_up().await;
    // More than the tail in memory holds, so that the log is read too.
    let long = "字".repeat(3_900);
    for number in 0..60 {
        zhang.say(&format!("{number} {long}")).await;
    }
    zhang.say("最后").await;
    zhang.until_text("最后").await;

    let mut back = server.connect().await;
    back.token = token;
    back.send(&back.wish("李四", Some(held.clone()))).await;
    back.until_text("最后").await;
    assert_eq!(back.replay, Some(Replay::Complete));
    assert_eq!(back.numbers(), (held.seq.0 + 1..=held.seq.0 + 61).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_holds_another_life_of_the_log_begins_anew() {
    let server = TestServer::start().await;
    let zhang = server.join("张三").await;
    let own = zhang.after();
    for (after, expected) in [
        (After { epoch: Epoch::from("another".to_owned()), seq: own.seq }, Replay::Reset),
        (After { seq: Seq(own.seq.0 + 1), ..own.clone() }, Replay::Reset),
        (own, Replay::Complete),
    ] {
        let mut tab = server.connect().await;
        tab.token = zhang.token;
        tab.send(&tab.wish("张三", Some(after))).await;
        tab.until("a welcome", |client| client.you.is_some()).await;
        assert_eq!(tab.replay, Some(expected));
    }
}

#[tokio::test]
async fn the_same_id_is_stored_once_also_after_a_restart() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let id = new_id();
    let say = |text: &str, reply_to: Option<Seq>| FromPage::Say { id, text: text.into(), reply_to };
    for _ in 0..3 {
        zhang.send(&say("一次", None)).await;
    }
    zhang.until("answers", |client| client.stored.len() == 2).await;
    let seq = zhang.events.last().unwrap().seq;
    assert_eq!(zhang.stored, [(id, seq), (id, seq)]);
    zhang.say("后来").await;
    zhang.until_text("后来").await;

    let server = TestServer::on(server.stop().await, |_| {}).await;
    let mut back = Client::resume(&server.address, &zhang).await;
    back.send(&say("一次", None)).await;
    back.until("an answer", |client| !client.stored.is_empty()).await;
    assert_eq!(back.stored, [(id, seq)]);
    back.send(&say("两次", None)).await;
    back.send(&say("一次", Some(seq))).await;
    back.until("refusals", |client| client.refused.len() == 2).await;
    assert_eq!(back.refused, [(Code::IdReused, Some(id)), (Code::IdReused, Some(id))]);
    assert_eq!(back.texts(), ["一次", "后来"]);
}

#[tokio::test]
async fn every_id_is_known_after_a_restart_also_one_that_did_not_rise() {
    let server = TestServer::start().await;
    let mut people = [server.join("张三").await, server.join("李四").await];
    let said: Vec<_> = (0..36_u8)
        .map(|n| {
            let id = if n % 10 == 7 { MessageId::new(Millis(1_000), &[n; 10]) } else { new_id() };
            (usize::from(n % 3 == 0), FromPage::Say { id, text: format!("第{n}句"), reply_to: None })
        })
        .collect();
    for (who, say) in &said {
        people[*who].send(say).await;
    }
    let mut numbers = Vec::new();
    for person in &mut people {
        person.until("all of it", |client| client.texts().len() == said.len()).await;
    }
    for event in &people[0].events {
        if let Fact::Said { id, .. } = event.fact {
            numbers.push((id, event.seq));
        }
    }
    numbers.sort_unstable();

    let server = TestServer::on(server.stop().await, |_| {}).await;
    let mut again = Vec::new();
    for (who, person) in people.iter().enumerate() {
        let mut back = Client::resume(&server.address, person).await;
        let own: Vec<_> = said.iter().filter(|(by, _)| *by == who).map(|(_, say)| say).collect();
        for say in own.iter().rev() {
            back.send(say).await;
        }
        back.until("an answer to each", |client| client.stored.len() == own.len()).await;
        again.append(&mut back.stored);
    }
    again.sort_unstable();
    assert_eq!(again, numbers);
}

#[tokio::test]
async fn a_reply_needs_a_message_that_its_writer_may_read() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    zhang.say("早").await;
    zhang.until_text("早").await;
    let early = zhang.events.last().unwrap().seq;
    let mut li = server.join("李四").await;
    for target in [Seq(0), Seq(1), early, Seq(early.0 + 1), Seq(99)] {
        let heard = li.refused.len();
        li.send(&FromPage::Say { id: new_id(), text: "回".into(), reply_to: Some(target) }).await;
        li.until("a refusal", |client| client.refused.len() > heard).await;
        assert_eq!(li.refused[heard].0, Code::UnknownTarget, "{target}");
    }
    zhang.send(&FromPage::Say { id: new_id(), text: "自己回".into(), reply_to: Some(early) }).await;
    li.until_text("自己回").await;
}

#[tokio::test]
async fn a_stop_under_load_loses_nothing_that_was_heard() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let sending = tokio::spawn(async move {
        for number in 0..400 {
            zhang.say(&format!("第{number}条")).await;
        }
        zhang
    });
    li.until("the first hundred", |client| client.texts().len() >= 100).await;
    let data = server.stop().await;
    sending.abort();
    li.until_over().await;
    let server = TestServer::on(data, |_| {}).await;
    let heard = li.texts();
    li.events.truncate(1); // Asks for everything again.
    let mut back = Client::resume(&server.address, &li).await;
    back.until("all of it", |client| client.texts().len() >= heard.len()).await;
    assert_eq!(back.texts()[..heard.len()], heard);
}

#[tokio::test]
async fn a_batch_that_is_not_stored_is_never_heard() {
    if common::CLUSTERED {
        return; // A node tries again until it is stored: the others have it.
    }
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    // A disk that refuses one text stands for a disk that is full.
    let log = rusqlite::Connection::open(server.data.path().join("log.db")).unwrap();
    let trigger = "CREATE TRIGGER full BEFORE INSERT ON records WHEN NEW.event LIKE '%太大%'
                   BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    log.execute_batch(trigger).unwrap();
    zhang.say("前").await;
    zhang.until_text("前").await;
    let id = zhang.say("太大了").await;
    zhang.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(zhang.refused, [(Code::StorageFailed, Some(id))]);
    let (status, body) = common::rooms::http(&server, "GET /readyz", "", "").await;
    assert_eq!((status, body.as_str()), (503, "nothing can be stored\n"));

    log.execute_batch("DROP TRIGGER full").unwrap();
    zhang.say("后").await;
    li.until_text("后").await;
    assert_eq!(common::rooms::http(&server, "GET /readyz", "", "").await.0, 200);
    assert_eq!(li.texts(), ["前", "后"]);
    zhang.send(&FromPage::Say { id, text: "太大了".into(), reply_to: None }).await;
    li.until_text("太大了").await;
    zhang.until_text("太大了").await;
    assert_eq!(zhang.texts(), li.texts(), "the same id is good once there is room again");
}

#[tokio::test]
async fn a_reader_that_stops_costs_nobody_anything() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    let mut stopped = Client::resume(&server.address, &li).await;
    // More than any buffer on the way holds.
    let long = "字".repeat(3_000);
    for number in 0..1_000 {
        zhang.say(&format!("{number} {long}")).await;
        if number % 20 == 0 {
            for reader in [&mut zhang, &mut li] {
                reader.until("the newest", |client| client.events.len() > number).await;
            }
        }
    }
    zhang.say("最后").await;
    li.until_text("最后").await;
    stopped.until_text("最后").await;
    assert_eq!(stopped.numbers()[1..], li.numbers()[1..], "it is complete when it reads again");
}

#[tokio::test]
async fn a_stop_ends_every_task() {
    let server = TestServer::start().await;
    let mut joined = server.join("张三").await;
    let mut outside = server.connect().await;
    let mut half = tokio::net::TcpStream::connect(&server.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut half, b"GET /ws HTTP/1.1\r\nHost:").await.unwrap();
    server.stop().await; // Returns only when the ledger's thread has ended.
    joined.until_over().await;
    outside.until_over().await;
    assert_eq!((joined.bye, outside.bye), (Some(ByeCode::Restarting), Some(ByeCode::Restarting)));
}

#[tokio::test]
async fn a_clock_that_was_ahead_keeps_no_seat_after_a_restart() {
    if common::CLUSTERED {
        return; // The time that passes is not the streams'.
    }
    let server = TestServer::start().await;
    server.pass(Duration::from_secs(3_600));
    let zhang = server.join("张三").await;
    let li = server.join("李四").await;
    let data = server.stop().await;
    drop((zhang, li));

    let server = TestServer::on(data, |_| {}).await;
    let mut wang = server.connect().await;
    assert_eq!(wang.try_join("王五").await, Code::RoomFull);
    server.pass(Duration::from_secs(121));
    // Both seats are freed, the lobby starts afresh, and there is room again.
    let join = wang.wish("王五", None);
    while wang.you.is_none() {
        let heard = wang.refused.len();
        wang.send(&join).await;
        wang.until("an answer", |client| client.you.is_some() || client.refused.len() > heard).await;
    }
}

#[tokio::test]
async fn a_deleted_text_is_wiped_even_if_the_server_was_killed() {
    if common::CLUSTERED {
        return; // A copy of the folder alone has no streams to go on with.
    }
    let never = |config: &mut Config| config.timer_every = Duration::from_secs(3_600);
    let server = TestServer::with(never).await;
    let mut zhang = server.join("张三").await;
    zhang.say("别留下").await;
    zhang.until_text("别留下").await;
    zhang.send(&FromPage::Leave).await;
    zhang.until_over().await;
    // What a server that was killed now would leave behind.
    let killed = Arc::new(TempDir::new().unwrap());
    for file in ["log.db", "log.db-wal"] {
        std::fs::copy(server.data.path().join(file), killed.path().join(file)).unwrap();
    }
    let holds = |folder: &TempDir| holds(folder.path(), &["log.db", "log.db-wal"], &["别留下"]);
    assert!(holds(&killed));
    let server = TestServer::on(killed, |_| {}).await;
    let mut li = server.join("李四").await;
    while holds(&server.data) {
        // Never quiet: each round is a commit.
        li.say("忙").await;
        server.pass(Duration::from_secs(1));
        let heard = li.events.len();
        li.until("its own echo", |client| client.events.len() > heard || client.over).await;
    }
}
