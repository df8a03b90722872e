//! `duiliao import`: a room's JSONL export, taken into the data folder of a server that is stopped, with the same numbers.
//!
//! An export has no tokens, so nobody can come back to a seat but the host, whose new token is drawn here: the seats of all
//! others are freed. Nor does it have bans: who was removed for good may join the new room.

mod mend;

use std::io::{self, BufRead};
use std::path::Path;

use shared::limits::{CAPACITY, SLOW_MAX};
use shared::{BadText, Epoch, Event, Fact, LeftWhy, MessageId, RoomId, Seq, Title, Token};

use crate::check::life::{Life, Wrong};
use crate::config::{AHEAD_MAX, millis};
use crate::edge::Edge;
use crate::export::{About, VERSION};
use crate::names::fold;
use crate::room::proposal::{Private, Record, Settings};
use crate::room::seal::TokenHash;
use crate::room::tail::Entry;
use crate::store::LogError;
use crate::store::log::Log;

use mend::mend;

/// What was taken in.
#[derive(Debug)]
pub struct Imported {
    /// The new room.
    pub room: RoomId,
    /// Of its host's seat.
    pub host_token: Token,
    /// How many events it was exported with.
    pub events: u64,
}

/// Why an export cannot be taken in. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Its first line is not one of ours.
    #[error("this is no export of a room, or one of a later version")]
    Foreign,
    /// The host could not read the room's beginning.
    #[error(
        "the export begins at number {0}: its host may read only from there on, so the numbers before it are missing"
    )]
    Beginning(Seq),
    /// A line makes no sense.
    #[error("line {0} makes no sense")]
    Line(usize),
    /// A line ends too early.
    #[error("line {0} is not complete: the file was cut off")]
    Cut(usize),
    /// It was packed.
    #[error("the file is compressed: unpack it first (`gunzip FILE.gz`, or as the other program says)")]
    Compressed,
    /// It was saved by another program.
    #[error("the file is not UTF-8: save it as UTF-8, or export the room again")]
    NotUtf8,
    /// It breaks off.
    #[error("the export breaks off after number {0}")]
    BreaksOff(Seq),
    /// What it says cannot have happened.
    #[error("{0}")]
    Wrong(String),
    /// Time never falls in a room: this one would stand still.
    #[error("it says it is from the future: is the clock of this machine right?")]
    Future,
    /// The other copies would not have it.
    #[error("the data folder is a copy in a cluster: a room cannot be taken into one copy alone")]
    Clustered,
    /// The log stands in the way.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The file cannot be read.
    #[error("the export cannot be read")]
    Io(#[from] io::Error),
}

impl From<Wrong> for ImportError {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong.to_string())
    }
}

/// Takes an export into the log in `folder`; `hold_ms` is how long the room will keep a seat for somebody without a
/// connection.
///
/// # Errors
/// [`ImportError`] says what stands in the way.
pub fn import(
    mut export: impl BufRead,
    folder: &Path,
    edge: &Edge,
    hold_ms: u64,
) -> Result<Imported, ImportError> {
    recognise(export.fill_buf()?)?;
    let mut lines = text_lines(export);
    let about = lines.next().ok_or(ImportError::Foreign)??;
    // Editors write a mark of their own before the first character.
    let about: About =
        serde_json::from_str(about.trim_start_matches('\u{feff}')).map_err(|_| ImportError::Foreign)?;
    if about.duiliao_export != VERSION {
        return Err(ImportError::Foreign);
    }
    let mut log = Log::open(folder)?;
    if log.is_clustered() {
        return Err(ImportError::Clustered);
    }
    let (room, host_token) = (RoomId::Link(edge.random()), Token::new(&edge.random()));
    let settings = Settings {
        epoch: Epoch::new(&edge.random()),
        capacity: about.capacity,
        title: about.title.as_deref().and_then(|title| Title::from_stored(title).ok()),
        history: about.history,
        names: about.names,
        hold_ms,
        restarts: false,
        host: Some(TokenHash::of(&host_token)),
    };
    log.begin()?;
    let stored = Import { log: &mut log, edge, about, settings, room, members: 0 }.store(lines);
    match stored {
        Ok(events) => {
            log.commit()?;
            Ok(Imported { room, host_token, events })
        }
        Err(error) => {
            log.roll_back();
            Err(error)
        }
    }
}

/// Refuses a file that is something else, by its first bytes.
fn recognise(head: &[u8]) -> Result<(), ImportError> {
    const PACKED: [&[u8]; 5] = [b"\x1f\x8b", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh"];
    if PACKED.iter().any(|magic| head.starts_with(magic)) {
        return Err(ImportError::Compressed);
    }
    let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if is_utf16 { Err(ImportError::NotUtf8) } else { Ok(()) }
}

/// The lines, without what ends them.
fn text_lines(export: impl BufRead) -> impl Iterator<Item = Result<String, ImportError>> {
    (1..).zip(export.split(b'\n')).map(|(number, line)| {
        let mut line = line?;
        line.pop_if(|last| *last == b'\r');
        // A file that was cut off may end in the middle of a character.
        String::from_utf8(line).map_err(|error| match error.utf8_error().error_len() {
            None => ImportError::Cut(number),
            Some(_) => ImportError::NotUtf8,
        })
    })
}

struct Import<'a> {
    log: &'a mut Log,
    edge: &'a Edge,
    about: About,
    settings: Settings,
    room: RoomId,
    /// The highest number of a member so far.
    members: u32,
}

impl Import<'_> {
    fn store(mut self, lines: impl Iterator<Item = Result<String, ImportError>>) -> Result<u64, ImportError> {
        let life = self.log.begin_life(self.room, &self.settings.epoch)?;
        let mut told = Life::new(self.room, self.settings.epoch.as_str().to_owned());
        let mut events = Vec::new();
        for (number, line) in lines.enumerate() {
            let line = line?;
            // Editors leave one at the end.
            if line.trim().is_empty() {
                continue;
            }
            let mut event: Event = serde_json::from_str(&line).map_err(|error| match error.is_eof() {
                true => ImportError::Cut(number + 2),
                false => ImportError::Line(number + 2),
            })?;
            match &mut event.fact {
                Fact::Unknown => return Err(ImportError::Line(number + 2)),
                // Earlier versions did not say so.
                Fact::Joined { member, host, .. } => *host = *member == self.about.host,
                _ => {}
            }
            // One after the other: what follows counts on it.
            if events.last().is_some_and(|last: &Event| last.seq.0.checked_add(1) != Some(event.seq.0)) {
                return Err(ImportError::Line(number + 2));
            }
            events.push(event);
        }
        let last = events.last().map_or(Seq(0), |event| event.seq);
        if last != self.about.last {
            return Err(ImportError::BreaksOff(last));
        }
        let fresh = || MessageId::new(self.edge.now(), &self.edge.random());
        mend(&mut events, fresh);
        let now = self.edge.now();
        let mut at = now.max(self.about.at);
        for event in events {
            if told.last() == Seq(0) {
                self.begin(life, &event, &mut told)?;
            }
            at = at.max(event.at);
            self.append(life, event, &mut told)?;
        }
        if now.0.saturating_add(millis(AHEAD_MAX)) < at.0 {
            return Err(ImportError::Future);
        }
        let mut wrong = None;
        told.end(|found| wrong = wrong.or(Some(found)));
        if let Some(wrong) = wrong {
            return Err(wrong.into());
        }
        let seated = told.seated().filter(|member| *member != self.about.host).collect::<Vec<_>>();
        for member in seated {
            let fact = Fact::Left { member, why: LeftWhy::Away };
            self.append(life, Event { seq: told.last().next(), at, fact }, &mut told)?;
        }
        Ok(self.about.last.0)
    }

    /// The first event. A host who reads from its joining on, and was the first to join, has all but the opening.
    fn begin(&mut self, life: i64, first: &Event, told: &mut Life) -> Result<(), ImportError> {
        match first.seq {
            seq if seq != self.about.first => Err(ImportError::Line(2)),
            Seq(1) if !matches!(first.fact, Fact::Opened { .. }) => Err(ImportError::Line(2)),
            Seq(1) => Ok(()),
            Seq(2) => {
                let title = self.about.title.clone();
                let fact = Fact::Opened { capacity: self.about.capacity, title };
                self.append(life, Event { seq: Seq(1), at: first.at, fact }, told)
            }
            later => Err(ImportError::Beginning(later)),
        }
    }

    fn append(&mut self, life: i64, event: Event, told: &mut Life) -> Result<(), ImportError> {
        match &event.fact {
            Fact::Opened { capacity, .. } if !CAPACITY.contains(capacity) => {
                return Err(ImportError::Wrong(format!("a room cannot have {capacity} seats")));
            }
            // An empty one takes the name away.
            Fact::Opened { title: Some(title), .. } | Fact::Set { title: Some(title), .. }
                if matches!(Title::from_stored(title), Err(BadText::Control | BadText::TooLong)) =>
            {
                return Err(ImportError::Wrong(format!(
                    "number {} gives no name that rooms have",
                    event.seq
                )));
            }
            Fact::Set { slow_s: Some(pause), .. } if SLOW_MAX < *pause => {
                return Err(ImportError::Wrong(format!("number {} asks for too long a pause", event.seq)));
            }
            Fact::Joined { name, .. } if self.about.names.parse(name.as_str()).as_ref() != Ok(name) => {
                return Err(ImportError::Wrong(format!(
                    "number {} gives no name that the room takes",
                    event.seq
                )));
            }
            // Numbers of members are given one by one.
            Fact::Joined { member, .. } if member.0 == 0 || self.members + 1 < member.0 => {
                return Err(ImportError::Wrong(format!("number {} is by nobody there could be", event.seq)));
            }
            Fact::Joined { member, .. } => self.members = self.members.max(member.0),
            _ => {}
        }
        let private = self.private(&event.fact);
        let record = Record { event, private };
        let mut wrong = None;
        told.take(&record, record.event.seq, |found| wrong = wrong.or(Some(found)));
        if let Some(wrong) = wrong {
            return Err(wrong.into());
        }
        self.log.append(life, &Entry::new(&record.event), &record)?;
        Ok(())
    }

    fn private(&self, fact: &Fact) -> Private {
        match fact {
            Fact::Opened { capacity, .. } => {
                Private::Opened(Box::new(Settings { capacity: *capacity, ..self.settings.clone() }))
            }
            Fact::Joined { member, name, .. } => {
                let token = self.settings.host.filter(|_| *member == self.about.host);
                let lost = || TokenHash::of(&Token::new(&self.edge.random()));
                Private::Joined { token: token.unwrap_or_else(lost), folded: fold(name.as_str()) }
            }
            _ => Private::None,
        }
    }
}
