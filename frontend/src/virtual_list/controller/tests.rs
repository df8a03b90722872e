//! What a list shows, whatever happens to it.

mod fake_list;

use proptest::prelude::*;

use super::*;
use crate::virtual_list::TEMPORARY;
use crate::virtual_list::scroll_anchor::LEAVE_END_PX;
use fake_list::{List, Rows, WIDE, height};

#[test]
fn the_end_is_in_view_at_first_and_whatever_changes_its_size() {
    for count in [2, 5, 40, 41, 60, 150, 700, 5_000] {
        let mut list = List::new(1..count + 1);
        let check = |list: &List, what: &str| {
            assert_eq!((list.distance_from_end(), list.report.follows), (0.0, true), "{count} rows: {what}");
        };
        check(&list, "at first");
        for (width, height) in [(390.0, 844.0), (844.0, 390.0), (1_200.0, 800.0), (390.0, 400.0)] {
            list.screen.width.set(width);
            list.screen.height.set(height);
            // The browser may tell of the scroll position that it kept within the list before, or after.
            list.screen.clamp();
            list.tell_scrolled();
            list.tell_resized();
            check(&list, "another window");
        }
        list.screen.grown.replace((1..=count).map(|key| (key, 33.3)).collect());
        list.tell_resized();
        check(&list, "larger text");
        list.rows.keys.push(count + 1);
        list.draw();
        check(&list, "a message");
    }
}

#[test]
fn a_list_that_was_not_displayed_shows_its_end_again() {
    let mut list = List::new(1..500);
    list.screen.height.set(0.0);
    list.screen.top.set(0.0);
    list.tell_resized();
    list.screen.height.set(700.0);
    list.screen.top.set(0.0);
    list.tell_scrolled();
    list.tell_resized();
    assert_eq!((list.distance_from_end(), list.report.follows), (0.0, true));
}

#[test]
fn who_scrolls_up_leaves_the_end_and_who_scrolls_down_comes_back() {
    let mut list = List::new(1..500);
    list.person_scrolls(-2.0);
    assert!(list.report.follows, "a finger trembles");
    list.person_scrolls(-300.0);
    assert!(!list.report.follows);
    let held = list.held().unwrap();
    list.rows.keys.extend(500..520);
    list.draw();
    assert!(!list.report.follows && 300.0 < list.distance_from_end());
    assert!((list.held().unwrap().top - held.top).abs() <= 1.0);
    while !list.report.follows {
        list.person_scrolls(150.0);
    }
    assert_eq!(list.distance_from_end(), 0.0, "and is at the very end");
    list.person_scrolls(-300.0);
    list.follow();
    assert_eq!((list.distance_from_end(), list.report.follows), (0.0, true));
}

#[test]
fn who_scrolls_up_while_rows_change_their_sizes_leaves_the_end() {
    for (grown, rows) in [(0.0, 500), (33.3, 500), (-20.0, 500), (33.3, 40)] {
        for tells_first in [true, false] {
            let mut list = List::new(1..rows);
            let up = list.screen.viewport().top * 0.75;
            list.screen.grown.borrow_mut().push((rows - 1, grown));
            list.screen.scroll_to(list.screen.viewport().top - up);
            if tells_first {
                list.tell_scrolled();
            }
            list.tell_resized();
            list.tell_scrolled();
            assert!(!list.report.follows, "{rows} rows, {grown} px");
            assert!((list.distance_from_end() - up).abs() < 0.5 * up, "{rows} rows, {grown} px");
        }
    }
}

#[test]
fn who_scrolls_while_rows_are_exchanged_gets_there() {
    let mut list = List::new(1..1_000);
    list.scrolls_meanwhile = -40_000.0;
    list.draw();
    assert!(!list.report.follows && 20_000.0 < list.distance_from_end(), "up from the end");
    list.person_scrolls(-100_000.0);
    assert_eq!(list.screen.top.get(), 0.0);
    for turn in 1..5 {
        list.scrolls_meanwhile = 1_400.0;
        list.draw();
        let missed = list.screen.top.get() - 1_400.0 * f64::from(turn);
        assert!(missed.abs() <= 1.0, "down from the beginning: {missed} px");
    }
}

#[test]
fn a_row_that_is_jumped_to_is_in_view_wherever_it_is() {
    let mut list = List::new(1..20_001);
    for key in [10_001, 3, 19_990, 5_000, 20_000] {
        let key = (key..).find(|key| height(*key, WIDE) == 66.5).unwrap().min(20_000);
        list.jump(key);
        let Some(row) = list.screen.anchor(key) else { continue };
        assert!(0.0 <= row.top && row.top + row.height <= 700.5, "{key} is at {}", row.top);
        assert!(!list.is_blank());
    }
}

#[test]
fn reading_back_row_by_row_meets_every_row_in_order() {
    let mut list = List::new(1_000_000..1_005_000);
    let mut seen = list.place_in_view();
    while list.screen.top.get() > 0.0 {
        list.person_scrolls(-300.0);
        let now = list.place_in_view();
        assert!(now <= seen && seen - now < 60, "from {seen} to {now}");
        assert!(!list.is_blank(), "blank at {now}");
        seen = now;
    }
    assert_eq!((list.list.drawn.start, list.screen.above.get(), seen), (0, 0.0, 0));
}

#[test]
fn a_leap_into_a_spacer_draws_what_stands_there() {
    let mut list = List::new(1..100_001);
    for part in [0.5, 0.1, 0.9, 0.0, 0.999, 0.3] {
        list.screen.top.set((list.screen.content() - 700.0) * part);
        list.tell_scrolled();
        let place = list.place_in_view() as f64 / 100_000.0;
        assert!((place - part).abs() < 0.1, "{place} is shown at {part}");
        assert!(!list.is_blank(), "blank at {part}");
    }
}

#[test]
fn temporary_rows_at_the_end_are_followed_and_held() {
    let mut list = List::new(1..50);
    list.rows.keys.extend((0..30).map(|key| TEMPORARY | key));
    list.draw();
    assert_eq!(list.distance_from_end(), 0.0);
    list.person_scrolls(-200.0);
    list.rows.keys.retain(|key| *key < TEMPORARY);
    list.draw();
    assert!(list.screen.viewport().is_shown() && !list.is_blank());
}

#[test]
fn the_end_of_a_part_that_is_not_live_is_not_followed() {
    let mut list = List::new(1..500);
    list.rows = Rows { keys: (200..300).collect(), live: false };
    list.jump(250);
    while list.distance_from_end() > 0.0 {
        list.person_scrolls(200.0);
    }
    assert!(!list.report.follows && list.report.near_last);
    let held = list.held();
    list.rows.keys.extend(300..400);
    list.draw();
    assert_eq!(list.held(), held, "rows that come below move nothing");
}

/// Something that happens to a list.
#[derive(Debug, Clone)]
enum Happening {
    Append(u64),
    Prepend(u64),
    DropFirst(usize),
    Grow(usize, f64),
    Resize(f64, f64),
    Scroll(f64),
    Jump(f64),
    Follow,
    /// A scroll event that tells nothing new.
    Echo,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (1..30_u64).prop_map(Happening::Append),
        (1..120_u64).prop_map(Happening::Prepend),
        (1..50_usize).prop_map(Happening::DropFirst),
        (0..60_usize, -20.0..300.0).prop_map(|(row, px)| Happening::Grow(row, px)),
        prop_oneof![Just((390.0, 844.0)), Just((844.0, 390.0)), Just((1_200.0, 800.0)), Just((390.0, 420.0))]
            .prop_map(|(width, height)| Happening::Resize(width, height)),
        (-2_000.0..2_000.0).prop_map(Happening::Scroll),
        (0.0..1.0).prop_map(Happening::Jump),
        Just(Happening::Follow),
        Just(Happening::Echo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_end_is_followed_or_what_one_reads_stays(
        count in 1..400_u64,
        happenings in prop::collection::vec((happening(), any::<bool>()), 1..40),
    ) {
        let mut list = List::new(1_000_000..1_000_000 + count);
        for (happening, scroll_first) in happenings {
            let (followed, held) = (list.report.follows, list.held());
            let before = list.screen.viewport();
            let mut stays = true;
            match happening.clone() {
                Happening::Append(rows) => {
                    let next = list.rows.keys.last().map_or(1_000_000, |last| last + 1);
                    list.rows.keys.extend(next..next + rows);
                    list.draw();
                }
                Happening::Prepend(rows) => {
                    let first = list.rows.keys.first().copied().unwrap_or(1_000_000);
                    list.rows.keys.splice(..0, first - rows..first);
                    list.draw();
                }
                Happening::DropFirst(rows) => {
                    // Only who follows the end loses rows.
                    if followed && rows + 1 < list.rows.keys.len() {
                        list.rows.keys.drain(..rows);
                        list.draw();
                    }
                }
                Happening::Grow(row, px) => {
                    let drawn = list.screen.drawn.borrow().clone();
                    if let Some(key) = drawn.get(row) {
                        list.screen.grown.borrow_mut().push((*key, px));
                        stays = held.is_none_or(|held| held.key != *key);
                    }
                    if scroll_first {
                        list.screen.clamp();
                        list.tell_scrolled();
                    }
                    list.tell_resized();
                }
                Happening::Resize(width, height) => {
                    list.screen.width.set(width);
                    list.screen.height.set(height);
                    if scroll_first {
                        list.screen.clamp();
                        list.tell_scrolled();
                    }
                    list.tell_resized();
                    // In a lower window what was below is out of sight.
                    stays = held.is_some_and(|held| held.top < height * 0.5);
                }
                Happening::Scroll(px) => list.person_scrolls(px),
                Happening::Jump(part) => {
                    let keys = &list.rows.keys;
                    let key = keys[((keys.len() as f64 * part) as usize).min(keys.len() - 1)];
                    list.jump(key);
                }
                Happening::Follow => list.follow(),
                Happening::Echo => list.tell_scrolled(),
            }
            let after = list.screen.viewport();
            let moves = matches!(happening, Happening::Scroll(_) | Happening::Jump(_) | Happening::Follow);
            prop_assert!(moves || !followed || list.report.follows, "{happening:?} left the end");
            if list.report.follows {
                // A finger that trembles is left alone, also when the browser tells of it once more.
                let trembles = matches!(happening, Happening::Scroll(_) | Happening::Echo);
                let most = if trembles { LEAVE_END_PX } else { 0.01 };
                prop_assert!(after.from_end() <= most, "{} px from the end after {happening:?}", after.from_end());
            } else if let (false, true, Some(held)) = (moves, stays, held) {
                let now = list.screen.anchor(held.key);
                prop_assert!(now.is_some(), "{happening:?}: what one reads is not drawn");
                // Of a long row whose lines are broken anew the same part stays at the edge.
                let reflowed = held.top < 0.0 && before.width != after.width;
                let moved = now.map_or(0.0, |now| {
                    now.top - if reflowed { held.top * now.height / held.height } else { held.top }
                });
                // At an end of the list there may be no room to stay.
                let stuck = after.top <= 0.01 || after.from_end() <= 0.01 || before.top <= 0.01;
                prop_assert!(moved.abs() <= 1.0 || stuck, "{happening:?} moved it by {moved}: {before:?} {after:?}");
            }
            prop_assert!(!list.is_blank(), "blank after {happening:?}");
        }
    }
}
