//! `GET /api/rooms/{room}/search`: messages that hold a piece, for a member.

mod turns;

use std::sync::Arc;

use serde::Deserialize;
use shared::limits::PAGE_MAX;
use shared::{Code, Fact, Hit, MemberId, Millis, SearchPage, Seq};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{self, Reply as _, Response};

use crate::address::Visitor;
use crate::archive::search::{Found, Query, SearchError};
use crate::archive::settled::settled;
use crate::config::millis;
use crate::former::FormerNames;
use crate::search::Piece;
use crate::services::Services;

pub use turns::Turns;

use super::api::{enter, member, status};
use super::problem::{BAD_QUERY, bad_request, problem};

/// What is asked for. `since` is the first moment, `until` the first one that is too late.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    by: Option<MemberId>,
    since: Option<Millis>,
    until: Option<Millis>,
    before: Option<Seq>,
    limit: Option<usize>,
}

/// Answers a search.
pub(super) async fn search(
    room: String,
    headers: HeaderMap,
    wanted: Option<Wanted>,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    let Some(wanted) = wanted else { return bad_request(StatusCode::BAD_REQUEST, BAD_QUERY) };
    match find(&room, &headers, wanted, visitor.as_ref(), &services).await {
        Ok(page) => reply::json(&page).into_response(),
        Err(code) => problem(status(code), code),
    }
}

async fn find(
    room: &str,
    headers: &HeaderMap,
    wanted: Wanted,
    visitor: Option<&Visitor>,
    services: &Arc<Services>,
) -> Result<SearchPage, Code> {
    let (room, who) = enter(room, headers, services).await?;
    let Wanted { q, by, since, until, before, limit } = wanted;
    let piece = Piece::parse(&q).map_err(|_| Code::BadMessage)?;
    let (life, (floor, _)) = (room.life(), room.visible_range(who));
    let limit = limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let query = Query { life, piece, floor, before, by, since, until, limit };

    let within = services.config.search_within;
    let end = Millis(services.edge.uptime().0.saturating_add(millis(within)));
    let visitor = visitor.filter(|_| services.config.addresses.is_some());
    // Also of a search that nobody waits for any more: its reading goes on.
    let turn = Arc::new(services.turns.take(visitor, (life, who.member), within).await?);
    let (edge, searching) = (Arc::clone(&services.edge), Arc::clone(services));
    let read = move || {
        let (edge, turn) = (Arc::clone(&edge), Arc::clone(&turn));
        match searching.searcher.find(&query, move || end <= edge.uptime() || turn.is_outdated()) {
            Ok(found) => Ok(Some(found)),
            Err(SearchError::Stopped) => Ok(None),
            Err(SearchError::Log(error)) => Err(error),
        }
    };
    let found = settled(&room, read).await.flatten();
    let Found { hits, more, authors } = found.ok_or(Code::Overloaded)?;
    let told: Vec<_> = hits.iter().filter_map(author).chain(authors).collect();
    let former = FormerNames::find(&room, told.iter().copied(), services).await?;
    // Whoever lost the seat meanwhile reads no more.
    member(&room, headers)?;
    let named = |by| Some((by, former.name(by)?.clone()));
    let names = told.into_iter().filter_map(named).collect();
    Ok(SearchPage { hits, names, more })
}

fn author(hit: &Hit) -> Option<MemberId> {
    match hit.event.fact {
        Fact::Said { by, .. } => Some(by),
        _ => None,
    }
}
