//! Which part of the window the room fills while a keyboard on the screen covers the rest. Knows no browser.

/// The visible part of the window as the browser reports it, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisualViewport {
    /// Its height.
    pub height: f64,
    /// How far its top is below the top of the page's window.
    pub offset_top: f64,
    /// How much the person has zoomed in with two fingers.
    pub scale: f64,
    /// The height of the page's window.
    pub window_height: f64,
}

/// Differences below this come from rounding, in pixels.
const ROUNDING: f64 = 1.0;

impl VisualViewport {
    /// Top and height of the room, in pixels; none if it fills the window, or the person has zoomed in.
    pub fn room(self) -> Option<(f64, f64)> {
        let zoomed = 0.01 < (self.scale - 1.0).abs();
        let whole = self.offset_top < ROUNDING && (self.window_height - self.height) < ROUNDING;
        (!zoomed && !whole && ROUNDING < self.height).then_some((self.offset_top.max(0.0), self.height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport(height: f64, offset_top: f64, scale: f64) -> VisualViewport {
        VisualViewport { height, offset_top, scale, window_height: 844.0 }
    }

    #[test]
    fn the_room_fills_what_the_keyboard_leaves() {
        assert_eq!(viewport(508.0, 0.0, 1.0).room(), Some((0.0, 508.0)));
        assert_eq!(viewport(508.0, 120.0, 1.0).room(), Some((120.0, 508.0)));
    }

    #[test]
    fn nothing_is_set_without_a_keyboard_or_while_zoomed() {
        assert_eq!(viewport(844.0, 0.0, 1.0).room(), None);
        assert_eq!(viewport(843.5, 0.2, 1.0).room(), None);
        assert_eq!(viewport(422.0, 30.0, 2.0).room(), None);
        assert_eq!(viewport(0.0, 0.0, 1.0).room(), None);
    }
}
