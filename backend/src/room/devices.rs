//! The rules for a member's devices: adding one, making a recovery link, and signing out the others. Pure, as [`super::state`].

use shared::limits::{DEVICE_CHANGE_S, DEVICE_CHANGES, DEVICES_MAX};
use shared::{Code, DeviceChange, Fact, Millis};

use super::acts::{Refusal, Signed, done};
use super::member::MemberState;
use super::proposal::{Answer, Outcome, Permit, Private};
use super::seal::TokenHash;
use super::state::RoomState;
use super::tokens::TokenUse;

/// How long a change of a member's devices takes to be made up for, in milliseconds.
const EACH_MS: u64 = DEVICE_CHANGE_S as u64 * 1_000;

/// Changes that a member may make at once to add devices.
const ADDED_AT_ONCE: u64 = DEVICE_CHANGES as u64;

/// Changes that a member may make at once in all. Whoever has a token can use up the others; what is left is for signing out.
const CHANGES_AT_ONCE: u64 = ADDED_AT_ONCE + 10;

/// Adds a token for whoever shows a valid one of the member, seated or not. A recovery token adds a device only, and is void then.
pub(super) fn add(
    state: &RoomState,
    signed: &Signed,
    (token, once): (TokenHash, bool),
    (shown, permit): (TokenHash, Permit),
) -> Result<Outcome, Refusal> {
    let by = signed.by.member;
    let member = state.member(by).ok_or(Code::NoToken)?;
    if member.banned_at.is_some() {
        return Err(Code::Removed.into());
    }
    let is_ended = member.signed_out_at.is_some_and(|signed_out_at| match permit {
        Permit::Seat => false,
        Permit::Code(made_at) => made_at < signed_out_at,
        Permit::Link => true,
    });
    match member.tokens.find(&shown) {
        Some(TokenUse::Device) if is_ended => return Err(Code::SignedOut.into()),
        Some(TokenUse::Device) => {}
        Some(TokenUse::Recovery) if !once => {}
        Some(TokenUse::Recovery) | None => return Err(Code::NoToken.into()),
        Some(TokenUse::Void) => return Err(Code::SignedOut.into()),
    }
    if member.tokens.find(&token).is_some() {
        return Err(Code::IdReused.into());
    }
    not_too_fast(member, signed.at, ADDED_AT_ONCE)?;
    let mut tokens = member.tokens.clone();
    tokens.add(token, once, &shown);
    if DEVICES_MAX < tokens.valid() {
        return Err(Code::TooManyDevices.into());
    }
    let change = if once { DeviceChange::BackedUp } else { DeviceChange::Added };
    let fact = Fact::Devices { by, id: signed.id, change };
    let outcome = done(state, signed, fact, Private::DeviceAdded { token, once, shown });
    Ok(Outcome { answer: Some(Answer::DeviceAdded), ..outcome })
}

/// Keeps one token of the member, or puts `kept` in the place of the one that is `shown`, and makes all others void.
pub(super) fn sign_out_others(
    state: &RoomState,
    signed: &Signed,
    kept: TokenHash,
    shown: Option<TokenHash>,
) -> Result<Outcome, Refusal> {
    let by = signed.by.member;
    // Two devices may sign each other out at the same moment: the first one stays.
    let is_valid = |member: &&MemberState| member.tokens.is_device(&shown.unwrap_or(kept));
    let member = state.member(by).filter(is_valid).ok_or(Code::SignedOut)?;
    if shown.is_some() && state.is_known_token(&kept) {
        return Err(Code::BadMessage.into());
    }
    not_too_fast(member, signed.at, CHANGES_AT_ONCE)?;
    let fact = Fact::Devices { by, id: signed.id, change: DeviceChange::OthersSignedOut };
    Ok(done(state, signed, fact, Private::OthersSignedOut { kept }))
}

/// When all changes of a member's devices are made up for, with one more at the time `at`. Times in the room never run back.
pub(super) fn paced_until(member: &MemberState, at: Millis) -> Millis {
    Millis(member.devices_until.map_or(at, |until| until.max(at)).0.saturating_add(EACH_MS))
}

/// Changes of devices are events for everybody, also of a muted member, and slow mode does not hold for them.
fn not_too_fast(member: &MemberState, at: Millis, at_once: u64) -> Result<(), Refusal> {
    let free_at = paced_until(member, at).0.saturating_sub(at_once * EACH_MS);
    if at.0 < free_at { Err(Refusal(Code::TooFast, Some(free_at - at.0))) } else { Ok(()) }
}
