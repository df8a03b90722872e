//! Carries out what `overlay_stack` decides: pushes and consumes history entries, and closes overlays when the person
//! presses back or Escape. The only place that pushes history entries.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, History, KeyboardEvent};
use yew::Callback;

use super::platform::{self, Listener};
use crate::ime::IN_INPUT_METHOD;
use crate::overlay_stack::{HistoryStep, OverlayId, OverlayStack};

/// How long a traversal of history may take, in milliseconds.
const TRAVERSAL_TIMEOUT_MS: u32 = 1_000;

/// An open overlay. Dropping it removes it from the stack and consumes its history entry.
pub struct Overlay(OverlayId);

#[derive(Default)]
struct BackStack {
    stack: OverlayStack,
    onclose: Vec<(OverlayId, Callback<()>)>,
    settling: Option<Timeout>,
    /// Runs while a traversal is under way.
    traversal: Option<Timeout>,
    listeners: Option<[Listener; 2]>,
}

thread_local! {
    /// A page has one history.
    static BACK_STACK: RefCell<BackStack> = RefCell::default();
}

/// Puts an overlay on top of the stack. `onclose` is called when the person presses back or Escape while it is on top.
pub fn open(onclose: Callback<()>) -> Overlay {
    listen();
    let id = with(|back| {
        let id = back.stack.open();
        back.onclose.push((id, onclose));
        id
    });
    settle_later();
    Overlay(id)
}

/// Consumes the history entries of overlays that were open before a reload.
pub fn restore() {
    if depth() != 0 {
        listen();
        settle_later();
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        with(|back| {
            back.stack.close(self.0);
            back.onclose.retain(|(id, _)| *id != self.0);
        });
        settle_later();
    }
}

fn with<T>(change: impl FnOnce(&mut BackStack) -> T) -> T {
    BACK_STACK.with(|back| change(&mut back.borrow_mut()))
}

fn listen() {
    with(|back| {
        back.listeners.get_or_insert_with(|| {
            let popstate = Listener::new(&platform::window(), "popstate", |_| {
                let closed = with(|back| {
                    back.traversal = None;
                    back.stack.arrive(depth())
                });
                closed.into_iter().for_each(close);
                settle_later();
            });
            // Overlays that handle Escape themselves stop the event.
            let escape = Listener::new(&platform::document(), "keydown", |event| {
                if let Some(top) = with(|back| back.stack.top()).filter(|_| is_escape(&event)) {
                    close(top);
                }
            });
            [popstate, escape]
        });
    });
}

fn is_escape(event: &Event) -> bool {
    event
        .dyn_ref::<KeyboardEvent>()
        .is_some_and(|key| key.key() == "Escape" && !key.is_composing() && key.key_code() != IN_INPUT_METHOD)
}

/// Asks an overlay to close. It leaves the stack when its component has closed it.
fn close(id: OverlayId) {
    let onclose =
        with(|back| back.onclose.iter().find(|(other, _)| *other == id).map(|(_, onclose)| onclose.clone()));
    if let Some(onclose) = onclose {
        onclose.emit(());
    }
}

/// Settles when the changes of this moment are drawn.
fn settle_later() {
    with(|back| back.settling = Some(Timeout::new(0, settle)));
}

fn settle() {
    let Some(history) = history() else { return };
    match with(|back| back.stack.settle(depth())) {
        None => {}
        Some(HistoryStep::Push { from, to }) => {
            for depth in from + 1..=to {
                let _ = history.push_state_with_url(&JsValue::from(depth), "", None);
            }
        }
        Some(HistoryStep::Back { by }) => {
            let abandon = || with(|back| back.stack.abandon_traversal());
            with(|back| back.traversal = Some(Timeout::new(TRAVERSAL_TIMEOUT_MS, abandon)));
            let _ = history.go_with_delta(-i32::try_from(by).unwrap_or(i32::MAX));
        }
    }
}

fn history() -> Option<History> {
    platform::window().history().ok()
}

/// The depth of the current history entry: the number of overlays that are open on it.
fn depth() -> u32 {
    let state = history().and_then(|history| history.state().ok());
    state.and_then(|state| state.as_f64()).map_or(0, |depth| depth as u32)
}
