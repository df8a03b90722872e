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

/// A row has numbers from a multiple of this on and before the next.
const ROW_NUMBERS: i64 = 64;

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

    /// What of it has these numbers.
    fn within(self, numbers: &Range<i64>) -> Self {
        let start = self.seq.max(numbers.start);
        let end = self.end().min(numbers.end);
        Self { seq: start, pos: self.pos + start - self.seq, count: (end - start).max(0) }
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

/// Puts runs of a life in. A row that begins with the same number as one of these is the same with more runs.
pub(crate) fn put(index: &Connection, life: i64, runs: &[Run]) -> Result<(), IndexError> {
    let mut put = index.prepare_cached("REPLACE INTO runs (life, seq, pos, runs) VALUES (?1, ?2, ?3, ?4)")?;
    let mut bytes = Vec::new();
    for row in runs.chunk_by(Run::is_beside) {
        let Run { seq, pos, .. } = row[0];
        bytes.clear();
        for run in row {
            let [after, count] = [run.seq - seq, run.count].map(u8::try_from);
            bytes.push(after.map_err(|_| IndexError::Damaged(life))?);
            bytes.extend(u32::try_from(run.pos - pos).map_err(|_| IndexError::Damaged(life))?.to_le_bytes());
            bytes.push(count.map_err(|_| IndexError::Damaged(life))?);
        }
        put.execute(params![life, seq, pos, bytes])?;
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
        for run in runs.into_iter().map(|run| run.within(numbers)).filter(|run| run.count > 0) {
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
    let left: Vec<_> =
        row.into_iter().map(|run| run.within(&(0..from))).filter(|run| run.count > 0).collect();
    put(index, life, &left)
}

/// The numbers from `from` on and before `before`.
pub(crate) fn numbers(from: Seq, before: Seq) -> Range<i64> {
    number(from)..number(before)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn however_they_come_64_numbers_are_a_row_unless_they_are_very_far_apart() {
        // Alone, by two and by three; behind the hundredth the log goes on elsewhere for long.
        let far = |seq| if seq > 100 { 3 * APART_MAX } else { 0 };
        let places: Vec<_> = (1..=300).map(|seq| (seq, 10 * seq - seq % 6 / 2 * 9 + far(seq))).collect();
        for at_once in [1, 3, 64, 300] {
            let index = index();
            for some in places.chunks(at_once) {
                let (last, mut runs) = open(&index, 9).unwrap();
                assert_eq!(last + 1, some[0].0);
                for (seq, pos) in some {
                    if !runs.last_mut().is_some_and(|run| run.take(*seq, *pos)) {
                        runs.push(Run::of(*seq, *pos));
                    }
                }
                put(&index, 9, &runs).unwrap();
            }
            let rows: i64 =
                index.query_row("SELECT count(*) FROM runs WHERE life = 9", [], |row| row.get(0)).unwrap();
            assert_eq!(rows, 6, "five blocks, one of them in two rows");
            assert!(places.iter().all(|(seq, pos)| place(&index, 9, *seq).unwrap() == Some(*pos)));
            for (rising, from, end) in [(true, 0, 999), (false, 0, 999), (true, 63, 130), (false, 99, 102)] {
                let mut found = Vec::new();
                each(&index, (9, &(from..end)), rising, |run| {
                    let mut events: Vec<_> = run.events().collect();
                    if !rising {
                        events.reverse();
                    }
                    found.extend(events);
                    Ok::<_, IndexError>(ControlFlow::Continue(()))
                })
                .unwrap();
                let mut expected: Vec<_> =
                    places.iter().copied().filter(|(seq, _)| (from..end).contains(seq)).collect();
                if !rising {
                    expected.reverse();
                }
                assert_eq!(found, expected);
            }
            for left in [299, 130, 128, 127, 102, 100, 1] {
                cut(&index, 9, left + 1).unwrap();
                let places = super::places(&index, 9, &(0..999)).unwrap();
                assert_eq!((places.len() as i64, last(&index, 9).unwrap()), (left, left));
            }
        }
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
