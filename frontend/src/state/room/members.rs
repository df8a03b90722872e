//! Who the members of a room are: names, the host, who is muted.

use std::rc::Rc;

use shared::{Member, MemberId, Millis, You};

use super::{Room, place};

impl Room {
    /// The room's host, if that is known: the server says so, or it is this page's member.
    pub fn host_member(&self) -> Option<MemberId> {
        self.facts.host.or_else(|| self.host.then_some(self.me))
    }

    /// Until when the host has muted a member. The time may be past.
    pub fn muted_until(&self, member: MemberId) -> Option<Millis> {
        place(&self.muted, member).ok().map(|at| self.muted[at].1)
    }

    pub(super) fn set_mutes(&mut self, you: &You, members: &[Member]) {
        self.muted.clear();
        for member in members {
            self.set_muted(member.member, member.muted_until);
        }
        if you.muted_until.is_some() {
            self.set_muted(you.member, you.muted_until);
        }
    }

    pub(super) fn set_muted(&mut self, member: MemberId, until: Option<Millis>) {
        match (place(&self.muted, member), until) {
            (Ok(at), Some(until)) => self.muted[at].1 = until,
            (Ok(at), None) => drop(self.muted.remove(at)),
            (Err(at), Some(until)) => self.muted.insert(at, (member, until)),
            (Err(_), None) => {}
        }
    }

    /// All members whose name the page knows, also those who have left.
    pub fn known_names(&self) -> impl Iterator<Item = (MemberId, &Rc<str>)> {
        self.names.iter().map(|(member, name)| (*member, name))
    }

    /// A member's name, if anybody said it.
    pub fn name(&self, member: MemberId) -> Option<&Rc<str>> {
        place(&self.names, member).ok().map(|at| &self.names[at].1)
    }

    /// Those seated beside this page's member.
    pub fn others(&self) -> impl Iterator<Item = MemberId> + '_ {
        self.seated.iter().copied().filter(|member| *member != self.me)
    }
}
