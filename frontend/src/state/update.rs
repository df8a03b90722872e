//! The state transition: what each action makes of the state, and the effects it asks for.

use std::rc::Rc;

use shared::{ByeCode, Code, FromPage, FromServer, MessageId, Millis, Seq, Token};

use super::connection::Disconnect;
use super::outbox::{Command, Outbox};
use super::room::Confirmation;
use super::{Action, Browse, ChatState, Effect, Env, HistoryState, JoinError, Room, Session};

impl ChatState {
    /// Applies an action. Returns the effects to execute, in order.
    pub fn update(&mut self, action: Action, env: &Env) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.apply(action, env, &mut effects);
        self.see();
        self.reconcile(env, &mut effects);
        effects
    }

    fn apply(&mut self, action: Action, env: &Env, effects: &mut Vec<Effect>) {
        let now = env.now;
        match action {
            Action::Connect { typed, token } => self.connect(typed, token, env),
            Action::NameRuleKnown(rule) => self.name_rule = rule,
            Action::NameTyped => self.awaited = None,
            Action::Received { connection, frame } => {
                if self.connection.number() == Some(connection) {
                    self.connection.heard(now);
                    self.received(frame, env, effects);
                    self.tell_read(now);
                }
            }
            Action::Closed { connection, code } => {
                if self.connection.number() == Some(connection) {
                    let loss = self.connection.lost(now, code, env.random);
                    self.lost(loss, env, effects);
                }
            }
            Action::Tick => self.tick(env, effects),
            Action::Wake => self.connection.wake(now),
            Action::Offline => {
                if self.connection.offline(now, env.random) {
                    self.lost(Disconnect::Retry, env, effects);
                }
            }
            Action::PageHidden => self.connection.put_away(),
            Action::StorageFailed => {
                self.storage_failed = true;
                // What was not kept cannot be lost to another tab.
                self.ownership.has_removed();
            }
            Action::StoredSessionChanged => self.adopt_stored_session(env),
            Action::SessionInUse { token } => self.become_another_tab(token),
            // What could not be stored is not missing because another tab removed it.
            Action::StoredOutboxChanged(_) if self.storage_failed => {}
            Action::StoredOutboxChanged(stored) => {
                let known = self.issued.outbox.ids();
                self.outbox_mut().adopt(&stored, &known);
            }
            Action::AnswerSeatLink(answer) => self.answer_seat_link(answer, now),
            Action::Say { id, text, reply_to, at } => {
                self.act(id, Command::Say { text, reply_to }, at);
                self.done_typing();
                // What one says is seen at the end, and whoever answers has seen what they answer.
                self.update_room(|room| {
                    room.show_latest();
                    room.see_unread();
                });
            }
            Action::Command { id, act, at } => {
                if let Command::Recall { seq } = act {
                    self.update_room(|room| room.remember_recalled(seq));
                }
                self.act(id, act, at);
            }
            Action::Retry { id, new_id, at } => {
                let seen = self.seen();
                self.note_partner();
                self.outbox_mut().retry(id, new_id, at, seen);
            }
            Action::Discard { id } => self.outbox_mut().discard(id),
            Action::WantOlder => self.update_room(Room::want_older),
            Action::Browse(browse) => self.update_room(|room| match browse {
                Browse::Jump(seq) => room.jump(seq),
                Browse::CancelJump => room.cancel_jump(),
                Browse::Newer => room.want_newer(),
                Browse::Latest => room.show_latest(),
                Browse::SeeUnread => room.see_unread(),
                Browse::Quoted(seq) => room.want_quoted(seq),
            }),
            Action::HistoryPage { asked, page } => {
                if self.fetching() == Some(asked) {
                    self.update_room(|room| room.take_page(page));
                }
            }
            Action::Follow { follows } => {
                self.telling.follows = follows;
                self.trim();
                self.tell_read(now);
            }
            Action::Visible { visible } => {
                self.seen_or_not(visible);
                self.tell_read(now);
                if !visible {
                    self.store_snapshot(env, effects);
                }
            }
            Action::Typing => self.tell_typing(now),
            Action::Leave => {
                effects.extend(self.connection.number().map(|_| Effect::Send(FromPage::Leave)));
                self.sign_out(None, env, effects);
            }
            Action::ForgetDevice => {
                self.sign_out(Some(JoinError::Forgotten), env, effects);
                // Whoever comes next to this browser is somebody else.
                self.typed = String::new();
            }
            Action::TakeToken { token } => {
                if let Some(seat) = &mut self.seat {
                    seat.token = token;
                    self.token = Some(token);
                    self.connection.open(now);
                }
            }
            Action::ResetIdentity => {
                if self.seat.is_none() {
                    self.wipe(env, effects);
                    self.forget();
                    self.typed = String::new();
                    self.problem = None;
                    self.known = false;
                }
            }
        }
    }

    fn connect(&mut self, typed: String, drawn: Token, env: &Env) {
        if self.seat.is_some() {
            return;
        }
        self.awaited = None;
        let name = self.name_rule.parse(&typed);
        self.typed = typed;
        let Ok(name) = name else {
            self.problem = Some(JoinError::BadName);
            return;
        };
        // A join whose answer was lost may have taken a seat: the same token finds it again. Another tab may have taken a seat
        // meanwhile: it is this browser's.
        let stored = env.stored.as_ref().filter(|_| self.borrowed.is_none());
        // A stored name means a seat that somebody has taken.
        let taken = stored.filter(|stored| stored.name.is_some()).map(|stored| stored.token);
        if let Some(taken) = taken {
            self.ownership.has_stored(taken);
        }
        let token = taken.or(self.token).or(stored.map(|stored| stored.token)).unwrap_or(drawn);
        self.token = Some(token);
        self.seat = Some(Session { name, token });
        self.returned_to = None;
        self.problem = None;
        self.connection.open(env.now);
    }

    fn tick(&mut self, env: &Env, effects: &mut Vec<Effect>) {
        let now = env.now;
        if self.outbox.wake_at().is_some_and(|at| at <= now) {
            self.outbox_mut().tick(now);
        }
        if self.room.as_ref().and_then(|room| room.typing_until()).is_some_and(|until| until <= now) {
            self.update_room(Room::nobody_types);
        }
        if self.issued.snapshot_due_at().is_some_and(|due| due <= now) {
            self.store_snapshot(env, effects);
        }
        if self.connection.tick(now, env.random) {
            self.lost(Disconnect::Retry, env, effects);
        }
        self.tell_read(now);
        if let Some((name, _)) = self.awaited.take_if(|(_, at)| *at <= now)
            && let (None, Some(token)) = (&self.seat, self.token)
        {
            self.seat = Some(Session { name, token });
            self.problem = None;
            self.connection.open(now);
        }
    }

    /// Another tab has taken a seat under the token that this tab still asks with, or has given the seat up.
    fn adopt_stored_session(&mut self, env: &Env) {
        if self.seat.is_none() && self.borrowed.is_none() && self.seat_link.is_none() {
            self.token = env.stored.as_ref().map(|stored| stored.token).or(self.token);
        }
    }

    fn received(&mut self, frame: FromServer, env: &Env, effects: &mut Vec<Effect>) {
        let now = env.now;
        match frame {
            FromServer::Welcome { room, you, members, tail, replay, limits, at } => {
                if let Some(at) = at {
                    self.server_clock.observe(at, now);
                }
                self.connection.welcomed(now);
                self.was_here = true;
                self.keep_borrowed();
                self.problem = None;
                self.known = true;
                let mut room = Room::welcomed(self.room.as_deref(), room, &you, &members, replay);
                let partner = room.partner();
                self.outbox_mut().bind(&room.facts.epoch, you.member, tail, partner);
                room.welcomed_at = tail;
                room.keep_s = limits.keep_s;
                self.room = Some(Rc::new(room));
                if let Some(seat) = &mut self.seat {
                    self.typed = you.name.to_string();
                    seat.name = you.name;
                }
            }
            FromServer::Events { events, names } => {
                let Some(room) = &mut self.room else { return };
                let room = Rc::make_mut(room);
                match events.last() {
                    Some(newest) if room.welcomed_at < newest.seq => {
                        self.server_clock.observe(newest.at, now);
                    }
                    Some(newest) => self.server_clock.observe_past(newest.at, now),
                    None => {}
                }
                let at = events.last().map(|event| event.at);
                let done = room.fold(events, &names);
                if let Some(at) = at {
                    room.expire(at);
                }
                let (seen, partner) = (room.log.last(), room.partner());
                // The host's messages are not slowed.
                let slow_ms = if room.host { 0 } else { u64::from(room.facts.slow_s) * 1_000 };
                let server_now = self.server_clock.at(now);
                match done {
                    Ok(_) if self.outbox.items().is_empty() && self.outbox.slow_until().is_none() => {}
                    Ok(done) => {
                        let outbox = self.outbox_mut();
                        for done in done {
                            match done {
                                Confirmation::Own(id, at) => {
                                    // It may have been stored long before a line that was lost is back.
                                    let passed_ms = server_now.0.saturating_sub(at.0);
                                    if passed_ms < slow_ms && outbox.messages().any(|(item, _)| item.id == id)
                                    {
                                        outbox.slow_down(now + slow_ms - passed_ms);
                                    }
                                    outbox.confirm(id);
                                }
                                Confirmation::Removed(member, seq) => outbox.confirm_removal(member, seq),
                            }
                        }
                        outbox.partner_changed(partner);
                        outbox.limit_slow_mode(now + slow_ms);
                        outbox.seen(seen);
                    }
                    Err(super::timeline::SequenceGap) => {
                        room.drop_log();
                        // Not at once: the same frame may come again.
                        self.connection.back_off(now, None, env.random);
                    }
                }
                self.trim();
            }
            FromServer::Presence { online } => {
                if let Some(room) = &mut self.room {
                    Rc::make_mut(room).online = online;
                }
            }
            FromServer::Stored { id, seq } => {
                let seen = self.seen();
                self.outbox_mut().stored(id, seq, seen);
            }
            FromServer::Refused { code, id, retry_after_ms, .. } => {
                if self.connection.is_up() && code == Code::RoomUnknown {
                    self.sign_out(Some(JoinError::Deleted), env, effects);
                } else if self.connection.is_up() {
                    self.outbox_mut().refused(id, code, retry_after_ms, now);
                } else {
                    self.join_refused(code, retry_after_ms, env, effects);
                }
            }
            FromServer::Bye { code: ByeCode::Deleted, .. } => {
                self.sign_out(Some(JoinError::Deleted), env, effects);
            }
            FromServer::Bye { code, retry_ms } => self.connection.said_bye(code, retry_ms),
            FromServer::Typing { by } => self.update_room(|room| room.type_now(by, now)),
            FromServer::Read { marks } => self.update_room(|room| room.mark(&marks)),
            FromServer::Tick { at } => {
                self.server_clock.observe(at, now);
                self.update_room(|room| room.expire(at));
            }
        }
    }

    fn act(&mut self, id: MessageId, act: Command, at: Millis) {
        let seen = self.seen();
        self.note_partner();
        self.outbox_mut().push(id, act, at, seen);
    }

    pub(super) fn update_room(&mut self, change: impl FnOnce(&mut Room)) {
        if let Some(room) = &mut self.room {
            change(Rc::make_mut(room));
        }
    }

    /// What somebody looks at who has scrolled up is not taken away, nor what older ones are on their way to.
    fn trim(&mut self) {
        let follows = self.telling.follows;
        self.update_room(|room| {
            if (follows || !room.is_live()) && room.log.older() != HistoryState::Loading {
                room.log.trim();
            }
        });
    }

    fn seen(&self) -> Option<Seq> {
        self.room.as_ref().and_then(|room| room.log.last())
    }

    pub(super) fn outbox_mut(&mut self) -> &mut Outbox {
        Rc::make_mut(&mut self.outbox)
    }
}
