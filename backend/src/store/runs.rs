//! Where events are: in runs, by their numbers.
//!
//! What one room appends in one go stands together, and is a run. A row has the runs of 64 numbers, however many these are: what is
//! searched is read in such blocks.

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::Seq;

use super::IndexError;
use super::codec::number;

/// Of a row the first event's number and position, and its runs: of each, how far its first event is from these two, and how many it
/// has (a byte, four bytes with the lowest first, and a byte).
pub(super) const SCHEMA: &str = "
    CREATE TABLE runs (
        life INTEGER,
        seq INTEGER,
        pos INTEGER NOT NULL,
        runs BLOB NOT NULL,
        PRIMARY KEY (life, seq)
    ) STRICT, WITHOUT ROWID;
";

/// A row has numbers from a multiple of this on and before the next: those of a block.
const ROW_NUMBERS: i64 = super::filters::BLOCK_NUMBERS;

/// Two runs of a row are no further apart: all of them are within four bytes.
const APART_MAX: i64 = u32::MAX as i64 / ROW_NUMBERS;

/// Events of a life that stand one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) seq: i64,
    pub(crate) pos: i64,
    pub(crate) count: i64,
}

impl Run {
    /// One event.
    pub(crate) const fn of(seq: i64, pos: i64) -> Self {
        Self { seq, pos, count: 1 }
    }

    /// Takes this event in, if it is the next one, and of the same row.
    pub(crate) const fn take(&mut self, seq: i64, pos: i64) -> bool {
        let next = seq == self.end() && pos == self.pos + self.count && seq % ROW_NUMBERS != 0;
        self.count += next as i64;
        next
    }

    /// The number behind its last one.
    pub(crate) const fn end(self) -> i64 {
        self.seq + self.count
    }

    /// Number and position of each event.
    pub(crate) fn events(self) -> impl DoubleEndedIterator<Item = (i64, i64)> {
        (0..self.count).map(move |index| (self.seq + index, self.pos + index))
    }

    /// The position of each event.
    pub(crate) const fn positions(self) -> Range<i64> {
        self.pos..self.pos + self.count
    }

    /// Whether this one, which comes next, is in the same row.
    const fn is_beside(&self, next: &Self) -> bool {
        self.seq / ROW_NUMBERS == next.seq / ROW_NUMBERS && next.pos - self.pos <= APART_MAX
    }

    /// What of it has these numbers, if anything has.
    fn within(self, numbers: &Range<i64>) -> Option<Self> {
        let start = self.seq.max(numbers.start);
        let end = self.end().min(numbers.end);
        (start < end).then(|| Self { seq: start, pos: self.pos + start - self.seq, count: end - start })
    }
}

/// The runs of a row.
fn read(row: &Row<'_>) -> rusqlite::Result<Vec<Run>> {
    let (seq, pos): (i64, i64) = (row.get(0)?, row.get(1)?);
    let run = |[after, a, b, c, d, count]: &[u8; 6]| Run {
        seq: seq + i64::from(*after),
        pos: pos + i64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        count: i64::from(*count),
    };
    Ok(row.get_ref(2)?.as_blob()?.as_chunks().0.iter().map(run).collect())
}

/// The runs of a row as they are stored, if they fit.
fn written(row: &[Run]) -> Option<Vec<u8>> {
    let Run { seq, pos, .. } = *row.first()?;
    let mut bytes = Vec::with_capacity(6 * row.len());
    for run in row {
        bytes.push(u8::try_from(run.seq - seq).ok()?);
        bytes.extend(u32::try_from(run.pos - pos).ok()?.to_le_bytes());
        bytes.push(u8::try_from(run.count).ok()?);
    }
    Some(bytes)
}

/// Puts runs of a life in. A row that begins with the same number as one of these is the same with more runs.
pub(crate) fn put(index: &Connection, life: i64, runs: &[Run]) -> Result<(), IndexError> {
    let mut put = index.prepare_cached("REPLACE INTO runs (life, seq, pos, runs) VALUES (?1, ?2, ?3, ?4)")?;
    for row in runs.chunk_by(Run::is_beside) {
        let bytes = written(row).ok_or(IndexError::Damaged(life))?;
        put.execute(params![life, row[0].seq, row[0].pos, bytes])?;
    }
    Ok(())
}

/// The runs in the last row that begins before this number.
fn row_before(index: &Connection, life: i64, seq: i64) -> Result<Vec<Run>, IndexError> {
    const SQL: &str =
        "SELECT seq, pos, runs FROM runs WHERE life = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1";
    Ok(index.prepare_cached(SQL)?.query_row([life, seq], read).optional()?.unwrap_or_default())
}

/// The position of the event with this number.
pub(crate) fn place(index: &Connection, life: i64, seq: i64) -> Result<Option<i64>, IndexError> {
    let row = row_before(index, life, seq.saturating_add(1))?;
    let run = row.into_iter().find(|run| run.seq <= seq && seq < run.end());
    Ok(run.map(|run| run.pos + seq - run.seq))
}

/// The last number of a life, 0 if there is none; and the runs to which those behind it are to be added, before they are put in.
pub(crate) fn open(index: &Connection, life: i64) -> Result<(i64, Vec<Run>), IndexError> {
    let row = row_before(index, life, i64::MAX)?;
    let last = row.last().map_or(0, |run| run.end() - 1);
    let is_full = (last + 1) % ROW_NUMBERS == 0;
    Ok((last, if is_full { Vec::new() } else { row }))
}

/// Of runs that were put in, those to which the ones behind this number are to be added.
pub(crate) fn keep_open(runs: &mut Vec<Run>, last: i64) {
    let full = (last + 1) % ROW_NUMBERS == 0;
    let open = runs.chunk_by(Run::is_beside).next_back().filter(|_| !full).map_or(0, <[Run]>::len);
    runs.drain(..runs.len() - open);
}

/// The last number of a life; 0 if there is none.
pub(crate) fn last(index: &Connection, life: i64) -> Result<i64, IndexError> {
    Ok(open(index, life)?.0)
}

macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT seq, pos, runs FROM runs WHERE life = ?1 AND seq < ?3 AND seq >= ifnull(
                (SELECT max(seq) FROM runs WHERE life = ?1 AND seq <= ?2), 0) ORDER BY seq ",
            $order
        )
    };
}

/// The rows with some numbers of a life.
pub(crate) const RISING: &str = runs!("ASC");
/// The same, the last one first.
pub(crate) const FALLING: &str = runs!("DESC");

/// Hands runs of a life with these numbers to `take`, in rising order or the last one first, until it has enough.
pub(crate) fn each<E: From<rusqlite::Error>>(
    index: &Connection,
    (life, numbers): (i64, &Range<i64>),
    rising: bool,
    mut take: impl FnMut(Run) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    if numbers.is_empty() {
        return Ok(());
    }
    let mut query = index.prepare_cached(if rising { RISING } else { FALLING })?;
    let mut rows = query.query([life, numbers.start, numbers.end])?;
    while let Some(row) = rows.next()? {
        let mut runs = read(row)?;
        if !rising {
            runs.reverse();
        }
        for run in runs.into_iter().filter_map(|run| run.within(numbers)) {
            if take(run)?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Number and position of the events of a life from a number on and before another one.
pub(crate) fn places(
    index: &Connection,
    life: i64,
    numbers: &Range<i64>,
) -> Result<Vec<(Seq, i64)>, IndexError> {
    let mut places = Vec::new();
    each(index, (life, numbers), true, |run| {
        places.extend(run.events().map(|(seq, pos)| (Seq(seq.cast_unsigned()), pos)));
        Ok::<_, IndexError>(ControlFlow::Continue(()))
    })?;
    Ok(places)
}

/// Forgets the events of a life from this number on.
pub(crate) fn cut(index: &Connection, life: i64, from: i64) -> Result<(), IndexError> {
    let row = row_before(index, life, from)?;
    index.prepare_cached("DELETE FROM runs WHERE life = ?1 AND seq >= ?2")?.execute([life, from])?;
    let left: Vec<_> = row.into_iter().filter_map(|run| run.within(&(0..from))).collect();
    put(index, life, &left)
}

/// The numbers from `from` on and before `before`.
pub(crate) fn numbers(from: Seq, before: Seq) -> Range<i64> {
    number(from)..number(before)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn index() -> Connection {
        let index = Connection::open_in_memory().unwrap();
        index.execute_batch(SCHEMA).unwrap();
        put(&index, 7, &[Run { seq: 1, pos: 10, count: 3 }, Run { seq: 4, pos: 20, count: 2 }]).unwrap();
        put(&index, 8, &[Run::of(1, 13)]).unwrap();
        index
    }

    #[test]
    fn each_event_of_a_run_has_its_place() {
        let index = index();
        let places = |life| (0..8).map(|seq| place(&index, life, seq).unwrap()).collect::<Vec<_>>();
        assert_eq!(places(7), [None, Some(10), Some(11), Some(12), Some(20), Some(21), None, None]);
        assert_eq!(places(8), [None, Some(13), None, None, None, None, None, None]);
        assert_eq!([7, 8, 9].map(|life| last(&index, life).unwrap()), [5, 1, 0]);
        let some = |numbers: Range<i64>| {
            super::places(&index, 7, &numbers).unwrap().iter().map(|(seq, _)| seq.0).collect::<Vec<_>>()
        };
        assert_eq!((some(0..9), some(2..5), some(3..4)), (vec![1, 2, 3, 4, 5], vec![2, 3, 4], vec![3]));
        assert!(
            some(6..9).is_empty() && some(3..3).is_empty() && some(numbers(Seq(u64::MAX), Seq(6))).is_empty()
        );
    }

    proptest! {
        /// In a sound log numbers have no holes, and in no log positions fall.
        #[test]
        fn however_they_come_each_is_found_and_64_numbers_are_a_row(
            steps in vec((hole(), apart()), 1..300),
            at_once in 1..200_usize,
            asked in (0..320_i64, 0..320_i64),
        ) {
            let (index, mut at) = (index(), (0, 0));
            let places: Vec<_> = steps
                .into_iter()
                .map(|(hole, apart)| {
                    at = (at.0 + hole, at.1 + apart);
                    at
                })
                .collect();
            let mut runs: Vec<Run> = Vec::new();
            for some in places.chunks(at_once) {
                let (last, as_stored) = open(&index, 9).unwrap();
                prop_assert!(last < some[0].0);
                prop_assert_eq!(&runs, &as_stored);
                for (seq, pos) in some {
                    if !runs.last_mut().is_some_and(|run| run.take(*seq, *pos)) {
                        runs.push(Run::of(*seq, *pos));
                    }
                }
                put(&index, 9, &runs).unwrap();
                keep_open(&mut runs, some[some.len() - 1].0);
            }
            for seq in 0..=at.0 + 1 {
                let expected = places.iter().find(|(of, _)| *of == seq).map(|(_, pos)| *pos);
                prop_assert_eq!(place(&index, 9, seq).unwrap(), expected);
            }
            let far = places.windows(2).filter(|pair| pair[0].1 + APART_MAX / 2 < pair[1].1).count();
            let rows = "SELECT count(*) FROM runs WHERE life = 9";
            let rows: i64 = index.query_row(rows, [], |row| row.get(0)).unwrap();
            prop_assert!(rows <= at.0 / ROW_NUMBERS + 1 + i64::try_from(far).unwrap());
            let numbers = asked.0..asked.1;
            let within: Vec<_> = places.iter().copied().filter(|(seq, _)| numbers.contains(seq)).collect();
            for rising in [true, false] {
                let mut found = Vec::new();
                each(&index, (9, &numbers), rising, |run| {
                    let events: Vec<_> = run.events().collect();
                    found.push(events);
                    Ok::<_, IndexError>(ControlFlow::Continue(()))
                })
                .unwrap();
                if !rising {
                    found.reverse();
                }
                prop_assert_eq!(&found.concat(), &within);
            }
            cut(&index, 9, asked.0).unwrap();
            let left = places.iter().map(|(seq, _)| *seq).filter(|seq| *seq < asked.0).max().unwrap_or(0);
            prop_assert_eq!(last(&index, 9).unwrap(), left);
            prop_assert_eq!(last(&index, 7).unwrap(), 5, "others keep theirs");
        }
    }

    /// From one number to the next.
    fn hole() -> impl Strategy<Value = i64> {
        prop_oneof![30 => Just(1_i64), 1 => 2..70_i64]
    }

    /// From one position to the next.
    fn apart() -> impl Strategy<Value = i64> {
        prop_oneof![
            10 => Just(1_i64),
            10 => 2..900_i64,
            1 => Just(APART_MAX),
            1 => APART_MAX - 70..APART_MAX + 70
        ]
    }

    #[test]
    fn a_run_is_cut_where_it_ends_now() {
        let index = index();
        cut(&index, 7, 3).unwrap();
        assert_eq!((last(&index, 7).unwrap(), place(&index, 7, 2).unwrap()), (2, Some(11)));
        assert_eq!(last(&index, 8).unwrap(), 1, "others keep theirs");
        cut(&index, 7, 1).unwrap();
        assert_eq!(last(&index, 7).unwrap(), 0);
    }

    #[test]
    fn runs_are_read_in_their_order_and_never_sorted() {
        let index = index();
        for sql in [RISING, FALLING] {
            let mut query = index.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = query.query_map([1, 2, 3], |row| row.get::<_, String>(3)).unwrap();
            let plan = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
