//! A loaded room, as sessions see it: what was published, who is connected, and a wake-up for both.
//!
//! Only the ledger publishes. Nothing here decides or stores anything.

mod access;
pub(crate) mod acts;
mod devices;
pub mod elsewhere;
pub mod marks;
pub mod member;
pub mod members;
pub mod news;
pub mod presence;
pub mod proposal;
pub mod readers;
mod removal;
pub mod roster;
pub mod seal;
mod seating;
pub mod state;
pub mod tail;
pub mod tokens;
pub mod typing;
pub mod words;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::{LeftWhy, MemberId, Millis, RoomCard, RoomFacts, RoomId, Seq};

use crate::frame::Frame;

use marks::Marks;
use news::Versions;
use presence::Presence;
use proposal::{Settings, Standing};
use readers::Readers;
use roster::{Roster, Seat};
use seal::TokenHash;
use tail::{Entry, Piece, Tail};
use typing::Typing;
use words::Words;

/// One life of a room: what the ledger published of it.
///
/// The lock is held for as long as it takes to copy what is due to one session, never across an `.await`.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    life: i64,
    settings: Settings,
    published: Mutex<Published>,
    /// When it was loaded, as uptime.
    loaded: Millis,
    /// The first number that is kept.
    first: AtomicU64,
    /// Nearly always nobody does, which is not worth a lock.
    somebody_writes: AtomicBool,
    /// For how long each member had been silent when it was loaded, in milliseconds.
    absent: HashMap<MemberId, u64>,
    readers: Readers,
}

#[derive(Debug)]
struct Published {
    view: Arc<View>,
    tail: Tail,
    presence: Presence,
    /// The presence frame of this version.
    presence_frame: Option<(u64, Frame)>,
    marks: Marks,
    /// The frame of the marks that changed between these versions.
    marks_frame: Option<((u64, u64), Frame)>,
    typing: Typing,
    /// How often texts were recalled or replaced.
    rewrites: u64,
    deleted: bool,
}

/// What a room is loaded with beside its view.
#[derive(Debug, Default)]
pub struct Loading {
    /// Its key in the log.
    pub life: i64,
    /// The last number.
    pub tail: Seq,
    /// Now, as uptime.
    pub now: Millis,
    /// How far members have read.
    pub read: Vec<(MemberId, Seq)>,
    /// For how long members have been silent, in milliseconds. Who is not in it was just heard.
    pub absent: HashMap<MemberId, u64>,
}

/// What the rules say of a room beside its events.
#[derive(Debug, Clone)]
pub struct View {
    /// What a welcome tells of it.
    pub facts: RoomFacts,
    /// Who is here, and some who were.
    pub roster: Roster,
    /// Words that are not allowed; only the host may know them.
    pub words: Option<Words>,
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
    /// One frame of events; the cursor goes to its last number. If nothing lies behind that, what is no event.
    Events(Frame, Seq, Option<Versions>),
    /// The tail begins later: read the log from the cursor up to this number.
    Older(Seq),
    /// Nothing; the session's seat is as it was.
    Nothing(Versions),
    /// Nothing, and the session's seat was freed.
    Unseated(Seat),
    /// The session's token is void.
    SignedOut,
    /// The room does not exist any more.
    Deleted,
}

impl Room {
    /// A room that looks like `view`. Its events are read from the log.
    pub fn new(settings: Settings, view: View, loading: Loading) -> Self {
        let Loading { life, tail, now, read, absent } = loading;
        let id = view.facts.id;
        let published = Mutex::new(Published {
            tail: Tail::after_load(tail, view.facts.capacity),
            view: Arc::new(view),
            presence: Presence::default(),
            presence_frame: None,
            marks: Marks::restore(read),
            marks_frame: None,
            typing: Typing::default(),
            rewrites: 0,
            deleted: false,
        });
        Self {
            id,
            life,
            settings,
            published,
            first: AtomicU64::new(0),
            somebody_writes: AtomicBool::new(false),
            loaded: now,
            absent,
            readers: Readers::default(),
        }
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
        let View { facts, roster, .. } = &*published.view;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        RoomCard {
            title: facts.title.clone(),
            capacity: facts.capacity,
            seated: count(roster.taken()),
            online: count(published.presence.online().count()),
            locked: facts.locked,
            names: self.settings.names,
            history: facts.history,
            you: None,
        }
    }

    /// Where a session starts from.
    pub fn snapshot(&self) -> Snapshot {
        let published = self.lock();
        Snapshot { view: Arc::clone(&published.view), tail: published.tail.last() }
    }

    /// From which number on `who` may read.
    pub fn floor(&self, who: Standing) -> Seq {
        self.settings.floor(who)
    }

    /// The first and the last number that `who` is shown, whichever way: live, by pages, in a search, in an export. What comes before
    /// is not for `who`, or is kept no longer. The first is behind the last where nothing is shown.
    pub fn visible_range(&self, who: Standing) -> (Seq, Seq) {
        let kept = Seq(self.first.load(Ordering::Relaxed).max(1));
        (self.floor(who).max(kept), self.lock().tail.last())
    }

    /// The first number that is kept, as far as is known.
    pub(crate) fn first_kept(&self) -> Seq {
        Seq(self.first.load(Ordering::Relaxed).max(1))
    }

    /// What comes before this number is kept no longer.
    pub fn begin_with(&self, first: Seq) {
        self.first.fetch_max(first.0, Ordering::Relaxed);
    }

    /// What is due to a session that speaks as `who`, has joined with `token` and has sent everything up to `cursor`.
    pub fn due(&self, cursor: Seq, who: Standing, token: &TokenHash) -> Due {
        let floor = self.floor(who);
        let mut published = self.lock();
        if published.deleted {
            return Due::Deleted;
        }
        let versions = published.versions(who);
        let Published { view, tail, .. } = &mut *published;
        // Whoever is not in memory any more does not sit.
        let listed = view.roster.get(who.member);
        let seat = listed.map_or(Seat::Freed(LeftWhy::Away), |listed| listed.seat);
        let seat = Some(seat).filter(|seat| *seat != Seat::Taken(who.since));
        if seat.is_none() && !listed.is_some_and(|listed| listed.tokens.is_device(token)) {
            return Due::SignedOut;
        }
        let piece = match seat {
            None => tail.after(cursor, floor, &view.roster),
            Some(_) => tail.after_until_left(cursor, floor, who, &view.roster),
        };
        match (piece, seat) {
            (Piece::Frame(frame, last), seat) => {
                let all = seat.is_none() && last == tail.last();
                Due::Events(frame, last, all.then_some(versions))
            }
            (Piece::Older(_) | Piece::Nothing, Some(freed)) => Due::Unseated(freed),
            (Piece::Older(last), None) => Due::Older(last),
            (Piece::Nothing, None) => Due::Nothing(versions),
        }
    }

    /// Takes in what the ledger stored. Who reads it is still to be served.
    pub fn publish(&self, entries: Vec<Entry>, rewrites: Vec<Entry>, view: Option<View>) {
        let mut published = self.lock();
        if let Some(view) = view {
            published.presence.keep(|who| view.roster.holds(who));
            published.replace_view(view);
        }
        published.tail.extend(entries);
        published.rewrites += u64::from(!rewrites.is_empty());
        published.tail.rewrite(rewrites);
    }

    /// Takes former members out of memory, of whom `view` knows no more. Their names stay for as long as the tail speaks of them.
    pub(crate) fn forget_members(&self, gone: &[MemberId], view: View) {
        let mut published = self.lock();
        published.marks.forget(gone);
        published.replace_view(view);
    }

    /// Rises whenever a text is recalled or replaced.
    pub fn rewrites(&self) -> u64 {
        self.lock().rewrites
    }

    /// Whether it does not exist any more.
    pub fn is_deleted(&self) -> bool {
        self.lock().deleted
    }

    /// The room does not exist any more: its sessions end.
    pub fn delete(&self) {
        self.lock().deleted = true;
        self.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Published> {
        // A panic while the lock is held leaves nothing half done: each holder makes one change.
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Published {
    fn holds(&self, who: Standing) -> bool {
        self.view.roster.holds(who)
    }

    fn replace_view(&mut self, mut view: View) {
        view.roster.keep(&self.view.roster, || self.tail.members_told_of());
        self.view = Arc::new(view);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::{Epoch, Event, Fact, MessageId, NameRule, Text, Token};

    use super::*;
    use crate::edge::Edge;
    use roster::Listed;
    use tokens::Tokens;

    fn view(seat: Seat) -> View {
        let mut state = state::RoomState::default();
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let open = proposal::Proposal { at: Millis(0), wish: proposal::Wish::Open(settings) };
        state::apply(&mut state, &proposal::Facts::default(), &open);
        let listed = |name, seat, token| {
            let (name, tokens) = (NameRule::Common.parse(name).unwrap(), Tokens::new(hash(token)));
            Listed { name, seat, tokens, banned_at: None, muted_until: None }
        };
        let members = vec![listed("张三", seat, [0; 32]), listed("李四", Seat::Taken(Seq(1)), [1; 32])];
        View {
            roster: Roster::new((1..).map(MemberId).zip(members), false),
            ..state.view(RoomId::Lobby).unwrap()
        }
    }

    fn hash(token: [u8; 32]) -> TokenHash {
        TokenHash::of(&Token::new(&token))
    }

    /// Of the token of the lobby's first member.
    pub(crate) fn first_token() -> TokenHash {
        hash([0; 32])
    }

    /// A lobby of two events, and its first member; the second sits there since number 1.
    pub(crate) fn lobby() -> (Arc<Room>, Standing) {
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let loading = Loading { life: 1, tail: Seq(2), ..Loading::default() };
        let who = Standing { member: MemberId(1), since: Seq(2) };
        (Arc::new(Room::new(settings, view(Seat::Taken(Seq(2))), loading)), who)
    }

    /// The event of this number: somebody else said this.
    pub(crate) fn said(seq: u64, text: &str) -> Entry {
        let (by, id) = (MemberId(2), MessageId::new(Millis(seq), &[0; 10]));
        let fact = Fact::Said { by, id, text: Text::parse(text).unwrap(), reply_to: None, edited: None };
        entry(seq, fact)
    }

    fn entry(seq: u64, fact: Fact) -> Entry {
        Entry::new(&Event { seq: Seq(seq), at: Millis(0), fact })
    }

    #[test]
    fn a_seat_that_was_freed_in_the_same_batch_leaves_nobody_online() {
        let edge = Arc::new(Edge::system());
        let (room, who) = lobby();
        let first = room.enter(who, &edge);
        assert_eq!(room.card().online, 1);
        // Another connection joined and this one left in one batch: published first, entered afterwards.
        room.publish(Vec::new(), Vec::new(), Some(view(Seat::Freed(LeftWhy::Asked))));
        let second = room.enter(who, &edge);
        assert_eq!(room.card().online, 0);
        drop((first, second));
        assert_eq!(room.card().online, 0);
    }

    #[test]
    fn who_lost_its_seat_hears_of_that_and_of_nothing_after_it() {
        let (room, who) = lobby();
        let left = entry(4, Fact::Left { member: who.member, why: LeftWhy::Removed });
        let entries = vec![said(3, "还在"), left, said(5, "不在了")];
        room.publish(entries, Vec::new(), Some(view(Seat::Freed(LeftWhy::Removed))));
        let Due::Events(frame, last, _) = room.due(Seq(2), who, &first_token()) else {
            panic!("something is due")
        };
        let frame = frame.json();
        assert_eq!((frame.contains("还在"), frame.contains("不在了"), last), (true, false, Seq(4)));
        for cursor in [4, 5] {
            let due = room.due(Seq(cursor), who, &first_token());
            assert!(matches!(due, Due::Unseated(Seat::Freed(LeftWhy::Removed))), "{due:?}");
        }
    }
}
