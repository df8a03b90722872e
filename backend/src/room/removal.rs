//! The rule for recalling the messages of a member whom the host removed with `recall`. Pure, as [`super::state`].
//!
//! Each message is recalled by a proposal of its own, the newest first; who finds the messages is the ledger's business.

use shared::{Event, Fact, GoneWhy, MemberId, MessageId, Millis, Seq};

use super::acts::gone;
use super::proposal::{Outcome, Private, Record};
use super::state::RoomState;

/// Recalls one message of a removed member in the host's name. Void if no removal asked for it, or if it is no message of this
/// member any more.
pub(super) fn recall(
    state: &RoomState,
    message: Option<&Event>,
    edit: Option<&Record>,
    (at, id): (Millis, MessageId),
    (member, target): (MemberId, Seq),
) -> Outcome {
    let pending = state.member(member).and_then(super::member::MemberState::to_recall);
    let is_pending = pending.is_some_and(|(first, before)| first <= target && target < before);
    let message = message.filter(|event| matches!(event.fact, Fact::Said { by, .. } if by == member));
    let (Some(host), Some(message), true) = (state.host(), message, is_pending) else {
        return Outcome::default();
    };
    let fact = Fact::Recalled { by: host, id, target };
    let event = Event { seq: state.tail().next(), at, fact };
    let texts = [Some(message), edit.map(|edit| &edit.event)].into_iter().flatten();
    let rewrites = texts.filter_map(|event| gone(event, GoneWhy::Recalled, Some(host))).collect();
    Outcome { rewrites, ..Outcome::of(event, Private::RecalledForRemoval { member }) }
}
