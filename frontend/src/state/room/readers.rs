//! Read receipts: which of the others have read a message.
//!
//! Marks alone do not tell. A mark says how far somebody has read, and a newcomer begins at the end without having seen what came
//! before.

use std::rc::Rc;

use shared::limits::MARKS_TOLD_SEATS;
use shared::{MemberId, Seq};

use super::{Room, place};

/// Most stays of members who left whose reading is remembered.
const FORMER_READS_MAX: usize = 50;

impl Room {
    /// Whether the server tells how far the others have read. In a large room it has to be asked for each message.
    pub fn tells_marks(&self) -> bool {
        self.facts.capacity <= MARKS_TOLD_SEATS
    }

    /// How far each of the others has read.
    pub fn marks(&self) -> &[(MemberId, Seq)] {
        &self.marks
    }

    /// The names of the others who could read a message and did.
    pub fn readers(&self, seq: Seq) -> impl Iterator<Item = &Rc<str>> {
        self.reader_ids(seq).filter_map(|member| self.name(member))
    }

    /// How many of the others could read a message and did. Those who left count for one: what was read stays read.
    pub fn reader_count(&self, seq: Seq) -> usize {
        let was_read = self.former_reads.iter().any(|(joined, mark)| *joined < seq && seq <= *mark);
        self.reader_ids(seq).count().max(usize::from(was_read))
    }

    /// Keeps what a member had read who leaves.
    pub(super) fn keep_former_reads(&mut self, member: MemberId) {
        if let Ok(at) = place(&self.marks, member)
            && member != self.me
        {
            let over = (self.former_reads.len() + 1).saturating_sub(FORMER_READS_MAX);
            self.former_reads.drain(..over);
            self.former_reads.push((self.joined(member).unwrap_or_default(), self.marks[at].1));
        }
    }

    fn reader_ids(&self, seq: Seq) -> impl Iterator<Item = MemberId> {
        let read = self.marks.iter().filter(move |(_, mark)| seq <= *mark).map(|(member, _)| *member);
        read.filter(move |member| self.can_have_read(*member, seq))
    }

    /// Whether a member is seated and took the seat before this message.
    ///
    /// A member whose `joined` is not known took its seat before everything that is held.
    pub fn can_have_read(&self, member: MemberId, seq: Seq) -> bool {
        let is_seated = self.seated.binary_search(&member).is_ok();
        is_seated && self.joined(member).is_none_or(|joined| joined < seq)
    }

    /// The number of a member's latest `joined`, if it is known.
    pub(super) fn joined(&self, member: MemberId) -> Option<Seq> {
        place(&self.joined, member).ok().map(|at| self.joined[at].1)
    }

    /// Keeps the number of a member's latest `joined`.
    pub(super) fn set_joined(&mut self, member: MemberId, seq: Seq) {
        match place(&self.joined, member) {
            Ok(at) => self.joined[at].1 = self.joined[at].1.max(seq),
            Err(at) => self.joined.insert(at, (member, seq)),
        }
    }
}
