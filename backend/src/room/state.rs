//! The rules of a room: what each proposal does to it. Seats are in `seating`, what members do under an id is in `acts`.
//!
//! Pure. No clock, no randomness, no I/O, no storage: what the rules need from those is in the [`Proposal`] or in
//! [`Facts`]. The same proposals in the same order give the same records on every machine.

use shared::{
    Event, Fact, GoneKind, LeftWhy, MemberId, MessageId, Millis, Name, RoomFacts, RoomId, Seq, Title,
};

use crate::names::{Folded, SeatName};

use super::member::{Head, MemberState};
use super::members::{Members, Whom};
use super::proposal::{
    Act, Answer, Asks, End, Facts, NewTitle, Outcome, Private, Proposal, Record, Settings, Standing, Wish,
};
use super::roster::{Roster, Seat};
use super::seal::TokenHash;
use super::seating::{away, delete, deleted, free, join, look, open};
use super::tokens::Tokens;
use super::words::Words;
use super::{View, acts, devices, removal};

/// Everything the rules know of a room; by default nothing, since it does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomState {
    pub(super) settings: Option<Settings>,
    pub(super) tail: Seq,
    pub(super) last_at: Millis,
    title: Option<Title>,
    pub(super) locked: bool,
    pub(super) slow_s: u32,
    pub(super) words: Option<Words>,
    pub(super) members: Members,
}

impl RoomState {
    /// A room of which this was kept.
    pub fn restore(head: Head, members: Members) -> Self {
        let Head { settings, capacity, title, locked, slow_s, words, tail, last_at } = head;
        let settings = Some(Settings { capacity, title: title.clone(), ..settings });
        Self { settings, tail, last_at, title, locked, slow_s, words, members }
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

    /// The members of this epoch that are in memory.
    pub const fn members(&self) -> &Members {
        &self.members
    }

    /// The former member that is to be restored before `wish` can be decided, if there is one in the index.
    pub fn former_wanted(&self, wish: &Wish) -> Option<Whom> {
        match wish {
            Wish::Join { token, .. }
            | Wish::Delete { token }
            | Wish::Act { act: Act::SignOutOthers { kept: token, shown: Some(_) }, .. } => {
                let may_be_former = self.members.is_partial() && self.members.find(token).is_none();
                may_be_former.then_some(Whom::Token(*token))
            }
            Wish::Act { by, act: Act::AddDevice { .. }, .. } => {
                self.members.is_missing(by.member).then_some(Whom::Number(by.member))
            }
            // Nobody else may mute, whoever it is.
            Wish::Act { by, act: Act::Mute { member, .. }, .. } if self.is_host(by.member) => {
                self.members.is_missing(*member).then_some(Whom::Number(*member))
            }
            _ => None,
        }
    }

    /// The former members that are to be restored before `record` can be folded.
    pub fn members_missing(&self, record: &Record) -> Vec<MemberId> {
        let by = record.signed().map(|(by, _)| by);
        let of = match (&record.event.fact, &record.private) {
            (_, Private::RecalledForRemoval { member }) => Some(*member),
            (
                Fact::Joined { member, .. }
                | Fact::Left { member, .. }
                | Fact::Muted { member, .. }
                | Fact::Unbanned { member, .. },
                _,
            ) => Some(*member),
            _ => None,
        };
        by.into_iter().chain(of).filter(|member| self.members.is_missing(*member)).collect()
    }

    /// Takes a former member back into memory, as the index has it.
    pub fn remember(&mut self, number: MemberId, member: MemberState) {
        self.members.put(number, member);
    }

    /// Takes former members out of memory of whom `may_go` says so and of whom no rule needs anything; those who went. The index must
    /// have them as they are.
    pub fn forget_former(&mut self, mut may_go: impl FnMut(MemberId) -> bool) -> Vec<MemberId> {
        let host = self.host();
        self.members.forget(|number, member| Some(number) != host && !member.is_in_use() && may_go(number))
    }

    /// What it was opened with; nothing if it does not exist.
    pub const fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// The last number.
    pub const fn tail(&self) -> Seq {
        self.tail
    }

    /// When the last number was given; in the room's time, which never runs back.
    pub const fn last_at(&self) -> Millis {
        self.last_at
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
            host: self.host(),
        };
        let listed = self.members.iter().map(|(number, member)| (number, member.listed()));
        let roster = Roster::new(listed, self.kept() > 0);
        Some(View { facts, roster, words: self.words.clone() })
    }

    /// What must be looked up before `proposal` can be applied.
    pub fn asks(&self, proposal: &Proposal) -> Asks {
        let (by, id, act) = match &proposal.wish {
            Wish::Act { by, id, act, .. } => (by, id, act),
            Wish::RecallForRemoval { target, .. } => return Asks { id: None, target: Some(*target) },
            _ => return Asks::default(),
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
                let title = title.as_deref().and_then(|title| Title::from_stored(title).ok());
                *self = Self::default();
                self.title.clone_from(&title);
                self.settings = Some(Settings { capacity: *capacity, title, ..Settings::clone(settings) });
            }
            (Fact::Joined { member, name, .. }, Private::Joined { token, .. }) => {
                self.sit(*member, name, *token, *seq);
            }
            (Fact::Left { member, why }, Private::Removed { ban, recall, .. }) => {
                self.members.free(*member, *why);
                if let Some(member) = self.member_mut(*member) {
                    member.banned_at = ban.then_some(*at);
                    if *recall {
                        (member.recall_before, member.recalled_from) = (Some(*seq), None);
                    }
                }
            }
            (Fact::Left { member, why }, _) => self.members.free(*member, *why),
            (Fact::Recalled { target, .. }, Private::RecalledForRemoval { member }) => {
                self.member_mut(*member).into_iter().for_each(|member| member.recalled_from = Some(*target));
            }
            (Fact::Muted { member, until, .. }, _) => {
                self.member_mut(*member).into_iter().for_each(|member| member.muted_until = *until);
            }
            (Fact::Unbanned { member, .. }, _) => {
                self.member_mut(*member).into_iter().for_each(|member| member.banned_at = None);
            }
            (Fact::Devices { by, .. }, Private::DeviceAdded { token, once, shown }) => {
                self.members.change_tokens(*by, |tokens| tokens.add(*token, *once, shown));
            }
            (Fact::Devices { by, .. }, Private::OthersSignedOut { kept }) => {
                self.members.change_tokens(*by, |tokens| tokens.keep_only(kept));
                self.member_mut(*by).into_iter().for_each(|member| member.signed_out_at = Some(*seq));
            }
            (Fact::Locked { locked, .. }, _) => self.locked = *locked,
            (Fact::Set { title, slow_s, .. }, private) => {
                if let Some(Ok(title)) = title.as_deref().map(NewTitle::from_stored) {
                    self.title = title.into_title();
                }
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
            // Also where another edit has followed.
            (Fact::Edited { by, .. } | Fact::Gone { by, of: GoneKind::Edited, .. }, _) => {
                self.member_mut(*by).into_iter().for_each(|member| member.edited_at = Some(*at));
            }
            _ => {}
        }
        if let Fact::Devices { by, .. } = fact
            && let Some(member) = self.member_mut(*by)
        {
            member.devices_until = Some(devices::paced_until(member, *at));
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

    fn sit(&mut self, id: MemberId, name: &Name, token: TokenHash, seq: Seq) {
        let known = self.member(id);
        // What was imported has a token of its own for each seat.
        let tokens = known.map(|member| &member.tokens).filter(|tokens| tokens.is_device(&token));
        let member = MemberState {
            name: SeatName::from(name.clone()),
            tokens: tokens.cloned().unwrap_or_else(|| Tokens::new(token)),
            seat: Seat::Taken(seq),
            first: known.map_or(seq, |member| member.first),
            last_id: known.and_then(|member| member.last_id),
            said_at: known.and_then(|member| member.said_at),
            edited_at: known.and_then(|member| member.edited_at),
            banned_at: None,
            muted_until: known.and_then(|member| member.muted_until),
            recall_before: known.and_then(|member| member.recall_before),
            recalled_from: known.and_then(|member| member.recalled_from),
            signed_out_at: known.and_then(|member| member.signed_out_at),
            devices_until: known.and_then(|member| member.devices_until),
            seen_at: Millis(0),
        };
        self.members.put(id, member);
    }

    /// The host's member number, once it has joined.
    pub(super) fn host(&self) -> Option<MemberId> {
        // The first token of a member is never forgotten, so it tells who the host is also where it is void.
        self.members.find(&self.settings.as_ref()?.host?).map(|(member, _)| member)
    }

    /// Whether a member in memory has or had this token, or it is kept for the host.
    pub(super) fn is_known_token(&self, token: &TokenHash) -> bool {
        let is_host = self.settings.as_ref().is_some_and(|settings| settings.host == Some(*token));
        is_host || self.members.find(token).is_some()
    }

    /// What the rules know of a member.
    pub fn member_state(&self, id: MemberId) -> Option<&MemberState> {
        self.member(id)
    }

    /// Who sits there under this name.
    pub fn holder_of(&self, name: &Folded) -> Option<MemberId> {
        let holds = |member: &MemberState| member.is_seated() && member.name.folded() == name;
        self.members.iter().find(|(_, member)| holds(member)).map(|(number, _)| number)
    }

    pub(super) fn member(&self, id: MemberId) -> Option<&MemberState> {
        self.members.get(id)
    }

    pub(super) fn member_mut(&mut self, id: MemberId) -> Option<&mut MemberState> {
        self.members.get_mut(id)
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

    /// Applies what [`decide_at`] said of `proposal` at the time `now`.
    pub fn apply_outcome(&mut self, proposal: &Proposal, now: Millis, outcome: &Outcome) {
        if let Some(record) = &outcome.record {
            self.fold(record);
        }
        if let Some(member) = seen(proposal, outcome) {
            self.saw(member, now);
        }
        if outcome.end == Some(End::Deleted) {
            *self = Self::default();
        }
    }

    /// Whether this member is the room's host.
    pub fn is_host(&self, member: MemberId) -> bool {
        self.host() == Some(member)
    }

    /// From which number on the holder of this seat may read.
    pub(super) fn floor(&self, by: Standing) -> Seq {
        self.settings.as_ref().map_or(Seq(0), |settings| settings.floor(by))
    }

    /// Seats that are kept for a host who does not sit: none or one.
    pub(super) fn kept(&self) -> u32 {
        let has_host = self.settings.as_ref().is_some_and(|settings| settings.host.is_some());
        let sits = |id| self.member(id).is_some_and(MemberState::is_seated);
        u32::from(has_host && !self.host().is_some_and(sits))
    }
}

/// What `proposal` comes to, if it is the next one.
pub fn decide(state: &RoomState, facts: &Facts, proposal: &Proposal) -> Outcome {
    decide_at(state, facts, &proposal.wish, proposal.at)
}

/// What `wish` comes to, if it is the next one and is decided at the time `now`.
pub fn decide_at(state: &RoomState, facts: &Facts, wish: &Wish, now: Millis) -> Outcome {
    let at = now.max(state.last_at);
    match wish {
        Wish::Open(settings) => open(state, at, settings),
        Wish::Look => look(state),
        Wish::Join { name, folded, token } => join(state, at, name, folded, *token),
        Wish::Act { by, id, act, secret } if state.holds(*by) || act.shows_token() => {
            acts::decide(state, facts, &acts::Signed { at, now, by: *by, id: *id, secret: *secret }, act)
        }
        Wish::Leave { by, fresh } if state.holds(*by) => free(state, at, by.member, LeftWhy::Asked, fresh),
        Wish::Away { member, since, fresh } => away(state, (at, now), *member, *since, fresh),
        Wish::RecallForRemoval { member, target, id } => removal::recall(
            state,
            facts.target.as_deref(),
            facts.edit.as_deref(),
            (at, *id),
            (*member, *target),
        ),
        Wish::Delete { token } => delete(state, *token),
        Wish::Expire if state.settings().is_some_and(|s| !s.restarts) && state.tail == Seq(1) => deleted(),
        // The seat is gone: the session that speaks so is about to hear it.
        Wish::Act { .. } | Wish::Leave { .. } | Wish::Expire => Outcome::default(),
    }
}

/// Decides `proposal` and takes what it comes to into `state`.
pub fn apply(state: &mut RoomState, facts: &Facts, proposal: &Proposal) -> Outcome {
    let outcome = decide(state, facts, proposal);
    state.apply_outcome(proposal, proposal.at, &outcome);
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
