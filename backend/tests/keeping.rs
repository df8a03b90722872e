//! What a room keeps beside its log, and what becomes of rooms that are no longer wanted.

mod common;

use std::path::PathBuf;
use std::time::Duration;

use backend::config::Config;
use common::rooms::{bearer, http, join, make, token};
use common::{Client, PATIENCE, TestServer, new_id};
use shared::{ByeCode, Code, Fact, FromPage, LeftWhy, MemberId, Readers, RoomCard, RoomMade, Seq};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn card(server: &TestServer, room: &RoomMade) -> (u16, Option<RoomCard>) {
    let (status, body) = http(server, &format!("GET /api/rooms/{}", room.room), "", "").await;
    (status, serde_json::from_str(&body).ok())
}

/// As the protocol has it; the other tests go without.
fn paced() -> Option<governor::Quota> {
    Config::new(PathBuf::new(), PathBuf::new()).pace
}

/// A room of three with its host (member 1) and a guest (member 2), who said something as number 4.
async fn chat(server: &TestServer) -> (RoomMade, Client, Client) {
    let room = make(server, r#"{"capacity":3}"#).await;
    let host = join(server, &room, "张三", room.host_token).await;
    let mut guest = join(server, &room, "李四", token()).await;
    guest.say("读了吗").await;
    guest.until_text("读了吗").await;
    (room, host, guest)
}

#[tokio::test]
async fn how_far_somebody_has_read_is_told_kept_and_only_rises() {
    let server = TestServer::with(|config| config.marks_every = Duration::from_millis(20)).await;
    let (room, mut host, mut guest) = chat(&server).await;
    host.send(&FromPage::Read { seq: Seq(99) }).await;
    guest.until("the mark", |client| client.marks.get(&MemberId(1)) == Some(&Seq(4))).await;
    host.send(&FromPage::Read { seq: Seq(2) }).await;
    guest.send(&FromPage::Read { seq: Seq(3) }).await;
    host.until("the mark", |client| client.marks.get(&MemberId(2)) == Some(&Seq(3))).await;

    let server = TestServer::on(server.stop().await, |_| {}).await;
    let mut back = join(&server, &room, "李四", guest.token).await;
    back.until("the marks", |client| client.marks.len() == 2).await;
    assert_eq!((back.marks[&MemberId(1)], back.marks[&MemberId(2)]), (Seq(4), Seq(3)));
    let path = format!("GET /api/rooms/{}/reads?seq=4", room.room);
    let (status, body) = http(&server, &path, &bearer(guest.token), "").await;
    let readers: Readers = serde_json::from_str(&body).unwrap();
    assert_eq!((status, readers), (200, Readers { read: vec![MemberId(1)], unread: vec![MemberId(2)] }));
    assert_eq!(http(&server, &path, "", "").await.0, 401);
}

#[tokio::test]
async fn in_a_large_room_ones_other_windows_hear_what_one_has_read_and_others_do_not() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":101}"#).await;
    let mut window = join(&server, &room, "张三", room.host_token).await;
    let mut other = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    guest.say("读了吗").await;
    window.until_text("读了吗").await;
    window.send(&FromPage::Read { seq: Seq(3) }).await;
    other.until("its own mark", |client| client.marks.get(&MemberId(1)) == Some(&Seq(3))).await;
    guest.say("好").await;
    guest.until_text("好").await;
    assert_eq!(guest.marks.get(&MemberId(1)), None);
}

#[tokio::test]
async fn who_writes_is_told_until_it_is_said() {
    let server = TestServer::with(|config| config.news_every = Duration::ZERO).await;
    let (room, mut host, mut guest) = chat(&server).await;
    guest.send(&FromPage::Typing).await;
    host.until("who writes", |client| client.typing == [MemberId(2)]).await;
    guest.say("好").await;
    host.until_text("好").await;
    host.send(&FromPage::Typing).await;
    guest.until("who writes", |client| client.typing == [MemberId(1)]).await;
    let mut late = join(&server, &room, "王五", token()).await;
    late.send(&FromPage::Typing).await;
    guest.until("who writes", |client| client.typing == [MemberId(1), MemberId(3)]).await;
}

#[tokio::test]
async fn a_seat_is_held_for_thirty_days_across_restarts() {
    let server = TestServer::start().await;
    let (room, host, guest) = chat(&server).await;
    let (away, kept) = (guest.token, host.token);
    guest.hang_up().await;
    // Long enough for the absence to be stored.
    server.pass(Duration::from_secs(60));
    let mut later = join(&server, &room, "王五", token()).await;
    later.until("who is online", |client| !client.online.contains(&MemberId(2))).await;
    let data = server.stop().await;

    let server = TestServer::on(data, |config| config.timer_every = DAY).await;
    server.pass(29 * DAY);
    assert_eq!(card(&server, &room).await.1.unwrap().seated, 3);
    let data = server.stop().await;

    // Nobody looked at the room meanwhile: the seat is freed when somebody does.
    let server = TestServer::on(data, |_| {}).await;
    server.pass(31 * DAY);
    let mut host = join(&server, &room, "张三", kept).await;
    let left =
        |event: &shared::Event| matches!(event.fact, Fact::Left { member: MemberId(2), why: LeftWhy::Away });
    host.until("the guest to be away", |client| client.events.iter().any(left)).await;
    let back = join(&server, &room, "李四回来了", away).await.you.unwrap();
    assert_eq!((back.member, back.name.as_str()), (MemberId(2), "李四回来了"));
}

#[tokio::test]
async fn only_the_host_deletes_a_room_and_nothing_of_it_is_left() {
    let server = TestServer::start().await;
    let (room, host, mut guest) = chat(&server).await;
    let path = format!("DELETE /api/rooms/{}", room.room);
    assert_eq!(http(&server, &path, "", "").await.0, 401);
    assert_eq!(http(&server, &path, &bearer(token()), "").await.0, 401);
    assert_eq!(http(&server, &path, &bearer(guest.token), "").await.0, 403);
    let foreign = format!("{}Origin: https://evil.example\r\n", bearer(host.token));
    assert_eq!(http(&server, &path, &foreign, "").await.0, 403);
    assert_eq!(http(&server, &path, &bearer(host.token), "").await.0, 204);

    guest.until_over().await;
    assert_eq!(guest.refused, [(Code::RoomUnknown, None)]);
    assert_eq!((guest.bye, guest.closed), (Some(ByeCode::Deleted), Some(1008)));
    assert_eq!(card(&server, &room).await.0, 404);
    assert_eq!(http(&server, &path, &bearer(host.token), "").await.0, 404);
    assert_eq!(join(&server, &room, "张三", host.token).await.refused, [(Code::RoomUnknown, None)]);
    let files = ["log.db", "log.db-wal", "index.db", "index.db-wal"];
    let mut other = server.join("赵六").await;
    server.until_wiped(&files, &["读了吗", "李四"], Duration::from_secs(1), &mut other).await;
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(card(&server, &room).await.0, 404);
}

#[tokio::test]
async fn a_room_that_nobody_joined_goes_after_a_day() {
    let server = TestServer::with(|config| config.never_joined_every = Duration::ZERO).await;
    let empty = make(&server, r#"{"capacity":2}"#).await;
    let (used, ..) = chat(&server).await;
    server.pass(DAY - Duration::from_secs(60));
    assert_eq!(card(&server, &empty).await.0, 200);
    server.pass(Duration::from_secs(120));
    let mut lobby = server.join("赵六").await;
    while card(&server, &empty).await.0 != 404 {
        let heard = lobby.events.len();
        lobby.say("等").await;
        lobby.until("its own echo", |client| client.events.len() > heard).await;
    }
    assert_eq!(card(&server, &used).await.0, 200);
}

#[tokio::test]
async fn the_same_message_a_hundred_times_over_ten_connections_is_one_event() {
    let server = TestServer::with(|config| config.pace = paced()).await;
    let (room, host, _guest) = chat(&server).await;
    let id = new_id();
    let say = FromPage::Say { id, text: "只此一次".into(), reply_to: None };
    let mut tabs = Vec::new();
    for _ in 0..10 {
        tabs.push(join(&server, &room, "张三", host.token).await);
    }
    for _ in 0..10 {
        for tab in &mut tabs {
            tab.send(&say).await;
        }
    }
    let mut answers = Vec::new();
    for tab in &mut tabs {
        // Each sending is answered: by the event, which reaches every tab besides, by its number, or by `too_fast`; then
        // it comes again.
        tab.until_text("只此一次").await;
        while tab.stored.len() < 9 {
            tab.until("answers", |client| client.stored.len() + client.refused.len() >= 9).await;
            server.pass(Duration::from_secs(3));
            for (code, of) in std::mem::take(&mut tab.refused) {
                assert_eq!((code, of), (Code::TooFast, Some(id)));
                tab.send(&say).await;
            }
        }
        answers.append(&mut tab.stored);
    }
    let data = server.stop().await;
    let server = TestServer::on(data, |_| {}).await;
    server.pass(2 * DAY);
    let mut back = join(&server, &room, "张三", host.token).await;
    back.send(&say).await;
    back.until("the answer", |client| !client.stored.is_empty()).await;
    answers.append(&mut back.stored);
    back.until("the rest", |client| client.texts().len() == 2).await;
    let seq = back
        .events
        .iter()
        .find(|event| matches!(&event.fact, Fact::Said { id: of, .. } if *of == id))
        .unwrap()
        .seq;
    assert!(answers.len() >= 91 && answers.iter().all(|answer| *answer == (id, seq)), "{answers:?}");
    assert_eq!(back.texts(), ["读了吗", "只此一次"]);
}

#[tokio::test]
async fn a_member_that_goes_too_fast_is_told_when_to_come_again() {
    let server = TestServer::with(|config| config.pace = paced()).await;
    let mut zhang = server.join("张三").await;
    let mut tab = Client::resume(&server.address, &zhang).await;
    for number in 0..60 {
        let of = if number % 2 == 0 { &mut zhang } else { &mut tab };
        of.say(&format!("第{number}条")).await;
    }
    // What was said is heard on both connections, a refusal only where it was asked for.
    let answers = async {
        while zhang.texts().len() + zhang.refused.len() + tab.refused.len() < 60 {
            tokio::select! {
                () = zhang.hear() => {}
                () = tab.hear() => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, answers).await.expect("every message is answered");
    let refused = zhang.refused.len() + tab.refused.len();
    // Thirty at once, over both connections, and one for each tenth of a second that passed meanwhile.
    assert_eq!(zhang.texts().len() + refused, 60);
    assert!((30..50).contains(&zhang.texts().len()), "{}", zhang.texts().len());
    assert!(zhang.refused.iter().all(|(code, id)| *code == Code::TooFast && id.is_some()));
    server.pass(Duration::from_millis(200));
    let heard = zhang.texts().len();
    zhang.say("歇了一会儿").await;
    zhang.until("its own echo", |client| client.texts().len() > heard).await;
}

#[tokio::test]
async fn whoever_reads_the_log_for_long_keeps_nobody_from_speaking() {
    let server = TestServer::start().await;
    let (_room, _host, mut guest) = chat(&server).await;
    let reader = rusqlite::Connection::open(server.data.path().join("log.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM records").unwrap();
    guest.send(&FromPage::Recall { id: new_id(), seq: Seq(4) }).await;
    let speaking = async {
        for number in 0..20 {
            server.pass(Duration::from_secs(30));
            guest.say(&format!("第{number}条")).await;
            guest.until_text(&format!("第{number}条")).await;
        }
    };
    tokio::time::timeout(PATIENCE, speaking).await.expect("nobody waits for a reader");
    drop(reader);
    server.until_wiped(&["log.db-wal"], &["读了吗"], Duration::from_secs(30), &mut guest).await;
}
