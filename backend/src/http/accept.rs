//! The door: takes connections in, says whose each request is, and turns away who has or asks too much. What the answers are
//! is the routes' business.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use shared::{Code, Problem};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use warp::http::header::RANGE;
use warp::http::{Request, StatusCode};
use warp::reply::Response;

use crate::address::{Address, Guest, Visitor, client, is_own};
use crate::config::{ACCEPT_PAUSE, HTTP_BUFFER, TURNED_AWAY, TURNED_AWAY_FOR};
use crate::services::Services;
use crate::session::linger;

use super::ajar::Caller;
use super::handshake::host_known;
use super::patient::Patient;
use super::problem::{OTHER_HOST, bad_request, problem, too_fast};
use super::{guards, page, routes};

/// Takes connections in until the server stops, first those that came before it had started. Gives the listener back.
pub async fn accept(listener: TcpListener, early: Vec<Caller>, services: Arc<Services>) -> TcpListener {
    let routes = TowerToHyperService::new(warp::service(routes(Arc::clone(&services))));
    let stop = services.stopping.clone();
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut early = early.into_iter();
    loop {
        let accepted = match early.next() {
            Some(caller) => Ok(caller),
            None => tokio::select! {
                () = stop.cancelled() => return listener,
                accepted = listener.accept() => accepted,
            },
        };
        match accepted {
            Ok((stream, peer)) => match Visit::admit(peer, &routes, &services) {
                Some(visit) => drop(services.visits.spawn(visit.serve(stream))),
                None => {
                    if let Ok(turn) = Arc::clone(&turned_away).try_acquire_owned() {
                        services.visits.spawn(turn_away(stream, turn));
                    }
                }
            },
            // Whoever knocked is gone again.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "nobody can be taken in");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A connection that was taken in.
struct Visit<S> {
    peer: SocketAddr,
    /// Counts the connection; nothing where it is a proxy's, which has many visitors.
    guest: Option<Arc<Guest>>,
    first: Mutex<First>,
    routes: S,
    services: Arc<Services>,
}

/// The first request.
enum First {
    /// Its head is not complete. Counts that; for a proxy nothing does.
    Awaited(#[expect(dead_code, reason = "it counts until it is dropped")] Option<Guest>),
    Heard,
}

impl<S> Visit<S>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    /// Nothing if the address has too many.
    fn admit(peer: SocketAddr, routes: &S, services: &Arc<Services>) -> Option<Self> {
        let ip = peer.ip().to_canonical();
        let (guest, handshake) = if services.config.proxies.iter().any(|proxy| proxy.contains(&ip)) {
            (None, None)
        } else {
            let (doors, address) = (&services.doors, Address::of(ip));
            (Some(Arc::new(doors.connections.enter(address)?)), Some(doors.handshakes.enter(address)?))
        };
        let first = Mutex::new(First::Awaited(handshake));
        Some(Self { peer, guest, first, routes: routes.clone(), services: Arc::clone(services) })
    }

    async fn serve(self, stream: TcpStream) {
        // Otherwise a small frame would wait until the one before is acknowledged.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let (stop, config) = (self.services.stopping.clone(), &self.services.config);
        let head_within = config.head_within;
        let stream = Patient::new(stream, config.write_within, stop.clone());
        let visit = Arc::new(self);
        let answering = {
            let visit = Arc::clone(&visit);
            service_fn(move |request| {
                let visit = Arc::clone(&visit);
                async move { Ok::<_, Infallible>(visit.answer(request).await) }
            })
        };
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_within)
            .max_buf_size(HTTP_BUFFER)
            .serve_connection(TokioIo::new(stream), answering)
            .with_upgrades();
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stop.cancelled() => {
                if matches!(*visit.first(), First::Awaited(_)) {
                    return;
                }
                std::pin::Pin::new(&mut connection).graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    fn first(&self) -> MutexGuard<'_, First> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response {
        *self.first() = First::Heard;
        // Nothing here is worth a piece of it, and how warp counts them ends in a panic where the last byte is 2^64 - 1.
        request.headers_mut().remove(RANGE);
        let services = &self.services;
        let ip = client(self.peer.ip(), request.headers(), &services.config.proxies);
        if self.guest.is_some() {
            services.doors.look_for_proxy(self.peer.ip(), request.headers());
        }
        let (path, began) = (request.uri().path().to_owned(), Instant::now());
        let is_own = is_own(ip, self.peer.ip(), request.headers(), &services.config.proxies);
        let visitor = Visitor { ip, is_own, guest: self.guest.clone() };
        let doors = &services.doors;
        let pace = if page::is_of_page(&path) { &doors.files } else { &doors.requests };
        let mut response = match pace.take(&visitor.address()) {
            Err(wait_ms) => too_fast(wait_ms),
            Ok(()) if !host_known(request.headers(), &services.config.hosts) => {
                bad_request(StatusCode::MISDIRECTED_REQUEST, OTHER_HOST)
            }
            Ok(()) => {
                request.extensions_mut().insert(visitor);
                match timeout(services.config.answer_within, self.routes.call(request)).await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_) => problem(StatusCode::REQUEST_TIMEOUT, Code::Overloaded),
                }
            }
        };
        services.ledger.metrics().requested(&path, response.status().as_u16(), began.elapsed());
        guards::put(response.headers_mut());
        if guards::is_private(&path) {
            guards::hide_from_search(response.headers_mut());
        }
        response
    }
}

/// Tells somebody whose address has too many connections to come again, whatever the request will be.
async fn turn_away(mut stream: TcpStream, _turn: OwnedSemaphorePermit) {
    let seconds = TURNED_AWAY_FOR.as_secs();
    let body = serde_json::to_string(&Problem::from(Code::TooFast)).expect("it is plain data");
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: {seconds}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        linger(&mut stream).await;
    }
}
