//! Runs a virtual list on a screen: measures what is drawn, corrects the scroll position, and says when other rows are to be drawn.
//!
//! Pure: the screen is an argument.

use std::ops::Range;
use std::rc::Rc;

use super::heights::Heights;
use super::scroll_anchor::{Correction, Held, Mode, PlacedRow, ScrollAnchor, ScrollCause, Viewport};
use super::visible_range::{self, DrawnRange};
use super::{RowKey, RowKeys};

/// Closer than this to an end of what is held, more rows are wanted, in pixels: they are there before the end is.
const NEAR_EDGE_PX: f64 = 800.0;
/// A row that is jumped to stands at this part of the viewport.
const JUMP_PART: f64 = 0.4;
/// Most rows held in their places at once: one is enough, the others stand by in case it goes.
const HELD_ROWS: usize = 4;

/// What the list is drawn on. Positions are pixels below the viewport's upper edge.
pub trait Screen {
    /// The size of the list and where it is scrolled to.
    fn viewport(&self) -> Viewport;
    /// The elements between the spacers, from the top.
    fn elements(&self) -> Vec<ElementBox>;
    /// The lower edge of the spacer above, and its height.
    fn spacer_above(&self) -> (f64, f64);
    /// The upper edge of the spacer below, and its height.
    fn spacer_below(&self) -> (f64, f64);
    /// Where that part of a drawn row is which is to stay in its place.
    fn anchor(&self, key: RowKey) -> Option<PlacedRow>;
    /// Sets the height of the spacer above, in whole pixels.
    fn set_spacer_above(&self, px: f64);
    /// Sets the height of the spacer below, in whole pixels.
    fn set_spacer_below(&self, px: f64);
    /// Scrolls to a position.
    fn scroll_to(&self, px: f64);
    /// Scrolls to the very end.
    fn scroll_to_end(&self);
}

/// An element of the list. One without a key belongs to the next one that has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElementBox {
    /// The key of its row.
    pub key: Option<RowKey>,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
}

/// What the list looks like after it was scrolled or drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Other rows are to be drawn.
    pub redraw: bool,
    /// The end is followed.
    pub follows: bool,
    /// The places in the viewport; none while the list is not displayed.
    pub visible: Option<Range<usize>>,
    /// What is held begins not far above.
    pub near_first: bool,
    /// What is held ends not far below.
    pub near_last: bool,
}

/// A virtual list.
pub struct Controller {
    rows: Rc<dyn RowKeys>,
    anchor: ScrollAnchor,
    heights: Heights,
    range: DrawnRange,
    /// The places drawn last.
    drawn: Range<usize>,
    /// Rows are being exchanged, which may take several frames: the browser may lay out what it has so far, and keep the scroll position
    /// within that.
    is_drawing: bool,
    width: f64,
}

impl Controller {
    /// An empty list that follows its end.
    pub fn new(rows: Rc<dyn RowKeys>) -> Self {
        Self {
            rows,
            anchor: ScrollAnchor::default(),
            heights: Heights::default(),
            range: DrawnRange::default(),
            drawn: 0..0,
            is_drawing: false,
            width: 0.0,
        }
    }

    /// Whether the end is followed.
    pub fn follows_end(&self) -> bool {
        self.anchor.follows_end()
    }

    /// The places to draw of these rows, those around the row to `jump` to if there is one. To be called before they are drawn: until
    /// then the screen shows what was drawn last.
    pub fn begin_drawing(
        &mut self,
        rows: Rc<dyn RowKeys>,
        jump: Option<RowKey>,
        screen: &dyn Screen,
    ) -> Range<usize> {
        self.take_scroll(screen);
        self.is_drawing = true;
        self.rows = rows;
        if let Some(key) = jump {
            let place = self.rows.place(key).min(self.rows.count().saturating_sub(1));
            // Not each number has a row: the next one is shown.
            let key = self.rows.key(place).unwrap_or(key);
            self.anchor.jump(key, screen.viewport().height * JUMP_PART);
            self.range = DrawnRange::around(place..place + 1, &*self.rows, &self.heights);
        }
        self.drawn = self.range.places(&*self.rows);
        self.drawn.clone()
    }

    /// Follows the end from now on. Draw the list anew afterwards.
    pub fn follow_end(&mut self, screen: &dyn Screen) {
        self.anchor.follow_end();
        self.range = DrawnRange::at_end(screen.viewport().height, &*self.rows, &self.heights);
    }

    /// To be called when the list was scrolled.
    pub fn scrolled(&mut self, screen: &dyn Screen) -> Report {
        let follows = self.follows_end();
        let cause = self.take_scroll(screen);
        if cause == ScrollCause::Layout || (self.follows_end() && !follows) {
            self.correct(screen);
        }
        self.report(screen)
    }

    /// To be called when rows were drawn, and when an element or the list itself has another size.
    pub fn laid_out(&mut self, screen: &dyn Screen) -> Report {
        // The person may have scrolled, and the browser reports that only later.
        self.take_scroll(screen);
        self.is_drawing = false;
        self.correct(screen);
        self.report(screen)
    }

    /// Notes where the person has scrolled to.
    fn take_scroll(&mut self, screen: &dyn Screen) -> ScrollCause {
        let view = screen.viewport();
        let ends = self.ends();
        let Self { anchor, rows, heights, drawn, .. } = self;
        if self.is_drawing {
            // All the rows may have been gone for a moment, but the spacers were there.
            let spacers = screen.spacer_above().1 + screen.spacer_below().1;
            if !anchor.is_moved_by_person(&view, spacers) {
                return ScrollCause::Nothing;
            }
        }
        anchor.scrolled(view, ends, || held_rows(&view, screen, &**rows, heights, drawn))
    }

    fn ends(&self) -> bool {
        self.drawn.end == self.rows.count() && self.rows.is_live()
    }

    fn correct(&mut self, screen: &dyn Screen) {
        let view = screen.viewport();
        if !view.is_shown() {
            self.anchor.hidden();
            return;
        }
        // Written first, then measured: the browser lays everything out for each change between.
        screen.set_spacer_below(self.expected(self.drawn.end..self.rows.count()));
        if view.width != self.width {
            self.width = view.width;
            self.heights.forget();
        }
        self.measure(screen);
        let above = self.expected(0..self.drawn.start);
        match self.anchor.correction(&view, |key| screen.anchor(key)) {
            Correction::ToEnd => {
                screen.set_spacer_above(above);
                screen.scroll_to_end();
            }
            Correction::Moved(moved) => {
                let (height, by) =
                    visible_range::hold_still(screen.spacer_above().1, moved, self.drawn.start, above);
                // A lower spacer may make the browser scroll: where to is reckoned before.
                let top = screen.viewport().top + by;
                screen.set_spacer_above(height);
                if by != 0.0 {
                    screen.scroll_to(top);
                }
            }
            Correction::NotDrawn => screen.set_spacer_above(above),
        }
        self.settle(screen);
        if self.follows_end() && screen.viewport().from_end() > 0.0 {
            screen.scroll_to_end();
            self.settle(screen);
        }
    }

    /// Takes in the position after it was corrected.
    fn settle(&mut self, screen: &dyn Screen) {
        let view = screen.viewport();
        let ends = self.ends();
        let Self { anchor, rows, heights, drawn, .. } = self;
        let gone = |row: &PlacedRow| drawn.contains(&rows.place(row.key)) && screen.anchor(row.key).is_none();
        if let Mode::Hold(held) = anchor.mode()
            && held.rows.iter().all(gone)
        {
            anchor.hold(Held::visible(&view, held_rows(&view, screen, &**rows, heights, drawn)));
        }
        anchor.settled(
            view,
            ends,
            |key| screen.anchor(key),
            || held_rows(&view, screen, &**rows, heights, drawn),
        );
    }

    fn expected(&self, places: Range<usize>) -> f64 {
        visible_range::spacer_px(places, &*self.rows, &self.heights)
    }

    /// Remembers the height of each place: from the top of its first element to the top of the next place's.
    fn measure(&mut self, screen: &dyn Screen) {
        let elements = screen.elements();
        let mut top = elements.first().map_or(0.0, |element| element.top);
        let mut place = self.drawn.start;
        for (index, element) in elements.iter().enumerate() {
            let Some(key) = element.key else { continue };
            let bottom = elements.get(index + 1).map_or(element.bottom, |next| next.top);
            // One place may have several elements with its key: they are measured together.
            if elements.get(index + 1).is_some_and(|next| next.key == Some(key)) {
                continue;
            }
            let at = self.rows.place(key);
            // Places between two elements are not drawn at all.
            (place..at)
                .filter_map(|place| self.rows.key(place))
                .for_each(|key| self.heights.measure(key, 0.0));
            self.heights.measure(key, bottom - top);
            (place, top) = (at + 1, bottom);
        }
    }

    fn report(&mut self, screen: &dyn Screen) -> Report {
        let view = screen.viewport();
        let follows = self.follows_end();
        if !view.is_shown() {
            return Report { follows, ..Report::default() };
        }
        let count = self.rows.count();
        let (above, below) = (screen.spacer_above().0, screen.spacer_below().0 - view.height);
        let visible = visible_places(&view, screen, &*self.rows, &self.heights, &self.drawn);
        let mut redraw = false;
        // A range at the end goes on with the end, another one stays.
        let moves_with_end = matches!(self.range, DrawnRange::End { .. });
        let suffices = visible_range::suffices(&self.drawn, count, -above, below);
        if !suffices || moves_with_end != follows {
            let range = match follows {
                true => DrawnRange::at_end(view.height, &*self.rows, &self.heights),
                false => DrawnRange::around(visible.clone(), &*self.rows, &self.heights),
            };
            redraw = range.places(&*self.rows) != self.drawn;
            self.range = range;
        }
        Report {
            redraw,
            follows,
            visible: Some(visible),
            near_first: view.top < NEAR_EDGE_PX,
            near_last: view.from_end() < NEAR_EDGE_PX,
        }
    }
}

/// The places in the viewport; where a spacer fills it, the place that the spacer stands for there.
fn visible_places(
    view: &Viewport,
    screen: &dyn Screen,
    rows: &dyn RowKeys,
    heights: &Heights,
    drawn: &Range<usize>,
) -> Range<usize> {
    let count = rows.count();
    let elements = screen.elements();
    let in_view = |element: &&ElementBox| 0.0 < element.bottom && element.top < view.height;
    let mut places = elements.iter().filter(in_view).map(|element| match element.key {
        Some(key) => rows.place(key),
        None => count,
    });
    let first = places.clone().find(|place| *place < count);
    let last = places.rfind(|place| *place < count);
    if let (Some(first), Some(last)) = (first, last) {
        return first..last + 1;
    }
    let (above_bottom, above_height) = screen.spacer_above();
    let (below_top, below_height) = screen.spacer_below();
    let place = if 0.0 < above_bottom {
        let part = (above_height - above_bottom) / above_height.max(1.0);
        visible_range::place_in_spacer(&(0..drawn.start), part, rows, heights)
    } else {
        visible_range::place_in_spacer(&(drawn.end..count), -below_top / below_height.max(1.0), rows, heights)
    };
    place..(place + 1).min(count)
}

/// The rows that stay where they are now.
fn held_rows(
    view: &Viewport,
    screen: &dyn Screen,
    rows: &dyn RowKeys,
    heights: &Heights,
    drawn: &Range<usize>,
) -> Vec<PlacedRow> {
    let elements = screen.elements();
    let in_view = elements.iter().filter(|element| 0.0 < element.bottom && element.top < view.height);
    let held: Vec<PlacedRow> =
        in_view.filter_map(|element| screen.anchor(element.key?)).take(HELD_ROWS).collect();
    if !held.is_empty() {
        return held;
    }
    let place = visible_places(view, screen, rows, heights, drawn).start;
    // Above the first row stands whether there is more: it is to be in sight.
    let top = if place == 0 { view.height } else { 0.0 };
    rows.key(place).map(|key| PlacedRow { key, top, height: 0.0 }).into_iter().collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
