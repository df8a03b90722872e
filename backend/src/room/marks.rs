//! What is known of members beside the log: how far each has read, and what of that is still to be stored.
//!
//! Versioned state: marks only rise, and only those that changed are sent. Nothing here stores anything.

use std::collections::{BTreeMap, BTreeSet};

use shared::{MemberId, Millis, Seq};

/// What is stored of a member beside the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    /// The highest number it has seen on screen.
    pub read: Seq,
    /// When its last connection ended, by the wall clock; none while it is connected.
    pub away: Option<Millis>,
}

/// How far the members of a room have read.
#[derive(Debug, Default)]
pub struct Marks {
    /// A member's mark, and the version in which it changed.
    read: BTreeMap<MemberId, (Seq, u64)>,
    version: u64,
    unsaved: BTreeSet<MemberId>,
    /// Of whom another node knows less.
    untold: BTreeSet<MemberId>,
}

impl Marks {
    /// Those that were stored.
    pub fn restore(stored: impl IntoIterator<Item = (MemberId, Seq)>) -> Self {
        let read = stored.into_iter().filter(|(_, seq)| *seq > Seq(0));
        Self { read: read.map(|(member, seq)| (member, (seq, 1))).collect(), version: 1, ..Self::default() }
    }

    /// Rises whenever a mark does.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Rises whenever this member's does; 0 where there is none.
    pub fn version_of(&self, member: MemberId) -> u64 {
        self.read.get(&member).map_or(0, |(_, version)| *version)
    }

    /// A member has read up to here; whether that is news.
    pub fn raise(&mut self, member: MemberId, seq: Seq) -> bool {
        if seq <= self.of(member) {
            return false;
        }
        self.version += 1;
        self.read.insert(member, (seq, self.version));
        self.unsaved.insert(member);
        true
    }

    /// Another node says that a member has read up to here. Where more is known, it is to be told.
    pub fn heard(&mut self, member: MemberId, seq: Seq) {
        if !self.raise(member, seq) && seq < self.of(member) {
            self.untold.insert(member);
        }
    }

    /// Whether other nodes have heard of all that is known.
    pub fn is_told(&self) -> bool {
        self.untold.is_empty()
    }

    /// Of whom another node knows less; they count as told from now on.
    pub fn take_untold(&mut self) -> BTreeSet<MemberId> {
        std::mem::take(&mut self.untold)
    }

    /// How far a member has read.
    pub fn of(&self, member: MemberId) -> Seq {
        self.read.get(&member).map_or(Seq(0), |(seq, _)| *seq)
    }

    /// A former member is back in memory, and had read up to here.
    pub fn remember(&mut self, member: MemberId, seq: Seq) {
        if seq > Seq(0) && !self.read.contains_key(&member) {
            self.version += 1;
            self.read.insert(member, (seq, self.version));
        }
    }

    /// Takes former members out of memory. What of them is still to be stored is lost: see [`Marks::is_unsaved`].
    pub fn forget(&mut self, members: &[MemberId]) {
        for member in members {
            self.read.remove(member);
            self.unsaved.remove(member);
            self.untold.remove(member);
        }
    }

    /// Takes all members out of memory who are not `known`, but for those of whom something is still to be stored.
    pub fn retain(&mut self, known: impl Fn(MemberId) -> bool) {
        let Self { read, unsaved, untold, .. } = self;
        read.retain(|member, _| known(*member) || unsaved.contains(member));
        untold.retain(|member| known(*member) || unsaved.contains(member));
    }

    /// Whether something about this member is to be stored.
    pub fn is_unsaved(&self, member: MemberId) -> bool {
        self.unsaved.contains(&member)
    }

    /// Of how many members something is in memory.
    pub fn members(&self) -> usize {
        self.read.len().max(self.unsaved.len())
    }

    /// The marks that changed after this version.
    pub fn since(&self, version: u64) -> impl Iterator<Item = (MemberId, Seq)> {
        self.read.iter().filter(move |(_, (_, of))| version < *of).map(|(member, (seq, _))| (*member, *seq))
    }

    /// Something about this member is to be stored.
    pub fn unsaved(&mut self, member: MemberId) {
        self.unsaved.insert(member);
    }

    /// Whose marks are to be stored; they count as stored from now on.
    pub fn take_unsaved(&mut self) -> BTreeSet<MemberId> {
        std::mem::take(&mut self.unsaved)
    }

    /// Whether nothing is to be stored.
    pub fn is_saved(&self) -> bool {
        self.unsaved.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_only_rise_and_only_those_that_changed_are_told() {
        let mut marks = Marks::restore([(MemberId(1), Seq(5)), (MemberId(2), Seq(0))]);
        assert_eq!(marks.since(0).collect::<Vec<_>>(), [(MemberId(1), Seq(5))]);
        let before = marks.version();
        assert!(!marks.raise(MemberId(1), Seq(5)) && !marks.raise(MemberId(1), Seq(4)));
        assert_eq!(marks.version(), before);
        assert!(marks.raise(MemberId(2), Seq(3)));
        assert_eq!(marks.since(before).collect::<Vec<_>>(), [(MemberId(2), Seq(3))]);
        assert_eq!(marks.take_unsaved(), BTreeSet::from([MemberId(2)]));
        assert!(marks.is_saved());
    }

    #[test]
    fn unknown_members_are_dropped_unless_unsaved() {
        let mut marks = Marks::restore((1..=3).map(|number| (MemberId(number), Seq(5))));
        marks.raise(MemberId(3), Seq(6));
        marks.heard(MemberId(2), Seq(1));
        marks.retain(|member| member == MemberId(1));
        assert_eq!([1, 2, 3].map(|number| marks.of(MemberId(number))), [Seq(5), Seq(0), Seq(6)]);
        assert!(marks.is_told() && marks.is_unsaved(MemberId(3)));
    }

    #[test]
    fn who_says_less_than_is_known_is_told() {
        let mut marks = Marks::restore([(MemberId(1), Seq(5))]);
        marks.heard(MemberId(1), Seq(5));
        marks.heard(MemberId(1), Seq(6));
        marks.heard(MemberId(2), Seq(0));
        assert!(marks.is_told());
        marks.heard(MemberId(1), Seq(0));
        assert_eq!(marks.take_untold(), BTreeSet::from([MemberId(1)]));
        assert!(marks.is_told());
        assert_eq!(marks.of(MemberId(1)), Seq(6));
    }
}
