//! What a change of the scroll position means.

use super::*;

fn view(top: f64) -> Viewport {
    Viewport { top, height: 600.0, width: 800.0, content: 2_000.0 }
}

fn row(key: RowKey, top: f64, height: f64) -> PlacedRow {
    PlacedRow { key, top, height }
}

/// At the end of a list of 2,000 pixels.
fn following() -> ScrollAnchor {
    let mut anchor = ScrollAnchor::default();
    anchor.settled(view(1_400.0), true, |_| None, Vec::new);
    anchor
}

#[test]
fn another_size_is_never_taken_for_scrolling() {
    let at_end = view(1_400.0);
    let sizes = [
        Viewport { content: 1_700.0, top: 1_100.0, ..at_end },
        Viewport { content: 2_600.0, ..at_end },
        Viewport { height: 300.0, ..at_end },
        Viewport { height: 900.0, top: 1_100.0, ..at_end },
        Viewport { width: 400.0, content: 3_100.0, top: 900.0, ..at_end },
        Viewport { height: 0.0, top: 0.0, ..at_end },
    ];
    for size in sizes {
        let mut anchor = following();
        assert_eq!(anchor.scrolled(size, true, Vec::new), ScrollCause::Layout, "{size:?}");
        assert!(anchor.follows_end(), "{size:?}");
    }
}

#[test]
fn a_position_that_was_set_here_is_nothing_new() {
    let mut anchor = following();
    assert_eq!(anchor.scrolled(view(1_399.5), true, Vec::new), ScrollCause::Nothing);
    assert!(anchor.follows_end());
}

#[test]
fn scrolling_down_follows_only_the_end_of_what_is_live() {
    for (ends, follows) in [(true, true), (false, false)] {
        let mut anchor = following();
        assert_eq!(anchor.scrolled(view(900.0), ends, || vec![row(1, 5.0, 40.0)]), ScrollCause::Person);
        assert!(!anchor.follows_end());
        anchor.scrolled(view(1_380.0), ends, || vec![row(2, 5.0, 40.0)]);
        assert_eq!(anchor.follows_end(), follows);
    }
}

#[test]
fn a_row_that_goes_is_replaced_by_the_next_one() {
    let mut anchor = following();
    anchor.scrolled(view(900.0), true, || vec![row(1, -20.0, 40.0), row(2, 20.0, 40.0), row(3, 60.0, 40.0)]);
    let now = |key| (key == 3).then(|| row(3, 75.0, 40.0));
    assert_eq!(anchor.correction(&view(900.0), now), Correction::Moved(15.0));
    assert_eq!(anchor.correction(&view(900.0), |_| None), Correction::NotDrawn);
}

#[test]
fn of_a_long_row_the_same_part_stays_at_the_edge_when_lines_are_broken_anew() {
    let mut anchor = following();
    anchor.scrolled(view(900.0), true, || vec![row(1, -300.0, 1_200.0)]);
    let narrow = Viewport { width: 400.0, ..view(900.0) };
    assert_eq!(anchor.correction(&narrow, |_| Some(row(1, -600.0, 2_400.0))), Correction::Moved(0.0));
    assert_eq!(anchor.correction(&view(900.0), |_| Some(row(1, -300.0, 1_400.0))), Correction::Moved(0.0));
}
