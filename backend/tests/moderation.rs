//! What a host does about people: bans that hit one person, mutes, removal with all messages, and the settings it sees.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "common/mod.rs"]
mod common;

use std::time::Duration;

use backend::check::check;
use common::rooms::{bearer, http, join, join_from, make, token};
use common::{Client, TestServer, holds, new_id};
use serde::de::DeserializeOwned;
use shared::{BanList, ByeCode, Code, Event, Fact, FromPage, MemberId, RoomMade, RoomSettings, Token};

/// What a host's page asks for.
async fn get<T: DeserializeOwned>(
    server: &TestServer,
    room: &RoomMade,
    what: &str,
    token: Token,
) -> Result<T, u16> {
    let (status, body) =
        http(server, &format!("GET /api/rooms/{}/{what}", room.room), &bearer(token), "").await;
    if status == 200 { Ok(serde_json::from_str(&body).unwrap()) } else { Err(status) }
}

async fn bans(server: &TestServer, room: &RoomMade) -> Vec<(u32, String)> {
    let list: BanList = get(server, room, "bans", room.host_token).await.unwrap();
    list.bans.iter().map(|ban| (ban.member.0, ban.name.as_str().to_owned())).collect()
}

async fn proxied() -> TestServer {
    TestServer::with(|config| config.proxies = vec!["127.0.0.1/32".parse().unwrap()]).await
}

fn member(client: &Client) -> MemberId {
    client.you.as_ref().unwrap().member
}

async fn ban(host: &mut Client, guest: &mut Client, recall: bool) {
    host.send(&FromPage::Remove { id: new_id(), member: member(guest), ban: true, recall }).await;
    guest.until_over().await;
    assert_eq!(guest.bye, Some(ByeCode::Removed));
}

fn unbanned(client: &Client) -> bool {
    client.events.iter().any(|event| matches!(event.fact, Fact::Unbanned { .. }))
}

#[tokio::test]
async fn a_ban_keeps_out_the_token_and_new_seats_of_its_address() {
    let server = proxied().await;
    let room = make(&server, r#"{"capacity":6}"#).await;
    let mut host = join_from(&server, &room, "张三", room.host_token, "192.0.2.1").await;
    let mut spammer = join_from(&server, &room, "李四", token(), "198.51.100.7").await;
    let neighbour = join_from(&server, &room, "王五", token(), "198.51.100.7").await;
    ban(&mut host, &mut spammer, false).await;
    assert_eq!(bans(&server, &room).await, [(2, "李四".to_owned())]);
    // Under another name and another token, from the same place.
    let mut again = join_from(&server, &room, "赵六", token(), "198.51.100.7").await;
    again.until_over().await;
    assert_eq!((again.refused, again.bye), (vec![(Code::Removed, None)], Some(ByeCode::Removed)));
    let bad_name = join_from(&server, &room, "x", token(), "198.51.100.7").await;
    assert_eq!(bad_name.refused, [(Code::BadName, None)]);
    // The token is banned wherever it comes from.
    let moved = join_from(&server, &room, "李四", spammer.token, "203.0.113.9").await;
    assert_eq!(moved.refused, [(Code::Removed, None)]);
    // A member of the same address, and the host, come back; a namesake from elsewhere is let in.
    let back = join_from(&server, &room, "王五", neighbour.token, "198.51.100.7").await;
    assert_eq!((back.refused, back.you.unwrap().member), (vec![], MemberId(3)));
    let host_there = join_from(&server, &room, "张三", room.host_token, "198.51.100.7").await;
    assert_eq!(host_there.refused, []);
    let namesake = join_from(&server, &room, "李四", token(), "203.0.113.9").await;
    assert_eq!(namesake.refused, []);
    // Another room is not concerned.
    let other = make(&server, r#"{"capacity":2}"#).await;
    assert_eq!(join_from(&server, &other, "赵六", token(), "198.51.100.7").await.refused, []);

    host.send(&FromPage::Unban { id: new_id(), member: MemberId(2) }).await;
    host.until("the lifted ban", unbanned).await;
    assert_eq!(bans(&server, &room).await, []);
    assert_eq!(join_from(&server, &room, "赵六", token(), "198.51.100.7").await.refused, []);
}

#[tokio::test]
async fn an_address_that_many_may_share_is_not_banned() {
    // Nobody is named as a proxy: all come from this machine, some through something that passes them on.
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":6}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut direct = join(&server, &room, "李四", token()).await;
    let mut passed_on = join_from(&server, &room, "王五", token(), "198.51.100.7").await;
    ban(&mut host, &mut direct, false).await;
    ban(&mut host, &mut passed_on, false).await;
    assert_eq!(join(&server, &room, "赵六", token()).await.refused, []);
    assert_eq!(join_from(&server, &room, "孙七", token(), "198.51.100.7").await.refused, []);
}

#[tokio::test]
async fn a_ban_is_stored_and_can_be_lifted_after_a_restart() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    ban(&mut host, &mut guest, false).await;
    for what in ["bans", "settings"] {
        assert_eq!(get::<BanList>(&server, &room, what, guest.token).await.unwrap_err(), 403);
        assert_eq!(get::<BanList>(&server, &room, what, token()).await.unwrap_err(), 401);
    }
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(bans(&server, &room).await, [(2, "李四".to_owned())]);
    assert_eq!(join(&server, &room, "李四", guest.token).await.refused, [(Code::Removed, None)]);
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let unban = FromPage::Unban { id: new_id(), member: MemberId(2) };
    host.send(&unban).await;
    host.send(&unban).await;
    host.until("that it is stored", |client| !client.stored.is_empty()).await;
    assert_eq!(join(&server, &room, "李四", guest.token).await.refused, []);
    let data = server.stop().await;
    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn the_host_sees_the_settings_it_replaces() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4,"title":"周末爬山"}"#).await;
    let settings: RoomSettings = get(&server, &room, "settings", room.host_token).await.unwrap();
    let title = Some("周末爬山".to_owned());
    assert_eq!(settings, RoomSettings { title: title.clone(), slow_s: 0, words: vec![] });
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let guest = join(&server, &room, "李四", token()).await;
    let words = vec!["代购".to_owned(), "Spam".to_owned()];
    host.send(&FromPage::Set { id: new_id(), title: None, slow_s: Some(5), words: Some(words.clone()) })
        .await;
    host.until("the settings", |client| {
        client.events.iter().any(|event| matches!(event.fact, Fact::Set { .. }))
    })
    .await;
    let expected = RoomSettings { title, slow_s: 5, words };
    assert_eq!(get::<RoomSettings>(&server, &room, "settings", room.host_token).await, Ok(expected.clone()));
    assert_eq!(get::<RoomSettings>(&server, &room, "settings", guest.token).await, Err(403));
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(get::<RoomSettings>(&server, &room, "settings", room.host_token).await, Ok(expected));
}

/// How many messages of others were recalled by member 1, as a page has heard it.
fn recalled(client: &Client) -> usize {
    let by_host = |event: &&Event| matches!(event.fact, Fact::Recalled { by: MemberId(1), .. });
    client.events.iter().filter(by_host).count()
}

#[tokio::test]
async fn a_removal_with_recall_takes_everything_the_member_said() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut spammer = join(&server, &room, "李四", token()).await;
    let mut guest = join(&server, &room, "王五", token()).await;
    guest.say("好好的话").await;
    guest.until_text("好好的话").await;
    for number in 0..450 {
        spammer.say(&format!("刷屏{number}号")).await;
    }
    spammer.until_text("刷屏449号").await;
    let last = spammer.events.last().unwrap().seq;
    spammer.send(&FromPage::Edit { id: new_id(), seq: last, text: "刷屏改了".into() }).await;
    spammer.say("刷屏到底").await;
    host.until_text("刷屏到底").await;
    ban(&mut host, &mut spammer, true).await;
    host.until("all recalls", |client| recalled(client) == 451).await;
    guest.until("all recalls", |client| recalled(client) == 451).await;
    let page = common::rooms::page(&server, &room, "?after=0", guest.token).await;
    let page = serde_json::to_string(&page).unwrap();
    assert!(page.contains("好好的话") && !page.contains("刷屏"));
    let path = format!("GET /api/rooms/{}/search?q=%E5%88%B7%E5%B1%8F", room.room);
    let (status, found) = http(&server, &path, &bearer(guest.token), "").await;
    assert_eq!((status, found.contains("\"hits\":[]")), (200, true), "{found}");
    let files = ["log.db", "log.db-wal", "index.db", "index.db-wal"];
    server.until_wiped(&files, &["刷屏"], Duration::from_secs(1), &mut guest).await;
    let data = server.stop().await;
    assert!(!holds(data.path(), &files, &["刷屏"]));
    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
}
