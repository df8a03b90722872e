//! Whether an index is of a log. The copies of one cluster have the same id, and numbers of their own for rooms and positions: so the
//! content decides.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::codec;
use super::log::{self, Log};
use super::{IndexError, LogError, open_to_read, runs, schema};

/// The index of `log` in `folder`, which is made anew if it does not fit; the position up to which it goes; and the log, open for
/// reading.
///
/// # Errors
/// If one of the two cannot be used.
pub(crate) fn open(folder: &Path, log: &Log) -> Result<(Connection, i64, Connection), LogError> {
    let (id, last) = (log.id()?, log.last());
    let (index, pos) = schema::open(folder, id, last)?;
    let log = open_to_read(&folder.join(log::FILE))?;
    match fits(&index, &log) {
        Ok(true) => return Ok((index, pos, log)),
        Ok(false) => tracing::warn!("the index is not of this log, and is made anew"),
        // It holds nothing that the log does not.
        Err(LogError::Index(error)) => tracing::warn!(%error, "the index is damaged, and is made anew"),
        Err(error) => return Err(error),
    }
    drop(index);
    schema::remove(folder).map_err(IndexError::from)?;
    let (index, pos) = schema::open(folder, id, last)?;
    Ok((index, pos, log))
}

/// Rooms that are compared, the newest first: it takes a few milliseconds.
const ROOMS: i64 = 200;

/// Whether the first and the last event that the index has of each of the newest rooms stand in the log where it says, and the rooms
/// are in the epochs that it says.
///
/// # Errors
/// If one of the two cannot be read.
fn fits(index: &Connection, log: &Connection) -> Result<bool, LogError> {
    const ROOM: &str = "SELECT life, head FROM rooms WHERE fate = 0 ORDER BY life DESC LIMIT ?1";
    let mut query = index.prepare(ROOM).map_err(IndexError::from)?;
    let rooms = query
        .query_map([ROOMS], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect::<Result<Vec<(i64, Option<String>)>, _>>)
        .map_err(IndexError::from)?;
    for (life, head) in rooms {
        let mut epochs = log.prepare_cached("SELECT epoch FROM lives WHERE life = ?1")?;
        let stored: Option<String> = epochs.query_row([life], |row| row.get(0)).optional()?;
        let indexed = head.and_then(|head| epoch(&head));
        if stored.is_some() && indexed.is_some() && stored != indexed {
            return Ok(false);
        }
        for seq in [1, runs::last(index, life)?] {
            let Some(pos) = runs::place(index, life, seq)? else { continue };
            let found = codec::at(log, pos, |stored| Ok::<_, LogError>((stored.life, stored.seq)))?;
            if found != Some((life, seq)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The epoch of a room that is kept.
fn epoch(head: &str) -> Option<String> {
    let head: serde_json::Value = serde_json::from_str(head).ok()?;
    Some(head.get("settings")?.get("epoch")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use shared::{Epoch, Event, Fact, Millis, RoomId, Seq};
    use tempfile::TempDir;

    use crate::archive::follower::Follower;
    use crate::room::proposal::{Private, Record, Settings};
    use crate::room::tail::Entry;
    use crate::store::log::Log;

    /// Opens these rooms, in this order.
    fn open(folder: &Path, rooms: [u8; 2]) {
        let mut log = Log::open(folder).expect("a log");
        log.begin().expect("a batch");
        for room in rooms {
            let settings = Settings::lobby(Epoch::new(&[room; 8]), 0);
            let life = log.begin_life(RoomId::Link([room; 16]), &settings.epoch).expect("a life");
            let fact = Fact::Opened { capacity: 2, title: None };
            let event = Event { seq: Seq(1), at: Millis(5), fact };
            let record = Record { event, private: Private::Opened(Box::new(settings)) };
            log.append(life, &Entry::new(&record.event), &record).expect("a record");
        }
        log.commit().expect("a commit");
    }

    fn indexed_up_to(folder: &Path) -> i64 {
        let log = Log::open(folder).expect("a log");
        Follower::open(folder, &log).expect("an index").pos()
    }

    #[test]
    fn an_index_of_another_copy_is_made_anew() {
        let [one, other] = [(), ()].map(|()| TempDir::new().expect("a folder"));
        drop(Log::open(one.path()).expect("a log"));
        fs::copy(one.path().join("log.db"), other.path().join("log.db")).expect("a copy, with the same id");
        open(one.path(), [1, 2]);
        open(other.path(), [2, 1]);
        let log = Log::open(one.path()).expect("a log");
        Follower::open(one.path(), &log).expect("an index").catch_up().expect("all of it");
        drop(log);
        assert_eq!(indexed_up_to(one.path()), 2);
        fs::copy(one.path().join("index.db"), other.path().join("index.db")).expect("the other's index");
        assert_eq!(indexed_up_to(other.path()), 0);
    }
}
