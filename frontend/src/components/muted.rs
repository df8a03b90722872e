//! The line that says until when one is muted.

use shared::Millis;
use yew::{Html, html};

use crate::i18n::{Lang, Msg};
use crate::services::platform;

/// The line, if one is muted, in a live region that is always there. `until` and `now` are the server's times.
pub fn muted_region(until: Option<Millis>, now: Millis, lang: Lang) -> Html {
    let line = until.map(|until| {
        let (at, today) = (platform::local(until), platform::local(now));
        let time =
            if at.same_day(today) { at.time() } else { format!("{} {}", at.day(today, lang), at.time()) };
        html! { <div id="muted" class="banner">{ Msg::MutedUntil.fill(lang, &[&time]) }</div> }
    });
    html! { <div role="status">{ line.unwrap_or_default() }</div> }
}
