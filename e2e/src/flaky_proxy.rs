//! A TCP proxy between a window and the server that fails in the ways a network does, while the server runs.
//!
//! It closes connections, stays silent on them, or answers requests itself as an HTTP proxy with a dead upstream does.

use std::fmt;

use tokio::io::{self, AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::server::Server;

/// How connections are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Bytes pass in both directions.
    Forward,
    /// Every connection is closed.
    Cut,
    /// Connections stay open, but no byte passes.
    Swallow,
    /// Connections stay open, but no byte passes from the server to the page.
    SwallowReplies,
    /// Connections are closed; each new one gets an HTTP response with this status.
    Respond(u16),
    /// Connections are closed; new ones pass, but the server has no file that is part of the page.
    HideParts,
}

/// TCP proxy on a port of its own. Browsers treat it as another origin, so it shares no storage with the server's.
pub struct FlakyProxy {
    url: String,
    mode: watch::Sender<Mode>,
    _runtime: Runtime,
}

impl FlakyProxy {
    /// Starts a proxy to `server`.
    ///
    /// # Panics
    /// When there is no free port.
    #[track_caller]
    pub fn start(server: &Server) -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("tokio starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("there is a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let (mode, current) = watch::channel(Mode::Forward);
        let server = server.address().to_owned();
        runtime.spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                // A connection that fails is the page's to notice.
                tokio::spawn(serve(page, server.clone(), current.clone()));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}"), mode, _runtime: runtime }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Replaces the origin of a room link, so that it leads through this proxy.
    ///
    /// # Panics
    /// When `link` is no room link.
    #[track_caller]
    pub fn rewrite_link(&self, link: &str) -> String {
        let (_, path) = link.split_once("/r/").unwrap_or_else(|| panic!("{link} is no link of a room"));
        format!("{}/r/{path}", self.url)
    }

    /// Closes every connection, and each new one at once.
    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    /// Keeps every connection open and accepts new ones, but passes no byte in either direction.
    ///
    /// A connection that was swallowed stays so after [`FlakyProxy::mend`], because bytes of it are lost.
    pub fn swallow(&self) {
        self.mode.send_replace(Mode::Swallow);
    }

    /// As [`FlakyProxy::swallow`], but what the page sends still reaches the server.
    pub fn swallow_replies(&self) {
        self.mode.send_replace(Mode::SwallowReplies);
    }

    /// Closes every connection, and answers each request on a new one with this HTTP status.
    pub fn respond_with(&self, status: u16) {
        self.mode.send_replace(Mode::Respond(status));
    }

    /// Closes every connection, and asks the server for other names where the page asks for its script or its program:
    /// as after a deploy, the page names parts that are gone.
    pub fn hide_parts(&self) {
        self.mode.send_replace(Mode::HideParts);
    }

    /// Forwards new connections again.
    pub fn mend(&self) {
        self.mode.send_replace(Mode::Forward);
    }
}

/// Serves one connection of the page until either side closes it or the mode says so.
async fn serve(mut page: TcpStream, server: String, mut mode: watch::Receiver<Mode>) -> io::Result<()> {
    let first = *mode.borrow_and_update();
    match first {
        Mode::Cut => return Ok(()),
        Mode::Respond(status) => {
            // A browser opens connections ahead of its requests: they may outlive the mode.
            return tokio::select! {
                _ = mode.wait_for(|mode| *mode != first) => Ok(()),
                responded = respond(page, status) => responded,
            };
        }
        Mode::Forward | Mode::Swallow | Mode::SwallowReplies | Mode::HideParts => {}
    }
    let mut server = TcpStream::connect(server).await?;
    if first == Mode::HideParts {
        return tokio::select! {
            _ = mode.wait_for(|mode| *mode != Mode::HideParts) => Ok(()),
            forwarded = forward_without_parts(page, server) => forwarded,
        };
    }
    let failure = tokio::select! {
        biased;
        changed = mode.wait_for(|mode| *mode != Mode::Forward) => *changed.map_err(io::Error::other)?,
        _ = copy_bidirectional(&mut page, &mut server) => return Ok(()),
    };
    let ((mut from_page, _to_page), (mut from_server, mut to_server)) = (page.split(), server.split());
    let swallow = async {
        match failure {
            // The server side stays open, as it does when a line fails without a sign.
            Mode::Swallow => discard(&mut from_page).await,
            Mode::SwallowReplies => {
                tokio::select! {
                    copied = io::copy(&mut from_page, &mut to_server) => copied.map(drop),
                    discarded = discard(&mut from_server) => discarded,
                }
            }
            Mode::Forward | Mode::Cut | Mode::Respond(_) | Mode::HideParts => Ok(()),
        }
    };
    tokio::select! {
        _ = mode.wait_for(|mode| matches!(mode, Mode::Cut | Mode::Respond(_) | Mode::HideParts)) => Ok(()),
        swallowed = swallow => swallowed,
    }
}

/// Forwards a connection, but replaces the names of the page's parts in its requests.
async fn forward_without_parts(mut page: TcpStream, mut server: TcpStream) -> io::Result<()> {
    let ((mut from_page, mut to_page), (mut from_server, mut to_server)) = (page.split(), server.split());
    let requests = async {
        let mut bytes = vec![0; 16 * 1024];
        loop {
            // A browser sends the line of a request in one piece.
            let count = from_page.read(&mut bytes).await?;
            if count == 0 {
                return Ok(());
            }
            let request = String::from_utf8_lossy(&bytes[..count]).replace(" /page-", " /gone-");
            to_server.write_all(request.as_bytes()).await?;
        }
    };
    tokio::select! {
        sent = requests => sent,
        replied = io::copy(&mut from_server, &mut to_page) => replied.map(drop),
    }
}

/// Reads to the end and drops what is read.
async fn discard(stream: &mut (impl io::AsyncRead + Unpin)) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).await.map(drop)
}

/// Answers one request and closes the connection.
async fn respond(mut page: TcpStream, status: u16) -> io::Result<()> {
    // The head of a request from a browser without a body fits into one read.
    let mut request = vec![0; 16 * 1024];
    let _ = page.read(&mut request).await?;
    let body = format!("<!doctype html><title>{status}</title><h1>{status}</h1>");
    let head = format!(
        "HTTP/1.1 {status} Failed\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    page.write_all([head, body].concat().as_bytes()).await?;
    page.shutdown().await
}

impl fmt::Debug for FlakyProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flaky proxy at {}", self.url)
    }
}
