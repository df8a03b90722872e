//! A record as a row of the log, and back. Who reads and writes rows is not its business.

use std::borrow::Cow;

use rusqlite::{Connection, Row, params};
use shared::{Event, Fact, MemberId, MessageId, Seq};

use crate::config::{FOLLOW_BYTES, FOLLOW_RECORDS};
use crate::room::proposal::{Private, Record};
use crate::room::seal::Seal;

use super::LogError;

/// A row of the log.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) pos: i64,
    pub(crate) life: i64,
    pub(crate) what: What,
}

/// What stands at a position.
#[derive(Debug)]
pub(crate) enum What {
    Record(Record),
    /// The life ends.
    End,
    /// Something that makes no sense.
    Damaged,
}

/// The lines behind a position, oldest first: at most [`FOLLOW_RECORDS`], or [`FOLLOW_BYTES`] of them.
pub(crate) fn lines(log: &Connection, after: i64) -> Result<Vec<Line>, LogError> {
    const SQL: &str = "SELECT pos, life, event, private, seal FROM records WHERE pos > ?1 ORDER BY pos";
    let mut query = log.prepare_cached(SQL)?;
    let mut rows = query.query([after])?;
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < FOLLOW_RECORDS
        && bytes < FOLLOW_BYTES
        && let Some(row) = rows.next()?
    {
        bytes += row.get_ref(2)?.as_bytes().map_or(0, <[u8]>::len);
        lines.push(line(row)?);
    }
    Ok(lines)
}

/// The lines of one life behind a position, handed to `take` oldest first.
pub(crate) fn lines_of(
    log: &Connection,
    life: i64,
    after: i64,
    mut take: impl FnMut(Line),
) -> Result<(), LogError> {
    const SQL: &str =
        "SELECT pos, life, event, private, seal FROM records WHERE pos > ?1 AND life = ?2 ORDER BY pos";
    let mut query = log.prepare_cached(SQL)?;
    let mut rows = query.query(params![after, life])?;
    while let Some(row) = rows.next()? {
        take(line(row)?);
    }
    Ok(())
}

fn line(row: &Row<'_>) -> Result<Line, LogError> {
    let (pos, life) = (row.get(0)?, row.get(1)?);
    let what = match row.get_ref(2)?.as_str() {
        Ok(LIFE_ENDS) => What::End,
        Ok(event) => {
            let record = record(event, row.get_ref(3)?.as_str_or_null().ok().flatten(), row.get(4)?);
            record.map_or(What::Damaged, What::Record)
        }
        Err(_) => What::Damaged,
    };
    Ok(Line { pos, life, what })
}

/// What a record's own columns say of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) seq: Seq,
    pub(crate) signed: Option<(MemberId, MessageId)>,
}

/// The columns of the record at a position.
pub(crate) fn columns(log: &Connection, pos: i64) -> Result<Columns, LogError> {
    let mut query = log.prepare_cached("SELECT seq, by, id FROM records WHERE pos = ?1")?;
    let (seq, by, id): (i64, Option<u32>, Option<[u8; 16]>) =
        query.query_row([pos], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let id = id.map(MessageId::from_bytes).transpose().map_err(|_| LogError::Damaged(pos))?;
    Ok(Columns { seq: Seq(seq.cast_unsigned()), signed: by.map(MemberId).zip(id) })
}

/// What stands in the place of an event where a life ends.
pub(super) const LIFE_ENDS: &str = "";

/// The private part of a record; the seal has a column of its own.
pub(super) fn private_text(private: &Private) -> Option<String> {
    let text = match private {
        Private::Opened(settings) => serde_json::to_string(settings),
        Private::Joined { token, folded } => serde_json::to_string(&(token, folded)),
        Private::Removed { by, id, ban, .. } => serde_json::to_string(&(by, id, ban)),
        Private::Words { words, .. } => serde_json::to_string(words),
        Private::None | Private::Sealed(_) => return None,
    };
    Some(text.expect("settings and hashes are plain data"))
}

/// Bytes that an event under an id takes at least. A `gone` has room in its place, and so has a text that was mended a
/// little: a row that keeps its length is overwritten where it stands, and SQLite leaves no copy of it behind.
pub(super) const ROOM: usize = 176;

/// JSON with blanks behind it, up to this many bytes.
pub(super) fn padded(json: &str, length: usize) -> Cow<'_, str> {
    if length <= json.len() {
        return json.into();
    }
    let mut text = String::with_capacity(length);
    text.push_str(json);
    text.extend(std::iter::repeat_n(' ', length - json.len()));
    text.into()
}

/// What an id is bound to. Zeros stand where it was deleted.
pub(super) fn seal(bytes: Option<[u8; 32]>) -> Option<Seal> {
    bytes.filter(|bytes| *bytes != [0; 32]).map(Seal::from_bytes)
}

fn record(event: &str, private: Option<&str>, sealed: Option<[u8; 32]>) -> Result<Record, serde_json::Error> {
    let (event, seal): (Event, _) = (serde_json::from_str(event)?, seal(sealed));
    let private = match (&event.fact, private) {
        (Fact::Opened { .. }, Some(text)) => Private::Opened(serde_json::from_str(text)?),
        (Fact::Joined { .. }, Some(text)) => {
            let (token, folded) = serde_json::from_str(text)?;
            Private::Joined { token, folded }
        }
        (Fact::Left { .. }, Some(text)) => {
            let (by, id, ban) = serde_json::from_str(text)?;
            seal.map_or(Private::None, |seal| Private::Removed { by, id, seal, ban })
        }
        (Fact::Set { .. }, Some(text)) => {
            let words = serde_json::from_str(text)?;
            seal.map_or(Private::None, |seal| Private::Words { seal, words })
        }
        _ => seal.map_or(Private::None, Private::Sealed),
    };
    Ok(Record { event, private })
}

/// SQLite's integers are signed; a room never gets near the end of them.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
