//! The quiet line about the connection.

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

/// The line about the connection; nothing while there is nothing to say.
#[component]
pub fn LinkBanner(props: &Props) -> Html {
    let lang = use_lang();
    let Some(banner) = props.banner else {
        return Html::default();
    };
    let (word, class) = match banner {
        Banner::Restored => (Msg::LinkRestored, "good"),
        Banner::Lost if props.was_up => (Msg::LinkLost, "lost"),
        Banner::Lost => (Msg::LinkSearching, "lost"),
    };
    html! { <div id="banner" class={classes!("banner", class)} role="status">{ word.say(lang) }</div> }
}
