//! What the page asks of its browser: the time, chance, language, events. Thin: nothing is decided here.

use js_sys::{Date, Function, Math, Reflect};
use shared::{MessageId, Millis, Name, PairingCode, RoomId, Token};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Event, EventTarget, HtmlElement, Node, ScrollIntoViewOptions, ScrollLogicalPosition, Window,
};

use crate::datetime::Local;
use crate::i18n::Lang;
use crate::routes;
use crate::state::StoredSession;

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The computer's clock. It may be wrong, and may be set while the page is open.
pub fn wall_clock() -> Millis {
    Millis(Date::now() as u64)
}

/// Monotonic time in milliseconds since the page was opened. Everything that waits is measured by it.
pub fn monotonic_ms() -> u64 {
    window().performance().map_or(0, |performance| performance.now() as u64)
}

/// Whether the person can be looking at the page: it is visible, and its window has the focus.
pub fn is_looked_at() -> bool {
    let document = document();
    !document.hidden() && document.has_focus().unwrap_or(true)
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

/// An id for a command that is done at this time.
///
/// # Errors
/// If the browser has no source of randomness.
pub fn draw_message_id(at: Millis) -> Result<MessageId, JsValue> {
    draw().map(|bits| MessageId::new(at, &bits))
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

/// Gives the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = by_id::<HtmlElement>(id) {
        let _ = element.focus();
    }
}

/// Scrolls the element with this id into view, as little as possible.
pub fn reveal(id: &str) {
    if let Some(element) = by_id::<HtmlElement>(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Whether something of the page has the focus.
pub fn has_focus() -> bool {
    document().document_element().is_some_and(|root| matches!(root.query_selector(":focus"), Ok(Some(_))))
}

fn by_id<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Whether there is room for one column only.
pub fn is_narrow() -> bool {
    let query = window().match_media("(max-width: 62.5em), (max-height: 30em)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Whether keys are typed on the screen: there Enter breaks the line.
pub fn is_touch() -> bool {
    let query = window().match_media("(hover: none) and (pointer: coarse)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// The room that the page's address means.
pub fn room() -> Option<RoomId> {
    routes::room_at(&window().location().pathname().unwrap_or_default())
}

/// Goes to a room.
pub fn go(room: RoomId) {
    let _ = window().location().set_href(&routes::path(room));
}

/// Goes to an address.
pub fn go_to(url: &str) {
    let _ = window().location().set_href(url);
}

/// A text as part of a query.
pub fn escape(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// When a day begins by the clock on the wall; the day as a field for dates has it.
pub fn day(value: &str) -> Option<Millis> {
    let at = Date::new(&JsValue::from_str(&format!("{value}T00:00"))).get_time();
    (at >= 0.0).then_some(Millis(at as u64))
}

/// Fetches a file of the page's own server, to be kept.
pub fn download(path: &str) {
    let _ = window().location().assign(path);
}

/// Opens a link of a message in a new window, which learns nothing about this one.
pub fn open_link(address: &str) {
    let _ = window().open_with_url_and_target_and_features(address, "_blank", "noopener,noreferrer");
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// The link of a room, to be sent to others.
pub fn link(room: RoomId) -> String {
    window().location().origin().unwrap_or_default() + &routes::path(room)
}

/// The link that gives its holder a seat. The name is absent as long as the seat was never taken.
pub fn seat_link(room: RoomId, token: &Token, name: Option<&Name>) -> String {
    let name = name.map(|name| format!("&n={}", js_sys::encode_uri_component(name.as_str())));
    format!("{}#t={}{}", link(room), token.as_str(), name.unwrap_or_default())
}

/// The link that brings a member to another device, once.
pub fn pairing_link(code: PairingCode) -> String {
    [&window().location().origin().unwrap_or_default(), "/", routes::PAIR, &code.grouped()].concat()
}

/// The fragment of the page's address, with its `#`; empty if there is none.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Whether the page's address carries a seat.
pub fn carries() -> bool {
    fragment().starts_with("#t=")
}

/// The seat that the page's address carries. It is read once: address and history have it no more.
pub fn take_carried() -> Option<StoredSession> {
    let fragment = Some(fragment()).filter(|_| carries())?;
    forget_fragment()?;
    routes::carried(&String::from(js_sys::decode_uri_component(&fragment).ok()?))
}

/// The pairing code that the page's address carries, as it is written there. It is read once.
pub fn take_pairing_code() -> Option<String> {
    let fragment = fragment();
    let code = fragment.strip_prefix(routes::PAIR)?;
    forget_fragment()?;
    Some(code.to_owned())
}

/// Address and history have no fragment any more.
fn forget_fragment() -> Option<()> {
    let path = window().location().pathname().ok()?;
    window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok()
}

/// Copies a text.
///
/// # Errors
/// If the browser has no clipboard, as without https, or does not allow it.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let navigator = window().navigator();
    if !Reflect::get(&navigator, &"clipboard".into())?.is_object() {
        return Err(JsValue::UNDEFINED);
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.map(drop)
}

/// Selects what a node shows.
pub fn select(node: &Node) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(node);
    }
}

/// Whether something is selected.
pub fn has_selection() -> bool {
    window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
}

/// Sets the title of the window.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Whether the page may show notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The person has said so.
    Given,
    /// The person can be asked.
    NotAsked,
    /// The person has said no.
    Denied,
    /// WeChat's browser shows none.
    WeChat,
    /// Without https there are none.
    Insecure,
    /// The browser knows none.
    Missing,
}

/// Whether the page may show notifications. What is asked here and below of `index.html` costs less of the page there.
pub fn may_notify() -> Leave {
    let answer = ask_page("mayNotify", "", "").and_then(|answer| answer.as_string());
    match answer.as_deref() {
        Some("granted") => Leave::Given,
        Some("default") => Leave::NotAsked,
        Some("denied") => Leave::Denied,
        Some("wechat") => Leave::WeChat,
        Some("insecure") => Leave::Insecure,
        _ => Leave::Missing,
    }
}

/// Asks the person for leave to show notifications; returns when they have answered.
pub async fn ask_to_notify() {
    if let Some(answer) = ask_page("askToNotify", "", "") {
        let _ = JsFuture::from(js_sys::Promise::resolve(&answer)).await;
    }
}

/// Shows a notification, in place of the one before.
pub fn notify(title: &str, text: &str) {
    ask_page("notify", title, text);
}

/// Makes the notification that is there say this, without calling again.
pub fn amend(title: &str, text: &str) {
    ask_page("amend", title, text);
}

/// Takes the notification away, if one is there.
pub fn hush() {
    ask_page("hush", "", "");
}

/// Makes a short sound.
pub fn ring() {
    ask_page("ring", "", "");
}

/// Logs a panic's message and replaces the page by a sentence and a button. The script of `index.html` draws both.
pub fn show_crash(message: &str) {
    web_sys::console::error_1(&message.into());
    ask_page("showCrash", "", "");
}

fn ask_page(what: &str, title: &str, text: &str) -> Option<JsValue> {
    let function: Function = Reflect::get(&window(), &what.into()).ok()?.dyn_into().ok()?;
    function.call2(&JsValue::UNDEFINED, &title.into(), &text.into()).ok()
}

/// Where a room's socket is, on the page's own server.
///
/// # Errors
/// If the page has no address.
pub fn socket_url(room: RoomId) -> Result<String, JsValue> {
    let location = window().location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    Ok(format!("{scheme}://{}/ws?room={room}", location.host()?))
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
        Self::boxed(target, kind, Box::new(hear))
    }

    fn boxed(target: &EventTarget, kind: &'static str, hear: Box<dyn FnMut(Event)>) -> Self {
        let closure = Closure::wrap(hear);
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
