//! The texts in the index: which messages may hold a piece. Whether one does, its newest text in the log says.
//!
//! FTS5, with a word for each character, as its number: so nothing that people say is ever its language of queries, and a
//! phrase is a piece. A last word says who said it. The table holds no text; what a message was indexed with stands beside
//! it, since FTS5 forgets only what it is told word by word.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use shared::{MemberId, Seq};

use super::IndexError;
use super::codec::number;
use crate::search::Piece;

/// `words` has a row for each message; `texts` is what it was indexed with, by its position in the log. Rows there are
/// appended, so that SQLite need not move them, and leaves no bytes of them behind.
pub(super) const SCHEMA: &str = "
    CREATE VIRTUAL TABLE words USING fts5(text, content = '', columnsize = 0, tokenize = 'ascii');
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    CREATE TABLE texts (pos INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
";

/// Bits of a row's number that are the message's; the others are the life's. So what is of one room stands together, and a
/// search reads nothing else. A room of 268 million events is not indexed further.
pub(crate) const SEQ_BITS: u32 = 28;

/// So many of a piece's characters are looked for in the index; the text in the log tells the rest.
const PHRASE_MAX: usize = 16;

/// The message with this number, as a row.
pub(crate) fn row(life: i64, seq: i64) -> i64 {
    (life << SEQ_BITS) | seq.min((1 << SEQ_BITS) - 1)
}

/// The query for messages that may hold a piece, by anyone or by one member.
pub(crate) fn phrase(piece: &Piece, by: Option<MemberId>) -> String {
    let chars = &piece.chars()[..piece.chars().len().min(PHRASE_MAX)];
    let mut words = String::new();
    push_words(&mut words, chars.iter().copied());
    let phrase = format!("\"{}\"", words.trim_end());
    match by {
        Some(by) => format!("{phrase} AND {}", author(by)),
        None => phrase,
    }
}

/// A text that is to be found, or one that is no more.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) life: i64,
    pub(crate) seq: Seq,
    pub(crate) by: MemberId,
    /// Folded.
    pub(crate) text: &'a str,
}

/// What a message is indexed with.
pub(crate) fn text_at(index: &Connection, pos: i64) -> Result<Option<String>, IndexError> {
    let mut query = index.prepare_cached("SELECT text FROM texts WHERE pos = ?1")?;
    Ok(query.query_row([pos], |row| row.get(0)).optional()?)
}

/// Indexes texts.
pub(crate) struct Indexer<'i> {
    insert: CachedStatement<'i>,
    words: String,
}

impl<'i> Indexer<'i> {
    /// Into this index.
    pub(crate) fn new(index: &'i Connection) -> Result<Self, IndexError> {
        let insert = index.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
        Ok(Self { insert, words: String::new() })
    }

    /// One more. Rows must come in rising order: FTS5 writes out what it has gathered whenever they do not.
    pub(crate) fn insert(&mut self, text: &Text<'_>) -> Result<(), IndexError> {
        self.words.clear();
        push_all_words(&mut self.words, text);
        self.insert.execute(params![row(text.life, number(text.seq)), self.words])?;
        Ok(())
    }
}

/// Takes a text out of the index; as [`Indexer::insert`].
pub(crate) fn delete(index: &Connection, text: &Text<'_>) -> Result<(), IndexError> {
    let mut delete =
        index.prepare_cached("INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)")?;
    let mut words = String::new();
    push_all_words(&mut words, text);
    delete.execute(params![row(text.life, number(text.seq)), words])?;
    Ok(())
}

/// Keeps what the messages at these positions are indexed with; in the order of their table, which is the log's.
pub(crate) fn keep(index: &Connection, texts: &[(i64, String)]) -> Result<(), IndexError> {
    let mut keep = index.prepare_cached("INSERT INTO texts (pos, text) VALUES (?1, ?2)")?;
    for (pos, text) in texts {
        keep.execute(params![pos, text])?;
    }
    Ok(())
}

/// Forgets what the message at a position was indexed with.
pub(crate) fn forget(index: &Connection, pos: i64) -> Result<(), IndexError> {
    index.prepare_cached("DELETE FROM texts WHERE pos = ?1")?.execute([pos])?;
    Ok(())
}

/// Joins what was indexed piece by piece: smaller, and quicker to search. Takes seconds.
pub(crate) fn optimize(index: &Connection) -> Result<(), IndexError> {
    Ok(index.execute_batch("INSERT INTO words (words) VALUES ('optimize')")?)
}

fn push_all_words(words: &mut String, text: &Text<'_>) {
    push_words(words, text.text.chars());
    words.push_str(&author(text.by));
}

/// A word for each character, and a blank behind it: its number in hexadecimal digits.
fn push_words(words: &mut String, chars: impl Iterator<Item = char>) {
    for c in chars {
        let number = u32::from(c);
        let digits = (u32::BITS - (number | 1).leading_zeros()).div_ceil(4);
        for digit in (0..digits).rev() {
            words.extend(char::from_digit((number >> (digit * 4)) & 0xf, 16));
        }
        words.push(' ');
    }
}

/// The word for who said it. No number of a character begins so.
fn author(by: MemberId) -> String {
    format!("m{}", by.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_number_of_a_character() {
        let mut words = String::new();
        push_words(&mut words, "\0\u{f}\u{10}a开\u{20bb7}\u{10ffff}".chars());
        assert_eq!(words, "0 f 10 61 5f00 20bb7 10ffff ");
    }
}
