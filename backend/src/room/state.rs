//! The rules of a room: what each proposal does to it. What members do under an id is in `acts`.
//!
//! Pure. No clock, no randomness, no I/O, no storage: what the rules need from those is in the [`Proposal`] or in
//! [`Facts`]. The same proposals in the same order give the same records on every machine.

use std::collections::{HashMap, HashSet};

use shared::{
    Code, Epoch, Event, Fact, GoneKind, LeftWhy, MemberId, MessageId, Millis, Name, NameRule, RoomFacts,
    RoomId, Seq, Title,
};

use crate::names::Folded;

use super::member::{Head, MemberState};
use super::proposal::{
    Act, Answer, Asks, End, Facts, Outcome, Private, Proposal, Record, Settings, Standing, Wish,
};
use super::roster::{Listed, Roster, Seat};
use super::seal::TokenHash;
use super::words::Words;
use super::{View, acts};

/// Everything the rules know of a room; by default nothing, since it does not exist.
#[derive(Debug, Clone, Default)]
pub struct RoomState {
    settings: Option<Settings>,
    tail: Seq,
    last_at: Millis,
    title: Option<Title>,
    pub(super) locked: bool,
    pub(super) slow_s: u32,
    pub(super) words: Option<Words>,
    /// All members of this epoch; member `n` stands at `n - 1`.
    members: Vec<MemberState>,
    tokens: HashMap<TokenHash, MemberId>,
    banned_tokens: HashSet<TokenHash>,
    banned_names: HashSet<Folded>,
    seated: u32,
}

impl RoomState {
    /// A room of which this was kept.
    pub fn restore(head: Head, members: Vec<MemberState>) -> Self {
        let Head { settings, capacity, title, locked, slow_s, words, tail, last_at } = head;
        let settings = Some(Settings { capacity, title: title.clone(), ..settings });
        let mut state = Self { settings, tail, last_at, title, locked, slow_s, words, ..Self::default() };
        for (number, member) in (1..).zip(&members) {
            state.tokens.insert(member.token, MemberId(number));
            state.seated += u32::from(matches!(member.seat, Seat::Taken(_)));
            if member.banned {
                state.banned_tokens.insert(member.token);
                state.banned_names.insert(member.folded.clone());
            }
        }
        Self { members, ..state }
    }

    /// What is to be kept of it beside its members; nothing if it does not exist.
    pub fn head(&self) -> Option<Head> {
        let settings = self.settings.clone()?;
        Some(Head {
            capacity: settings.capacity,
            settings,
            title: self.title.clone(),
            locked: self.locked,
            slow_s: self.slow_s,
            words: self.words.clone(),
            tail: self.tail,
            last_at: self.last_at,
        })
    }

    /// All members of this epoch; member `n` stands at `n - 1`.
    pub fn members(&self) -> &[MemberState] {
        &self.members
    }

    /// What it was opened with; nothing if it does not exist.
    pub const fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// The last number.
    pub const fn tail(&self) -> Seq {
        self.tail
    }

    /// What sessions may know of it, as the room of this id; nothing if it does not exist.
    pub fn view(&self, id: RoomId) -> Option<View> {
        let settings = self.settings.as_ref()?;
        let facts = RoomFacts {
            id,
            epoch: settings.epoch.clone(),
            title: self.title.as_ref().map(|title| title.as_str().to_owned()),
            capacity: settings.capacity,
            locked: self.locked,
            history: settings.history,
            slow_s: self.slow_s,
        };
        let listed = |m: &MemberState| Listed { name: m.name.clone(), seat: m.seat, token: m.token };
        let roster = Roster::new(self.members.iter().map(listed), self.kept() > 0);
        Some(View { facts, roster })
    }

    /// What must be looked up before `proposal` can be applied.
    pub fn asks(&self, proposal: &Proposal) -> Asks {
        let Wish::Act { by, id, act, .. } = &proposal.wish else {
            return Asks::default();
        };
        if self.member(by.member).is_none() {
            return Asks::default();
        }
        let rises = self.rises(by.member, *id);
        Asks { id: (!rises).then_some((by.member, *id)), target: act.target() }
    }

    /// Whether an id is greater than all that a member has used, and so new.
    pub fn rises(&self, by: MemberId, id: MessageId) -> bool {
        self.member(by).is_none_or(|member| member.last_id.is_none_or(|last| last < id))
    }

    /// Takes one more record of the log: how a room is rebuilt, and how [`apply`] changes it.
    pub fn fold(&mut self, record: &Record) {
        let Record { event: Event { seq, at, fact }, private } = record;
        match (fact, private) {
            (Fact::Opened { capacity, title }, Private::Opened(settings)) => {
                let title = title.as_deref().and_then(|title| Title::parse(title).ok());
                *self = Self::default();
                self.title.clone_from(&title);
                self.settings = Some(Settings { capacity: *capacity, title, ..Settings::clone(settings) });
            }
            (Fact::Joined { member, name }, Private::Joined { token, folded }) => {
                self.sit(*member, name, *token, folded, *seq);
            }
            (Fact::Left { member, why }, private) => {
                self.stand_up(*member, *why, matches!(private, Private::Removed { ban: true, .. }));
            }
            (Fact::Locked { locked, .. }, _) => self.locked = *locked,
            (Fact::Set { title, slow_s, .. }, private) => {
                let title = title.as_deref().and_then(|title| Title::parse(title).ok());
                self.title = title.or(self.title.take());
                if let Some(settings) = &mut self.settings {
                    settings.title.clone_from(&self.title);
                }
                self.slow_s = slow_s.unwrap_or(self.slow_s);
                if let Private::Words(words) = private {
                    self.words = Some(words.clone()).filter(|words| !words.is_empty());
                }
            }
            // Also where a message is gone: it was said all the same, whenever the log is read.
            (Fact::Said { by, id, .. } | Fact::Gone { by, id, of: GoneKind::Said, .. }, _) => {
                return self.fold_said(*seq, *at, (*by, *id));
            }
            _ => {}
        }
        if let Some((by, id)) = record.signed()
            && let Some(member) = self.member_mut(by)
        {
            member.last_id = member.last_id.max(Some(id));
        }
        self.tail = *seq;
        self.last_at = *at;
    }

    /// As [`RoomState::fold`], for a message: what it says changes nothing.
    pub fn fold_said(&mut self, seq: Seq, at: Millis, (by, id): (MemberId, MessageId)) {
        if let Some(member) = self.member_mut(by) {
            member.said_at = Some(at);
            member.last_id = member.last_id.max(Some(id));
        }
        (self.tail, self.last_at) = (seq, at);
    }

    fn sit(&mut self, id: MemberId, name: &Name, token: TokenHash, folded: &Folded, seq: Seq) {
        let known = self.member(id);
        let member = MemberState {
            name: name.clone(),
            folded: folded.clone(),
            token,
            seat: Seat::Taken(seq),
            last_id: known.and_then(|member| member.last_id),
            said_at: known.and_then(|member| member.said_at),
            banned: false,
            seen_at: Millis(0),
        };
        match self.member_mut(id) {
            Some(known) => *known = member,
            None => self.members.push(member),
        }
        self.tokens.insert(token, id);
        self.seated += 1;
    }

    fn stand_up(&mut self, id: MemberId, why: LeftWhy, ban: bool) {
        let seated = |member: &&mut MemberState| matches!(member.seat, Seat::Taken(_));
        let Some(member) = self.member_mut(id).filter(seated) else { return };
        member.seat = Seat::Freed(why);
        member.banned = ban;
        let (token, folded) = (member.token, member.folded.clone());
        self.seated -= 1;
        if ban {
            self.banned_tokens.insert(token);
            self.banned_names.insert(folded);
        }
    }

    pub(super) fn member(&self, id: MemberId) -> Option<&MemberState> {
        self.members.get((id.0 as usize).checked_sub(1)?)
    }

    pub(super) fn member_mut(&mut self, id: MemberId) -> Option<&mut MemberState> {
        self.members.get_mut((id.0 as usize).checked_sub(1)?)
    }

    /// A member was seen at this time.
    pub fn saw(&mut self, member: MemberId, at: Millis) {
        if let Some(member) = self.member_mut(member) {
            member.seen_at = at;
        }
    }

    fn holds(&self, by: Standing) -> bool {
        self.member(by.member).is_some_and(|member| member.seat == Seat::Taken(by.since))
    }

    /// Whether this member is the room's host.
    pub fn is_host(&self, member: MemberId) -> bool {
        let host = self.settings.as_ref().and_then(|settings| settings.host);
        host.is_some() && self.member(member).map(|member| member.token) == host
    }

    /// From which number on the holder of this seat may read.
    pub(super) fn floor(&self, by: Standing) -> Seq {
        self.settings.as_ref().map_or(Seq(0), |settings| settings.floor(by))
    }

    /// Seats that are kept for a host who does not sit: none or one.
    fn kept(&self) -> u32 {
        let Some(host) = self.settings.as_ref().and_then(|settings| settings.host) else { return 0 };
        let sits = |id: &MemberId| self.member(*id).is_some_and(|m| matches!(m.seat, Seat::Taken(_)));
        u32::from(!self.tokens.get(&host).is_some_and(sits))
    }
}

/// What `proposal` comes to, if it is the next one.
pub fn decide(state: &RoomState, facts: &Facts, proposal: &Proposal) -> Outcome {
    let at = proposal.at.max(state.last_at);
    match &proposal.wish {
        Wish::Open(settings) => open(state, at, settings),
        Wish::Look => look(state),
        Wish::Join { name, folded, token } => join(state, at, name, folded, *token),
        Wish::Act { by, id, act, secret } if state.holds(*by) => acts::decide(
            state,
            facts,
            &acts::Signed { at, now: proposal.at, by: *by, id: *id, secret: *secret },
            act,
        ),
        Wish::Leave { by, fresh } if state.holds(*by) => free(state, at, by.member, LeftWhy::Asked, fresh),
        Wish::Away { member, since, fresh } => away(state, (at, proposal.at), *member, *since, fresh),
        Wish::Delete { token } => delete(state, *token),
        Wish::Expire if state.settings().is_some_and(|s| !s.restarts) && state.tail == Seq(1) => deleted(),
        // The seat is gone: the session that speaks so is about to hear it.
        Wish::Act { .. } | Wish::Leave { .. } | Wish::Expire => Outcome::default(),
    }
}

/// Decides `proposal` and takes what it comes to into `state`.
pub fn apply(state: &mut RoomState, facts: &Facts, proposal: &Proposal) -> Outcome {
    let outcome = decide(state, facts, proposal);
    if let Some(record) = &outcome.record {
        state.fold(record);
    }
    if let Some(member) = seen(proposal, &outcome) {
        state.saw(member, proposal.at);
    }
    if outcome.end == Some(End::Deleted) {
        *state = RoomState::default();
    }
    outcome
}

/// Who was seen by this, though the log may not say so. A refusal is no sign of life, and a seat that was just given is one.
pub fn seen(proposal: &Proposal, outcome: &Outcome) -> Option<MemberId> {
    match (&proposal.wish, &outcome.answer) {
        (_, Some(Answer::Seated { standing, .. })) => Some(standing.member),
        // Of what it said the log knows when.
        (Wish::Act { act: Act::Say { .. }, .. }, _) => None,
        (Wish::Act { by, .. }, None) if outcome.record.is_some() => Some(by.member),
        _ => None,
    }
}

fn open(state: &RoomState, at: Millis, settings: &Settings) -> Outcome {
    if state.settings.is_some() {
        return Outcome::default();
    }
    let title = settings.title.as_ref().map(|title| title.as_str().to_owned());
    let fact = Fact::Opened { capacity: settings.capacity, title };
    let event = Event { seq: Seq(1), at, fact };
    Outcome { answer: Some(Answer::Here), ..Outcome::of(event, Private::Opened(Box::new(settings.clone()))) }
}

fn look(state: &RoomState) -> Outcome {
    match state.settings {
        Some(_) => Outcome::told(Answer::Here),
        None => Outcome::refused(Code::RoomUnknown, None),
    }
}

fn join(state: &RoomState, at: Millis, typed: &str, folded: &Folded, token: TokenHash) -> Outcome {
    let rule = state.settings.as_ref().map_or_else(NameRule::default, |settings| settings.names);
    let Ok(name) = rule.parse(typed) else {
        return Outcome::refused(Code::BadName, None);
    };
    let Some(settings) = &state.settings else {
        return Outcome::refused(Code::RoomUnknown, None);
    };
    let (capacity, host) = (settings.capacity, settings.host == Some(token));
    if !host && (state.banned_tokens.contains(&token) || state.banned_names.contains(folded)) {
        return Outcome::refused(Code::Removed, None);
    }
    let known = state.tokens.get(&token).copied();
    if let Some(id) = known
        && let Some(member) = state.member(id)
        && let Seat::Taken(since) = member.seat
    {
        let (standing, name) = (Standing { member: id, since }, member.name.clone());
        return Outcome::told(Answer::Seated { standing, name, host });
    }
    let taken = |m: &MemberState| matches!(m.seat, Seat::Taken(_)) && m.folded == *folded;
    if state.members.iter().any(taken) {
        return Outcome::refused(Code::NameTaken, None);
    }
    if state.locked && !host {
        return Outcome::refused(Code::RoomLocked, None);
    }
    // The host's own seat is among those that are kept.
    if !host && state.seated + state.kept() >= capacity {
        return Outcome::refused(Code::RoomFull, None);
    }
    let next = u32::try_from(state.members.len() + 1).expect("seats are taken one by one");
    let member = known.unwrap_or(MemberId(next));
    let event = Event { seq: state.tail.next(), at, fact: Fact::Joined { member, name: name.clone() } };
    let standing = Standing { member, since: event.seq };
    let joined = Outcome::of(event, Private::Joined { token, folded: folded.clone() });
    Outcome { answer: Some(Answer::Seated { standing, name, host }), ..joined }
}

fn away(
    state: &RoomState,
    (at, now): (Millis, Millis),
    member: MemberId,
    since: Millis,
    fresh: &Epoch,
) -> Outcome {
    // What was said in the future, by a clock that was set back since, is no sign of life now.
    let silent = |m: &MemberState| m.said_at.is_none_or(|said| said <= since || now < said);
    let unseen = |m: &MemberState| matches!(m.seat, Seat::Taken(_)) && m.seen_at <= since && silent(m);
    if state.member(member).is_some_and(unseen) && !state.is_host(member) {
        free(state, at, member, LeftWhy::Away, fresh)
    } else {
        Outcome::default()
    }
}

fn free(state: &RoomState, at: Millis, member: MemberId, why: LeftWhy, fresh: &Epoch) -> Outcome {
    let event = Event { seq: state.tail.next(), at, fact: Fact::Left { member, why } };
    let restarts = |settings: &&Settings| settings.restarts && state.seated == 1;
    let afresh =
        |settings: &Settings| End::Afresh(Box::new(Settings { epoch: fresh.clone(), ..settings.clone() }));
    let end = state.settings.as_ref().filter(restarts).map(afresh);
    Outcome { end, ..Outcome::of(event, Private::None) }
}

fn delete(state: &RoomState, token: TokenHash) -> Outcome {
    match &state.settings {
        None => Outcome::refused(Code::RoomUnknown, None),
        Some(settings) if settings.host == Some(token) => Outcome { answer: Some(Answer::Here), ..deleted() },
        Some(_) if state.tokens.contains_key(&token) => Outcome::refused(Code::NotHost, None),
        Some(_) => Outcome::refused(Code::NoToken, None),
    }
}

fn deleted() -> Outcome {
    Outcome { end: Some(End::Deleted), ..Outcome::default() }
}
