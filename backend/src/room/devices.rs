//! The rules for a member's devices: adding one, making a recovery link, and signing out the others. Pure, as [`super::state`].

use shared::limits::DEVICES_MAX;
use shared::{Code, DeviceChange, Fact};

use super::acts::{Refusal, Signed, done};
use super::proposal::{Answer, Outcome, Permit, Private};
use super::seal::TokenHash;
use super::state::RoomState;
use super::tokens::TokenUse;

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
    if !state.member(by).is_some_and(|member| member.tokens.is_device(&shown.unwrap_or(kept))) {
        return Err(Code::SignedOut.into());
    }
    if shown.is_some() && state.is_known_token(&kept) {
        return Err(Code::BadMessage.into());
    }
    let fact = Fact::Devices { by, id: signed.id, change: DeviceChange::OthersSignedOut };
    Ok(done(state, signed, fact, Private::OthersSignedOut { kept }))
}
