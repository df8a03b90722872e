//! A record as a row of the log, and back. Who reads and writes rows is not its business.

use std::ops::{ControlFlow, Range};

use rusqlite::{Connection, Row, Rows};
use shared::{Event, Fact, MemberId, MessageId, Seq};

use crate::room::proposal::Record;
use crate::room::seal::Seal;
use crate::room::tail::Entry;

use super::LogError;
use super::short::{self, Said};

/// An event of the log. A row has those that a room appended in one go, one behind the other: a line each.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) pos: i64,
    pub(crate) life: i64,
    /// What the row says its number is.
    pub(crate) seq: Seq,
    pub(crate) what: What,
}

impl Line {
    /// Who gave it an id, and which.
    pub(crate) fn signed(&self) -> Option<(MemberId, MessageId)> {
        if let What::Record(record) = &self.what { record.signed() } else { None }
    }
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

/// An event as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub(crate) pos: i64,
    pub(crate) life: i64,
    pub(crate) seq: i64,
    /// How it is written: in its short form, or as JSON.
    line: &'a str,
    private: Option<&'a str>,
    /// What its id is bound to.
    seal: Option<Seal>,
}

/// What a query for [`stored`] selects.
macro_rules! columns {
    () => {
        "pos, life, seq, event, private, seal"
    };
}

mod private;
mod some;
pub(super) use private::private_text;
use private::record;
pub(crate) use some::some;

/// What a row has of its events: themselves, what is private, and seals.
type Contents<'a> = (&'a str, Option<&'a str>, &'a [u8]);

/// Position, life and first number of a row, and its contents.
fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<((i64, i64, i64), Contents<'a>)> {
    // What is no text makes no sense as an event either.
    let events = row.get_ref(3)?.as_str().unwrap_or(" ");
    let private = row.get_ref(4)?.as_str_or_null().ok().flatten();
    let seals = row.get_ref(5)?.as_blob_or_null().ok().flatten().unwrap_or_default();
    Ok(((row.get(0)?, row.get(1)?, row.get(2)?), (events, private, seals)))
}

/// Events of a row, by their places in it.
fn stored<'a>(row: &'a Row<'_>) -> rusqlite::Result<impl Iterator<Item = Stored<'a>>> {
    columns(row).map(|(numbers, contents)| lines(numbers, contents))
}

fn lines<'a>(
    (pos, life, seq): (i64, i64, i64),
    (events, private, seals): Contents<'a>,
) -> impl Iterator<Item = Stored<'a>> {
    let mut seals = seals.as_chunks().0.iter();
    (0..).zip(events.split(BETWEEN)).map(move |(place, line)| {
        let seal = seals.next().and_then(|bytes| seal(*bytes));
        Stored { pos: pos + place, life, seq: seq + place, line, private, seal }
    })
}

/// What stands between two events of a row. JSON has none but as an escape, and a short form has none.
pub(super) const BETWEEN: char = '\n';

/// Whether a row begins behind a position: what was made of one that was whole is not looked at again, whatever stands there now.
pub(crate) fn has_row_behind(log: &Connection, pos: i64) -> Result<bool, LogError> {
    let mut query = log.prepare_cached("SELECT 1 FROM records WHERE pos > ?1 LIMIT 1")?;
    Ok(query.exists([pos])?)
}

macro_rules! behind {
    ($order:literal) => {
        concat!("SELECT ", columns!(), " FROM records WHERE pos > ?1 AND life = ?2 ORDER BY pos ", $order)
    };
}

/// The rows of a life behind a position; and the last one first.
const BEHIND: [&str; 2] = [behind!("ASC"), behind!("DESC")];

/// Hands the events of a life behind a position, at which a row ends, to `take`, in rising order or the last one first, until it
/// has enough.
pub(crate) fn behind<E: From<rusqlite::Error>>(
    log: &Connection,
    (life, after): (i64, i64),
    rising: bool,
    take: impl FnMut(Stored<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, E> {
    let mut query = log.prepare_cached(BEHIND[usize::from(!rising)])?;
    each(query.query([after, life])?, rising, take)
}

/// The lines of a life behind a position, at which a row ends, handed to `take` oldest first.
pub(crate) fn lines_of(
    log: &Connection,
    life: i64,
    after: i64,
    mut take: impl FnMut(Line),
) -> Result<(), LogError> {
    let _ = behind(log, (life, after), true, |stored| {
        take(stored.line());
        Ok::<_, LogError>(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// The row that a position is in, if there is one.
pub(crate) const AT: &str =
    concat!("SELECT ", columns!(), " FROM records WHERE pos <= ?1 ORDER BY pos DESC LIMIT 1");

/// What `look` makes of the event at a position, if there is one.
pub(crate) fn at<T, E: From<rusqlite::Error>>(
    log: &Connection,
    pos: i64,
    look: impl FnOnce(Stored<'_>) -> Result<T, E>,
) -> Result<Option<T>, E> {
    row_at(log, pos, |row| stored(row)?.find(|stored| stored.pos == pos).map(look).transpose())
}

/// What `look` makes of the row that begins at a position or before it.
fn row_at<T, E: From<rusqlite::Error>>(
    log: &Connection,
    pos: i64,
    look: impl FnOnce(&Row<'_>) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let mut query = log.prepare_cached(AT)?;
    let mut rows = query.query([pos])?;
    rows.next()?.map_or(Ok(None), look)
}

macro_rules! between {
    ($order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM records WHERE pos >= ifnull((SELECT max(pos) FROM records WHERE pos <= ?1), 0) AND pos < ?2
              ORDER BY pos ",
            $order
        )
    };
}

/// The rows with events at the positions from one on and before another; and the last one first.
pub(crate) const RANGE: [&str; 2] = [between!("ASC"), between!("DESC")];

/// Hands the events at these positions to `take`, in rising order or the last one first, until it has enough.
pub(crate) fn range<E: From<rusqlite::Error>>(
    log: &Connection,
    positions: &Range<i64>,
    rising: bool,
    mut take: impl FnMut(Stored<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, E> {
    let mut query = log.prepare_cached(RANGE[usize::from(!rising)])?;
    each(query.query([positions.start, positions.end])?, rising, |stored| {
        if positions.contains(&stored.pos) { take(stored) } else { Ok(ControlFlow::Continue(())) }
    })
}

fn each<E: From<rusqlite::Error>>(
    mut rows: Rows<'_>,
    rising: bool,
    mut take: impl FnMut(Stored<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, E> {
    while let Some(row) = rows.next()? {
        let mut stored: Vec<_> = stored(row)?.collect();
        if !rising {
            stored.reverse();
        }
        for stored in stored {
            if take(stored)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The last position.
pub(crate) fn last(log: &Connection) -> Result<i64, LogError> {
    let last = |row: &Row<'_>| Ok::<_, LogError>(stored(row)?.last().map(|stored| stored.pos));
    Ok(row_at(log, i64::MAX, last)?.unwrap_or(0))
}

/// The positions of the row that a position is in, if an event is there.
pub(super) fn span(log: &Connection, pos: i64) -> Result<Option<Range<i64>>, LogError> {
    row_at(log, pos, |row| {
        let spans = stored(row)?.map(|stored| stored.pos..stored.pos + 1);
        let span = spans.reduce(|first, last| first.start..last.end);
        Ok(span.filter(|span| span.contains(&pos)))
    })
}

/// A row in which an event is to be overwritten.
#[derive(Debug)]
pub(super) struct Changing {
    pub(super) pos: i64,
    pub(super) events: String,
    pub(super) private: Option<String>,
    pub(super) seals: Option<Vec<u8>>,
}

/// The row that a position is in, if an event is there.
pub(super) fn changing(log: &Connection, pos: i64) -> Result<Option<Changing>, LogError> {
    row_at(log, pos, |row| {
        if !stored(row)?.any(|stored| stored.pos == pos) {
            return Ok(None);
        }
        let (pos, events, private, seals) = (row.get(0)?, row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(Some(Changing { pos, events, private, seals }))
    })
}

impl Changing {
    /// Puts an event in the place of the one at this position, in as many bytes; whether it takes more.
    pub(super) fn put(&mut self, pos: i64, event: &Event, entry: &Entry) -> bool {
        let place = self.place(pos);
        let mut lines: Vec<_> = self.events.split(BETWEEN).collect();
        let length = lines[place].len();
        let mut line = String::new();
        write(event, entry, &mut line);
        pad(&mut line, length);
        lines[place] = &line;
        self.events = lines.join(&String::from(BETWEEN));
        length < line.len()
    }

    /// Nothing is left of what tells about the text at this position.
    pub(super) fn forget(&mut self, pos: i64) {
        let place = self.place(pos);
        let seals = self.seals.as_mut().map(|seals| seals.as_chunks_mut::<32>().0);
        if let Some(seal) = seals.and_then(|seals| seals.get_mut(place)) {
            *seal = [0; 32];
        }
        self.private = None;
    }

    fn place(&self, pos: i64) -> usize {
        usize::try_from(pos - self.pos).expect("it is in this row")
    }
}

/// Bytes of JSON in which an id stands, if the event has one in itself: number, time, kind and author come before.
const ID_WITHIN: usize = 160;

impl Stored<'_> {
    /// Whether a life ends here.
    pub(crate) fn is_end(&self) -> bool {
        self.line == LIFE_ENDS && self.seq == 0
    }

    /// The event; nothing if it makes no sense.
    pub(crate) fn event(&self) -> Option<Event> {
        if !is_json(self.line) {
            return short::read(self.line, self.number());
        }
        Event::read(self.line).ok().filter(|event| event.fact != Fact::Unknown)
    }

    /// The message as far as the index is concerned, if it is one of one line: that spares most of what it costs to read it. Nothing
    /// private belongs to one but its seal.
    pub(crate) fn said(&self) -> Option<Said<'_>> {
        short::one_line(self.line)
    }

    /// Its id, where that is plain to see. It costs next to nothing, however long the event.
    pub(crate) fn id(&self) -> Option<MessageId> {
        const BEFORE: &[u8] = br#""id":""#;
        if !is_json(self.line) {
            return short::id(self.line);
        }
        let head = &self.line.as_bytes()[..self.line.len().min(ID_WITHIN)];
        let at = head.windows(BEFORE.len()).position(|piece| piece == BEFORE)? + BEFORE.len();
        str::from_utf8(head.get(at..at + 36)?).ok()?.parse().ok()
    }

    /// What it says.
    pub(crate) fn line(self) -> Line {
        let what = if self.is_end() {
            What::End
        } else {
            self.event()
                .and_then(|event| record(event, self.private, self.seal))
                .map_or(What::Damaged, What::Record)
        };
        Line { pos: self.pos, life: self.life, seq: self.number(), what }
    }

    /// What the row says its number is.
    pub(crate) const fn number(&self) -> Seq {
        Seq(self.seq.cast_unsigned())
    }
}

/// No short form begins so.
fn is_json(line: &str) -> bool {
    line.starts_with('{')
}

/// What stands in the place of an event where a life ends.
pub(super) const LIFE_ENDS: &str = "";

/// Bytes that a message takes at least. A `gone` has room in its place, and so has a text of eleven 汉字 once it is an edited one: a
/// row that keeps its length is overwritten where it stands, and SQLite leaves no copy of it behind.
const ROOM: usize = 96;

/// Appends an event as a line, without what stands between two.
pub(super) fn write(event: &Event, entry: &Entry, into: &mut String) {
    if short::write(event, into) {
        pad(into, ROOM);
    } else {
        into.push_str(entry.json());
    }
}

/// Puts blanks behind a line that is shorter than so many bytes.
fn pad(line: &mut String, length: usize) {
    line.extend(std::iter::repeat_n(' ', length.saturating_sub(line.len())));
}

/// What an id is bound to. Zeros stand where it was deleted.
fn seal(bytes: [u8; 32]) -> Option<Seal> {
    (bytes != [0; 32]).then(|| Seal::from_bytes(bytes))
}

/// SQLite's integers are signed; a room never gets near the end of them.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
