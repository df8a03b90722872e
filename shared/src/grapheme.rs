//! Cuts texts between graphemes, so that no emoji and no letter with its marks is split.

use unicode_segmentation::UnicodeSegmentation;

/// The beginning of a text: as many whole graphemes as fit into `max_chars` characters.
///
/// A grapheme may be longer than that, such as a letter with a thousand marks. At the beginning of a text it is cut.
pub fn beginning(text: &str, max_chars: usize) -> &str {
    // Characters take at least a byte.
    if text.len() <= max_chars {
        return text;
    }
    let Some((hard_end, _)) = text.char_indices().nth(max_chars) else {
        return text;
    };
    let ends = text.grapheme_indices(true).map(|(start, grapheme)| start + grapheme.len());
    let end = ends.take_while(|end| *end <= hard_end).last().unwrap_or(hard_end);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_not_cut() {
        for text in ["", "你好", "👨‍👩‍👧"] {
            assert_eq!(beginning(text, 5), text);
        }
    }

    #[test]
    fn emoji_and_letters_with_marks_are_kept_whole() {
        for whole in ["👨‍👩‍👧", "🇨🇳", "👍🏽", "e\u{301}", "1\u{fe0f}\u{20e3}"] {
            assert!(whole.chars().count() > 1, "{whole}");
            let text = format!("你好{whole}再见");
            for max_chars in 2..2 + whole.chars().count() {
                assert_eq!(beginning(&text, max_chars), "你好", "{whole} at {max_chars}");
            }
            assert_eq!(beginning(&text, 2 + whole.chars().count()), format!("你好{whole}"));
        }
    }

    #[test]
    fn a_grapheme_longer_than_the_limit_is_cut() {
        let text = format!("a{}b", "\u{301}".repeat(1_000));
        assert_eq!(beginning(&text, 80).chars().count(), 80);
    }
}
