//! Runs a server: starts its parts in order, and stops them in the order that loses nothing.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread::{JoinHandle, available_parallelism};

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

use crate::archive::follower::Follower;
use crate::config::{CUT_OFF_AFTER, Config, LOOK_EVERY, millis};
use crate::edge::Edge;
use crate::http::accept::accept;
use crate::http::ajar::ajar;
use crate::ledger::Ledger;
use crate::ledger::jetstream::{Cluster, ClusterError, Following, Progress};
use crate::ledger::writer::Writer;
use crate::rooms::Rooms;
use crate::services::Services;
use crate::store::LogError;
use crate::store::index::Index;
use crate::store::log::{self, Log};

/// Why a server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The log stands in the way.
    #[error(transparent)]
    Log(#[from] LogError),
    /// This node cannot be one of its cluster's.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The ledger's thread, or the follower's, did not end well.
    #[error("the ledger has panicked")]
    Ledger,
}

/// The runtime for a server.
///
/// Of thousands of connections that say something only some are read at a time, and the rest when those have proposed: so what is
/// answered is still in the caches (`bench compare --only "2,000 pairs, one"`).
///
/// # Errors
/// If the system gives no files for it.
pub fn runtime() -> io::Result<Runtime> {
    // With one core there is nobody to share tasks with, and to be ready for it has its price.
    let mut builder = match available_parallelism() {
        Ok(NonZero::<usize>::MIN) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    // Whoever reads calls for a courier, a timer, perhaps another session: they come before what is read next.
    builder.enable_all().max_io_events_per_tick(EVENTS as usize).event_interval(2 * EVENTS).build()
}

/// Serves on `listener` until `shutdown`; then says goodbye to every connection and flushes the log.
///
/// # Errors
/// If the data folder cannot be used.
pub async fn run(
    listener: TcpListener,
    config: Config,
    edge: Edge,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    run_until(listener, config, edge, CancellationToken::new(), shutdown).await
}

/// As [`run`], and ends at once where `stop` is cancelled before everything has started. `shutdown` is polled only once it has.
/// What still reads the data folder then goes on in threads of the runtime, until they are through or the process ends.
///
/// # Errors
/// If the data folder cannot be used.
pub async fn run_until(
    listener: TcpListener,
    config: Config,
    edge: Edge,
    stop: CancellationToken,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let edge = Arc::new(edge);
    let rooms = Arc::new(Rooms::default());
    let (finish, ended) = (CancellationToken::new(), CancellationToken::new());
    let data = config.data.clone();
    let opening = tokio::task::spawn_blocking(move || open(&data));
    let starting = || "starting".to_owned();
    let Some((opened, mut early)) = stop.run_until_cancelled(ajar(&listener, starting, opening)).await else {
        return stopped_early();
    };
    let (mut log, follower) = opened.map_err(|_| ServeError::Ledger)??;
    let cluster = match &config.nats {
        Some(nats) => {
            let joining = ajar(&listener, starting, Box::pin(Cluster::join(nats, &mut log, &edge)));
            let Some((joined, meanwhile)) = stop.run_until_cancelled(joining).await else {
                return stopped_early();
            };
            early.extend(meanwhile);
            Some(Arc::new(joined?))
        }
        None if log.is_clustered() => return Err(ClusterError::Alone.into()),
        None => None,
    };
    let (following, indexing) = follower.start(ended.clone().drop_guard())?;
    let index = Index::open(&config.data).map_err(LogError::from)?;
    let parts = (log, index, following);
    let writer = Writer::new(parts, config.clone(), Arc::clone(&edge), Arc::clone(&rooms))?;
    let ends = (finish.clone(), ended.clone().drop_guard());
    let (ledger, thread) = match cluster {
        None => Ledger::start(writer, ends)?,
        Some(cluster) => {
            let progress = Arc::<Progress>::default();
            let (caught_up, catching_up) = oneshot::channel();
            let told = Arc::clone(&progress);
            let started = Ledger::follow(writer, Following { cluster, progress }, ends, caught_up)?;
            let catching_up = ajar(&listener, move || told.to_string(), catching_up);
            let Some((came, meanwhile)) = stop.run_until_cancelled(catching_up).await else {
                finish.cancel();
                let ended = finished(started.1, indexing).await;
                return ended.and_then(|()| stopped_early());
            };
            early.extend(meanwhile);
            if came.is_err() {
                return Err(finished(started.1, indexing).await.err().unwrap_or(ServeError::Ledger));
            }
            started
        }
    };
    let mut couriers = JoinSet::new();
    for _ in 0..Handle::current().metrics().num_workers() {
        let (rooms, ledger) = (Arc::clone(&rooms), ledger.clone());
        couriers.spawn(async move { rooms.courier.work(|| ledger.is_busy()).await });
    }
    let drain_within = config.drain_within;
    let services = Arc::new(Services::new(config, edge, rooms, ledger)?);
    let (sessions, visits) = (services.sessions.clone(), services.visits.clone());
    say_started(&listener, &services)?;

    let accepting = tokio::spawn(accept(listener, early, Arc::clone(&services)));
    tokio::select! {
        () = shutdown => {}
        // Without a ledger nobody could join: better to stop, and be started again.
        () = ended.cancelled() => tracing::error!("the ledger or its follower has ended"),
        Some(_) = couriers.join_next() => tracing::error!("a courier has ended"),
        never = cut_off(&services) => match never {},
    }
    let stopping = Instant::now();
    let (open, waiting) = (sessions.len(), visits.len());
    tracing::info!(connections = open + waiting, sessions = open, visits = waiting, "stopping");
    services.stopping.cancel();
    services.staying.end();
    drop(services);
    // It has ended before it is waited for whom it took in.
    let listener = accepting.await;
    let goodbyes = async {
        for connections in [&visits, &sessions] {
            connections.close();
            connections.wait().await;
        }
    };
    let goodbyes = tokio::time::timeout(drain_within, goodbyes);
    let drained = match &listener {
        Ok(listener) => ajar(listener, || "stopping".to_owned(), goodbyes).await.0,
        Err(_) => goodbyes.await,
    };
    if drained.is_err() {
        let left = sessions.len() + visits.len();
        tracing::warn!(left, "some connections did not hear the goodbye");
    }
    finish.cancel();
    let ended = finished(thread, indexing).await;
    tracing::info!(ms = millis(stopping.elapsed()), "stopped");
    ended
}

/// Writes down what runs, and how.
fn say_started(listener: &TcpListener, services: &Services) -> Result<(), ServeError> {
    let (format, rooms) = services.archive.summary()?;
    let listen = listener.local_addr().map_err(LogError::from)?;
    let Config { data, options, .. } = &services.config;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        commit = env!("SOURCE_COMMIT"),
        %listen,
        data = %data.display(),
        format,
        rooms,
        options,
        "started"
    );
    Ok(())
}

/// Says goodbye where there is nobody to say it to.
fn stopped_early() -> Result<(), ServeError> {
    tracing::info!("stopped before everything had started");
    Ok(())
}

/// Where this node is cut off from the others, its people are better off elsewhere: they are told to come again, and others
/// take them in.
async fn cut_off(services: &Services) -> Infallible {
    if services.config.nats.is_none() {
        return pending().await;
    }
    let (mut looks, mut in_touch) = (interval(LOOK_EVERY), Instant::now());
    loop {
        let now = looks.tick().await;
        if services.ledger.is_in_touch() {
            in_touch = now;
        } else if in_touch + CUT_OFF_AFTER <= now {
            in_touch = now;
            services.staying.send_away();
        }
    }
}

/// Waits for the two threads.
async fn finished(
    ledger: JoinHandle<Result<(), ClusterError>>,
    follower: JoinHandle<()>,
) -> Result<(), ServeError> {
    let ended = tokio::task::spawn_blocking(move || (ledger.join(), follower.join())).await;
    match ended {
        Ok((Ok(ended), Ok(()))) => Ok(ended?),
        Ok(_) | Err(_) => Err(ServeError::Ledger),
    }
}

/// Events that are taken from the system at a time: connections on which something came, nearly all of them. With 256 what they need does
/// not fit into a megabyte of cache.
const EVENTS: u32 = 128;

/// Log and index, the index followed up to the log's end: that may take minutes where it is made anew.
fn open(data: &Path) -> Result<(Log, Follower), LogError> {
    let is_new = !data.join(log::FILE).exists();
    let log = Log::open(data)?;
    if is_new {
        tracing::info!(data = %data.display(), "a new data folder was made");
    }
    let mut follower = Follower::open(data, &log)?;
    follower.catch_up()?;
    Ok((log, follower))
}
