//! When a message goes that had the focus, or a menu open, the list has the focus: whoever reads by keyboard goes on from
//! there.

use yew::{Callback, NodeRef, hook};

use super::focus;
use crate::hooks::erased::use_effect_with;
use crate::services::platform;

/// Gives the focus to the list when the message goes, unless something else has it; `ongone` hears of it.
#[hook]
pub(super) fn use_focus(list: &NodeRef, gone: bool, ongone: Callback<()>) {
    let list = list.clone();
    use_effect_with(gone, move |gone| {
        if *gone {
            ongone.emit(());
            if !platform::has_focus() {
                focus(&list);
            }
        }
    });
}
