//! Draws a component again when the local day changes, so that 今天 becomes 昨天.

use gloo_timers::callback::Timeout;
use shared::Millis;
use yew::{hook, use_state_eq};

use crate::hooks::erased::use_effect_with;
use crate::services::platform;
use crate::state::server_clock::ServerClock;

/// Longest wait in milliseconds. Clock changes and a computer that sleeps make midnight come earlier or later.
const WAIT_MAX_MS: u32 = 15 * 60_000;

/// The server's time. It is drawn with anew soon after local midnight.
#[hook]
pub(super) fn use_local_day(clock: ServerClock) -> Millis {
    let now = move || platform::local(clock.at(platform::monotonic_ms()));
    let day = use_state_eq(|| now().day_number());
    // Rises with each look, so that the next one is waited for even if the day is still the same.
    let looks = use_state_eq(|| 0_u32);
    {
        let (day, looks) = (day.setter(), looks.clone());
        use_effect_with((*looks, clock), move |_| {
            let wait = now().ms_until_midnight().min(WAIT_MAX_MS);
            Timeout::new(wait, move || {
                day.set(now().day_number());
                looks.set(*looks + 1);
            })
        });
    }
    clock.at(platform::monotonic_ms())
}
