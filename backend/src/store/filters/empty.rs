//! Which blocks have no text any more, as their filters say.

use rusqlite::Connection;
use shared::Seq;

use super::{Block, LAST_NUMBER, PARTS};

/// The first number of the first block with a text, of the full ones from the block of `from` on and before that of `to`; of that
/// block if there is none. The filters of a block without a text have no bit.
pub(in crate::store) fn first_with_text(
    index: &Connection,
    life: i64,
    from: Seq,
    to: Seq,
) -> Result<Seq, rusqlite::Error> {
    const SQL: &str =
        "SELECT min(block) FROM filters WHERE block >= ?1 AND block < ?2 AND bits <> zeroblob(length(bits))";
    let (first, end) = (Block::of(life, from), Block::of(life, to));
    if LAST_NUMBER <= end.number {
        return Ok(from);
    }
    let mut query = index.prepare_cached(SQL)?;
    let mut number = end.number;
    for part in 0..PARTS {
        let found: Option<i64> =
            query.query_row([first.row(part), Block { number, ..end }.row(part)], |row| row.get(0))?;
        number = found.map_or(number, |row| row & LAST_NUMBER);
    }
    Ok(Seq(Block { life, number }.first().unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use shared::MemberId;

    use super::super::{SCHEMA, Texts, Writer};
    use super::*;

    #[test]
    fn full_blocks_without_a_text_are_passed_over() {
        let index = Connection::open_in_memory().expect("a database");
        index.execute_batch(SCHEMA).expect("a table");
        let mut writer = Writer::default();
        let mut texts = Texts::default();
        texts.push(MemberId(1), "早");
        let block = |number| Block { life: 7, number };
        for (number, texts) in [(0, &texts), (1, &texts), (2, &Texts::default()), (3, &texts)] {
            writer.write(&index, block(number), texts).expect("a filter");
        }
        let first = |from, to| first_with_text(&index, 7, Seq(from), Seq(to)).expect("filters").0;
        assert_eq!([first(1, 300), first(70, 300), first(130, 300)], [0, 64, 192]);
        for number in [0, 1] {
            writer.overwrite(&index, block(number), &Texts::default()).expect("a filter");
        }
        assert_eq!([first(1, 300), first(1, 100), first(200, 300)], [192, 64, 192]);
        writer.overwrite(&index, block(3), &Texts::default()).expect("a filter");
        assert_eq!(first(1, 300), 256, "the last block is not full");
        assert_eq!(first_with_text(&index, 8, Seq(1), Seq(300)).expect("filters").0, 256);
    }
}
