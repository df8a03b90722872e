//! `/metrics` and `/readyz`: how the server is, for whoever runs it. No room is named.

use std::sync::Arc;
use std::{fmt, fs};

use tokio::task::spawn_blocking;
use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::{self, Reply, Response};

use crate::address::Visitor;
use crate::config::LEDGER_QUEUE;
use crate::http::SERVER;
use crate::services::Services;
use crate::store::{log, schema};
use crate::system::max_open_files;

/// The figures as Prometheus reads them; to others than the machine itself there is nothing here, unless it was opened.
pub(super) async fn metrics(
    visitor: Option<Visitor>,
    headers: HeaderMap,
    services: Arc<Services>,
) -> Response {
    if !services.config.metrics_open && !is_near(visitor.as_ref(), &headers) {
        return reply::with_status("there is nothing here\n", StatusCode::NOT_FOUND).into_response();
    }
    // It reads files: the runtime's threads have others to serve.
    let Ok(Ok(body)) = spawn_blocking(move || text(&services)).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    reply::with_header(body, header::CONTENT_TYPE, kind).into_response()
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
    let away = StatusCode::SERVICE_UNAVAILABLE;
    let (words, status) = if services.stopping.is_cancelled() {
        ("stopping\n".to_owned(), away)
    } else if !services.ledger.is_in_touch() {
        let refusal = services.ledger.refusal();
        let why = refusal.map(|why| format!("the streams take nothing in: {why}\n"));
        (why.unwrap_or_else(|| "cut off from the other nodes\n".to_owned()), away)
    } else if services.ledger.metrics().is_storage_failing() {
        ("nothing can be stored\n".to_owned(), away)
    } else {
        ("ready\n".to_owned(), StatusCode::OK)
    };
    reply::with_header(reply::with_status(words, status), header::SERVER, SERVER).into_response()
}

fn text(services: &Services) -> Result<String, fmt::Error> {
    let metrics = services.ledger.metrics();
    for (name, value) in [
        ("duiliao_ready", i64::from(!services.stopping.is_cancelled() && services.ledger.is_in_touch())),
        ("duiliao_storage_failing", i64::from(metrics.is_storage_failing())),
        ("duiliao_sessions", count(services.sessions.len())),
        ("duiliao_visits", count(services.visits.len())),
        ("duiliao_rooms_loaded", count(services.rooms.count())),
        ("duiliao_ledger_queue", count(services.ledger.waiting())),
        ("duiliao_ledger_queue_max", count(LEDGER_QUEUE)),
        ("duiliao_index_behind", services.ledger.behind()),
        ("duiliao_streams_refuse", i64::from(services.ledger.refusal().is_some())),
    ] {
        metrics.set(name, value);
    }
    for (name, value) in process() {
        metrics.set(name, value);
    }
    for (name, file) in FILES {
        let bytes = fs::metadata(services.config.data.join(file)).map_or(0, |file| file.len());
        metrics.set_file(name, bytes);
    }
    metrics.text()
}

/// What they are called, and their names in the data folder.
const FILES: [(&str, &str); 4] = [
    ("log", log::FILE),
    ("log_wal", log::WAL_FILE),
    ("index", schema::FILE),
    ("index_wal", schema::WAL_FILE),
];

/// What the system says of this process. Elsewhere than on Linux it says nothing here.
fn process() -> Vec<(&'static str, i64)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<i64>().ok()
    };
    let open = fs::read_dir("/proc/self/fd").map(Iterator::count).ok().map(count);
    let found = [
        ("process_resident_memory_bytes", number(&status, "VmRSS:").map(|kib| kib * 1024)),
        ("process_open_fds", open),
        ("process_max_fds", max_open_files().map(|most| i64::try_from(most).unwrap_or(i64::MAX))),
    ];
    found.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
