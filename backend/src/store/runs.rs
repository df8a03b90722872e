//! Where events are: in runs, by their numbers; and which may have an id.
//!
//! What one room appends in one go stands together, so a run is a row however many events it has.

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, OptionalExtension, Row};
use shared::{MemberId, MessageId, Seq};
use siphasher::sip::SipHasher24;

use super::IndexError;
use super::codec::number;

/// Of a run the first event's number and position; each next one stands one further. `ids` has of each id what [`Short`]
/// makes of it.
pub(super) const SCHEMA: &str = "
    CREATE TABLE runs (
        life INTEGER,
        seq INTEGER,
        pos INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (life, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ids (id INTEGER, pos INTEGER, PRIMARY KEY (id, pos)) STRICT, WITHOUT ROWID;
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

/// What makes of an id what it is known by: the moment it names, so that those of one moment stand together, and then 16
/// bits that nobody foresees who does not have the log. Of ids that are made to look alike each would have to be read.
#[derive(Debug)]
pub(crate) struct Short(SipHasher24);

impl Short {
    /// That of the log with this `id`, which leaves the machine in backups only.
    pub(crate) fn of(id: &[u8; 16]) -> Self {
        let key = blake3::derive_key("duiliao 2026 what an index knows ids by", id);
        Self(SipHasher24::new_with_key(key.first_chunk().expect("a key has 32 bytes")))
    }

    /// What the id that a member of a life gave is known by.
    pub(crate) fn id(&self, life: i64, by: MemberId, id: &MessageId) -> i64 {
        let mut whole = [0; 28];
        let (of_life, signed) = whole.split_at_mut(8);
        let (of_member, of_id) = signed.split_at_mut(4);
        of_life.copy_from_slice(&life.to_be_bytes());
        of_member.copy_from_slice(&by.0.to_be_bytes());
        of_id.copy_from_slice(id.as_bytes());
        let mut short = self.0.hash(&whole).to_be_bytes();
        short[..6].copy_from_slice(&id.as_bytes()[..6]);
        i64::from_be_bytes(short)
    }
}

/// Says that the record at a position may have an id. In rising order it costs least.
pub(crate) fn put_ids(index: &Connection, ids: &[(i64, i64)]) -> Result<(), IndexError> {
    let mut insert = index.prepare_cached("INSERT OR IGNORE INTO ids (id, pos) VALUES (?1, ?2)")?;
    for (id, pos) in ids {
        insert.execute([id, pos])?;
    }
    Ok(())
}

/// Where a record may be that has an id which is known by this.
pub(crate) fn with_id(index: &Connection, short: i64) -> Result<Vec<i64>, IndexError> {
    let mut query = index.prepare_cached("SELECT pos FROM ids WHERE id = ?1")?;
    let found = query.query_map([short], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Forgets the id of the record at a position.
pub(crate) fn forget_id(index: &Connection, short: i64, pos: i64) -> Result<(), IndexError> {
    index.prepare_cached("DELETE FROM ids WHERE id = ?1 AND pos = ?2")?.execute([short, pos])?;
    Ok(())
}

/// The numbers from `from` on and before `before`.
pub(crate) fn numbers(from: Seq, before: Seq) -> Range<i64> {
    number(from)..number(before)
}

#[cfg(test)]
mod tests {
    use shared::Millis;

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
    fn ids_that_are_made_to_look_alike_are_not_looked_at_together() {
        let (index, short) = (index(), Short::of(&[7; 16]));
        let id = |n: u16| {
            let [high, low] = n.to_be_bytes();
            MessageId::new(Millis(5), &[0, 0, 0, 0, 0, 0, 0, 0, high, low])
        };
        let known_by: Vec<_> = (0..5_000).map(|n| short.id(1, MemberId(1), &id(n))).collect();
        put_ids(&index, &known_by.iter().copied().zip(1..).collect::<Vec<_>>()).unwrap();
        for (known_by, pos) in known_by.into_iter().zip(1..) {
            let found = with_id(&index, known_by).unwrap();
            assert!(found.contains(&pos) && found.len() < 8, "{found:?}");
        }
        // Those of one moment stand together, whoever gave them, and those of a later one behind.
        let moment = |at, by| short.id(1, MemberId(by), &MessageId::new(Millis(at), &[9; 10])) >> 16;
        assert_eq!([moment(5, 1), moment(5, 2), moment(6, 1)], [5, 5, 6]);
        assert_ne!(Short::of(&[8; 16]).id(1, MemberId(1), &id(0)), short.id(1, MemberId(1), &id(0)));
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
