//! Searching a room: the index says which blocks of messages may hold a piece, the log says which messages do.
//!
//! What the index does not know yet is looked for in the log behind it. So a message is found once it is stored, by its newest
//! text only.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row};
use shared::{Event, Fact, Hit, MemberId, Millis, Seq};

use super::{moment, reader};
use crate::config::SEARCH_BYTES;
use crate::search::Piece;
use crate::store::codec::{self, Stored, number};
use crate::store::filters::{Block, Wanted};
use crate::store::runs;
use crate::store::{IndexError, LogError};

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
    /// Members whose latest message is among those that may be read, the last one first; only with the first page.
    pub authors: Vec<MemberId>,
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

/// The filters of a room's blocks, newest first.
const FILTERS: &str = "SELECT block, bits FROM filters WHERE block >= ?1 AND block <= ?2 ORDER BY block DESC";

/// Members who said something at this moment or later.
const AUTHORS: &str = "SELECT member FROM members WHERE life = ?1 AND state ->> 'said_at' >= ?2
    ORDER BY state ->> 'said_at' DESC LIMIT ?3";

/// Most authors that are told.
const AUTHORS_MAX: i64 = 200;

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
        let search = Search { connection: &connection, query, stop: &stop };
        let found = search.run().and_then(|found| match query.before {
            None => Ok(Found { authors: search.authors()?, ..found }),
            Some(_) => Ok(found),
        });
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

impl From<IndexError> for SearchError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Sqlite(error) => error.into(),
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
        let (_moment, indexed) = moment(self.connection)?;
        let new = self.behind(indexed)?;
        let (low, high) = self.narrowed(new.last_key_value().map_or(0, |(seq, _)| *seq))?;
        if high < low {
            return Ok(Found::default());
        }
        let Query { life, piece, by, .. } = self.query;
        let wanted = Wanted::new(piece, *by);
        let (oldest, mut block) = (Block::of(*life, low), Block::of(*life, high));
        let mut filters = self.connection.prepare_cached(FILTERS)?;
        let first = wanted.parts().next().expect("a piece is not empty");
        let mut rows = filters.query([oldest.row(first), block.row(first)])?;
        let mut next = rows.next()?;
        let mut page = Page::of(self.query);
        while oldest <= block {
            if (self.stop)() {
                return Err(SearchError::Stopped);
            }
            let filter = next.filter(|row| row.get(0) == Ok(block.row(first)));
            let may = match filter.map(|row| row.get_ref(1)).transpose()?.map(|bits| bits.as_blob()) {
                Some(Ok(bits)) => wanted.may_be_in(first, bits) && self.may_be_in(block, &wanted)?,
                _ => true,
            };
            if filter.is_some() {
                next = rows.next()?;
            }
            let numbers = block.first().max(number(low))..block.end().min(number(high) + 1);
            // What is new is looked at in any case: it may have another text by now.
            let mut events = if may { self.events(&numbers)? } else { BTreeMap::new() };
            for (seq, pos) in new.range(numbers) {
                events.extend(self.event(*pos)?.map(|event| (*seq, event)));
            }
            if self.fill(&mut page, events)? {
                break;
            }
            block = block.before();
        }
        Ok(page.found)
    }

    /// Takes the hits of a block, the newest first; whether the page is full.
    fn fill(&self, page: &mut Page, events: BTreeMap<i64, Event>) -> Result<bool, SearchError> {
        for event in events.into_values().rev() {
            if (self.stop)() {
                return Err(SearchError::Stopped);
            }
            if self.hit(event).is_some_and(|hit| page.is_full_for(hit)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Members who said something that may be read, as far as it is indexed.
    fn authors(&self) -> Result<Vec<MemberId>, SearchError> {
        let floor = self.place(number(self.query.floor))?.map(|pos| self.event(pos)).transpose()?.flatten();
        let Some(floor) = floor else { return Ok(Vec::new()) };
        let mut authors = self.connection.prepare_cached(AUTHORS)?;
        let limits = (self.query.life, floor.at.0.cast_signed(), AUTHORS_MAX);
        let authors = authors.query_map(limits, |row| row.get(0).map(MemberId))?;
        Ok(authors.collect::<Result<_, _>>()?)
    }

    /// Messages that were said or edited behind a position: number and place.
    fn behind(&self, indexed: i64) -> Result<BTreeMap<i64, i64>, SearchError> {
        let mut new = BTreeMap::new();
        let _ = codec::behind(self.connection, (self.query.life, indexed), true, |stored| {
            match parsed(&stored)?.map(|event| event.fact) {
                Some(Fact::Said { .. }) => {
                    new.insert(stored.seq, stored.pos);
                }
                Some(Fact::Edited { target, .. }) if !new.contains_key(&number(target)) => {
                    if let Some(pos) = self.place(number(target))? {
                        new.insert(number(target), pos);
                    }
                }
                _ => {}
            }
            Ok::<_, SearchError>(ControlFlow::Continue(()))
        })?;
        Ok(new)
    }

    /// The lowest and the highest number that can be it, if `newest` is the newest that is not indexed.
    fn narrowed(&self, newest: i64) -> Result<(Seq, Seq), SearchError> {
        let Query { life, floor, before, since, until, .. } = self.query;
        let last = runs::last(self.connection, *life)?;
        // Of what is not indexed none is left out.
        let first_at = |moment: Millis| {
            let (mut low, mut high) = (1, last + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                let event = self.place(middle)?.map(|pos| self.event(pos)).transpose()?.flatten();
                if event.is_some_and(|event| event.at < moment) { low = middle + 1 } else { high = middle }
            }
            Ok::<_, SearchError>(low)
        };
        let low = since.map_or(Ok(1), first_at)?.max(number(*floor));
        let end = until.map(first_at).transpose()?.filter(|end| *end <= last);
        let before = before.map_or(i64::MAX, number);
        let end = end.unwrap_or(i64::MAX).min(before).min(last.max(newest) + 1);
        Ok((Seq(low.cast_unsigned()), Seq(end.saturating_sub(1).max(0).cast_unsigned())))
    }

    /// Whether the other filters of a block do not say that it is not there.
    fn may_be_in(&self, block: Block, wanted: &Wanted) -> Result<bool, SearchError> {
        let mut filter = self.connection.prepare_cached("SELECT bits FROM filters WHERE block = ?1")?;
        for part in wanted.parts().skip(1) {
            let may =
                |row: &Row<'_>| Ok(row.get_ref(0)?.as_blob().is_ok_and(|bits| wanted.may_be_in(part, bits)));
            if filter.query_row([block.row(part)], may).optional()? == Some(false) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The events with these numbers.
    fn events(&self, numbers: &Range<i64>) -> Result<BTreeMap<i64, Event>, SearchError> {
        let mut events = BTreeMap::new();
        runs::each(self.connection, (self.query.life, numbers), true, |run| {
            codec::range(self.connection, &run.positions(), true, |stored| {
                events.extend(parsed(&stored)?.map(|event| (stored.seq, event)));
                Ok::<_, SearchError>(ControlFlow::Continue(()))
            })
        })?;
        Ok(events)
    }

    fn place(&self, seq: i64) -> Result<Option<i64>, SearchError> {
        Ok(runs::place(self.connection, self.query.life, seq)?)
    }

    fn event(&self, pos: i64) -> Result<Option<Event>, SearchError> {
        Ok(codec::at(self.connection, pos, |stored| parsed(&stored))?.flatten())
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

/// Hits, until there are enough of them.
struct Page {
    found: Found,
    limit: usize,
    bytes: usize,
}

impl Page {
    const fn of(query: &Query) -> Self {
        Self {
            found: Found { hits: Vec::new(), more: false, authors: Vec::new() },
            limit: query.limit,
            bytes: 0,
        }
    }

    /// Whether there is no room for this one and any other.
    fn is_full_for(&mut self, hit: Hit) -> bool {
        self.bytes += serde_json::to_string(&hit).map_or(0, |json| json.len());
        let Found { hits, more, .. } = &mut self.found;
        *more = hits.len() == self.limit || (self.bytes > SEARCH_BYTES && !hits.is_empty());
        if !*more {
            hits.push(hit);
        }
        *more
    }
}

/// The event; nothing where a life ends.
fn parsed(stored: &Stored<'_>) -> Result<Option<Event>, SearchError> {
    if stored.is_end() {
        return Ok(None);
    }
    Ok(Some(stored.event().ok_or(LogError::Damaged(stored.pos))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::follower::Follower;
    use crate::store::log::Log;

    #[test]
    fn a_search_that_is_stopped_while_it_looks_for_a_place_is_no_failure() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE runs (life, seq, pos, runs)").unwrap();
        connection.progress_handler(1, Some(|| true)).unwrap();
        let query = Query {
            life: 1,
            piece: Piece::parse("会").unwrap(),
            floor: Seq(1),
            before: None,
            by: None,
            since: None,
            until: None,
            limit: 1,
        };
        let search = Search { connection: &connection, query: &query, stop: &|| true };
        assert!(matches!(search.place(1), Err(SearchError::Stopped)));
        assert!(matches!(search.narrowed(0), Err(SearchError::Stopped)));
    }

    #[test]
    fn a_search_reads_rows_newest_first_without_sorting_them() {
        let data = tempfile::TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        drop(Follower::open(data.path(), &log).unwrap());
        let searcher = Searcher::open(data.path(), 1).unwrap();
        let connection = searcher.0[0].lock().unwrap();
        for (sql, parameters) in [(FILTERS, 2), (codec::RANGE[0], 2), (codec::AT, 1)] {
            let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps =
                query.query_map(rusqlite::params_from_iter(1..=parameters), |row| row.get(3)).unwrap();
            let plan = steps.collect::<Result<Vec<String>, _>>().unwrap().join("\n");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
