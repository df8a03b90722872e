//! Long presses: a finger that stays where it is for a while.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use web_sys::Element;
use yew::{Callback, PointerEvent, hook, use_mut_ref};

use super::row_element::{row_of, target};

/// How long in milliseconds. It is shorter than the browser's own long press, which would select a word or open a link's menu.
const LONG_MS: u32 = 420;
/// How far a finger may move meanwhile, in pixels.
const STILL_PX: f64 = 10.0;

/// Handlers for the list.
pub(super) struct LongPress {
    /// Whether the press just ended was a long one. The click that follows it is to be ignored.
    pub(super) was_long: Rc<Cell<bool>>,
    pub(super) down: Callback<PointerEvent>,
    pub(super) moves: Callback<PointerEvent>,
    pub(super) ends: Callback<PointerEvent>,
}

/// Calls `onpress` with the pressed element and the position in the window, once a finger has stayed on a row.
#[hook]
pub(super) fn use_long_press(onpress: Callback<(Element, (f64, f64))>) -> LongPress {
    let was_long = (*use_mut_ref(|| Rc::new(Cell::new(false)))).borrow().clone();
    let waiting = use_mut_ref(|| None::<(Timeout, (f64, f64))>);
    let at = |press: &PointerEvent| (f64::from(press.client_x()), f64::from(press.client_y()));
    let down = {
        let (waiting, was_long) = (Rc::clone(&waiting), Rc::clone(&was_long));
        Callback::from(move |press: PointerEvent| {
            was_long.set(false);
            // The browser may have moved a finger on a bubble to the button below it: a long press means the message.
            let pressed = target(&press).filter(|target| target.closest(".fold").ok().flatten().is_none());
            let pressed = pressed.filter(|_| row_of(&press).is_some() && press.pointer_type() == "touch");
            *waiting.borrow_mut() = pressed.map(|pressed| {
                let (onpress, was_long, at) = (onpress.clone(), Rc::clone(&was_long), at(&press));
                let press = move || {
                    was_long.set(true);
                    onpress.emit((pressed, at));
                };
                (Timeout::new(LONG_MS, press), at)
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
    LongPress { was_long, down, moves, ends }
}
