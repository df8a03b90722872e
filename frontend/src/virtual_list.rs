//! A virtual list: draws only the rows near the viewport and decides where the list is scrolled to.
//!
//! It knows no messages. A row is a [`RowKey`] with a measured height. `controller` runs the list on a [`controller::Screen`]:
//! `scroll_anchor` decides where it is scrolled to, `visible_range` which rows are drawn, `heights` remembers what was measured. All
//! of them are pure. `observers` is the screen of a browser, and the only module that touches one.

pub mod controller;
pub mod heights;
pub mod observers;
pub mod scroll_anchor;
pub mod visible_range;

/// The identity of a row. Keys rise down the list.
pub type RowKey = u64;

/// Keys from here on belong to rows that are not stored yet. Their heights are not remembered.
pub const TEMPORARY: RowKey = 1 << 63;

/// The rows of a list by place, from 0 at the top. A place may be drawn as no element, one, or several.
pub trait RowKeys {
    /// The number of places.
    fn count(&self) -> usize;
    /// The key of the row at `place`; none if the row has no lasting identity.
    fn key(&self, place: usize) -> Option<RowKey>;
    /// The place of a row, or the place where the row would be.
    fn place(&self, key: RowKey) -> usize;
    /// Whether the last row is the newest there is. Only then the end can be followed.
    fn is_live(&self) -> bool;
}
