//! Starts the page, and says what happens when the program panics.

use std::panic::PanicHookInfo;

use frontend::app::{App, Early};
use frontend::services::{back_stack, boot_card, platform, socket};

fn main() {
    yew::set_custom_panic_hook(Box::new(on_panic));
    back_stack::restore();
    boot_card::when_name_is_composed(|typed| {
        yew::Renderer::<App>::with_props(Early { typed: typed.into() }).render();
    });
}

/// Runs before the program aborts. Nothing of the state can be trusted here, so the page is drawn without the program.
fn on_panic(info: &PanicHookInfo<'_>) {
    // First: whatever fails below, the server learns that nobody is there any more.
    socket::close_all();
    platform::show_crash(&info.to_string());
}
