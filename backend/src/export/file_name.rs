//! The name that an exported file is offered under.

use std::fmt::Write;

use shared::{ExportAs, Millis, RoomId};

use super::clock::date;

/// The kind of file, and the `Content-Disposition` with its name: the room's title and the date, as RFC 6266 has it, and a name in
/// ASCII for clients that do not read that one. Without a title only the latter.
pub fn headers(form: ExportAs, room: RoomId, title: Option<&str>, at: Millis) -> (&'static str, String) {
    let (kind, ending) = match form {
        ExportAs::Jsonl => ("application/x-ndjson", "jsonl"),
        ExportAs::Html => ("text/html; charset=utf-8", "html"),
    };
    let day = date(at);
    // Of a secret that is in the address, only as much as tells one file from another.
    let short: String = room.to_string().chars().take(4).collect();
    let mut disposition = format!("attachment; filename=\"duiliao-{short}-{day}.{ending}\"");
    if let Some(title) = title.map(safe).filter(|title| !title.is_empty()) {
        disposition.push_str("; filename*=UTF-8''");
        disposition.push_str(&percent_encoded(&format!("{title} {day}.{ending}")));
    }
    (kind, disposition)
}

/// A title without what file systems do not take: separators, wildcards, and dots at its ends.
fn safe(title: &str) -> String {
    let safe = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c };
    title.chars().map(safe).collect::<String>().trim_matches(['.', ' ']).to_owned()
}

/// As an `ext-value` has it (RFC 8187): what is no `attr-char` as its bytes.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = Millis(1_795_400_007_000);

    fn disposition(title: Option<&str>) -> String {
        headers(ExportAs::Html, RoomId::Link([7; 16]), title, AT).1
    }

    #[test]
    fn a_file_is_named_after_the_title_and_the_date() {
        assert_eq!(
            disposition(Some("爬山 A-1")),
            "attachment; filename=\"duiliao-siic-2026-11-23.html\"; \
             filename*=UTF-8''%E7%88%AC%E5%B1%B1%20A-1%202026-11-23.html"
                .replace("siic", &RoomId::Link([7; 16]).to_string()[..4])
        );
        let (kind, plain) = headers(ExportAs::Jsonl, RoomId::Link([7; 16]), None, AT);
        assert!(plain.ends_with("-2026-11-23.jsonl\"") && !plain.contains("filename*"), "{plain}");
        assert_eq!(kind, "application/x-ndjson");
    }

    #[test]
    fn a_title_cannot_leave_its_place_in_the_header_or_the_folder() {
        for title in ["../../etc/passwd", "a\"; filename=\"evil.exe", "C:\\temp", "*?<>|", "一'二%三;四"]
        {
            let name = disposition(Some(title));
            assert!(name.is_ascii() && name.matches("filename=").count() == 1, "{name}");
            let encoded = name.split("UTF-8''").nth(1).unwrap();
            assert!(
                encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._".contains(&byte)),
                "{name}"
            );
        }
        assert!(disposition(Some("../x")).contains("UTF-8''_x%20"));
        assert!(!disposition(Some("...")).contains("filename*"), "nothing is left of it");
    }
}
