//! What is left to others after a member has signed out its other devices.

mod common;

use backend::check::check;
use common::pairing::{back_up, exchange, new_code, pair, redeem};
use common::rooms::{bearer, http, join, make, token};
use common::{Client, TestServer, new_id};
use shared::{ByeCode, Code, FromPage, RoomMade, Token};

const WRONG: (u16, Code) = (404, Code::BadCode);

/// A room whose host has joined with the token of the host link.
async fn furnished(server: &TestServer) -> (RoomMade, Client) {
    let room = make(server, r#"{"capacity":4}"#).await;
    let host = join(server, &room, "张三", room.host_token).await;
    (room, host)
}

/// Status of what a member may read.
async fn reads(server: &TestServer, room: &RoomMade, token: Token) -> u16 {
    http(server, &format!("GET /api/rooms/{}/events", room.room), &bearer(token), "").await.0
}

#[tokio::test]
async fn signing_out_replaces_the_token_that_was_in_a_link() {
    let server = TestServer::start().await;
    let (room, mut host) = furnished(&server).await;
    let mut thief = join(&server, &room, "张三", room.host_token).await;
    let fresh = token();
    let sign_out = FromPage::SignOutOthers { id: new_id(), token: Some(fresh) };
    host.send(&sign_out).await;
    thief.until_over().await;
    assert_eq!(thief.bye, Some(ByeCode::SignedOut));
    // The connection goes on, and the answer to a repetition is the first one.
    host.send(&sign_out).await;
    host.until("that it is stored once", |client| client.stored.len() == 1).await;
    host.say("只剩这台").await;
    host.until_text("只剩这台").await;
    assert_eq!(join(&server, &room, "张三", room.host_token).await.refused, [(Code::SignedOut, None)]);
    assert_eq!(exchange(&server, &room, room.host_token).await.unwrap_err(), WRONG);
    assert_eq!(
        (reads(&server, &room, room.host_token).await, reads(&server, &room, fresh).await),
        (403, 200)
    );
    let data = server.stop().await;
    for file in ["index.db", "index.db-wal", "index.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(file));
    }
    // A page that got no answer comes back with the new token and sends the frame again.
    let server = TestServer::on(data, |_| {}).await;
    assert_eq!(join(&server, &room, "张三", room.host_token).await.refused, [(Code::SignedOut, None)]);
    let mut host = join(&server, &room, "张三", fresh).await;
    assert!(host.you.as_ref().unwrap().host);
    host.send(&sign_out).await;
    host.until("that it is stored once", |client| client.stored.len() == 1).await;
    assert_eq!(host.refused, []);
    let report = check(server.stop().await.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn a_known_token_replaces_no_other() {
    let server = TestServer::start().await;
    let (room, mut host) = furnished(&server).await;
    let guest = join(&server, &room, "李四", token()).await;
    let own = exchange(&server, &room, room.host_token).await.unwrap().token;
    for known in [guest.token, own] {
        let id = new_id();
        host.send(&FromPage::SignOutOthers { id, token: Some(known) }).await;
        host.until("the refusal", |client| client.refused.last() == Some(&(Code::BadMessage, Some(id))))
            .await;
    }
    host.say("还在").await;
    host.until_text("还在").await;
    for (known, name) in [(guest.token, "李四"), (own, "张三"), (room.host_token, "张三")] {
        assert_eq!(join(&server, &room, name, known).await.refused, []);
    }
}

#[tokio::test]
async fn a_link_of_a_kept_device_token_adds_no_device() {
    let server = TestServer::start().await;
    let (room, mut host) = furnished(&server).await;
    exchange(&server, &room, room.host_token).await.unwrap();
    // A page of an earlier version keeps the token that was in the link.
    host.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    host.until("the change", |client| client.events.len() == 4).await;
    assert_eq!(exchange(&server, &room, room.host_token).await.unwrap_err(), WRONG);
    assert_eq!(exchange(&server, &room, pair(&server, &room, host.token).await).await.unwrap_err(), WRONG);
    let backup = back_up(&server, &room, host.token).await.unwrap();
    assert!(exchange(&server, &room, backup).await.is_ok());
    host.send(&FromPage::Leave).await;
    host.until_over().await;
    let server = TestServer::on(server.stop().await, |_| {}).await;
    assert_eq!(exchange(&server, &room, room.host_token).await.unwrap_err(), WRONG, "also later");
    assert!(join(&server, &room, "张三", room.host_token).await.you.unwrap().host);
}

#[tokio::test]
async fn a_code_of_the_kept_device_ends_with_the_sign_out() {
    let server = TestServer::start().await;
    let (room, mut host) = furnished(&server).await;
    let code = new_code(&server, &room, host.token).await.unwrap();
    host.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    host.until("the change", |client| client.events.len() == 3).await;
    assert_eq!(redeem(&server, &code).await.unwrap_err(), WRONG);
    let code = new_code(&server, &room, host.token).await.unwrap();
    redeem(&server, &code).await.unwrap();
}
