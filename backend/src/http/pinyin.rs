//! `GET /api/pinyin?of=`: how characters of names are said. Needs no token, since it tells nothing of any room.

use serde::Deserialize;
use warp::http::{StatusCode, header};
use warp::reply::{self, Reply, Response};

use crate::names::readings::readings;
use shared::limits::READINGS_MAX;

use super::problem::{BAD_QUERY, bad_request};

/// Of what.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    of: String,
}

/// The readings of the characters asked for, which no answer will ever tell otherwise.
pub(super) fn answer(asked: Option<Asked>) -> Response {
    match asked.filter(|asked| asked.of.chars().count() <= READINGS_MAX) {
        Some(asked) => {
            let body = reply::json(&readings(&asked.of));
            reply::with_header(body, header::CACHE_CONTROL, "max-age=86400").into_response()
        }
        None => bad_request(StatusCode::BAD_REQUEST, BAD_QUERY),
    }
}
