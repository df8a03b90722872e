//! The rules of a room: what each proposal does to it.
//!
//! Pure. No clock, no randomness, no I/O, no storage: what the rules need from those is in the [`Proposal`] or in
//! [`Facts`]. The same proposals in the same order give the same records on every machine.

use std::collections::HashMap;

use shared::{
    Code, Epoch, Event, Fact, History, LeftWhy, MemberId, MessageId, Millis, Name, NameRule, RoomId, Seq,
    Text,
};

use crate::names::Folded;

use super::proposal::{Answer, Asks, Facts, Outcome, Private, Proposal, Record, Settings, Standing, Wish};
use super::roster::{Roster, Seat};
use super::seal::{Seal, TokenHash};

/// Everything the rules know of a room.
#[derive(Debug, Clone)]
pub struct RoomState {
    id: RoomId,
    settings: Option<Settings>,
    tail: Seq,
    last_at: Millis,
    /// All members of this epoch; member `n` stands at `n - 1`.
    members: Vec<MemberState>,
    tokens: HashMap<TokenHash, MemberId>,
    seated: u32,
    refused_at: Option<Millis>,
}

#[derive(Debug, Clone)]
struct MemberState {
    name: Name,
    folded: Folded,
    seat: Seat,
    /// The greatest id it has used; unknown until it is seen to use one.
    last_id: Option<MessageId>,
    seen_at: Millis,
}

impl RoomState {
    /// A room of which nothing is known yet.
    pub fn new(id: RoomId) -> Self {
        Self {
            id,
            settings: None,
            tail: Seq(0),
            last_at: Millis(0),
            members: Vec::new(),
            tokens: HashMap::new(),
            seated: 0,
            refused_at: None,
        }
    }

    /// What it was opened with; nothing if it does not exist.
    pub const fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// The last number.
    pub const fn tail(&self) -> Seq {
        self.tail
    }

    /// When somebody was last told that no seat is free.
    pub const fn refused_at(&self) -> Option<Millis> {
        self.refused_at
    }

    /// Its members, as sessions may know them.
    pub fn roster(&self) -> Roster {
        Roster::new(self.members.iter().map(|m| (m.name.clone(), m.seat)).collect())
    }

    /// What must be looked up before `proposal` can be applied.
    pub fn asks(&self, proposal: &Proposal) -> Asks {
        let Wish::Say { by, id, reply_to, .. } = &proposal.wish else {
            return Asks::default();
        };
        let Some(member) = self.member(by.member) else {
            return Asks::default();
        };
        let rises = member.last_id.is_some_and(|last| last < *id);
        Asks { id: (!rises).then_some((by.member, *id)), target: *reply_to }
    }

    /// Takes one more record of the log: how a room is rebuilt, and how [`apply`] changes it.
    pub fn fold(&mut self, record: &Record) {
        let Event { seq, at, fact } = &record.event;
        match (fact, &record.private) {
            (Fact::Opened { capacity, .. }, Private::Opened(settings)) => {
                *self = Self::new(self.id);
                self.settings = Some(Settings { capacity: *capacity, ..settings.clone() });
            }
            (Fact::Joined { member, name }, Private::Joined { token, folded }) => {
                self.sit(*member, name, *token, folded, *seq, *at);
            }
            (Fact::Left { member, why }, _) => {
                if let Some(member) = self.member_mut(*member) {
                    member.seat = Seat::Freed(*why);
                    self.seated -= 1;
                }
            }
            (Fact::Said { by, id, .. }, _) => {
                if let Some(member) = self.member_mut(*by) {
                    member.last_id = member.last_id.max(Some(*id));
                }
            }
            _ => {}
        }
        self.tail = *seq;
        self.last_at = *at;
    }

    fn sit(&mut self, id: MemberId, name: &Name, token: TokenHash, folded: &Folded, seq: Seq, at: Millis) {
        let last_id = self.member(id).and_then(|member| member.last_id);
        let member = MemberState {
            name: name.clone(),
            folded: folded.clone(),
            seat: Seat::Taken(seq),
            last_id,
            seen_at: at,
        };
        match self.member_mut(id) {
            Some(known) => *known = member,
            None => self.members.push(member),
        }
        self.tokens.insert(token, id);
        self.seated += 1;
    }

    fn member(&self, id: MemberId) -> Option<&MemberState> {
        self.members.get((id.0 as usize).checked_sub(1)?)
    }

    fn member_mut(&mut self, id: MemberId) -> Option<&mut MemberState> {
        self.members.get_mut((id.0 as usize).checked_sub(1)?)
    }

    fn holds(&self, by: Standing) -> bool {
        self.member(by.member).is_some_and(|member| member.seat == Seat::Taken(by.since))
    }
}

/// Decides `proposal` and takes what it comes to into `state`.
pub fn apply(state: &mut RoomState, facts: &Facts, proposal: &Proposal) -> Outcome {
    let at = proposal.at.max(state.last_at);
    let outcome = match &proposal.wish {
        Wish::Open(settings) => open(state, at, settings),
        Wish::Join { name, folded, token } => join(state, at, name, folded, *token),
        Wish::Say { by, id, text, reply_to, seal } if state.holds(*by) => {
            say(state, facts, at, (*by, *id), text, *reply_to, seal)
        }
        Wish::Leave { by, fresh } if state.holds(*by) => free(state, at, by.member, LeftWhy::Asked, fresh),
        Wish::Away { member, since, fresh } => away(state, at, *member, *since, fresh),
        // The seat is gone: the session that speaks so is about to hear it.
        Wish::Say { .. } | Wish::Leave { .. } => Outcome::default(),
    };
    for record in &outcome.records {
        state.fold(record);
    }
    outcome
}

fn open(state: &RoomState, at: Millis, settings: &Settings) -> Outcome {
    if state.settings.is_some() {
        return Outcome::default();
    }
    let fact = Fact::Opened { capacity: settings.capacity, title: None };
    let event = Event { seq: Seq(1), at, fact };
    stored(vec![Record { event, private: Private::Opened(settings.clone()) }])
}

fn join(state: &mut RoomState, at: Millis, typed: &str, folded: &Folded, token: TokenHash) -> Outcome {
    let rule = state.settings.as_ref().map_or_else(NameRule::default, |settings| settings.names);
    let Ok(name) = rule.parse(typed) else {
        return refused(Code::BadName, None);
    };
    let Some(capacity) = state.settings.as_ref().map(|settings| settings.capacity) else {
        return refused(Code::RoomUnknown, None);
    };
    let known = state.tokens.get(&token).copied();
    if let Some(id) = known
        && let Some(member) = state.member_mut(id)
        && let Seat::Taken(since) = member.seat
    {
        member.seen_at = at;
        return seated(Vec::new(), Standing { member: id, since }, member.name.clone());
    }
    let taken = |m: &MemberState| matches!(m.seat, Seat::Taken(_)) && m.folded == *folded;
    if state.members.iter().any(taken) {
        return refused(Code::NameTaken, None);
    }
    if state.seated >= capacity {
        state.refused_at = Some(at);
        return refused(Code::RoomFull, None);
    }
    let next = u32::try_from(state.members.len() + 1).expect("seats are taken one by one");
    let member = known.unwrap_or(MemberId(next));
    let event = Event { seq: state.tail.next(), at, fact: Fact::Joined { member, name: name.clone() } };
    let standing = Standing { member, since: event.seq };
    let private = Private::Joined { token, folded: folded.clone() };
    seated(vec![Record { event, private }], standing, name)
}

fn say(
    state: &mut RoomState,
    facts: &Facts,
    at: Millis,
    (by, id): (Standing, MessageId),
    text: &Text,
    reply_to: Option<Seq>,
    seal: &Seal,
) -> Outcome {
    if let Some(stored) = &facts.stored {
        let same = stored.seal.as_ref().is_none_or(|old| old.holds(text, reply_to));
        let answer = Answer::Stored { id, seq: stored.seq };
        return if same { told(answer) } else { refused(Code::IdReused, Some(id)) };
    }
    let from_join = state.settings.as_ref().is_some_and(|s| s.history == History::FromJoin);
    let readable = |target: Seq| target <= state.tail && !(from_join && target < by.since);
    if reply_to.is_some_and(|target| !readable(target) || !facts.target_is_message) {
        return refused(Code::UnknownTarget, Some(id));
    }
    let fact = Fact::Said { by: by.member, id, text: text.clone(), reply_to, edited: None };
    let event = Event { seq: state.tail.next(), at, fact };
    if let Some(member) = state.member_mut(by.member) {
        member.seen_at = at;
    }
    stored(vec![Record { event, private: Private::Sealed(*seal) }])
}

fn away(state: &RoomState, at: Millis, member: MemberId, since: Millis, fresh: &Epoch) -> Outcome {
    let unseen = |m: &MemberState| matches!(m.seat, Seat::Taken(_)) && m.seen_at <= since;
    if state.member(member).is_some_and(unseen) {
        free(state, at, member, LeftWhy::Away, fresh)
    } else {
        Outcome::default()
    }
}

fn free(state: &RoomState, at: Millis, member: MemberId, why: LeftWhy, fresh: &Epoch) -> Outcome {
    let left = Event { seq: state.tail.next(), at, fact: Fact::Left { member, why } };
    let afresh = |settings: &Settings| Settings { epoch: fresh.clone(), ..settings.clone() };
    let last = state.seated == 1;
    Outcome {
        records: vec![Record { event: left, private: Private::None }],
        answer: None,
        afresh: state.settings.as_ref().filter(|settings| settings.restarts && last).map(afresh),
    }
}

const fn stored(records: Vec<Record>) -> Outcome {
    Outcome { records, answer: None, afresh: None }
}

const fn told(answer: Answer) -> Outcome {
    Outcome { records: Vec::new(), answer: Some(answer), afresh: None }
}

const fn refused(code: Code, id: Option<MessageId>) -> Outcome {
    told(Answer::Refused { code, id })
}

const fn seated(records: Vec<Record>, standing: Standing, name: Name) -> Outcome {
    Outcome { records, answer: Some(Answer::Seated { standing, name }), afresh: None }
}
