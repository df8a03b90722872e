//! The rules for seats: how a room begins and ends, who is let in, and who loses a seat by leaving or by being away. Pure,
//! as [`super::state`].

use shared::{Code, Epoch, Event, Fact, LeftWhy, MemberId, Millis, NameRule, Seq};

use crate::names::{Folded, is_reserved};

use super::member::MemberState;
use super::proposal::{Answer, End, Outcome, Private, Settings, Standing};
use super::roster::Seat;
use super::seal::TokenHash;
use super::state::RoomState;
use super::tokens::TokenUse;

pub(super) fn open(state: &RoomState, at: Millis, settings: &Settings) -> Outcome {
    if state.settings.is_some() {
        return Outcome::default();
    }
    let title = settings.title.as_ref().map(|title| title.as_str().to_owned());
    let fact = Fact::Opened { capacity: settings.capacity, title };
    let event = Event { seq: Seq(1), at, fact };
    Outcome { answer: Some(Answer::Here), ..Outcome::of(event, Private::Opened(Box::new(settings.clone()))) }
}

pub(super) fn look(state: &RoomState) -> Outcome {
    match state.settings {
        Some(_) => Outcome::told(Answer::Here),
        None => Outcome::refused(Code::RoomUnknown, None),
    }
}

pub(super) fn join(state: &RoomState, at: Millis, typed: &str, folded: &Folded, token: TokenHash) -> Outcome {
    let rule = state.settings.as_ref().map_or_else(NameRule::default, |settings| settings.names);
    let Ok(name) = rule.parse(typed) else {
        return Outcome::refused(Code::BadName, None);
    };
    let Some(settings) = &state.settings else {
        return Outcome::refused(Code::RoomUnknown, None);
    };
    let (known, good_for) = state.members.find(&token).unzip();
    let (capacity, host) =
        (settings.capacity, known.map_or(settings.host == Some(token), |id| state.is_host(id)));
    let banned = |id| state.member(id).is_some_and(|member| member.banned_at.is_some());
    if !host && known.is_some_and(banned) {
        return Outcome::refused(Code::Removed, None);
    }
    match good_for {
        // It is exchanged for one that takes the seat.
        Some(TokenUse::Recovery) => return Outcome::refused(Code::NoToken, None),
        Some(TokenUse::Void) => return Outcome::refused(Code::SignedOut, None),
        Some(TokenUse::Device) | None => {}
    }
    if let Some(id) = known
        && let Some(member) = state.member(id)
        && let Seat::Taken(since) = member.seat
    {
        let (standing, name) = (Standing { member: id, since }, member.name().clone());
        return Outcome::told(Answer::Seated { standing, name, host });
    }
    if is_reserved(folded) {
        return Outcome::refused(Code::BadName, None);
    }
    if !host && state.words.as_ref().is_some_and(|words| words.are_in(name.as_str())) {
        return Outcome::refused(Code::BlockedWord, None);
    }
    if state.holder_of(folded).is_some() {
        return Outcome::refused(Code::NameTaken, None);
    }
    if state.locked && !host {
        return Outcome::refused(Code::RoomLocked, None);
    }
    // The host's own seat is among those that are kept.
    if !host && state.members.seated() + state.kept() >= capacity {
        return Outcome::refused(Code::RoomFull, None);
    }
    let member = known.unwrap_or(MemberId(state.members.count() + 1));
    let fact = Fact::Joined { member, name: name.clone(), host };
    let event = Event { seq: state.tail.next(), at, fact };
    let standing = Standing { member, since: event.seq };
    let joined = Outcome::of(event, Private::Joined { token, folded: folded.clone() });
    Outcome { answer: Some(Answer::Seated { standing, name, host }), ..joined }
}

pub(super) fn away(
    state: &RoomState,
    (at, now): (Millis, Millis),
    member: MemberId,
    since: Millis,
    fresh: &Epoch,
) -> Outcome {
    // What was said in the future, by a clock that was set back since, is no sign of life now.
    let silent = |m: &MemberState| m.said_at.is_none_or(|said| said <= since || now < said);
    let unseen = |m: &MemberState| m.is_seated() && m.seen_at <= since && silent(m);
    if state.member(member).is_some_and(unseen) && !state.is_host(member) {
        free(state, at, member, LeftWhy::Away, fresh)
    } else {
        Outcome::default()
    }
}

pub(super) fn free(state: &RoomState, at: Millis, member: MemberId, why: LeftWhy, fresh: &Epoch) -> Outcome {
    let event = Event { seq: state.tail.next(), at, fact: Fact::Left { member, why } };
    let restarts = |settings: &&Settings| settings.restarts && state.members.seated() == 1;
    let afresh =
        |settings: &Settings| End::Afresh(Box::new(Settings { epoch: fresh.clone(), ..settings.clone() }));
    let end = state.settings.as_ref().filter(restarts).map(afresh);
    Outcome { end, ..Outcome::of(event, Private::None) }
}

pub(super) fn delete(state: &RoomState, token: TokenHash) -> Outcome {
    let Some(settings) = &state.settings else { return Outcome::refused(Code::RoomUnknown, None) };
    let is_host = match state.members.find(&token) {
        Some((member, TokenUse::Device)) => state.is_host(member),
        Some((_, TokenUse::Recovery)) => return Outcome::refused(Code::NoToken, None),
        Some((_, TokenUse::Void)) => return Outcome::refused(Code::SignedOut, None),
        None if settings.host == Some(token) => true,
        None => return Outcome::refused(Code::NoToken, None),
    };
    if is_host {
        Outcome { answer: Some(Answer::Here), ..deleted() }
    } else {
        Outcome::refused(Code::NotHost, None)
    }
}

pub(super) fn deleted() -> Outcome {
    Outcome { end: Some(End::Deleted), ..Outcome::default() }
}
