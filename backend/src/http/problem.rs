//! Answers that say what is wrong: a code for the page, and a sentence for whoever writes a client or runs a proxy.

use shared::{Code, Problem};
use warp::http::{StatusCode, header};
use warp::reply::{self, Reply as _, Response};

/// No `--host` has the name under which a request came.
pub(super) const OTHER_HOST: &str = "this server is not reached under this host name: --host names it";

/// A page of another origin asks.
pub(super) const OTHER_ORIGIN: &str = "pages of this origin may not use this server: --origin allows it";

/// A body without its length.
pub(super) const NO_LENGTH: &str = "a request with a body needs the header Content-Length";

/// A body that is too long.
pub(super) const LONG_BODY: &str = "the body of a request may have 4,096 bytes";

/// A body that is not what a path takes.
pub(super) const BAD_BODY: &str = "the body is not the JSON object that this path takes, or the header Content-Type is not application/json";

/// A query that is not what a path takes.
pub(super) const BAD_QUERY: &str =
    "the query in this address is missing something, or has a value that is not allowed";

/// A path below `/api/` that is none.
pub(super) const NO_PATH: &str = "there is no such path in the API";

/// Anything else that HTTP does not allow.
pub(super) const BAD_REQUEST: &str = "this is not a request that the server understands";

/// An answer with a code, in the code's own words.
pub(super) fn problem(status: StatusCode, code: Code) -> Response {
    reply::with_status(reply::json(&Problem::from(code)), status).into_response()
}

/// An answer to a request that is wrong in itself.
pub(super) fn bad_request(status: StatusCode, sentence: &str) -> Response {
    let problem = Problem { code: Code::BadMessage, message: sentence.to_owned() };
    reply::with_status(reply::json(&problem), status).into_response()
}

/// An answer that says when to come again.
pub(super) fn too_fast(wait_ms: u64) -> Response {
    let seconds = wait_ms.div_ceil(1_000).to_string();
    let problem = problem(StatusCode::TOO_MANY_REQUESTS, Code::TooFast);
    reply::with_header(problem, header::RETRY_AFTER, seconds).into_response()
}
