//! Starts the page.

use frontend::app::{App, Early};
use frontend::services::platform;

fn main() {
    let typed = platform::typed_early().into();
    yew::Renderer::<App>::with_props(Early { typed }).render();
}
