//! One life of a room, record by record: what must hold between them. Reads nothing itself.

use std::collections::{HashMap, HashSet};

use shared::{Event, Fact, GoneKind, GoneWhy, MemberId, MessageId, Millis, RoomId, Seq, Text};

use crate::room::proposal::Record;
use crate::room::state::RoomState;
use crate::store::index::Kept;

/// What a life has come to so far.
#[derive(Debug)]
pub(crate) struct Life {
    room: RoomId,
    epoch: String,
    state: RoomState,
    last: Seq,
    at: Millis,
    ids: HashSet<(MemberId, MessageId)>,
    /// What stands at the numbers that are messages or edits.
    texts: HashMap<Seq, Standing>,
    /// The texts of messages that were edited.
    edited: HashMap<Seq, Text>,
    /// The edits that stand: one for each message, its newest.
    edits: HashMap<Seq, Seq>,
    recalled: HashSet<Seq>,
    seated: HashSet<MemberId>,
    /// Everybody who ever was.
    joined: HashSet<MemberId>,
}

/// What stands at a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    by: MemberId,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Said {
        edit: Option<Seq>,
    },
    Edit,
    Gone(GoneKind),
    /// A message that is kept no longer.
    Old,
}

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("number {0} follows {1}")]
    Hole(Seq, Seq),
    #[error("the first event does not open the room the life is of")]
    NotOpened,
    #[error("number {0} is earlier than the one before it")]
    Earlier(Seq),
    #[error("number {0} has an id its member used before")]
    Twice(Seq),
    #[error("number {0} stands where {1} should")]
    Place(Seq, Seq),
    #[error("number {0} speaks of {1}, which is no earlier message it may speak of")]
    Reference(Seq, Seq),
    #[error("number {0} seats or frees somebody who was so already, or one too many")]
    Seat(Seq),
    #[error("number {0} is by somebody who never joined, or about somebody who never did")]
    Stranger(Seq),
    #[error("number {0} says that somebody is the host who is not")]
    Host(Seq),
    #[error("number {0} was recalled, and is still there")]
    Recalled(Seq),
    #[error("number {0} does not have the text of its newest edit")]
    Edited(Seq),
    #[error("number {0} is gone without a reason")]
    Gone(Seq),
    #[error("what is kept of the room is not what its events come to")]
    Kept,
}

impl Life {
    pub(crate) fn new(room: RoomId, epoch: String) -> Self {
        Self {
            room,
            epoch,
            state: RoomState::default(),
            last: Seq(0),
            at: Millis(0),
            ids: HashSet::new(),
            texts: HashMap::new(),
            edited: HashMap::new(),
            edits: HashMap::new(),
            recalled: HashSet::new(),
            seated: HashSet::new(),
            joined: HashSet::new(),
        }
    }

    pub(crate) const fn events(&self) -> u64 {
        self.last.0
    }

    /// The last number.
    pub(crate) const fn last(&self) -> Seq {
        self.last
    }

    /// Who has a seat, by number.
    pub(crate) fn seated(&self) -> impl Iterator<Item = MemberId> {
        let mut seated: Vec<_> = self.seated.iter().copied().collect();
        seated.sort_unstable();
        seated.into_iter()
    }

    /// The next record; `place` is the number it is stored under.
    pub(crate) fn take(&mut self, record: &Record, place: Seq, mut tell: impl FnMut(Wrong)) {
        let Event { seq, at, fact } = &record.event;
        if *seq != self.last.next() {
            tell(Wrong::Hole(*seq, self.last));
        }
        if *at < self.at {
            tell(Wrong::Earlier(*seq));
        }
        if place != *seq {
            tell(Wrong::Place(*seq, place));
        }
        if record.signed().is_some_and(|signed| !self.ids.insert(signed)) {
            tell(Wrong::Twice(*seq));
        }
        if record.signed().is_some_and(|(by, _)| !self.joined.contains(&by)) {
            tell(Wrong::Stranger(*seq));
        }
        self.state.fold(record);
        (self.last, self.at) = (*seq, *at);
        if let Some(wrong) = self.look(*seq, fact) {
            tell(wrong);
        }
    }

    fn look(&mut self, seq: Seq, fact: &Fact) -> Option<Wrong> {
        match fact {
            Fact::Opened { .. } => {
                let epoch = self.state.settings().map(|settings| settings.epoch.as_str());
                return (seq != Seq(1) || epoch != Some(&self.epoch)).then_some(Wrong::NotOpened);
            }
            Fact::Joined { member, host, .. } => {
                if *host && !self.state.is_host(*member) {
                    return Some(Wrong::Host(seq));
                }
                let capacity = self.state.settings().map_or(0, |settings| settings.capacity);
                self.joined.insert(*member);
                let fits = self.seated.insert(*member) && self.seated.len() as u64 <= u64::from(capacity);
                return (!fits).then_some(Wrong::Seat(seq));
            }
            Fact::Left { member, .. } => return (!self.seated.remove(member)).then_some(Wrong::Seat(seq)),
            Fact::Said { by, text, reply_to, edited, .. } => {
                let what = What::Said { edit: edited.map(|edit| edit.seq) };
                self.texts.insert(seq, Standing { by: *by, what });
                if edited.is_some() {
                    self.edited.insert(seq, text.clone());
                }
                let target = (*reply_to)?;
                return (!self.is_message(target, None)).then_some(Wrong::Reference(seq, target));
            }
            Fact::Edited { by, target, text, .. } => {
                self.texts.insert(seq, Standing { by: *by, what: What::Edit });
                if !self.is_message(*target, Some(*by)) {
                    return Some(Wrong::Reference(seq, *target));
                }
                let overtaken = self.edits.insert(*target, seq).is_some();
                return (overtaken || self.edited.get(target) != Some(text))
                    .then_some(Wrong::Edited(*target));
            }
            Fact::Recalled { target, .. } => {
                self.recalled.insert(*target);
                return (!self.is_message(*target, None)).then_some(Wrong::Reference(seq, *target));
            }
            Fact::Gone { by, of: GoneKind::Said, why: GoneWhy::Unreadable, .. } => {
                self.texts.insert(seq, Standing { by: *by, what: What::Old });
            }
            Fact::Gone { by, of, .. } => {
                self.texts.insert(seq, Standing { by: *by, what: What::Gone(*of) });
            }
            Fact::Muted { member, .. } | Fact::Unbanned { member, .. } => {
                return (!self.joined.contains(member)).then_some(Wrong::Stranger(seq));
            }
            Fact::Locked { .. } | Fact::Set { .. } | Fact::Devices { .. } | Fact::Unknown => {}
        }
        None
    }

    fn is_message(&self, target: Seq, by: Option<MemberId>) -> bool {
        self.texts.get(&target).is_some_and(|standing| {
            let message = matches!(standing.what, What::Said { .. } | What::Gone(GoneKind::Said) | What::Old);
            message && by.is_none_or(|by| by == standing.by)
        })
    }

    /// What can be said only after the last record.
    pub(crate) fn end(&self, mut tell: impl FnMut(Wrong)) {
        if self.last == Seq(0) {
            tell(Wrong::NotOpened);
        }
        let mut numbers: Vec<_> = self.texts.iter().collect();
        numbers.sort_unstable_by_key(|(seq, _)| **seq);
        for (seq, standing) in numbers {
            let recalled = self.recalled.contains(seq);
            match standing.what {
                What::Said { .. } if recalled => tell(Wrong::Recalled(*seq)),
                What::Said { edit } if edit.as_ref() != self.edits.get(seq) => tell(Wrong::Edited(*seq)),
                What::Gone(GoneKind::Said) if !recalled => tell(Wrong::Gone(*seq)),
                _ => {}
            }
        }
        for (target, edit) in &self.edits {
            if self.recalled.contains(target) {
                tell(Wrong::Recalled(*edit));
            }
        }
    }

    /// Whether what is kept of the room, and the records behind it, come to the same room. `rest` reads these.
    pub(crate) fn compare<E>(
        &self,
        kept: Kept,
        rest: impl FnOnce(i64) -> Result<Vec<Record>, E>,
    ) -> Result<Option<Wrong>, E> {
        let mut state =
            kept.head.map_or_else(RoomState::default, |head| RoomState::restore(head, kept.members));
        rest(kept.pos)?.iter().for_each(|record| state.fold(record));
        let same = state.head() == self.state.head()
            && state.members() == self.state.members()
            && state.view(self.room).map(|view| view.roster)
                == self.state.view(self.room).map(|view| view.roster);
        Ok((!same).then_some(Wrong::Kept))
    }
}
