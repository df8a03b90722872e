//! The next events of the log, for whoever makes something of all of them.

use rusqlite::{Connection, Row};

use super::{Stored, columns, lines};
use crate::config::READ_BYTES;

/// Rows, taken out of the log: to make something of them takes its time, and while it is read its write-ahead file cannot begin anew.
#[derive(Debug, Default)]
struct Taken {
    text: String,
    seals: Vec<u8>,
    rows: Vec<Numbers>,
}

/// A row without its contents: how long these are.
#[derive(Debug)]
struct Numbers {
    pos: i64,
    life: i64,
    seq: i64,
    events: usize,
    private: Option<usize>,
    seals: usize,
}

/// Hands the events behind a position to `take`, oldest first: about [`READ_BYTES`] of them, and whole rows. How many these were, and
/// how many bytes.
pub(crate) fn some<E: From<rusqlite::Error>>(
    log: &Connection,
    after: i64,
    mut take: impl FnMut(Stored<'_>) -> Result<(), E>,
) -> Result<(usize, usize), E> {
    let taken = Taken::of(log, after)?;
    let mut records = 0;
    taken.stored().try_for_each(|stored| {
        records += 1;
        take(stored)
    })?;
    Ok((records, taken.text.len()))
}

impl Taken {
    fn of(log: &Connection, after: i64) -> rusqlite::Result<Self> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM records WHERE pos > ?1 ORDER BY pos");
        let mut query = log.prepare_cached(SQL)?;
        let mut rows = query.query([after])?;
        let mut taken = Self::default();
        // Where a life ends there is no text.
        while taken.text.len() + taken.rows.len() * size_of::<Numbers>() < READ_BYTES
            && let Some(row) = rows.next()?
        {
            taken.push(row)?;
        }
        Ok(taken)
    }

    fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let ((pos, life, seq), (events, private, seals)) = columns(row)?;
        self.text.push_str(events);
        self.text.push_str(private.unwrap_or_default());
        self.seals.extend(seals);
        let (events, private, seals) = (events.len(), private.map(str::len), seals.len());
        self.rows.push(Numbers { pos, life, seq, events, private, seals });
        Ok(())
    }

    fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        let (mut text, mut all_seals) = (&*self.text, &*self.seals);
        self.rows.iter().flat_map(move |row| {
            let (events, private, seals);
            (events, text) = text.split_at(row.events);
            (private, text) = text.split_at(row.private.unwrap_or(0));
            (seals, all_seals) = all_seals.split_at(row.seals);
            lines((row.pos, row.life, row.seq), (events, row.private.map(|_| private), seals))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::time::Duration;

    use shared::{Epoch, Event, Fact, MemberId, MessageId, Millis, RoomId, Seq, Text};

    use crate::room::proposal::{Private, Record};
    use crate::room::tail::Entry;
    use crate::store::log::{FILE, Log};
    use crate::store::{LogError, open_to_read};

    use super::super::range;
    use super::*;

    fn append(log: &mut Log, life: i64, (seq, text): (u64, &str), private: Private) {
        let (by, id) = (MemberId(1), MessageId::new(Millis(seq), &[0; 10]));
        let text = Text::parse(text).unwrap();
        let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
        let record = Record { event: Event { seq: Seq(seq), at: Millis(0), fact }, private };
        log.append(life, &Entry::new(&record.event), &record).unwrap();
    }

    fn say(log: &mut Log, life: i64, seq: u64) {
        log.begin().unwrap();
        append(log, life, (seq, "在吗"), Private::None);
        log.commit().unwrap();
    }

    /// A life has begun in it.
    fn begun() -> (tempfile::TempDir, Log, i64) {
        let data = tempfile::TempDir::new().unwrap();
        let mut log = Log::open(data.path()).unwrap();
        log.begin().unwrap();
        let life = log.begin_life(RoomId::Lobby, &Epoch::new(&[0; 8])).unwrap();
        log.commit().unwrap();
        (data, log, life)
    }

    #[test]
    fn in_pieces_of_bounded_size_each_is_as_it_stands_in_the_log() {
        let (data, mut log, life) = begun();
        let mut seq = 0;
        for round in 0..400_u64 {
            log.begin().unwrap();
            for _ in 0..=round % 3 {
                seq += 1;
                let private = match round % 5 {
                    0 => Private::Removed {
                        by: MemberId(2),
                        id: MessageId::new(Millis(seq), &[1; 10]),
                        ban: true,
                        recall: false,
                    },
                    _ => Private::None,
                };
                append(&mut log, life, (seq, &"字".repeat(1 + (round as usize * 37) % 900)), private);
            }
            log.commit().unwrap();
        }
        log.begin().unwrap();
        (0..20_000).for_each(|over| log.end_life(life + over).unwrap());
        log.commit().unwrap();
        // As an earlier version stored them.
        let file = Connection::open(data.path().join(FILE)).unwrap();
        let sealed = file.execute("UPDATE records SET seal = randomblob(64) WHERE seq % 5 = 1", []).unwrap();
        assert!(sealed > 50);
        let reader = open_to_read(&data.path().join(FILE)).unwrap();
        let as_read = |stored: Stored<'_>| format!("{stored:?}");
        let (mut found, mut pos) = (Vec::new(), 0);
        loop {
            let (records, bytes) = some(&reader, pos, |stored| {
                pos = stored.pos;
                found.push(as_read(stored));
                Ok::<_, LogError>(())
            })
            .unwrap();
            assert!(records <= 1_400 && bytes < READ_BYTES + 10_000, "{records} records, {bytes} bytes");
            if records == 0 {
                break;
            }
        }
        let mut all = Vec::new();
        let _ = range(&reader, &(0..i64::MAX), true, |stored| {
            all.push(as_read(stored));
            Ok::<_, LogError>(ControlFlow::Continue(()))
        })
        .unwrap();
        assert!(found == all && found.iter().any(|stored| stored.contains("private: Some")));
        assert!(found.iter().any(|stored| stored.contains("seal: Some")));
    }

    #[test]
    fn the_write_ahead_file_begins_anew_while_something_is_made_of_what_was_read() {
        let (data, mut log, life) = begun();
        (1..=3).for_each(|seq| say(&mut log, life, seq));
        // How often it began anew (sqlite.org/fileformat2.html, 4.1).
        let times = || {
            let file = std::fs::read(data.path().join(FILE).with_extension("db-wal")).unwrap();
            u32::from_be_bytes(file[12..16].try_into().unwrap())
        };
        let reader = open_to_read(&data.path().join(FILE)).unwrap();
        let mut seen = Vec::new();
        let read = some(&reader, 0, |stored| {
            let before = times();
            assert!(log.checkpoint(false, Duration::ZERO)?, "nobody is in the way");
            say(&mut log, life, stored.number().0 + 3);
            assert!(before < times());
            seen.push(stored.number().0);
            Ok::<_, LogError>(())
        });
        assert_eq!((read.unwrap().0, seen), (3, vec![1, 2, 3]));
        assert_eq!(some(&reader, 3, |_| Ok::<_, LogError>(())).unwrap().0, 3);
    }
}
