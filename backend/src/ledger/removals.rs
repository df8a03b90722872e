//! Recalls the messages of members whom the host removed with `recall`: a bounded number at each ring of the timer, the newest
//! first. What is still to be recalled stands in the log, so a restart goes on where it was.
//!
//! Nothing here decides: each message is proposed to the room, and looked for again until it is gone.

use std::collections::BTreeMap;

use shared::{Fact, MemberId, MessageId, RoomId, Seq};

use crate::config::{RECALL_AT_ONCE, RECALL_PLACES};
use crate::room::member::MemberState;
use crate::room::proposal::{Private, Proposal, Record, Wish};
use crate::room::state::RoomState;
use crate::store::LogError;

use super::writer::Writer;

/// Members of a loaded room of whom messages are still to be recalled: from the first number on, and before the second.
#[derive(Debug, Default)]
pub(super) struct Removals(BTreeMap<MemberId, (Seq, Seq)>);

impl Removals {
    /// Of a room that was just loaded. On a node of a cluster recalls may be stored in another order than they were proposed in,
    /// so the last one does not tell how far they have come.
    pub(super) fn of(state: &RoomState, is_clustered: bool) -> Self {
        let left = |member: &MemberState| {
            if is_clustered { member.to_recall() } else { member.left_to_recall() }
        };
        let members = state.members().iter();
        Self(members.filter_map(|(number, member)| Some((number, left(member)?))).collect())
    }

    /// A record was stored: it may be a removal.
    pub(super) fn note(&mut self, record: &Record, state: &RoomState) {
        if let (Fact::Left { member, .. }, Private::Removed { recall: true, .. }) =
            (&record.event.fact, &record.private)
        {
            let found = state.member_state(*member).and_then(MemberState::to_recall);
            if let Some(range) = found {
                self.0.insert(*member, range);
            }
        }
    }

    fn first(&self) -> Option<(MemberId, (Seq, Seq))> {
        self.0.first_key_value().map(|(member, range)| (*member, *range))
    }

    /// Only these numbers of a member are left to be looked at, if any.
    fn leave(&mut self, member: MemberId, (first, before): (Seq, Seq)) {
        if first < before {
            self.0.insert(member, (first, before));
        } else {
            self.0.remove(&member);
        }
    }

    /// Whether nothing is to be recalled.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Writer {
    /// The next recalls of a loaded room.
    ///
    /// # Errors
    /// If log or index cannot be read.
    pub(super) fn recalls_due(&mut self, id: RoomId) -> Result<Vec<Proposal>, LogError> {
        let Some(loaded) = self.loaded.get(&id) else { return Ok(Vec::new()) };
        let Some((member, (first, before))) = loaded.removals.first() else { return Ok(Vec::new()) };
        let life = loaded.room.life();
        if self.index.last(life)?.next() < before {
            // What is not indexed yet is found at a later ring.
            return Ok(Vec::new());
        }
        let low = first.max(Seq(before.0.saturating_sub(RECALL_PLACES)));
        let found = self.messages_of(life, member, (low, before))?;
        // What was found is looked for again: not all of it may come to be recalled now.
        if let Some(loaded) = self.loaded.get_mut(&id).filter(|_| found.is_empty()) {
            loaded.removals.leave(member, (first, low));
        }
        let now = self.edge.now();
        let recall = |target| {
            let id = MessageId::new(now, &self.edge.random());
            Proposal { at: now, wish: Wish::RecallForRemoval { member, target, id } }
        };
        Ok(found.into_iter().map(recall).collect())
    }

    /// The last messages of a member among these numbers, the newest first.
    fn messages_of(
        &mut self,
        life: i64,
        member: MemberId,
        (low, before): (Seq, Seq),
    ) -> Result<Vec<Seq>, LogError> {
        let mut found = Vec::new();
        for (seq, pos) in self.index.places(life, low, before)?.into_iter().rev() {
            let event = self.log.event(pos)?;
            if event.is_some_and(|event| matches!(event.fact, Fact::Said { by, .. } if by == member)) {
                found.push(seq);
            }
            if found.len() == RECALL_AT_ONCE {
                break;
            }
        }
        Ok(found)
    }

    /// The next room in which messages were to be recalled when the server started: one at each ring of the timer. Looking at it
    /// loads it.
    ///
    /// # Errors
    /// If log or index cannot be read.
    pub(super) fn room_to_recall_in(&mut self) -> Result<Option<(RoomId, Proposal)>, LogError> {
        let Some(after) = self.recalls_looked_for else { return Ok(None) };
        let next = self.index.recalls_after(after)?;
        let room = next.map(|life| self.log.room(life)).transpose()?.flatten();
        self.recalls_looked_for = next;
        Ok(room.map(|room| (room, Proposal { at: self.edge.now(), wish: Wish::Look })))
    }
}
