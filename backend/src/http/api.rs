//! The API: rooms are made, looked at and read here. What happens in them goes over the WebSocket.

use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::limits::{CAPACITY, PAGE_MAX};
use shared::{
    BanList, Code, Epoch, LeftWhy, NewRoom, RoomCard, RoomId, RoomMade, RoomSettings, Seq, Title, Token,
};
use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::{self, Reply as _, Response};

use crate::address::Visitor;
use crate::archive::settled::settled;
use crate::config::millis;
use crate::former::{self, FormerNames, token_owner};
use crate::reach::{ask, find};
use crate::room::proposal::{Settings, Standing, Wish};
use crate::room::roster::Seat;
use crate::room::seal::TokenHash;
use crate::room::tokens::TokenUse;
use crate::room::words::Words;
use crate::room::{Room, View, tail};
use crate::services::Services;

use super::handshake::origin_allowed;
use super::problem::{BAD_BODY, BAD_QUERY, OTHER_ORIGIN, bad_request, problem, too_fast};

/// Which piece of a log: `GET …/events`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Piece {
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// `POST /api/rooms`: a new room, and the token of the seat kept for its maker.
pub(super) async fn make_room(
    headers: HeaderMap,
    body: Bytes,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    let Some((wished, title)) = object(&headers, &body).and_then(checked) else {
        return bad_request(StatusCode::BAD_REQUEST, BAD_BODY);
    };
    if let Some(visitor) = visitor
        && let Err(wait_ms) = services.doors.rooms.take(&visitor.address())
    {
        return too_fast(wait_ms);
    }
    let edge = &services.edge;
    let (room, host_token) = (RoomId::Link(edge.random()), Token::new(&edge.random()));
    let settings = Settings {
        epoch: Epoch::new(&edge.random()),
        capacity: wished.capacity,
        title,
        history: wished.history.unwrap_or_default(),
        names: services.config.names,
        hold_ms: millis(services.config.room_hold),
        restarts: false,
        host: Some(TokenHash::of(&host_token)),
    };
    match ask(&services, room, Wish::Open(settings)).await {
        Ok(()) => {
            let made = RoomMade { room, url: format!("/r/{room}"), host_token };
            reply::with_status(reply::json(&made), StatusCode::CREATED).into_response()
        }
        Err(code) => problem(status(code), code),
    }
}

/// `GET /api/rooms/{room}`: what anyone who knows the link may know, and whose seat a bearer token is for.
pub(super) async fn card(room: String, headers: HeaderMap, services: Arc<Services>) -> Response {
    match card_for(&room, &headers, &services).await {
        Ok(card) => reply::json(&card).into_response(),
        Err(code) => problem(status(code), code),
    }
}

async fn card_for(room: &str, headers: &HeaderMap, services: &Arc<Services>) -> Result<RoomCard, Code> {
    let room = find(room, services).await?;
    let you = match bearer(headers) {
        Ok(token) => token_owner(&room, TokenHash::of(&token), services).await?,
        Err(_) => None,
    };
    Ok(RoomCard { you, ..room.card() })
}

/// `GET /api/rooms/{room}/events`: a piece of the log, for a member.
pub(super) async fn events(
    room: String,
    headers: HeaderMap,
    piece: Option<Piece>,
    services: Arc<Services>,
) -> Response {
    let Some(piece) = piece else { return bad_request(StatusCode::BAD_REQUEST, BAD_QUERY) };
    let (room, who) = match enter(&room, &headers, &services).await {
        Ok(entered) => entered,
        Err(code) => return problem(status(code), code),
    };
    let (floor, tail) = room.visible_range(who);
    let low = piece.after.unwrap_or_default().max(floor.0 - 1);
    let high = piece.before.map_or(tail.0, |before| before.saturating_sub(1).min(tail.0));
    let limit = piece.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let (life, rising) = (room.life(), piece.after.is_some());
    let reader = Arc::clone(&services);
    let reading = move || reader.archive.page(life, (Seq(low), Seq(high)), limit, rising);
    let Some((entries, more)) = settled(&room, reading).await else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded);
    };
    let names = match FormerNames::find(&room, tail::members_of(&entries), &services).await {
        Ok(names) => names,
        Err(code) => return problem(status(code), code),
    };
    // Whoever lost the seat meanwhile reads no more.
    if let Err(code) = member(&room, &headers) {
        return problem(status(code), code);
    }
    let body = tail::page(&entries, floor, |member| names.name(member), more);
    reply::with_header(body, header::CONTENT_TYPE, "application/json").into_response()
}

/// Which message: `GET …/reads`.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    seq: Seq,
}

/// `GET /api/rooms/{room}/reads`: who has read a message, for a member.
pub(super) async fn reads(
    room: String,
    headers: HeaderMap,
    which: Option<Which>,
    services: Arc<Services>,
) -> Response {
    let Some(which) = which else { return bad_request(StatusCode::BAD_REQUEST, BAD_QUERY) };
    let (room, who) = match enter(&room, &headers, &services).await {
        Ok(entered) => entered,
        Err(code) => return problem(status(code), code),
    };
    let (first, last) = room.visible_range(who);
    if !(first..=last).contains(&which.seq) {
        return problem(StatusCode::NOT_FOUND, Code::UnknownTarget);
    }
    reply::json(&room.readers_of(which.seq)).into_response()
}

/// `GET /api/rooms/{room}/settings`: the settings as they are, for the host.
pub(super) async fn settings(room: String, headers: HeaderMap, services: Arc<Services>) -> Response {
    match host_view(&room, &headers, &services).await {
        Ok(view) => {
            let words = view.words.iter().flat_map(Words::typed).map(str::to_owned).collect();
            let (title, slow_s) = (view.facts.title.clone(), view.facts.slow_s);
            reply::json(&RoomSettings { title, slow_s, words }).into_response()
        }
        Err(code) => problem(status(code), code),
    }
}

/// `GET /api/rooms/{room}/bans`: who is banned, for the host.
pub(super) async fn bans(room: String, headers: HeaderMap, services: Arc<Services>) -> Response {
    match host_view(&room, &headers, &services).await {
        Ok(view) => reply::json(&BanList { bans: view.roster.bans().collect() }).into_response(),
        Err(code) => problem(status(code), code),
    }
}

/// The room as it is, if the request carries its host's token. The host need not sit in it.
async fn host_view(room: &str, headers: &HeaderMap, services: &Arc<Services>) -> Result<Arc<View>, Code> {
    let room = find(room, services).await?;
    let token = TokenHash::of(&bearer(headers)?);
    if room.is_host_token(&token) {
        return Ok(room.snapshot().view);
    }
    Err(match token_owner(&room, token, services).await? {
        Some(_) => Code::NotHost,
        None if room.is_void_token(&token) => Code::SignedOut,
        None => Code::NoToken,
    })
}

/// `DELETE /api/rooms/{room}`: the room is no more, by its host's token.
pub(super) async fn delete(room: String, headers: HeaderMap, services: Arc<Services>) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    let wish = bearer(&headers).map(|token| Wish::Delete { token: TokenHash::of(&token) });
    let deleted = match (RoomId::from_str(&room), wish) {
        (Err(_), _) => Err(Code::RoomUnknown),
        (Ok(room), Ok(wish)) => ask(&services, room, wish).await,
        (Ok(_), Err(code)) => Err(code),
    };
    match deleted {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(code) => problem(status(code), code),
    }
}

/// What the body is, if it is a JSON object. Serde takes a list of the fields for an object as well; the protocol does not.
pub(super) fn object<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Option<T> {
    let is_object = is_json(headers) && body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// Whether a request says that its body is JSON. A foreign page's form cannot.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|value| value.split(';').next()).is_some_and(|kind| kind.trim() == "application/json")
}

fn checked(wished: NewRoom) -> Option<(NewRoom, Option<Title>)> {
    let title = wished.title.as_deref().map(Title::parse).transpose().ok()?;
    CAPACITY.contains(&wished.capacity).then_some((wished, title))
}

/// The room, and the member whose token the request carries.
pub(super) async fn enter(
    room: &str,
    headers: &HeaderMap,
    services: &Arc<Services>,
) -> Result<(Arc<Room>, Standing), Code> {
    let room = find(room, services).await?;
    match member(&room, headers) {
        Ok(who) => Ok((room, who)),
        // The room need not have a former member in memory.
        Err(Code::NoToken) => {
            let token = TokenHash::of(&bearer(headers)?);
            let found = former::find(&room, token, services).await?;
            let found = found.map(|(_, member)| (member.tokens().find(&token), member.seat()));
            Err(match found {
                Some((Some(TokenUse::Void), _)) => Code::SignedOut,
                Some((Some(TokenUse::Device), Seat::Freed(LeftWhy::Removed))) => Code::Removed,
                _ => Code::NoToken,
            })
        }
        Err(code) => Err(code),
    }
}

/// The token that the request carries.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Token, Code> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    token.and_then(|token| token.trim().parse().ok()).ok_or(Code::NoToken)
}

/// The member whose token the request carries, if it has a seat.
pub(super) fn member(room: &Room, headers: &HeaderMap) -> Result<Standing, Code> {
    let token = bearer(headers)?;
    if room.is_deleted() {
        return Err(Code::RoomUnknown);
    }
    let (view, token) = (room.snapshot().view, TokenHash::of(&token));
    match view.roster.find(&token) {
        Some((member, Seat::Taken(since))) => Ok(Standing { member, since }),
        Some((_, Seat::Freed(LeftWhy::Removed))) => Err(Code::Removed),
        None if room.is_void_token(&token) => Err(Code::SignedOut),
        Some((_, Seat::Freed(_))) | None => Err(Code::NoToken),
    }
}

/// The status that fits a code.
pub(super) const fn status(code: Code) -> StatusCode {
    match code {
        Code::RoomUnknown | Code::BadCode => StatusCode::NOT_FOUND,
        Code::TooManyDevices => StatusCode::CONFLICT,
        Code::NoToken => StatusCode::UNAUTHORIZED,
        Code::Removed | Code::NotHost | Code::SignedOut => StatusCode::FORBIDDEN,
        Code::TooFast => StatusCode::TOO_MANY_REQUESTS,
        Code::Overloaded | Code::StorageFailed => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}
