//! A member with several devices: paired by codes and recovery links, and signed out by one of them.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "common/mod.rs"]
mod common;

use backend::check::check;
use common::pairing::{back_up, exchange, new_code, pair, pair_with, post, redeem};
use common::rooms::{JSON, bearer, http, join, make, token};
use common::{Client, TestServer, new_id};
use shared::{
    ByeCode, Code, DeviceChange, Export, Fact, FromPage, MemberId, Paired, RoomCard, RoomMade, Token,
};

const WRONG: (u16, Code) = (404, Code::BadCode);

/// A room with a host and a guest, and the guest's first connection.
async fn furnished(server: &TestServer) -> (RoomMade, Client) {
    let room = make(server, r#"{"capacity":4}"#).await;
    join(server, &room, "张三", room.host_token).await.hang_up().await;
    let guest = join(server, &room, "李四", token()).await;
    assert_eq!(guest.refused, []);
    (room, guest)
}

fn member(client: &Client) -> MemberId {
    client.you.as_ref().unwrap().member
}

fn changes(client: &Client) -> Vec<(MemberId, DeviceChange)> {
    let change = |fact: &Fact| match fact {
        Fact::Devices { by, change, .. } => Some((*by, *change)),
        _ => None,
    };
    client.events.iter().filter_map(|event| change(&event.fact)).collect()
}

/// Statuses of what a member may read.
async fn reads(server: &TestServer, room: &RoomMade, token: Token) -> [u16; 3] {
    let mut statuses = [0; 3];
    for (status, what) in statuses.iter_mut().zip(["events", "search?q=a", "reads?seq=2"]) {
        let path = format!("GET /api/rooms/{}/{what}", room.room);
        *status = http(server, &path, &bearer(token), "").await.0;
    }
    statuses
}

#[tokio::test]
async fn two_devices_chat_as_one_member() {
    let server = TestServer::start().await;
    let (room, mut first) = furnished(&server).await;
    let code = new_code(&server, &room, first.token).await.unwrap();
    let typed = format!(" {}-{}", &code[..5], &code[5..]).to_lowercase().replace('0', "o").replace('1', "l");
    let Paired { room: paired, name, token: second } = redeem(&server, &typed).await.unwrap();
    assert_eq!((paired, name.unwrap().as_str()), (room.room, "李四"));
    let mut second = join(&server, &room, "随便", second).await;
    assert_eq!((member(&second), second.you.as_ref().unwrap().name.as_str()), (member(&first), "李四"));
    first.say("从电脑").await;
    second.until_text("从电脑").await;
    second.say("从手机").await;
    first.until_text("从手机").await;
    assert_eq!(first.said(), [(2, "从电脑".to_owned()), (2, "从手机".to_owned())]);
    assert_eq!(changes(&first), [(MemberId(2), DeviceChange::Added)]);
    for token in [first.token, second.token] {
        assert_eq!(reads(&server, &room, token).await, [200; 3]);
    }
    let report = check(server.stop().await.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn a_code_is_good_once_and_every_other_gets_the_same_answer() {
    let server = TestServer::start().await;
    let (room, guest) = furnished(&server).await;
    let code = new_code(&server, &room, guest.token).await.unwrap();
    redeem(&server, &code).await.unwrap();
    for typed in [&code, "0123456789", "not a code", ""] {
        assert_eq!(redeem(&server, typed).await.unwrap_err(), WRONG, "{typed}");
    }
    let [older, newer] = [(), ()].map(|()| new_code(&server, &room, guest.token));
    let (older, newer) = (older.await.unwrap(), newer.await.unwrap());
    assert_eq!(redeem(&server, &older).await.unwrap_err(), WRONG, "a new code replaces the one before");
    redeem(&server, &newer).await.unwrap();
    // Two at the same moment.
    let code = new_code(&server, &room, guest.token).await.unwrap();
    let both = tokio::join!(redeem(&server, &code), redeem(&server, &code));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
}

#[tokio::test]
async fn only_a_seated_member_is_given_a_code_and_loses_it_with_the_seat() {
    let server = TestServer::start().await;
    let (room, mut guest) = furnished(&server).await;
    assert_eq!(new_code(&server, &room, token()).await.unwrap_err(), (401, Code::NoToken));
    let code = new_code(&server, &room, guest.token).await.unwrap();
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG);
    assert_eq!(new_code(&server, &room, guest.token).await.unwrap_err(), (401, Code::NoToken));
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", guest.token).await;
    let code = new_code(&server, &room, guest.token).await.unwrap();
    host.send(&FromPage::Remove { id: new_id(), member: MemberId(2), ban: false, recall: false }).await;
    guest.until_over().await;
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG);
    assert_eq!(new_code(&server, &room, guest.token).await.unwrap_err(), (403, Code::Removed));
    let evil = format!("{JSON}Origin: https://evil.example\r\n");
    for path in [
        format!("/api/rooms/{}/pair", room.room),
        format!("/api/rooms/{}/backup", room.room),
        "/api/pair".into(),
    ] {
        let refused = post::<Paired>(&server, &path, &(evil.clone() + &bearer(room.host_token)), "{}").await;
        assert_eq!(refused.unwrap_err(), (403, Code::BadMessage), "{path}");
    }
    let refused = post::<Paired>(&server, "/api/pair", JSON, r#"{"codes":"x"}"#).await;
    assert_eq!(refused.unwrap_err(), (400, Code::BadMessage));
}

#[tokio::test]
async fn signing_out_other_devices_ends_them_at_once() {
    let server = TestServer::start().await;
    let (room, mut first) = furnished(&server).await;
    let second = pair(&server, &room, first.token).await;
    let backup = back_up(&server, &room, first.token).await.unwrap();
    let code = new_code(&server, &room, first.token).await.unwrap();
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut second = join(&server, &room, "李四", second).await;
    let mut window = join(&server, &room, "李四", second.token).await;
    let sign_out = FromPage::SignOutOthers { id: new_id(), token: None };
    second.send(&sign_out).await;
    second.send(&sign_out).await;
    second.until("that it is stored once", |client| !client.stored.is_empty()).await;
    first.until_over().await;
    assert_eq!((first.bye, first.closed), (Some(ByeCode::SignedOut), Some(1008)));
    host.until("the change", |client| {
        changes(client).last() == Some(&(MemberId(2), DeviceChange::OthersSignedOut))
    })
    .await;
    window.say("同一台设备的另一个窗口").await;
    second.until_text("同一台设备的另一个窗口").await;
    // The old token is good for nothing any more.
    let mut again = join(&server, &room, "李四", first.token).await;
    again.until_over().await;
    assert_eq!((again.refused, again.bye), (vec![(Code::SignedOut, None)], Some(ByeCode::SignedOut)));
    assert_eq!(reads(&server, &room, first.token).await, [403; 3]);
    assert_eq!(reads(&server, &room, second.token).await, [200; 3]);
    let card = http(&server, &format!("GET /api/rooms/{}", room.room), &bearer(first.token), "").await.1;
    assert_eq!(serde_json::from_str::<RoomCard>(&card).unwrap().you, None);
    for refused in [
        new_code(&server, &room, first.token).await.map(drop),
        back_up(&server, &room, first.token).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err(), (403, Code::SignedOut));
    }
    for token in [first.token, backup] {
        assert_eq!(exchange(&server, &room, token).await.unwrap_err(), WRONG);
    }
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG, "the device that made it is signed out");
}

#[tokio::test]
async fn a_signed_out_host_device_exports_and_deletes_nothing() {
    let server = TestServer::start().await;
    let (room, _guest) = furnished(&server).await;
    let second = pair(&server, &room, room.host_token).await;
    let path = format!("/api/rooms/{}", room.room);
    let export = async |token: Token| {
        let headers = format!("{JSON}{}", bearer(token));
        post::<Export>(&server, &format!("{path}/export"), &headers, r#"{"as":"jsonl"}"#).await
    };
    let before = export(room.host_token).await.unwrap();
    export(second).await.unwrap();
    let before_second = export(room.host_token).await.unwrap();
    assert_ne!(before, before_second);
    let mut host = join(&server, &room, "张三", second).await;
    assert!(host.you.as_ref().unwrap().host);
    host.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    host.until("the change", |client| changes(client).len() == 2).await;
    assert_eq!(export(room.host_token).await.unwrap_err(), (403, Code::SignedOut));
    let fetched = http(&server, &format!("GET {}", before_second.url), "", "").await;
    assert_eq!(fetched.0, 404, "asked for by a device that is signed out");
    let export = export(second).await.unwrap();
    let (status, file) = http(&server, &format!("GET {}", export.url), "", "").await;
    assert!(status == 200 && file.contains("others_signed_out") && !file.contains(second.as_str()), "{file}");
    assert_eq!(http(&server, &format!("GET {path}/settings"), &bearer(second), "").await.0, 200);
    assert_eq!(http(&server, &format!("DELETE {path}"), &bearer(room.host_token), "").await.0, 403);
    assert_eq!(http(&server, &format!("DELETE {path}"), &bearer(second), "").await.0, 204);
}

#[tokio::test]
async fn a_recovery_link_works_once_also_after_a_restart_and_without_an_index() {
    let server = TestServer::start().await;
    let (room, mut guest) = furnished(&server).await;
    let second = pair(&server, &room, guest.token).await;
    let older = back_up(&server, &room, guest.token).await.unwrap();
    let backup = back_up(&server, &room, second).await.unwrap();
    let refused = join(&server, &room, "李四", backup).await.refused;
    assert_eq!(refused, [(Code::NoToken, None)], "it takes no seat by itself");
    assert_eq!(reads(&server, &room, backup).await, [401; 3]);
    assert_eq!(exchange(&server, &room, older).await.unwrap_err(), WRONG, "replaced by the newer one");
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    let data = server.stop().await;
    for file in ["index.db", "index.db-wal", "index.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(file));
    }
    let server = TestServer::on(data, |_| {}).await;
    // Who knows the link sees whose it is. The member does not sit, and is read from the index.
    let card = http(&server, &format!("GET /api/rooms/{}", room.room), &bearer(backup), "").await.1;
    assert_eq!(serde_json::from_str::<RoomCard>(&card).unwrap().you.unwrap().name.unwrap().as_str(), "李四");
    let Paired { name, token: third, .. } = exchange(&server, &room, backup).await.unwrap();
    assert_eq!(name.unwrap().as_str(), "李四");
    assert_eq!(exchange(&server, &room, backup).await.unwrap_err(), WRONG);
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(exchange(&server, &room, backup).await.unwrap_err(), WRONG, "also after a restart");
    for token in [third, second, guest.token] {
        let client = join(&server, &room, "李四", token).await;
        assert_eq!((client.refused.clone(), member(&client)), (vec![], MemberId(2)));
    }
    let report = check(server.stop().await.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn whoever_got_no_answer_asks_again_with_its_nonce_and_is_given_the_same_token() {
    let server = TestServer::start().await;
    let (room, mut guest) = furnished(&server).await;
    let code = format!(r#"{{"code":"{}"}}"#, new_code(&server, &room, guest.token).await.unwrap());
    let backup = back_up(&server, &room, guest.token).await.unwrap();
    let link = format!(r#"{{"room":"{}","token":"{}"}}"#, room.room, backup.as_str());
    let (nonce, other) = (token(), token());
    let mut given = Vec::new();
    for shown in [&code, &link] {
        let first = pair_with(&server, shown, nonce).await.unwrap();
        assert_eq!(pair_with(&server, shown, nonce).await.unwrap(), first);
        assert_eq!(pair_with(&server, shown, other).await.unwrap_err(), WRONG, "another device");
        assert_eq!(post::<Paired>(&server, "/api/pair", JSON, shown).await.unwrap_err(), WRONG);
        assert_eq!(join(&server, &room, "李四", first.token).await.refused, []);
        given.push(first);
    }
    assert_ne!(given[0].token, given[1].token);
    guest.until("both changes", |client| changes(client).len() == 3).await;
    // What the link was good for stays, also after a restart and for a member that left.
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(pair_with(&server, &link, nonce).await.unwrap(), given[1]);
    let mut guest = join(&server, &room, "李四", guest.token).await;
    guest.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    guest.until("the change", |client| changes(client).len() == 4).await;
    assert_eq!(pair_with(&server, &link, nonce).await.unwrap_err(), WRONG, "it was signed out");
}

#[tokio::test]
async fn an_old_identity_link_is_exchanged_and_stays_valid() {
    let server = TestServer::start().await;
    let (room, guest) = furnished(&server).await;
    for _ in 0..2 {
        let Paired { token: fresh, .. } = exchange(&server, &room, guest.token).await.unwrap();
        assert_ne!(fresh, guest.token);
        assert_eq!(member(&join(&server, &room, "李四", fresh).await), MemberId(2));
    }
    assert_eq!(exchange(&server, &room, token()).await.unwrap_err(), WRONG);
    let elsewhere = RoomMade { room: shared::RoomId::Link([7; 16]), ..room.clone() };
    assert_eq!(exchange(&server, &elsewhere, guest.token).await.unwrap_err(), (404, Code::RoomUnknown));
    // Of a room whose host has not joined yet there is no member to add a device to.
    let room = make(&server, r#"{"capacity":2}"#).await;
    let Paired { name, token, .. } = exchange(&server, &room, room.host_token).await.unwrap();
    assert_eq!((name, token), (None, room.host_token));
}

#[tokio::test]
async fn a_ban_keeps_every_device_out() {
    let server = TestServer::start().await;
    let (room, mut guest) = furnished(&server).await;
    let second = pair(&server, &room, guest.token).await;
    let backup = back_up(&server, &room, second).await.unwrap();
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut phone = join(&server, &room, "李四", second).await;
    host.send(&FromPage::Remove { id: new_id(), member: MemberId(2), ban: true, recall: false }).await;
    for device in [&mut guest, &mut phone] {
        device.until_over().await;
        assert_eq!(device.bye, Some(ByeCode::Removed));
    }
    let server = TestServer::on(server.stop().await, |_| {}).await;
    for token in [guest.token, second, backup] {
        assert_eq!(join(&server, &room, "李四", token).await.refused, [(Code::Removed, None)]);
        assert_eq!(exchange(&server, &room, token).await.unwrap_err(), (403, Code::Removed));
    }
}

#[tokio::test]
async fn a_member_has_at_most_sixteen_devices() {
    let server = TestServer::start().await;
    let (room, mut guest) = furnished(&server).await;
    let code = new_code(&server, &room, guest.token).await.unwrap();
    for _ in 1..16 {
        exchange(&server, &room, guest.token).await.unwrap();
    }
    let full = (409, Code::TooManyDevices);
    assert_eq!(exchange(&server, &room, guest.token).await.unwrap_err(), full);
    assert_eq!(new_code(&server, &room, guest.token).await.unwrap_err(), full);
    assert_eq!(back_up(&server, &room, guest.token).await.unwrap_err(), full);
    assert_eq!(redeem(&server, &code).await.unwrap_err(), full);
    guest.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    guest
        .until("the change", |client| {
            changes(client).last().map(|(_, change)| *change) == Some(DeviceChange::OthersSignedOut)
        })
        .await;
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG, "it ended with the sign-out");
    pair(&server, &room, guest.token).await;
}

#[tokio::test]
async fn codes_of_the_lobby_end_with_its_life() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    let lobby = RoomMade { room: shared::RoomId::Lobby, url: "/".into(), host_token: token() };
    let second = pair(&server, &lobby, zhang.token).await;
    let code = new_code(&server, &lobby, zhang.token).await.unwrap();
    let backup = back_up(&server, &lobby, zhang.token).await.unwrap();
    let phone = join(&server, &lobby, "张三", second).await;
    assert_eq!(member(&phone), member(&zhang));
    zhang.send(&FromPage::Leave).await;
    zhang.until_over().await;
    let again = server.join("张三").await;
    assert_eq!(member(&again), MemberId(1), "the lobby began again");
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG);
    for token in [second, backup, zhang.token] {
        assert_eq!(exchange(&server, &lobby, token).await.unwrap_err(), WRONG);
    }
}
