//! The WebSocket's handshake: who is let in, and how the connection is taken from the HTTP server.

use std::io;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use warp::http::{self, HeaderMap, StatusCode, header};
use warp::reply::{Reply, Response};

use crate::address::Visitor;
use crate::config::{Config, TURNED_AWAY_FOR, millis};
use crate::logging::excerpt;
use crate::origin::{AllowedOrigin, HostName, HostPort, Origin};
use crate::services::Services;
use crate::session::{self, Arrival, Line};

use super::paced::Paced;
use super::patient::Patient;
use super::problem::too_fast;
use super::straight::Straight;

/// Answers `GET /ws`; if the answer is 101, a session begins.
pub(super) fn answer(
    headers: &HeaderMap,
    room: Option<String>,
    upgrade: Option<OnUpgrade>,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    let Some((key, upgrade)) = spoken(headers).zip(upgrade) else {
        const SENTENCE: &str =
            "speak the WebSocket protocol of RFC 6455, version 13; older drafts are not spoken\n";
        return text(http::Response::builder().status(StatusCode::UPGRADE_REQUIRED), SENTENCE);
    };
    if !origin_allowed(headers, &services.config.origins) {
        let origin = value(headers, header::ORIGIN).map(excerpt);
        tracing::warn!(origin, "a page of another origin was refused");
        const SENTENCE: &str = "pages of this origin may not connect here\n";
        return text(http::Response::builder().status(StatusCode::FORBIDDEN), SENTENCE);
    }
    if !services.ledger.is_in_touch() {
        // A proxy sends the page to another node.
        const SENTENCE: &str = "this node is cut off from the others\n";
        return text(http::Response::builder().status(StatusCode::SERVICE_UNAVAILABLE), SENTENCE);
    }
    let Ok(visitor) = visitor.map(|visitor| counted(visitor, &services)).transpose() else {
        return too_fast(millis(TURNED_AWAY_FOR));
    };
    let (accept, room) = (derive_accept_key(key.as_bytes()), room.map(Into::into));
    let arrival = Arrival { room, visitor };
    let sessions = services.sessions.clone();
    sessions.spawn(async move {
        match take(upgrade, &services.config).await {
            // A task of its own: this one's memory is given back.
            Ok(line) => drop(services.sessions.clone().spawn(session::run(line, services, arrival))),
            Err(error) => tracing::debug!(%error, "a connection was lost in its handshake"),
        }
    });
    http::Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body("")
        .into_response()
}

/// The address has too many connections.
struct TooMany;

/// Counts a connection that is counted for nobody yet: it is a proxy's.
fn counted(visitor: Visitor, services: &Services) -> Result<Visitor, TooMany> {
    if visitor.guest.is_some() {
        return Ok(visitor);
    }
    let guest = services.doors.connections.enter(visitor.address()).ok_or(TooMany)?;
    Ok(Visitor { guest: Some(Arc::new(guest)), ..visitor })
}

/// 16 bytes in base64.
const KEY_LENGTH: usize = 24;

/// The key of a handshake of the protocol we speak.
fn spoken(headers: &HeaderMap) -> Option<&str> {
    let is_upgrade = value(headers, header::UPGRADE)?.eq_ignore_ascii_case("websocket");
    let draft = headers.contains_key("sec-websocket-key1") || headers.contains_key("sec-websocket-key2");
    let version = value(headers, header::SEC_WEBSOCKET_VERSION)?;
    let key = value(headers, header::SEC_WEBSOCKET_KEY)?;
    let connection = value(headers, header::CONNECTION)?;
    let asked = connection.split(',').any(|option| option.trim().eq_ignore_ascii_case("upgrade"));
    (is_upgrade && asked && !draft && version.trim() == "13" && key.len() == KEY_LENGTH).then_some(key)
}

/// Whether the page that asks, if it is one, is of this host or of an allowed origin. Others than browsers send no origin and
/// are not asked.
pub(super) fn origin_allowed(headers: &HeaderMap, allowed: &[AllowedOrigin]) -> bool {
    // Of two hosts only one can be ours, and who knows which (RFC 9112, section 3.2).
    if 1 < headers.get_all(header::HOST).iter().count() {
        return false;
    }
    let host = value(headers, header::HOST).and_then(|host| host.parse().ok());
    // Of several origins each must be allowed, and one that is not readable is none of ours.
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Origin>().ok());
        origin.is_some_and(|origin| origin.may_connect(host.as_ref(), allowed))
    })
}

/// Whether a request is under a name that the server is reached by. Somebody may have his own name point here, so that his page
/// is of this host for the browser that loads it; nobody can do so with an address. Any name will do if there are none.
pub(super) fn host_known(headers: &HeaderMap, names: &[HostName]) -> bool {
    let known = |host: &str| {
        let host = host.parse::<HostPort>();
        host.is_ok_and(|host| host.host().is_local() || names.contains(host.host()))
    };
    names.is_empty() || headers.get_all(header::HOST).iter().all(|host| host.to_str().is_ok_and(known))
}

/// Takes the TCP connection back from the HTTP server, with small buffers, to be read at a pace.
async fn take(upgrade: OnUpgrade, config: &Config) -> io::Result<Line> {
    let upgraded = upgrade.await.map_err(io::Error::other)?;
    let parts = upgraded
        .downcast::<TokioIo<Patient>>()
        .map_err(|_| io::Error::other("the connection is not the listener's"))?;
    let (read, write) = parts.io.into_inner().into_inner().into_split();
    let (read, ahead) = (Paced::new(read, config, &parts.read_buf), parts.read_buf.to_vec());
    Ok(Line { read, write: Straight::new(write), ahead })
}

fn value(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn text(response: http::response::Builder, sentence: &'static str) -> Response {
    response
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::CONNECTION, "close")
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(sentence)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_knows_its_names_answers_under_no_other() {
        let names = ["chat.example", "聊天.中国"].map(|name| name.parse().unwrap());
        let known = |host: &[u8]| {
            let host = http::HeaderValue::from_bytes(host).unwrap();
            host_known(&HeaderMap::from_iter([(header::HOST, host)]), &names)
        };
        for host in [
            "chat.example",
            "Chat.Example:443",
            "chat.example.",
            "xn--rss932g.xn--fiqs8s",
            "127.0.0.1:8082",
            "[::1]:8082",
            "localhost:8082",
        ] {
            assert!(known(host.as_bytes()), "{host}");
        }
        for host in [
            "evil.example",
            "chat.example.evil.example",
            "x@evil.example",
            "",
            "a b",
            "127.0.0.1.evil.example",
        ] {
            assert!(!known(host.as_bytes()), "{host}");
        }
        assert!(!known(b"\xff"));
        assert!(host_known(
            &HeaderMap::from_iter([(header::HOST, http::HeaderValue::from_static("any"))]),
            &[]
        ));
    }
}
