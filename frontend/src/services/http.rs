//! What the page asks of its server by HTTP. Decides nothing.

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::future::{self, Either};
use gloo_timers::future::TimeoutFuture;
use js_sys::{JSON, Reflect};
use serde::de::DeserializeOwned;
use shared::limits::READINGS_MAX;
use shared::{
    BanList, Code, EventPage, Export, ExportAs, MemberId, Name, NameRule, NewRoom, PairingCode, Problem,
    Readers, Readings, RoomCard, RoomId, RoomMade, RoomSettings, SearchPage, Seq, Token,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Headers, RequestCache, RequestInit, Response};
use yew::Callback;

use crate::routes;
use crate::services::platform::{self, window};
use crate::services::storage;
use crate::state::timeline::PageRange;
use crate::view_model::unread_badge::UnreadBadge;

/// What is known of a room from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: no answer yet, or none to be had.
    #[default]
    Nothing,
    /// What anyone may know of it.
    Card(RoomCard),
    /// There is no such room.
    Unknown,
}

/// Asks about a room. With a token the answer says whose it is there.
pub async fn card(room: RoomId, token: Option<&Token>) -> Asked {
    let Ok(answer) = ask("GET", &routes::card_path(room), token, None).await else {
        return Asked::Nothing;
    };
    match refusal(&answer.1) {
        Some(Code::RoomUnknown) => Asked::Unknown,
        _ => parse(&answer.1).map_or(Asked::Nothing, Asked::Card),
    }
}

/// Makes a room.
///
/// # Errors
/// The server's reason, if it gave one.
pub async fn make(wish: &NewRoom) -> Result<RoomMade, Option<Code>> {
    let body = serde_json::to_string(wish).map_err(|_| None)?;
    let answer = post("/api/rooms", None, &body).await?;
    made(&answer).ok_or(None)
}

/// Read by the browser: a form of its own in serde is a kilobyte of the page.
fn made(answer: &str) -> Option<RoomMade> {
    let answer = JSON::parse(answer).ok()?;
    let text = |field| text(&answer, field);
    let (room, host_token) = (text("room")?.parse().ok()?, text("host_token")?.parse().ok()?);
    Some(RoomMade { room, url: text("url")?, host_token })
}

/// A text of an answer that the browser has read.
fn text(answer: &JsValue, field: &str) -> Option<String> {
    Reflect::get(answer, &field.into()).ok()?.as_string()
}

/// What is given to another device of a member. The fields depend on what was asked for.
#[derive(Debug, Clone)]
pub struct Given {
    /// A pairing code.
    pub code: Option<PairingCode>,
    /// The room of the token.
    pub room: Option<RoomId>,
    /// The name of its member.
    pub name: Option<Name>,
    /// A token.
    pub token: Option<Token>,
}

/// Receives what was given, or the server's reason if it gave one.
pub type OnGiven = Callback<Result<Given, Option<Code>>>;

/// Asks for a pairing code of this member, or else for a recovery token; the recovery token before it is void.
pub fn own_link(room: RoomId, token: Token, backup: bool, ongiven: OnGiven) {
    let path = if backup { routes::backup_path(room) } else { routes::pair_path(room) };
    give(path, token, ongiven);
}

/// Redeems a pairing code: this device becomes one of its member's.
pub fn redeem(code: PairingCode, ongiven: OnGiven) {
    pair(&[r#"{"code":""#, code.as_str()].concat(), ongiven);
}

/// Exchanges the token of a link for one that no link and no history has.
pub fn exchange(room: RoomId, token: &Token, ongiven: OnGiven) {
    pair(&[r#"{"room":""#, &room.to_string(), r#"","token":""#, token.as_str()].concat(), ongiven);
}

/// Sends what this device shows until there is an answer. The nonce is kept until then, also by a page loaded anew: what was used up by a
/// lost answer is given again.
fn pair(shown: &str, ongiven: OnGiven) {
    let nonce = storage::nonce().unwrap_or_default();
    let body = [shown, r#"","nonce":""#, &nonce, r#""}"#].concat();
    spawn_local(async move {
        let mut answer = post(PAIR, None, &body).await;
        for _ in 0..PAIR_AGAIN {
            if answer != Err(None) {
                break;
            }
            TimeoutFuture::new(PAIR_AGAIN_MS).await;
            answer = post(PAIR, None, &body).await;
        }
        if answer != Err(None) {
            storage::forget_nonce();
        }
        ongiven.emit(answer.and_then(|answer| given(&answer).ok_or(None)));
    });
}

/// Where a device is given a token of its own.
const PAIR: &str = "/api/pair";
/// How often it asks again if no answer comes, and after how many milliseconds.
const PAIR_AGAIN: u32 = 3;
const PAIR_AGAIN_MS: u32 = 1_000;

fn give(path: String, token: Token, ongiven: OnGiven) {
    spawn_local(async move {
        let answer = post(&path, Some(&token), "{}").await;
        ongiven.emit(answer.and_then(|answer| given(&answer).ok_or(None)));
    });
}

/// Read like [`made`].
fn given(answer: &str) -> Option<Given> {
    let answer = JSON::parse(answer).ok()?;
    let text = |field| text(&answer, field);
    Some(Given {
        code: text("code").and_then(|code| code.parse().ok()),
        room: text("room").and_then(|room| room.parse().ok()),
        name: text("name").and_then(|name| NameRule::Han.parse(&name).ok()),
        token: text("token").and_then(|token| token.parse().ok()),
    })
}

async fn post(path: &str, token: Option<&Token>, body: &str) -> Result<String, Option<Code>> {
    let (status, body) = ask("POST", path, token, Some(body)).await.map_err(|_| None)?;
    if is_good(status) { Ok(body) } else { Err(refusal(&body)) }
}

/// Asks for a page of a room's events; none if the server refuses it or cannot be reached.
pub async fn history(room: RoomId, token: &Token, page: PageRange) -> Option<EventPage> {
    parse(&get(&routes::history_path(room, page), token).await?)
}

/// Asks who has read a message, if the server says so.
pub async fn readers(room: RoomId, token: &Token, seq: Seq) -> Option<Readers> {
    parse(&get(&routes::readers_path(room, seq), token).await?)
}

/// Looks for what was said, with the query of the request.
pub async fn search(room: RoomId, token: &Token, query: &str) -> Option<SearchPage> {
    parse(&get(&routes::search_path(room, query), token).await?)
}

/// Asks for the room as a file; where it is fetched, once.
pub async fn export(room: RoomId, token: &Token, kind: ExportAs) -> Option<String> {
    let body = format!(r#"{{"as":{}}}"#, serde_json::to_string(&kind).ok()?);
    let answer = ask("POST", &routes::export_path(room), Some(token), Some(&body)).await;
    parse(&good(answer)?).map(|export: Export| export.url)
}

/// Asks for the room's settings, as its host.
pub async fn settings(room: RoomId, token: &Token) -> Option<RoomSettings> {
    parse(&get(&routes::settings_path(room), token).await?)
}

/// Asks who is banned from the room, as its host.
pub async fn bans(room: RoomId, token: &Token) -> Option<BanList> {
    parse(&get(&routes::bans_path(room), token).await?)
}

/// Deletes a room; whether it is no more.
pub async fn delete(room: RoomId, token: &Token) -> bool {
    ask("DELETE", &routes::card_path(room), Some(token), None).await.is_ok_and(|(status, _)| is_good(status))
}

/// How the characters of names are said.
pub async fn readings(of: &str) -> Option<Readings> {
    let distinct: BTreeSet<char> = of.chars().collect();
    let of = platform::escape(&distinct.into_iter().take(READINGS_MAX).collect::<String>());
    parse(&good(ask("GET", &format!("/api/pinyin?of={of}"), None, None).await)?)
}

/// Counts the messages of others that a member has not read: those after the number `read`. None without an answer.
pub async fn unread(room: RoomId, token: &Token, me: MemberId, read: Seq) -> Option<UnreadBadge> {
    let (mut badge, mut after) = (UnreadBadge::default(), Some(read));
    while let Some(from) = after {
        let page: EventPage = parse(&get(&routes::newer_path(room, from), token).await?)?;
        after = badge.add_page(&page, me);
    }
    Some(badge)
}

async fn get(path: &str, token: &Token) -> Option<String> {
    good(ask("GET", path, Some(token), None).await)
}

fn refusal(body: &str) -> Option<Code> {
    parse(body).map(|problem: Problem| problem.code)
}

const fn is_good(status: u16) -> bool {
    matches!(status, 200..300)
}

fn good(answer: Result<(u16, String), JsValue>) -> Option<String> {
    answer.ok().filter(|(status, _)| is_good(*status)).map(|(_, body)| body)
}

fn parse<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

/// How long an answer may take, in milliseconds: longer than the line of a phone that wakes up, shorter than patience.
const ANSWER_MS: u32 = 15_000;

/// One request: status and body of the answer, if that comes in time.
async fn ask(
    method: &str,
    path: &str,
    token: Option<&Token>,
    body: Option<&str>,
) -> Result<(u16, String), JsValue> {
    let answer = pin!(send(method, path, token, body));
    match future::select(answer, TimeoutFuture::new(ANSWER_MS)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(JsValue::NULL),
    }
}

async fn send(
    method: &str,
    path: &str,
    token: Option<&Token>,
    body: Option<&str>,
) -> Result<(u16, String), JsValue> {
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    init.set_method(method);
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {}", token.as_str()))?;
        // An answer from before an edit must not come after it.
        init.set_cache(RequestCache::NoStore);
    }
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    let answer = JsFuture::from(window().fetch_with_str_and_init(path, &init)).await?;
    let answer: Response = answer.dyn_into()?;
    let body = JsFuture::from(answer.text()?).await?;
    Ok((answer.status(), body.as_string().unwrap_or_default()))
}
