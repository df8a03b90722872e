//! `POST /api/rooms/{room}/export`: an address from which the room's host fetches it, soon. It is good
//! until the file was sent whole: whose download broke off tries again.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use shared::{Code, ExportAs, Millis, Names, RoomId, Seq};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::{self, Reply as _, Response};

use crate::address::{Guest, Visitor};
use crate::archive::Archive;
use crate::archive::settled::settled;
use crate::config::{EXPORT_WITHIN, EXPORTS_MAX, TURNED_AWAY_FOR, millis};
use crate::export::{About, Export, file_name};
use crate::former::all_names;
use crate::reach::find;
use crate::room::Room;
use crate::room::proposal::Standing;
use crate::room::seal::TokenHash;
use crate::room::tail::Entry;
use crate::services::Services;
use crate::store::LogError;

use super::api::{bearer, enter, object, status};
use super::handshake::origin_allowed;
use super::problem::{BAD_BODY, OTHER_ORIGIN, bad_request, problem, too_fast};

/// In which form it is wished.
#[derive(Debug, Deserialize)]
struct Wish {
    #[serde(rename = "as")]
    form: ExportAs,
}

/// The exports of a server.
#[derive(Debug)]
pub struct Exports {
    /// Those that were asked for and are not sent whole yet, by their key: at most [`EXPORTS_MAX`].
    tickets: Mutex<HashMap<String, Ticket>>,
    /// Who may be sent one now.
    turns: Arc<Semaphore>,
    /// Log and index, for them alone: nobody else waits for what they read.
    pub(crate) archive: Archive,
}

impl Exports {
    /// Of the log in `folder`, so many at a time; the ledger and the follower must have made it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path, at_once: usize) -> Result<Self, LogError> {
        let turns = Arc::new(Semaphore::new(at_once));
        Ok(Self { tickets: Mutex::default(), turns, archive: Archive::open(folder)? })
    }
}

/// Being sent one, until it is dropped.
struct Turn {
    _turn: OwnedSemaphorePermit,
    _guest: Option<Guest>,
}

impl Turn {
    /// Nothing if there are too many, of this visitor or at all.
    fn take(visitor: Option<&Visitor>, services: &Services) -> Option<Self> {
        let guest = match visitor {
            Some(visitor) => Some(services.doors.exports.enter(visitor.address())?),
            None => None,
        };
        let turn = Arc::clone(&services.exports.turns).try_acquire_owned().ok()?;
        Some(Self { _turn: turn, _guest: guest })
    }
}

#[derive(Debug, Clone)]
struct Ticket {
    room: RoomId,
    life: i64,
    host: Standing,
    /// Of the token that it was asked for with.
    token: TokenHash,
    form: ExportAs,
    /// As uptime.
    until: Millis,
    /// Counts it for the address that asked for it.
    _guest: Option<Arc<Guest>>,
}

/// Says where the export is to be fetched.
pub(super) async fn ask(
    room: String,
    headers: HeaderMap,
    body: Bytes,
    visitor: Option<Visitor>,
    services: Arc<Services>,
) -> Response {
    if !origin_allowed(&headers, &services.config.origins) {
        return bad_request(StatusCode::FORBIDDEN, OTHER_ORIGIN);
    }
    let Some(Wish { form }) = object(&headers, &body) else {
        return bad_request(StatusCode::BAD_REQUEST, BAD_BODY);
    };
    match ticket(&room, &headers, form, visitor.as_ref(), &services).await {
        Ok(key) => reply::json(&shared::Export { url: format!("/export/{key}") }).into_response(),
        Err(Code::TooFast) => too_fast(millis(TURNED_AWAY_FOR)),
        Err(code) => problem(status(code), code),
    }
}

async fn ticket(
    room: &str,
    headers: &HeaderMap,
    form: ExportAs,
    visitor: Option<&Visitor>,
    services: &Arc<Services>,
) -> Result<String, Code> {
    let (room, host) = enter(room, headers, services).await?;
    let token = TokenHash::of(&bearer(headers)?);
    if !room.is_host_token(&token) {
        return Err(Code::NotHost);
    }
    let now = services.edge.uptime();
    let until = Millis(now.0.saturating_add(millis(EXPORT_WITHIN)));
    let key = bs58::encode(services.edge.random::<16>()).into_string();
    let mut tickets = services.exports.tickets.lock().unwrap_or_else(PoisonError::into_inner);
    // Who asks again fetches the new one: no host holds more than one of each form.
    tickets.retain(|_, ticket| now < ticket.until && (ticket.room, ticket.form) != (room.id(), form));
    if tickets.len() >= EXPORTS_MAX {
        return Err(Code::Overloaded);
    }
    let enter = |visitor: &Visitor| services.doors.export_tickets.enter(visitor.address());
    let guest = visitor.map(|visitor| enter(visitor).map(Arc::new).ok_or(Code::TooFast)).transpose()?;
    let ticket = Ticket { room: room.id(), life: room.life(), host, token, form, until, _guest: guest };
    tickets.insert(key.clone(), ticket);
    Ok(key)
}

/// `GET /export/{key}`: the file, if it was asked for just now and was not sent whole yet. `HEAD` says what it
/// would be.
pub(super) async fn fetch(key: String, visitor: Option<Visitor>, services: Arc<Services>) -> Response {
    let Some(turn) = Turn::take(visitor.as_ref(), &services) else {
        return too_fast(millis(TURNED_AWAY_FOR));
    };
    let Some((room, Ticket { host, token, form, .. })) = find_ticket(&key, &services).await else {
        return reply::with_status("there is nothing here\n", StatusCode::NOT_FOUND).into_response();
    };
    let about = About::new(&room, host, services.edge.now());
    let (kind, disposition) = file_name::headers(form, room.id(), about.title.as_deref(), about.at);
    let (after, last) = (Seq(about.first.0.saturating_sub(1)), about.last);
    let names = match form {
        ExportAs::Jsonl => Ok(Names::new()),
        ExportAs::Html => all_names(&room, &services).await,
    };
    let export = match names {
        Ok(names) => Export::new(about, form, names),
        Err(code) => return problem(status(code), code),
    };
    let state = State::Head;
    let pieces = pieces(Pieces {
        services,
        room,
        holder: (host, token),
        key,
        export,
        after,
        last,
        state,
        _turn: turn,
    });
    let mut response = reply::stream(pieces).into_response();
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).expect("a kind and a name are ASCII");
    headers.insert(header::CONTENT_TYPE, value(kind));
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition));
    headers.insert(header::CACHE_CONTROL, value("no-store"));
    response
}

/// The ticket of this key, and its room.
async fn find_ticket(key: &str, services: &Services) -> Option<(Arc<Room>, Ticket)> {
    let ticket = services.exports.tickets.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
    let ticket = ticket.filter(|ticket| services.edge.uptime() < ticket.until)?;
    let room = find(&ticket.room.to_string(), services).await.ok()?;
    let same = room.life() == ticket.life && holds(&room, (ticket.host, ticket.token), services);
    same.then_some((room, ticket))
}

/// Whether the room is there, its host sits in it, and the token is one of its devices'.
fn holds(room: &Room, (host, token): (Standing, TokenHash), services: &Services) -> bool {
    let view = room.snapshot().view;
    services.rooms.get(room.id()).is_some_and(|there| there.life() == room.life())
        && view.roster.holds(host)
        && view.roster.is_device(host.member, &token)
}

/// An export that is being sent: read piece by piece, as fast as it is taken.
struct Pieces {
    services: Arc<Services>,
    room: Arc<Room>,
    /// The host, and the token that it showed.
    holder: (Standing, TokenHash),
    key: String,
    export: Export,
    after: Seq,
    last: Seq,
    state: State,
    _turn: Turn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Events,
    Over,
    BrokenOff,
}

fn pieces(pieces: Pieces) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    unfold(pieces, |mut pieces| async move {
        let piece = pieces.next().await?;
        if piece.is_err() {
            pieces.state = State::BrokenOff;
        }
        Some((piece.map(Bytes::from), pieces))
    })
}

impl Pieces {
    async fn next(&mut self) -> Option<io::Result<String>> {
        match self.state {
            State::Head => {
                self.state = State::Events;
                Some(Ok(self.export.head()))
            }
            State::Events if self.after < self.last => Some(self.events().await),
            State::Events => {
                self.state = State::Over;
                Some(Ok(self.export.tail()))
            }
            State::BrokenOff => None,
            // What came before has been handed to the connection by now.
            State::Over => {
                let tickets = &self.services.exports.tickets;
                tickets.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
                None
            }
        }
    }

    /// The messages before these events that are answered in them.
    async fn answered(&self, entries: &[Entry]) -> io::Result<Vec<Entry>> {
        let answered = self.export.answered(entries);
        if answered.is_empty() {
            return Ok(Vec::new());
        }
        let (services, life) = (Arc::clone(&self.services), self.room.life());
        let read = move || {
            let mut found = Vec::with_capacity(answered.len());
            for seq in &answered {
                found.extend(services.exports.archive.read(life, Seq(seq.0.saturating_sub(1)), *seq)?);
            }
            Ok(found)
        };
        settled(&self.room, read).await.ok_or_else(broken_off)
    }

    async fn events(&mut self) -> io::Result<String> {
        let (services, life) = (Arc::clone(&self.services), self.room.life());
        let (after, last) = (self.after, self.last);
        let read = move || services.exports.archive.read(life, after, last);
        let entries = settled(&self.room, read).await.filter(|entries| !entries.is_empty());
        // Whoever lost the seat meanwhile, or the room, reads no more: the file breaks off.
        let entries = entries.filter(|_| holds(&self.room, self.holder, &self.services));
        let entries = entries.ok_or_else(broken_off)?;
        let answered = self.answered(&entries).await?;
        self.after = entries.last().map_or(self.last, Entry::seq);
        self.export.piece(&entries, &answered).map_err(io::Error::other)
    }
}

fn broken_off() -> io::Error {
    io::Error::other("the export broke off")
}
