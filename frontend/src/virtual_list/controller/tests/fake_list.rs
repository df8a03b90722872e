//! A list on a screen that behaves as a browser does: it lays out late, keeps positions within the list, and tells of
//! scrolling later.

use std::cell::{Cell, RefCell};

use super::super::*;

pub(super) const WIDE: f64 = 1_200.0;

/// The rows there are; shared by the list and the screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows {
    pub(super) keys: Vec<RowKey>,
    pub(super) live: bool,
}

impl RowKeys for Rows {
    fn count(&self) -> usize {
        self.keys.len()
    }

    fn key(&self, place: usize) -> Option<RowKey> {
        self.keys.get(place).copied()
    }

    fn place(&self, key: RowKey) -> usize {
        self.keys.binary_search(&key).unwrap_or_else(|place| place)
    }

    fn is_live(&self) -> bool {
        self.live
    }
}

/// Notices, short messages, twenty lines, and folded rows that are not drawn.
pub(super) fn height(key: RowKey, width: f64) -> f64 {
    let px = match key.wrapping_mul(2_654_435_761) >> 7 & 31 {
        0..4 => 0.0,
        4..10 => 37.0,
        10..28 => 66.5,
        _ => 640.25,
    };
    if width < 600.0 && 60.0 < px { px * 1.75 } else { px }
}

pub(super) struct FakeScreen {
    pub(super) drawn: RefCell<Vec<RowKey>>,
    pub(super) grown: RefCell<Vec<(RowKey, f64)>>,
    pub(super) above: Cell<f64>,
    pub(super) below: Cell<f64>,
    pub(super) top: Cell<f64>,
    pub(super) height: Cell<f64>,
    pub(super) width: Cell<f64>,
}

impl FakeScreen {
    pub(super) fn height_of(&self, key: RowKey) -> f64 {
        let grown: f64 = self.grown.borrow().iter().filter(|(of, _)| *of == key).map(|(_, px)| px).sum();
        let px = height(key, self.width.get());
        if px == 0.0 { 0.0 } else { px + grown }
    }

    pub(super) fn content(&self) -> f64 {
        let rows: f64 = self.drawn.borrow().iter().map(|key| self.height_of(*key)).sum();
        self.above.get() + rows + self.below.get()
    }

    pub(super) fn clamp(&self) -> f64 {
        let most = (self.content() - self.height.get()).max(0.0);
        self.top.set(self.top.get().clamp(0.0, most));
        self.top.get()
    }
}

impl Screen for FakeScreen {
    fn viewport(&self) -> Viewport {
        let top = self.clamp();
        Viewport { top, height: self.height.get(), width: self.width.get(), content: self.content() }
    }

    fn elements(&self) -> Vec<ElementBox> {
        let mut top = self.above.get() - self.clamp();
        let rows = self.drawn.borrow();
        let boxes = rows.iter().filter(|key| height(**key, WIDE) != 0.0).map(|key| {
            let bottom = top + self.height_of(*key);
            let element = ElementBox { key: Some(*key), top, bottom };
            top = bottom;
            element
        });
        boxes.collect()
    }

    fn spacer_above(&self) -> (f64, f64) {
        (self.above.get() - self.clamp(), self.above.get())
    }

    fn spacer_below(&self) -> (f64, f64) {
        (self.content() - self.below.get() - self.clamp(), self.below.get())
    }

    fn anchor(&self, key: RowKey) -> Option<PlacedRow> {
        let found = self.elements().into_iter().find(|element| element.key == Some(key))?;
        Some(PlacedRow { key, top: found.top, height: found.bottom - found.top })
    }

    fn set_spacer_above(&self, px: f64) {
        self.above.set(px);
    }

    fn set_spacer_below(&self, px: f64) {
        self.below.set(px);
    }

    fn scroll_to(&self, px: f64) {
        self.top.set(px);
        self.clamp();
    }

    fn scroll_to_end(&self) {
        self.top.set(f64::MAX);
        self.clamp();
    }
}

/// A list on such a screen, and the component that draws it.
pub(super) struct List {
    pub(super) rows: Rows,
    pub(super) screen: FakeScreen,
    pub(super) list: Controller,
    pub(super) report: Report,
    /// How far the person scrolls in the middle of the next drawing.
    pub(super) scrolls_meanwhile: f64,
    draws: u32,
}

impl List {
    pub(super) fn new(keys: Range<RowKey>) -> Self {
        let rows = Rows { keys: keys.collect(), live: true };
        let screen = FakeScreen {
            drawn: RefCell::default(),
            grown: RefCell::default(),
            above: Cell::default(),
            below: Cell::default(),
            top: Cell::default(),
            height: Cell::new(700.0),
            width: Cell::new(WIDE),
        };
        let list = Controller::new(Rc::new(rows.clone()));
        let mut list =
            Self { rows, screen, list, report: Report::default(), scrolls_meanwhile: 0.0, draws: 0 };
        list.draw();
        list
    }

    pub(super) fn draw(&mut self) {
        self.draw_with(None);
    }

    fn draw_with(&mut self, mut jump: Option<RowKey>) {
        for turn in 0.. {
            assert!(turn < 60, "rows are chosen for ever: {:?}", self.list.drawn);
            let places = self.list.begin_drawing(Rc::new(self.rows.clone()), jump.take(), &self.screen);
            if self.draws.is_multiple_of(2) {
                // Something asks for the layout while the old rows are gone and the new ones are not there yet.
                self.screen.drawn.replace(Vec::new());
                self.screen.clamp();
            }
            self.draws += 1;
            self.screen.drawn.replace(self.rows.keys[places].to_vec());
            self.screen.scroll_to(self.screen.clamp() + std::mem::take(&mut self.scrolls_meanwhile));
            self.report = self.list.laid_out(&self.screen);
            if !self.report.redraw {
                break;
            }
        }
        let drawn = self.screen.elements().len();
        assert!(drawn <= 200, "{drawn} rows are drawn");
    }

    /// An event of the browser: the list was scrolled.
    pub(super) fn tell_scrolled(&mut self) {
        self.report = self.list.scrolled(&self.screen);
        if self.report.redraw {
            self.draw();
        }
    }

    /// An event of the browser: an element, or the list, has another size.
    pub(super) fn tell_resized(&mut self) {
        self.report = self.list.laid_out(&self.screen);
        if self.report.redraw {
            self.draw();
        }
    }

    pub(super) fn person_scrolls(&mut self, px: f64) {
        self.screen.scroll_to(self.screen.clamp() + px);
        self.tell_scrolled();
    }

    pub(super) fn jump(&mut self, key: RowKey) {
        self.draw_with(Some(key));
    }

    pub(super) fn follow(&mut self) {
        self.list.follow_end(&self.screen);
        self.draw();
    }

    pub(super) fn distance_from_end(&self) -> f64 {
        self.screen.viewport().from_end()
    }

    pub(super) fn place_in_view(&self) -> usize {
        self.report.visible.as_ref().expect("the list is displayed").start
    }

    /// The row that is to stay in its place, where it is now.
    pub(super) fn held(&self) -> Option<PlacedRow> {
        match self.list.anchor.mode() {
            Mode::FollowEnd => None,
            Mode::Hold(held) => self.screen.anchor(held.rows.first()?.key),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        let (above, below) = (self.screen.spacer_above(), self.screen.spacer_below());
        (0.0 < above.0 && above.1 != 0.0) || (below.0 < self.screen.height.get() && below.1 != 0.0)
    }
}
