//! Several nodes, several NATS servers: the same rooms everywhere.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backend::check::check;
use backend::ledger::jetstream::ClusterError;
use backend::serve::ServeError;
use cluster::Servers;
use common::nodes::{log, log_up_to, node, nodes, refuses, wish};
use common::rooms::{http, join, make, token};
use common::{Client, TestServer, meet_at};
use futures_util::future::join_all;
use shared::{ByeCode, Code, Fact, FromPage, LeftWhy, MemberId, Replay, Seq};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn two_windows_on_different_nodes_chat_and_all_nodes_have_the_same_log() {
    let servers = Servers::start(3).unwrap();
    let nodes = nodes(&servers, 3).await;
    let room = make(&nodes[0], r#"{"capacity":5}"#).await;
    // Made a moment ago elsewhere: no node says that it does not know it.
    let mut zhang = join(&nodes[1], &room, "张三", room.host_token).await;
    let mut li = join(&nodes[2], &room, "李四", token()).await;
    zhang.say("你好").await;
    li.until_text("你好").await;
    li.say("我在另一台").await;
    zhang.until_text("我在另一台").await;
    li.until_text("我在另一台").await;
    let target = li.events.last().unwrap().seq;
    li.send(&FromPage::Recall { id: common::new_id(), seq: target }).await;
    let recalled = |client: &Client| client.events.iter().any(|e| matches!(e.fact, Fact::Recalled { .. }));
    zhang.until("the recall", recalled).await;
    zhang.until("both", |client| client.online.len() == 2).await;

    let last = zhang.events.last().unwrap().seq;
    let first = log_up_to(&nodes[0], &room, room.host_token, last).await;
    for other in &nodes[1..] {
        assert_eq!(log_up_to(other, &room, room.host_token, last).await, first);
    }
    // The page goes to another node with what it has.
    let mut back =
        Client::try_connect(&nodes[0].address, &format!("/ws?room={}", room.room), &[]).await.unwrap();
    back.token = li.token;
    back.send(&wish(&room, "李四", li.token, Some(li.after()))).await;
    back.until("a welcome", |client| client.you.is_some()).await;
    assert_eq!((back.replay, back.you.as_ref().unwrap().member), (Some(Replay::Complete), MemberId(2)));
    for node in nodes {
        let data = node.stop().await;
        assert!(check(data.path()).unwrap().is_good());
    }
}

#[tokio::test]
async fn two_nodes_give_the_last_seat_once() {
    let servers = Servers::start(3).unwrap();
    let nodes = nodes(&servers, 2).await;
    for round in 0..8 {
        let room = make(&nodes[0], r#"{"capacity":2}"#).await;
        let mut host = join(&nodes[round % 2], &room, "张三", room.host_token).await;
        let race = ["李四", "王五"].into_iter().zip(&nodes).map(|(name, node)| {
            let room = &room;
            async move {
                let path = format!("/ws?room={}", room.room);
                let mut client = Client::try_connect(&node.address, &path, &[]).await.unwrap();
                client.send(&wish(room, name, client.token, None)).await;
                client.until("an answer", |c| c.you.is_some() || !c.refused.is_empty()).await;
                client
            }
        });
        let both = join_all(race).await;
        let seated: Vec<_> = both.iter().filter_map(|client| client.you.as_ref()).collect();
        assert_eq!(seated.len(), 1, "round {round}");
        assert_eq!(
            both.iter().flat_map(|client| &client.refused).map(|(code, _)| *code).collect::<Vec<_>>(),
            [Code::RoomFull]
        );
        host.until("the one", |client| client.events.len() == 3).await;
        let joined = Fact::Joined { member: MemberId(2), name: seated[0].name.clone(), host: false };
        for node in &nodes {
            let events = log_up_to(node, &room, room.host_token, Seq(3)).await;
            assert_eq!(events.iter().map(|event| &event.fact).collect::<Vec<_>>()[2], &joined);
            assert_eq!(events.len(), 3);
        }
    }
}

#[tokio::test]
async fn a_room_that_never_was_is_unknown_on_every_node() {
    let servers = Servers::start(1).unwrap();
    let nodes = nodes(&servers, 2).await;
    for node in &nodes {
        let (status, _) = http(node, "GET /api/rooms/7mXnBvXH2jYzpVw1J3hRkQ", "", "").await;
        assert_eq!(status, 404);
    }
}

#[tokio::test]
async fn a_proposal_of_rules_that_are_not_known_stops_a_node_with_a_sentence() {
    let servers = Servers::start(1).unwrap();
    let data = Arc::new(TempDir::new().unwrap());
    let running = node(&servers, Arc::clone(&data)).await;
    running.join("张三").await;
    let client = async_nats::connect(&meet_at(&servers, 1).servers.addresses).await.unwrap();
    client.publish("duiliao.rooms.0.0", r#"{"rules":9,"wish":{"dance":{}}}"#.into()).await.unwrap();
    client.flush().await.unwrap();
    let ended = running.ended().await.unwrap_err();
    assert!(matches!(ended, ServeError::Cluster(ClusterError::Rules(_, 9))), "{ended}");
    assert!(ended.to_string().contains("install the newer version"), "{ended}");
    // Nor does it start again.
    let refused = refuses(&data, Some(meet_at(&servers, 1))).await;
    assert!(matches!(refused, ServeError::Cluster(ClusterError::Rules(_, 9))), "{refused}");
}

#[tokio::test]
async fn what_is_no_proposal_is_left_out_alike() {
    let servers = Servers::start(1).unwrap();
    let nodes = nodes(&servers, 2).await;
    let mut zhang = nodes[0].join("张三").await;
    let client = async_nats::connect(&meet_at(&servers, 1).servers.addresses).await.unwrap();
    for nonsense in ["", "{}", "[]", "\u{0}"] {
        for partition in 0..2 {
            client.publish(format!("duiliao.rooms.{partition}.0"), nonsense.into()).await.unwrap();
        }
    }
    client.flush().await.unwrap();
    let mut li = nodes[1].join("李四").await;
    zhang.say("还在").await;
    li.until_text("还在").await;
}

#[tokio::test]
async fn marks_and_who_is_writing_are_told_to_other_nodes() {
    let servers = Servers::start(1).unwrap();
    let nodes = nodes(&servers, 2).await;
    let mut zhang = nodes[0].join("张三").await;
    let mut li = nodes[1].join("李四").await;
    zhang.say("读到这里").await;
    li.until_text("读到这里").await;
    let seq = li.events.last().unwrap().seq;
    li.send(&FromPage::Read { seq }).await;
    li.send(&FromPage::Typing).await;
    let (of, who) = (li.you.as_ref().unwrap().member, MemberId(2));
    zhang.until("the mark", |client| client.marks.get(&of) == Some(&seq)).await;
    zhang.until("who is writing", |client| client.typing == [who]).await;
}

/// Nodes on which a seat is held for so many milliseconds, and a room leaves memory as soon as nobody is there.
async fn hasty(
    servers: &Servers,
    hold_ms: u64,
    data: impl IntoIterator<Item = Arc<TempDir>>,
) -> Vec<TestServer> {
    let meet = meet_at(servers, servers.count());
    let start = |data| {
        TestServer::on(data, |config| {
            config.nats = Some(meet.clone());
            config.room_hold = Duration::from_millis(hold_ms);
            config.presence_grace = Duration::from_millis(100);
            config.marks_every = Duration::from_millis(50);
            config.unload_after = Duration::from_millis(200);
        })
    };
    join_all(data.into_iter().map(start)).await
}

fn folders(count: usize) -> impl Iterator<Item = Arc<TempDir>> {
    (0..count).map(|_| Arc::new(TempDir::new().unwrap()))
}

#[tokio::test]
async fn a_seat_whose_time_is_over_is_free_for_the_first_who_comes() {
    let servers = Servers::start(1).unwrap();
    let nodes = hasty(&servers, 2_000, folders(2)).await;
    let room = make(&nodes[0], r#"{"capacity":2}"#).await;
    join(&nodes[0], &room, "张三", room.host_token).await.hang_up().await;
    let mut sits = join(&nodes[0], &room, "李四", token()).await;
    // The first time nobody knows yet who is on the other node: one waits until it is known.
    for (name, at) in [("王五", 1), ("赵六", 0), ("钱七", 1)] {
        sits.hang_up().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        sits = join(&nodes[at], &room, name, token()).await;
        assert_eq!((sits.you.is_some(), &sits.refused), (true, &Vec::new()), "{name}");
        let events = log(&nodes[at], &room, room.host_token).await;
        let [.., left, joined] = &events[..] else { panic!("{events:?}") };
        assert!(matches!(left.fact, Fact::Left { why: LeftWhy::Away, .. }), "{events:?}");
        assert!(matches!(&joined.fact, Fact::Joined { name: who, .. } if who.as_str() == name), "{events:?}");
        assert!(joined.at.0 - left.at.0 < 1_000, "nobody had looked at the room before: {events:?}");
    }
}

#[tokio::test]
async fn who_is_silent_on_another_node_keeps_the_seat() {
    let servers = Servers::start(1).unwrap();
    let mut nodes = hasty(&servers, 300, folders(2)).await;
    let room = make(&nodes[0], r#"{"capacity":2}"#).await;
    join(&nodes[0], &room, "张三", room.host_token).await.hang_up().await;
    let mut li = join(&nodes[0], &room, "李四", token()).await;
    // Longer than a seat is held, or a room is kept in memory where nobody is.
    for restarted in [false, true] {
        if restarted {
            let data = nodes.remove(1).stop().await;
            nodes.extend(hasty(&servers, 300, [data]).await);
        }
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let wang = join(&nodes[1], &room, "王五", token()).await;
            assert_eq!(wang.refused, [(Code::RoomFull, None)]);
        }
    }
    li.say("我一直在").await;
    li.until_text("我一直在").await;
    assert_eq!(li.numbers().last(), Some(&4), "opened, two joined, one spoke");
}

#[tokio::test]
async fn how_far_somebody_has_read_is_known_on_every_node() {
    let servers = Servers::start(1).unwrap();
    let mut nodes = hasty(&servers, 60_000, folders(2)).await;
    let room = make(&nodes[0], r#"{"capacity":2}"#).await;
    let mut zhang = join(&nodes[0], &room, "张三", room.host_token).await;
    zhang.say("一").await;
    zhang.until_text("一").await;
    let first = zhang.events.last().unwrap().seq;
    zhang.send(&FromPage::Read { seq: first }).await;
    // On a node where nobody has been in that room, and which has it alone now.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let away = nodes.remove(0).stop().await;
    let mut zhang = join(&nodes[0], &room, "张三", room.host_token).await;
    let host = zhang.you.as_ref().unwrap().member;
    zhang.until("its mark", |client| client.marks.get(&host) == Some(&first)).await;

    // On a node that was not there when it was told.
    let told = async |zhang: &mut Client, text| {
        zhang.say(text).await;
        zhang.until_text(text).await;
        let seq = zhang.events.last().unwrap().seq;
        zhang.send(&FromPage::Read { seq }).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        seq
    };
    let second = told(&mut zhang, "二").await;
    nodes.extend(hasty(&servers, 60_000, [away]).await);
    let mut li = join(&nodes[1], &room, "李四", token()).await;
    li.until("the mark", |client| client.marks.get(&host) == Some(&second)).await;

    // Nor is it told now by anybody who is there.
    let away = nodes.remove(1).stop().await;
    let third = told(&mut zhang, "三").await;
    zhang.hang_up().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    nodes.extend(hasty(&servers, 60_000, [away]).await);
    let mut zhang = join(&nodes[1], &room, "张三", room.host_token).await;
    zhang.until("its mark", |client| client.marks.get(&host) == Some(&third)).await;
}

#[tokio::test]
async fn a_node_that_is_cut_off_takes_nobody_in_and_loses_nothing() {
    let mut servers = Servers::start(1).unwrap();
    let nodes = nodes(&servers, 2).await;
    let mut zhang = nodes[0].join("张三").await;
    let mut li = nodes[1].join("李四").await;
    servers.kill(0).unwrap();
    let id = zhang.say("说在断开时").await;
    let mut status = 200;
    while status != 503 {
        (status, _) = http(&nodes[0], "GET /readyz", "", "").await;
    }
    let refused = Client::try_connect(&nodes[0].address, "/ws?room=lobby", &[]).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 503));
    // Whoever is there is told to come again: another node may be better off.
    zhang.until_over().await;
    li.until_over().await;
    assert_eq!((zhang.bye, zhang.closed), (Some(ByeCode::Restarting), Some(1001)));
    servers.run(0).unwrap();
    while status != 200 {
        (status, _) = http(&nodes[0], "GET /readyz", "", "").await;
    }
    while http(&nodes[1], "GET /readyz", "", "").await.0 != 200 {}
    let mut zhang = Client::resume(&nodes[0].address, &zhang).await;
    let mut li = Client::resume(&nodes[1].address, &li).await;
    li.until_text("说在断开时").await;
    zhang.until_text("说在断开时").await;
    // The page sends it again, under its id.
    zhang.send(&FromPage::Say { id, text: "说在断开时".into(), reply_to: None }).await;
    zhang.until("its number", |client| !client.stored.is_empty()).await;
    assert_eq!((zhang.texts().len(), li.texts().len()), (1, 1));
}

/// A node as a process of its own, which can die.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(data: &TempDir, servers: &Servers) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        command.args(["--listen", &address, "--nats", &servers.urls().join(","), "--data"]).arg(data.path());
        command.args(["--log", "warn", "--nats-replicas", "1", "--nats-partitions", "2", "--no-limits"]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        Self { child, address }
    }

    async fn join(&self, name: &str) -> Client {
        while std::net::TcpStream::connect(&self.address).is_err() {
            tokio::task::yield_now().await;
        }
        let mut client = Client::connect(&self.address).await;
        client.join(name).await;
        client
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_people_of_a_node_that_dies_are_offline_within_15_seconds_and_keep_their_seats() {
    let servers = Servers::start(1).unwrap();
    let nodes = nodes(&servers, 1).await;
    let folder = TempDir::new().unwrap();
    let dies = Process::start(&folder, &servers);
    let li = dies.join("李四").await;
    let mut zhang = nodes[0].join("张三").await;
    zhang.until("both", |client| client.online.len() == 2).await;
    let died = Instant::now();
    drop(dies);
    zhang.until("one", |client| client.online == [client.you.as_ref().unwrap().member]).await;
    assert!(died.elapsed() < Duration::from_secs(15), "{:?}", died.elapsed());
    let back = Client::resume(&nodes[0].address, &li).await;
    assert_eq!(back.you.unwrap().member, li.you.unwrap().member);
    zhang.until("both again", |client| client.online.len() == 2).await;
}

#[tokio::test]
async fn a_node_with_a_damaged_index_stops_with_a_sentence() {
    let servers = Servers::start(1).unwrap();
    let good = node(&servers, Arc::new(TempDir::new().unwrap())).await;
    let bad = node(&servers, Arc::new(TempDir::new().unwrap())).await;
    let room = make(&good, r#"{"capacity":3}"#).await;
    let mut host = join(&good, &room, "张三", room.host_token).await;
    log_up_to(&bad, &room, room.host_token, Seq(2)).await;
    let data = bad.stop().await;
    let index = rusqlite::Connection::open(data.path().join("index.db")).unwrap();
    let damaged =
        index.execute("UPDATE rooms SET head = '?' WHERE head LIKE '%\"capacity\":3%'", []).unwrap();
    assert_eq!(damaged, 1);
    drop(index);
    let bad = node(&servers, data).await;
    host.say("一台坏了").await;
    host.until_text("一台坏了").await;
    let ended = bad.ended().await;
    assert!(matches!(ended, Err(ServeError::Cluster(ClusterError::Damaged(_)))), "{ended:?}");
    host.say("另一台还在").await;
    host.until_text("另一台还在").await;
}
