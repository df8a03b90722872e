//! The records of a log: appended, looked up, and overwritten where a text is no more.
//!
//! What a room appends in one go is one row: a row costs as much as three events. It is full when the next record is of another
//! room, or does not fit. Full rows are written together, and before anybody looks: half of what a row costs is the statement.

use std::ops::{ControlFlow, Range};
use std::sync::LazyLock;

use rusqlite::{ToSql, params, params_from_iter};
use shared::{Event, Fact, MemberId, MessageId, Seq};

use crate::room::proposal::Record;
use crate::room::tail::Entry;

use super::super::LogError;
use super::super::codec::{self, BETWEEN, Line, What, lines_of, number, private_text};
use super::Log;

/// Bytes of a page that are not for the events of a row: what SQLite adds, and the other columns.
pub(super) const BESIDE_EVENTS: u32 = 96;

/// How many rows one statement writes.
const ROWS: usize = 16;

/// Writes one row, and so many.
static WRITE: [LazyLock<String>; 2] = [LazyLock::new(|| insert(1)), LazyLock::new(|| insert(ROWS))];

fn insert(rows: usize) -> String {
    let rows = vec!["(?, ?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO records (pos, life, seq, event, private) VALUES {rows}")
}

/// A row that has not been written yet.
#[derive(Debug)]
pub(super) struct Open {
    pos: i64,
    life: i64,
    seq: i64,
    /// The number behind its last event: lines do not say their own.
    next: Seq,
    events: String,
    private: Option<String>,
}

impl Open {
    fn columns(&self) -> [&dyn ToSql; 5] {
        [&self.pos, &self.life, &self.seq, &self.events, &self.private]
    }

    /// Whether one more event, of so many bytes, has its place behind the others.
    fn takes(&self, (life, seq): (i64, Seq), bytes: usize, row_bytes: usize) -> bool {
        let follows = (self.life, self.next) == (life, seq) && self.private.is_none();
        follows && self.events.len() + 1 + bytes <= row_bytes
    }
}

impl Log {
    /// Hands the records of a life behind a position to `take`, in order.
    ///
    /// # Errors
    /// If the log cannot be read, or a record makes no sense.
    pub fn read(&mut self, life: i64, after: i64, mut take: impl FnMut(&Record)) -> Result<(), LogError> {
        self.write_rows()?;
        let mut damaged = None;
        lines_of(&self.connection, life, after, |line| match &line.what {
            What::Record(record) => take(record),
            What::Damaged => damaged = Some(LogError::Damaged(line.pos)),
            What::End => {}
        })?;
        damaged.map_or(Ok(()), Err)
    }

    /// Appends a record; the position it gets.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn append(&mut self, life: i64, entry: &Entry, record: &Record) -> Result<i64, LogError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        codec::write(&record.event, entry, &mut line);
        let (seq, length) = (entry.seq(), line.len());
        let (private, row_bytes) = (private_text(&record.private), self.row_bytes);
        let takes = |open: &&mut Open| private.is_none() && open.takes((life, seq), length, row_bytes);
        if let Some(open) = self.rows.last_mut().filter(takes) {
            open.next = seq.next();
            open.events.push(BETWEEN);
            open.events.push_str(&line);
        } else {
            if self.rows.len() == ROWS {
                self.write_rows()?;
            }
            let mut events = self.spare.pop().unwrap_or_default();
            events.push_str(&line);
            let (pos, next) = (self.last + 1, seq.next());
            self.rows.push(Open { pos, life, seq: number(seq), next, events, private });
        }
        self.line = line;
        self.last += 1;
        Ok(self.last)
    }

    /// Writes what was appended.
    pub(super) fn write_rows(&mut self) -> Result<(), LogError> {
        let [one, all] = &WRITE;
        let (sql, at_once) = if self.rows.len() < ROWS { (one, 1) } else { (all, ROWS) };
        for rows in self.rows.chunks(at_once) {
            let columns = params_from_iter(rows.iter().flat_map(Open::columns));
            self.connection.prepare_cached(sql)?.execute(columns)?;
        }
        self.spare.extend(self.rows.drain(..).map(|mut row| {
            row.events.clear();
            row.events
        }));
        Ok(())
    }

    /// The record at a position.
    ///
    /// # Errors
    /// If the log cannot be read, or the record makes no sense.
    pub fn record(&mut self, pos: i64) -> Result<Option<Record>, LogError> {
        match self.line(pos)?.map(|line| line.what) {
            Some(What::Record(record)) => Ok(Some(record)),
            Some(What::Damaged) => Err(LogError::Damaged(pos)),
            Some(What::End) | None => Ok(None),
        }
    }

    /// The number and the position of the record among these, which were committed, to which a member of this life gave this id.
    ///
    /// # Errors
    /// If the log cannot be read, or a record makes no sense and may be the one.
    pub fn signed(
        &self,
        among: &[Range<i64>],
        life: i64,
        signed: (MemberId, MessageId),
    ) -> Result<Option<(Seq, i64)>, LogError> {
        let mut found = Ok(None);
        for positions in among {
            let walked = codec::range(&self.connection, positions, true, |stored| {
                if stored.id().is_some_and(|other| other != signed.1) {
                    return Ok(ControlFlow::Continue(()));
                }
                let line = stored.line();
                let is_it = line.life == life && line.signed() == Some(signed);
                if is_it {
                    found = Ok(Some((line.seq, line.pos)));
                } else if matches!(line.what, What::Damaged) {
                    found = Err(LogError::Damaged(line.pos));
                }
                Ok::<_, LogError>(if is_it { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if walked.is_break() {
                break;
            }
        }
        found
    }

    fn line(&mut self, pos: i64) -> Result<Option<Line>, LogError> {
        self.write_rows()?;
        codec::at(&self.connection, pos, |stored| Ok(stored.line()))
    }

    /// The event at a position.
    ///
    /// # Errors
    /// As [`Log::record`].
    pub fn event(&mut self, pos: i64) -> Result<Option<Event>, LogError> {
        Ok(self.record(pos)?.map(|record| record.event))
    }

    /// Puts an event in the place of the one at a position. A `gone` has nothing private, and so no trace of its text.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn rewrite(&mut self, pos: i64, entry: &Entry, event: &Event) -> Result<(), LogError> {
        const SQL: &str = "UPDATE records SET event = ?1, private = ?2, seal = ?3 WHERE pos = ?4";
        self.write_rows()?;
        let mut row = codec::changing(&self.connection, pos)?.ok_or(LogError::Damaged(pos))?;
        self.scrub |= row.put(pos, event, entry);
        if matches!(event.fact, Fact::Gone { .. }) {
            row.forget(pos);
        }
        let row = params![row.events, row.private, row.seals, row.pos];
        self.connection.prepare_cached(SQL)?.execute(row)?;
        self.purge = true;
        Ok(())
    }

    /// Deletes rows of lives that are over, each as a whole, by positions of events in them.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn delete(&mut self, positions: impl Iterator<Item = i64>) -> Result<(), LogError> {
        let mut delete = self.connection.prepare_cached("DELETE FROM records WHERE pos = ?1")?;
        let mut gone = 0..0;
        for pos in positions {
            // An event that makes no sense has no place in the index, and may be the first of its row.
            if !gone.contains(&pos)
                && let Some(row) = codec::span(&self.connection, pos)?
            {
                delete.execute([row.start])?;
                gone = row;
            }
        }
        (self.purge, self.scrub) = (true, true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use shared::{Epoch, GoneKind, GoneWhy, Millis, RoomId, Text};

    use super::*;
    use crate::room::proposal::Private;

    fn said(seq: u64, text: &str) -> Event {
        let (by, id) = (MemberId(1), MessageId::new(Millis(seq), &[0; 10]));
        let fact = Fact::Said { by, id, text: Text::parse(text).unwrap(), reply_to: None, edited: None };
        Event { seq: Seq(seq), at: Millis(0), fact }
    }

    /// A log in whose first batch the lobby begins.
    fn begun() -> (tempfile::TempDir, Log, i64) {
        let data = tempfile::TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        log.begin().unwrap();
        let life = log.begin_life(RoomId::Lobby, &Epoch::new(&[0; 8])).unwrap();
        (data, log, life)
    }

    fn say(log: &mut Log, life: i64, seqs: std::ops::RangeInclusive<u64>) {
        for seq in seqs {
            let record = Record { event: said(seq, &format!("第{seq}句")), private: Private::None };
            log.append(life, &Entry::new(&record.event), &record).unwrap();
        }
    }

    fn positions(log: &Log, from: i64, to: i64, rising: bool) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        let _ = codec::range(&log.connection, &(from..to), rising, |stored| {
            found.push((stored.pos, stored.seq));
            Ok::<_, LogError>(ControlFlow::Continue(()))
        })
        .unwrap();
        found
    }

    #[test]
    fn each_event_of_a_row_is_found_at_its_position_and_changed_in_its_place() {
        let data = tempfile::TempDir::new().unwrap();
        let mut log = Log::open(data.path()).unwrap();
        log.begin().unwrap();
        let [one, other] = [1, 2].map(|n| {
            let life = log.begin_life(RoomId::Link([n; 16]), &Epoch::new(&[0; 8])).unwrap();
            say(&mut log, life, 1..=250);
            life
        });
        log.commit().unwrap();
        let rows: i64 =
            log.connection.query_row("SELECT count(*) FROM records", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 8, "as many as fit on a page");
        assert_eq!((one, other, log.last(), codec::last(&log.connection).unwrap()), (1, 251, 500, 500));
        for pos in 1..=500_i64 {
            let seq = Seq((pos - 1).unsigned_abs() % 250 + 1);
            assert_eq!(log.event(pos).unwrap().unwrap().seq, seq);
            let (by, id) = (MemberId(1), MessageId::new(Millis(seq.0), &[0; 10]));
            let life = if pos <= 250 { one } else { other };
            let signed = |from, life| log.signed(&[0..1, from..pos + 9], life, (by, id)).unwrap();
            assert_eq!((signed(pos, life), signed(pos - 9, life)), (Some((seq, pos)), Some((seq, pos))));
            assert_eq!((signed(pos + 1, life), signed(pos, one + other - life)), (None, None));
        }
        assert_eq!((log.event(501).unwrap(), log.event(0).unwrap()), (None, None));
        let mut expected: Vec<_> = (245..=255).map(|pos| (pos, (pos - 1) % 250 + 1)).collect();
        assert_eq!(positions(&log, 245, 256, true), expected);
        expected.reverse();
        assert_eq!(positions(&log, 245, 256, false), expected);
        log.begin().unwrap();
        for (pos, text) in [(1_i64, "短"), (50, &*"长".repeat(999)), (250, "短")] {
            let event = said((pos - 1).unsigned_abs() + 1, text);
            log.rewrite(pos, &Entry::new(&event), &event).unwrap();
        }
        log.commit().unwrap();
        let text = |log: &mut Log, pos| match log.event(pos).unwrap().unwrap().fact {
            Fact::Said { text, .. } => text.as_str().chars().count(),
            other => panic!("{other:?}"),
        };
        assert_eq!([1, 2, 49, 50, 51, 250].map(|pos| text(&mut log, pos)), [1, 3, 4, 999, 4, 1]);
        // By any position in it a row goes as a whole, and no other: here the second and the third.
        log.begin().unwrap();
        log.delete([210, 200, 130, 130].into_iter()).unwrap();
        log.commit().unwrap();
        let left: Vec<_> = positions(&log, 1, 501, true).into_iter().map(|(pos, _)| pos).collect();
        assert_eq!(left, (1..=83).chain(250..=500).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_committed_is_seen_within_its_batch_and_nowhere_afterwards() {
        let (_data, mut log, life) = begun();
        say(&mut log, life, 1..=3);
        log.commit().unwrap();
        log.begin().unwrap();
        say(&mut log, life, 4..=5);
        assert_eq!(log.event(5).unwrap().unwrap().seq, Seq(5));
        say(&mut log, life, 6..=6);
        assert_eq!((log.roll_back(), log.last()), (3, 3));
        log.begin().unwrap();
        say(&mut log, life, 4..=4);
        log.commit().unwrap();
        let mut seqs = Vec::new();
        log.read(life, 0, |record| seqs.push(record.event.seq.0)).unwrap();
        assert_eq!((seqs, log.last()), (vec![1, 2, 3, 4], 4));
    }

    #[test]
    fn lines_of_json_as_earlier_versions_wrote_them_are_read_and_changed_too() {
        let (_data, mut log, life) = begun();
        let line = |seq| format!("{:176}", serde_json::to_string(&said(seq, "早上好")).unwrap());
        let row = [line(1), line(2)].join("\n");
        let sql = "INSERT INTO records (pos, life, seq, event) VALUES (1, ?1, 1, ?2)";
        log.connection.execute(sql, params![life, row]).unwrap();
        log.last = 2;
        say(&mut log, life, 3..=3);
        let gone = Event { fact: gone(&said(1, "早上好")), ..said(1, "早上好") };
        log.rewrite(1, &Entry::new(&gone), &gone).unwrap();
        log.commit().unwrap();
        let sql = "SELECT octet_length(event) FROM records WHERE pos = 1";
        let length: i64 = log.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(length), Ok(row.len()), "in its place");
        for (pos, event) in [(1, gone), (2, said(2, "早上好")), (3, said(3, "第3句"))] {
            assert_eq!(log.event(pos).unwrap(), Some(event));
            let signed = (MemberId(1), MessageId::new(Millis(pos.unsigned_abs()), &[0; 10]));
            let found = log.signed(&[1..2, 2..4], life, signed).unwrap();
            assert_eq!(found, Some((Seq(pos.unsigned_abs()), pos)));
        }
    }

    fn gone(event: &Event) -> Fact {
        let Fact::Said { by, id, .. } = event.fact else { panic!("nobody said it") };
        Fact::Gone { by, id, of: GoneKind::Said, why: GoneWhy::Recalled, recalled_by: None }
    }
}
