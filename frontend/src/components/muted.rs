//! The line that says until when one is muted.

use shared::Millis;
use yew::{Html, html};

use crate::i18n::{Lang, Msg};
use crate::services::platform;

/// The line. `until` is the end of the mute, by the server's clock.
pub fn muted_line(until: Millis, lang: Lang) -> Html {
    let (at, today) = (platform::local(until), platform::local(platform::wall_clock()));
    let time = if at.same_day(today) { at.time() } else { format!("{} {}", at.day(today, lang), at.time()) };
    html! { <div id="muted" class="banner" role="status">{ Msg::MutedUntil.fill(lang, &[&time]) }</div> }
}
