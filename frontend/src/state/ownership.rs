//! Which tab owns the session that the browser stores for a room. Several tabs share the storage of a room by link: a tab never
//! overwrites a session that another tab has taken since, and stops using one that another tab has given up.

use shared::{RoomId, Token};

use super::{ChatState, Env, StoredSession};

/// What this tab has stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ownership {
    /// The token this tab stored last; none if it stored none, or the browser did not keep it.
    stored: Option<Token>,
}

impl Ownership {
    pub(super) fn has_stored(&mut self, token: Token) {
        self.stored = Some(token);
    }

    pub(super) fn has_removed(&mut self) {
        self.stored = None;
    }

    /// Whether the storage still holds what this tab stored.
    pub(super) fn holds(&self, env: &Env) -> bool {
        self.stored.is_some() && env.stored.as_ref().map(|stored| stored.token) == self.stored
    }

    /// Whether another tab has removed or replaced what this tab stored.
    pub(super) fn is_lost(&self, env: &Env) -> bool {
        self.stored.is_some() && !self.holds(env)
    }
}

impl ChatState {
    /// Whether this tab may write its session to the storage. A tab that only asks for a seat does not replace one that another
    /// tab holds or has given up.
    pub(super) fn may_store(&self, session: &StoredSession, env: &Env) -> bool {
        let is_other_seat = |other: &StoredSession| other.token != session.token && other.name.is_some();
        let is_own_storage = self.id == RoomId::Lobby;
        is_own_storage
            || self.in_room()
            || !(self.ownership.is_lost(env) || env.stored.as_ref().is_some_and(is_other_seat))
    }

    /// Whether everything stored of the room is this tab's to remove.
    pub(super) fn may_wipe(&self, env: &Env) -> bool {
        !self.ownership.is_lost(env) || env.stored.is_none()
    }
}
