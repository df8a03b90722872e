//! The line about the connection.

use yew::{Html, Properties, classes, component, html};

use super::use_lang;
use crate::i18n::Msg;
use crate::state::connection::Banner;

/// What the line needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What to say, if anything.
    pub banner: Option<Banner>,
    /// Whether this page was in the room before.
    pub was_up: bool,
}

/// The line about the connection. Its live region is always there, so that screen readers notice the text that comes into it.
#[component]
pub fn LinkBanner(props: &Props) -> Html {
    let lang = use_lang();
    let said = props.banner.map(|banner| match banner {
        Banner::Restored => (Msg::LinkRestored, "banner good"),
        Banner::Lost if props.was_up => (Msg::LinkLost, "banner lost"),
        Banner::Lost => (Msg::LinkSearching, "banner lost"),
    });
    let class = classes!(said.map(|(_, class)| class));
    html! { <div id="banner" {class} role="status">{ said.map(|(msg, _)| msg.say(lang)).unwrap_or_default() }</div> }
}
