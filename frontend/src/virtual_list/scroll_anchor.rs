//! Where the list is scrolled to: at its end, which is followed, or at a row that stays where it is on the screen.
//!
//! Pure. The mode changes only by a command, or when the person scrolls. Rows that grow, windows that change their size
//! and positions that the browser clamps never change the mode: they are told from scrolling by the size of the list,
//! which scrolling leaves as it is, and by the direction: a list that grows does not move up by itself.

use super::RowKey;

/// A scroll position that differs by less is the same, in pixels: browsers round positions to device pixels.
const SAME_PX: f64 = 1.0;
/// Closer than this to the end is the end, in pixels: browsers also round the height of everything.
const AT_END_PX: f64 = 1.5;
/// Scrolling down to this distance from the end follows it, in pixels.
const NEAR_END_PX: f64 = 24.0;
/// Scrolling up by less than this does not leave the end, in pixels: a trembling finger.
pub(super) const LEAVE_END_PX: f64 = 4.0;

/// The size of the list and where it is scrolled to, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Viewport {
    /// The scroll position.
    pub top: f64,
    /// The height of the visible part.
    pub height: f64,
    /// The width of the visible part.
    pub width: f64,
    /// The height of everything in the list.
    pub content: f64,
}

impl Viewport {
    /// The distance from the end.
    pub fn from_end(&self) -> f64 {
        (self.content - self.height - self.top).max(0.0)
    }

    /// Whether the list is displayed at all.
    pub fn is_shown(&self) -> bool {
        0.0 < self.height
    }

    fn has_size_of(&self, other: &Self) -> bool {
        let same = |a: f64, b: f64| (a - b).abs() < 0.5;
        same(self.height, other.height) && same(self.width, other.width) && same(self.content, other.content)
    }
}

/// A row on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedRow {
    /// Its key.
    pub key: RowKey,
    /// Its distance from the viewport's upper edge, in pixels; negative above the edge.
    pub top: f64,
    /// Its height, in pixels.
    pub height: f64,
}

/// Rows that stay where they are, the preferred one first: one of them may go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// The rows and where they are to be.
    pub rows: Vec<PlacedRow>,
    /// The width of the viewport when they were measured.
    pub width: f64,
}

impl Held {
    /// Holds rows that are in the viewport now, in order from the top.
    pub fn visible(view: &Viewport, mut rows: Vec<PlacedRow>) -> Self {
        // A row that begins in the viewport is preferred to a long one above it: what is read of that one is its end.
        let begins = |row: &PlacedRow| 0.0 <= row.top && row.top < view.height * 0.5;
        if let Some(first) = rows.iter().position(begins) {
            rows[..=first].rotate_right(1);
        }
        Self { rows, width: view.width }
    }

    /// The first of the rows that is still there: how far it is below the place where it is to be, in pixels.
    fn moved(&self, view: &Viewport, row_now: impl Fn(RowKey) -> Option<PlacedRow>) -> Option<f64> {
        self.rows.iter().find_map(|held| {
            let now = row_now(held.key)?;
            // In another width text is broken into other lines: the same part of a long row stays at the edge.
            let reflowed = held.top < 0.0 && 0.0 < held.height && (view.width - self.width).abs() > 0.5;
            let part = if reflowed { now.height / held.height } else { 1.0 };
            Some(now.top - held.top * part)
        })
    }

    /// Measures the rows that are still there again, after they were moved to their places but for `moved` pixels. So less than a pixel
    /// of error does not add up.
    fn measure(&mut self, view: &Viewport, moved: f64, row_now: impl Fn(RowKey) -> Option<PlacedRow>) {
        let rows = self.rows.iter().filter_map(|held| row_now(held.key));
        self.rows = rows.map(|row| PlacedRow { top: row.top - moved, ..row }).collect();
        self.width = view.width;
    }
}

/// What is to stay as it is on the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Mode {
    /// The end of the list is followed.
    FollowEnd,
    /// Rows stay in their places.
    Hold(Held),
}

/// What changed the scroll position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrollCause {
    /// The person scrolled.
    Person,
    /// The list has another size than when the position was corrected last.
    Layout,
    /// Nothing: the position is known.
    Nothing,
}

/// How the scroll position is to be corrected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Correction {
    /// Scroll to the end.
    ToEnd,
    /// The rows on the screen are this far below their places, in pixels.
    Moved(f64),
    /// None of the rows that are to stay is drawn.
    NotDrawn,
}

/// The scroll position as a state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct ScrollAnchor {
    mode: Mode,
    known: Option<Viewport>,
}

impl Default for ScrollAnchor {
    fn default() -> Self {
        Self { mode: Mode::FollowEnd, known: None }
    }
}

impl ScrollAnchor {
    /// The mode.
    pub fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Whether the end is followed.
    pub fn follows_end(&self) -> bool {
        self.mode == Mode::FollowEnd
    }

    /// Follows the end from now on.
    pub fn follow_end(&mut self) {
        self.mode = Mode::FollowEnd;
    }

    /// Holds these rows from now on.
    pub fn hold(&mut self, held: Held) {
        self.mode = Mode::Hold(held);
    }

    /// The list is not displayed. When it is again, the browser has scrolled it to its beginning.
    pub fn hidden(&mut self) {
        self.known = None;
    }

    /// Brings a row to this distance from the viewport's upper edge, and keeps it there.
    pub fn jump(&mut self, key: RowKey, top: f64) {
        let row = PlacedRow { key, top, height: 0.0 };
        self.mode = Mode::Hold(Held { rows: vec![row], width: 0.0 });
    }

    /// Whether the person scrolled, where the browser may also have kept the position within a list that was short for a moment, but at
    /// least `shortest` pixels high.
    pub fn is_moved_by_person(&self, now: &Viewport, shortest: f64) -> bool {
        let moved_down = |before: &Viewport| SAME_PX <= now.top - before.top;
        let above_any_end = now.top + SAME_PX <= shortest - now.height;
        let moved_up = |before: &Viewport| SAME_PX <= before.top - now.top && above_any_end;
        self.known.as_ref().is_some_and(|before| moved_down(before) || moved_up(before))
    }

    /// Takes in the scroll position. `ends` says whether the drawn rows reach the end; `visible` gives the rows in the viewport.
    pub fn scrolled(
        &mut self,
        now: Viewport,
        ends: bool,
        visible: impl FnOnce() -> Vec<PlacedRow>,
    ) -> ScrollCause {
        let Some(before) = self.known.filter(|before| before.is_shown() && now.is_shown()) else {
            return ScrollCause::Layout;
        };
        let moved = now.top - before.top;
        if !now.has_size_of(&before) {
            // Where it is not the browser that kept the position within the list, the person scrolled as well.
            let clamped = moved < 0.0 && now.from_end() < AT_END_PX;
            let same_width = (now.width - before.width).abs() < 0.5;
            match &mut self.mode {
                Mode::Hold(held) if !clamped => held.rows.iter_mut().for_each(|row| row.top -= moved),
                // In another width the browser lays out in steps, and may keep a position within a list that is short for a moment.
                Mode::FollowEnd if !clamped && same_width && moved < -LEAVE_END_PX => {
                    self.mode = Mode::Hold(Held::visible(&now, visible()));
                }
                Mode::Hold(_) | Mode::FollowEnd => {}
            }
            self.known = Some(Viewport { top: now.top, ..before });
            return ScrollCause::Layout;
        }
        if moved.abs() < SAME_PX {
            return ScrollCause::Nothing;
        }
        let near = ends && now.from_end() < if moved < 0.0 { LEAVE_END_PX } else { NEAR_END_PX };
        let trembles = self.follows_end() && near;
        self.mode = if trembles || (near && 0.0 < moved) {
            Mode::FollowEnd
        } else {
            Mode::Hold(Held::visible(&now, visible()))
        };
        self.known = Some(now);
        ScrollCause::Person
    }

    /// How to correct the position after rows were drawn, or changed their sizes.
    pub fn correction(&self, now: &Viewport, row_now: impl Fn(RowKey) -> Option<PlacedRow>) -> Correction {
        match &self.mode {
            Mode::FollowEnd => Correction::ToEnd,
            Mode::Hold(held) => held.moved(now, row_now).map_or(Correction::NotDrawn, Correction::Moved),
        }
    }

    /// Takes in the position after it was corrected. At an end of the list a row may be elsewhere than it was to be: it stays there
    /// from now on.
    pub fn settled(
        &mut self,
        now: Viewport,
        ends: bool,
        row_now: impl Fn(RowKey) -> Option<PlacedRow>,
        visible: impl FnOnce() -> Vec<PlacedRow>,
    ) {
        self.known = Some(now);
        if let Mode::Hold(held) = &mut self.mode
            && let Some(moved) = held.moved(&now, &row_now)
        {
            if ends && now.from_end() < AT_END_PX {
                self.mode = Mode::FollowEnd;
            } else if SAME_PX <= moved.abs() {
                self.mode = Mode::Hold(Held::visible(&now, visible()));
            } else {
                held.measure(&now, moved, row_now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
