//! The routes: the WebSocket's handshake, the API, the page.

mod handshake;
mod page;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use shared::{Code, Problem, RoomId};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{self, Reply, Response};
use warp::{Filter, Rejection};

use crate::serve::Services;

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
        .and(with_services.clone())
        .map(|headers: HeaderMap, mut query: HashMap<String, String>, upgrade, services| {
            handshake::answer(&headers, query.remove("room"), upgrade, services)
        });

    let card = warp::path!("api" / "rooms" / String)
        .and(warp::get())
        .and(with_services)
        .map(|room: String, services: Arc<Services>| card(&room, &services));
    let unknown_api = warp::path("api").map(|| problem(StatusCode::NOT_FOUND, Code::BadMessage));
    let healthz = warp::path!("healthz").and(warp::get()).map(|| "ok\n");

    socket
        .or(card)
        .or(unknown_api)
        .or(healthz)
        .or(page::routes(dist))
        .recover(|rejection: Rejection| async move { Ok::<_, Infallible>(refuse(&rejection)) })
}

fn card(room: &str, services: &Services) -> Response {
    let room = room.parse::<RoomId>().ok().and_then(|id| services.rooms.get(id));
    match room {
        Some(room) => reply::json(&room.card()).into_response(),
        None => problem(StatusCode::NOT_FOUND, Code::RoomUnknown),
    }
}

fn problem(status: StatusCode, code: Code) -> Response {
    reply::with_status(reply::json(&Problem::from(code)), status).into_response()
}

fn refuse(rejection: &Rejection) -> Response {
    if rejection.is_not_found() {
        return reply::with_status("there is nothing here\n", StatusCode::NOT_FOUND).into_response();
    }
    if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        return reply::with_status("not like this\n", StatusCode::METHOD_NOT_ALLOWED).into_response();
    }
    tracing::debug!(?rejection, "a request was refused");
    reply::with_status("this request makes no sense here\n", StatusCode::BAD_REQUEST).into_response()
}
