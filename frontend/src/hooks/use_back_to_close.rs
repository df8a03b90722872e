//! Lets the back key and Escape close an overlay.

use std::rc::Rc;

use yew::{Callback, hook, use_mut_ref};

use crate::hooks::erased::use_effect_with;
use crate::services::back_stack;

/// While `open`, calls `onclose` when the person presses back or Escape and nothing else lies above.
#[hook]
pub fn use_back_to_close(open: bool, onclose: &Callback<()>) {
    let latest = use_mut_ref(Callback::noop);
    latest.replace(onclose.clone());
    use_effect_with(open, move |open| {
        open.then(|| {
            back_stack::open(Callback::from(move |()| {
                let onclose = Rc::clone(&latest).borrow().clone();
                onclose.emit(());
            }))
        })
    });
}
