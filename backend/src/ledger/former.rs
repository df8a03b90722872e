//! Former members of loaded rooms: they leave memory once the index has them, and come back when a proposal concerns them.
//!
//! So memory, and what a join or a leave costs, follow the seats of a room and not everybody who was ever in it.

use std::collections::BTreeMap;

use shared::{Fact, MemberId, RoomId};

use crate::room::proposal::{Record, Wish};
use crate::room::state::RoomState;
use crate::store::LogError;

use super::writer::Writer;

/// Former members of a loaded room that are in memory, and the position in the log of what changed them last.
#[derive(Debug, Default)]
pub(super) struct Former(BTreeMap<MemberId, i64>);

impl Former {
    /// Of a room that was just loaded from a log with this last position.
    pub(super) fn of(state: &RoomState, last: i64) -> Self {
        let former = state.members().iter().filter(|(_, member)| !member.is_seated());
        Self(former.map(|(number, _)| (number, last)).collect())
    }

    /// A record was stored at this position.
    pub(super) fn note(&mut self, record: &Record, pos: i64) {
        match record.event.fact {
            Fact::Joined { member, .. } => {
                self.0.remove(&member);
            }
            Fact::Left { member, .. }
            | Fact::Muted { member, .. }
            | Fact::Unbanned { member, .. }
            | Fact::Devices { by: member, .. } => {
                self.0.insert(member, pos);
            }
            _ => {}
        }
    }

    /// Whether the index, which goes up to `indexed`, has a member as it is.
    fn is_indexed(&self, member: MemberId, indexed: i64) -> bool {
        self.0.get(&member).is_none_or(|pos| *pos <= indexed)
    }
}

impl Writer {
    /// Reads the former member whom a proposal concerns, if it is not in memory.
    ///
    /// # Errors
    /// If log or index cannot be read.
    pub(super) fn remember_former(&mut self, id: RoomId, wish: &Wish) -> Result<(), LogError> {
        let Some(loaded) = self.loaded.get_mut(&id) else { return Ok(()) };
        let Some(whom) = loaded.state.former_wanted(wish) else { return Ok(()) };
        let life = loaded.room.life();
        let Some((number, member)) = self.index.member(life, whom)? else { return Ok(()) };
        let mark = self.log.mark_of(life, number)?;
        loaded.state.remember(number, member);
        loaded.former.0.insert(number, 0);
        loaded.room.remember_mark(number, mark.read);
        Ok(())
    }

    /// Takes former members out of memory, of whom the index has everything.
    pub(super) fn forget_former(&mut self) {
        let indexed = self.following.pos();
        for (id, loaded) in &mut self.loaded {
            if loaded.former.0.is_empty() {
                continue;
            }
            let (room, former) = (&loaded.room, &mut loaded.former);
            let gone = loaded
                .state
                .forget_former(|member| former.is_indexed(member, indexed) && !room.needs_former(member));
            gone.iter().for_each(|member| _ = former.0.remove(member));
            if let Some(view) = loaded.state.view(*id).filter(|_| !gone.is_empty()) {
                room.forget_members(&gone, view);
            }
        }
    }
}
