//! Enter in a field: the guard of `ime`, fed by the field's own events.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};
use yew::{Callback, NodeRef, hook, use_mut_ref};

use crate::hooks::erased::use_effect_with;
use crate::ime::{Composition, Enter, IN_INPUT_METHOD, KeyDown};
use crate::services::platform::{self, Listener};

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// One line: Enter always sends.
    Line,
    /// Several: Shift+Enter breaks the line, and so does Enter on a touch keyboard.
    Lines,
}

/// Calls `onenter` for each Enter that sends, from the moment the field is there.
#[hook]
pub fn use_enter(node: &NodeRef, field: Field, onenter: &Callback<()>) {
    let composition = use_mut_ref(Composition::default);
    use_effect_with((node.clone(), onenter.clone()), move |(node, onenter)| {
        node.cast::<Element>().map(|element| {
            let (onenter, keys) = (onenter.clone(), composition.clone());
            let keydown = Listener::new(&element, "keydown", move |event| {
                let composition = *keys.borrow();
                if enters(&event, composition, field) {
                    onenter.emit(());
                }
            });
            let starts = composition.clone();
            let start = Listener::new(&element, "compositionstart", move |_| {
                starts.borrow_mut().starts();
            });
            let [end, blur] = ["compositionend", "blur"].map(|kind| {
                let ends = composition.clone();
                Listener::new(&element, kind, move |_| ends.borrow_mut().ends())
            });
            [keydown, start, end, blur]
        })
    });
}

/// Whether an input method has this key; Safari says so only by its code.
pub fn composes(key: &KeyboardEvent) -> bool {
    key.is_composing() || key.key_code() == IN_INPUT_METHOD
}

fn enters(event: &Event, composition: Composition, field: Field) -> bool {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
        return false;
    };
    let down = KeyDown {
        key: key.key(),
        key_code: key.key_code(),
        is_composing: key.is_composing(),
        repeat: key.repeat(),
        shift: key.shift_key(),
    };
    let Some(enter) = composition.enter(&down) else {
        return false;
    };
    let breaks_line = match (field, enter) {
        (Field::Line, _) => false,
        (Field::Lines, Enter::BreaksLine | Enter::Composes) => true,
        (Field::Lines, Enter::Sends | Enter::Repeats) => platform::is_touch(),
    };
    if !breaks_line {
        event.prevent_default();
    }
    enter == Enter::Sends && !breaks_line
}
