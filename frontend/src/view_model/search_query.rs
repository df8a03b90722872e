//! Finding what was said: what is asked for, and what of a message is shown for a hit. Knows no browser.

use std::ops::Range;

use shared::appearance::is_bidi_control;
use shared::limits::QUERY_MAX;
use shared::{MemberId, Millis, Seq};

use super::grapheme::{self, Side};

/// Characters before a hit that are shown with it.
const BEFORE: usize = 12;

/// Most characters of a message that are shown.
const SHOWN: usize = 120;

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The piece of text.
    pub text: String,
    /// Only what this member said.
    pub by: Option<MemberId>,
    /// Only what was said on this day or later: its beginning.
    pub since: Option<Millis>,
    /// Only what was said before this moment: the beginning of the day after the last one wanted.
    pub until: Option<Millis>,
}

impl Query {
    /// The query of the request, with `escape` for what stands in it; nothing where nothing is looked for. Only what
    /// was said before number `before`, if that is said.
    pub fn request(&self, before: Option<Seq>, escape: impl Fn(&str) -> String) -> Option<String> {
        let text = self.text.trim();
        if text.is_empty() || QUERY_MAX < text.chars().count() {
            return None;
        }
        let bounds = [
            ("by", self.by.map(|member| u64::from(member.0))),
            ("since", self.since.map(|at| at.0)),
            ("until", self.until.map(|at| at.0)),
            ("before", before.map(|seq| seq.0)),
        ];
        let bounds = bounds.into_iter().filter_map(|(name, bound)| Some(format!("&{name}={}", bound?)));
        Some(format!("q={}&limit=30{}", escape(text), bounds.collect::<String>()))
    }
}

/// What is shown of a text: pieces of it, and whether each is a hit. `ranges` are in characters.
pub fn pieces(text: &str, ranges: &[(u32, u32)]) -> Vec<(bool, String)> {
    let chars: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let hits = || {
        let hits = ranges.iter().map(|(start, end)| *start as usize..(*end as usize).min(chars.len()));
        hits.filter(|hit| !hit.is_empty())
    };
    let first = hits().next().map_or(0, |first| first.start);
    let from = grapheme::boundary_in(text, first.saturating_sub(BEFORE)..first + 1, Side::First);
    let to = grapheme::boundary_in(text, from + 1..(from + SHOWN).min(chars.len()) + 1, Side::Last);
    let piece = |range: Range<usize>| {
        let chars = chars.get(range).unwrap_or_default().iter();
        chars.filter(|c| !is_bidi_control(**c)).collect::<String>()
    };
    // A hit may be a part of an emoji: the whole of it is marked.
    let shown: String = chars.get(from..to).unwrap_or_default().iter().collect();
    let bounds = grapheme::boundaries(&shown, from);
    let before = |at: usize| bounds.iter().rev().find(|bound| **bound <= at).copied().unwrap_or(from);
    let behind = |at: usize| bounds.iter().find(|bound| at <= **bound).copied().unwrap_or(to);
    let mut pieces = Vec::new();
    let mut at = from;
    if from > 0 {
        pieces.push((false, "…".to_owned()));
    }
    for hit in hits().filter(|hit| hit.start < to) {
        let (start, end) = (before(hit.start).max(at), behind(hit.end).max(at));
        pieces.push((false, piece(at..start)));
        pieces.push((true, piece(start..end)));
        at = end.max(at);
    }
    pieces.push((false, piece(at..to)));
    if to < chars.len() {
        pieces.push((false, "…".to_owned()));
    }
    pieces.retain(|(_, text)| !text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, ranges: &[(u32, u32)]) -> String {
        let piece = |(hit, text): (bool, String)| if hit { format!("[{text}]") } else { text };
        pieces(text, ranges).into_iter().map(piece).collect()
    }

    #[test]
    fn hits_are_marked_where_they_are() {
        assert_eq!(shown("我们下午开会", &[(4, 6)]), "我们下午[开会]");
        assert_eq!(shown("𠮷野家𠮷", &[(0, 1), (3, 4)]), "[𠮷]野家[𠮷]");
        assert_eq!(shown("一\n二", &[(2, 3)]), "一 [二]");
        assert_eq!(shown("开会", &[(0, 9)]), "[开会]");
        assert_eq!(shown("开会", &[(5, 9)]), "开会");
    }

    #[test]
    fn of_a_long_message_what_is_around_the_first_hit_is_shown() {
        let text = format!("{}找{}", "前".repeat(100), "后".repeat(300));
        let shown = shown(&text, &[(100, 101)]);
        assert!(shown.starts_with("…前前") && shown.contains("前[找]后") && shown.ends_with("后…"));
        assert_eq!(shown.chars().count(), SHOWN + 4);
    }

    #[test]
    fn cuts_keep_emoji_whole() {
        let family = "👨‍👩‍👧";
        let text = format!("{family}{}找{}{family}{family}", "前".repeat(10), "后".repeat(90));
        let first = shown(&text, &[(15, 16)]);
        assert!(first.starts_with("…前前前前"), "{first}");
        assert!(first.ends_with(&format!("后{family}{family}")), "{first}");
        let text = format!("{text}{family}{family}");
        let shown = shown(&text, &[(15, 16)]);
        assert!(shown.ends_with(&format!("{family}…")), "{shown}");
    }

    #[test]
    fn marks_keep_emoji_whole() {
        assert_eq!(shown("好👨‍👩‍👧好", &[(3, 4)]), "好[👨‍👩‍👧]好");
        assert_eq!(shown("👍🏽1\u{fe0f}\u{20e3}", &[(0, 1), (2, 3)]), "[👍🏽][1\u{fe0f}\u{20e3}]");
        assert_eq!(shown("🇨🇳🇨🇳", &[(1, 2), (1, 3)]), "[🇨🇳][🇨🇳]");
        assert_eq!(shown("👩‍👧", &[(0, 1), (2, 3)]), "[👩‍👧]");
    }

    #[test]
    fn bidi_controls_are_not_shown() {
        assert_eq!(shown("开\u{202e}会\u{2066}吧", &[(2, 3)]), "开[会]吧");
    }

    #[test]
    fn the_request_says_what_is_looked_for_and_nothing_is_not_asked() {
        let query = |text: &str| Query { text: text.into(), ..Query::default() };
        let escape = |text: &str| text.replace('&', "%26");
        assert_eq!(query(" \u{3000}").request(None, escape), None);
        assert_eq!(query(&"字".repeat(QUERY_MAX + 1)).request(None, escape), None);
        assert_eq!(query(" a&b ").request(None, escape).as_deref(), Some("q=a%26b&limit=30"));
        let (since, until) = (Some(Millis(1_000)), Some(Millis(2_000)));
        let full = Query { by: Some(MemberId(2)), since, until, ..query("会") };
        assert_eq!(
            full.request(Some(Seq(9)), escape).as_deref(),
            Some("q=会&limit=30&by=2&since=1000&until=2000&before=9")
        );
    }
}
