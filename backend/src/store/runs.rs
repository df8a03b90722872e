//! Where events are: in runs, by their numbers.
//!
//! What one room appends in one go stands together, so a run is a row however many events it has.

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, OptionalExtension, Row};
use shared::Seq;

use super::IndexError;
use super::codec::number;

/// Of a run the first event's number and position; each next one stands one further.
pub(super) const SCHEMA: &str = "
    CREATE TABLE runs (
        life INTEGER,
        seq INTEGER,
        pos INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (life, seq)
    ) STRICT, WITHOUT ROWID;
";

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

    /// Takes this event in, if it is the next one.
    pub(crate) fn take(&mut self, seq: i64, pos: i64) -> bool {
        let next = (seq, pos) == (self.seq + self.count, self.pos + self.count);
        self.count += i64::from(next);
        next
    }

    /// Number and position of each event.
    pub(crate) fn events(self) -> impl DoubleEndedIterator<Item = (i64, i64)> {
        (0..self.count).map(move |index| (self.seq + index, self.pos + index))
    }

    /// The position of each event.
    pub(crate) const fn positions(self) -> Range<i64> {
        self.pos..self.pos + self.count
    }

    /// What of it has these numbers.
    fn within(self, numbers: &Range<i64>) -> Self {
        let start = self.seq.max(numbers.start);
        let end = (self.seq + self.count).min(numbers.end);
        Self { seq: start, pos: self.pos + start - self.seq, count: (end - start).max(0) }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { seq: row.get(0)?, pos: row.get(1)?, count: row.get(2)? })
    }
}

/// Puts runs of a life in.
pub(crate) fn put(index: &Connection, life: i64, runs: &[Run]) -> Result<(), IndexError> {
    let mut insert =
        index.prepare_cached("INSERT INTO runs (life, seq, pos, count) VALUES (?1, ?2, ?3, ?4)")?;
    for Run { seq, pos, count } in runs {
        insert.execute([life, *seq, *pos, *count])?;
    }
    Ok(())
}

/// The position of the event with this number.
pub(crate) fn place(index: &Connection, life: i64, seq: i64) -> Result<Option<i64>, IndexError> {
    const SQL: &str =
        "SELECT seq, pos, count FROM runs WHERE life = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1";
    let run = index.prepare_cached(SQL)?.query_row([life, seq], Run::read).optional()?;
    Ok(run.filter(|run| seq < run.seq + run.count).map(|run| run.pos + seq - run.seq))
}

/// The last number of a life; 0 if there is none.
pub(crate) fn last(index: &Connection, life: i64) -> Result<i64, IndexError> {
    const SQL: &str = "SELECT seq, pos, count FROM runs WHERE life = ?1 ORDER BY seq DESC LIMIT 1";
    let run = index.prepare_cached(SQL)?.query_row([life], Run::read).optional()?;
    Ok(run.map_or(0, |run| run.seq + run.count - 1))
}

macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT seq, pos, count FROM runs WHERE life = ?1 AND seq < ?3 AND seq >= ifnull(
                (SELECT max(seq) FROM runs WHERE life = ?1 AND seq <= ?2), 0) ORDER BY seq ",
            $order
        )
    };
}

/// The runs of some numbers of a life.
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
        if take(Run::read(row)?.within(numbers))?.is_break() {
            break;
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
    const SHORTEN: &str =
        "UPDATE runs SET count = ?2 - seq WHERE life = ?1 AND seq < ?2 AND ?2 < seq + count";
    index.prepare_cached("DELETE FROM runs WHERE life = ?1 AND seq >= ?2")?.execute([life, from])?;
    index.prepare_cached(SHORTEN)?.execute([life, from])?;
    Ok(())
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
