//! Where a list is scrolled to: at its end, near its beginning, or somewhere that is to stay. What is measured here,
//! `window` decides on.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use shared::{MessageId, Seq};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver};
use yew::NodeRef;

use super::row_element::seq_of;
use crate::virtual_list::visible_range::{Mean, row_at, settle};

/// This many pixels from the end still count as the end.
const NEAR_END_PX: i32 = 80;
/// This many pixels from the beginning older rows are wanted: they are there before the beginning is.
const NEAR_TOP_PX: i32 = 800;

/// The list, and the empty room for the rows that are not drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Nodes {
    pub(super) list: NodeRef,
    pub(super) above: NodeRef,
    pub(super) below: NodeRef,
}

/// What is in sight.
pub(super) struct Sight {
    /// The places.
    pub(super) seen: Range<usize>,
    /// Where they are to be, if they are not drawn yet.
    pub(super) goal: Option<Goal>,
}

/// A row that is to be so many pixels below the list's upper edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Goal {
    pub(super) seq: Seq,
    pub(super) below: f64,
}

/// What stays where it is from one drawing to the next.
#[derive(Default)]
pub(super) struct Steady {
    pub(super) nodes: Nodes,
    pub(super) goal: Option<Goal>,
    mean: Mean,
    held: Option<Held>,
    drawing: Option<Drawing>,
    drawn: Option<Drawing>,
    news: News,
    watch: Option<Watch>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawing {
    /// These places of so many.
    pub(super) places: Range<usize>,
    pub(super) count: usize,
    /// The first number held, and the last.
    pub(super) ends: (Option<Seq>, Seq),
    /// Whether the end is followed.
    pub(super) follows: bool,
    /// The first that is unread.
    pub(super) unread: Option<Seq>,
    /// What the person has written last.
    pub(super) unsent: Option<MessageId>,
}

/// What is new since the last drawing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News {
    /// There is more at an end, or the end is followed now, or the unread line stands elsewhere.
    pub(super) end: bool,
    /// The person has written something.
    pub(super) wrote: bool,
    /// They were brought to another place.
    pub(super) leapt: bool,
}

impl Nodes {
    /// Whether the end is in sight.
    pub(super) fn is_near_end(&self) -> bool {
        let from_end = |list: Element| list.scroll_height() - list.scroll_top() - list.client_height();
        self.list.cast().is_none_or(|list| from_end(list) < NEAR_END_PX)
    }

    /// Whether the beginning is not far.
    pub(super) fn is_near_top(&self) -> bool {
        self.list.cast::<Element>().is_some_and(|list| list.scroll_top() < NEAR_TOP_PX)
    }

    /// Shows the end.
    pub(super) fn to_end(&self) {
        if let Some(list) = self.list.cast::<Element>() {
            list.set_scroll_top(list.scroll_height());
        }
    }

    /// What to aim at so that a row stands in the middle.
    pub(super) fn middle(&self, seq: Seq) -> Goal {
        let height = self.list.cast::<Element>().map_or(0, |list| list.client_height());
        Goal { seq, below: f64::from(height) * 0.4 }
    }

    /// What is in sight, where these places of so many are drawn; `place` tells where an event is, and `number` which
    /// event is at a place.
    pub(super) fn sight(
        &self,
        drawn: &Range<usize>,
        count: usize,
        place: impl Fn(Seq) -> usize,
        number: impl Fn(usize) -> Option<Seq>,
    ) -> Option<Sight> {
        let (list, above, below) = self.elements()?;
        let frame = list.get_bounding_client_rect();
        let rows = Children::of(&list);
        let in_sight = rows.below(frame.top())..rows.above(frame.bottom());
        let place_of = |row: Element| match seq_of(&row) {
            Some(seq) => Some(place(seq)),
            // What is not stored yet stands at the end.
            None => row.has_attribute("data-id").then_some(count.saturating_sub(1)),
        };
        let first = in_sight.clone().filter_map(|row| rows.0.item(row)).find_map(place_of);
        let last = in_sight.rev().filter_map(|row| rows.0.item(row)).find_map(place_of);
        if let (Some(first), Some(last)) = (first, last) {
            return Some(Sight { seen: first..last + 1, goal: None });
        }
        let part = |room: &Element| {
            let room = room.get_bounding_client_rect();
            (frame.top() - room.top()) / room.height()
        };
        let row = match above.get_bounding_client_rect().bottom() > frame.top() {
            true => row_at(&(0..drawn.start), part(&above)),
            false => row_at(&(drawn.end..count), part(&below)),
        };
        // Above the first row stands whether there is more.
        let below = if row == 0 { f64::from(list.client_height()) } else { 0.0 };
        Some(Sight { seen: row..row + 1, goal: number(row).map(|seq| Goal { seq, below }) })
    }

    fn elements(&self) -> Option<(Element, Element, Element)> {
        Some((self.list.cast()?, self.above.cast()?, self.below.cast()?))
    }
}

impl Steady {
    /// To be called before the rows are drawn anew.
    pub(super) fn begin(&mut self, drawing: Drawing) {
        self.held = if drawing.follows { None } else { Held::of(&self.nodes) };
        self.drawing = Some(drawing);
    }

    /// To be called when they are drawn: brings back what one looks at, once for each drawing.
    fn finish(&mut self) {
        let Some(drawing) = self.drawing.take() else {
            return;
        };
        self.settle(&drawing.places, drawing.count);
        let before = self.drawn.as_ref();
        let end = |drawn: &Drawing| (drawn.count, drawn.ends, drawn.follows, drawn.unread);
        let unsent = |drawn: &Drawing| drawn.unsent;
        self.news.end |= before.map(end) != Some(end(&drawing));
        self.news.wrote |= drawing.unsent.is_some() && before.and_then(unsent) != drawing.unsent;
        if drawing.follows && self.news.end {
            self.nodes.to_end();
        }
        self.drawn = Some(drawing);
    }

    /// What is new, once it is drawn.
    pub(super) fn news(steady: &Rc<RefCell<Self>>) -> News {
        let mut this = steady.borrow_mut();
        this.finish();
        if this.watch.is_none() {
            this.watch = Watch::of(steady, &this.nodes);
        }
        std::mem::take(&mut this.news)
    }

    fn settle(&mut self, drawn: &Range<usize>, count: usize) {
        let Some((list, above, below)) = self.nodes.elements() else {
            return;
        };
        // First written, then measured, then written: the browser lays everything out for each change between.
        set_height(&below, self.mean.of(count - drawn.end));
        let room = above.get_bounding_client_rect();
        self.mean.learn(drawn.len(), below.get_bounding_client_rect().top() - room.bottom());
        self.news.leapt |= self.goal.is_some();
        let reached = self.goal.take().and_then(|goal| {
            let row = list.query_selector(&format!("[data-seq='{}']", goal.seq)).ok()??;
            Some(row.get_bounding_client_rect().top() - list.get_bounding_client_rect().top() - goal.below)
        });
        let held = self.held.take().and_then(Held::moved);
        match reached.or(held) {
            Some(moved) => {
                let (height, by) = settle(room.height(), moved, drawn.start, self.mean);
                set_height(&above, height);
                if by != 0.0 {
                    list.scroll_by_with_x_and_y(0.0, by);
                }
            }
            None => set_height(&above, self.mean.of(drawn.start)),
        }
    }
}

fn set_height(room: &Element, height: f64) {
    if let Some(room) = room.dyn_ref::<HtmlElement>() {
        // Whole pixels: to write a fraction takes more code than all of this.
        let _ = room.style().set_property("height", &format!("{}px", height as i64));
    }
}

/// What stands in the list, from the top down.
struct Children(web_sys::HtmlCollection);

impl Children {
    fn of(list: &Element) -> Self {
        Self(list.first_element_child().map_or_else(|| list.children(), |rows| rows.children()))
    }

    /// The first that ends below this line.
    fn below(&self, y: f64) -> u32 {
        self.first(|row| row.get_bounding_client_rect().bottom() > y)
    }

    /// The first that begins below this line.
    fn above(&self, y: f64) -> u32 {
        self.first(|row| row.get_bounding_client_rect().top() >= y)
    }

    fn first(&self, is_it: impl Fn(Element) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.0.length());
        while low < high {
            let middle = low.midpoint(high);
            if self.0.item(middle).is_some_and(&is_it) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

/// The first thing in sight and where it is.
struct Held {
    thing: Element,
    top: f64,
}

impl Held {
    /// What is in sight now. Only rows that stay the same row count: those of an event.
    fn of(nodes: &Nodes) -> Option<Self> {
        let list = nodes.list.cast::<Element>()?;
        let rows = Children::of(&list);
        let row = (rows.below(list.get_bounding_client_rect().top())..rows.0.length())
            .filter_map(|row| rows.0.item(row))
            .find(|row| row.has_attribute("data-seq") || row.has_attribute("data-id"))?;
        // A row loses its name when one of the same person comes in above it: what was said is what one looks at.
        let thing = row.query_selector(".bubble").ok().flatten().unwrap_or(row);
        let top = thing.get_bounding_client_rect().top();
        Some(Self { thing, top })
    }

    /// How far down it has moved, if it is still there.
    fn moved(self) -> Option<f64> {
        self.thing.is_connected().then(|| self.thing.get_bounding_client_rect().top() - self.top)
    }
}

/// Finishes a drawing before it is painted. Yew may paint first and run effects later, when drawing took long.
struct Watch {
    observer: MutationObserver,
    _closure: Closure<dyn FnMut()>,
}

impl Watch {
    fn of(steady: &Rc<RefCell<Steady>>, nodes: &Nodes) -> Option<Self> {
        let steady = Rc::downgrade(steady);
        let closure = Closure::<dyn FnMut()>::new(move || {
            if let Some(steady) = steady.upgrade() {
                steady.borrow_mut().finish();
            }
        });
        let observer = MutationObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        let kinds = MutationObserverInit::new();
        kinds.set_child_list(true);
        kinds.set_subtree(true);
        kinds.set_character_data(true);
        observer.observe_with_options(&nodes.list.get()?, &kinds).ok()?;
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Keeps the end in sight when the list itself shrinks: the keyboard opens, the box grows.
pub(super) struct KeptEnd {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut()>,
}

impl KeptEnd {
    /// From now on, until it is dropped.
    pub(super) fn of(nodes: Nodes) -> Option<Self> {
        let element = nodes.list.cast::<Element>()?;
        let closure = Closure::<dyn FnMut()>::new(move || nodes.to_end());
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for KeptEnd {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
