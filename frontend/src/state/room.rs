//! A room as the page knows it since its last welcome: who is seated, who is online, and the log.

mod browsing;
mod members;
mod quotes;
mod readers;
mod rewrites;
mod snapshot;

use std::collections::VecDeque;
use std::rc::Rc;

use shared::{
    Epoch, Event, Fact, LeftWhy, Member, MemberId, MessageId, Millis, Names, Replay, RoomFacts, Seq, You,
};

use super::timeline::{HistoryState, Island, Log, NoticeFolding, SequenceGap};
use super::unread::UnreadRange;
pub use browsing::JumpState;
pub use rewrites::Rewrite;

/// How long it is said that somebody is writing, in milliseconds.
const TYPING_MS: u64 = 5_000;
/// What is too old goes in steps of so many milliseconds.
const EXPIRE_STEP_MS: u64 = 60_000;

/// A room, seen by one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// What the server says of the room.
    pub facts: RoomFacts,
    /// The member this page is.
    pub me: MemberId,
    /// Whether that is the room's host.
    pub host: bool,
    /// Who has a seat; this and all lists of members rise.
    pub seated: Vec<MemberId>,
    /// Who is connected; nobody as long as nothing is known of it.
    pub online: Vec<MemberId>,
    /// Who had a seat before what is held of the log begins.
    pub before: Vec<MemberId>,
    /// The newest events.
    pub log: Log,
    /// An older part of the log, shown in place of the newest one.
    island: Option<Island>,
    /// The event that the person wants to be shown, while it is not held.
    jump: browsing::Jump,
    quotes: quotes::Quotes,
    /// Who is writing, as was last heard; never oneself.
    pub typing: Vec<MemberId>,
    /// The server's mark of how far this page's member has read; none until it has said so since the welcome.
    pub own_mark: Option<Seq>,
    marks: Vec<(MemberId, Seq)>,
    /// From and up to which number members had read who left since the page came.
    former_reads: Vec<(Seq, Seq)>,
    /// The number of each member's latest `joined`, as far as it is known.
    joined: Vec<(MemberId, Seq)>,
    /// Until when the host has muted whom.
    muted: Vec<(MemberId, Millis)>,
    typed_at: u64,
    names: Vec<(MemberId, Rc<str>)>,
    pub(super) away: Option<UnreadRange>,
    /// How often something that was said was taken back, or said otherwise, or became too old.
    pub rewrites: u32,
    /// The newest of these changes, a bounded number: the last one is number [`Room::rewrites`].
    rewritten: VecDeque<Rewrite>,
    /// What happened before this is kept no longer.
    pub kept_since: Millis,
    /// Whether this is a snapshot that the server is to replace as a whole: an earlier build did not know all of it, or the computer's
    /// clock says that some of it is too old.
    is_outdated: bool,
    /// For how many seconds the server keeps what was said, if not for ever.
    pub(super) keep_s: Option<u64>,
    /// Under which number this page's member took its seat, as far as what is or was held tells it.
    pub(super) joined_at: Option<Seq>,
    /// The last number there was when the server let us in.
    pub welcomed_at: Seq,
    /// What this page took back: nobody else has these texts any more, and it has them only as long as it is open.
    taken_back: Vec<(Seq, Rc<str>)>,
}

/// What is stored now, of what a page may have waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// What this page's member did under this id, and when the server stored it.
    Own(MessageId, Millis),
    /// This member's removal, under this number.
    Removed(MemberId, Seq),
}

impl Room {
    /// The room of a welcome. What `held` knows is kept if the welcome goes on from it.
    pub fn welcomed(
        held: Option<&Self>,
        facts: RoomFacts,
        you: &You,
        members: &[Member],
        replay: Replay,
    ) -> Self {
        let rewrites = held.map_or(0, |held| held.rewrites.wrapping_add(1));
        let goes_on = |held: &&Self| {
            replay == Replay::Complete && held.facts.epoch == facts.epoch && held.me == you.member
        };
        let held = held.filter(goes_on);
        let mut room = match held {
            Some(held) => Self {
                facts,
                me: you.member,
                host: you.host,
                own_mark: None,
                typing: Vec::new(),
                kept_since: Millis::default(),
                ..held.clone()
            },
            None => Self {
                facts,
                me: you.member,
                host: you.host,
                seated: Vec::new(),
                online: Vec::new(),
                before: members.iter().map(|other| other.member).collect(),
                log: Log::default(),
                island: None,
                jump: browsing::Jump::default(),
                quotes: quotes::Quotes::default(),
                typing: Vec::new(),
                own_mark: None,
                marks: Vec::new(),
                former_reads: Vec::new(),
                joined: Vec::new(),
                muted: Vec::new(),
                typed_at: 0,
                names: Vec::new(),
                away: None,
                welcomed_at: Seq::default(),
                taken_back: Vec::new(),
                // What was changed meanwhile is not known: a new number without a change to go with it.
                rewrites,
                rewritten: VecDeque::new(),
                kept_since: Millis::default(),
                keep_s: None,
                is_outdated: false,
                joined_at: None,
            },
        };
        room.quotes.drop_failed();
        room.seated = members.iter().map(|other| other.member).collect();
        for other in members {
            put(&mut room.names, other.member, other.name.as_str().into());
            if let Some(seq) = other.joined {
                room.set_joined(other.member, seq);
            }
        }
        put(&mut room.names, you.member, you.name.as_str().into());
        room.set_mutes(you, members);
        add(&mut room.online, you.member);
        room.fold_notices();
        room
    }

    /// In a group, runs of arrivals and departures share a row. In a room for two each has its own sentence.
    fn fold_notices(&mut self) {
        let folding = if self.is_pair() { NoticeFolding::Off } else { NoticeFolding::OthersThan(self.me) };
        self.log.fold_notices(folding, Some(self.me));
    }

    /// Whether the room has two seats.
    pub fn is_pair(&self) -> bool {
        self.facts.capacity <= 2
    }

    /// The other member of a room of two.
    pub fn partner(&self) -> Option<MemberId> {
        self.others().next().filter(|_| self.is_pair())
    }

    /// Takes events in; gives what is done by them.
    ///
    /// # Errors
    /// [`SequenceGap`] if some are missing; what came before it is kept.
    pub fn fold(&mut self, events: Vec<Event>, names: &Names) -> Result<Vec<Confirmation>, SequenceGap> {
        for (member, name) in names.iter() {
            put(&mut self.names, *member, name.as_str().into());
        }
        self.fold_notices();
        let mut done = Vec::new();
        for event in events {
            let (seq, at, fact) = (event.seq, event.at, event.fact.clone());
            if self.log.last().is_none_or(|last| last < seq) {
                self.observe(&event);
            }
            if !self.log.fold(event)? {
                continue;
            }
            match &fact {
                Fact::Said { by, id, .. }
                | Fact::Edited { by, id, .. }
                | Fact::Recalled { by, id, .. }
                | Fact::Gone { by, id, .. }
                | Fact::Locked { by, id, .. }
                | Fact::Muted { by, id, .. }
                | Fact::Unbanned { by, id, .. }
                | Fact::Devices { by, id, .. }
                | Fact::Set { by, id, .. }
                    if *by == self.me =>
                {
                    done.push(Confirmation::Own(*id, at));
                }
                Fact::Left { member, why: LeftWhy::Removed } => {
                    done.push(Confirmation::Removed(*member, seq));
                }
                _ => {}
            }
            match fact {
                Fact::Joined { member, name, host } => {
                    if host {
                        self.facts.host = Some(member);
                    }
                    if member == self.me {
                        self.joined_at = Some(seq);
                    }
                    self.set_joined(member, seq);
                    put(&mut self.names, member, name.as_str().into());
                    add(&mut self.seated, member);
                    // Who is online is told a moment later, and may be no more.
                    add(&mut self.online, member);
                    remove(&mut self.before, member);
                }
                Fact::Left { member, .. } => {
                    self.keep_former_reads(member);
                    remove(&mut self.seated, member);
                    remove(&mut self.online, member);
                    remove(&mut self.typing, member);
                }
                Fact::Said { by, .. } => remove(&mut self.typing, by),
                Fact::Edited { target, text, .. } => {
                    self.rewrite(Rewrite::Edited(target, text.as_str().into()));
                }
                Fact::Recalled { target, .. } => self.rewrite(Rewrite::Recalled(target)),
                Fact::Locked { locked, .. } => self.facts.locked = locked,
                Fact::Muted { member, until, .. } => self.set_muted(member, until),
                Fact::Set { title, slow_s, .. } => {
                    // An empty one says that the room has no name any more.
                    self.facts.title = title.or(self.facts.title.take()).filter(|title| !title.is_empty());
                    self.facts.slow_s = slow_s.unwrap_or(self.facts.slow_s);
                }
                _ => {}
            }
        }
        Ok(done)
    }

    /// Drops what is too old at this moment of the server's: what is not kept there, nobody goes on seeing.
    pub fn expire(&mut self, now: Millis) {
        let Some(keep_s) = self.keep_s else { return };
        let since = now.0.saturating_sub(keep_s.saturating_mul(1_000));
        self.kept_since = self.kept_since.max(Millis(since - since % EXPIRE_STEP_MS));
        // An older page that is on its way has to fit.
        if self.log.older() != HistoryState::Loading {
            self.drop_expired();
        }
    }

    fn drop_expired(&mut self) {
        self.quotes.drop_before(self.kept_since);
        if self.drop_expired_island() | self.log.drop_before(self.kept_since) {
            let first = self.log.first();
            self.taken_back.retain(|(seq, _)| first <= Some(*seq));
            self.rewrite(Rewrite::Expired);
        }
    }

    /// Takes in how far members have read. Marks only rise.
    pub fn mark(&mut self, marks: &[(MemberId, Seq)]) {
        let first = self.own_mark.is_none();
        let mut own = self.own_mark.unwrap_or_default();
        for (member, seq) in marks {
            match place(&self.marks, *member) {
                _ if *member == self.me => own = own.max(*seq),
                Ok(at) => self.marks[at].1 = self.marks[at].1.max(*seq),
                Err(at) => self.marks.insert(at, (*member, *seq)),
            }
        }
        self.own_mark = Some(own);
        if first && own < self.welcomed_at {
            self.away = Some(UnreadRange { from: own, until: self.welcomed_at, is_seen: false });
        }
    }

    /// This page's member takes an own message back, on this page.
    pub fn remember_recalled(&mut self, seq: Seq) {
        if let Some(said) = self.said(seq).filter(|said| said.by == self.me) {
            self.taken_back.push((seq, Rc::clone(&said.text)));
        }
    }

    /// What a message said that was taken back on this page.
    pub fn taken_back(&self, seq: Seq) -> Option<&Rc<str>> {
        self.taken_back.iter().rfind(|(taken, _)| *taken == seq).map(|(_, text)| text)
    }

    /// These are writing, and nobody else.
    pub fn type_now(&mut self, by: Vec<MemberId>, now: u64) {
        self.typing = by.into_iter().filter(|member| *member != self.me).collect();
        self.typed_at = now;
    }

    /// Nobody is writing any more.
    pub fn nobody_types(&mut self) {
        self.typing.clear();
    }

    /// Until when it is said that somebody is writing.
    pub fn typing_until(&self) -> Option<u64> {
        (!self.typing.is_empty()).then_some(self.typed_at + TYPING_MS)
    }

    /// What the page holds, for a join that goes on from it.
    pub fn position(&self) -> Option<(Epoch, Seq)> {
        let last = self.log.last().filter(|_| !self.is_outdated);
        last.map(|seq| (self.facts.epoch.clone(), seq))
    }
}

fn add(members: &mut Vec<MemberId>, member: MemberId) {
    if let Err(place) = members.binary_search(&member) {
        members.insert(place, member);
    }
}

fn remove(members: &mut Vec<MemberId>, member: MemberId) {
    members.retain(|other| *other != member);
}

/// Where a member is, or would be.
fn place<T>(list: &[(MemberId, T)], member: MemberId) -> Result<usize, usize> {
    list.binary_search_by_key(&member, |(other, _)| *other)
}

fn put(names: &mut Vec<(MemberId, Rc<str>)>, member: MemberId, name: Rc<str>) {
    match place(names, member) {
        Ok(at) => names[at].1 = name,
        Err(at) => names.insert(at, (member, name)),
    }
}
