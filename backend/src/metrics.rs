//! What the server counts and measures of itself, for `/metrics`.
//!
//! No label is of a room, a person or an address, and each has only the few values that the code can give it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use shared::Code;

/// One label.
type By<V> = [(&'static str, V); 1];

/// Seconds, from a fast disk's sync to what nobody waits for.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Counters, and what they are written out from.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    commits: Histogram,
    committing: AtomicBool,
    /// Since when nothing can be stored.
    storage_failed: Mutex<Option<Instant>>,
    answers: Histogram,
    events: Counter,
    failures: Counter,
    refusals: Family<By<String>, Counter>,
    ended: Family<By<&'static str>, Counter>,
    requests: Family<[(&'static str, String); 2], Counter>,
    request_times: Family<By<&'static str>, Histogram, fn() -> Histogram>,
    files: Family<By<&'static str>, Gauge>,
    /// What is looked up whenever somebody asks.
    now: Vec<(&'static str, Gauge)>,
}

/// Figures that are looked up whenever somebody asks, and what they are. Those of the process have the names that every
/// Prometheus client gives them.
const NOW: [(&str, &str); 13] = [
    (
        "duiliao_streams_refuse",
        "Whether the streams of the cluster take nothing in, as where the JetStream store is full",
    ),
    (
        "duiliao_storage_failing",
        "Whether the newest batch could not be stored: the disk is full, or cannot be written",
    ),
    ("duiliao_ready", "Whether requests should come here: 0 while the server stops"),
    ("duiliao_sessions", "WebSocket connections"),
    ("duiliao_visits", "Connections that speak HTTP"),
    ("duiliao_rooms_loaded", "Rooms in memory"),
    ("duiliao_ledger_queue", "Requests that wait for the ledger"),
    ("duiliao_ledger_queue_max", "Requests that may wait for the ledger: beyond it sessions read no further"),
    ("duiliao_index_behind", "Records that are stored and not indexed"),
    ("process_start_time_seconds", "When the server started, in seconds since 1970"),
    ("process_resident_memory_bytes", "Memory that is resident"),
    ("process_open_fds", "Files and connections that are open"),
    ("process_max_fds", "Files and connections that may be open"),
];

impl Default for Metrics {
    fn default() -> Self {
        let times = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::default(),
            commits: times(),
            committing: AtomicBool::new(false),
            storage_failed: Mutex::default(),
            answers: times(),
            events: Counter::default(),
            failures: Counter::default(),
            refusals: Family::default(),
            ended: Family::default(),
            requests: Family::default(),
            request_times: Family::new_with_constructor(times as fn() -> Histogram),
            files: Family::default(),
            now: NOW.map(|(name, _)| (name, Gauge::default())).into(),
        };
        metrics.register();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        metrics.set("process_start_time_seconds", since.as_secs().cast_signed());
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        for ((name, what), (_, gauge)) in NOW.into_iter().zip(&self.now) {
            self.registry.register(name, what, gauge.clone());
        }
        let version: Family<By<&str>, Gauge> = Family::default();
        version.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        let ours = self.registry.sub_registry_with_prefix("duiliao");
        ours.register("build_info", "The version that runs", version);
        ours.register_with_unit(
            "commit",
            "How long a batch took to be on disk",
            Unit::Seconds,
            self.commits.clone(),
        );
        ours.register_with_unit(
            "answer",
            "From what a page asked of a room until it was on disk and answered",
            Unit::Seconds,
            self.answers.clone(),
        );
        ours.register("events", "Events stored", self.events.clone());
        ours.register("commit_failures", "Batches that could not be stored", self.failures.clone());
        ours.register("refusals", "What pages were refused, by code", self.refusals.clone());
        let what = "WebSocket connections that ended, by why: slow is who did not read";
        ours.register("sessions_ended", what, self.ended.clone());
        ours.register("requests", "HTTP requests, by what for and kind of answer", self.requests.clone());
        ours.register_with_unit(
            "request",
            "How long an HTTP answer took, by what for",
            Unit::Seconds,
            self.request_times.clone(),
        );
        ours.register_with_unit("file", "Size of a file of the data folder", Unit::Bytes, self.files.clone());
    }

    /// Commits a batch, and notes how long it took, or that it failed.
    ///
    /// # Errors
    /// What `commit` says.
    pub fn commit<E>(&self, commit: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let began = Instant::now();
        self.committing.store(true, Ordering::Relaxed);
        let committed = commit();
        self.committing.store(false, Ordering::Relaxed);
        match committed {
            Ok(()) => {
                self.commits.observe(began.elapsed().as_secs_f64());
                *self.storage_failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Err(_) => drop(self.failures.inc()),
        }
        committed
    }

    /// A batch could not be stored.
    pub fn fail_to_store(&self) {
        *self.storage_failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether the newest batch could not be stored, and that was a moment ago. It does not stay so for ever: who sends people
    /// elsewhere for it brings nothing that could be stored.
    pub fn is_storage_failing(&self) -> bool {
        const COUNTS_FOR: Duration = Duration::from_secs(30);
        let failed = *self.storage_failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|failed| failed.elapsed() < COUNTS_FOR)
    }

    /// Whether a commit has begun and has not ended.
    pub fn is_committing(&self) -> bool {
        self.committing.load(Ordering::Relaxed)
    }

    /// So many events were stored.
    pub fn stored(&self, events: usize) {
        self.events.inc_by(events as u64);
    }

    /// A page was answered so many milliseconds after it asked.
    pub fn answered(&self, after_ms: u64) {
        self.answers.observe(Duration::from_millis(after_ms).as_secs_f64());
    }

    /// A page was refused something.
    pub fn refused(&self, code: Code) {
        let code = serde_json::to_value(code).expect("a code is a word");
        self.refusals.get_or_create(&[("code", code.as_str().unwrap_or_default().to_owned())]).inc();
    }

    /// A WebSocket connection ended, for a reason of a closed set.
    pub fn ended(&self, why: &'static str) {
        self.ended.get_or_create(&[("why", why)]).inc();
    }

    /// A request for this path was answered with this status.
    pub fn requested(&self, path: &str, status: u16, took: Duration) {
        let route = route(path);
        let status = format!("{}xx", status / 100);
        self.requests.get_or_create(&[("route", route.to_owned()), ("status", status)]).inc();
        self.request_times.get_or_create(&[("route", route)]).observe(took.as_secs_f64());
    }

    /// Sets a figure that is looked up whenever somebody asks.
    ///
    /// # Panics
    /// If there is none of this name: that is a mistake in the program.
    pub fn set(&self, name: &'static str, value: i64) {
        let (_, gauge) = self.now.iter().find(|(of, _)| *of == name).expect("the names stand in one table");
        gauge.set(value);
    }

    /// Sets the size of one of our files.
    pub fn set_file(&self, file: &'static str, bytes: u64) {
        self.files.get_or_create(&[("file", file)]).set(bytes.cast_signed());
    }

    /// All of it, as OpenMetrics text.
    ///
    /// # Errors
    /// Never: a string takes everything.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What a path is for: one of a few words, whatever people ask for.
fn route(path: &str) -> &'static str {
    let mut parts = path.split('/').skip(1);
    match [(); 4].map(|()| parts.next()) {
        [Some(""), None, ..] | [Some("r"), Some(_), None, _] => "page",
        [Some("ws"), None, ..] => "ws",
        [Some("api"), Some("rooms"), Some(_), Some("events")] => "events",
        [Some("api"), Some("rooms"), Some(_), Some("reads")] => "reads",
        [Some("api"), Some("rooms"), Some(_), Some("search")] => "search",
        [Some("api"), Some("rooms"), Some(_), Some("export")] | [Some("export"), ..] => "export",
        [Some("api"), Some("rooms"), Some(_), Some("pair")] => "pairing_code",
        [Some("api"), Some("rooms"), Some(_), Some("backup")] => "backup",
        [Some("api"), Some("rooms"), ..] => "rooms",
        [Some("api"), Some("pair"), None, _] => "pair",
        [Some("api"), Some("pinyin"), ..] => "pinyin",
        [Some("healthz" | "readyz" | "metrics"), None, ..] => "health",
        _ => "file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_is_one_of_a_few_words() {
        for (path, route) in [
            ("/", "page"),
            ("/r/7Yc3mVbq9sT1kLwXeRzP4n", "page"),
            ("/ws", "ws"),
            ("/api/rooms", "rooms"),
            ("/api/rooms/7Yc3mVbq9sT1kLwXeRzP4n/search", "search"),
            ("/export/secret", "export"),
            ("/readyz", "health"),
            ("/r/7Yc3mVbq9sT1kLwXeRzP4n/secret", "file"),
            ("//secret", "file"),
            ("", "file"),
        ] {
            assert_eq!(super::route(path), route, "{path}");
        }
    }

    #[test]
    fn what_was_measured_is_written_out() {
        let metrics = Metrics::default();
        metrics.commit(|| Ok::<_, fmt::Error>(())).unwrap();
        metrics.commit(|| Err(fmt::Error)).unwrap_err();
        metrics.refused(Code::TooFast);
        metrics.requested("/api/rooms/x/search", 200, Duration::from_millis(3));
        metrics.set("duiliao_sessions", 7);
        metrics.set_file("log", 4_096);
        let text = metrics.text().unwrap();
        for line in [
            "duiliao_commit_seconds_count 1",
            "duiliao_commit_failures_total 1",
            "duiliao_refusals_total{code=\"too_fast\"} 1",
            "duiliao_requests_total{route=\"search\",status=\"2xx\"} 1",
            "duiliao_request_seconds_bucket{le=\"0.005\",route=\"search\"} 1",
            "duiliao_sessions 7",
            "duiliao_file_bytes{file=\"log\"} 4096",
            "# EOF",
        ] {
            assert!(text.lines().any(|there| there == line), "{line}:\n{text}");
        }
    }
}
