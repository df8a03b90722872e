//! What is no fact, between nodes: who is where, how far somebody has read, who is writing. It travels past the streams,
//! may be lost, and is said again: who is there, every few seconds, and what is not said again fades.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use shared::{Epoch, RoomId};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::edge::Edge;
use crate::room::news::{Abroad, Versions};
use crate::rooms::Rooms;

use super::streams::Cluster;

/// Where nodes tell each other.
const SUBJECT: &str = "duiliao.news";

/// How often it is looked for something new to tell.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Every how manieth time all of it is told.
const ALL_EVERY: u32 = 12;

/// Rooms that are told of in one message.
const ROOMS_AT_ONCE: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct News {
    node: u64,
    rooms: Vec<(RoomId, Epoch, Abroad)>,
}

/// Tells the others of those who are here.
pub(super) async fn tell(cluster: Arc<Cluster>, node: u64, rooms: Arc<Rooms>, edge: Arc<Edge>) {
    let mut told: HashMap<RoomId, (i64, Versions)> = HashMap::new();
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for count in 0_u32.. {
        looks.tick().await;
        let (again, now) = (count % ALL_EVERY == 0, edge.uptime());
        let (mut news, mut loaded) = (Vec::new(), HashMap::with_capacity(told.len()));
        rooms.each(|id, room| {
            let before = told.get(&id).filter(|(life, _)| *life == room.life());
            let mut versions = before.map(|(_, versions)| *versions).unwrap_or_default();
            if let Some(abroad) = room.told_elsewhere(&mut versions, again, now) {
                news.push((id, room.settings().epoch.clone(), abroad));
            }
            loaded.insert(id, (room.life(), versions));
        });
        told = loaded;
        while !news.is_empty() {
            let rest = news.split_off(news.len().min(ROOMS_AT_ONCE));
            let news = News { node, rooms: std::mem::replace(&mut news, rest) };
            let bytes = serde_json::to_vec(&news).expect("news are plain data");
            if let Err(error) = cluster.client().publish(SUBJECT, bytes.into()).await {
                tracing::debug!(%error, "nobody was told who is here");
            }
        }
    }
}

/// Hears of those who are on other nodes.
pub(super) async fn hear(cluster: Arc<Cluster>, node: u64, rooms: Arc<Rooms>, edge: Arc<Edge>) {
    loop {
        match cluster.client().subscribe(SUBJECT).await {
            Ok(mut told) => {
                while let Some(message) = told.next().await {
                    let Ok(news) = serde_json::from_slice::<News>(&message.payload) else { continue };
                    if news.node != node {
                        take(news, &rooms, &edge);
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "nobody is heard"),
        }
        sleep(LOOK_EVERY).await;
    }
}

fn take(news: News, rooms: &Rooms, edge: &Edge) {
    let now = edge.uptime();
    for (id, epoch, abroad) in news.rooms {
        if let Some(room) = rooms.get(id).filter(|room| room.settings().epoch == epoch) {
            room.hear_elsewhere(news.node, abroad, now);
        }
    }
}
