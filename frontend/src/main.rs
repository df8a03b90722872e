//! Starts the page.

use frontend::app::{App, Early};
use frontend::browser;

fn main() {
    let typed = browser::typed_early().into();
    yew::Renderer::<App>::with_props(Early { typed }).render();
}
