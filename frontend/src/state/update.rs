//! What the state becomes when something happens.

use std::rc::Rc;

use shared::{ByeCode, Code, FromServer, MessageId, Millis, NameRule, Seq, Token};

use super::room::Confirmation;
use super::{Action, ChatState, HistoryState, JoinError, Room, Session};
use crate::state::connection::Disconnect;
use crate::state::outbox::{Command, Outbox};

impl ChatState {
    /// The state after this happened.
    pub fn after(mut self, action: Action) -> Self {
        match action {
            Action::Connect { typed, token, now } => self.connect(typed, token, now),
            Action::Received { connection, frame, now, random } => {
                if self.link.connection() == Some(connection) {
                    self.link.heard(now);
                    self.received(frame, now, random);
                    self.tell_read(now);
                }
            }
            Action::Closed { connection, code, now, random } => {
                if self.link.connection() == Some(connection) {
                    let loss = self.link.lost(now, code, random);
                    self.lost(loss);
                }
            }
            Action::Tick { now, random } => {
                self.looks = self.looks.wrapping_add(1);
                if self.outbox.wake_at().is_some() {
                    Rc::make_mut(&mut self.outbox).tick(now);
                }
                if self.room.as_ref().and_then(|room| room.typing_until()).is_some_and(|until| until <= now) {
                    self.on_room(Room::nobody_types);
                }
                if self.link.tick(now, random) {
                    self.lost(Disconnect::Retry);
                }
                self.tell_read(now);
            }
            Action::Wake { now } => self.link.nudge(now),
            Action::PageHidden => self.link.put_away(),
            Action::Say { id, text, reply_to, at } => {
                self.act(id, Command::Say { text, reply_to }, at);
                self.done_typing();
            }
            Action::Command { id, act, at } => {
                if let Command::Recall { seq } = act {
                    self.on_room(|room| room.take_back(seq));
                }
                self.act(id, act, at);
            }
            Action::Retry { id, new_id, at } => {
                let seen = self.seen();
                self.outbox_mut().retry(id, new_id, at, seen);
            }
            Action::DiscardFailed { id } => self.outbox_mut().drop_failed(id),
            Action::WantOlder => self.on_room(Room::want_older),
            Action::HistoryPage { asked, page } => {
                if self.fetching() == Some(asked) {
                    self.on_room(|room| match page {
                        Some(page) => room.prepend(page),
                        None => room.log.older_failed(),
                    });
                }
            }
            Action::Follow { follows, now } => {
                self.telling.follows = follows;
                self.trim();
                self.tell_read(now);
            }
            Action::Visible { visible, now } => {
                self.seen_or_not(visible);
                self.tell_read(now);
            }
            Action::Typing { now } => self.tell_typing(now),
            Action::Leave => {
                self.back_to_card(None);
                self.forget();
            }
            Action::ResetIdentity => {
                if self.seat.is_none() {
                    self.forget();
                    self.typed = String::new();
                    self.problem = None;
                    self.known = false;
                }
            }
        }
        self.see();
        self
    }

    fn connect(&mut self, typed: String, token: Token, now: u64) {
        if self.seat.is_some() {
            return;
        }
        let name = NameRule::Common.parse(&typed);
        self.typed = typed;
        let Ok(name) = name else {
            self.problem = Some(JoinError::BadName);
            return;
        };
        // A join whose answer was lost may have taken a seat: the same token finds it again.
        let token = *self.token.get_or_insert(token);
        self.seat = Some(Session { name, token });
        self.problem = None;
        self.link.open(now);
    }

    fn received(&mut self, frame: FromServer, now: u64, random: f64) {
        match frame {
            FromServer::Welcome { room, you, members, tail, replay, limits } => {
                self.link.welcomed(now);
                self.was_here = true;
                self.problem = None;
                self.known = true;
                self.outbox_mut().bind(&room.epoch, you.member, tail);
                let mut room = Room::welcomed(self.room.as_deref(), room, &you, &members, replay);
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
                let at = events.last().map(|event| event.at);
                let done = room.fold(events, &names);
                if let Some(at) = at {
                    room.expire(at);
                }
                let seen = room.log.last();
                match done {
                    Ok(_) if self.outbox.items().is_empty() => {}
                    Ok(done) => {
                        let outbox = self.outbox_mut();
                        for done in done {
                            match done {
                                Confirmation::Own(id) => outbox.confirm(id),
                                Confirmation::Removed(member, seq) => outbox.confirm_removal(member, seq),
                            }
                        }
                        outbox.seen(seen);
                    }
                    Err(super::timeline::SequenceGap) => {
                        room.log = super::timeline::Log::default();
                        self.link.open(now);
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
                // Its host has deleted the room.
                if self.link.is_up() && code == Code::RoomUnknown {
                    self.back_to_card(Some(JoinError::Refused(code)));
                } else if self.link.is_up() {
                    self.outbox_mut().refused(id, code, retry_after_ms, now);
                } else {
                    self.join_refused(code, retry_after_ms, now, random);
                }
            }
            FromServer::Bye { code, retry_ms } => self.link.said_bye(code, retry_ms),
            FromServer::Typing { by } => self.on_room(|room| room.type_now(by, now)),
            FromServer::Read { marks } => self.on_room(|room| room.mark(&marks)),
            FromServer::Tick { at } => self.on_room(|room| room.expire(at)),
        }
    }

    fn join_refused(&mut self, code: Code, retry_ms: Option<u64>, now: u64, random: f64) {
        let passes = matches!(code, Code::Overloaded | Code::TooFast | Code::SlowMode);
        if self.was_here && passes {
            self.link.back_off(now, retry_ms, random);
            return;
        }
        if let (true, Some(wait)) = (passes, retry_ms) {
            self.problem = Some(JoinError::Refused(code));
            self.link.come_again(now, wait, random);
            return;
        }
        if code == Code::Removed {
            self.forget();
        }
        self.back_to_card(Some(match code {
            Code::BadName => JoinError::BadName,
            code => JoinError::Refused(code),
        }));
    }

    fn lost(&mut self, loss: Disconnect) {
        match loss {
            Disconnect::Retry if self.was_here => {}
            Disconnect::Retry | Disconnect::Final(None) => self.back_to_card(Some(JoinError::Unreachable)),
            Disconnect::Final(Some(bye)) => {
                self.back_to_card(Some(JoinError::Ended(bye)));
                // The person left, in another window: nothing may be kept here either.
                if bye == ByeCode::Left {
                    self.forget();
                }
            }
        }
    }

    /// What was secret and what was unsent is no more.
    fn forget(&mut self) {
        self.token = None;
        self.outbox = Rc::default();
    }

    /// What was written stays in the outbox: it is for whoever is welcomed next to say what becomes of it.
    fn back_to_card(&mut self, problem: Option<JoinError>) {
        self.seat = None;
        self.room = None;
        self.was_here = false;
        self.telling.follows = true;
        self.link.stop();
        self.problem = problem;
    }

    fn act(&mut self, id: MessageId, act: Command, at: Millis) {
        let seen = self.seen();
        self.outbox_mut().push(id, act, at, seen);
    }

    pub(super) fn on_room(&mut self, change: impl FnOnce(&mut Room)) {
        if let Some(room) = &mut self.room {
            change(Rc::make_mut(room));
        }
    }

    /// What somebody looks at who has scrolled up is not taken away, nor what older ones are on their way to.
    fn trim(&mut self) {
        if self.telling.follows {
            self.on_room(|room| {
                if room.older() != HistoryState::Loading {
                    room.log.trim();
                }
            });
        }
    }

    fn seen(&self) -> Option<Seq> {
        self.room.as_ref().and_then(|room| room.log.last())
    }

    fn outbox_mut(&mut self) -> &mut Outbox {
        Rc::make_mut(&mut self.outbox)
    }
}
