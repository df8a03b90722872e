//! Starts the page.

use frontend::app::{App, Early};
use frontend::services::{back_stack, boot_card};

fn main() {
    back_stack::restore();
    boot_card::when_name_is_composed(|typed| {
        yew::Renderer::<App>::with_props(Early { typed: typed.into() }).render();
    });
}
