//! A finger that stays where it is for a while.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use web_sys::Element;
use yew::{Callback, PointerEvent, hook, use_mut_ref};

use super::row_element::{row_of, target};

/// How long, in milliseconds: shorter than the browser's own, which would select a word.
const LONG_MS: u32 = 420;
/// A finger moves by a few pixels, also when it is to stay.
const STILL_PX: f64 = 10.0;

/// What the list is to be told of fingers.
pub(super) struct LongPress {
    pub(super) down: Callback<PointerEvent>,
    pub(super) moves: Callback<PointerEvent>,
    pub(super) ends: Callback<PointerEvent>,
}

/// Calls `onpress` with the row and the place in the window, once a finger stays on a row.
#[hook]
pub(super) fn use_long_press(onpress: Callback<(Element, (f64, f64))>) -> LongPress {
    let waiting = use_mut_ref(|| None::<(Timeout, (f64, f64))>);
    let at = |press: &PointerEvent| (f64::from(press.client_x()), f64::from(press.client_y()));
    let down = {
        let waiting = Rc::clone(&waiting);
        Callback::from(move |press: PointerEvent| {
            let pressed =
                target(&press).filter(|target| target.closest("a, button").ok().flatten().is_none());
            let row = pressed.and_then(|_| row_of(&press)).filter(|_| press.pointer_type() == "touch");
            *waiting.borrow_mut() = row.map(|row| {
                let (onpress, at) = (onpress.clone(), at(&press));
                (Timeout::new(LONG_MS, move || onpress.emit((row, at))), at)
            });
        })
    };
    let moves = {
        let waiting = Rc::clone(&waiting);
        Callback::from(move |press: PointerEvent| {
            let (x, y) = at(&press);
            let moved = |(_, from): &(Timeout, (f64, f64))| (x - from.0).hypot(y - from.1) > STILL_PX;
            if waiting.borrow().as_ref().is_some_and(moved) {
                waiting.take();
            }
        })
    };
    let ends = Callback::from(move |_| drop(waiting.take()));
    LongPress { down, moves, ends }
}
