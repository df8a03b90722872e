//! A countdown in whole seconds.

use gloo_timers::callback::Timeout;
use yew::{hook, use_state_eq};

use crate::hooks::erased::use_effect_with;
use crate::services::platform;

const SECOND_MS: u64 = 1_000;

/// The seconds left until the monotonic time `until`, rounded up; none once it has come. Drawn anew each second.
#[hook]
pub fn use_seconds_left(until: Option<u64>) -> Option<u32> {
    let left_ms = until.map(|until| until.saturating_sub(platform::monotonic_ms())).filter(|left| *left != 0);
    let turn = use_state_eq(|| 0_u32);
    let (setter, next) = (turn.setter(), turn.wrapping_add(1));
    use_effect_with((until, *turn), move |_| {
        left_ms.map(|left| Timeout::new(left.min(SECOND_MS) as u32, move || setter.set(next)))
    });
    left_ms.map(|left| u32::try_from(left.div_ceil(SECOND_MS)).unwrap_or(u32::MAX))
}
