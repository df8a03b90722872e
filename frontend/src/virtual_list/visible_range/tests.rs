//! A list without a browser: rows of any height, of which only some are drawn.

use super::*;

/// Rows by number, each with its height; as high on the screen as `SCREEN`.
struct List {
    first: u64,
    end: u64,
    view: View,
    drawn: Range<usize>,
    above: f64,
    top: f64,
    mean: Mean,
}

const SCREEN: f64 = 700.0;

fn height(number: u64) -> f64 {
    // Notices, short messages, and now and then a very long one.
    match number.wrapping_mul(2_654_435_761) >> 7 & 15 {
        0..4 => 37.0,
        4..14 => 66.5,
        _ => 640.25,
    }
}

impl List {
    fn new(first: u64, end: u64) -> Self {
        let mut list =
            Self { first, end, view: View::End, drawn: 0..0, above: 0.0, top: 0.0, mean: Mean::default() };
        list.drawn = list.range();
        list.above = list.mean.of(list.drawn.start);
        list.top = list.y(list.count()) - SCREEN;
        list
    }

    fn count(&self) -> usize {
        usize::try_from(self.end - self.first).unwrap()
    }

    fn number(&self, row: usize) -> u64 {
        self.first + row as u64
    }

    fn range(&self) -> Range<usize> {
        self.view.range(self.count(), |seq| usize::try_from(seq.0 - self.first).unwrap())
    }

    /// Where a drawn row begins.
    fn y(&self, row: usize) -> f64 {
        self.above + (self.drawn.start..row).map(|row| height(self.number(row))).sum::<f64>()
    }

    fn seen(&self) -> Option<Range<usize>> {
        let in_sight = |row: &usize| self.y(*row + 1) > self.top && self.y(*row) < self.top + SCREEN;
        let rows: Vec<usize> = self.drawn.clone().filter(in_sight).collect();
        Some(*rows.first()?..rows.last()? + 1)
    }

    /// Draws, and holds this row where it is on the screen.
    fn draw(&mut self, held: u64, at: f64) {
        self.drawn = self.range();
        let row = usize::try_from(held - self.first).unwrap();
        assert!(self.drawn.contains(&row), "what is looked at is drawn");
        let moved = self.y(row) - self.top - at;
        let drawn = self.drawn.clone();
        self.mean.learn(drawn.len(), drawn.map(|row| height(self.number(row))).sum());
        let (above, by) = settle(self.above, moved, self.drawn.start, self.mean);
        self.above = above;
        self.top += by;
        assert!((self.y(row) - self.top - at).abs() <= 1.0, "{} is held", held);
        assert!(self.drawn.len() <= 150, "{:?}", self.drawn);
    }

    /// As the page does after each scroll and each change.
    fn look(&mut self) {
        for _ in 0..9 {
            let count = self.count();
            let first = self.first;
            let number = |row: usize| Some(Seq(first + row as u64));
            let (seen, held) = match self.seen() {
                Some(seen) => {
                    let at = self.y(seen.start) - self.top;
                    (seen.clone(), (self.number(seen.start), at))
                }
                None if self.top < self.above => {
                    let row = row_at(&(0..self.drawn.start), self.top / self.above);
                    (row..row + 1, (self.number(row), 0.0))
                }
                None => {
                    let below = self.mean.of(count - self.drawn.end);
                    let part = (self.top - self.y(self.drawn.end)) / below;
                    let row = row_at(&(self.drawn.end..count), part);
                    (row..row + 1, (self.number(row), 0.0))
                }
            };
            if suffices(&self.drawn, &seen, count) {
                return;
            }
            self.view = View::around(seen, count, number);
            self.draw(held.0, held.1);
        }
        panic!("never enough is drawn: {:?} of {}", self.drawn, self.count());
    }

    fn prepend(&mut self, rows: u64) {
        let seen = self.seen().expect("rows are in sight");
        let (held, at) = (self.number(seen.start), self.y(seen.start) - self.top);
        self.first -= rows;
        self.draw(held, at);
        self.look();
    }
}

#[test]
fn reading_back_row_by_row_meets_every_row_in_order_and_draws_few() {
    let mut list = List::new(1_000_000, 1_005_000);
    let mut seen = list.number(list.seen().unwrap().start);
    while list.top > 0.0 {
        list.top = (list.top - 300.0).max(0.0);
        list.look();
        let now = list.number(list.seen().unwrap().start);
        assert!(now <= seen && seen - now < 30, "from {seen} to {now}");
        seen = now;
    }
    assert_eq!((list.drawn.start, list.above, seen), (0, 0.0, 1_000_000));
}

#[test]
fn what_one_looks_at_stays_while_pages_come_in_above() {
    let mut list = List::new(1_000_000, 1_000_100);
    list.top = 0.0;
    list.look();
    for page in 0..200_u64 {
        list.prepend(1 + page * 37 % 200);
        list.top = (list.top - 90.0 * (page % 90) as f64).max(0.0);
        list.look();
    }
    assert!(list.count() > 10_000);
}

#[test]
fn a_leap_into_the_empty_room_draws_what_stands_there() {
    let mut list = List::new(1, 100_001);
    for part in [0.5, 0.1, 0.9, 0.0, 0.999, 0.3] {
        let total = list.y(list.drawn.end) + list.mean.of(list.count() - list.drawn.end);
        list.top = (total - SCREEN) * part;
        list.look();
        let row = list.seen().unwrap().start as f64 / 100_000.0;
        assert!((row - part).abs() < 0.1, "{row} is shown at {part}");
    }
}

#[test]
fn new_rows_are_drawn_where_the_end_is_drawn_and_not_elsewhere() {
    let place = |seq: Seq| usize::try_from(seq.0).unwrap();
    let number = |row: usize| Some(Seq(row as u64));
    assert_eq!(View::End.range(500, place), 460..500);
    let near = View::around(470..490, 500, number);
    assert_eq!((near.range(500, place), near.range(505, place)), (454..500, 454..505));
    assert_eq!(near.range(900, place), 454..574);
    let far = View::around(100..110, 500, number);
    assert_eq!((far.range(500, place), far.range(505, place)), (84..126, 84..126));
    assert_eq!(View::around(3..9, 10, |_| None), View::End, "nothing is stored yet");
}
