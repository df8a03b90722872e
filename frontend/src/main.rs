//! Starts the page.

use frontend::app::App;

fn main() {
    yew::Renderer::<App>::new().render();
}
