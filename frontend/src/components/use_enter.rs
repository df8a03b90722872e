//! Feeds a field's key and composition events to [`Composition`], and calls back when Enter or the send button sends.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{CompositionEvent, Element, Event, HtmlElement, KeyboardEvent};
use yew::{Callback, NodeRef, hook, use_mut_ref};

use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::ime::{Composition, Enter, IN_INPUT_METHOD, KeyDown, Press};
use crate::services::platform::{self, Listener};

/// How long a field that loses the focus may take to report the end of its composition, in milliseconds.
const COMMIT_TIMEOUT_MS: u32 = 300;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// One line: Enter always sends.
    Line,
    /// Several lines: Shift+Enter breaks the line, and so does Enter alone on a touch keyboard.
    Lines,
}

/// A send button beside a field.
pub struct SendButton {
    /// Call this when the pointer goes down on the button.
    pub onpointerdown: Callback<()>,
    /// Call this when the button is pressed.
    pub onpress: Callback<()>,
    /// Whether a press waits for the end of the composition.
    pub waits: bool,
}

/// Calls `onenter` for each Enter that sends.
#[hook]
pub fn use_enter(node: &NodeRef, field: Field, onenter: &Callback<()>) {
    let composition = use_mut_ref(Composition::default);
    let onenter = onenter.reform(|_: Enter| ());
    use_keys(node, field, &composition, &onenter, &Callback::noop());
}

/// Calls `onenter` for each Enter that sends in a field of several lines. Calls `onsend` for each press on the send
/// button, once nothing is composed any more.
#[hook]
pub fn use_send_button(node: &NodeRef, onenter: &Callback<Enter>, onsend: &Callback<()>) -> SendButton {
    let composition = use_mut_ref(Composition::default);
    let waits = use_default::<bool>();
    let settle = use_callback(onsend.clone(), {
        let (composition, waits) = (Rc::clone(&composition), waits.setter());
        move |(), onsend| {
            let sends = composition.borrow_mut().take_pending();
            waits.set(composition.borrow().is_pending());
            if sends {
                onsend.emit(());
            }
        }
    });
    use_keys(node, Field::Lines, &composition, onenter, &settle);
    let onpointerdown = use_callback((), {
        let composition = Rc::clone(&composition);
        move |(), ()| composition.borrow_mut().begin_press(platform::monotonic_ms())
    });
    let onpress = use_callback((node.clone(), onsend.clone(), settle), {
        let waits = waits.setter();
        move |(), (node, onsend, settle)| {
            let press = composition.borrow_mut().press_send(platform::is_touch());
            match press {
                Press::Sends => onsend.emit(()),
                Press::Waits => waits.set(true),
                Press::Committed => {}
                Press::Commits => {
                    if let Some(field) = node.cast::<HtmlElement>() {
                        let _ = field.blur();
                        let _ = field.focus();
                    }
                    let settle = settle.clone();
                    Timeout::new(COMMIT_TIMEOUT_MS, move || settle.emit(())).forget();
                }
            }
        }
    });
    SendButton { onpointerdown, onpress, waits: *waits }
}

/// Feeds the field's events to `composition`. Calls `onsettled` when the browser has finished with the end of a
/// composition or with a blur.
#[hook]
fn use_keys(
    node: &NodeRef,
    field: Field,
    composition: &Rc<RefCell<Composition>>,
    onenter: &Callback<Enter>,
    onsettled: &Callback<()>,
) {
    let composition = Rc::clone(composition);
    let deps = (node.clone(), onenter.clone(), onsettled.clone());
    use_effect_with(deps, move |(node, onenter, onsettled)| {
        node.cast::<Element>().map(|element| {
            let keydown = Listener::new(&element, "keydown", {
                let (onenter, composition) = (onenter.clone(), Rc::clone(&composition));
                move |event| {
                    let composition = *composition.borrow();
                    if let Some(enter) = enter(&event, composition, field) {
                        onenter.emit(enter);
                    }
                }
            });
            let start = Listener::new(&element, "compositionstart", {
                let composition = Rc::clone(&composition);
                move |_| composition.borrow_mut().start()
            });
            let update = Listener::new(&element, "compositionupdate", {
                let composition = Rc::clone(&composition);
                move |event| composition.borrow_mut().update(&composed(&event))
            });
            let end = Listener::new(&element, "compositionend", {
                let (composition, onsettled) = (Rc::clone(&composition), onsettled.clone());
                move |event| {
                    composition.borrow_mut().end(&composed(&event), platform::monotonic_ms());
                    let onsettled = onsettled.clone();
                    Timeout::new(0, move || onsettled.emit(())).forget();
                }
            });
            let blur = Listener::new(&element, "blur", {
                let (composition, onsettled) = (Rc::clone(&composition), onsettled.clone());
                move |_| {
                    composition.borrow_mut().blur();
                    let onsettled = onsettled.clone();
                    // The end of the composition may still come, and then settles by itself.
                    Timeout::new(COMMIT_TIMEOUT_MS, move || onsettled.emit(())).forget();
                }
            });
            [keydown, start, update, end, blur]
        })
    });
}

/// Whether an input method handles this key. Safari reports it only by the key code.
pub fn composes(key: &KeyboardEvent) -> bool {
    key.is_composing() || key.key_code() == IN_INPUT_METHOD
}

/// The text of a composition event.
fn composed(event: &Event) -> String {
    event.dyn_ref::<CompositionEvent>().and_then(CompositionEvent::data).unwrap_or_default()
}

/// The Enter that sends, if this event is one. Other Enters are left to the browser, or suppressed.
fn enter(event: &Event, composition: Composition, field: Field) -> Option<Enter> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    let down = KeyDown {
        key: key.key(),
        key_code: key.key_code(),
        is_composing: key.is_composing(),
        repeat: key.repeat(),
        shift: key.shift_key(),
        command: key.ctrl_key() || key.meta_key(),
    };
    let enter = composition.enter(&down)?;
    let breaks_line = match (field, enter) {
        (Field::Line, _) | (Field::Lines, Enter::SendsAlways) => false,
        (Field::Lines, Enter::BreaksLine | Enter::Composes) => true,
        (Field::Lines, Enter::Sends | Enter::Repeats) => platform::is_touch() && !down.command,
    };
    if !breaks_line {
        event.prevent_default();
    }
    (matches!(enter, Enter::Sends | Enter::SendsAlways) && !breaks_line).then_some(enter)
}
