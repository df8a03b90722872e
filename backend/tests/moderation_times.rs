//! When bans of addresses and mutes end. The server's clock is moved ahead, which a node of a cluster does not follow.

mod common;

use std::time::Duration;

use backend::check::check;
use common::rooms::{join, join_from, make, token};
use common::{Client, TestServer, holds, new_id};
use shared::{Code, Event, Fact, FromPage, MemberId, Seq};

#[tokio::test]
async fn an_address_ban_ends_after_a_day_and_the_tokens_does_not() {
    let server = TestServer::with(|config| config.proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let room = make(&server, r#"{"capacity":6}"#).await;
    let mut host = join_from(&server, &room, "张三", room.host_token, "192.0.2.1").await;
    let spammer = join_from(&server, &room, "李四", token(), "198.51.100.7").await;
    let (its_token, its_number) = (spammer.token, spammer.you.as_ref().unwrap().member);
    spammer.hang_up().await;
    // It counts where the member last was, connected or not.
    host.send(&FromPage::Remove { id: new_id(), member: its_number, ban: true, recall: false }).await;
    host.until("the removal", |client| {
        client.events.iter().any(|event| matches!(event.fact, Fact::Left { .. }))
    })
    .await;
    assert_eq!(
        join_from(&server, &room, "赵六", token(), "198.51.100.7").await.refused,
        [(Code::Removed, None)]
    );
    server.pass(Duration::from_secs(24 * 60 * 60 + 1));
    assert_eq!(join_from(&server, &room, "赵六", token(), "198.51.100.7").await.refused, []);
    assert_eq!(
        join_from(&server, &room, "李四", its_token, "198.51.100.7").await.refused,
        [(Code::Removed, None)]
    );
}

#[tokio::test]
async fn a_muted_member_is_told_so_and_for_how_long() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let mute = |for_s| FromPage::Mute { id: new_id(), member: MemberId(2), for_s };
    for refused in
        [mute(30 * 24 * 60 * 60 + 1), FromPage::Mute { id: new_id(), member: MemberId(1), for_s: 1 }]
    {
        let heard = host.refused.len();
        host.send(&refused).await;
        host.until("a refusal", |client| client.refused.len() > heard).await;
        assert_eq!(host.refused[heard].0, Code::BadMessage, "{refused:?}");
    }
    host.send(&mute(600)).await;
    let is_muted = |event: &Event| matches!(event.fact, Fact::Muted { until: Some(_), .. });
    guest.until("the mute", |client| client.events.iter().any(is_muted)).await;
    let id = guest.say("让我说").await;
    guest.until("a refusal", |client| !client.refused.is_empty()).await;
    assert_eq!(guest.refused, [(Code::Muted, Some(id))]);
    assert!(guest.again_ms.is_some_and(|ms| (500_000..=600_000).contains(&ms)), "{:?}", guest.again_ms);

    // Who comes later, or back, knows it too; also after a restart.
    let server = TestServer::on(server.stop().await, |_| {}).await;
    let back = join(&server, &room, "李四", guest.token).await;
    let until = back.you.as_ref().unwrap().muted_until;
    assert!(until.is_some());
    assert_eq!(back.members.iter().map(|member| member.muted_until).collect::<Vec<_>>(), [None, until]);
    let mut host = join(&server, &room, "张三", room.host_token).await;
    assert_eq!(host.you.as_ref().unwrap().muted_until, None);
    server.pass(Duration::from_secs(601));
    let mut back = join(&server, &room, "李四", guest.token).await;
    assert_eq!(back.you.as_ref().unwrap().muted_until, None, "it has ended");
    back.say("终于").await;
    host.until_text("终于").await;
    host.send(&mute(600)).await;
    host.send(&mute(0)).await;
    back.until("the end of the mute", |client| {
        client.events.iter().any(|event| matches!(event.fact, Fact::Muted { until: None, .. }))
    })
    .await;
    back.say("又能说了").await;
    host.until_text("又能说了").await;
    let report = check(server.stop().await.path()).unwrap();
    assert!(report.is_good(), "{report}");
}

/// How many messages of others were recalled by member 1, as a page has heard it.
fn recalled(client: &Client) -> usize {
    let by_host = |event: &&Event| matches!(event.fact, Fact::Recalled { by: MemberId(1), .. });
    client.events.iter().filter(by_host).count()
}

#[tokio::test]
async fn recalls_that_a_restart_interrupted_go_on_by_themselves() {
    // The timer does not ring before the stop.
    let slow = |config: &mut backend::config::Config| config.timer_every = Duration::from_secs(3_600);
    let server = TestServer::with(slow).await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut spammer = join(&server, &room, "李四", token()).await;
    for text in ["刷屏一", "刷屏二", "刷屏三"] {
        spammer.say(text).await;
    }
    host.until_text("刷屏三").await;
    let member = spammer.you.as_ref().unwrap().member;
    host.send(&FromPage::Remove { id: new_id(), member, ban: true, recall: true }).await;
    spammer.until_over().await;
    assert_eq!(recalled(&host), 0);
    let data = server.stop().await;
    assert!(holds(data.path(), &["log.db", "log.db-wal"], &["刷屏一"]), "nothing was recalled yet");
    // Nobody opens the room.
    let server = TestServer::on(data, |_| {}).await;
    let mut other = server.join("赵六").await;
    server.until_wiped(&["log.db", "log.db-wal"], &["刷屏"], Duration::from_secs(1), &mut other).await;
    let mut back = join(&server, &room, "张三", room.host_token).await;
    back.until("the recalls", |client| recalled(client) == 3).await;
    assert!(back.numbers().windows(2).all(|pair| Seq(pair[0]).next() == Seq(pair[1])));
}
