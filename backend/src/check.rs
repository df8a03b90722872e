//! `duiliao check`: reads a data folder and says whether every promise holds. Changes nothing; a server may run.

pub(crate) mod life;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use rusqlite::{Connection, ErrorCode};
use shared::RoomId;

use crate::store::IndexError;
use crate::store::LogError;
use crate::store::codec::{self, What, lines_of};
use crate::store::index::Index;
use crate::store::log;

use life::Life;

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Rooms that exist.
    pub rooms: usize,
    /// Events of these rooms.
    pub events: u64,
    /// Where a promise is broken, in the order of the log; at most [`FINDINGS_MAX`] are listed.
    pub findings: Vec<String>,
    /// How many places there are.
    pub broken: usize,
}

/// So many findings are listed; the rest is counted.
pub const FINDINGS_MAX: usize = 50;

/// Reads the folder.
///
/// # Errors
/// If a file cannot be read at all. A record that makes no sense is a finding.
pub fn check(folder: &Path) -> Result<Report, LogError> {
    let log = log::open_in(folder)?;
    read_all(folder, &log).map_err(|error| error.of_file(&folder.join(log::FILE)))
}

fn read_all(folder: &Path, log: &Connection) -> Result<Report, LogError> {
    // Everything as of one moment; the index's comes first, since it must not know more than the log.
    let index = match Index::open(folder) {
        Ok(index) if index.is_current()? => Some(index),
        // It is made anew when the server starts.
        Ok(_) => {
            tracing::info!("the index is one of another version");
            None
        }
        Err(IndexError::Sqlite(error)) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => {
            tracing::info!(%error, "there is no index to check");
            None
        }
        Err(error) => return Err(error.into()),
    };
    let found = index.as_ref().map(Index::moment).transpose()?;
    let moment = log.unchecked_transaction()?;
    let mut report = Report::default();
    let sound: String = log.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        report.add(format_args!("log.db is damaged: {sound}"));
        return Ok(report);
    }
    let mut lives = current(log)?;
    report.rooms = lives.len();
    read(log, &mut lives, &mut report)?;
    let mut by_number: Vec<_> = lives.iter().collect();
    by_number.sort_unstable_by_key(|(life, _)| **life);
    for (number, life) in by_number {
        report.events += life.events();
        life.end(|wrong| report.add(format_args!("life {number}: {wrong}")));
    }
    if let Some(index) = &index {
        check_index(log, index, &lives, &mut report)?;
    }
    drop((moment, found));
    Ok(report)
}

/// The lives that rooms are in.
fn current(log: &Connection) -> Result<HashMap<i64, Life>, LogError> {
    let mut query = log.prepare("SELECT life, room, epoch FROM lives")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut lives = HashMap::new();
    for row in rows {
        let (life, room, epoch): (i64, String, String) = row?;
        let room: RoomId = room.parse().map_err(|_| LogError::Damaged(life))?;
        lives.insert(life, Life::new(room, epoch));
    }
    Ok(lives)
}

/// Reads every record once, in the order in which they were stored.
fn read(log: &Connection, lives: &mut HashMap<i64, Life>, report: &mut Report) -> Result<(), LogError> {
    let mut pos = 0;
    loop {
        let (records, _) = codec::some(log, pos, |stored| {
            let line = stored.line();
            pos = line.pos;
            match (lives.get_mut(&line.life), &line.what) {
                (Some(life), What::Record(record)) => {
                    life.take(record, line.seq, |wrong| {
                        report.add(format_args!("position {}: {wrong}", line.pos));
                    });
                }
                (Some(_), What::Damaged) => {
                    report.add(format_args!("position {}: the record makes no sense", line.pos));
                }
                (Some(_), What::End) => {
                    report.add(format_args!("position {}: a room is in a life that ended", line.pos));
                }
                // Of a life that is over, and not yet deleted.
                (None, _) => {}
            }
            Ok::<_, LogError>(())
        })?;
        if records == 0 {
            return Ok(());
        }
    }
}

/// Whether the index says what the log says, as far as it goes.
fn check_index(
    log: &Connection,
    index: &Index,
    lives: &HashMap<i64, Life>,
    report: &mut Report,
) -> Result<(), LogError> {
    // Rules look members up by these lookups, so each entry must be that of its row: `quick_check` would not say.
    let sound = index.integrity()?;
    if sound != "ok" {
        report.add(format_args!("index.db is damaged: {sound}; delete it, it is made anew from the log"));
        return Ok(());
    }
    let last = codec::last(log)?;
    for (number, life) in lives {
        let kept = index.room(*number)?;
        if !index.lookups_fit(*number)? {
            report.add(format_args!(
                "index.db finds members by what they are not: delete it, it is made anew from the log"
            ));
            return Ok(());
        }
        if last < kept.pos {
            report.add(format_args!("index.db goes beyond the log: it is made anew at the next start"));
            return Ok(());
        }
        life.compare(kept, |after| {
            let mut rest = Vec::new();
            lines_of(log, *number, after, |line| {
                if let What::Record(record) = line.what {
                    rest.push(record);
                }
            })?;
            Ok::<_, LogError>(rest)
        })?
        .into_iter()
        .for_each(|wrong| report.add(format_args!("index.db, life {number}: {wrong}")));
    }
    let (mut wrong, mut lost) = (0_u64, 0_u64);
    index.each_place(|life, seq, pos| {
        let found = codec::at(log, pos, |stored| Ok::<_, IndexError>((stored.line(), stored.seq)))?;
        let is_there = found.as_ref().is_some_and(|(line, number)| (line.life, *number) == (life, seq));
        wrong += u64::from(lives.contains_key(&life) && !is_there);
        if let Some((by, id)) = found.and_then(|(line, _)| line.signed())
            && is_there
        {
            let places = index.with_id(life, by, &id)?;
            lost += u64::from(!places.iter().any(|places| places.contains(&pos)));
        }
        Ok(())
    })?;
    if wrong > 0 {
        report.add(format_args!("index.db: {wrong} places are not those of the log"));
    }
    if lost > 0 {
        report.add(format_args!("index.db: {lost} ids are not found"));
    }
    Ok(())
}

impl Report {
    /// Whether every promise holds.
    pub const fn is_good(&self) -> bool {
        self.broken == 0
    }

    fn add(&mut self, wrong: fmt::Arguments<'_>) {
        self.broken += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(wrong.to_string());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        let more = self.broken - self.findings.len();
        if more > 0 {
            writeln!(f, "… and {more} more")?;
        }
        let Self { rooms, events, broken, .. } = self;
        match broken {
            0 => write!(f, "{rooms} rooms, {events} events: every promise holds"),
            _ => write!(f, "{rooms} rooms, {events} events: {broken} places where a promise is broken"),
        }
    }
}
