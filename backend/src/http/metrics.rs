//! `/metrics` and `/readyz`: how the server is, for whoever runs it. No room is named.

use std::fmt::Write;

use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::{self, Reply, Response};

use crate::address::Visitor;
use crate::services::Services;

/// The figures as Prometheus reads them; to others than the machine itself there is nothing here, unless it was opened.
pub(super) fn answer(visitor: Option<&Visitor>, headers: &HeaderMap, services: &Services) -> Response {
    if !services.config.metrics_open && !is_near(visitor, headers) {
        return reply::with_status("there is nothing here\n", StatusCode::NOT_FOUND).into_response();
    }
    let body = text(services);
    reply::with_header(body, header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8").into_response()
}

/// Whether the machine itself asks. What a proxy on it passes on does not come from it, also if nobody said that there is
/// one.
fn is_near(visitor: Option<&Visitor>, headers: &HeaderMap) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    visitor.is_some_and(|visitor| visitor.ip.is_loopback())
        && !passed_on.iter().any(|name| headers.contains_key(*name))
}

/// Whether requests should come here.
pub(super) fn ready(services: &Services) -> Response {
    if services.stopping.is_cancelled() {
        reply::with_status("stopping\n", StatusCode::SERVICE_UNAVAILABLE).into_response()
    } else {
        "ready\n".into_response()
    }
}

fn text(services: &Services) -> String {
    let mut text = String::new();
    for (name, what, value) in [
        ("sessions", "WebSocket connections.", count(services.sessions.len())),
        ("visits", "Connections that speak HTTP.", count(services.visits.len())),
        ("rooms_loaded", "Rooms in memory.", count(services.rooms.count())),
        ("ledger_queue", "Requests that wait for the ledger.", count(services.ledger.waiting())),
        ("index_behind", "Records that are stored and not indexed.", services.ledger.behind()),
    ] {
        writeln!(text, "# HELP duiliao_{name} {what}\n# TYPE duiliao_{name} gauge\nduiliao_{name} {value}")
            .expect("a string takes everything");
    }
    text
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
