//! What a page keeps of a room, to show it again before the server has answered, or without one: what the server would
//! say to a page that holds nothing, in the protocol's words, a frame a line. So to read it costs no code of its own.
//!
//! It has the newest texts only: of what was edited or taken back nothing older is in it. Several windows may keep one and the
//! same copy: the first line says of which life of the room it is and how far it reaches.

use std::rc::Rc;

use shared::{
    DeviceChange, Edit, FromServer, History, LeftWhy, MemberId, Millis, Name, Replay, RoomFacts, RoomId, Seq,
};

use super::Room;
use crate::state::timeline::{Entry, EntryKind};

/// The form of a copy. One of another form is not read.
const FORM: &str = "2";
/// Most messages in a copy, the newest.
const MESSAGES: usize = 60;
/// Most numbers they are spread over: between them are edits, and notices, which may bury the messages.
const NUMBERS: usize = 300;
/// Most bytes of events: the storage of a browser is for all rooms.
const BYTES: usize = 32 * 1024;

/// The id of an event whose id the page does not keep.
const NO_ID: &str = r#","id":"00000000-0000-7000-8000-000000000000""#;
const NULL: &str = "null";

impl Room {
    /// The copy, to be kept in place of the one there is; none while nothing is held, and if that one reaches further.
    pub fn copy_over(&self, kept: &str) -> Option<String> {
        let (first, last) = (self.log.first()?, self.log.last()?);
        let epoch = serde_json::to_string(&self.facts.epoch).ok()?;
        let life = [FORM, " ", &epoch, " "].concat();
        let reach = kept.lines().next().and_then(|head| head.strip_prefix(&life)?.parse().ok());
        if reach.is_some_and(|reach: u64| last.0 < reach) {
            return None;
        }
        let (mut events, mut names, mut messages, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
        for seq in (first.0..=last.0).rev().take(NUMBERS) {
            let entry = self.log.entries().of(Seq(seq));
            let event = [r#"{"seq":"#, &seq.to_string(), &self.event(entry), "}"].concat();
            messages += usize::from(entry.is_some_and(|entry| matches!(entry.body, EntryKind::Message(_))));
            bytes += event.len();
            if MESSAGES < messages || BYTES < bytes {
                break;
            }
            events.push(event);
            let members = entry.into_iter().flat_map(|entry| members_of(&entry.body)).flatten();
            for member in members.filter(|member| self.name(*member).is_some()) {
                let name = [r#"""#, &number(member), r#"":"#, &self.name_of(member)].concat();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        events.reverse();
        let members = self.seated.iter().map(|member| {
            let joined = self.joined(*member).map_or(NULL.to_owned(), |seq| seq.to_string());
            ["{", &self.member(*member), r#","joined":"#, &joined, "}"].concat()
        });
        let marks = self
            .marks
            .iter()
            .map(|(member, Seq(seq))| ["[", &number(*member), ",", &seq.to_string(), "]"].concat());
        let RoomFacts { id, epoch: _, title, capacity, locked, history, slow_s, host } = &self.facts;
        let parts = [
            life.as_str(),
            &last.0.to_string(),
            "\n",
            r#"{"type":"welcome","tail":0,"replay":"reset","room":{"id":""#,
            &id.to_string(),
            r#"","epoch":"#,
            &epoch,
            r#","title":"#,
            &title.as_deref().map_or(NULL.to_owned(), text),
            r#","capacity":"#,
            &capacity.to_string(),
            r#","locked":"#,
            bool(*locked),
            match history {
                History::All => r#","history":"all","slow_s":"#,
                History::FromJoin => r#","history":"from_join","slow_s":"#,
            },
            &slow_s.to_string(),
            r#","host":"#,
            &host.map_or(NULL.to_owned(), number),
            r#"},"limits":{"text":0,"frame":0,"per_second":0,"burst":0,"keep_s":"#,
            &self.keep_s.map_or(NULL.to_owned(), |keep| keep.to_string()),
            r#"},"you":{"host":"#,
            bool(self.host),
            ",",
            &self.member(self.me),
            r#"},"members":["#,
            &members.collect::<Vec<_>>().join(","),
            "]}\n",
            r#"{"type":"events","events":["#,
            &events.join(","),
            r#"],"names":{"#,
            &names.join(","),
            "}}\n",
            r#"{"type":"read","marks":["#,
            &marks.collect::<Vec<_>>().join(","),
            "]}",
        ];
        Some(parts.concat())
    }

    /// The room of a copy that a page of this member's kept; none if it makes no sense.
    /// What is too old by now is not shown again.
    pub fn of_copy(copy: &str, id: RoomId, name: &Name, now: Millis) -> Option<Self> {
        let mut lines = copy.lines();
        lines.next()?.strip_prefix(FORM).filter(|reach| reach.starts_with(' '))?;
        let mut room = match serde_json::from_str(lines.next()?).ok()? {
            FromServer::Welcome { room, you, members, limits, .. } if room.id == id && you.name == *name => {
                let room = Self::welcomed(None, room, &you, &members, Replay::Reset);
                Self { keep_s: limits.keep_s, ..room }
            }
            _ => return None,
        };
        let FromServer::Events { events, names } = serde_json::from_str(lines.next()?).ok()? else {
            return None;
        };
        room.fold(events, &names).ok()?;
        let FromServer::Read { marks } = serde_json::from_str(lines.next()?).ok()? else {
            return None;
        };
        room.mark(&marks);
        // Who is there now, nobody has said.
        room.online.clear();
        let first = room.log.first()?;
        room.expire(now);
        let is_unknown = |entry: &Rc<Entry>| entry.body == EntryKind::Unknown;
        room.is_outdated = room.log.first() != Some(first) || room.log.entries().iter().any(is_unknown);
        Some(room)
    }

    fn member(&self, member: MemberId) -> String {
        [r#""member":"#, &number(member), r#","name":"#, &self.name_of(member)].concat()
    }

    fn name_of(&self, member: MemberId) -> String {
        self.name(member).map_or(NULL.to_owned(), |name| text(name))
    }

    /// An event of which this is drawn, without its number. Of one that is not drawn nothing is told.
    fn event(&self, entry: Option<&Rc<Entry>>) -> String {
        let Some(entry) = entry else {
            return r#","at":0,"kind":"opened","capacity":0"#.to_owned();
        };
        let what = match &entry.body {
            EntryKind::Joined(member) => [r#"joined","#, &self.member(*member)].concat(),
            EntryKind::Left(member, why) => {
                let why = match why {
                    LeftWhy::Asked => r#"left","why":"asked","#,
                    LeftWhy::Removed => r#"left","why":"removed","#,
                    LeftWhy::Away => r#"left","why":"away","#,
                };
                [why, &self.member(*member)].concat()
            }
            EntryKind::Message(said) => {
                let reply_to = said.reply_to.map_or(NULL.to_owned(), |seq| seq.to_string());
                let edited = said.edited.map_or(NULL.to_owned(), |Edit { seq, at }| {
                    [r#"{"seq":"#, &seq.to_string(), r#","at":"#, &at.0.to_string(), "}"].concat()
                });
                [
                    r#"said","by":"#,
                    &number(said.by),
                    r#","id":""#,
                    &said.id.to_string(),
                    r#"","text":"#,
                    &text(&said.text),
                    r#","reply_to":"#,
                    &reply_to,
                    r#","edited":"#,
                    &edited,
                ]
                .concat()
            }
            EntryKind::Recalled { by, author } => [
                r#"gone","of":"said","why":"recalled","by":"#,
                &number(*author),
                NO_ID,
                r#","recalled_by":"#,
                &number(*by),
            ]
            .concat(),
            EntryKind::Locked(locked) => {
                [r#"locked","by":0"#, NO_ID, r#","locked":"#, bool(*locked)].concat()
            }
            EntryKind::Devices(change) => {
                let change = match change {
                    DeviceChange::Added => "added",
                    DeviceChange::BackedUp => "backed_up",
                    DeviceChange::OthersSignedOut => "others_signed_out",
                };
                [r#"devices","by":"#, &number(self.me), NO_ID, r#","change":""#, change, r#"""#].concat()
            }
            EntryKind::Unknown => r#"unknown""#.to_owned(),
            EntryKind::Muted(member, until) => [
                r#"muted","by":0"#,
                NO_ID,
                r#","member":"#,
                &number(*member),
                r#","until":"#,
                &until.map_or(NULL.to_owned(), |until| until.0.to_string()),
            ]
            .concat(),
            EntryKind::Set { title, slow_s } => [
                r#"set","by":0"#,
                NO_ID,
                r#","title":"#,
                &title.as_deref().map_or(NULL.to_owned(), text),
                r#","slow_s":"#,
                &slow_s.map_or(NULL.to_owned(), |slow_s| slow_s.to_string()),
            ]
            .concat(),
        };
        [r#","at":"#, &entry.at.0.to_string(), r#","kind":""#, &what].concat()
    }
}

/// The members whose names are needed to draw this.
fn members_of(body: &EntryKind) -> [Option<MemberId>; 2] {
    match body {
        EntryKind::Joined(member) | EntryKind::Left(member, _) | EntryKind::Muted(member, _) => {
            [Some(*member), None]
        }
        EntryKind::Recalled { by, author } => [Some(*by), (author != by).then_some(*author)],
        EntryKind::Message(said) => [Some(said.by), None],
        EntryKind::Locked(_) | EntryKind::Set { .. } | EntryKind::Devices(_) | EntryKind::Unknown => {
            [None, None]
        }
    }
}

fn number(member: MemberId) -> String {
    member.0.to_string()
}

fn text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

const fn bool(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
