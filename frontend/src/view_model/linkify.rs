//! The links in what a person writes: found, never made up. What is no link stays text.

use linkify::{LinkFinder, LinkKind};

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Nothing but text.
    Text(&'a str),
    /// An address, as it is written.
    Link(&'a str),
}

/// The pieces of a text, in order; together they are the text.
///
/// An address is `http` or `https` and ends where it is not ASCII any more: Chinese is written behind it without a
/// blank, and copied addresses have it escaped.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    // Most texts have none, and finding takes a while.
    if !text.contains("://") {
        return vec![Piece::Text(text)];
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let (mut pieces, mut given) = (Vec::new(), 0);
    for (start, run) in ascii_runs(text) {
        for link in finder.links(run).filter(|link| is_web(link.as_str())) {
            if given < start + link.start() {
                pieces.push(Piece::Text(&text[given..start + link.start()]));
            }
            given = start + link.end();
            pieces.push(Piece::Link(&text[start + link.start()..given]));
        }
    }
    if given < text.len() {
        pieces.push(Piece::Text(&text[given..]));
    }
    pieces
}

/// What is ASCII in a text, and where. The finder itself takes any other character for a part of an address.
fn ascii_runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|c: char| c.is_ascii())?;
        let len = text[start..].find(|c: char| !c.is_ascii()).unwrap_or(text.len() - start);
        at = start + len;
        Some((start, &text[start..at]))
    })
}

fn is_web(address: &str) -> bool {
    let starts = |scheme: &str| address.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let (mut whole, mut links) = (String::new(), Vec::new());
        for piece in pieces(text) {
            match piece {
                Piece::Text(part) => whole.push_str(part),
                Piece::Link(link) => {
                    whole.push_str(link);
                    links.push(link);
                }
            }
        }
        assert_eq!(whole, text, "nothing is lost");
        links
    }

    #[test]
    fn a_link_ends_where_chinese_begins() {
        for end in "。、，！？；：）】》」』”’…—～别路".chars() {
            assert_eq!(links(&format!("看https://a.cn/x{end}别的")), ["https://a.cn/x"], "{end}");
        }
        assert_eq!(links("（https://a.cn/x），或者《http://b.cn》"), ["https://a.cn/x", "http://b.cn"]);
        assert_eq!(links("地图在这里 https://example.com/map。别走错门。"), ["https://example.com/map"]);
    }

    #[test]
    fn a_link_keeps_what_belongs_to_it_and_no_more() {
        for (text, link) in [
            ("https://a.cn/x?y=1&z=%E5%BC%A0#t", "https://a.cn/x?y=1&z=%E5%BC%A0#t"),
            ("见 https://a.cn/w_(x).", "https://a.cn/w_(x)"),
            ("(https://a.cn/x)", "https://a.cn/x"),
            ("HTTPS://A.CN:8080/", "HTTPS://A.CN:8080/"),
            ("https://a.cn/一/x", "https://a.cn/"),
            ("第一行\nhttp://127.0.0.1:8082/r/x\n第三行", "http://127.0.0.1:8082/r/x"),
        ] {
            assert_eq!(links(text), [link]);
        }
    }

    #[test]
    fn nothing_but_the_web_is_a_link() {
        for text in [
            "javascript://a.cn/%0aalert(1)",
            "javascript:alert(1)",
            "ftp://a.cn/x",
            "data:text/html,<b>",
            "a.cn",
            "zhang@a.cn",
            "http://",
            "https://。",
            "file:///etc/passwd",
            "://",
        ] {
            assert_eq!(links(text), Vec::<&str>::new(), "{text}");
        }
    }
}
