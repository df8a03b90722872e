//! A room as a file: what its host may read of it, from the first event to the last one there was when it was asked for.
//!
//! As JSONL, one event a line behind a line about the room, it can be taken back by [`crate::import`]. As HTML, it is read.

mod clock;
pub mod file_name;
mod html;
mod moves;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::{Event, ExportAs, Fact, History, MemberId, Millis, NameRule, Names, Seq};

use crate::room::Room;
use crate::room::proposal::Standing;
use crate::room::tail::Entry;

use html::{Html, Quoted};

/// The first line of a JSONL export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of this form.
    pub duiliao_export: u32,
    /// When it was asked for.
    pub at: Millis,
    /// The room's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seats.
    pub capacity: u32,
    /// What a newcomer may read.
    pub history: History,
    /// Which names are let in.
    pub names: NameRule,
    /// The host, who exports.
    pub host: MemberId,
    /// The number of the first event.
    pub first: Seq,
    /// The number of the last event.
    pub last: Seq,
}

/// The version of [`About`] that is written.
pub const VERSION: u32 = 1;

impl About {
    /// About this room, as its host may read it now.
    pub fn new(room: &Room, host: Standing, at: Millis) -> Self {
        let (snapshot, settings) = (room.snapshot(), room.settings());
        let (first, last) = room.visible_range(host);
        Self {
            duiliao_export: VERSION,
            at,
            title: snapshot.view.facts.title.clone(),
            capacity: settings.capacity,
            history: settings.history,
            names: settings.names,
            host: host.member,
            first,
            last,
        }
    }
}

/// An export on its way.
#[derive(Debug)]
pub struct Export {
    about: About,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Jsonl,
    Html(Box<Html>),
}

impl Export {
    /// Of a room whose members have had these names.
    pub fn new(about: About, form: ExportAs, names: Names) -> Self {
        let form = match form {
            ExportAs::Jsonl => Form::Jsonl,
            ExportAs::Html => Form::Html(Box::new(Html::new(&about, names))),
        };
        Self { about, form }
    }

    /// What comes before the first event.
    pub fn head(&self) -> String {
        match &self.form {
            Form::Jsonl => serde_json::to_string(&self.about).expect("it is plain data") + "\n",
            Form::Html(html) => html.head(&self.about),
        }
    }

    /// The numbers that replies among these events answer, as far as they have to be read from elsewhere.
    pub fn answered(&self, entries: &[Entry]) -> BTreeSet<Seq> {
        if matches!(self.form, Form::Jsonl) {
            return BTreeSet::new();
        }
        let replies = entries.iter().filter(|entry| entry.json().contains(r#""reply_to":"#));
        let events = replies.filter_map(|entry| serde_json::from_str::<Event>(entry.json()).ok());
        let answered = events.filter_map(|event| match event.fact {
            Fact::Said { reply_to, .. } => reply_to,
            _ => None,
        });
        let here = entries.first().map(Entry::seq)..=entries.last().map(Entry::seq);
        answered.filter(|seq| self.about.first <= *seq && !here.contains(&Some(*seq))).collect()
    }

    /// The next events; `answered` are those that [`Export::answered`] asked for.
    ///
    /// # Errors
    /// If one makes no sense.
    pub fn piece(&mut self, entries: &[Entry], answered: &[Entry]) -> Result<String, serde_json::Error> {
        let floor = self.about.first;
        let mut piece = String::new();
        let mut quoted = Quoted::new();
        if matches!(self.form, Form::Html(_)) {
            for entry in answered.iter().chain(entries) {
                quoted.insert(entry.seq(), serde_json::from_str::<Event>(entry.json_from(floor))?.fact);
            }
        }
        for entry in entries {
            let json = entry.json_from(floor);
            match &mut self.form {
                Form::Jsonl => {
                    piece.push_str(json);
                    piece.push('\n');
                }
                Form::Html(html) => html.event(&serde_json::from_str::<Event>(json)?, &quoted, &mut piece),
            }
        }
        Ok(piece)
    }

    /// What comes after the last event.
    pub fn tail(&mut self) -> String {
        match &mut self.form {
            Form::Jsonl => String::new(),
            Form::Html(html) => html.tail(),
        }
    }
}
