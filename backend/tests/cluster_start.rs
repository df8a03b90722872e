//! What a node of a cluster starts from: what it missed, another's backup, one machine's data.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use backend::backup::{backup, restore};
use backend::edge::Edge;
use backend::ledger::jetstream::{Cluster, ClusterError};
use backend::serve::ServeError;
use backend::store::log::Log;
use cluster::Servers;
use common::nodes::{log, log_up_to, node, nodes, refuses, wish};
use common::rooms::{http, join, make, token};
use common::{Client, TestServer, meet_at};
use futures_util::future::join_all;
use shared::{Event, Fact, Replay};
use tempfile::TempDir;

/// Talks in a room, a good deal ahead of what comes back.
async fn talk(mut client: Client, messages: usize) -> Client {
    const AHEAD: usize = 400;
    let last = format!("{}", messages - 1);
    for number in 0..messages {
        client.say(&format!("{number}")).await;
        if number % (AHEAD / 2) == 0 {
            client.until("its echo", |client| client.events.len() + AHEAD > number).await;
        }
    }
    let said = |event: &Event| matches!(&event.fact, Fact::Said { text, .. } if text.as_str() == last);
    client.until("all of it", |client| client.events.last().is_some_and(said)).await;
    client
}

/// What a node says at `/readyz` until it is ready: how far it is, and of how much.
async fn progress(node: &TestServer) -> Vec<(u64, u64)> {
    let mut said = Vec::new();
    loop {
        let (status, body) = http(node, "GET /readyz", "", "").await;
        if status == 200 {
            return said;
        }
        assert_eq!(status, 503, "{body}");
        match body.trim_end().strip_prefix("catching up: ").and_then(|rest| rest.split_once(" of ")) {
            Some((followed, of)) => said.push((followed.parse().unwrap(), of.parse().unwrap())),
            None => assert_eq!(body, "starting\n"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_node_that_missed_100_000_events_says_how_far_it_is_and_has_them_all_before_it_is_ready() {
    const ROOMS: usize = 8;
    const EACH: usize = 12_500;
    let servers = Servers::start(3).unwrap();
    let mut nodes = nodes(&servers, 2).await;
    let (mut rooms, mut people) = (Vec::new(), Vec::new());
    for _ in 0..ROOMS {
        let room = make(&nodes[0], r#"{"capacity":3}"#).await;
        people.push(join(&nodes[0], &room, "张三", room.host_token).await);
        rooms.push(room);
    }
    let data = nodes.remove(1).stop().await;
    let people = join_all(people.into_iter().map(|client| talk(client, EACH))).await;

    let meet = meet_at(&servers, servers.count());
    let (back, _started) = TestServer::starting(data, |config| config.nats = Some(meet)).await;
    let said = progress(&back).await;
    let of = u64::try_from(ROOMS * EACH).unwrap();
    assert!(said.iter().any(|(followed, all)| (1..of).contains(followed) && *all >= of), "{said:?}");
    assert!(said.is_sorted_by_key(|(followed, _)| followed), "{said:?}");
    // Ready: whatever is asked now, it knows.
    for (room, client) in rooms.iter().zip(people) {
        let events = log(&back, room, room.host_token).await;
        assert_eq!(events, client.events, "as whoever was there has heard them");
    }
}

#[tokio::test]
async fn across_a_gap_no_node_starts_and_from_a_backup_it_does() {
    let servers = Servers::start(3).unwrap();
    let mut nodes = nodes(&servers, 2).await;
    let meet = meet_at(&servers, 3);
    let room = make(&nodes[0], r#"{"capacity":3}"#).await;
    let mut zhang = join(&nodes[0], &room, "张三", room.host_token).await;
    let data = nodes.remove(1).stop().await;
    for number in 0..50 {
        zhang.say(&format!("{number}")).await;
    }
    zhang.until_text("49").await;
    // What is older than the streams keep is gone from them.
    let context = jetstream::new(async_nats::connect(&meet.servers.addresses).await.unwrap());
    for partition in 0..meet.partitions {
        let name = format!("duiliao-{partition}");
        let mut config = context.get_stream(&name).await.unwrap().cached_info().config.clone();
        config.max_age = Duration::from_millis(100);
        config.duplicate_window = Duration::from_millis(100);
        context.update_stream(config).await.unwrap();
        while context.get_stream(&name).await.unwrap().cached_info().state.messages > 0 {
            tokio::task::yield_now().await;
        }
    }
    let refused = refuses(&data, Some(meet.clone())).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Gap(_))), "{refused}");
    let new = TempDir::new().unwrap();
    let refused = refuses(&new, Some(meet.clone())).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Gap(_))), "{refused}");

    let copy = new.path().join("copy.db");
    backup(nodes[0].data.path(), &copy, |_, _| ()).unwrap();
    let fresh = Arc::new(TempDir::new().unwrap());
    restore(&copy, fresh.path(), (&Edge::system(), false), |_, _| ()).unwrap();
    let third = node(&servers, fresh).await;
    zhang.say("又见面了").await;
    zhang.until_text("又见面了").await;
    let last = zhang.events.last().unwrap().seq;
    let events = log_up_to(&third, &room, room.host_token, last).await;
    assert_eq!(events, log(&nodes[0], &room, room.host_token).await);
}

#[tokio::test]
async fn one_machine_s_data_becomes_a_cluster_s_with_its_numbers() {
    let alone = TestServer::start().await;
    let room = make(&alone, r#"{"capacity":5}"#).await;
    let mut zhang = join(&alone, &room, "张三", room.host_token).await;
    let mut li = join(&alone, &room, "李四", token()).await;
    for number in 0..30 {
        zhang.say(&format!("{number}")).await;
    }
    li.until_text("29").await;
    let before = log(&alone, &room, room.host_token).await;
    let data = alone.stop().await;

    let servers = Servers::start(3).unwrap();
    let meet = meet_at(&servers, 3);
    let refused = refuses(&data, Some(meet.clone())).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::NotAMember)), "{refused}");
    let mut own = Log::open(data.path()).unwrap();
    Cluster::begin(&meet, &mut own).await.unwrap();
    drop(own);
    let refused = refuses(&data, None).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Alone)), "{refused}");
    // Nobody else begins one there.
    let mut other = Log::open(TestServer::start().await.stop().await.path()).unwrap();
    let refused = Cluster::begin(&meet, &mut other).await.unwrap_err();
    assert!(matches!(refused, ClusterError::Taken), "{refused}");
    // The beginning is in no stream: an empty folder is no place to start from.
    let refused = refuses(&TempDir::new().unwrap(), Some(meet.clone())).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Gap(_))), "{refused}");

    let first = node(&servers, data).await;
    assert_eq!(log(&first, &room, room.host_token).await, before);
    let copy = TempDir::new().unwrap().path().with_extension("db");
    backup(first.data.path(), &copy, |_, _| ()).unwrap();
    let fresh = Arc::new(TempDir::new().unwrap());
    restore(&copy, fresh.path(), (&Edge::system(), false), |_, _| ()).unwrap();
    std::fs::remove_file(&copy).unwrap();
    let second = node(&servers, fresh).await;
    let mut zhang = join(&second, &room, "张三", room.host_token).await;
    zhang.say("一个变两个").await;
    zhang.until_text("一个变两个").await;
    let last = zhang.events.last().unwrap().seq;
    assert_eq!(last, before.last().unwrap().seq.next());
    assert_eq!(log_up_to(&first, &room, li.token, last).await[..before.len()], before);
}

/// The program, to do something with this folder.
fn program(data: &Path, servers: &Servers) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.arg("--data").arg(data).args([
        "--nats",
        &servers.urls().join(","),
        "--nats-replicas",
        &servers.count().to_string(),
    ]);
    command
}

fn says(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    texts.concat()
}

#[tokio::test]
async fn a_join_cluster_that_was_killed_goes_on_when_it_is_done_again() {
    let alone = TestServer::start().await;
    let room = make(&alone, r#"{"capacity":5}"#).await;
    let mut zhang = join(&alone, &room, "张三", room.host_token).await;
    zhang.say("单机").await;
    zhang.until_text("单机").await;
    let data = alone.stop().await;
    let servers = Servers::start(3).unwrap();
    let mut context =
        jetstream::new(async_nats::connect(meet_at(&servers, 3).servers.addresses).await.unwrap());

    // A server that is not there yet does not answer at all.
    context.set_timeout(Duration::from_millis(200));
    let joins = program(data.path(), &servers)
        .args(["--nats-partitions", "32", "join-cluster"])
        .stdout(Stdio::null())
        .spawn();
    let mut joins = joins.unwrap();
    while context.get_stream("duiliao-0").await.is_err() {}
    joins.kill().unwrap();
    assert_eq!(joins.wait().unwrap().signal(), Some(9));
    assert!(context.get_stream("duiliao-31").await.is_err(), "it was not done");
    assert!(!Log::open(data.path()).unwrap().is_clustered());
    // Another log is not taken for it.
    let mut other = Log::open(TestServer::start().await.stop().await.path()).unwrap();
    let refused = Cluster::begin(&meet_at(&servers, 3), &mut other).await.unwrap_err();
    assert!(matches!(refused, ClusterError::Taken), "{refused}");

    let again = program(data.path(), &servers).arg("join-cluster").output().unwrap();
    assert!(again.status.success(), "{}", says(&again));
    let node = node(&servers, Arc::clone(&data)).await;
    let mut zhang = join(&node, &room, "张三", room.host_token).await;
    zhang.say("集群").await;
    zhang.until_text("集群").await;
    assert_eq!(zhang.numbers().last(), Some(&4));
    node.stop().await;
    // Once it is done it says so.
    let again = program(data.path(), &servers).arg("join-cluster").output().unwrap();
    assert!(!again.status.success() && says(&again).contains("start with --nats"), "{}", says(&again));
}

#[tokio::test]
async fn what_one_node_knows_begins_the_cluster_anew_when_the_streams_are_gone() {
    let servers = Servers::start(1).unwrap();
    let mut nodes = nodes(&servers, 2).await;
    let room = make(&nodes[0], r#"{"capacity":3}"#).await;
    let mut zhang = join(&nodes[0], &room, "张三", room.host_token).await;
    let mut li = join(&nodes[1], &room, "李四", token()).await;
    zhang.say("还记得吗").await;
    li.until_text("还记得吗").await;
    let before = log(&nodes[1], &room, room.host_token).await;
    let old = nodes.remove(1).stop().await;
    nodes.remove(0).stop().await;
    let context = jetstream::new(async_nats::connect(meet_at(&servers, 1).servers.addresses).await.unwrap());
    for partition in 0..2 {
        context.delete_stream(format!("duiliao-{partition}")).await.unwrap();
    }
    let refused = refuses(&old, Some(meet_at(&servers, 1))).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Gone)), "{refused}");

    // As docs/cluster.md says.
    let done = |data: &Path, arguments: &[&str]| {
        let output = program(data, &servers).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", says(&output));
    };
    let copies = TempDir::new().unwrap();
    let [first, second] = ["1.db", "2.db"].map(|name| copies.path().join(name).display().to_string());
    let fresh = [(); 3].map(|()| Arc::new(TempDir::new().unwrap()));
    done(old.path(), &["backup", &first]);
    for data in &fresh[..2] {
        done(data.path(), &["restore", "--alone", &first]);
    }
    // It is one machine's: it goes without the others.
    let alone = TestServer::on(Arc::clone(&fresh[0]), |_| ()).await;
    assert_eq!(log(&alone, &room, room.host_token).await, before);
    alone.stop().await;

    done(fresh[1].path(), &["join-cluster"]);
    let one = node(&servers, Arc::clone(&fresh[1])).await;
    done(fresh[1].path(), &["backup", &second]);
    done(fresh[2].path(), &["restore", &second]);
    let two = node(&servers, Arc::clone(&fresh[2])).await;
    let after = Some(li.after());
    for node in [&one, &two] {
        assert_eq!(log(node, &room, room.host_token).await, before);
        let mut page =
            Client::try_connect(&node.address, &format!("/ws?room={}", room.room), &[]).await.unwrap();
        page.send(&wish(&room, "李四", li.token, after.clone())).await;
        page.until("a welcome", |client| client.you.is_some()).await;
        assert_eq!(page.replay, Some(Replay::Reset), "it may have seen more");
        page.until_text("还记得吗").await;
    }
}

#[tokio::test]
async fn a_full_store_is_said_to_be_full() {
    let servers = Servers::start(1).unwrap();
    let running = node(&servers, Arc::new(TempDir::new().unwrap())).await;
    let mut zhang = running.join("张三").await;
    zhang.say("还有地方").await;
    zhang.until_text("还有地方").await;
    let client = async_nats::connect(&meet_at(&servers, 1).servers.addresses).await.unwrap();
    let context = jetstream::new(client);
    let mut names = context.stream_names();
    while let Some(name) = futures_util::StreamExt::next(&mut names).await {
        let mut stream = context.get_stream(name.unwrap()).await.unwrap();
        let config = stream.info().await.unwrap().config.clone();
        let discard = jetstream::stream::DiscardPolicy::New;
        let full = jetstream::stream::Config { max_bytes: 1, discard, ..config };
        context.update_stream(full).await.unwrap();
    }
    zhang.say("没有地方了").await;
    loop {
        let (_, answer) = http(&running, "GET /readyz", "", "").await;
        if answer.contains("take nothing in") {
            assert!(answer.contains("maximum bytes"), "{answer}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (_, metrics) = http(&running, "GET /metrics", "", "").await;
    assert!(metrics.contains("duiliao_streams_refuse 1"), "{metrics}");
}
