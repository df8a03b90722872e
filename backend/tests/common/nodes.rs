//! Several nodes of a cluster, and what each of them has.

use std::sync::Arc;
use std::time::Instant;

use backend::config::{Config, Nats};
use backend::edge::Edge;
use backend::serve::{self, ServeError};
use cluster::Servers;
use futures_util::future::join_all;
use shared::{After, Event, EventPage, FromPage, Join, RoomMade, Seq, Token, VERSION};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::rooms::{bearer, http};
use super::{PATIENCE, TestServer};

/// Where nodes meet, with so many copies of each stream.
pub fn meet_at(servers: &Servers, replicas: usize) -> Nats {
    let servers = servers.urls().join(",").parse().unwrap();
    Nats { servers, partitions: 2, replicas }
}

/// So many nodes that meet at these servers.
pub async fn nodes(servers: &Servers, count: usize) -> Vec<TestServer> {
    let meet = meet_at(servers, servers.count());
    join_all((0..count).map(|_| TestServer::with(|config| config.nats = Some(meet.clone())))).await
}

pub async fn node(servers: &Servers, data: Arc<TempDir>) -> TestServer {
    TestServer::on(data, |config| config.nats = Some(meet_at(servers, servers.count()))).await
}

/// Why a node does not start on this folder.
pub async fn refuses(data: &TempDir, nats: Option<Nats>) -> ServeError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config { nats, ..Config::new(data.path().to_owned(), data.path().join("dist")) };
    let runs = Box::pin(serve::run(listener, config, Edge::system(), std::future::pending()));
    tokio::time::timeout(2 * PATIENCE, runs).await.unwrap().unwrap_err()
}

pub fn wish(room: &RoomMade, name: &str, token: Token, after: Option<After>) -> FromPage {
    let (room, name, token) = (room.room.to_string(), name.to_owned(), Some(token));
    FromPage::Join(Join { v: VERSION, room, name, token, after })
}

/// All events of a room, as a node has them.
pub async fn log(node: &TestServer, room: &RoomMade, reader: Token) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(Seq(0), |event| event.seq);
        let path = format!("GET /api/rooms/{}/events?after={after}&limit=200", room.room);
        let (status, body) = http(node, &path, &bearer(reader), "").await;
        if status == 401 {
            // This node does not know the reader's seat yet.
            return events;
        }
        assert_eq!(status, 200, "{body}");
        let page: EventPage = serde_json::from_str(&body).unwrap();
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}

/// The same, once it has come as far.
pub async fn log_up_to(node: &TestServer, room: &RoomMade, reader: Token, last: Seq) -> Vec<Event> {
    let began = Instant::now();
    loop {
        let events = log(node, room, reader).await;
        if events.last().is_some_and(|event| event.seq >= last) || began.elapsed() > PATIENCE {
            return events;
        }
        tokio::task::yield_now().await;
    }
}
