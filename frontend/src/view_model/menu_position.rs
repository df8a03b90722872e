//! Where a menu opens: near what was pressed, inside the window, and beside the message it is about where there is room.

/// The menu ends this many pixels from the edges of the window.
const EDGE_PX: f64 = 8.0;
/// Pixels between the menu and its message.
const GAP_PX: f64 = 4.0;

/// A rectangle in the window, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    fn right(self) -> f64 {
        self.left + self.width
    }

    fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// The left and upper edge of a menu of this size, opened at `pressed` for a message that stands at `message`.
///
/// It opens below the message, above it, or beside it. If there is no room anywhere, it covers a part of the message.
pub fn menu_position(
    (width, height): (f64, f64),
    pressed: (f64, f64),
    message: Option<Rect>,
    window: (f64, f64),
) -> (f64, f64) {
    let fit_x = |left: f64| left.min(window.0 - width - EDGE_PX).max(EDGE_PX);
    let fit_y = |top: f64| top.min(window.1 - height - EDGE_PX).max(EDGE_PX);
    if let Some(message) = message {
        let (below, above) = (message.bottom() + GAP_PX, message.top - GAP_PX - height);
        let (right, left) = (message.right() + GAP_PX, message.left - GAP_PX - width);
        // What is scrolled out of the window is not covered.
        if below >= EDGE_PX && below + height + EDGE_PX <= window.1 {
            return (fit_x(pressed.0), below);
        }
        if above >= EDGE_PX && above + height + EDGE_PX <= window.1 {
            return (fit_x(pressed.0), above);
        }
        if right + width + EDGE_PX <= window.0 {
            return (right, fit_y(pressed.1));
        }
        if left >= EDGE_PX {
            return (left, fit_y(pressed.1));
        }
    }
    let top = if pressed.1 + height + EDGE_PX > window.1 { pressed.1 - height } else { pressed.1 };
    (fit_x(pressed.0), fit_y(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MENU: (f64, f64) = (144.0, 180.0);
    const PHONE: (f64, f64) = (390.0, 844.0);

    fn covers(at: (f64, f64), message: Rect) -> bool {
        at.0 < message.right()
            && message.left < at.0 + MENU.0
            && at.1 < message.bottom()
            && message.top < at.1 + MENU.1
    }

    fn is_inside(at: (f64, f64), window: (f64, f64)) -> bool {
        at.0 >= EDGE_PX
            && at.1 >= EDGE_PX
            && at.0 + MENU.0 + EDGE_PX <= window.0
            && at.1 + MENU.1 + EDGE_PX <= window.1
    }

    #[test]
    fn a_menu_does_not_cover_its_message_where_there_is_room() {
        for top in [-20.0, 60.0, 300.0, 500.0, 640.0, 800.0] {
            for (left, width) in [(14.0, 300.0), (200.0, 176.0)] {
                let message = Rect { left, top, width, height: 42.0 };
                let pressed = (left + width / 2.0, f64::max(top + 20.0, 1.0));
                let at = menu_position(MENU, pressed, Some(message), PHONE);
                assert!(!covers(at, message) && is_inside(at, PHONE), "{message:?}: {at:?}");
            }
        }
    }

    #[test]
    fn a_tall_message_has_its_menu_beside_it() {
        let window = (1_200.0, 800.0);
        let message = Rect { left: 300.0, top: -100.0, width: 600.0, height: 1_000.0 };
        let at = menu_position(MENU, (500.0, 790.0), Some(message), window);
        assert!(!covers(at, message) && is_inside(at, window), "{at:?}");
    }

    #[test]
    fn without_room_the_menu_opens_where_it_was_asked_for() {
        let message = Rect { left: 10.0, top: -100.0, width: 370.0, height: 1_000.0 };
        assert_eq!(menu_position(MENU, (100.0, 300.0), Some(message), PHONE), (100.0, 300.0));
        assert_eq!(menu_position(MENU, (380.0, 840.0), Some(message), PHONE), (238.0, 656.0));
        assert_eq!(menu_position(MENU, (100.0, 300.0), None, PHONE), (100.0, 300.0));
    }
}
