//! What is no fact, between nodes: who is where, how far somebody has read, who is writing. It travels past the streams,
//! may be lost, and is said again: who is there, every few seconds, and what is not said again fades. So do pairing codes, which are
//! said again less and less often and last for their ten minutes. A room where somebody
//! is comes into memory on every node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use shared::{Epoch, Millis, RoomId};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::config::PAIRING_CODES_TOLD;
use crate::edge::Edge;
use crate::pairing::CodeUpdate;
use crate::room::news::{Abroad, Versions};
use crate::rooms::Rooms;

use super::streams::Cluster;

/// Where nodes tell each other.
const SUBJECT: &str = "duiliao.news";

/// How often it is looked for something new to tell.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Every how manieth time all of it is told.
const ALL_EVERY: u32 = 12;

/// How much is told in one message: rooms, and what is told of each. NATS takes a megabyte; this is a third of it at most.
const AT_ONCE: usize = 4_000;

/// After how long all nodes have told all, in milliseconds: twice.
const ALL_WITHIN_MS: u64 = 8_000;

/// After how long without hearing itself a node has missed something, in milliseconds. It comes before what it heard fades.
const MISSED_MS: u64 = 7_000;

#[derive(Debug, Serialize, Deserialize)]
struct News {
    node: u64,
    rooms: Vec<Told>,
    /// Pairing codes that were made there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    codes: Vec<CodeUpdate>,
}

/// What is told of a room.
pub(super) type Told = (RoomId, Epoch, Abroad);

/// Since when a node hears the others without a pause, and up to when, as uptime. It hears itself too: that is how it knows.
#[derive(Debug, Default)]
pub(super) struct Hearing(Mutex<Option<(Millis, Millis)>>);

impl Hearing {
    fn heard(&self, now: Millis) {
        let mut hears = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = hears.filter(|(_, last)| now.0.saturating_sub(last.0) < MISSED_MS);
        *hears = Some((since.map_or(now, |(since, _)| since), now));
    }

    /// Whether it is known here who is connected to any node.
    pub(super) fn knows(&self, now: Millis) -> bool {
        let hears = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hears.is_some_and(|(since, last)| {
            now.0.saturating_sub(last.0) < MISSED_MS && since.0 + ALL_WITHIN_MS <= now.0
        })
    }
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
        let mut codes = rooms.codes.updates_for_peers(again, now);
        let mut alive = again;
        while alive || !news.is_empty() || !codes.is_empty() {
            alive = false;
            let mut much = 0;
            let fits = |(.., abroad): &&Told| {
                much += 1 + abroad.len();
                much <= AT_ONCE
            };
            let first = news.iter().take_while(fits).count().max(1).min(news.len());
            let rest = news.split_off(first);
            let codes = codes.split_off(codes.len().saturating_sub(PAIRING_CODES_TOLD));
            let news = News { node, rooms: std::mem::replace(&mut news, rest), codes };
            let bytes = serde_json::to_vec(&news).expect("news are plain data");
            if let Err(error) = cluster.client().publish(SUBJECT, bytes.into()).await {
                tracing::debug!(%error, "nobody was told who is here");
            }
        }
    }
}

/// Hears of those who are on other nodes. Where somebody is in a room that is not in memory, that goes to `load`.
pub(super) async fn hear(
    (cluster, node, hearing): (Arc<Cluster>, u64, Arc<Hearing>),
    (rooms, edge): (Arc<Rooms>, Arc<Edge>),
    load: mpsc::Sender<(u64, Told)>,
) {
    loop {
        match cluster.client().subscribe(SUBJECT).await {
            Ok(mut messages) => {
                while let Some(message) = messages.next().await {
                    let Ok(news) = serde_json::from_slice::<News>(&message.payload) else { continue };
                    if news.node == node {
                        hearing.heard(edge.uptime());
                        continue;
                    }
                    for update in news.codes {
                        rooms.codes.apply_peer_update(update, edge.uptime());
                    }
                    for told in news.rooms {
                        if let Some(told) = take(news.node, told, &rooms, &edge)
                            && !told.2.here.is_empty()
                            && load.send((news.node, told)).await.is_err()
                        {
                            return;
                        }
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "nobody is heard"),
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Takes in what another node tells of a room; gives it back if the room is not in memory.
pub(super) fn take(node: u64, (id, epoch, abroad): Told, rooms: &Rooms, edge: &Edge) -> Option<Told> {
    let Some(room) = rooms.get(id) else { return Some((id, epoch, abroad)) };
    if room.settings().epoch == epoch {
        room.hear_elsewhere(node, abroad, edge.uptime());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_known_after_a_while_without_a_pause() {
        let hearing = Hearing::default();
        assert!(!hearing.knows(Millis(100_000)));
        for at in [1_000, 4_000, 7_000] {
            hearing.heard(Millis(at));
        }
        assert!(!hearing.knows(Millis(8_999)));
        assert!(hearing.knows(Millis(9_000)) && hearing.knows(Millis(13_999)));
        assert!(!hearing.knows(Millis(14_000)), "it hears nothing");
        hearing.heard(Millis(14_000));
        hearing.heard(Millis(20_000));
        assert!(!hearing.knows(Millis(21_999)));
        assert!(hearing.knows(Millis(22_000)));
    }
}
