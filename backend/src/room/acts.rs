//! The rules for what members do under an id: say, edit, recall, and what the host does. Pure, as [`super::state`].

use shared::limits::{EDIT_WITHIN_MS, RECALL_WITHIN_MS};
use shared::{Code, Edit, Event, Fact, GoneKind, GoneWhy, LeftWhy, MemberId, MessageId, Millis, Seq, Text};

use super::devices;
use super::member::MemberState;
use super::proposal::{Act, Answer, Facts, NewTitle, Outcome, Private, Record, Standing};
use super::seal::{Seal, Secret};
use super::state::RoomState;
use super::words::Words;

/// Who acts, when, and under which id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed {
    /// The time in the room, which never runs back.
    pub(super) at: Millis,
    /// The time by the clock, which was perhaps set back since the last start.
    pub(super) now: Millis,
    pub(super) by: Standing,
    pub(super) id: MessageId,
    pub(super) secret: Option<Secret>,
}

/// What an act comes to. Its member holds its seat, unless the act shows a token.
pub(super) fn decide(state: &RoomState, facts: &Facts, signed: &Signed, act: &Act) -> Outcome {
    let id = signed.id;
    if let Some(stored) = &facts.stored {
        let same = stored.bound.as_ref().is_none_or(|bound| bound.holds(act));
        let answer = Answer::Stored { id, seq: stored.seq };
        return if same { Outcome::told(answer) } else { Outcome::refused(Code::IdReused, Some(id)) };
    }
    let floor = state.floor(signed.by);
    let target = facts.target.as_deref();
    let is_readable = target.is_some_and(|event| floor <= event.seq);
    let readable = target.filter(|_| is_readable);
    let decided = match act {
        Act::Say { text, reply_to } => say(state, signed, text, *reply_to, readable),
        Act::Edit { text, .. } => edit(state, signed, text, readable, facts.edit.as_deref()),
        Act::Recall { .. } => recall(state, signed, (target, is_readable), facts.edit.as_deref()),
        Act::Remove { member, ban, recall } => remove(state, signed, *member, (*ban, *recall)),
        Act::Unban { member } => unban(state, signed, *member),
        Act::Mute { member, for_s } => mute(state, signed, *member, *for_s),
        Act::Lock { locked } => lock(state, signed, *locked),
        Act::Set { title, slow_s, words } => set(state, signed, (title.as_ref(), *slow_s), words.as_ref()),
        Act::AddDevice { token, once, shown, permit } => {
            devices::add(state, signed, (*token, *once), (*shown, *permit))
        }
        Act::SignOutOthers { kept, shown } => devices::sign_out_others(state, signed, *kept, *shown),
    };
    match decided {
        Ok(outcome) => outcome,
        Err(refusal) => {
            let answer = Answer::Refused { code: refusal.0, id: Some(id), retry_after_ms: refusal.1 };
            Outcome::told(answer)
        }
    }
}

/// A code, and when to come again.
pub(super) struct Refusal(pub(super) Code, pub(super) Option<u64>);

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self(code, None)
    }
}

/// A message that is still there, and what the event of it holds.
struct Message<'a> {
    event: &'a Event,
    by: MemberId,
    id: MessageId,
    reply_to: Option<Seq>,
    /// What it says, unless it was edited before.
    first_text: Option<&'a Text>,
}

fn message(target: Option<&Event>) -> Result<Message<'_>, Refusal> {
    match target {
        Some(event @ Event { fact: Fact::Said { by, id, reply_to, text, edited }, .. }) => {
            let first_text = edited.is_none().then_some(text);
            Ok(Message { event, by: *by, id: *id, reply_to: *reply_to, first_text })
        }
        _ => Err(Code::UnknownTarget.into()),
    }
}

fn say(
    state: &RoomState,
    signed: &Signed,
    text: &Text,
    reply_to: Option<Seq>,
    target: Option<&Event>,
) -> Result<Outcome, Refusal> {
    if reply_to.is_some() {
        message(target)?;
    }
    let by = signed.by.member;
    not_muted(state, signed)?;
    not_slowed(state, signed, state.member(by).and_then(|member| member.said_at))?;
    allowed(state, text)?;
    let fact = Fact::Said { by, id: signed.id, text: text.clone(), reply_to, edited: None };
    Ok(done(state, signed, fact, Private::None))
}

fn edit(
    state: &RoomState,
    signed: &Signed,
    text: &Text,
    target: Option<&Event>,
    before: Option<&Record>,
) -> Result<Outcome, Refusal> {
    let message = message(target)?;
    if message.by != signed.by.member {
        return Err(Code::NotYours.into());
    }
    if message.event.at.0.saturating_add(EDIT_WITHIN_MS) < signed.at.0 {
        return Err(Code::TooLate.into());
    }
    not_muted(state, signed)?;
    // Edits have a pace of their own: a mistake can be corrected at once.
    not_slowed(state, signed, state.member(signed.by.member).and_then(|member| member.edited_at))?;
    allowed(state, text)?;
    let (by, id, target) = (signed.by.member, signed.id, message.event.seq);
    let first = match (message.first_text, before.map(|edit| &edit.private)) {
        (Some(text), _) => signed
            .secret
            .map(|secret| Seal::new(secret, &Act::Say { text: text.clone(), reply_to: message.reply_to })),
        (None, Some(Private::Edited(seal))) => Some(*seal),
        (None, _) => None,
    };
    let fact = Fact::Edited { by, id, target, text: text.clone() };
    let outcome = done(state, signed, fact, first.map_or(Private::None, Private::Edited));
    let edited = Some(Edit { seq: state.tail().next(), at: signed.at });
    let newest =
        Fact::Said { by: message.by, id: message.id, text: text.clone(), reply_to: message.reply_to, edited };
    let mut rewrites = vec![Event { fact: newest, ..message.event.clone() }];
    rewrites.extend(before.and_then(|edit| gone(&edit.event, GoneWhy::EditedAgain, None)));
    Ok(Outcome { rewrites, ..outcome })
}

/// Slow mode holds for messages, and in the same way for edits. The host is never slowed.
fn not_slowed(state: &RoomState, signed: &Signed, last: Option<Millis>) -> Result<(), Refusal> {
    // What was done in the future says nothing about how long ago it was.
    let last = last.filter(|at| *at <= signed.now);
    let next = last.map_or(0, |at| at.0 + u64::from(state.slow_s) * 1_000);
    if signed.now.0 < next && !state.is_host(signed.by.member) {
        return Err(Refusal(Code::SlowMode, Some(next - signed.now.0)));
    }
    Ok(())
}

/// A mute ends by the time in the room, which never runs back.
fn not_muted(state: &RoomState, signed: &Signed) -> Result<(), Refusal> {
    let until = state.member(signed.by.member).and_then(|member| member.muted_until);
    match until.filter(|until| signed.at < *until) {
        Some(until) => Err(Refusal(Code::Muted, Some(until.0 - signed.at.0))),
        None => Ok(()),
    }
}

/// The words hold for everybody, the host too.
fn allowed(state: &RoomState, text: &Text) -> Result<(), Refusal> {
    match &state.words {
        Some(words) if words.are_in(text.as_str()) => Err(Code::BlockedWord.into()),
        _ => Ok(()),
    }
}

/// The author may recall a message, and the host any, whether or not they may still read it.
fn recall(
    state: &RoomState,
    signed: &Signed,
    (target, is_readable): (Option<&Event>, bool),
    edit: Option<&Record>,
) -> Result<Outcome, Refusal> {
    let message = message(target)?;
    let by = signed.by.member;
    if !state.is_host(by) {
        if message.by != by {
            // Nobody learns what is behind a number that they may not read.
            return Err(if is_readable { Code::NotYours } else { Code::UnknownTarget }.into());
        }
        if message.event.at.0.saturating_add(RECALL_WITHIN_MS) < signed.at.0 {
            return Err(Code::TooLate.into());
        }
    }
    let outcome =
        done(state, signed, Fact::Recalled { by, id: signed.id, target: message.event.seq }, Private::None);
    let texts = [Some(message.event), edit.map(|edit| &edit.event)];
    let rewrites = texts.into_iter().flatten().filter_map(|event| gone(event, GoneWhy::Recalled, Some(by)));
    Ok(Outcome { rewrites: rewrites.collect(), ..outcome })
}

fn remove(
    state: &RoomState,
    signed: &Signed,
    member: MemberId,
    (ban, recall): (bool, bool),
) -> Result<Outcome, Refusal> {
    host_only(state, signed)?;
    if member == signed.by.member {
        return Err(Code::BadMessage.into());
    }
    if !state.member(member).is_some_and(MemberState::is_seated) {
        return Err(Code::UnknownTarget.into());
    }
    let fact = Fact::Left { member, why: LeftWhy::Removed };
    let private = Private::Removed { by: signed.by.member, id: signed.id, ban, recall };
    Ok(done(state, signed, fact, private))
}

fn unban(state: &RoomState, signed: &Signed, member: MemberId) -> Result<Outcome, Refusal> {
    host_only(state, signed)?;
    if state.member(member).is_none_or(|member| member.banned_at.is_none()) {
        return Err(Code::UnknownTarget.into());
    }
    let fact = Fact::Unbanned { by: signed.by.member, id: signed.id, member };
    Ok(done(state, signed, fact, Private::None))
}

fn mute(state: &RoomState, signed: &Signed, member: MemberId, for_s: u32) -> Result<Outcome, Refusal> {
    host_only(state, signed)?;
    if member == signed.by.member {
        return Err(Code::BadMessage.into());
    }
    if state.member(member).is_none() {
        return Err(Code::UnknownTarget.into());
    }
    let end = signed.at.0.saturating_add(u64::from(for_s) * 1_000);
    let until = (for_s > 0).then_some(Millis(end));
    let fact = Fact::Muted { by: signed.by.member, id: signed.id, member, until };
    Ok(done(state, signed, fact, Private::Muted { for_s }))
}

fn lock(state: &RoomState, signed: &Signed, locked: bool) -> Result<Outcome, Refusal> {
    host_only(state, signed)?;
    Ok(done(state, signed, Fact::Locked { by: signed.by.member, id: signed.id, locked }, Private::None))
}

fn set(
    state: &RoomState,
    signed: &Signed,
    (title, slow_s): (Option<&NewTitle>, Option<u32>),
    words: Option<&Words>,
) -> Result<Outcome, Refusal> {
    host_only(state, signed)?;
    let title = title.map(|title| title.as_str().to_owned());
    let fact = Fact::Set { by: signed.by.member, id: signed.id, title, slow_s };
    let private = words.cloned().map_or(Private::None, Private::Words);
    Ok(done(state, signed, fact, private))
}

fn host_only(state: &RoomState, signed: &Signed) -> Result<(), Refusal> {
    if state.is_host(signed.by.member) { Ok(()) } else { Err(Code::NotHost.into()) }
}

pub(super) fn done(state: &RoomState, signed: &Signed, fact: Fact, private: Private) -> Outcome {
    Outcome::of(Event { seq: state.tail().next(), at: signed.at, fact }, private)
}

/// What stands in the place of a message that is kept no longer, and then of its newest edit.
pub(crate) fn expired(message: &Event, edit: Option<&Event>) -> Vec<Event> {
    let texts = [Some(message), edit].into_iter().flatten();
    texts.filter_map(|event| gone(event, GoneWhy::Unreadable, None)).collect()
}

/// What stands in the place of a text that is no more.
pub(super) fn gone(event: &Event, why: GoneWhy, recalled_by: Option<MemberId>) -> Option<Event> {
    let (by, id, of) = match event.fact {
        Fact::Said { by, id, .. } => (by, id, GoneKind::Said),
        Fact::Edited { by, id, .. } => (by, id, GoneKind::Edited),
        _ => return None,
    };
    Some(Event { fact: Fact::Gone { by, id, of, why, recalled_by }, ..event.clone() })
}
