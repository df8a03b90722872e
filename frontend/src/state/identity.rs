//! Whose session this page uses: its own, or one that the page's address carried. A carried session replaces nothing before the
//! person has agreed and the server has welcomed it.

use shared::{Code, Token};

use super::{ChatState, JoinError, Session, StoredSession};

/// A session in use that came with a link, and the one it may replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Borrowed {
    own: Option<StoredSession>,
    carried: StoredSession,
}

/// What the person makes of a session that a link carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatLinkAnswer {
    /// They use this session: the server has given it in place of the carried one.
    Use(StoredSession),
    /// They keep this browser's own session, if there is one.
    Decline,
}

impl ChatState {
    /// Offers a session that the page's address carried. This browser's own one waits until the person has chosen.
    #[must_use]
    pub fn with_seat_link(mut self, carried: StoredSession) -> Self {
        if self.token != Some(carried.token) {
            self.connection.stop();
            self.seat_link = Some(carried);
        }
        self
    }

    /// The person has chosen.
    pub(super) fn answer_seat_link(&mut self, answer: SeatLinkAnswer, now: u64) {
        match answer {
            SeatLinkAnswer::Use(session) => self.accept_seat_link(session, now),
            SeatLinkAnswer::Decline => self.decline_seat_link(now),
        }
    }

    fn accept_seat_link(&mut self, StoredSession { token, name }: StoredSession, now: u64) {
        let Some(carried) = self.seat_link.take() else {
            return;
        };
        let name = name.or(carried.name);
        let own = self.kept();
        self.return_to_join(None);
        self.borrowed = Some(Borrowed { own, carried: StoredSession { token, name: name.clone() } });
        self.token = Some(token);
        self.known = false;
        self.typed = name.as_ref().map(ToString::to_string).unwrap_or_default();
        if let Some(name) = name {
            self.seat = Some(Session { name, token });
            self.connection.open(now);
        }
    }

    fn decline_seat_link(&mut self, now: u64) {
        if self.seat_link.take().is_some() {
            self.problem = None;
            if self.seat.is_some() {
                self.connection.resume(now);
            }
        }
    }

    /// The server has welcomed the carried session: it is this browser's from now on.
    pub(super) fn keep_borrowed(&mut self) {
        self.borrowed = None;
    }

    /// The carried session is not used: the own one is as before. What failed only for now is asked about once more.
    pub(super) fn return_borrowed(&mut self) {
        if let Some(Borrowed { own, carried }) = self.borrowed.take() {
            let passes = matches!(
                self.problem,
                Some(JoinError::Unreachable | JoinError::Refused(Code::Overloaded | Code::TooFast))
            );
            self.seat_link = Some(carried).filter(|_| passes);
            self.token = own.as_ref().map(|own| own.token);
            let name = own.and_then(|own| own.name);
            self.known = name.is_some();
            self.typed = name.as_ref().map(ToString::to_string).unwrap_or_default();
            self.returned_to = name;
        }
    }

    /// This tab was duplicated from another one of the lobby: two tabs are two people.
    pub(super) fn become_another_tab(&mut self, token: Token) {
        if self.id == shared::RoomId::Lobby && !self.connection.is_up() {
            self.return_to_join(None);
            self.forget();
            self.token = Some(token);
            self.typed = String::new();
            self.known = false;
        }
    }
}
