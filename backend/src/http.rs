//! The routes: the WebSocket's handshake, the API, the page.

pub mod accept;
pub mod ajar;
mod api;
mod compressed;
pub mod export;
mod guards;
mod handshake;
mod metrics;
mod paced;
mod page;
mod pair;
mod patient;
mod pinyin;
mod problem;
pub mod search;
mod straight;

pub use paced::Paced;
pub use straight::Straight;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use serde::de::DeserializeOwned;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{self, Reply, Response};
use warp::{Filter, Rejection};

use crate::address::Visitor;
use crate::services::Services;

use problem::bad_request;

/// What `/readyz` says in its header `Server`: `duiliao ready` takes no other program's answer.
pub const SERVER: &str = "duiliao";

/// All routes of the server.
pub fn routes(
    services: Arc<Services>,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let dist = services.config.dist.clone();
    let with_services = warp::any().map(move || Arc::clone(&services));

    let socket = warp::path!("ws")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(warp::query::<HashMap<String, String>>())
        .and(warp::ext::optional::<OnUpgrade>())
        .and(visitor())
        .and(with_services.clone())
        .map(|headers: HeaderMap, mut query: HashMap<String, String>, upgrade, visitor, services| {
            handshake::answer(&headers, query.remove("room"), upgrade, visitor, services)
        });

    let card = warp::path!("api" / "rooms" / String)
        .and(reading())
        .and(warp::header::headers_cloned())
        .and(with_services.clone())
        .then(api::card);
    let events = warp::path!("api" / "rooms" / String / "events")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(asked::<api::Piece>())
        .and(with_services.clone())
        .then(api::events);
    let reads = warp::path!("api" / "rooms" / String / "reads")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(asked::<api::Which>())
        .and(with_services.clone())
        .then(api::reads);
    let search = warp::path!("api" / "rooms" / String / "search")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(asked::<search::Wanted>())
        .and(visitor())
        .and(with_services.clone())
        .then(search::search);
    let settings = warp::path!("api" / "rooms" / String / "settings")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(with_services.clone())
        .then(api::settings);
    let bans = warp::path!("api" / "rooms" / String / "bans")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(with_services.clone())
        .then(api::bans);
    let delete = warp::path!("api" / "rooms" / String)
        .and(warp::delete())
        .and(warp::header::headers_cloned())
        .and(with_services.clone())
        .then(api::delete);
    let ask_export = warp::path!("api" / "rooms" / String / "export")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(warp::body::content_length_limit(BODY_MAX))
        .and(warp::body::bytes())
        .and(visitor())
        .and(with_services.clone())
        .then(export::ask);
    let fetch_export = warp::path!("export" / String)
        .and(reading())
        .and(visitor())
        .and(with_services.clone())
        .then(export::fetch);
    let make_room = warp::path!("api" / "rooms")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(warp::body::content_length_limit(BODY_MAX))
        .and(warp::body::bytes())
        .and(visitor())
        .and(with_services.clone())
        .then(api::make_room);
    let make_code = warp::path!("api" / "rooms" / String / "pair")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(visitor())
        .and(with_services.clone())
        .then(pair::make_code);
    let back_up = warp::path!("api" / "rooms" / String / "backup")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(with_services.clone())
        .then(pair::back_up);
    let pair = warp::path!("api" / "pair")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(warp::body::content_length_limit(BODY_MAX))
        .and(warp::body::bytes())
        .and(visitor())
        .and(with_services.clone())
        .then(pair::pair);
    let pinyin = warp::path!("api" / "pinyin").and(reading()).and(asked()).map(pinyin::answer);
    let unknown_api =
        warp::path("api").and(reading()).map(|| bad_request(StatusCode::NOT_FOUND, problem::NO_PATH));
    let healthz = warp::path!("healthz").and(reading()).map(|| "ok\n");
    let readyz = warp::path!("readyz")
        .and(reading())
        .and(with_services.clone())
        .map(|services: Arc<Services>| metrics::ready(&services));
    let metrics = warp::path!("metrics")
        .and(reading())
        .and(visitor())
        .and(warp::header::headers_cloned())
        .and(with_services)
        .then(metrics::metrics);

    socket
        .or(card)
        .or(events)
        .or(reads)
        .or(search)
        .or(settings)
        .or(bans)
        .or(delete)
        .or(ask_export)
        .or(fetch_export)
        .or(make_room)
        .or(make_code)
        .or(back_up)
        .or(pair)
        .or(pinyin)
        .or(unknown_api)
        .or(healthz)
        .or(readyz)
        .or(metrics)
        .or(page::routes(dist))
        .recover(|rejection: Rejection| async move { Ok::<_, Infallible>(refuse(&rejection)) })
}

/// Bytes a request's body may have.
const BODY_MAX: u64 = 4 * 1024;

/// GET, and HEAD, which is GET without its body.
pub(super) fn reading() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::get().or(warp::head()).unify()
}

/// Whose request it is; nobody's in a simulation, which has no network.
fn visitor() -> impl Filter<Extract = (Option<Visitor>,), Error = Infallible> + Copy {
    warp::ext::optional()
}

/// What the query asks for; nothing if it makes no sense: a rejection would only lead to the next route.
fn asked<T: DeserializeOwned + Send + 'static>()
-> impl Filter<Extract = (Option<T>,), Error = Infallible> + Copy {
    warp::query::<T>().map(Some).or(warp::any().map(|| None)).unify()
}

fn refuse(rejection: &Rejection) -> Response {
    if rejection.is_not_found() {
        return reply::with_status("there is nothing here\n", StatusCode::NOT_FOUND).into_response();
    }
    // Before the method, which every other route has something against.
    if rejection.find::<warp::reject::PayloadTooLarge>().is_some() {
        return bad_request(StatusCode::PAYLOAD_TOO_LARGE, problem::LONG_BODY);
    }
    if rejection.find::<warp::reject::LengthRequired>().is_some() {
        return bad_request(StatusCode::LENGTH_REQUIRED, problem::NO_LENGTH);
    }
    if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        return reply::with_status("method not allowed\n", StatusCode::METHOD_NOT_ALLOWED).into_response();
    }
    tracing::debug!(?rejection, "a request was refused");
    bad_request(StatusCode::BAD_REQUEST, problem::BAD_REQUEST)
}
