//! `GET /api/rooms/{room}/search`: messages that hold a piece, for a member.

use std::sync::Arc;

use serde::Deserialize;
use shared::limits::PAGE_MAX;
use shared::{Code, Fact, Hit, MemberId, Millis, SearchPage, Seq};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{self, Reply as _, Response};

use crate::archive::search::{Found, Query, SearchError};
use crate::archive::settled::settled;
use crate::config::{SEARCHES_WAITING, millis};
use crate::former::FormerNames;
use crate::search::Piece;
use crate::services::Services;

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

/// Who may search now.
#[derive(Debug)]
pub struct Turns {
    now: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Turns {
    /// So many at a time.
    pub fn new(searches: usize) -> Self {
        Self { now: Arc::new(Semaphore::new(searches)), waiting: Semaphore::new(SEARCHES_WAITING) }
    }
}

/// Answers a search.
pub(super) async fn search(
    room: String,
    headers: HeaderMap,
    wanted: Option<Wanted>,
    services: Arc<Services>,
) -> Response {
    let Some(wanted) = wanted else { return bad_request(StatusCode::BAD_REQUEST, BAD_QUERY) };
    match find(&room, &headers, wanted, &services).await {
        Ok(page) => reply::json(&page).into_response(),
        Err(code) => problem(status(code), code),
    }
}

async fn find(
    room: &str,
    headers: &HeaderMap,
    wanted: Wanted,
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
    let turns = &services.turns;
    let waits = turns.waiting.try_acquire().map_err(|_| Code::Overloaded)?;
    let turn = timeout(within, Arc::clone(&turns.now).acquire_owned()).await.map_err(|_| Code::Overloaded)?;
    // Also of a search that nobody waits for any more: its reading goes on.
    let turn = Arc::new(turn);
    drop(waits);
    let (edge, searching) = (Arc::clone(&services.edge), Arc::clone(services));
    let read = move || {
        let (edge, _turn) = (Arc::clone(&edge), &turn);
        match searching.searcher.find(&query, move || end <= edge.uptime()) {
            Ok(found) => Ok(Some(found)),
            Err(SearchError::Stopped) => Ok(None),
            Err(SearchError::Log(error)) => Err(error),
        }
    };
    let found = settled(&room, read).await.flatten();
    let Found { hits, more, authors } = found.ok_or(Code::Overloaded)?;
    let told: Vec<_> = hits.iter().filter_map(author).chain(authors).collect();
    let former = FormerNames::find(&room, told.iter().copied(), services).await;
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
