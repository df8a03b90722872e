//! A component on a page of its own, and a person at it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use web_sys::{
    CompositionEvent, Element, Event, EventInit, HtmlElement, HtmlTextAreaElement, KeyboardEvent,
    KeyboardEventInit,
};
use yew::{AppHandle, BaseComponent, Callback, Renderer};

/// A mounted component; it goes when this is dropped.
pub(crate) struct Mounted<C: BaseComponent> {
    app: Option<AppHandle<C>>,
    root: Element,
}

impl<C: BaseComponent> Mounted<C> {
    /// Draws the component.
    pub(crate) fn new(props: C::Properties) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("div").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let app = Renderer::<C>::with_root_and_props(root.clone(), props).render();
        Self { app: Some(app), root }
    }

    /// Draws it with other props.
    pub(crate) fn update(&mut self, props: C::Properties)
    where
        C::Properties: Clone,
    {
        if let Some(app) = &mut self.app {
            app.update(props);
        }
    }

    /// The element, if it is there.
    pub(crate) fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).unwrap()
    }

    /// All such elements.
    pub(crate) fn get_all(&self, selector: &str) -> Vec<Element> {
        let list = self.root.query_selector_all(selector).unwrap();
        (0..list.length()).filter_map(|index| list.item(index)?.dyn_into().ok()).collect()
    }

    /// Waits for the element.
    pub(crate) async fn get(&self, selector: &str) -> Element {
        until(selector, || self.find(selector)).await
    }

    /// The text of the element, once it is there.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.get(selector).await.text_content().unwrap()
    }

    /// Clicks.
    pub(crate) async fn click(&self, selector: &str) {
        self.get(selector).await.dyn_into::<HtmlElement>().unwrap().click();
    }

    /// The box, once it can be written in and its own effects have run: the first of them sets its height.
    pub(crate) async fn message_box(&self) -> HtmlTextAreaElement {
        self.get("#message:enabled[style*=height]").await.dyn_into().unwrap()
    }
}

impl<C: BaseComponent> Drop for Mounted<C> {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
        self.root.remove();
    }
}

/// Waits until there is something; says what was waited for if it never comes.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look() {
            return found;
        }
        TimeoutFuture::new(4).await;
    }
    panic!("waited in vain for {what}");
}

/// A callback that remembers what it was called with.
pub(crate) fn heard<T: 'static>() -> (Callback<T>, Rc<RefCell<Vec<T>>>) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let push = Rc::clone(&heard);
    (Callback::from(move |one| push.borrow_mut().push(one)), heard)
}

/// Types into the box as a browser does: the value, then `input`.
pub(crate) fn type_into(field: &HtmlTextAreaElement, text: &str) {
    field.set_value(text);
    dispatch(field, "input");
}

/// An event that bubbles.
pub(crate) fn dispatch(target: &Element, kind: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    target.dispatch_event(&Event::new_with_event_init_dict(kind, &init).unwrap()).unwrap();
}

/// What a browser tells while somebody types.
#[derive(Clone, Copy)]
pub(crate) enum Told {
    /// `keydown` with key, key code and `isComposing`.
    Key(&'static str, u32, bool),
    /// `compositionstart`.
    Start,
    /// `compositionend`.
    End,
}

/// What browsers tell while a word is composed, up to the Enter that chooses it.
pub(crate) const COMPOSING: [(&str, &[Told]); 4] = [
    (
        "Chrome",
        &[
            Told::Key("n", 229, false),
            Told::Start,
            Told::Key("i", 229, true),
            Told::Key("Enter", 229, true),
            Told::End,
        ],
    ),
    ("Firefox", &[Told::Key("Process", 229, false), Told::Start, Told::Key("Enter", 13, true), Told::End]),
    ("Safari", &[Told::Start, Told::Key("n", 229, true), Told::End, Told::Key("Enter", 229, false)]),
    (
        "Android",
        &[
            Told::Key("Unidentified", 229, false),
            Told::Start,
            Told::Key("Unidentified", 229, true),
            Told::Key("Enter", 229, false),
            Told::End,
        ],
    ),
];

/// Tells it; the answer is whether the browser would go on by itself (break the line, say).
pub(crate) fn tell(target: &Element, told: Told) -> bool {
    let event: Event = match told {
        Told::Start => CompositionEvent::new("compositionstart").unwrap().into(),
        Told::End => CompositionEvent::new("compositionend").unwrap().into(),
        Told::Key(key, code, composing) => keydown(key, code, composing, false, false).into(),
    };
    target.dispatch_event(&event).unwrap()
}

/// A `keydown`.
pub(crate) fn keydown(key: &str, code: u32, composing: bool, shift: bool, repeat: bool) -> KeyboardEvent {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_key_code(code);
    init.set_is_composing(composing);
    init.set_shift_key(shift);
    init.set_repeat(repeat);
    init.set_bubbles(true);
    init.set_cancelable(true);
    KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap()
}
