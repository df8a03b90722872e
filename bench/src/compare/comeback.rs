//! Everybody comes back after the server was killed, as pages do: with their tokens, and with what they heard last.

use std::collections::HashMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use shared::{After, FromServer};

use crate::crowd::{Crowd, Deaf, Listener};

use super::load::{PATIENCE, WARM_UP};
use super::peer::Peer;

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Comeback {
    pub(crate) work: String,
    pub(crate) connections: usize,
    /// From starting the process until the last connection has its `welcome`.
    pub(crate) seconds: f64,
    /// What the server used of its core until then.
    pub(crate) cpu_s: f64,
    /// Memory of the server's own that came with each connection, its share of the room's included, in bytes.
    pub(crate) memory_each: f64,
}

/// Fills rooms, kills the server, starts it again, and waits for all to be back.
///
/// # Errors
/// If somebody does not come back.
pub(crate) async fn run(work: &str, rooms: usize, seats: usize) -> anyhow::Result<Comeback> {
    let peer = Peer::Duiliao;
    let mut server = peer.start().await?;
    let mut places = peer.seats(&server, &vec![seats; rooms]).await?;
    let mut newest = Newest { seats, of: HashMap::new() };
    let mut crowd = Crowd::open(server.address, peer.dialect(), &places, PATIENCE, &mut newest)?;
    crowd.turns(WARM_UP, &mut Deaf)?;
    server.kill().await?;
    drop(crowd);
    for (who, place) in places.iter_mut().enumerate() {
        place.after = newest.of.get(&(who / seats)).cloned();
    }
    let start = Instant::now();
    server.revive().await?;
    let empty = server.memory()?;
    let mut crowd = Crowd::open(server.address, peer.dialect(), &places, PATIENCE, &mut Deaf)?;
    let (seconds, cpu_s) = (start.elapsed().as_secs_f64(), server.cpu()?.as_secs_f64());
    // What the first seconds of a connection need is given back.
    crowd.turns(2 * WARM_UP, &mut Deaf)?;
    let memory_each = server.memory()?.saturating_sub(empty) as f64 / places.len() as f64;
    server.kill().await?;
    Ok(Comeback { work: work.to_owned(), connections: places.len(), seconds, cpu_s, memory_each })
}

/// Where each room's log ends, from what its members are welcomed with.
struct Newest {
    seats: usize,
    of: HashMap<usize, After>,
}

impl Listener for Newest {
    fn hear(&mut self, who: usize, payload: &[u8], _: &mut Vec<u8>) {
        if !payload.starts_with(br#"{"type":"welcome""#) {
            return;
        }
        let welcome = std::str::from_utf8(payload).ok().and_then(|text| FromServer::decode(text).ok());
        if let Some(FromServer::Welcome { room, tail, .. }) = welcome {
            let newest =
                self.of.entry(who / self.seats).or_insert_with(|| After { epoch: room.epoch, seq: tail });
            newest.seq = newest.seq.max(tail);
        }
    }
}
