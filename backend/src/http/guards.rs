//! Headers that every answer carries: what a browser may do with it. The page's own scripts are named by what they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use warp::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};

use crate::origin::HostPort;

/// Beside the policy. `no-referrer`, since a room's address is its secret.
const ALWAYS: [(HeaderName, &str); 5] = [
    (warp::http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (warp::http::header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts them onto an answer. A policy that it has stays.
pub(super) fn put(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| policy("", None));
}

/// What a page may load and do, with scripts of these hashes in it. Everything comes from here and goes here. `style-src-attr`
/// is for one attribute: the colour of a person's picture, a custom property. Scripts set styles without it. The WebSocket of `host`
/// is named, since Safari before 15.4 does not take it for `'self'`.
fn policy(hashes: &str, host: Option<&HostPort>) -> HeaderValue {
    // A policy has no way to write an IPv6 address.
    let socket = host.filter(|host| !host.host().is_ipv6());
    let socket = socket.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'{socket}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a policy is ASCII")
}

/// The policy of a page that has scripts in it, as Trunk writes the loader of its program into ours, for who asked under `host`.
pub(super) fn page_policy(page: &str, host: Option<&HostPort>) -> HeaderValue {
    let hash = |script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    policy(&inline_scripts(page).map(hash).collect::<String>(), host)
}

/// Whether a path is nobody's but of those who know it: no search engine is to list it.
pub(super) fn is_private(path: &str) -> bool {
    ["/r/", "/api/", "/export/", "/ws"].iter().any(|start| path.starts_with(start))
}

/// Tells search engines to leave an answer out.
pub(super) fn hide_from_search(headers: &mut HeaderMap) {
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
}

/// What stands between `<script>` and `</script>`, of each script that is no file of its own.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|piece| {
        let (attributes, rest) = piece.split_once('>')?;
        let (script, _) = rest.split_once("</script")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_in_the_page_are_found_and_files_are_not() {
        let page = "<head><script type=\"module\">\nimport '/a.js';\n</script><script src='/b.js'></script>\
                    <link rel=modulepreload href=/a.js></head><body><script>1 > 0</script>";
        let found: Vec<_> = inline_scripts(page).collect();
        assert_eq!(found, ["\nimport '/a.js';\n", "1 > 0"]);
    }
}
