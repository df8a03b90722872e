//! The screen of a browser: reads the layout of a list, scrolls it, and observes what changes its size. Decides nothing.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DomRect, Element, HtmlElement, MutationObserver, MutationObserverInit, MutationRecord, Node, NodeList,
    ResizeObserver,
};
use yew::{Callback, NodeRef};

use super::controller::{Controller, ElementBox, Report, Screen};
use super::scroll_anchor::{PlacedRow, Viewport};
use super::{RowKey, RowKeys};

#[wasm_bindgen]
extern "C" {
    /// An element whose scroll position has fractions; `web_sys` cuts them off.
    #[wasm_bindgen(extends = Element, extends = Node)]
    type Scroller;
    #[wasm_bindgen(method, getter, js_name = scrollTop)]
    fn scroll_top_px(this: &Scroller) -> f64;
    #[wasm_bindgen(method, setter, js_name = scrollTop)]
    fn set_scroll_top_px(this: &Scroller, px: f64);
}

/// The elements of a virtual list: its only child holds the spacers, the rows between them, and anything above.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListNodes {
    /// The element that scrolls.
    pub list: NodeRef,
    /// The spacer for the rows that are not drawn above.
    pub above: NodeRef,
    /// The spacer for the rows that are not drawn below.
    pub below: NodeRef,
}

/// How rows are recognised.
#[derive(Debug, Clone, Copy)]
pub struct RowMarks {
    /// The key of an element, if it is a row's.
    pub key_of: fn(&Element) -> Option<RowKey>,
    /// The attributes that the key is read from.
    pub attributes: &'static [&'static str],
    /// What is to stay in its place within a row, as a selector; without it the row itself.
    pub anchor: &'static str,
}

/// A virtual list in a browser.
pub struct VirtualList {
    screen: BrowserScreen,
    controller: RefCell<Controller>,
    observed: RefCell<Option<Observed>>,
    onreport: RefCell<Callback<Report>>,
    later: RefCell<Option<Timeout>>,
    /// Rows were drawn and not measured yet.
    is_drawn: Cell<bool>,
}

impl VirtualList {
    /// A list that follows its end.
    pub fn new(rows: Rc<dyn RowKeys>, marks: RowMarks) -> Rc<Self> {
        let screen = BrowserScreen {
            nodes: ListNodes::default(),
            marks,
            elements: RefCell::default(),
            spacers: Cell::new((-1.0, -1.0)),
        };
        Rc::new(Self {
            screen,
            controller: RefCell::new(Controller::new(rows)),
            observed: RefCell::default(),
            onreport: RefCell::default(),
            later: RefCell::default(),
            is_drawn: Cell::default(),
        })
    }

    /// To be put on the elements of the list.
    pub fn nodes(&self) -> &ListNodes {
        &self.screen.nodes
    }

    /// Whether the end is followed.
    pub fn follows_end(&self) -> bool {
        self.controller.borrow().follows_end()
    }

    /// The places to draw of these rows, those around the row to `jump` to if there is one. To be called each time before they are
    /// drawn; `onreport` is told from then on.
    pub fn begin_drawing(
        &self,
        rows: Rc<dyn RowKeys>,
        jump: Option<RowKey>,
        onreport: Callback<Report>,
    ) -> Range<usize> {
        self.is_drawn.set(true);
        self.onreport.replace(onreport);
        self.controller.borrow_mut().begin_drawing(rows, jump, &self.screen)
    }

    /// To be called each time after the rows were drawn.
    pub fn end_drawing(self: &Rc<Self>) {
        if self.observed.borrow().is_none() {
            let observed = Observed::of(self);
            self.observed.replace(observed);
        }
        let records = self.observed.borrow().as_ref().map(|observed| observed.mutations.take_records());
        self.redrawn(&records.unwrap_or_default());
    }

    /// To be called when the list was scrolled.
    pub fn scrolled(&self) {
        let report = self.controller.borrow_mut().scrolled(&self.screen);
        self.tell(report);
    }

    /// Goes to the end, and follows it.
    pub fn follow_end(&self) {
        self.controller.borrow_mut().follow_end(&self.screen);
        // The end may be drawn already, and nothing else come of this.
        let report = self.controller.borrow_mut().laid_out(&self.screen);
        self.tell(Report { redraw: true, ..report });
    }

    /// Measures rows that were drawn. Observers call this before anything is painted; yew may run effects only later.
    fn redrawn(&self, records: &Array) {
        if !self.is_drawn.take() && records.length() == 0 {
            return;
        }
        self.screen.find_elements();
        if let Some(observed) = &*self.observed.borrow() {
            observed.follow(records);
        }
        let report = self.controller.borrow_mut().laid_out(&self.screen);
        self.tell(report);
    }

    fn resized(self: &Rc<Self>) {
        let report = self.controller.borrow_mut().laid_out(&self.screen);
        if report.redraw {
            // Rows that are drawn now would be observed too late for this frame, which browsers report as an error.
            let list = Rc::clone(self);
            self.later.replace(Some(Timeout::new(0, move || list.tell(report))));
        } else {
            self.tell(report);
        }
    }

    fn tell(&self, report: Report) {
        let onreport = self.onreport.borrow().clone();
        onreport.emit(report);
    }
}

struct BrowserScreen {
    nodes: ListNodes,
    marks: RowMarks,
    /// What stands between the spacers.
    elements: RefCell<Vec<(Element, Option<RowKey>)>>,
    /// The heights written last.
    spacers: Cell<(f64, f64)>,
}

impl BrowserScreen {
    fn list(&self) -> Option<Scroller> {
        self.nodes.list.cast()
    }

    /// The upper edge of the list in the window.
    fn edge(&self) -> f64 {
        self.list().map_or(0.0, |list| list.get_bounding_client_rect().top())
    }

    fn find_elements(&self) {
        let above = self.nodes.above.cast::<Element>();
        let below = self.nodes.below.cast::<Element>();
        let mut elements = self.elements.borrow_mut();
        elements.clear();
        let mut next = above.and_then(|above| above.next_element_sibling());
        while let Some(element) = next.filter(|element| !element.is_same_node(below.as_deref())) {
            next = element.next_element_sibling();
            let key = (self.marks.key_of)(&element);
            elements.push((element, key));
        }
    }

    fn spacer(&self, node: &NodeRef) -> Option<DomRect> {
        node.cast::<Element>().map(|spacer| spacer.get_bounding_client_rect())
    }
}

fn set_height(node: &NodeRef, px: f64) {
    if let Some(spacer) = node.cast::<HtmlElement>() {
        // Whole pixels: to write a fraction takes more code than all of this.
        let _ = spacer.style().set_property("height", &format!("{}px", px as i64));
    }
}

impl Screen for BrowserScreen {
    fn viewport(&self) -> Viewport {
        self.list().map_or_else(Viewport::default, |list| Viewport {
            top: list.scroll_top_px(),
            height: f64::from(list.client_height()),
            width: f64::from(list.client_width()),
            content: f64::from(list.scroll_height()),
        })
    }

    fn elements(&self) -> Vec<ElementBox> {
        let edge = self.edge();
        let elements = self.elements.borrow();
        let boxes = elements.iter().map(|(element, key)| {
            let place = element.get_bounding_client_rect();
            ElementBox { key: *key, top: place.top() - edge, bottom: place.bottom() - edge }
        });
        boxes.collect()
    }

    fn spacer_above(&self) -> (f64, f64) {
        let spacer = self.spacer(&self.nodes.above);
        spacer.map_or((0.0, 0.0), |spacer| (spacer.bottom() - self.edge(), spacer.height()))
    }

    fn spacer_below(&self) -> (f64, f64) {
        let spacer = self.spacer(&self.nodes.below);
        spacer.map_or((0.0, 0.0), |spacer| (spacer.top() - self.edge(), spacer.height()))
    }

    fn anchor(&self, key: RowKey) -> Option<PlacedRow> {
        let elements = self.elements.borrow();
        let (row, _) = elements.iter().find(|(_, of)| *of == Some(key))?;
        let part = row.query_selector(self.marks.anchor).ok().flatten();
        let place = part.as_ref().unwrap_or(row).get_bounding_client_rect();
        Some(PlacedRow { key, top: place.top() - self.edge(), height: place.height() })
    }

    fn set_spacer_above(&self, px: f64) {
        let (above, below) = self.spacers.get();
        if px != above {
            self.spacers.set((px, below));
            set_height(&self.nodes.above, px);
        }
    }

    fn set_spacer_below(&self, px: f64) {
        let (above, below) = self.spacers.get();
        if px != below {
            self.spacers.set((above, px));
            set_height(&self.nodes.below, px);
        }
    }

    fn scroll_to(&self, px: f64) {
        if let Some(list) = self.list() {
            list.set_scroll_top_px(px);
        }
    }

    fn scroll_to_end(&self) {
        if let Some(list) = self.list() {
            list.set_scroll_top_px(f64::from(list.scroll_height()));
        }
    }
}

/// Observes the list, what it holds, and which elements these are.
struct Observed {
    rows: Element,
    mutations: MutationObserver,
    sizes: ResizeObserver,
    _redrawn: Closure<dyn FnMut(Array)>,
    _resized: Closure<dyn FnMut()>,
}

impl Observed {
    fn of(list: &Rc<VirtualList>) -> Option<Self> {
        let element = list.nodes().list.cast::<Element>()?;
        let rows = element.first_element_child()?;
        let redrawn = {
            let list = Rc::downgrade(list);
            Closure::<dyn FnMut(Array)>::new(move |records| {
                if let Some(list) = list.upgrade() {
                    list.redrawn(&records);
                }
            })
        };
        let resized = {
            let list = Rc::downgrade(list);
            Closure::<dyn FnMut()>::new(move || {
                if let Some(list) = list.upgrade() {
                    list.resized();
                }
            })
        };
        let mutations = MutationObserver::new(redrawn.as_ref().unchecked_ref()).ok()?;
        let kinds = MutationObserverInit::new();
        kinds.set_child_list(true);
        kinds.set_subtree(true);
        let attributes = list.screen.marks.attributes.iter().map(|name| JsValue::from_str(name));
        kinds.set_attribute_filter(&attributes.collect::<Array>());
        mutations.observe_with_options(&rows, &kinds).ok()?;
        let sizes = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&element);
        let mut next = rows.first_element_child();
        while let Some(row) = next {
            sizes.observe(&row);
            next = row.next_element_sibling();
        }
        Some(Self { rows, mutations, sizes, _redrawn: redrawn, _resized: resized })
    }

    /// Observes the elements that came, and those no more that went.
    fn follow(&self, records: &Array) {
        let each = |nodes: NodeList, act: &dyn Fn(&Element)| {
            (0..nodes.length())
                .filter_map(|node| nodes.get(node)?.dyn_into().ok())
                .for_each(|node| act(&node));
        };
        for record in records.iter() {
            let record: MutationRecord = record.unchecked_into();
            let of_rows = |target: Node| target.is_same_node(Some(&self.rows));
            if record.target().is_some_and(of_rows) {
                each(record.removed_nodes(), &|row| self.sizes.unobserve(row));
                each(record.added_nodes(), &|row| self.sizes.observe(row));
            }
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.mutations.disconnect();
        self.sizes.disconnect();
    }
}
