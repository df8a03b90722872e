//! Keeps the room inside the part of the window that a keyboard on the screen leaves in sight. iOS scrolls the page
//! instead of making it smaller. Browsers without a visual viewport are left alone.

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, HtmlElement};

use crate::services::platform::{self, Listener};
use crate::view_model::viewport::VisualViewport;

/// The custom properties of the document: where the room begins, and how high it is.
const TOP: &str = "--app-top";
const HEIGHT: &str = "--app-height";

/// Follows the visual viewport until the listeners are dropped; none where the browser has no such thing.
pub fn follow() -> Option<[Listener; 2]> {
    let viewport = Reflect::get(&platform::window(), &"visualViewport".into()).ok()?;
    let viewport: EventTarget = viewport.dyn_into().ok()?;
    apply(&viewport);
    Some(["resize", "scroll"].map(|kind| {
        let seen = viewport.clone();
        Listener::new(&viewport, kind, move |_| apply(&seen))
    }))
}

fn apply(viewport: &EventTarget) {
    let number = |name: &str| Reflect::get(viewport, &name.into()).ok().and_then(|value| value.as_f64());
    let inner = platform::window().inner_height().ok().and_then(|height| height.as_f64());
    let root = platform::document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
    let (Some(height), Some(root)) = (number("height"), root) else { return };
    let seen = VisualViewport {
        height,
        offset_top: number("offsetTop").unwrap_or_default(),
        scale: number("scale").unwrap_or(1.0),
        window_height: inner.unwrap_or(height),
    };
    let style = root.style();
    match seen.room() {
        Some((top, height)) => {
            // Whole pixels: nothing else on the page needs the code that writes fractions.
            let _ = style.set_property(TOP, &format!("{}px", top.round() as i32));
            let _ = style.set_property(HEIGHT, &format!("{}px", height.round() as i32));
        }
        None => {
            let _ = style.remove_property(TOP);
            let _ = style.remove_property(HEIGHT);
        }
    }
}
