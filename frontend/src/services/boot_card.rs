//! The card of `index.html`, which the program replaces. A composition in its field is not torn: the program waits.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::platform::{self, Listener};

/// Calls `start` with the name typed so far: at once, or when the input method is done with the field.
pub fn when_name_is_composed(start: impl FnOnce(String) + 'static) {
    match field() {
        Some(field) if is_composing(&field) => wait(&field, Box::new(start)),
        field => start(field.map(|field| field.value()).unwrap_or_default()),
    }
}

fn wait(field: &HtmlInputElement, start: Box<dyn FnOnce(String)>) {
    // Both keep the other alive until the program starts.
    let waiting = Rc::new(RefCell::new(None::<([Listener; 2], Box<dyn FnOnce(String)>)>));
    let look = {
        let (waiting, field) = (Rc::clone(&waiting), field.clone());
        // Firefox changes the field after the end of the composition.
        move || {
            let (waiting, field) = (Rc::clone(&waiting), field.clone());
            Timeout::new(0, move || {
                if !is_composing(&field)
                    && let Some((listeners, start)) = waiting.take()
                {
                    drop(listeners);
                    start(field.value());
                }
            })
            .forget();
        }
    };
    let listeners = ["compositionend", "blur"].map(|kind| {
        let look = look.clone();
        Listener::new(field, kind, move |_| look())
    });
    waiting.replace(Some((listeners, start)));
}

fn field() -> Option<HtmlInputElement> {
    platform::document().get_element_by_id("name")?.dyn_into().ok()
}

/// A script of `index.html` keeps this attribute: it hears the field before the program is there.
fn is_composing(field: &HtmlInputElement) -> bool {
    field.has_attribute("data-composing")
}
