//! What is true at rest: the log, compared with what every page holds, was told, and did.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use backend::room::proposal::Private;
use backend::store::LogError;
use backend::store::log::Log;
use frontend::state::outbox::Command;
use frontend::state::timeline::{EntryKind, Message};
use shared::{Event, Fact, GoneKind, MemberId, MessageId, RoomId, Seq};

use crate::faults::{Fault, Faults};
use crate::page::{Fate, Page};
use crate::witness::descends;

/// A room's log, as it is on disk.
#[derive(Debug)]
pub struct Truth {
    /// The life it is in.
    pub epoch: String,
    /// What happened.
    pub events: Vec<Event>,
    /// Under which ids.
    pub signed: Vec<Option<(MemberId, MessageId)>>,
}

impl Truth {
    /// Reads it.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn read(log: &mut Log, room: RoomId) -> Result<Self, LogError> {
        let mut truth = Self { epoch: String::new(), events: Vec::new(), signed: Vec::new() };
        let Some(life) = log.life(room)? else { return Ok(truth) };
        log.read(life, 0, |record| {
            if let Private::Opened(settings) = &record.private {
                settings.epoch.as_str().clone_into(&mut truth.epoch);
            }
            truth.events.push(record.event.clone());
            truth.signed.push(record.signed());
        })?;
        Ok(truth)
    }

    /// The last number.
    pub fn tail(&self) -> Seq {
        self.events.last().map_or(Seq(0), |event| event.seq)
    }

    /// Numbers without holes, times that do not fall, no id twice.
    pub fn check(&self, faults: &mut Faults) {
        for (number, event) in (1..).zip(&self.events) {
            let what = || format!("the log has {} where {number} comes", event.seq);
            faults.unless(event.seq.0 <= number, Fault::Missing, what);
            faults.unless(number <= event.seq.0, Fault::Twice, what);
        }
        for pair in self.events.windows(2) {
            let rises = pair[0].at <= pair[1].at;
            faults.unless(rises, Fault::OutOfOrder, || format!("the log's {} is earlier", pair[1].seq));
        }
        let mut ids = BTreeSet::new();
        for signed in self.signed.iter().flatten() {
            faults.unless(ids.insert(*signed), Fault::Twice, || format!("{} is stored twice", signed.1));
        }
    }

    /// What a page did, against what is stored: confirmed is stored once, refused is not, anything else at most once.
    pub fn check_deeds(&self, page: &Page, who: &str, faults: &mut Faults) {
        let mut stored: HashMap<MessageId, Vec<usize>> = HashMap::new();
        for (index, signed) in self.signed.iter().enumerate() {
            if let Some((_, id)) = signed {
                stored.entry(*id).or_default().push(index);
            }
        }
        for (id, deed) in &page.deeds {
            let found = stored.get(id).map_or(&[][..], Vec::as_slice);
            faults.unless(found.len() <= 1, Fault::Twice, || format!("{who}'s {id} is stored {found:?}"));
            match &deed.fate {
                Fate::Confirmed(epoch, member) if epoch.as_str() == self.epoch => {
                    let what = || format!("{who} was told that {id} is stored: {:?}", deed.act);
                    faults.unless(!found.is_empty(), Fault::Missing, what);
                    let by = found.first().and_then(|index| self.signed[*index]).map(|(by, _)| by);
                    faults.unless(by.is_none_or(|by| by == *member), Fault::Other, || {
                        format!("{who}'s {id} is another's")
                    });
                }
                Fate::Refused => faults.unless(found.is_empty(), Fault::Other, || {
                    format!("{who} was told that {id} is refused, and it is stored: {:?}", deed.act)
                }),
                Fate::Confirmed(..) | Fate::Open => {}
            }
            for index in found {
                let event = &self.events[*index];
                faults.unless(is_of(&deed.act, event), Fault::Other, || {
                    format!("{who} did {:?}, and {event:?} is stored", deed.act)
                });
            }
        }
    }

    /// What a page was told, against what is stored.
    pub fn check_heard(&self, page: &Page, who: &str, faults: &mut Faults) {
        let Some(heard) = page.witness.heard.get(&self.epoch) else { return };
        for (seq, event) in heard {
            let index = usize::try_from(seq.0).unwrap_or(usize::MAX).wrapping_sub(1);
            match self.events.get(index) {
                None => faults.add(Fault::Missing, format!("{who} heard {seq}, which is not in the log")),
                Some(now) => faults.unless(descends(event, now), Fault::Other, || {
                    format!("{who} heard {event:?}, and the log has {now:?}")
                }),
            }
        }
    }

    /// What a page shows, against what it has to show of this log.
    pub fn check_list(&self, page: &Page, who: &str, faults: &mut Faults) {
        let Some(room) = &page.chat.room else { return };
        faults.unless(room.facts.epoch.as_str() == self.epoch, Fault::Other, || {
            format!("{who} is in another life of the room")
        });
        let (Some(first), Some(last)) = (room.log.first(), room.log.last()) else {
            faults.unless(self.events.is_empty(), Fault::Missing, || format!("{who} holds nothing"));
            return;
        };
        faults.unless(last == self.tail(), Fault::Missing, || {
            format!("{who} has come to {last}, and the log to {}", self.tail())
        });
        let held = self.events.iter().filter(|event| first <= event.seq);
        let expected: BTreeMap<_, _> = held.filter_map(|event| Some((event.seq, body(event)?))).collect();
        let mut before = Seq(0);
        for entry in room.log.entries().iter() {
            let seq = entry.seq;
            faults.unless(before != seq, Fault::Twice, || format!("{who} shows {seq} twice"));
            faults.unless(before <= seq, Fault::OutOfOrder, || format!("{who} shows {seq} after {before}"));
            before = seq;
            let right = expected.get(&seq);
            faults.unless(right == Some(&entry.body), Fault::Other, || {
                format!("{who} shows {:?} at {seq}, not {right:?}", entry.body)
            });
        }
        let shown: BTreeSet<_> = room.log.entries().iter().map(|entry| entry.seq).collect();
        for seq in expected.keys().filter(|seq| !shown.contains(seq)) {
            faults.add(Fault::Missing, format!("{who} does not show {seq}"));
        }
    }

    /// Texts that may be seen are those that the log still has: whether `seen`, which stands in `place`, has others.
    pub fn check_texts(&self, seen: &[u8], place: &str, faults: &mut Faults) {
        let kept = serde_json::to_vec(&self.events).expect("events are plain data");
        let kept = marks(&kept);
        for mark in marks(seen).difference(&kept) {
            faults.add(Fault::Visible, format!("{place} still has the text {mark}"));
        }
    }
}

/// What a page shows of an event, if anything.
fn body(event: &Event) -> Option<EntryKind> {
    Some(match event.fact.clone() {
        Fact::Opened { .. }
        | Fact::Edited { .. }
        | Fact::Recalled { .. }
        | Fact::Gone { of: GoneKind::Edited, .. }
        | Fact::Muted { .. }
        | Fact::Unbanned { .. }
        | Fact::Devices { .. } => return None,
        Fact::Unknown => EntryKind::Unknown,
        Fact::Joined { member, .. } => EntryKind::Joined(member),
        Fact::Left { member, why } => EntryKind::Left(member, why),
        Fact::Said { by, id, text, reply_to, edited } => {
            EntryKind::Message(Message { by, id, text: text.as_str().into(), reply_to, edited })
        }
        Fact::Gone { by, recalled_by, .. } => {
            EntryKind::Recalled { by: recalled_by.unwrap_or(by), author: by }
        }
        Fact::Locked { locked, .. } => EntryKind::Locked(locked),
        Fact::Set { title, slow_s, .. } => EntryKind::Set { title: title.map(Into::into), slow_s },
    })
}

/// Whether an event is what a deed comes to.
fn is_of(act: &Command, event: &Event) -> bool {
    match (act, &event.fact) {
        (Command::Say { text, reply_to }, Fact::Said { text: stored, reply_to: to, edited, .. }) => {
            reply_to == to && (edited.is_some() || text == stored)
        }
        (Command::Edit { seq, text }, Fact::Edited { target, text: stored, .. }) => {
            seq == target && text == stored
        }
        (Command::Say { .. }, Fact::Gone { of, .. }) => *of == GoneKind::Said,
        (Command::Edit { .. }, Fact::Gone { of, .. }) => *of == GoneKind::Edited,
        (Command::Recall { seq }, Fact::Recalled { target, .. }) => seq == target,
        (Command::Remove { member, .. }, Fact::Left { member: left, .. }) => member == left,
        (Command::Lock { locked }, Fact::Locked { locked: stored, .. }) => locked == stored,
        (Command::Set { slow_s, .. }, Fact::Set { slow_s: stored, .. }) => slow_s == stored,
        _ => false,
    }
}

/// The marks of texts in these bytes; see [`crate::person::mark`].
fn marks(bytes: &[u8]) -> BTreeSet<String> {
    const OPEN: &[u8] = "‹".as_bytes();
    let found = bytes.windows(OPEN.len() + 7).filter(|window| window.starts_with(OPEN));
    let digits = found.map(|window| &window[OPEN.len()..]).filter(|rest| rest.iter().all(u8::is_ascii_digit));
    digits.map(|digits| String::from_utf8_lossy(digits).into_owned()).collect()
}

/// Lives that are over have no log; what pages were told of them must agree.
pub fn check_past<'a>(pages: impl Iterator<Item = &'a Page>, faults: &mut Faults) {
    let mut known: BTreeMap<(&String, Seq), &Event> = BTreeMap::new();
    for page in pages {
        for (life, events) in &page.witness.heard {
            for event in events.values() {
                let other = known.entry((life, event.seq)).or_insert(event);
                let agree = descends(other, event) || descends(event, other);
                faults.unless(agree, Fault::Other, || format!("{other:?} and {event:?} have one number"));
            }
        }
    }
}
