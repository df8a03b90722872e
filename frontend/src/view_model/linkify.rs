//! Finds the web links and e-mail addresses in a message. Everything else stays text.
//!
//! A link may hold Chinese characters. Blanks, Chinese punctuation and full-width forms end it. The `linkify` crate decides
//! about the rest of the end: ASCII punctuation and brackets. Two kinds of address are never links: those that hide their
//! host behind a user name, and those that carry a member's identity.

mod host;

use linkify::{LinkFinder, LinkKind};
use shared::appearance::is_bidi_control;

use super::outgoing::is_pairing_code;

/// Shortest value of `#t=` that is taken for a member's token. A token has 43 characters.
const TOKEN_MIN: usize = 40;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain text.
    Text(&'a str),
    /// A link.
    Link(Link<'a>),
}

/// A link in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// The link as it is written.
    pub text: &'a str,
    /// What is missing in front of it: nothing, `http://` or `mailto:`.
    prefix: &'static str,
}

impl Link<'_> {
    /// The address it leads to.
    pub fn href(self) -> String {
        [self.prefix, self.text].concat()
    }
}

/// Splits a text into pieces, in order. Together they are the text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut done) = (Vec::new(), 0);
    for (start, word) in words(text) {
        for (at, link) in links(word) {
            if done < start + at {
                pieces.push(Piece::Text(&text[done..start + at]));
            }
            done = start + at + link.text.len();
            pieces.push(Piece::Link(link));
        }
    }
    if done < text.len() || pieces.is_empty() {
        pieces.push(Piece::Text(&text[done..]));
    }
    pieces
}

/// Runs of characters that may stand in one link, with their byte offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|c| !ends_link(c))?;
        let end = text[start..].find(ends_link).map_or(text.len(), |len| start + len);
        at = end;
        Some((start, &text[start..end]))
    })
}

/// Whether no link has this character: blanks, controls, Chinese and typographic punctuation, full-width forms.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_bidi_control(c)
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2060}' | '\u{feff}'
            | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{303d}'..='\u{303f}'
            | '\u{fe10}'..='\u{fe1f}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff65}' | '\u{ffe0}'..='\u{ffef}')
}

/// The links of a word, with their byte offsets.
fn links(word: &str) -> Vec<(usize, Link<'_>)> {
    let (mut links, mut at) = (Vec::new(), 0);
    // Most words have neither.
    if !word.contains(['.', ':', '@']) {
        return links;
    }
    while let Some(start) = word[at..].find(['h', 'H', 'w', 'W', '@']) {
        let start = at + start;
        at = start + 1;
        if word[start..].starts_with('@') {
            let from = links.last().map_or(0, |(start, link): &(usize, Link<'_>)| start + link.text.len());
            if let Some((start, text)) = email(word, from, start) {
                at = start + text.len();
                links.push((start, Link { text, prefix: "mailto:" }));
            }
            continue;
        }
        let Some((scheme, prefix)) = scheme(&word[start..]) else {
            continue;
        };
        // A list's "1." may stand before a scheme. Before `www.` it would be a part of the host.
        let is_inside = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '/' | '@') || scheme == 0 && matches!(c, '.' | '-')
        };
        if word[..start].ends_with(is_inside) {
            continue;
        }
        match web_link(&word[start..], scheme) {
            Some(text) => {
                at = start + text.len();
                links.push((start, Link { text, prefix }));
            }
            // A part of what is no link is no link either, such as the host behind a user name.
            None => return links,
        }
    }
    links
}

/// How long the scheme is that a text begins with, and what is missing in front of it.
fn scheme(text: &str) -> Option<(usize, &'static str)> {
    [("https://", ""), ("http://", ""), ("www.", "http://")].into_iter().find_map(|(start, prefix)| {
        let found = text.get(..start.len())?.eq_ignore_ascii_case(start);
        found.then_some((if prefix.is_empty() { start.len() } else { 0 }, prefix))
    })
}

/// The web link that a text begins with; its host begins at `scheme`.
fn web_link(text: &str, scheme: usize) -> Option<&str> {
    let rest = &text[scheme..];
    let (authority, tail) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    if carries_seat(tail) {
        return None;
    }
    let host = host::valid_part(authority)?;
    // Where Chinese follows the host, an `@` further on is no part of the address.
    if authority.contains('@') && !authority[host.len()..].starts_with(is_cjk) {
        return None;
    }
    if scheme == 0 && host.bytes().filter(|byte| *byte == b'.').count() < 2 {
        return None;
    }
    let tail = if host.len() == authority.len() { tail_len(tail) } else { 0 };
    Some(&text[..scheme + host.len() + tail])
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// How many bytes of a path, query and fragment belong to the link.
fn tail_len(tail: &str) -> usize {
    if tail.is_empty() || tail.starts_with('\\') {
        return 0;
    }
    // The finder goes on only behind a path or a query.
    let head = if tail.starts_with('#') { "http://a.cn/" } else { "http://a.cn" };
    let probe = [head, tail].concat();
    let found = LinkFinder::new().links(&probe).next().map_or(0, |link| link.end());
    found.saturating_sub(head.len())
}

/// Whether the fragment of an address gives a member's seat to everybody who follows the link.
fn carries_seat(tail: &str) -> bool {
    let Some((path, fragment)) = tail.split_once('#') else {
        return false;
    };
    if path == "/" && fragment.strip_prefix("p=").is_some_and(is_pairing_code) {
        return true;
    }
    let in_room = path.contains("/r/");
    fragment
        .strip_prefix("t=")
        .is_some_and(|value| in_room || value.split('&').next().is_some_and(|token| TOKEN_MIN <= token.len()))
}

/// The e-mail address around the `@` at `at`, not before `from`, with its offset.
fn email(word: &str, from: usize, at: usize) -> Option<(usize, &str)> {
    let local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let start = from + word[from..at].trim_end_matches(local).len();
    let end = word[at + 1..].find(|c| !domain(c)).map_or(word.len(), |len| at + 1 + len);
    let before = &word[from..start];
    if before.ends_with(['/', '@']) || before.contains("://") || word[end..].starts_with('@') {
        return None;
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Email]);
    let found = finder.links(&word[start..end]).next()?;
    let found = start + found.start()..start + found.end();
    (found.start < at && at < found.end).then(|| (found.start, &word[found]))
}

#[cfg(test)]
mod tests;
