//! Which messages came while the person was away, and where the line before them is. It stays there while they read:
//! the line moves only when they have been away again.

use std::rc::Rc;

use shared::Seq;

use super::room::Room;
use super::timeline::{Entry, EntryKind, Message};

/// Where somebody left off, and how far the log went when they came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnreadRange {
    /// The last number they saw.
    pub(super) from: Seq,
    /// The last number there was.
    pub(super) until: Seq,
}

impl Room {
    /// The first message that came while the person was away; none where it is not held, or there is none.
    pub fn unread(&self) -> Option<Seq> {
        self.came_while_away().next().map(|entry| entry.seq)
    }

    /// How many messages came while the person was away.
    pub fn unread_count(&self) -> usize {
        self.came_while_away().count()
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
        self.away = from.filter(|from| *from < until).map(|from| UnreadRange { from, until });
    }

    fn came_while_away(&self) -> impl Iterator<Item = &Rc<Entry>> {
        let entries = self.log.entries();
        let place = |seq: Seq| entries.position(seq).unwrap_or_else(|place| place);
        let whole = self.away.filter(|away| self.log.first().is_some_and(|first| first <= away.from.next()));
        // To a newcomer everything is new, which is nothing to be told.
        let new_here =
            |away: &UnreadRange| self.joined_at.is_some_and(|at| away.from < at && at <= away.until);
        let known = whole.filter(|away| !new_here(away));
        let places = known.map_or(0..0, |away| place(away.from.next())..place(away.until.next()));
        entries.range(places).filter(|entry| match &entry.body {
            EntryKind::Message(said) => said.by != self.me,
            EntryKind::Recalled { by, author } => *by != self.me && *author != self.me,
            _ => false,
        })
    }
}
