//! The page: the built files of `dist/`, or a sentence where they are missing.

mod preview;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use shared::RoomId;
use warp::fs::File;
use warp::http::{HeaderMap, Response as Answer, StatusCode, header};
use warp::path::FullPath;
use warp::reply::{self, Reply, Response};
use warp::{Filter, Rejection, reject};

use crate::origin::HostPort;

use super::compressed::{self, has_hash};
use super::guards::page_policy;
use super::reading;

/// Files with a hash in their name never change.
pub(super) const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

/// The page itself names those files, so it is asked for every time.
const ASK_FIRST: &str = "no-cache";

/// `/` and `/r/{room}` are the page; everything else is a file of it.
pub(super) fn routes(dist: PathBuf) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let index: Arc<Path> = dist.join("index.html").into();
    let room = warp::path!("r" / String).map(Some);
    let named = warp::path!("index.html").map(|| None);
    let page = warp::path::end().map(|| None).or(room).unify().or(named).unify();
    let page =
        page.and(warp::header::headers_cloned()).then(move |room: Option<String>, headers: HeaderMap| {
            let index = Arc::clone(&index);
            async move {
                if let Some(address) = room.as_deref().and_then(without_glued_words) {
                    return moved(&address);
                }
                let page = tokio::fs::read_to_string(&index).await;
                page.map_or_else(|_| missing(), |page| built(&page, room.as_deref(), &headers))
            }
        });
    let robots = warp::path!("robots.txt").map(|| ROBOTS.into_response());
    let compressed = compressed::routes(dist.clone());
    let files = may_be_file().and(warp::fs::dir(dist)).map(|file: File| {
        let name = file.path().file_name().unwrap_or_default().to_string_lossy();
        let how = if has_hash(&name) { FOR_A_YEAR } else { ASK_FIRST };
        let file = reply::with_header(file, header::CACHE_CONTROL, how);
        reply::with_header(file, header::VARY, "accept-encoding").into_response()
    });
    reading().and(page.or(robots).unify().or(compressed).unify().or(files).unify())
}

/// Rooms are left out by a header (`X-Robots-Tag`), which who may not ask for them would never see.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /export/\n";

/// Where a link leads that had words glued to it when it was passed on; nothing if it is as it should be, or none at all.
fn without_glued_words(path: &str) -> Option<String> {
    let address = RoomId::from_start_of(path)?.to_string();
    (address != path).then(|| format!("/r/{address}"))
}

/// Leads there. A browser takes what stands behind a `#`, a seat's token, along by itself.
fn moved(address: &str) -> Response {
    let answer = Answer::builder().status(StatusCode::FOUND).header(header::LOCATION, address);
    answer.header(header::CACHE_CONTROL, "no-store").body("").into_response()
}

/// Passes paths that may be those of files in the folder. Of others warp writes a line into the log, some with the path in it:
/// everybody could fill it, and say what stands there.
fn may_be_file() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    let plain =
        |path: FullPath| async move { is_plain(path.as_str()).then_some(()).ok_or_else(reject::not_found) };
    warp::path::full().and_then(plain).untuple_one()
}

/// Whether a path is one of plain names, with a dot in the last of them only.
fn is_plain(path: &str) -> bool {
    const LONGEST: usize = 200;
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    path.len() <= LONGEST && path.bytes().all(plain) && !folders.contains('.') && !name.contains("..")
}

/// Whether a path is the page's or that of one of its files. They cost little, and everybody who comes asks for some.
pub(super) fn is_of_page(path: &str) -> bool {
    let is_file = |name: &str| name.contains('.') && !name.contains('/');
    path == "/" || path.starts_with("/r/") || path.strip_prefix('/').is_some_and(is_file)
}

/// The page as it was just read, with the policy for the scripts in it. It may be built anew while the server runs, or an
/// earlier one be put back: what a browser holds is compared by its content, so that no page meets another's policy.
fn built(page: &str, room: Option<&str>, headers: &HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<HostPort>().ok());
    let policy = page_policy(page, host.as_ref());
    let page = match &host {
        Some(host) => preview::with_addresses(page, &preview::base(host, headers), room),
        None => page.to_owned(),
    };
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&page)));
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let holds = held.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    let answer = Answer::builder()
        .header(header::CACHE_CONTROL, ASK_FIRST)
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::ETAG, tag);
    let answer = if holds {
        answer.status(StatusCode::NOT_MODIFIED).body(String::new())
    } else {
        answer.header(header::CONTENT_TYPE, "text/html; charset=utf-8").body(page)
    };
    answer.into_response()
}

/// Said to visitors, who can do nothing about it; the log has told whoever runs the server at its start.
fn missing() -> Response {
    const SENTENCE: &str = "The page is not available. Please tell whoever runs this server.\n\
                            页面暂时无法打开，请联系管理员。\n";
    let text = reply::with_header(SENTENCE, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    reply::with_status(text, StatusCode::SERVICE_UNAVAILABLE).into_response()
}
