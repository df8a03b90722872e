//! Headers that every answer carries: what a browser may do with it.

use warp::http::HeaderMap;

/// Adds what is not there yet.
pub(super) const fn put(_headers: &mut HeaderMap) {}
