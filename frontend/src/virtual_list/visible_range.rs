//! Chooses which rows are drawn, and the heights of the two spacers that stand for the others.
//!
//! Pure: places are numbers, pixels are measured by the caller.

use std::ops::Range;

use super::heights::Heights;
use super::{RowKey, RowKeys};

/// Rows drawn at the end before any row was measured.
const FIRST_ROWS: usize = 40;
/// Pixels drawn above and below the viewport when rows are chosen.
const MARGIN_PX: f64 = 1_200.0;
/// With fewer pixels left on one side, rows are chosen again: a few at a time, so that no frame draws many.
const SLACK_PX: f64 = 950.0;
/// With more pixels on one side, rows are chosen again, to keep the document small.
const EXCESS_PX: f64 = 5_000.0;
/// Most rows drawn on one side of the viewport. Rows without height do not count as progress towards the margin.
const MAX_SIDE_ROWS: usize = 400;
/// Most rows drawn when new ones are appended to a range that reaches the end.
const MAX_OPEN_ROWS: usize = 120;

/// The part of the list that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawnRange {
    /// The last rows, whatever is appended.
    End {
        /// The number of places.
        rows: usize,
    },
    /// The rows from a key on, also when rows are put in above it.
    From {
        /// The key of the first row.
        first: RowKey,
        /// The number of places.
        rows: usize,
        /// Whether the range reaches the end, so that appended rows are drawn too.
        open: bool,
    },
}

impl Default for DrawnRange {
    fn default() -> Self {
        Self::End { rows: FIRST_ROWS }
    }
}

impl DrawnRange {
    /// The places to draw.
    pub fn places(self, rows: &dyn RowKeys) -> Range<usize> {
        let count = rows.count();
        match self {
            Self::End { rows } => count.saturating_sub(rows)..count,
            Self::From { first, rows: len, open } => {
                let from = rows.place(first).min(count);
                from..(from + if open { len.max(MAX_OPEN_ROWS) } else { len }).min(count)
            }
        }
    }

    /// The rows to draw while the end is followed.
    pub fn at_end(viewport_px: f64, rows: &dyn RowKeys, heights: &Heights) -> Self {
        let count = rows.count();
        let start = walk_up(count, viewport_px + MARGIN_PX, rows, heights);
        Self::End { rows: (count - start).max(1) }
    }

    /// The rows to draw while the rows at these places are in the viewport.
    pub fn around(visible: Range<usize>, rows: &dyn RowKeys, heights: &Heights) -> Self {
        let count = rows.count();
        let start = walk_up(visible.start, MARGIN_PX, rows, heights);
        let end = walk_down(visible.end, MARGIN_PX, rows, heights);
        match rows.key(start) {
            Some(first) => Self::From { first, rows: end.saturating_sub(start), open: end == count },
            // Rows without a key stand at the end.
            None => Self::End { rows: (count - start).max(1) },
        }
    }
}

/// The first place to draw so that `px` pixels stand above `place`.
fn walk_up(place: usize, px: f64, rows: &dyn RowKeys, heights: &Heights) -> usize {
    let mut left = px;
    let mut start = place.min(rows.count());
    for _ in 0..MAX_SIDE_ROWS {
        if start == 0 || left <= 0.0 {
            break;
        }
        start -= 1;
        left -= rows.key(start).map_or_else(|| heights.height(RowKey::MAX), |key| heights.height(key));
    }
    start
}

/// The place after the last one to draw so that `px` pixels stand below the rows before `place`.
fn walk_down(place: usize, px: f64, rows: &dyn RowKeys, heights: &Heights) -> usize {
    let (mut left, count) = (px, rows.count());
    let mut end = place.min(count);
    for _ in 0..MAX_SIDE_ROWS {
        if end == count || left <= 0.0 {
            break;
        }
        left -= rows.key(end).map_or_else(|| heights.height(RowKey::MAX), |key| heights.height(key));
        end += 1;
    }
    end
}

/// Whether the drawn rows reach far enough beyond the viewport, and not too far: so many pixels `above` and `below` it.
pub fn suffices(drawn: &Range<usize>, count: usize, above_px: f64, below_px: f64) -> bool {
    let enough = |px: f64, all: bool| (all || SLACK_PX <= px) && px <= EXCESS_PX;
    enough(above_px, drawn.start == 0) && enough(below_px, drawn.end == count)
}

/// The place that stands at this part, `0.0..=1.0`, of the spacer for some places.
pub fn place_in_spacer(places: &Range<usize>, part: f64, rows: &dyn RowKeys, heights: &Heights) -> usize {
    let px = part.clamp(0.0, 1.0) * spacer_px(places.clone(), rows, heights);
    let (mut low, mut high) = (places.start, places.end);
    while low < high {
        let middle = low.midpoint(high);
        let above = spacer_px(places.start..middle + 1, rows, heights);
        (low, high) = if above <= px { (middle + 1, high) } else { (low, middle) };
    }
    low.min(places.end.saturating_sub(1))
}

/// The expected height of the rows at these places, in whole pixels.
pub fn spacer_px(places: Range<usize>, rows: &dyn RowKeys, heights: &Heights) -> f64 {
    let start = rows.key(places.start).unwrap_or(RowKey::MAX);
    let end =
        if places.end == rows.count() { RowKey::MAX } else { rows.key(places.end).unwrap_or(RowKey::MAX) };
    heights.sum(start..end, places.len()).round()
}

/// The height of the spacer above, and how far to scroll down, after the rows on screen were moved down by `moved` pixels.
///
/// The spacer takes up the difference: the browser then need not scroll while a finger does. The spacer is set to `expected_px` only if it
/// would differ too much from that. `above` is the number of places it stands for.
pub fn hold_still(spacer_px: f64, moved: f64, above: usize, expected_px: f64) -> (f64, f64) {
    let kept = spacer_px - moved;
    let near = above != 0 && (expected_px * 0.5..=expected_px * 2.0).contains(&kept);
    let height = if near { kept.round() } else { expected_px };
    (height, height - kept)
}
