//! Turns the difference between what the state wants and what was already issued into effects. Everything in here happens within
//! one update, before the next action.

use std::rc::Rc;

use shared::{Epoch, FromPage, MemberId, MessageId, RoomId, Seq};

use super::outbox::Outbox;
use super::timeline::PageRange;
use super::{ChatState, Effect, Env, StoredSession};

/// A snapshot is stored once nothing has changed for this long.
const SNAPSHOT_DEBOUNCE_MS: u64 = 1_000;

/// What effects were issued for, so that each is issued once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Issued {
    connection: Option<u32>,
    command: Option<(u32, MessageId, u32)>,
    read: Option<(u32, Seq)>,
    typing: Option<(u32, u64)>,
    history: Option<(u32, PageRange)>,
    read_mark: Option<(MemberId, Seq)>,
    session: Option<(Option<StoredSession>, bool)>,
    carries: bool,
    pub(super) outbox: Rc<Outbox>,
    snapshot: Option<(Epoch, Seq, u32)>,
    snapshot_due_at: Option<u64>,
}

impl Issued {
    /// When a changed snapshot is to be stored.
    pub(super) fn snapshot_due_at(&self) -> Option<u64> {
        self.snapshot_due_at
    }
}

impl ChatState {
    /// Appends the effects that bring the world to what the state wants.
    pub(super) fn reconcile(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        // What is stored here is stored for the rest of this update.
        let env = &mut env.clone();
        self.reconcile_session(env, effects);
        self.reconcile_snapshot(env, effects);
        self.reconcile_connection(env, effects);
        self.reconcile_frames(env, effects);
        if *self.issued.outbox != *self.outbox {
            let before = std::mem::replace(&mut self.issued.outbox, Rc::clone(&self.outbox));
            effects.push(Effect::StoreOutbox { known: before.ids() });
        }
    }

    /// Stores the snapshot now, if there is one and the stored session is this tab's.
    pub(super) fn store_snapshot(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        self.issued.snapshot_due_at = None;
        let token = self.seat.as_ref().filter(|_| self.room.is_some()).map(|seat| seat.token);
        let stored = env.stored.as_ref().filter(|stored| stored.name.is_some()).map(|stored| stored.token);
        if let Some(token) = token.filter(|token| self.id != RoomId::Lobby && stored == Some(*token)) {
            effects.push(Effect::StoreSnapshot { token });
        }
    }

    fn reconcile_session(&mut self, env: &mut Env, effects: &mut Vec<Effect>) {
        let wanted = (self.kept(), self.in_room());
        // A carried session is not stored before the server has welcomed it.
        let carries = self.borrowed.is_some() || self.seat_link.is_some();
        if std::mem::replace(&mut self.issued.carries, carries) && !carries {
            effects.push(Effect::ForgetSeatLink);
        }
        if carries {
            return;
        }
        if self.issued.session.as_ref() == Some(&wanted) {
            return;
        }
        match &wanted.0 {
            Some(session) if self.may_store(session, env) => {
                effects.push(Effect::StoreSession(session.clone()));
                env.stored = Some(session.clone());
                self.ownership.has_stored(session.token);
            }
            Some(_) => {}
            None => {
                if self.ownership.holds(env) {
                    effects.push(Effect::RemoveSession);
                    env.stored = None;
                }
                self.ownership.has_removed();
            }
        }
        self.issued.session = Some(wanted);
    }

    fn reconcile_snapshot(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        let wanted = self.snapshot_key();
        if self.issued.snapshot == wanted {
            return;
        }
        let before = std::mem::replace(&mut self.issued.snapshot, wanted);
        let rewrites = |key: &Option<(Epoch, Seq, u32)>| key.as_ref().map(|(_, _, rewrites)| *rewrites);
        match (&before, &self.issued.snapshot) {
            // The connection is lost: from now on another tab may know more.
            (Some(_), None) if self.in_room() => self.store_snapshot(env, effects),
            // Recalled text does not stay stored for a moment.
            (_, Some(_)) if rewrites(&before) != rewrites(&self.issued.snapshot) => {
                self.store_snapshot(env, effects);
            }
            (_, Some(_)) => self.issued.snapshot_due_at = Some(env.now + SNAPSHOT_DEBOUNCE_MS),
            (_, None) => self.issued.snapshot_due_at = None,
        }
    }

    fn reconcile_connection(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        if self.connection.number() == self.issued.connection {
            return;
        }
        if self.joining().is_some() && self.ownership.is_lost(env) {
            // Another tab has given the seat up, or has another one: this one leaves the storage alone.
            self.return_to_join(None);
            self.forget();
        }
        let had_socket = self.issued.connection.is_some();
        self.issued.connection = self.connection.number();
        match self.joining() {
            Some((connection, join)) => {
                effects.push(Effect::OpenSocket { connection, join: Box::new(join) });
            }
            None if had_socket => effects.push(Effect::CloseSocket),
            None => {}
        }
    }

    fn reconcile_frames(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        let command = self.sending();
        if command != self.issued.command {
            self.issued.command = command;
            let frame = command.and(self.sending_frame());
            self.connection.set_unanswered_since(frame.as_ref().map(|_| env.now));
            if let Some((_, id, _)) = command {
                Rc::make_mut(&mut self.outbox).mark_sent(id);
            }
            effects.extend(frame.map(Effect::Send));
        }
        let read = self.reading();
        if read != self.issued.read {
            self.issued.read = read;
            effects.extend(read.map(|(_, seq)| Effect::Send(FromPage::Read { seq })));
        }
        let typing = self.typing();
        if typing != self.issued.typing {
            self.issued.typing = typing;
            effects.extend(typing.map(|_| Effect::Send(FromPage::Typing)));
        }
        let history = self.fetching();
        if history != self.issued.history {
            self.issued.history = history;
            let token = self.seat.as_ref().map(|seat| seat.token);
            effects.extend(history.zip(token).map(|(asked, token)| Effect::FetchHistory { asked, token }));
        }
        let read_mark = self.read_to().filter(|_| self.id != RoomId::Lobby);
        if read_mark != self.issued.read_mark {
            self.issued.read_mark = read_mark;
            let mark = read_mark.filter(|_| !self.ownership.is_lost(env));
            effects.extend(mark.map(|(member, seq)| Effect::StoreReadMark { member, seq }));
        }
    }
}
