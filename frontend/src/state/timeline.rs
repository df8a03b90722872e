//! The part of a room's log that the page holds, as what is drawn: a fold of events, checked for gaps.
//!
//! Edits and recalls change the message they speak of; everything else keeps its place. HistoryState events are put in front,
//! a page at a time.

mod chunked_list;
mod island;
mod notice_run;

use std::rc::Rc;

use shared::{DeviceChange, Edit, Event, Fact, GoneKind, GoneWhy, LeftWhy, MemberId, MessageId, Millis, Seq};

pub use chunked_list::Entries;
pub use island::Island;
pub use notice_run::NoticeFolding;

/// Most entries held by somebody who follows the end; the oldest go first, so that page and memory stay bounded.
pub const KEPT: usize = 2_000;

/// Events in a page of older ones.
const OLDER_EVENTS: usize = 100;

/// Events are missing: what is held cannot be gone on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceGap;

/// Something to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of its event.
    pub seq: Seq,
    /// When the server took it.
    pub at: Millis,
    /// What it is.
    pub body: EntryKind,
}

/// What there is to draw of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// Somebody took a seat.
    Joined(MemberId),
    /// A seat was freed.
    Left(MemberId, LeftWhy),
    /// A message.
    Message(Message),
    /// A recalled message.
    Recalled {
        /// Who recalled it.
        by: MemberId,
        /// Who had written it. Member 0, which nobody is, where a snapshot of an older page does not say.
        author: MemberId,
    },
    /// The door was closed or opened.
    Locked(bool),
    /// The host muted a member until a time, or lifted the mute.
    Muted(MemberId, Option<Millis>),
    /// This page's member changed its devices.
    Devices(DeviceChange),
    /// An event of a kind that this build does not know.
    Unknown,
    /// The host changed the settings. None where something else was changed, such as the blocked words.
    Set {
        /// The new title.
        title: Option<Rc<str>>,
        /// The new pause between one member's messages, in seconds.
        slow_s: Option<u32>,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who said it.
    pub by: MemberId,
    /// The id its sender gave it.
    pub id: MessageId,
    /// The newest text.
    pub text: Rc<str>,
    /// The message it answers.
    pub reply_to: Option<Seq>,
    /// The newest edit.
    pub edited: Option<Edit>,
}

/// How it stands with what is older than all that is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HistoryState {
    /// There may be more.
    #[default]
    More,
    /// The next page of it is asked for.
    Loading,
    /// There is none.
    Beginning,
    /// The answer was none to be used.
    Failed,
}

/// A page of the log: the events nearest to a bound, which is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRange {
    /// The events before this number.
    pub before: Option<Seq>,
    /// The events after this number.
    pub after: Option<Seq>,
    /// At most this many.
    pub limit: usize,
}

impl PageRange {
    /// The events just before a number.
    pub const fn before(seq: Seq, limit: usize) -> Self {
        Self { before: Some(seq), after: None, limit }
    }

    /// The events just after a number.
    pub const fn after(seq: Seq, limit: usize) -> Self {
        Self { before: None, after: Some(seq), limit }
    }
}

/// What a later event makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Edited(Rc<str>, Edit),
    Recalled(MemberId),
}

/// What is held of a room's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    entries: Entries,
    first: Option<Seq>,
    last: Option<Seq>,
    older: HistoryState,
    /// Whether a page of newer events is on its way.
    expects_newer: bool,
    /// What came for messages not held while a page with them, and with their old text, may have been on its way.
    overtaking: Vec<(Seq, Change)>,
    /// The member whose devices are told of.
    me: Option<MemberId>,
}

impl Log {
    /// In rising order.
    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The message of this number, if it is held and was not taken back.
    pub fn said(&self, seq: Seq) -> Option<&Message> {
        match &self.entries.of(seq)?.body {
            EntryKind::Message(said) => Some(said),
            _ => None,
        }
    }

    /// The number of the first event held: every one from it to the last is.
    pub fn first(&self) -> Option<Seq> {
        self.first
    }

    /// The number of the last event folded in.
    pub fn last(&self) -> Option<Seq> {
        self.last
    }

    /// How it stands with what is older.
    pub fn older(&self) -> HistoryState {
        if self.first == Some(Seq(1)) { HistoryState::Beginning } else { self.older }
    }

    /// Sets which notices fold into one row, and who reads them.
    pub fn fold_notices(&mut self, folding: NoticeFolding, me: Option<MemberId>) {
        self.me = me;
        self.entries.fold_notices(folding);
    }

    /// Whether every event from the first to this one, and this one, is held.
    pub fn covers(&self, seq: Seq) -> bool {
        self.first.is_some_and(|first| first <= seq) && self.last.is_some_and(|last| seq <= last)
    }

    /// The page to ask for, if what is older is wanted.
    pub fn older_page(&self) -> Option<PageRange> {
        let first = self.first.filter(|_| self.older == HistoryState::Loading)?;
        Some(PageRange::before(first, OLDER_EVENTS))
    }

    /// Takes the next event in; `false` if it was known already.
    ///
    /// # Errors
    /// [`SequenceGap`] if events before it are missing. The first may have any number.
    pub fn fold(&mut self, event: Event) -> Result<bool, SequenceGap> {
        match self.last {
            Some(last) if event.seq <= last => return Ok(false),
            Some(last) if event.seq != last.next() => return Err(SequenceGap),
            _ => self.last = Some(event.seq),
        }
        self.first.get_or_insert(event.seq);
        self.observe(&event);
        let Event { seq, at, fact } = event;
        let body = match fact {
            Fact::Opened { .. }
            | Fact::Gone { of: GoneKind::Edited, .. }
            | Fact::Gone { why: GoneWhy::Unreadable, .. }
            | Fact::Unbanned { .. }
            | Fact::Edited { .. }
            | Fact::Recalled { .. } => return Ok(true),
            Fact::Devices { by, .. } if self.me != Some(by) => return Ok(true),
            Fact::Devices { change, .. } => EntryKind::Devices(change),
            Fact::Unknown => EntryKind::Unknown,
            Fact::Muted { member, until, .. } => EntryKind::Muted(member, until),
            Fact::Joined { member, .. } => EntryKind::Joined(member),
            Fact::Left { member, why } => EntryKind::Left(member, why),
            Fact::Said { by, id, text, reply_to, edited } => {
                let text = text.as_str().into();
                EntryKind::Message(Message { by, id, text, reply_to, edited })
            }
            Fact::Gone { by, recalled_by, .. } => {
                EntryKind::Recalled { by: recalled_by.unwrap_or(by), author: by }
            }
            Fact::Locked { locked, .. } => EntryKind::Locked(locked),
            Fact::Set { title, slow_s, .. } => EntryKind::Set { title: title.map(Into::into), slow_s },
        };
        self.entries.push(Entry { seq, at, body });
        Ok(true)
    }

    /// Nothing older is kept.
    pub fn has_no_older(&mut self) {
        self.older = HistoryState::Beginning;
    }

    /// Asks for the page before what is held, unless there is none or it is asked for.
    pub fn want_older(&mut self) {
        if self.first.is_some() && matches!(self.older(), HistoryState::More | HistoryState::Failed) {
            self.older = HistoryState::Loading;
            // A page asked for now has what was changed before.
            self.overtaking.clear();
        }
    }

    /// Puts a page in front of what is held; `more` says whether there is an older one. A page that does not end
    /// where this begins is not taken.
    pub fn prepend(&mut self, page: Vec<Event>, more: bool) {
        let older = self.log_of(page);
        let Some(mut older) =
            older.filter(|older| older.last.is_none_or(|last| Some(last.next()) == self.first))
        else {
            self.older_failed();
            return;
        };
        for (target, change) in std::mem::take(&mut self.overtaking) {
            older.change(target, change);
        }
        self.first = older.first.or(self.first);
        self.older = if more && older.first.is_some() { HistoryState::More } else { HistoryState::Beginning };
        self.entries.prepend(older.entries);
    }

    /// The log of a page; none if there are gaps in it.
    fn log_of(&self, page: Vec<Event>) -> Option<Self> {
        let mut log = self.empty();
        page.into_iter().all(|event| log.fold(event).is_ok()).then_some(log)
    }

    /// A log that holds nothing, and folds notices as this one does.
    pub fn empty(&self) -> Self {
        let mut log = Self::default();
        log.fold_notices(self.entries.folding(), self.me);
        log
    }

    /// The page asked for did not come.
    pub fn older_failed(&mut self) {
        self.older = HistoryState::Failed;
        self.overtaking.clear();
    }

    /// Drops the oldest of what is more than [`KEPT`].
    pub fn trim(&mut self) {
        let over = self.entries.len().saturating_sub(KEPT);
        if over == 0 {
            return;
        }
        self.drop_first(over);
        if self.older == HistoryState::Beginning {
            self.older = HistoryState::More;
        }
    }

    /// Drops what happened before, and lets the log begin there; `false` if nothing of it is held.
    pub fn drop_before(&mut self, at: Millis) -> bool {
        let old = self.entries.iter().take_while(|entry| entry.at < at).count();
        if old != 0 {
            self.drop_first(old);
            self.older = HistoryState::Beginning;
        }
        old != 0
    }

    fn drop_first(&mut self, count: usize) {
        self.entries.drop_first(count);
        self.first = self.entries.first().map(|entry| entry.seq).or(self.last.map(Seq::next));
    }

    fn change(&mut self, target: Seq, change: Change) {
        let awaits_page = self.older == HistoryState::Loading || self.expects_newer;
        match self.entries.of_mut(target) {
            Some(entry) => change.apply(&mut entry.body),
            None if awaits_page => self.overtaking.push((target, change)),
            None => {}
        }
    }

    /// The message that an event changes, and how.
    fn change_of(event: &Event) -> Option<(Seq, Change)> {
        match &event.fact {
            Fact::Edited { target, text, .. } => {
                let edit = Edit { seq: event.seq, at: event.at };
                Some((*target, Change::Edited(text.as_str().into(), edit)))
            }
            Fact::Recalled { by, target, .. } => Some((*target, Change::Recalled(*by))),
            _ => None,
        }
    }
}

impl Change {
    fn apply(self, body: &mut EntryKind) {
        match (self, body) {
            (Self::Edited(text, edit), EntryKind::Message(said)) => {
                // A message sent after its edit was stored has the edit's text, or a newer one.
                if said.edited.is_none_or(|known| known.seq < edit.seq) {
                    said.text = text;
                    said.edited = Some(edit);
                }
            }
            (Self::Recalled(by), body @ EntryKind::Message(_)) => {
                if let EntryKind::Message(Message { by: author, .. }) = *body {
                    *body = EntryKind::Recalled { by, author };
                }
            }
            (Self::Edited(..) | Self::Recalled(_), _) => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
