//! The line about the connection.

use yew::{Html, classes, html};

use crate::i18n::{Lang, Msg};
use crate::state::connection::Banner;

/// The line about the connection; `was_up` says whether this page was in the room before. Its live region is always there, so that
/// screen readers notice the text that comes into it.
pub fn link_banner(banner: Option<Banner>, was_up: bool, lang: Lang) -> Html {
    let said = banner.map(|banner| match banner {
        Banner::Restored => (Msg::LinkRestored, "banner good"),
        Banner::Lost if was_up => (Msg::LinkLost, "banner lost"),
        Banner::Lost => (Msg::LinkSearching, "banner lost"),
    });
    let class = classes!(said.map(|(_, class)| class));
    html! { <div id="banner" {class} role="status">{ said.map(|(msg, _)| msg.say(lang)).unwrap_or_default() }</div> }
}
