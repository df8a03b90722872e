//! Where an id stands that a member has used: what comes again is found by it, however late.
//!
//! A member's ids rise with the numbers of its events, but for a few. So of [`STRETCH`] numbers of a life it is enough to have the
//! member's first id: one that rose stands there, or a little behind. One that did not rise has its own place.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};
use shared::{MemberId, MessageId};

use super::IndexError;

/// `astray` is 1 for an id that did not rise.
pub(super) const SCHEMA: &str = "
    CREATE TABLE ids (
        life INTEGER,
        member INTEGER,
        astray INTEGER,
        id BLOB,
        seq INTEGER NOT NULL,
        PRIMARY KEY (life, member, astray, id)
    ) STRICT, WITHOUT ROWID;
";

/// How many numbers of a life are looked through for an id, at most: as many events are read when one comes again.
const STRETCH: i64 = 32;

/// An id that a member has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) by: MemberId,
    pub(crate) id: MessageId,
    /// The number it was used for.
    pub(crate) seq: i64,
    /// Whether it is greater than all that this member used before.
    pub(crate) rises: bool,
}

/// Takes in one more of a life, in the order of their numbers, unless those before lead to it.
pub(crate) fn take(uses: &mut Vec<Used>, used: Used) {
    let beside = |other: &&Used| stretch(other.seq) == stretch(used.seq);
    let leads = |other: &Used| other.rises && other.by == used.by;
    if !(used.rises && uses.iter().rev().take_while(beside).any(leads)) {
        uses.push(used);
    }
}

/// Puts in those of a life that were used from a number on.
pub(crate) fn put(index: &Connection, life: i64, from: i64, uses: &mut [Used]) -> Result<(), IndexError> {
    const LAST: &str =
        "SELECT seq FROM ids WHERE life = ?1 AND member = ?2 AND astray = 0 ORDER BY id DESC LIMIT 1";
    const PUT: &str = "INSERT OR IGNORE INTO ids (life, member, astray, id, seq) VALUES (?1, ?2, ?3, ?4, ?5)";
    // As they will stand: that costs least.
    uses.sort_unstable_by_key(|used| (used.by, !used.rises, used.id));
    for Used { by, id, seq, rises } in uses.iter() {
        if *rises && stretch(*seq) == stretch(from) {
            let mut last = index.prepare_cached(LAST)?;
            let last: Option<i64> = last.query_row(params![life, by.0], |row| row.get(0)).optional()?;
            if last.is_some_and(|last| stretch(last) == stretch(*seq)) {
                continue;
            }
        }
        index.prepare_cached(PUT)?.execute(params![life, by.0, !*rises, id.as_bytes(), seq])?;
    }
    Ok(())
}

const AT: &str = "SELECT seq FROM ids WHERE life = ?1 AND member = ?2 AND astray = 1 AND id = ?3";
const BEFORE: &str = "SELECT seq FROM ids WHERE life = ?1 AND member = ?2 AND astray = 0 AND id <= ?3
    ORDER BY id DESC LIMIT 1";

/// Which number of a life an event may have to which a member gave this id: one of these, or none.
pub(crate) fn numbers(
    index: &Connection,
    life: i64,
    by: MemberId,
    id: &MessageId,
) -> Result<Range<i64>, IndexError> {
    let seq = |sql| {
        let mut query = index.prepare_cached(sql)?;
        query.query_row(params![life, by.0, id.as_bytes()], |row| row.get::<_, i64>(0)).optional()
    };
    if let Some(seq) = seq(AT)? {
        return Ok(seq..seq.saturating_add(1));
    }
    Ok(seq(BEFORE)?.map_or(0..0, |seq| seq..(stretch(seq) + 1).saturating_mul(STRETCH)))
}

const SOME: &str = "DELETE FROM ids WHERE life = ?1 AND (member, astray, id) IN
    (SELECT member, astray, id FROM ids WHERE life = ?1 LIMIT ?2)";

/// Forgets so many of a life that is over; whether it may have more.
pub(crate) fn forget(index: &Connection, life: i64, limit: usize) -> Result<bool, IndexError> {
    Ok(index.prepare_cached(SOME)?.execute(params![life, i64::try_from(limit).unwrap_or(i64::MAX)])? == limit)
}

const fn stretch(seq: i64) -> i64 {
    seq / STRETCH
}

#[cfg(test)]
mod tests {
    use shared::Millis;

    use super::*;

    fn id(at: u64) -> MessageId {
        MessageId::new(Millis(at), &[0; 10])
    }

    fn index() -> Connection {
        let index = Connection::open_in_memory().unwrap();
        index.execute_batch(SCHEMA).unwrap();
        index
    }

    fn rows(index: &Connection) -> i64 {
        index.query_row("SELECT count(*) FROM ids", [], |row| row.get(0)).unwrap()
    }

    /// What these members used for the numbers from 1 on, put in so many at a time.
    fn used(index: &Connection, life: i64, ids: &[(u32, u64)], at_once: usize) {
        let mut last = std::collections::HashMap::new();
        let (mut from, mut uses) = (1, Vec::new());
        for (count, (by, at)) in (1_usize..).zip(ids) {
            let rises = last.get(by).is_none_or(|last| last < at);
            if rises {
                last.insert(*by, *at);
            }
            let seq = i64::try_from(count).unwrap();
            take(&mut uses, Used { by: MemberId(*by), id: id(*at), seq, rises });
            if count % at_once == 0 || count == ids.len() {
                put(index, life, from, &mut uses).unwrap();
                (from, uses) = (seq + 1, Vec::new());
            }
        }
    }

    #[test]
    fn whoever_used_an_id_it_is_found_within_a_stretch_and_nowhere_else() {
        // Two who take turns, and one whose clock was set back amid it; the fourth says little.
        let ids: Vec<(u32, u64)> = (1..=400_u64)
            .map(|n| match n % 8 {
                0 if n < 200 => (3, 5_000 + n),
                0 => (3, 3_000 + n),
                5 if n % 40 == 5 => (4, 100 + n),
                turn => (1 + u32::try_from(turn % 2).unwrap(), 1_000 + n),
            })
            .collect();
        for at_once in [1, 3, 64, 1_000] {
            let index = index();
            used(&index, 7, &ids, at_once);
            for (seq, (by, at)) in (1_i64..).zip(&ids) {
                let numbers = numbers(&index, 7, MemberId(*by), &id(*at)).unwrap();
                assert!(
                    numbers.contains(&seq) && numbers.end - numbers.start <= STRETCH,
                    "{seq} {numbers:?}"
                );
            }
            // Not each has a row, but each that did not rise.
            assert!((25..150).contains(&rows(&index)), "{}", rows(&index));
            let none = |life, by, at| numbers(&index, life, MemberId(by), &id(at)).unwrap().is_empty();
            assert!(none(8, 1, 1_001) && none(7, 5, 1_001) && none(7, 1, 999));
            assert!(!forget(&index, 8, 9).unwrap() && !none(7, 1, 2_000));
            let before = rows(&index);
            assert!(forget(&index, 7, 9).unwrap());
            assert_eq!(rows(&index), before - 9);
            assert!(!forget(&index, 7, 999).unwrap());
            assert_eq!(rows(&index), 0);
        }
    }

    #[test]
    fn ids_that_are_made_to_fall_are_not_looked_at_together() {
        let index = index();
        let ids: Vec<_> = (1..=5_000).map(|n| (1, 9_000 - n)).collect();
        used(&index, 7, &ids, 100);
        for (seq, (by, at)) in (1_i64..).zip(&ids) {
            assert!(numbers(&index, 7, MemberId(*by), &id(*at)).unwrap().contains(&seq));
        }
        let few = numbers(&index, 7, MemberId(1), &id(9_001)).unwrap();
        assert!(few.end - few.start <= STRETCH);
    }

    #[test]
    fn nothing_is_scanned() {
        let index = index();
        for sql in [AT, BEFORE, SOME] {
            let mut query = index.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values: &[&dyn rusqlite::ToSql] = &[&1, &2, &[0_u8; 16]];
            let steps =
                query.query_map(&values[..query.parameter_count()], |row| row.get::<_, String>(3)).unwrap();
            let plan = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
