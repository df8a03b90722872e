//! What the page asks of its browser: the time, chance, language, events. Thin: nothing is decided here.

use js_sys::{Date, Math};
use shared::{MessageId, Millis, RoomCard, Token};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Event, EventTarget, Response, Window};

use crate::clock::Local;
use crate::text::Lang;

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The time, in milliseconds since 1970.
pub fn now() -> u64 {
    Date::now() as u64
}

/// Chance, in `0.0..1.0`; not for secrets.
pub fn random() -> f64 {
    Math::random()
}

/// A secret nobody has drawn before.
///
/// # Errors
/// If the browser has no source of randomness.
pub fn draw_token() -> Result<Token, JsValue> {
    draw().map(|bits| Token::new(&bits))
}

/// The id of a message written now, and the time.
///
/// # Errors
/// If the browser has no source of randomness.
pub fn draw_message_id() -> Result<(MessageId, Millis), JsValue> {
    let at = Millis(now());
    draw().map(|bits| (MessageId::new(at, &bits), at))
}

fn draw<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut bits = [0; N];
    window().crypto()?.get_random_values_with_u8_array(&mut bits)?;
    Ok(bits)
}

/// A moment by the clock on the wall.
pub fn local(at: Millis) -> Local {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    Local {
        year: date.get_full_year() as i32,
        month: date.get_month() as u8 + 1,
        day: date.get_date() as u8,
        weekday: date.get_day() as u8,
        hour: date.get_hours() as u8,
        minute: date.get_minutes() as u8,
        second: date.get_seconds() as u8,
    }
}

/// A moment as a machine reads it.
pub fn iso(at: Millis) -> String {
    Date::new(&JsValue::from_f64(at.0 as f64)).to_iso_string().into()
}

/// The language this browser prefers.
pub fn language() -> Lang {
    let preferred: Vec<String> =
        window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
    Lang::choose(preferred.iter().map(String::as_str))
}

/// Whether keys are typed on the screen: there Enter breaks the line.
pub fn is_touch() -> bool {
    let query = window().match_media("(hover: none) and (pointer: coarse)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Where the lobby's socket is, on the page's own server.
///
/// # Errors
/// If the page has no address.
pub fn socket_url() -> Result<String, JsValue> {
    let location = window().location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    Ok(format!("{scheme}://{}/ws?room=lobby", location.host()?))
}

/// Who is in the lobby, as anyone may know.
pub async fn lobby_card() -> Option<RoomCard> {
    let response = JsFuture::from(window().fetch_with_str("/api/rooms/lobby")).await.ok()?;
    let response: Response = response.dyn_into().ok().filter(Response::ok)?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?;
    serde_json::from_str(&body.as_string()?).ok()
}

/// A listener that goes when it is dropped.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Hears every event of this kind.
    pub fn new(target: &EventTarget, kind: &'static str, hear: impl FnMut(Event) + 'static) -> Self {
        let closure = Closure::<dyn FnMut(Event)>::new(hear);
        // The only failure is a null callback, and this one is none.
        let _ = target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), kind, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.kind, callback);
    }
}
