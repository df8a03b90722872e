//! Words that a host does not allow, and when a text has one of them. Pure.
//!
//! Text and words are folded as for a search ([`crate::search`]: 简繁, width, case, what shows nothing), and then everything
//! goes that is neither letter nor digit: a word is seen through blanks, signs, emoji and line ends between its characters.
//! It is also seen inside longer words, which has its price: who forbids 干 forbids 饼干.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::{Deserialize, Serialize};
use shared::limits::{WORD_MAX, WORDS_MAX};

use crate::search::fold;

/// The words of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Box<str>>", into = "Vec<Box<str>>")]
pub struct Words {
    typed: Vec<Box<str>>,
    /// Made where the words are taken in. Of words that were stored, when it is first needed.
    finder: OnceLock<AhoCorasick>,
}

/// These are no words: too many, one of them too long, or one in which nothing is letter or digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no words that could be looked for")]
pub struct BadWords;

impl Words {
    /// The words in what was typed: at most [`WORDS_MAX`], each of at most [`WORD_MAX`] characters, as they are typed and as
    /// they are compared: one character may stand for several.
    ///
    /// # Errors
    /// If they are no such words.
    pub fn parse(typed: &[String]) -> Result<Self, BadWords> {
        let is_word = |word: &String| {
            word.chars().count() <= WORD_MAX && (1..=WORD_MAX).contains(&bare(word).chars().count())
        };
        if typed.len() > WORDS_MAX || !typed.iter().all(is_word) {
            return Err(BadWords);
        }
        let words = Self::from(typed.iter().map(|word| word.trim().into()).collect::<Vec<Box<str>>>());
        words.finder();
        Ok(words)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// The words as they were typed.
    pub fn typed(&self) -> impl Iterator<Item = &str> {
        self.typed.iter().map(|word| &**word)
    }

    /// Whether a text has one of them.
    pub fn are_in(&self, text: &str) -> bool {
        !self.is_empty() && self.finder().is_match(&bare(text))
    }

    fn finder(&self) -> &AhoCorasick {
        self.finder.get_or_init(|| finder(&self.typed))
    }
}

/// What is stored was checked when it came; a bound that changes since changes nothing about it.
impl From<Vec<Box<str>>> for Words {
    fn from(typed: Vec<Box<str>>) -> Self {
        Self { typed, finder: OnceLock::new() }
    }
}

fn finder(typed: &[Box<str>]) -> AhoCorasick {
    let bare = typed.iter().map(|word| bare(word)).filter(|word| !word.is_empty());
    // The kind whose size goes with the words' and no faster.
    let finder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(bare);
    finder.expect("so few words have so few states")
}

impl From<Words> for Vec<Box<str>> {
    fn from(words: Words) -> Self {
        words.typed
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Eq for Words {}

/// What is left to be compared.
fn bare(text: &str) -> String {
    let mut folded = fold(text);
    folded.retain(char::is_alphanumeric);
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &[&str]) -> Words {
        Words::parse(&typed.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_word_is_seen_through_what_hides_it() {
        let words = words(&["赌博", "发财", "Spam", " 加 微信 "]);
        for hidden in [
            "赌博",
            "来赌博吧",
            "赌 博",
            "赌\u{3000}\n\t博",
            "赌\u{200b}\u{feff}博",
            "赌\u{2060}\u{ad}\u{fe0f}博",
            "赌.博",
            "赌，。、—…·博",
            "赌*+|~^`$=<>博",
            "赌👍🏽博",
            "賭博",
            "賭\u{202e}博",
            "發財",
            "髮 財",
            "spam",
            "SPAM",
            "ｓｐａｍ",
            "ⓢ𝓹Å\u{30a}m",
            "s-p_a m",
            "加微信",
            "加vx: 加微 信",
            "⽕加微信",
        ] {
            assert!(words.are_in(hidden), "{hidden:?}");
        }
        for other in ["赌", "博", "博赌", "赌一博", "财发", "spa", "sp4m", "加信微", "", "…", "👍"]
        {
            assert!(!words.are_in(other), "{other:?}");
        }
        assert!(!Words::parse(&[]).unwrap().are_in("赌博"), "no words, nothing is found");
    }

    #[test]
    fn what_could_not_be_looked_for_is_refused() {
        let many = |n: usize| (0..n).map(|n| format!("词{n}")).collect::<Vec<_>>();
        assert!(Words::parse(&many(WORDS_MAX)).is_ok());
        assert_eq!(Words::parse(&many(WORDS_MAX + 1)), Err(BadWords));
        assert!(Words::parse(&["字".repeat(WORD_MAX)]).is_ok());
        for bad in
            [String::new(), " ".into(), "…".into(), "\u{200b}".into(), "👎".into(), "字".repeat(WORD_MAX + 1)]
        {
            assert_eq!(Words::parse(&["好".into(), bad.clone()]), Err(BadWords), "{bad:?}");
        }
    }

    #[test]
    fn a_few_characters_are_no_long_words() {
        // One character, compared as several.
        assert!(Words::parse(&["\u{fdfa}".into()]).is_ok());
        assert_eq!(Words::parse(&["\u{fdfa}".repeat(WORD_MAX)]), Err(BadWords));
    }

    #[test]
    fn words_that_were_typed_are_ready_to_be_looked_for() {
        assert!(words(&["赌博"]).finder.get().is_some());
    }

    #[test]
    fn words_come_back_as_they_were_stored() {
        let words = words(&["Spam", "賭博"]);
        let stored = serde_json::to_string(&words).unwrap();
        assert_eq!(stored, r#"["Spam","賭博"]"#);
        let back: Words = serde_json::from_str(&stored).unwrap();
        assert_eq!(back, words);
        assert!(back.are_in("赌博") && back.are_in("spam"));
        // Bounds may change; a log stays readable.
        let old: Words = serde_json::from_str(&format!(r#"["…","{}"]"#, "字".repeat(WORD_MAX + 1))).unwrap();
        assert!(!old.are_in("字…"));
    }
}
