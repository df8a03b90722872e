//! What a message may say: bounded, without control characters, without surrounding blank.

use std::fmt;

use serde::{Deserialize, Serialize, de};

use crate::limits::{TEXT_MAX, TITLE_MAX};
use crate::visible::{is_drawn_mark, is_seen};

/// Most marks on one character. Vietnamese has two, Hebrew with vowels and accents three.
const MARKS_MAX: usize = 4;

/// The text of a message: 1 to [`TEXT_MAX`] characters, no surrounding blank, no control character other than
/// line feed and tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(Box<str>);

/// Why something typed is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing that is seen.
    #[error("the text is empty")]
    Empty,
    /// A control character other than line feed and tab.
    #[error("the text has a control character")]
    Control,
    /// More characters than allowed.
    #[error("the text is too long")]
    TooLong,
}

impl Text {
    /// The message in what was typed.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, BadText> {
        Ok(Self(seen(Self::within(typed)?)?.into()))
    }

    /// The message in what was stored. Earlier versions took texts of which nothing is seen; they are still read.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn from_stored(stored: &str) -> Result<Self, BadText> {
        Ok(Self(Self::within(stored)?.into()))
    }

    /// As [`Text::from_stored`], without a copy.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn within(typed: &str) -> Result<&str, BadText> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(BadText::Empty);
        }
        if typed.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(BadText::Control);
        }
        if text.len() > TEXT_MAX && text.chars().count() > TEXT_MAX {
            return Err(BadText::TooLong);
        }
        Ok(text)
    }

    /// As [`Text::parse`], and without a copy where all that was typed is the message.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn take(typed: String) -> Result<Self, BadText> {
        let text = seen(Self::within(&typed)?)?;
        Ok(Self(if text.len() == typed.len() { typed.into() } else { text.into() }))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a room: 1 to [`TITLE_MAX`] characters, no surrounding blank, no control character, none that turns the
/// direction of what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Title(Box<str>);

impl Title {
    /// The name in what was typed.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, BadText> {
        let title = Self::within(typed)?;
        if title.chars().any(|c| turns(c) || breaks(c)) || has_pile(title) {
            return Err(BadText::Control);
        }
        Ok(Self(seen(title)?.into()))
    }

    /// The name in what was stored. Earlier versions took characters that [`Title::parse`] refuses; they are still read.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn from_stored(stored: &str) -> Result<Self, BadText> {
        Ok(Self(Self::within(stored)?.into()))
    }

    fn within(typed: &str) -> Result<&str, BadText> {
        let title = typed.trim();
        if title.is_empty() {
            return Err(BadText::Empty);
        }
        if title.chars().any(char::is_control) {
            return Err(BadText::Control);
        }
        if title.chars().count() > TITLE_MAX {
            return Err(BadText::TooLong);
        }
        Ok(title)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_stored(&text).map_err(de::Error::custom)
    }
}

/// The text, if something of it is seen.
fn seen(text: &str) -> Result<&str, BadText> {
    if text.chars().any(is_seen) { Ok(text) } else { Err(BadText::Empty) }
}

/// Whether a character begins a new line or paragraph. These two are no control characters.
const fn breaks(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether more marks are drawn onto one character than any language puts there: they would cover the lines above and below.
fn has_pile(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_drawn_mark(c) { marks + 1 } else { 0 };
        MARKS_MAX < marks
    })
}

/// Whether a character changes nothing but the direction in which others are shown.
const fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrounding_blank_is_dropped_and_inner_blank_kept() {
        for typed in ["\u{3000} 你好\n\t世界 \n", "你好\n\t世界"] {
            assert_eq!(Text::parse(typed).unwrap().as_str(), "你好\n\t世界");
            assert_eq!(Text::take(typed.to_owned()), Text::parse(typed));
        }
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Text::parse(&"𠮷".repeat(TEXT_MAX)).is_ok());
        assert_eq!(Text::parse(&"a".repeat(TEXT_MAX + 1)), Err(BadText::TooLong));
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(Title::parse(" 周末爬山 ").unwrap().as_str(), "周末爬山");
        assert_eq!(Title::parse("一\n二"), Err(BadText::Control));
        assert_eq!(Title::parse("\u{3000}"), Err(BadText::Empty));
        for broken in ["一\u{2028}二", "一\u{2029}二"] {
            assert_eq!(Title::parse(broken), Err(BadText::Control));
            assert_eq!(Title::from_stored(broken).unwrap().as_str(), broken);
        }
        let pile = |marks| format!("山{}", "\u{301}".repeat(marks));
        assert!(
            Title::parse(&pile(MARKS_MAX)).is_ok()
                && Title::parse("क्षि 👨‍👩‍👧‍👦 ไม้ 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}").is_ok()
        );
        assert_eq!(Title::parse(&pile(MARKS_MAX + 1)), Err(BadText::Control));
        for turning in ["\u{202e}", "周末\u{202e}山爬", "\u{2067}周末", "周末\u{200f}"] {
            assert_eq!(Title::parse(turning), Err(BadText::Control), "{turning:?}");
        }
        assert!(Title::parse(&"字".repeat(TITLE_MAX)).is_ok());
        assert_eq!(Title::parse(&"字".repeat(TITLE_MAX + 1)), Err(BadText::TooLong));
        for (stored, bad) in [("一\n二", BadText::Control), ("\u{3000}", BadText::Empty)] {
            assert_eq!(Title::from_stored(stored), Err(bad));
        }
    }

    #[test]
    fn text_of_invisible_characters_only_is_empty() {
        for typed in ["\u{200b}", "\u{3164}\u{2800}", " \u{feff}\n\u{ad} ", "\u{e0041}\u{e007f}", "\u{301}"] {
            assert_eq!(Text::parse(typed), Err(BadText::Empty), "{typed:?}");
            assert_eq!(Text::take(typed.to_owned()), Err(BadText::Empty), "{typed:?}");
            assert!(Title::parse(typed).is_err(), "{typed:?}");
            assert!(Text::from_stored(typed).is_ok(), "what is stored is still read: {typed:?}");
        }
        for kept in ["\u{200b}好", "👨\u{200d}👩\u{200d}👧", "e\u{301}", "❤\u{fe0f}", "\u{202e}abc"]
        {
            assert_eq!(Text::parse(kept).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn blank_and_control_characters_are_refused() {
        assert_eq!(Text::parse(" \u{3000}\n"), Err(BadText::Empty));
        for control in ["a\0b", "a\rb", "a\u{7f}b", "a\u{85}b", "a\u{1b}[31mb"] {
            assert_eq!(Text::parse(control), Err(BadText::Control), "{control:?}");
        }
    }
}
