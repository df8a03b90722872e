//! How a visit to the room ends: the person leaves, the server refuses or ends it, the connection is lost. Says what this browser keeps.

use std::rc::Rc;

use shared::{ByeCode, Code};

use super::connection::Disconnect;
use super::{ChatState, Effect, Env, JoinError};

impl ChatState {
    /// Leaves the room on this device and removes what is stored of it: its token and what is unsent are of no use any more.
    pub(super) fn sign_out(&mut self, problem: Option<JoinError>, env: &Env, effects: &mut Vec<Effect>) {
        self.wipe(env, effects);
        self.return_to_join(problem);
        self.forget();
    }

    pub(super) fn wipe(&self, env: &Env, effects: &mut Vec<Effect>) {
        if self.may_wipe(env) {
            effects.push(Effect::WipeRoom);
        }
    }

    pub(super) fn join_refused(
        &mut self,
        code: Code,
        retry_ms: Option<u64>,
        env: &Env,
        effects: &mut Vec<Effect>,
    ) {
        let (now, random) = (env.now, env.random);
        let passes = matches!(code, Code::Overloaded | Code::StorageFailed | Code::TooFast | Code::SlowMode);
        if self.was_here && passes {
            self.connection.back_off(now, retry_ms, random);
            return;
        }
        if let (true, Some(wait)) = (passes, retry_ms) {
            self.problem = Some(JoinError::Refused(code));
            self.connection.retry_after(now, wait, random);
            return;
        }
        // What is stored is of this browser's own seat, and a carried one is given back.
        let awaited =
            self.seat.as_ref().zip(retry_ms).filter(|_| code == Code::NameTaken && self.borrowed.is_none());
        let awaited = awaited.map(|(seat, wait)| (seat.name.clone(), now + wait));
        if code == Code::Removed && self.borrowed.is_none() {
            if self.may_wipe(env) {
                effects.push(Effect::WipeMessages);
            }
            self.outbox = Rc::default();
            // With another token the banned person would be let in, and lose who they are when the ban is lifted.
            self.returned_to = self.seat.as_ref().map(|seat| seat.name.clone());
        }
        if code == Code::SignedOut && self.borrowed.is_none() {
            return self.sign_out(Some(JoinError::Refused(code)), env, effects);
        }
        self.return_to_join(Some(match code {
            Code::BadName => JoinError::BadName,
            code => JoinError::Refused(code),
        }));
        self.awaited = awaited;
    }

    pub(super) fn lost(&mut self, loss: Disconnect, env: &Env, effects: &mut Vec<Effect>) {
        match loss {
            Disconnect::Retry if self.was_here => {}
            Disconnect::Retry | Disconnect::Final(None) => self.return_to_join(Some(JoinError::Unreachable)),
            Disconnect::Final(Some(bye)) => {
                let ended = Some(JoinError::Ended(bye));
                match bye {
                    // The person left in another window, or signed this device out: nothing may be kept here either.
                    ByeCode::Left | ByeCode::SignedOut => self.sign_out(ended, env, effects),
                    _ => self.return_to_join(ended),
                }
            }
        }
    }

    /// Drops the token and everything unsent.
    pub(super) fn forget(&mut self) {
        self.token = None;
        self.returned_to = None;
        self.outbox = Rc::default();
    }

    /// Shows the join card. What was written stays in the outbox: the next welcome decides what becomes of it.
    pub(super) fn return_to_join(&mut self, problem: Option<JoinError>) {
        self.seat = None;
        self.room = None;
        self.was_here = false;
        self.telling.follows = true;
        self.connection.stop();
        self.problem = problem;
        self.return_borrowed();
    }
}
