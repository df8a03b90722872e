//! What the page asks of its server by HTTP. Decides nothing.

use serde::de::DeserializeOwned;
use shared::limits::READINGS_MAX;
use shared::{
    Code, Event, EventPage, Export, ExportAs, Fact, MemberId, NewRoom, Problem, Readers, Readings, RoomCard,
    RoomId, RoomMade, SearchPage, Seq, Token,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCache, RequestInit, Response};

use crate::browser::window;
use crate::place;

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

/// Asks about a room.
pub async fn card(room: RoomId) -> Asked {
    let Ok(answer) = fetch(&place::card_path(room), &RequestInit::new()).await else {
        return Asked::Nothing;
    };
    match refusal(&answer.1) {
        Some(Code::RoomUnknown) => Asked::Unknown,
        _ => serde_json::from_str(&answer.1).map_or(Asked::Nothing, Asked::Card),
    }
}

/// Makes a room.
///
/// # Errors
/// The server's reason, if it gave one.
pub async fn make(wish: &NewRoom) -> Result<RoomMade, Option<Code>> {
    let (status, body) = post(wish).await.map_err(|_| None)?;
    if (200..300).contains(&status) {
        serde_json::from_str(&body).map_err(|_| None)
    } else {
        Err(refusal(&body))
    }
}

/// Asks for the events just before a number, if the server gives them.
pub async fn older(room: RoomId, token: &Token, before: Seq) -> Option<EventPage> {
    get(&place::older_path(room, before), token).await
}

/// Asks who has read a message, if the server says so.
pub async fn readers(room: RoomId, token: &Token, seq: Seq) -> Option<Readers> {
    get(&place::readers_path(room, seq), token).await
}

/// Looks for what was said, with the query of the request.
pub async fn search(room: RoomId, token: &Token, query: &str) -> Option<SearchPage> {
    get(&place::search_path(room, query), token).await
}

/// Asks for the room as a file; where it is fetched, once.
pub async fn export(room: RoomId, token: &Token, kind: ExportAs) -> Option<String> {
    let headers = Headers::new().ok()?;
    headers.set("authorization", &format!("Bearer {}", token.as_str())).ok()?;
    headers.set("content-type", "application/json").ok()?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    let body = format!(r#"{{"as":{}}}"#, serde_json::to_string(&kind).ok()?);
    init.set_body(&JsValue::from_str(&body));
    let (status, body) = fetch(&place::export_path(room), &init).await.ok()?;
    let export: Export = serde_json::from_str(&body).ok().filter(|_| status < 300)?;
    Some(export.url)
}

/// Deletes a room; whether it is no more.
pub async fn delete(room: RoomId, token: &Token) -> bool {
    let Some(init) = with_token(token) else { return false };
    init.set_method("DELETE");
    fetch(&place::card_path(room), &init).await.is_ok_and(|(status, _)| (200..300).contains(&status))
}

/// How the characters of names are said.
pub async fn readings(of: &str) -> Option<Readings> {
    let mut seen = Vec::new();
    for c in of.chars().take(READINGS_MAX) {
        if !seen.contains(&c) {
            seen.push(c);
        }
    }
    let of = String::from(js_sys::encode_uri_component(&seen.into_iter().collect::<String>()));
    let (status, body) = fetch(&format!("/api/pinyin?of={of}"), &RequestInit::new()).await.ok()?;
    serde_json::from_str(&body).ok().filter(|_| status == 200)
}

/// How many messages of others a member has not read, up to the most that is counted: those after the number `read`.
pub async fn unread(room: RoomId, token: &Token, me: MemberId, read: Seq) -> Option<usize> {
    let page = get::<EventPage>(&place::newer_path(room, read), token).await?;
    let others = |event: &&Event| matches!(&event.fact, Fact::Said { by, .. } if *by != me);
    Some(page.events.iter().filter(others).count())
}

async fn get<T: DeserializeOwned>(path: &str, token: &Token) -> Option<T> {
    let init = with_token(token)?;
    // An answer from before an edit must not come after it.
    init.set_cache(RequestCache::NoStore);
    let (status, body) = fetch(path, &init).await.ok()?;
    serde_json::from_str(&body).ok().filter(|_| status == 200)
}

fn with_token(token: &Token) -> Option<RequestInit> {
    let headers = Headers::new().ok()?;
    headers.set("authorization", &format!("Bearer {}", token.as_str())).ok()?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    Some(init)
}

fn refusal(body: &str) -> Option<Code> {
    serde_json::from_str(body).ok().map(|problem: Problem| problem.code)
}

async fn post(wish: &NewRoom) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    let body = serde_json::to_string(wish).map_err(|error| JsValue::from_str(&error.to_string()))?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&body));
    fetch("/api/rooms", &init).await
}

async fn fetch(path: &str, init: &RequestInit) -> Result<(u16, String), JsValue> {
    let answer = JsFuture::from(window().fetch_with_str_and_init(path, init)).await?;
    let answer: Response = answer.dyn_into()?;
    let body = JsFuture::from(answer.text()?).await?;
    Ok((answer.status(), body.as_string().unwrap_or_default()))
}
