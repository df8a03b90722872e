//! The page: the built files of `dist/`, or a sentence that says how to build them.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use warp::fs::File;
use warp::http::{StatusCode, header};
use warp::reply::{self, Reply, Response};
use warp::{Filter, Rejection};

use super::compressed::{self, has_hash};
use super::guards::PagePolicy;
use super::reading;

/// Files with a hash in their name never change.
pub(super) const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

/// The page itself names those files, so it is asked for every time.
const ASK_FIRST: &str = "no-cache";

/// `/` and `/r/{room}` are the page; everything else is a file of it.
pub(super) fn routes(dist: PathBuf) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let index = dist.join("index.html");
    let room = warp::path!("r" / String).map(|_| ());
    let page = warp::path::end().map(|| ()).or(room).unify().untuple_one();
    let policy = Arc::new(PagePolicy::of(index.clone()));
    let built = page.and(warp::fs::file(index)).then(move |file| {
        let policy = Arc::clone(&policy);
        async move {
            let mut page = cached(file, ASK_FIRST);
            // What was just read can be read again; if not, the page has no scripts until it is asked for once more.
            if let Ok(policy) = policy.now().await {
                page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            page
        }
    });
    let missing = page.and_then(|| async { Ok::<_, Infallible>(not_built()) });
    let compressed = compressed::routes(dist.clone());
    let files = warp::fs::dir(dist).map(|file: File| {
        let name = file.path().file_name().unwrap_or_default().to_string_lossy();
        let how = if has_hash(&name) { FOR_A_YEAR } else { ASK_FIRST };
        reply::with_header(cached(file, how), header::VARY, "accept-encoding").into_response()
    });
    reading().and(built.or(missing).unify().or(compressed).unify().or(files).unify())
}

fn cached(file: File, how: &'static str) -> Response {
    reply::with_header(file, header::CACHE_CONTROL, how).into_response()
}

fn not_built() -> Response {
    const SENTENCE: &str = "The page is not built yet. Run `make run`, or `trunk build --release` and start the \
                            server with --dist naming the folder it made.\n页面还没有构建。请运行 make run。\n";
    let text = reply::with_header(SENTENCE, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    reply::with_status(text, StatusCode::SERVICE_UNAVAILABLE).into_response()
}
