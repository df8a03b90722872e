//! Files of the page that were compressed when it was built: sent as they are to browsers that take them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use warp::http::{HeaderValue, Response as Answer, header};
use warp::reply::Response;
use warp::{Filter, Rejection, reject};

/// What may stand beside a file, best first: the encoding as browsers call it, and the ending.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// A file with a hash in its name, in the best form that the browser takes and the folder has. Everything else is not
/// found here.
pub(super) fn routes(dist: PathBuf) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let files = Arc::new(Files { dist, read: Mutex::default() });
    let accepted = warp::header::optional::<String>("accept-encoding");
    warp::path::param::<String>().and(warp::path::end()).and(accepted).and_then(
        move |name: String, accepted: Option<String>| {
            let files = Arc::clone(&files);
            async move {
                let found = find(&files, &name, accepted.as_deref().unwrap_or_default()).await;
                found.ok_or_else(reject::not_found)
            }
        },
    )
}

/// The files of a folder, each in memory once for all who read it, however slowly they do.
#[derive(Debug)]
struct Files {
    dist: PathBuf,
    read: Mutex<HashMap<String, Bytes>>,
}

/// Files that are kept. When there are so many, because the page was often built anew, the next begins again.
const FILES_MAX: usize = 64;

impl Files {
    async fn get(&self, name: String) -> Option<Bytes> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if known.is_some() {
            return known;
        }
        let bytes = Bytes::from(tokio::fs::read(self.dist.join(&name)).await.ok()?);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if FILES_MAX <= read.len() {
            read.clear();
        }
        read.insert(name, bytes.clone());
        Some(bytes)
    }
}

async fn find(files: &Files, name: &str, accepted: &str) -> Option<Response> {
    let kind = kind(name).filter(|_| has_hash(name))?;
    for (encoding, ending) in ENCODINGS.into_iter().filter(|(encoding, _)| accepts(accepted, encoding)) {
        if let Some(bytes) = files.get(format!("{name}.{ending}")).await {
            let answer = Answer::builder()
                .header(header::CONTENT_TYPE, kind)
                .header(header::CONTENT_ENCODING, HeaderValue::from_static(encoding))
                .header(header::VARY, "accept-encoding")
                .header(header::CACHE_CONTROL, super::page::FOR_A_YEAR);
            return answer.body(bytes.into()).ok();
        }
    }
    None
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

/// Whether an `Accept-Encoding` takes this encoding (RFC 9110, 12.5.3); one that is not named is not taken.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_ok_and(|weight| weight > 0.0)
    })
}

/// Trunk puts a hash of 64 bits into the name, in hexadecimal digits and without leading zeros. Such files never change.
pub(super) fn has_hash(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_hash = |part: &str| {
        // With leading zeros gone there are fewer digits, and with each of them a sixteenth as often.
        (12..=16).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    plain && name.split(['-', '_', '.']).any(is_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_takes_is_read_as_it_says_it() {
        for (accepted, br) in [
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts(accepted, "br"), br, "{accepted}");
        }
    }

    #[test]
    fn only_names_that_trunk_gives_are_looked_for() {
        assert!(has_hash("page-83d1561bfafa9c61_bg.wasm") && has_hash("style-6554c27603d5490.css"));
        for name in ["index.html", "sw.js", "../log-83d1561bfafa9c61.db", "page-83d1561b.js", "%2e%2e"] {
            assert!(!has_hash(name), "{name}");
        }
    }
}
