//! Devices of a member on different nodes: a code and a recovery link are good once, wherever they are redeemed.

mod common;

use std::time::{Duration, Instant};

use backend::check::check;
use cluster::Servers;
use common::nodes::{log_up_to, nodes};
use common::pairing::{back_up, exchange, new_code, redeem};
use common::rooms::{join, make, token};
use common::{PATIENCE, TestServer, new_id};
use shared::{ByeCode, Code, FromPage, MemberId, Paired};

const WRONG: (u16, Code) = (404, Code::BadCode);

/// Redeems a code at a node that may not have heard of it yet.
async fn until_redeemed(node: &TestServer, code: &str) -> Paired {
    let began = Instant::now();
    loop {
        match redeem(node, code).await {
            Ok(paired) => return paired,
            Err(refused) => assert!(refused == WRONG && began.elapsed() < PATIENCE, "{refused:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_code_and_a_recovery_link_are_good_once_on_all_nodes() {
    let servers = Servers::start(3).unwrap();
    let nodes = nodes(&servers, 2).await;
    let room = make(&nodes[0], r#"{"capacity":4}"#).await;
    let mut host = join(&nodes[0], &room, "张三", room.host_token).await;
    let mut guest = join(&nodes[0], &room, "李四", token()).await;
    let code = new_code(&nodes[0], &room, guest.token).await.unwrap();
    let Paired { token: phone, .. } = until_redeemed(&nodes[1], &code).await;
    let mut phone = join(&nodes[1], &room, "李四", phone).await;
    assert_eq!(phone.you.as_ref().unwrap().member, MemberId(2));
    assert_eq!(redeem(&nodes[0], &code).await.unwrap_err(), WRONG, "it was used at the other node");
    // At both nodes at the same moment. The host's code is told after the guest's.
    let code = new_code(&nodes[0], &room, guest.token).await.unwrap();
    let after = new_code(&nodes[0], &room, host.token).await.unwrap();
    until_redeemed(&nodes[1], &after).await;
    let both = tokio::join!(redeem(&nodes[0], &code), redeem(&nodes[1], &code));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    let backup = back_up(&nodes[0], &room, guest.token).await.unwrap();
    phone.say("都听到了").await;
    phone.until_text("都听到了").await;
    let both = tokio::join!(exchange(&nodes[0], &room, backup), exchange(&nodes[1], &room, backup));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    // One device signs out the other, on another node.
    phone.send(&FromPage::SignOutOthers { id: new_id(), token: None }).await;
    guest.until_over().await;
    assert_eq!(guest.bye, Some(ByeCode::SignedOut));
    assert_eq!(new_code(&nodes[0], &room, guest.token).await.unwrap_err(), (403, Code::SignedOut));
    host.say("完").await;
    phone.until_text("完").await;
    let last = phone.events.last().unwrap().seq;
    let first = log_up_to(&nodes[0], &room, room.host_token, last).await;
    assert_eq!(log_up_to(&nodes[1], &room, room.host_token, last).await, first);
    for node in nodes {
        assert!(check(node.stop().await.path()).unwrap().is_good());
    }
}
