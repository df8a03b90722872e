//! Addresses in the page's head for programs that show a preview of a link: they take none that leaves out the host.

use shared::RoomId;
use warp::http::HeaderMap;

use crate::origin::HostPort;

/// What the built page says of its picture: an address without a host.
const IMAGE: &str = "<meta property=\"og:image\" content=\"/";

/// Where the page was asked for, without a path. A proxy says whether that was by https.
pub(super) fn base(host: &HostPort, headers: &HeaderMap) -> String {
    let proto = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    let scheme =
        if proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https")) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// The page with whole addresses of its picture and of itself. `room` is what stands behind `/r/`; nothing of it is repeated
/// unless it is a room's id.
pub(super) fn with_addresses(page: &str, base: &str, room: Option<&str>) -> String {
    let room = room.and_then(|room| room.parse::<RoomId>().ok());
    let path = room.map(|room| format!("r/{room}")).unwrap_or_default();
    let address = format!("<meta property=\"og:url\" content=\"{base}/{path}\" />");
    let image = format!("{address}<meta property=\"og:image\" content=\"{base}/");
    page.replacen(IMAGE, &image, 1)
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    const PAGE: &str = "<head><meta property=\"og:image\" content=\"/icon-512.png\" /></head>";

    #[test]
    fn picture_and_page_have_whole_addresses() {
        let host = "Chat.Example.com:8443".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(base(&host, &headers), "http://chat.example.com:8443");
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        let base = base(&host, &headers);
        let room = RoomId::Link([7; 16]).to_string();
        let page = with_addresses(PAGE, &base, Some(&room));
        assert!(page.contains("content=\"https://chat.example.com:8443/icon-512.png\""), "{page}");
        assert!(
            page.contains(&format!("og:url\" content=\"https://chat.example.com:8443/r/{room}\"")),
            "{page}"
        );
        let page = with_addresses(PAGE, &base, Some("\"><script>"));
        assert!(
            page.contains("og:url\" content=\"https://chat.example.com:8443/\"") && !page.contains("script"),
            "{page}"
        );
    }

    #[test]
    fn built_page_has_the_picture_where_it_is_looked_for() {
        assert!(include_str!("../../../../index.html").contains(IMAGE));
    }
}
