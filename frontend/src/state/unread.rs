//! Which messages came while the person was away, and where the line before them is. The line stays there while they read: it moves
//! only when they have been away again and had seen the first of it.

use std::rc::Rc;

use shared::Seq;

use super::room::Room;
use super::timeline::{Entry, EntryKind, HistoryState, Log, Message};

/// Where somebody left off, and how far the log went when they came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnreadRange {
    /// The last number they saw.
    pub(super) from: Seq,
    /// The last number there was.
    pub(super) until: Seq,
    /// Whether they have seen the first of it.
    pub(super) is_seen: bool,
}

/// What came while the person was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadSummary {
    /// The first message of it; if that is not held, an event shortly before it.
    pub seq: Seq,
    /// How many messages.
    pub count: usize,
    /// Whether there may be more: the first ones are not held.
    pub or_more: bool,
    /// Whether the person has seen the first of it.
    pub is_seen: bool,
}

impl Room {
    /// The first message that came while the person was away, for the line above it; none where it is not shown, or there is
    /// none.
    pub fn unread(&self) -> Option<Seq> {
        let away = self.away_range().filter(|away| begins_before(self.shown(), *away))?;
        self.came_while_away(self.shown(), away).next().map(|entry| entry.seq)
    }

    /// What came while the person was away, for the button that leads there.
    pub fn unread_summary(&self) -> Option<UnreadSummary> {
        let away = self.away_range()?;
        let or_more = !begins_before(&self.log, away);
        let mut came = self.came_while_away(&self.log, away);
        let first = came.next().map(|entry| entry.seq);
        let count = usize::from(first.is_some()) + came.count();
        let seq = if or_more { self.unread().unwrap_or(away.from.next()) } else { first? };
        Some(UnreadSummary { seq, count, or_more, is_seen: away.is_seen })
    }

    /// How many messages of others came after this number.
    pub fn said_since(&self, seq: Seq) -> usize {
        self.others_said_since(seq).count()
    }

    /// The messages of others that arrived since the latest welcome, newest first. There are none in a snapshot.
    pub fn live_messages(&self) -> impl Iterator<Item = (Seq, &Message)> {
        let since = if self.welcomed_at == Seq::default() { Seq(u64::MAX) } else { self.welcomed_at };
        self.others_said_since(since)
    }

    /// Whether a message of this person's own is held.
    pub fn has_own_message(&self) -> bool {
        let mut newest = self.log.entries().iter().rev();
        newest.any(|entry| matches!(&entry.body, EntryKind::Message(said) if said.by == self.me))
    }

    /// What others said after this number, newest first.
    pub(super) fn others_said_since(&self, seq: Seq) -> impl Iterator<Item = (Seq, &Message)> {
        let newer = self.log.entries().iter().rev().take_while(move |entry| seq < entry.seq);
        newer.filter_map(|entry| match &entry.body {
            EntryKind::Message(said) if said.by != self.me => Some((entry.seq, said)),
            _ => None,
        })
    }

    /// The person was away, and is back. What they left off at is nothing if they saw nothing yet.
    pub(super) fn came_back(&mut self, from: Option<Seq>) {
        let until = self.log.last().unwrap_or_default();
        // What came before, and they have not gone to yet, is not forgotten by a short absence.
        let left = self.unread_summary().filter(|left| !left.is_seen).and(self.away).map(|away| away.from);
        let from = from.map(|from| left.map_or(from, |left| from.min(left))).filter(|from| *from < until);
        self.away = from.map(|from| UnreadRange { from, until, is_seen: false });
    }

    /// The person has seen the first of what came while they were away.
    pub fn see_unread(&mut self) {
        if let Some(away) = &mut self.away {
            away.is_seen = true;
        }
    }

    /// Whether messages came after `read` that the person cannot have seen, since they were never held. Until they have seen
    /// the first of them, nothing more counts as read: it would not be unread on their other devices either.
    pub(super) fn has_unseen_gap(&self, read: Seq) -> bool {
        let away = self.away_range().filter(|away| !away.is_seen && read < away.until);
        away.is_some_and(|away| !begins_before(&self.log, away))
    }

    fn away_range(&self) -> Option<UnreadRange> {
        // To a newcomer everything is new, which is nothing to be told.
        let new_here =
            |away: &UnreadRange| self.joined_at.is_some_and(|at| away.from < at && at <= away.until);
        let is_told = |away: &UnreadRange| away.from != Seq::default() || begins_before(&self.log, *away);
        self.away.filter(|away| is_told(away) && !new_here(away))
    }

    fn came_while_away<'a>(&'a self, log: &'a Log, away: UnreadRange) -> impl Iterator<Item = &'a Rc<Entry>> {
        let entries = log.entries();
        let place = |seq: Seq| entries.position(seq).unwrap_or_else(|place| place);
        entries.range(place(away.from.next())..place(away.until.next())).filter(|entry| match &entry.body {
            EntryKind::Message(said) => said.by != self.me,
            EntryKind::Recalled { by, author } => *by != self.me && *author != self.me,
            _ => false,
        })
    }
}

/// Whether a log holds all that came from then on, and is kept.
fn begins_before(log: &Log, away: UnreadRange) -> bool {
    let is_all = |first: Seq| first <= away.from.next() || log.older() == HistoryState::Beginning;
    log.first().is_some_and(is_all)
}
