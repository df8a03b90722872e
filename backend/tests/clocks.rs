//! The wall clock is set wrong, forward and backward, while the server runs and before it starts: nothing is deleted by it, and time
//! that really passes counts.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use backend::config::Config;
use common::rooms::{http, join, make, page, token};
use common::{Client, TestServer, holds, new_id};
use shared::{Code, Event, Fact, FromPage, LeftWhy, Seq};
use tempfile::TempDir;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const FILES: [&str; 2] = ["log.db", "log.db-wal"];

fn keeps_a_month(config: &mut Config) {
    config.keep = Some(30 * DAY);
}

/// Lets the timer ring a few times, and the sweep begin a round more than once.
async fn rings(server: &TestServer) {
    for _ in 0..3 {
        server.pass(Duration::from_secs(61));
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}

/// Steps of the wall clock that are followed last for ten minutes.
async fn is_followed(server: &TestServer) {
    for _ in 0..11 {
        server.pass(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

async fn set(client: &mut Client, slow_s: u32) {
    client.send(&FromPage::Set { id: new_id(), title: None, slow_s: Some(slow_s), words: None }).await;
    client.until("the setting", |c| c.events.iter().any(|e| matches!(e.fact, Fact::Set { .. }))).await;
}

/// Says something, and waits until it is stored or refused: its number, or why not.
async fn says(client: &mut Client, text: &str) -> Result<Seq, Code> {
    let refused = client.refused.len();
    let id = client.say(text).await;
    let said = move |event: &Event| matches!(&event.fact, Fact::Said { id: of, .. } if *of == id);
    client.until(text, |c| c.events.iter().any(said) || c.refused.len() > refused).await;
    let seq = client.events.iter().find(|event| said(event)).map(|event| event.seq);
    seq.ok_or_else(|| client.refused[refused].0)
}

async fn recalls(client: &mut Client, seq: Seq) -> Result<(), Code> {
    let refused = client.refused.len();
    client.send(&FromPage::Recall { id: new_id(), seq }).await;
    let recalled = move |event: &Event| matches!(event.fact, Fact::Recalled { target, .. } if target == seq);
    client.until("an answer", |c| c.events.iter().any(recalled) || c.refused.len() > refused).await;
    client.refused.get(refused).map_or(Ok(()), |(code, _)| Err(*code))
}

#[tokio::test]
async fn half_a_second_of_a_wrong_clock_deletes_nothing() {
    let server = TestServer::with(keeps_a_month).await;
    let mut zhang = server.join("张三").await;
    says(&mut zhang, "大山的话").await.unwrap();
    for wrong in [40 * DAY_MS, -40 * DAY_MS, 4_000 * DAY_MS] {
        server.set_wall(wrong);
        rings(&server).await;
        server.set_wall(0);
        rings(&server).await;
    }
    assert!(holds(server.data.path(), &FILES, &["大山的话"]));
    // Once it is really too old it goes.
    server.pass(31 * DAY);
    server.until_wiped(&FILES, &["大山的话"], Duration::from_secs(61), &mut zhang).await;
}

#[tokio::test]
async fn a_clock_that_stays_wrong_deletes_nothing_until_it_is_accepted() {
    let server = TestServer::with(keeps_a_month).await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let empty = make(&server, r#"{"capacity":3}"#).await;
    says(&mut guest, "大山的话").await.unwrap();
    server.set_wall(40 * DAY_MS);
    is_followed(&server).await;
    rings(&server).await;
    // Also what is said meanwhile makes that time no more plausible.
    says(&mut guest, "以后的话").await.unwrap();
    guest.hang_up().await;
    let data = server.stop().await;
    for _ in 0..2 {
        let server = TestServer::at(Arc::clone(&data), 40 * DAY_MS, keeps_a_month).await;
        rings(&server).await;
        assert!(holds(server.data.path(), &FILES, &["大山的话"]));
        assert_eq!(http(&server, &format!("GET /api/rooms/{}", empty.room), "", "").await.0, 200);
        let (_, card) = http(&server, &format!("GET /api/rooms/{}", room.room), "", "").await;
        assert!(card.contains(r#""seated":2"#), "the guest's seat is kept: {card}");
        server.stop().await;
    }
    let accepts = |config: &mut Config| {
        keeps_a_month(config);
        config.accept_clock = true;
    };
    let server = TestServer::at(data, 40 * DAY_MS, accepts).await;
    let mut talker = server.join("赵六").await;
    server.until_wiped(&FILES, &["大山的话"], Duration::from_secs(61), &mut talker).await;
    assert_eq!(http(&server, &format!("GET /api/rooms/{}", empty.room), "", "").await.0, 404);
}

#[tokio::test]
async fn a_step_back_stops_neither_retention_nor_holds() {
    let server = TestServer::with(keeps_a_month).await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    says(&mut host, "大山的话").await.unwrap();
    let empty = make(&server, r#"{"capacity":3}"#).await;
    let zhang = server.join("张三").await;
    let mut li = server.join("李四").await;
    zhang.hang_up().await;
    server.set_wall(-40 * DAY_MS);
    is_followed(&server).await;
    let left = |client: &Client| {
        client.events.iter().any(|event| matches!(event.fact, Fact::Left { why: LeftWhy::Away, .. }))
    };
    li.until("the seat to be freed", left).await;
    server.pass(DAY + Duration::from_secs(60 * 60));
    let path = format!("GET /api/rooms/{}", empty.room);
    while http(&server, &path, "", "").await.0 != 404 {
        server.pass(Duration::from_secs(60));
    }
    server.pass(29 * DAY);
    server.until_wiped(&FILES, &["大山的话"], Duration::from_secs(61), &mut li).await;
}

/// A room in which something was said while the clock was eight hours ahead, and the number of that.
async fn ahead(server: &TestServer) -> (shared::RoomMade, Client, Seq) {
    let room = make(server, r#"{"capacity":3}"#).await;
    let mut host = join(server, &room, "张三", room.host_token).await;
    set(&mut host, 60).await;
    let mut guest = join(server, &room, "李四", token()).await;
    let seq = says(&mut guest, "未来的话").await.unwrap();
    (room, guest, seq)
}

/// That slow mode and the window for recalls go by the time that passes.
async fn goes_by_real_time(server: &TestServer, guest: &mut Client) {
    server.pass(Duration::from_secs(70));
    let seq = says(guest, "第一句").await.unwrap();
    assert_eq!(says(guest, "太快").await, Err(Code::SlowMode));
    server.pass(Duration::from_secs(63));
    let next = says(guest, "第二句").await.unwrap();
    server.pass(Duration::from_secs(70));
    assert_eq!(recalls(guest, seq).await, Err(Code::TooLate), "133 seconds later");
    assert_eq!(recalls(guest, next).await, Ok(()), "70 seconds later");
    let times: Vec<_> = guest.events.iter().map(|event| event.at.0).collect();
    assert!(times.is_sorted(), "{times:?}");
    let (first, last) = (times[times.len() - 3], times[times.len() - 1]);
    assert!(last - first > 120_000, "not all at one time: {times:?}");
}

#[tokio::test]
async fn after_a_step_back_windows_and_slow_mode_go_by_real_time() {
    let server = TestServer::at(Arc::new(TempDir::new().unwrap()), 8 * HOUR_MS, |_| {}).await;
    let (room, mut guest, first) = ahead(&server).await;
    server.set_wall(0);
    goes_by_real_time(&server, &mut guest).await;
    assert_eq!(recalls(&mut guest, first).await, Err(Code::TooLate));
    // The same once people see the right time.
    is_followed(&server).await;
    goes_by_real_time(&server, &mut guest).await;
    let data = server.stop().await;
    let server = TestServer::on(data, |_| {}).await;
    let mut guest = join(&server, &room, "李四", guest.token).await;
    goes_by_real_time(&server, &mut guest).await;
    let other = make(&server, r#"{"capacity":3}"#).await;
    let _host = join(&server, &other, "张三", other.host_token).await;
    let opened = page(&server, &other, "?after=0", other.host_token).await;
    let at = opened.events[0].at.0.cast_signed();
    assert!((at - common::now().0.cast_signed()).abs() < HOUR_MS, "other rooms have the right time");
}

#[tokio::test]
async fn a_step_forward_closes_no_window_at_once() {
    let server = TestServer::start().await;
    let (_, mut guest, seq) = ahead(&server).await;
    server.set_wall(8 * HOUR_MS);
    server.pass(Duration::from_secs(10));
    assert_eq!(says(&mut guest, "太快").await, Err(Code::SlowMode));
    server.pass(Duration::from_secs(80));
    assert_eq!(recalls(&mut guest, seq).await, Ok(()));
    goes_by_real_time(&server, &mut guest).await;
}
