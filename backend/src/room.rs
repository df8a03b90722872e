//! A loaded room, as sessions see it: what was published, who is connected, and a wake-up for both.
//!
//! Only the ledger publishes. Nothing here decides or stores anything.

mod acts;
pub mod presence;
pub mod proposal;
pub mod roster;
pub mod seal;
pub mod state;
pub mod tail;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use shared::{FromServer, MemberId, Millis, RoomCard, RoomFacts, RoomId, Seq};
use tokio::sync::watch;

use crate::edge::Edge;

use presence::{Presence, Silence};
use proposal::{Settings, Standing};
use roster::{Roster, Seat};
use tail::{Entry, Piece, Tail};

/// One life of a room: what the ledger published of it.
///
/// The lock is held for as long as it takes to copy what is due to one session, never across an `.await`.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    life: i64,
    settings: Settings,
    published: Mutex<Published>,
    /// When it was loaded, as uptime: who was not connected since counts as away from then on.
    loaded: Millis,
    wake: watch::Sender<()>,
}

#[derive(Debug)]
struct Published {
    view: Arc<View>,
    tail: Tail,
    presence: Presence,
    /// The presence frame of this version.
    presence_frame: Option<(u64, Bytes)>,
}

/// What the rules say of a room beside its events.
#[derive(Debug, Clone)]
pub struct View {
    /// What a welcome tells of it.
    pub facts: RoomFacts,
    /// Who is and was here.
    pub roster: Roster,
}

/// What a session starts from.
#[derive(Debug)]
pub struct Snapshot {
    /// The room.
    pub view: Arc<View>,
    /// The last number published.
    pub tail: Seq,
}

/// What lies behind a session's cursor.
#[derive(Debug)]
pub enum Due {
    /// One frame of events; the cursor goes to its last number.
    Events(Bytes, Seq),
    /// The tail begins later: read the log from the cursor up to this number.
    Older(Seq),
    /// Nothing; the session's seat is as it was. The version of who is connected.
    Nothing(u64),
    /// Nothing, and the session's seat was freed.
    Unseated(Seat),
}

impl Room {
    /// A room that looks like `view`, of which `newest` are the newest events.
    pub fn new(life: i64, settings: Settings, loaded: Millis, view: View, newest: Vec<Entry>) -> Self {
        let (id, mut tail) = (view.facts.id, Tail::default());
        tail.extend(newest);
        let (view, presence) = (Arc::new(view), Presence::default());
        let published = Mutex::new(Published { view, tail, presence, presence_frame: None });
        Self { id, life, settings, published, loaded, wake: watch::Sender::new(()) }
    }

    /// Its id.
    pub const fn id(&self) -> RoomId {
        self.id
    }

    /// Its key in the log.
    pub const fn life(&self) -> i64 {
        self.life
    }

    /// What it was opened with.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What anyone may know of it.
    pub fn card(&self) -> RoomCard {
        let published = self.lock();
        let View { facts, roster } = &*published.view;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        RoomCard {
            title: facts.title.clone(),
            capacity: facts.capacity,
            seated: count(roster.taken()),
            online: count(published.presence.online().count()),
            locked: facts.locked,
        }
    }

    /// Where a session starts from.
    pub fn snapshot(&self) -> Snapshot {
        let published = self.lock();
        Snapshot { view: Arc::clone(&published.view), tail: published.tail.last() }
    }

    /// Wakes whenever anything was published. Look only after subscribing, or a wake-up is lost.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }

    /// From which number on `who` may read.
    pub fn floor(&self, who: Standing) -> Seq {
        self.settings.floor(who)
    }

    /// What is due to a session that speaks as `who` and has sent everything up to `cursor`.
    pub fn due(&self, cursor: Seq, who: Standing) -> Due {
        let floor = self.floor(who);
        let mut published = self.lock();
        let Published { view, tail, presence, .. } = &mut *published;
        let piece = tail.after(cursor, floor, &view.roster);
        let seat = view.roster.seat(who.member).filter(|seat| *seat != Seat::Taken(who.since));
        match (piece, seat) {
            (Piece::Frame(frame, last), _) => Due::Events(frame, last),
            (Piece::Older(_) | Piece::Nothing, Some(freed)) => Due::Unseated(freed),
            (Piece::Older(last), None) => Due::Older(last),
            (Piece::Nothing, None) => Due::Nothing(presence.version()),
        }
    }

    /// Who is connected, as a frame, and the version it is of.
    pub fn presence_frame(&self) -> (Bytes, u64) {
        let mut published = self.lock();
        let version = published.presence.version();
        if let Some((of, frame)) = &published.presence_frame
            && *of == version
        {
            return (frame.clone(), version);
        }
        let online = published.presence.online().collect();
        let frame = Bytes::from(FromServer::Presence { online }.encode());
        published.presence_frame = Some((version, frame.clone()));
        (frame, version)
    }

    /// Counts a connection of `who` until the guard is dropped; not at all if that seat was freed meanwhile.
    pub fn enter(self: &Arc<Self>, who: Standing, edge: &Arc<Edge>) -> Connection {
        let now = edge.uptime();
        self.change_presence(|view, presence| {
            if view.roster.seat(who.member) == Some(Seat::Taken(who.since)) {
                presence.enter(who, now);
            }
        });
        Connection { room: Arc::clone(self), who, edge: Arc::clone(edge) }
    }

    /// Shows those as offline whose connection was lost for `grace_ms`.
    pub fn settle(&self, now: Millis, grace_ms: u64) {
        self.change_presence(|_, presence| presence.settle(now, grace_ms));
    }

    /// How long each seated member has been silent.
    pub fn silences(&self) -> Vec<(MemberId, Silence)> {
        let published = self.lock();
        let never = Silence { connected: false, since: self.loaded };
        let silence = |member| published.presence.silence(member).unwrap_or(never);
        published.view.roster.seated().map(|seated| (seated.member, silence(seated.member))).collect()
    }

    /// Takes in what the ledger stored, and wakes the sessions.
    pub fn publish(&self, entries: Vec<Entry>, rewrites: Vec<Entry>, view: Option<View>) {
        let mut published = self.lock();
        if let Some(view) = view {
            let seated = |who: Standing| view.roster.seat(who.member) == Some(Seat::Taken(who.since));
            published.presence.keep(seated);
            published.view = Arc::new(view);
        }
        published.tail.extend(entries);
        published.tail.rewrite(rewrites);
        drop(published);
        self.wake.send_replace(());
    }

    fn change_presence(&self, change: impl FnOnce(&View, &mut Presence)) {
        let mut published = self.lock();
        let before = published.presence.version();
        let Published { view, presence, .. } = &mut *published;
        change(view, presence);
        let after = published.presence.version();
        drop(published);
        if before != after {
            self.wake.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Published> {
        // A panic while the lock is held leaves nothing half done: each holder makes one change.
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that counts for its member's presence until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Connection {
    room: Arc<Room>,
    who: Standing,
    edge: Arc<Edge>,
}

impl Connection {
    /// The room.
    pub const fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// As whom the connection speaks.
    pub const fn who(&self) -> Standing {
        self.who
    }

    /// A sign of life.
    pub fn heard(&self) {
        let now = self.edge.uptime();
        self.room.change_presence(|_, presence| presence.heard(self.who, now));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let now = self.edge.uptime();
        self.room.change_presence(|_, presence| presence.leave(self.who, now));
    }
}

#[cfg(test)]
mod tests {
    use shared::{Epoch, LeftWhy, NameRule, Token};

    use super::*;
    use roster::Listed;
    use seal::TokenHash;

    fn view(seat: Seat) -> View {
        let mut state = state::RoomState::new(RoomId::Lobby);
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let open = proposal::Proposal { at: Millis(0), wish: proposal::Wish::Open(settings) };
        state::apply(&mut state, &proposal::Facts::default(), &open);
        let name = NameRule::Common.parse("张三").unwrap();
        let listed = Listed { name, seat, token: TokenHash::of(&Token::new(&[0; 32])) };
        View { roster: Roster::new(vec![listed], false), ..state.view().unwrap() }
    }

    #[test]
    fn a_seat_that_was_freed_in_the_same_batch_leaves_nobody_online() {
        let edge = Arc::new(Edge::system());
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let room = Arc::new(Room::new(1, settings, Millis(0), view(Seat::Taken(Seq(2))), Vec::new()));
        let who = Standing { member: MemberId(1), since: Seq(2) };
        let first = room.enter(who, &edge);
        assert_eq!(room.card().online, 1);
        // Another connection joined and this one left in one batch: published first, entered afterwards.
        room.publish(Vec::new(), Vec::new(), Some(view(Seat::Freed(LeftWhy::Asked))));
        let second = room.enter(who, &edge);
        assert_eq!(room.card().online, 0);
        drop((first, second));
        assert_eq!(room.card().online, 0);
    }
}
