//! A node of a cluster whose wall clock is wrong: NATS gives records their time, so it neither shifts nor deletes anything.

mod common;

use std::sync::Arc;

use cluster::Servers;
use common::nodes::{log_up_to, nodes};
use common::rooms::{join, make, token};
use common::{TestServer, meet_at, now};
use shared::Seq;
use tempfile::TempDir;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn a_node_with_a_wrong_clock_gives_records_the_right_time() {
    for wrong in [40 * DAY_MS, -40 * DAY_MS] {
        let servers = Servers::start(1).unwrap();
        let right = nodes(&servers, 1).await.remove(0);
        let folder = Arc::new(TempDir::new().unwrap());
        let backup = folder.path().join("backup.db");
        backend::backup::backup(right.data.path(), &backup, |_, _| {}).unwrap();
        let edge = backend::edge::Edge::system();
        let data = Arc::new(TempDir::new().unwrap());
        backend::backup::restore(&backup, data.path(), (&edge, false), |_, _| {}).unwrap();
        let meet = meet_at(&servers, 1);
        let off = TestServer::at(data, wrong, |config| config.nats = Some(meet)).await;
        let began = now();
        let room = make(&off, r#"{"capacity":2}"#).await;
        let mut host = join(&off, &room, "张三", room.host_token).await;
        let guest = token();
        let mut li = join(&right, &room, "李四", guest).await;
        host.say("钟不对").await;
        li.until_text("钟不对").await;
        li.say("钟对").await;
        host.until_text("钟对").await;
        let last = host.events.last().map_or(Seq(0), |event| event.seq);
        let events = log_up_to(&off, &room, room.host_token, last).await;
        let ended = now();
        for event in &events {
            assert!(
                (began.0..=ended.0).contains(&event.at.0),
                "{wrong}: {event:?}, from {began:?} to {ended:?}"
            );
        }
        assert_eq!(events, log_up_to(&right, &room, room.host_token, last).await, "{wrong}: both nodes");
        assert_eq!(host.texts(), ["钟不对", "钟对"], "{wrong}: nothing is deleted");
    }
}
