//! How long a mute lasts: drawn anew at the moment when it is over.

use gloo_timers::callback::Timeout;
use shared::Millis;
use yew::hook;

use crate::hooks::erased::{use_default, use_effect_with};

/// Longest wait of a browser's timer that is sure to be kept, in milliseconds.
const WAIT_MAX_MS: u64 = 60 * 60 * 1_000;

/// The end of a mute, until it is past. `now` is the server's time, as `until` is.
#[hook]
pub fn use_mute(until: Option<Millis>, now: Millis) -> Option<Millis> {
    // The mute that is known to be over, and how often the clock was looked at.
    let over = use_default::<Option<Millis>>();
    let looks = use_default::<u32>();
    let left = until.map(|until| until.0.saturating_sub(now.0)).filter(|left| 0 < *left);
    {
        let (over, looks) = (over.setter(), looks.clone());
        use_effect_with((until, *looks, left.is_some()), move |_| {
            left.map(|left| {
                let wait = u32::try_from(left.min(WAIT_MAX_MS)).unwrap_or(u32::MAX);
                Timeout::new(
                    wait,
                    move || {
                        if left <= WAIT_MAX_MS { over.set(until) } else { looks.set(*looks + 1) }
                    },
                )
            })
        });
    }
    until.filter(|until| left.is_some() && *over != Some(*until))
}
