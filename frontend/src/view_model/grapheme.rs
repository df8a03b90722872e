//! Finds boundaries between graphemes, so that no emoji and no letter with its marks is split.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Which of several boundaries is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// A boundary between graphemes, counted in characters, in this range. Where there is none, the end of the range on that side.
pub fn boundary_in(text: &str, range: Range<usize>, side: Side) -> usize {
    let mut at = 0;
    let ends = text.graphemes(true).map(|grapheme| {
        at += grapheme.chars().count();
        at
    });
    let mut boundaries =
        std::iter::once(0).chain(ends).skip_while(|at| *at < range.start).take_while(|at| *at < range.end);
    match side {
        Side::First => boundaries.next().unwrap_or(range.start),
        Side::Last => boundaries.last().unwrap_or(range.end.saturating_sub(1)),
    }
}

/// All boundaries between graphemes of a text, counted in characters from `first`, with both ends.
pub fn boundaries(text: &str, first: usize) -> Vec<usize> {
    let mut at = first;
    let ends = text.graphemes(true).map(|grapheme| {
        at += grapheme.chars().count();
        at
    });
    std::iter::once(first).chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_found_in_a_range() {
        let text = "你👨‍👩‍👧好";
        assert_eq!(boundary_in(text, 0..9, Side::First), 0);
        assert_eq!(boundary_in(text, 2..8, Side::First), 6);
        assert_eq!(boundary_in(text, 1..6, Side::Last), 1);
        assert_eq!(boundary_in(text, 2..6, Side::First), 2);
        assert_eq!(boundary_in(text, 2..6, Side::Last), 5);
        assert_eq!(boundary_in("", 0..1, Side::Last), 0);
    }
}
