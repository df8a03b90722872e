//! How a member's other devices get tokens of their own: pairing codes, recovery links, and what redeems them.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use shared::limits::{DEVICES_MAX, PAIRING_CODE_S};
use shared::{
    Backup, Code, MemberId, MessageId, Name, NewPairingCode, PairRequest, Paired, PairingCode, RoomId, Seq,
    Token,
};
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::{self, Reply as _, Response};

use crate::address::Visitor;
use crate::former;
use crate::pairing::{Claim, Offer};
use crate::reach::{Refused, loaded, propose};
use crate::room::Room;
use crate::room::proposal::{Act, Permit, Standing, Wish};
use crate::room::seal::TokenHash;
use crate::room::tokens::TokenUse;
use crate::services::Services;

use super::api::{bearer, enter, object, status};
use super::handshake::origin_allowed;
use super::problem::{BAD_BODY, OTHER_ORIGIN, bad_request, problem, too_fast};

/// `POST /api/rooms/{room}/pair`: a code by which the member adds a device.
pub(super) async fn make_code(
    room: String,
    headers: HeaderMap,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    answer(new_code(&room, &headers, visitor, &services).await)
}

/// `POST /api/rooms/{room}/backup`: a recovery token of the member, in place of the one before.
pub(super) async fn back_up(room: String, headers: HeaderMap, services: Arc<Services>) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    answer(new_backup(&room, &headers, &services).await)
}

/// `POST /api/pair`: a token for a new device, by a code or by another token.
pub(super) async fn pair(
    headers: HeaderMap,
    body: Bytes,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    if let Some(visitor) = visitor
        && let Err(wait_ms) = services.doors.pairings.take(&visitor.address())
    {
        return too_fast(wait_ms);
    }
    let paired = match object(&headers, &body) {
        Some(PairRequest::Code { code, nonce }) => redeem(&code, nonce, &services).await,
        Some(PairRequest::Token { room, token, nonce }) => exchange(room, token, nonce, &services).await,
        None => return bad_request(StatusCode::BAD_REQUEST, BAD_BODY),
    };
    answer(paired)
}

fn answer(made: Result<impl Serialize, Refused>) -> Response {
    match made {
        Ok(made) => {
            let mut response = reply::json(&made).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(Refused { code: Code::TooFast, retry_after_ms: Some(wait_ms) }) => too_fast(wait_ms),
        Err(Refused { code, .. }) => problem(status(code), code),
    }
}

async fn new_code(
    room: &str,
    headers: &HeaderMap,
    visitor: Option<Visitor>,
    services: &Arc<Services>,
) -> Result<NewPairingCode, Refused> {
    let (room, by, shown) = member(room, headers, services).await?;
    if let Some(visitor) = visitor {
        services.doors.pairing_codes.take(&visitor.address()).map_err(wait)?;
    }
    let snapshot = room.snapshot();
    if snapshot.view.roster.valid_tokens(by.member) >= DEVICES_MAX {
        return Err(Code::TooManyDevices.into());
    }
    let (edge, code) = (&services.edge, PairingCode::new(&services.edge.random()));
    let of = (room.id(), &room.settings().epoch, snapshot.tail);
    let issued = services.rooms.codes.issue(&code, of, (by, shown), (edge.now(), edge.uptime()));
    issued.map_err(|_| Code::Overloaded)?;
    Ok(NewPairingCode { code, expires_s: PAIRING_CODE_S })
}

async fn new_backup(room: &str, headers: &HeaderMap, services: &Arc<Services>) -> Result<Backup, Refused> {
    let (room, by, shown) = member(room, headers, services).await?;
    let token = Token::new(&services.edge.random());
    add(&room, (by.member, new_id(services)), (token, true), (shown, Permit::Seat), services).await?;
    Ok(Backup { token })
}

/// A refusal that says when to come again.
const fn wait(wait_ms: u64) -> Refused {
    Refused { code: Code::TooFast, retry_after_ms: Some(wait_ms) }
}

/// The room, the seat of the member who asks, and the token that it shows. What a member asks for here counts for its pace.
async fn member(
    room: &str,
    headers: &HeaderMap,
    services: &Arc<Services>,
) -> Result<(Arc<Room>, Standing, TokenHash), Refused> {
    let (room, by) = enter(room, headers, services).await?;
    services.pace.take(&(room.life(), by.member)).map_err(wait)?;
    Ok((room, by, TokenHash::of(&bearer(headers)?)))
}

/// Redeems a pairing code. Wrong, used, expired and void ones get the same answer.
async fn redeem(typed: &str, nonce: Option<Token>, services: &Arc<Services>) -> Result<Paired, Refused> {
    let code: PairingCode = typed.parse().map_err(|_| Code::BadCode)?;
    let codes = &services.rooms.codes;
    let token = device_token(code.as_str(), nonce, services);
    let offer = match codes.claim(&code, services.edge.uptime()).ok_or(Code::BadCode)? {
        Claim::Taken(offer) => offer,
        Claim::Used(offer) => {
            let room = loaded(offer.room, services).await?;
            return given_before(&room, token, services).await?.ok_or(Code::BadCode.into());
        }
    };
    let added = add_offered(&offer, token, services).await;
    // It was redeemed at another node.
    if matches!(added, Ok(_) | Err(Refused { code: Code::IdReused, .. })) {
        return added.map_err(|_| Code::BadCode.into());
    }
    codes.release(&code, services.edge.uptime());
    added.map_err(|refused| match refused.code {
        Code::Overloaded | Code::StorageFailed | Code::TooManyDevices | Code::TooFast => refused,
        _ => Code::BadCode.into(),
    })
}

async fn add_offered(offer: &Offer, token: Token, services: &Arc<Services>) -> Result<Paired, Refused> {
    let room = loaded(offer.room, services).await?;
    let view = room.snapshot().view;
    let name = view.roster.name(offer.by.member);
    let Some(name) = name.filter(|_| room.settings().epoch == offer.epoch && view.roster.holds(offer.by))
    else {
        return Err(Code::BadCode.into());
    };
    add(
        &room,
        (offer.by.member, offer.id),
        (token, false),
        (offer.shown, Permit::Code(offer.made_at)),
        services,
    )
    .await?;
    Ok(Paired { room: offer.room, name: Some(name.clone()), token })
}

/// Exchanges a recovery token, or a token of a device, for a new one of a device.
async fn exchange(
    id: RoomId,
    shown: Token,
    nonce: Option<Token>,
    services: &Arc<Services>,
) -> Result<Paired, Refused> {
    let room = loaded(id, services).await?;
    let hash = TokenHash::of(&shown);
    let token = device_token(shown.as_str(), nonce, services);
    if nonce.is_some()
        && let Some(paired) = given_before(&room, token, services).await?
    {
        return Ok(paired);
    }
    let Some((member, name)) = holder(&room, hash, services).await? else {
        // The host has not joined yet: there is no member to add a device to, and the token is as good as new.
        let is_unused = room.is_host_token(&hash);
        return is_unused
            .then_some(Paired { room: id, name: None, token: shown })
            .ok_or(Code::BadCode.into());
    };
    match add(&room, (member, new_id(services)), (token, false), (hash, Permit::Link), services).await {
        Ok(()) => Ok(Paired { room: id, name: Some(name), token }),
        // It was used or signed out meanwhile.
        Err(Refused { code: Code::NoToken | Code::SignedOut, .. }) => Err(Code::BadCode.into()),
        Err(refused) => Err(refused),
    }
}

/// The token for a new device that shows this secret. With a nonce it is the same each time: the answer before may have been lost. Who
/// knows the secret alone, such as from a browser's history, does not learn it.
fn device_token(secret: &str, nonce: Option<Token>, services: &Services) -> Token {
    let Some(nonce) = nonce else { return Token::new(&services.edge.random()) };
    let material = [secret, " ", nonce.as_str()].concat();
    Token::new(&blake3::derive_key("duiliao device token", material.as_bytes()))
}

/// The answer to a request that was carried out before, if it was: its token is a member's.
async fn given_before(room: &Room, token: Token, services: &Arc<Services>) -> Result<Option<Paired>, Code> {
    let holder = holder(room, TokenHash::of(&token), services).await?;
    Ok(holder.map(|(_, name)| Paired { room: room.id(), name: Some(name), token }))
}

/// The member whose valid token this is, seated or not.
async fn holder(
    room: &Room,
    token: TokenHash,
    services: &Arc<Services>,
) -> Result<Option<(MemberId, Name)>, Code> {
    let view = room.snapshot().view;
    if let Some((member, good_for)) = view.roster.token_use(&token) {
        let name = view.roster.name(member).filter(|_| good_for != TokenUse::Void);
        return Ok(name.map(|name| (member, name.clone())));
    }
    let found = former::find(room, token, services).await?;
    let found = found.filter(|(_, member)| member.tokens().find(&token) != Some(TokenUse::Void));
    Ok(found.map(|(number, member)| (number, member.name().clone())))
}

/// Adds a token to a member, for whoever showed another one. Returns once it is stored.
async fn add(
    room: &Room,
    (member, id): (MemberId, MessageId),
    (token, once): (Token, bool),
    (shown, permit): (TokenHash, Permit),
    services: &Services,
) -> Result<(), Refused> {
    // The token that is shown counts, not the seat.
    let by = Standing { member, since: Seq(0) };
    let act = Act::AddDevice { token: TokenHash::of(&token), once, shown, permit };
    propose(services, (room.id(), Some(room.life())), Wish::Act { by, id, act, secret: None }).await
}

fn new_id(services: &Services) -> MessageId {
    MessageId::new(services.edge.now(), &services.edge.random())
}
