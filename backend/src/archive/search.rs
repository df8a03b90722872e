//! Searching a room: the index says which messages may hold a piece, the log says which do.
//!
//! What the index does not know yet is looked for in the log behind it. So a message is found once it is stored, by its newest
//! text only.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use shared::{Event, Fact, Hit, MemberId, Millis, Seq};

use super::reader;
use crate::config::SEARCH_BYTES;
use crate::search::Piece;
use crate::store::LogError;
use crate::store::codec::number;
use crate::store::words::{SEQ_BITS, phrase, row};

/// What is searched for, and where.
#[derive(Debug, Clone)]
pub struct Query {
    /// The room's life.
    pub life: i64,
    /// The piece.
    pub piece: Piece,
    /// The lowest number that may be read.
    pub floor: Seq,
    /// Only messages below this number.
    pub before: Option<Seq>,
    /// Only this member's messages.
    pub by: Option<MemberId>,
    /// Only messages from this moment on.
    pub since: Option<Millis>,
    /// Only messages before this moment.
    pub until: Option<Millis>,
    /// At most so many.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub hits: Vec<Hit>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It was stopped.
    #[error("the search took too long")]
    Stopped,
    /// The files cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Log and index, open for searching: a connection for each search at a time.
#[derive(Debug)]
pub struct Searcher(Vec<Mutex<Connection>>);

/// Rows of the index that may be it, newest first, with where they are.
const CANDIDATES: &str = "
    SELECT places.seq, records.event FROM words
    CROSS JOIN places ON places.life = ?1 AND places.seq = words.rowid - ?2
    CROSS JOIN records ON records.pos = places.pos
    WHERE words MATCH ?3 AND words.rowid >= ?2 + ?4 AND words.rowid < ?2 + ?5 ORDER BY words.rowid DESC";

/// No number of a message is as high.
const SEQ_END: i64 = 1 << SEQ_BITS;

/// After so many steps of SQLite's is asked whether to go on.
const STEPS: i32 = 1_000;

impl Searcher {
    /// Opens log and index in `folder`, for so many searches at a time; the ledger and the follower must have made them.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn open(folder: &Path, at_once: usize) -> Result<Self, LogError> {
        (0..at_once).map(|_| reader(folder).map(Mutex::new)).collect::<Result<_, _>>().map(Self)
    }

    /// Searches, until `stop` says so. Blocks.
    ///
    /// # Errors
    /// If it was stopped, or the log cannot be read.
    pub fn find(
        &self,
        query: &Query,
        stop: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Result<Found, SearchError> {
        let free = self.0.iter().find_map(|connection| connection.try_lock().ok());
        let connection = free.unwrap_or_else(|| self.0[0].lock().unwrap_or_else(PoisonError::into_inner));
        connection.progress_handler(STEPS, Some(stop.clone())).map_err(LogError::from)?;
        let found = Search { connection: &connection, query, stop: &stop }.run();
        connection.progress_handler(0, None::<fn() -> bool>).map_err(LogError::from)?;
        found
    }
}

impl From<rusqlite::Error> for SearchError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Log(error.into()),
        }
    }
}

/// One search.
struct Search<'a> {
    connection: &'a Connection,
    query: &'a Query,
    stop: &'a dyn Fn() -> bool,
}

impl Search<'_> {
    fn run(&self) -> Result<Found, SearchError> {
        let moment = self.connection.unchecked_transaction()?;
        // The index's moment comes first: it must not know more than the log.
        let indexed: i64 = moment.query_row("SELECT pos FROM progress", [], |row| row.get(0))?;
        let mut new = self.behind(indexed)?;
        let Query { life, piece, floor, before, by, .. } = self.query;
        let (low, high) = self.narrowed(number(*floor), before.map_or(SEQ_END, number).min(SEQ_END))?;
        let mut found = Found::default();
        let mut bytes = 0;
        // Whether it was a hit, and there is room for no other.
        let mut look = |event: Event| {
            let Some(hit) = self.hit(event) else { return false };
            bytes += serde_json::to_string(&hit).map_or(0, |json| json.len());
            found.more =
                found.hits.len() == self.query.limit || (bytes > SEARCH_BYTES && !found.hits.is_empty());
            if !found.more {
                found.hits.push(hit);
            }
            found.more
        };
        let mut candidates = self.connection.prepare_cached(CANDIDATES)?;
        let mut rows = candidates.query(params![life, row(*life, 0), phrase(piece, *by), low, high])?;
        let mut next = rows.next()?;
        loop {
            if (self.stop)() {
                return Err(SearchError::Stopped);
            }
            let old: Option<i64> = next.map(|row| row.get(0)).transpose()?;
            let newest = new.last_key_value().map(|(seq, _)| *seq);
            let Some(seq) = old.max(newest) else { break };
            // What is in both is read once, where the log has it now.
            let event = match new.remove(&seq) {
                Some(pos) => self.event(pos)?,
                None => match next {
                    Some(row) => parsed(seq, &row.get::<_, String>(1)?)?,
                    None => None,
                },
            };
            if old == Some(seq) {
                next = rows.next()?;
            }
            if event.is_some_and(&mut look) {
                break;
            }
        }
        Ok(found)
    }

    /// Messages that were said or edited behind a position: number and place.
    fn behind(&self, indexed: i64) -> Result<BTreeMap<i64, i64>, SearchError> {
        const SQL: &str = "SELECT pos, seq, event FROM records WHERE pos > ?1 AND life = ?2";
        let mut query = self.connection.prepare_cached(SQL)?;
        let mut rows = query.query([indexed, self.query.life])?;
        let mut new = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (pos, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
            match parsed(pos, &row.get::<_, String>(2)?)?.map(|event| event.fact) {
                Some(Fact::Said { .. }) => {
                    new.insert(seq, pos);
                }
                Some(Fact::Edited { target, .. }) if !new.contains_key(&number(target)) => {
                    if let Some(pos) = self.place(number(target))? {
                        new.insert(number(target), pos);
                    }
                }
                _ => {}
            }
        }
        Ok(new)
    }

    /// The numbers from `low` to below `high` that were given in the time that is asked for, as far as they are indexed.
    fn narrowed(&self, low: i64, high: i64) -> Result<(i64, i64), SearchError> {
        let Query { life, since, until, .. } = self.query;
        if since.is_none() && until.is_none() {
            return Ok((low, high));
        }
        const LAST: &str = "SELECT ifnull(max(seq), 0) FROM places WHERE life = ?1";
        let last: i64 = self.connection.prepare_cached(LAST)?.query_row([life], |row| row.get(0))?;
        let first_at = |moment: Millis| {
            let (mut low, mut high) = (1, last + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                let event = self.place(middle)?.map(|pos| self.event(pos)).transpose()?.flatten();
                if event.is_some_and(|event| event.at < moment) { low = middle + 1 } else { high = middle }
            }
            Ok::<_, SearchError>(low)
        };
        let from = since.map_or(Ok(low), first_at)?;
        let to = until.map_or(Ok(high), first_at)?;
        Ok((low.max(from), high.min(to)))
    }

    fn place(&self, seq: i64) -> Result<Option<i64>, SearchError> {
        const SQL: &str = "SELECT pos FROM places WHERE life = ?1 AND seq = ?2";
        let mut query = self.connection.prepare_cached(SQL)?;
        Ok(query.query_row([self.query.life, seq], |row| row.get(0)).optional()?)
    }

    fn event(&self, pos: i64) -> Result<Option<Event>, SearchError> {
        let mut query = self.connection.prepare_cached("SELECT event FROM records WHERE pos = ?1")?;
        let json: Option<String> = query.query_row([pos], |row| row.get(0)).optional()?;
        json.map_or(Ok(None), |json| parsed(pos, &json))
    }

    /// The event, if it is what is searched for.
    fn hit(&self, event: Event) -> Option<Hit> {
        let Query { piece, floor, before, by, since, until, .. } = self.query;
        let Fact::Said { by: author, text, .. } = &event.fact else { return None };
        let fits = *floor <= event.seq
            && before.is_none_or(|before| event.seq < before)
            && by.is_none_or(|by| by == *author)
            && since.is_none_or(|since| since <= event.at)
            && until.is_none_or(|until| event.at < until);
        let ranges = if fits { piece.ranges(text.as_str()) } else { Vec::new() };
        (!ranges.is_empty()).then_some(Hit { event, ranges })
    }
}

/// The event; nothing where a life ends.
fn parsed(pos: i64, json: &str) -> Result<Option<Event>, SearchError> {
    if json.is_empty() {
        return Ok(None);
    }
    let event = serde_json::from_str(json).map_err(|_| LogError::Damaged(pos))?;
    Ok(Some(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::follower::Follower;
    use crate::store::log::Log;

    #[test]
    fn a_search_reads_rows_newest_first_without_sorting_them() {
        let data = tempfile::TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        drop(Follower::open(data.path(), &log).unwrap());
        let searcher = Searcher::open(data.path(), 1).unwrap();
        let connection = searcher.0[0].lock().unwrap();
        let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {CANDIDATES}")).unwrap();
        let steps = query.query_map(params![1, 2, "\"a\"", 3, 4], |row| row.get::<_, String>(3)).unwrap();
        let plan = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
        assert!(plan.contains("words VIRTUAL TABLE") && !plan.contains("TEMP B-TREE"), "{plan}");
        assert!(!plan.contains("SCAN places") && !plan.contains("SCAN records"), "{plan}");
    }
}
