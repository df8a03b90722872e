//! Where a list is scrolled to: at its end, near its beginning, or somewhere that is to stay.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::NodeRef;

/// This many pixels from the end still count as the end.
const NEAR_END_PX: i32 = 80;
/// This many pixels from the beginning older rows are wanted: they are there before the beginning is.
const NEAR_TOP_PX: i32 = 800;

/// Whether the end is in sight.
pub(super) fn is_near_end(list: &NodeRef) -> bool {
    list.cast::<Element>()
        .is_none_or(|list| list.scroll_height() - list.scroll_top() - list.client_height() < NEAR_END_PX)
}

/// Whether the beginning is not far.
pub(super) fn is_near_top(list: &NodeRef) -> bool {
    list.cast::<Element>().is_some_and(|list| list.scroll_top() < NEAR_TOP_PX)
}

/// Shows the end.
pub(super) fn to_end(list: &NodeRef) {
    if let Some(list) = list.cast::<Element>() {
        list.set_scroll_top(list.scroll_height());
    }
}

/// The first thing in sight and where it is, to be held there whatever comes in above it.
pub(super) struct Held {
    list: Element,
    thing: Element,
    top: f64,
}

impl Held {
    /// What is in sight now. Only rows that stay the same row count: those of an event.
    pub(super) fn of(list: &NodeRef) -> Option<Self> {
        let list = list.cast::<Element>()?;
        let (rows, edge) = (list.children(), list.get_bounding_client_rect().top());
        let hidden =
            |index| rows.item(index).is_some_and(|row| row.get_bounding_client_rect().bottom() <= edge);
        let (mut low, mut high) = (0, rows.length());
        while low < high {
            let middle = low.midpoint(high);
            if hidden(middle) { low = middle + 1 } else { high = middle }
        }
        let row = (low..rows.length())
            .filter_map(|index| rows.item(index))
            .find(|row| row.has_attribute("data-seq") || row.has_attribute("data-id"))?;
        // A row loses its name when one of the same person comes in above it: what was said is what one looks at.
        let thing = row.query_selector(".bubble").ok().flatten().unwrap_or(row);
        let top = thing.get_bounding_client_rect().top();
        Some(Self { list, thing, top })
    }

    /// Brings it back to where it was, if it is still there.
    pub(super) fn hold(self) {
        if self.thing.is_connected() {
            let moved = self.thing.get_bounding_client_rect().top() - self.top;
            self.list.scroll_by_with_x_and_y(0.0, moved);
        }
    }
}

/// Keeps the end in sight when the list itself shrinks: the keyboard opens, the box grows.
pub(super) struct KeptEnd {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut()>,
}

impl KeptEnd {
    /// From now on, until it is dropped.
    pub(super) fn of(list: NodeRef) -> Option<Self> {
        let element = list.cast::<Element>()?;
        let closure = Closure::<dyn FnMut()>::new(move || to_end(&list));
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for KeptEnd {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
