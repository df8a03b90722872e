//! Where a session is: outside, waiting for an answer to its join, or inside a room with a cursor into its log.

use std::sync::Arc;

use shared::limits::{REPLAY_MAX, RESET_EVENTS};
use shared::{After, FromServer, Member, Millis, Replay, Seq, Token, You};

use crate::address::Bid;
use crate::archive::settled::settled;
use crate::former::FormerNames;
use crate::frame::Frame;
use crate::ledger::Seated;
use crate::room::news::{Connection, Versions};
use crate::room::readers::{Reader, Reading};
use crate::room::roster::Seat as RosterSeat;
use crate::room::seal::TokenHash;
use crate::room::{self, Room, tail};
use crate::services::Services;

use super::clock::News;
use super::outlet::Lent;

/// Where a session is.
#[derive(Debug)]
pub(super) enum Place {
    /// In no room.
    Outside,
    /// Its join is with the ledger.
    Joining {
        /// What the page holds.
        after: Option<After>,
        /// The token drawn for it, if it showed none.
        drawn: Option<Token>,
        /// Of the token it joins with.
        token: TokenHash,
        /// Counts the seat that it may come to, for its address.
        bid: Option<Box<Bid>>,
    },
    /// In a room.
    Inside(Inside),
}

/// A seat, and how far its session has sent.
#[derive(Debug)]
pub(super) struct Inside {
    connection: Connection,
    /// Of the token it joined with, or of the one that replaced it.
    token: TokenHash,
    /// Of the token that replaces it once a `sign_out_others` is stored.
    next_token: Option<Box<TokenHash>>,
    /// For as long as it is in the room.
    _reading: Reading,
    cursor: Seq,
    /// What is no event, as it was last looked at.
    seen: Versions,
}

/// What is due to a session.
#[derive(Debug)]
pub(super) enum Due {
    /// The next frame of events. If nothing lies behind it: the versions of what is none.
    Events(Frame, Option<Versions>),
    /// No events. In a room: the versions of what is none.
    Nothing(Option<Versions>),
    /// Log or index cannot be read.
    Unreadable,
    /// The seat was freed.
    Unseated(RosterSeat),
    /// Its token is void.
    SignedOut,
    /// The room does not exist any more.
    Deleted,
}

impl Place {
    /// What the courier must know to write in its session's place; nothing where nothing can be published.
    pub(super) const fn lent(&self) -> Option<Lent> {
        match self {
            Self::Inside(Inside { connection, token, cursor, seen, .. }) => {
                Some(Lent { who: connection.who(), token: *token, cursor: *cursor, seen: *seen })
            }
            Self::Outside | Self::Joining { .. } => None,
        }
    }

    /// The courier has come so far.
    pub(super) const fn went_on(&mut self, cursor: Seq) {
        if let Self::Inside(inside) = self {
            inside.cursor = cursor;
        }
    }

    /// The session has proposed to replace its token by this one.
    pub(super) fn expect_token(&mut self, next: TokenHash) {
        if let Self::Inside(inside) = self {
            inside.next_token = Some(Box::new(next));
        }
    }

    /// What comes next; the cursor moves past it.
    pub(super) async fn due(&mut self, services: &Arc<Services>) -> Due {
        match self {
            Self::Inside(inside) => inside.due(services).await,
            Self::Outside | Self::Joining { .. } => Due::Nothing(None),
        }
    }
}

impl Inside {
    /// Takes the seat; the welcome to send for it.
    pub(super) fn new(
        seated: Seated,
        after: Option<&After>,
        (token, drawn): (TokenHash, Option<Token>),
        (reader, now): (Arc<dyn Reader>, Millis),
    ) -> (Self, FromServer) {
        let Seated { connection, name, host, limits } = seated;
        let room = Arc::clone(connection.room());
        // Registered first, looked at afterwards: nothing falls between.
        let reading = room.read_by(reader);
        let snapshot = room.snapshot();
        let floor = Seq(room.visible_range(connection.who()).0.0 - 1);
        let (replay, cursor) =
            start(after.filter(|a| a.epoch == room.settings().epoch), floor, snapshot.tail);
        let muted = |until: Option<Millis>| until.filter(|until| now < *until);
        let seated = snapshot.view.roster.seated();
        let members: Vec<_> =
            seated.map(|member| Member { muted_until: muted(member.muted_until), ..member }).collect();
        let me = connection.who().member;
        let own = members.iter().find(|member| member.member == me);
        let muted_until = own.and_then(|member| member.muted_until);
        let you = You { member: me, name, host, token: drawn, muted_until };
        let welcome = FromServer::Welcome {
            room: snapshot.view.facts.clone(),
            you,
            members,
            tail: snapshot.tail,
            replay,
            limits,
            at: Some(now),
        };
        let seen = Versions::default();
        (Self { connection, token, next_token: None, _reading: reading, cursor, seen }, welcome)
    }

    /// The connection that holds the seat.
    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Of the token it joined with, or of the one that replaced it.
    pub(super) const fn token(&self) -> TokenHash {
        self.token
    }

    /// The newest of a kind of news, as a frame if it concerns this member, and the version it is of. `sent` is the
    /// version sent before.
    pub(super) fn news(&self, news: News, sent: u64, now: Millis) -> (Option<Frame>, u64) {
        let (frame, version) = match news {
            News::Presence => self.room().presence_frame(),
            News::Marks => return self.room().marks_frame(self.connection.who(), sent),
            News::Typing => self.room().typing_frame(now),
        };
        (Some(frame), version)
    }

    fn room(&self) -> &Arc<Room> {
        self.connection.room()
    }

    async fn due(&mut self, services: &Arc<Services>) -> Due {
        if let Some(next) = &self.next_token
            && self.room().snapshot().view.roster.is_device(self.connection.who().member, next)
        {
            (self.token, self.next_token) = (**next, None);
        }
        match self.room().due(self.cursor, self.connection.who(), &self.token) {
            room::Due::Events(frame, last, versions) => {
                self.cursor = last;
                self.seen = versions.unwrap_or(self.seen);
                Due::Events(frame, versions)
            }
            room::Due::Older(last) => Box::pin(self.older(services, last)).await,
            room::Due::Nothing(versions) => {
                self.seen = versions;
                Due::Nothing(Some(versions))
            }
            room::Due::Unseated(seat) => Due::Unseated(seat),
            room::Due::SignedOut => Due::SignedOut,
            room::Due::Deleted => Due::Deleted,
        }
    }

    /// What the room keeps in memory no more.
    async fn older(&mut self, services: &Arc<Services>, last: Seq) -> Due {
        let (reader, life, cursor) = (Arc::clone(services), self.room().life(), self.cursor);
        let read = move || reader.archive.read(life, cursor, last);
        let entries = settled(self.room(), read).await.filter(|entries| !entries.is_empty());
        let Some(entries) = entries else { return Due::Unreadable };
        let floor = self.room().floor(self.connection.who());
        let names = FormerNames::find(self.room(), tail::members_of(&entries), services).await;
        let Ok(names) = names else { return Due::Unreadable };
        let (frame, last) = tail::frame(entries.iter(), floor, |member| names.name(member));
        self.cursor = last;
        Due::Events(frame, None)
    }
}

/// From where a session sends: on from what the page holds, or anew from the newest events it may read.
fn start(after: Option<&After>, floor: Seq, tail: Seq) -> (Replay, Seq) {
    match after {
        Some(After { seq, .. }) if floor <= *seq && *seq <= tail && tail.0 - seq.0 <= REPLAY_MAX => {
            (Replay::Complete, *seq)
        }
        _ => (Replay::Reset, floor.max(Seq(tail.0.saturating_sub(RESET_EVENTS)))),
    }
}

#[cfg(test)]
mod tests {
    use shared::Epoch;

    use super::*;

    fn at(after: Option<u64>, floor: u64, tail: u64) -> (Replay, u64) {
        let after = after.map(|seq| After { epoch: Epoch::new(&[0; 8]), seq: Seq(seq) });
        let (replay, cursor) = start(after.as_ref(), Seq(floor), Seq(tail));
        (replay, cursor.0)
    }

    #[test]
    fn a_page_that_comes_back_goes_on_where_it_was() {
        assert_eq!(at(Some(7), 0, 7), (Replay::Complete, 7));
        assert_eq!(at(Some(7), 3, 1_007), (Replay::Complete, 7));
    }

    #[test]
    fn a_page_that_missed_too_much_or_holds_what_is_not_begins_anew() {
        assert_eq!(at(Some(7), 0, 1_008), (Replay::Reset, 908));
        assert_eq!(at(Some(8), 0, 7), (Replay::Reset, 0));
        assert_eq!(at(None, 0, 250), (Replay::Reset, 150));
    }

    #[test]
    fn nobody_reads_what_was_before_its_join() {
        assert_eq!(at(None, 20, 21), (Replay::Reset, 20));
        assert_eq!(at(Some(5), 20, 21), (Replay::Reset, 20));
    }
}
