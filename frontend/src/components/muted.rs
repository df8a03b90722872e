//! The line that says until when one is muted. It goes when the mute is over.

use gloo_timers::callback::Timeout;
use shared::Millis;
use yew::{Html, Properties, component, html};

use super::use_lang;
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::platform;

/// Longest wait of a browser's timer that is sure to be kept, in milliseconds.
const WAIT_MAX_MS: u64 = 60 * 60 * 1_000;

/// What the line needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// When the mute ends, by the server's clock; none if one is not muted.
    pub until: Option<Millis>,
    /// The server's time now.
    pub now: Millis,
}

/// The line.
#[component]
pub fn MutedLine(props: &Props) -> Html {
    let lang = use_lang();
    // The mute that is known to be over, and how often the clock was looked at.
    let over = use_default::<Option<Millis>>();
    let looks = use_default::<u32>();
    let left = props.until.map(|until| until.0.saturating_sub(props.now.0)).filter(|left| 0 < *left);
    {
        let (over, looks) = (over.setter(), looks.clone());
        use_effect_with((props.until, *looks, left.is_some()), {
            let until = props.until;
            move |_| {
                left.map(|left| {
                    let wait = u32::try_from(left.min(WAIT_MAX_MS)).unwrap_or(u32::MAX);
                    Timeout::new(wait, move || {
                        if left <= WAIT_MAX_MS { over.set(until) } else { looks.set(*looks + 1) }
                    })
                })
            }
        });
    }
    let Some(until) = props.until.filter(|until| left.is_some() && *over != Some(*until)) else {
        return Html::default();
    };
    let (at, today) = (platform::local(until), platform::local(platform::wall_clock()));
    let time = if at.same_day(today) { at.time() } else { format!("{} {}", at.day(today, lang), at.time()) };
    html! { <div id="muted" class="banner" role="status">{ Msg::MutedUntil.fill(lang, &[&time]) }</div> }
}
