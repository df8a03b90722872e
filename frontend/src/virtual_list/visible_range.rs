//! Which rows of a long list are drawn, and how much empty room stands for the others, so that what one looks at stays
//! where it is. Knows no browser: places in the list are numbers, heights are pixels that the caller measured.
//!
//! Heights of rows that are not drawn are never known, only guessed from the mean of those that were. The room above is
//! therefore no sum: it gives and takes what is needed to keep what is in sight in its place, and only when it has come
//! too far from the guess it is set right, and the list scrolled by as much.

use std::ops::Range;

use shared::Seq;

/// Rows drawn at the end of the list, while it is followed.
const END: usize = 40;
/// Rows drawn on either side of what is in sight.
const MARGIN: usize = 16;
/// With fewer of them left on one side, the rows to draw are chosen anew: a few at a time, so that no frame has much to
/// draw.
const SLACK: usize = 13;
/// Most rows drawn at the end by somebody who does not follow it, as new ones come in.
const OPEN: usize = 120;

/// Which part of the list is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// Its end, whatever comes.
    #[default]
    End,
    /// The rows from an event's on, also when older ones come in above it.
    From {
        /// The event.
        first: Seq,
        /// How many rows.
        rows: usize,
        /// Whether they reach the end, so that new ones are drawn as well.
        open: bool,
    },
}

impl View {
    /// The rows to draw of so many; `place` tells where an event is.
    pub fn range(self, count: usize, place: impl FnOnce(Seq) -> usize) -> Range<usize> {
        match self {
            Self::End => count.saturating_sub(END)..count,
            Self::From { first, rows, open } => {
                let from = place(first).min(count);
                from..(from + if open { rows.max(OPEN) } else { rows }).min(count)
            }
        }
    }

    /// What to draw of so many rows while these are in sight; `number` tells the event of a row.
    pub fn around(seen: Range<usize>, count: usize, number: impl FnOnce(usize) -> Option<Seq>) -> Self {
        let from = seen.start.saturating_sub(MARGIN);
        let to = (seen.end + MARGIN).min(count);
        match number(from) {
            Some(first) => Self::From { first, rows: to.saturating_sub(from), open: to == count },
            // What is not stored yet has no number, and stands at the end.
            None => Self::End,
        }
    }
}

/// Whether those drawn reach far enough beyond those in sight.
pub fn suffices(drawn: &Range<usize>, seen: &Range<usize>, count: usize) -> bool {
    let above = drawn.start == 0 || drawn.start + SLACK <= seen.start;
    let below = drawn.end == count || seen.end + SLACK <= drawn.end;
    above && below
}

/// The row that stands at this part, `0.0..=1.0`, of the room for some rows.
pub fn row_at(rows: &Range<usize>, part: f64) -> usize {
    let rows_in = (rows.len() as f64 * part.clamp(0.0, 1.0)) as usize;
    (rows.start + rows_in).min(rows.end.saturating_sub(1))
}

/// The height a row has on average, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean(f64);

impl Default for Mean {
    fn default() -> Self {
        Self(60.0)
    }
}

impl Mean {
    /// So many rows are so high together.
    pub fn learn(&mut self, rows: usize, height: f64) {
        if rows != 0 && height > 0.0 {
            self.0 += (height / rows as f64 - self.0) * 0.2;
        }
    }

    /// How high so many rows probably are.
    pub fn of(self, rows: usize) -> f64 {
        (self.0 * rows as f64).round()
    }
}

/// The room above, once it is this high and what is looked at was moved down by `moved`; and by how much to scroll so that
/// it is back where it was. `rows` are those that are not drawn above.
pub fn settle(above: f64, moved: f64, rows: usize, mean: Mean) -> (f64, f64) {
    let (kept, guess) = (above - moved, mean.of(rows));
    let near = rows != 0 && (guess * 0.5..=guess * 2.0).contains(&kept);
    let above = if near { kept.round() } else { guess };
    (above, above - kept)
}

#[cfg(test)]
mod tests;
