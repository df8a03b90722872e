//! When a message counts as holding what is searched for. Pure; where messages are is [`crate::archive::search`]'s business.
//!
//! What is searched for is one literal piece, of one character or more. Text and piece are folded character by character,
//! whatever stands beside it, so that any piece of a text is found in it. What is undone, and where each table comes from:
//!
//! - width, compatibility ideographs, Kangxi radicals, ligatures, composition: Unicode's NFKD; and case;
//! - what shows nothing (zero-width, bidirectional controls, variation selectors): Unicode's default ignorable code points;
//! - 简繁: as for names (`names/variants.rs`), but look-alikes stay apart: 人口 is not 入口;
//! - a run of blanks is one blank.
//!
//! What a text folds to is in the index. So a change of any table, also by a newer version of a crate, needs another format of
//! the index; a test holds the tables as they are.

use std::cell::Cell;

use memchr::memmem;
use shared::limits::QUERY_MAX;
use unicode_normalization::char::decompose_compatible;

use crate::names::variants::{is_ignorable, simplest};

/// What is searched for, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece(Box<[char]>);

/// Why something typed cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPiece {
    /// Nothing that shows.
    #[error("there is nothing to search for")]
    Empty,
    /// More characters than allowed.
    #[error("what is searched for is too long")]
    TooLong,
}

impl Piece {
    /// The piece in what was typed, without surrounding blank.
    ///
    /// # Errors
    /// [`BadPiece`] says what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, BadPiece> {
        let typed = typed.trim();
        if typed.chars().count() > QUERY_MAX {
            return Err(BadPiece::TooLong);
        }
        let folded = fold(typed);
        if folded.is_empty() { Err(BadPiece::Empty) } else { Ok(Self(folded.chars().collect())) }
    }

    /// Its characters, folded.
    pub fn chars(&self) -> &[char] {
        &self.0
    }

    /// Where it stands in a text: start and end, in Unicode scalar values, in rising order and without overlap. Empty if
    /// it does not.
    pub fn ranges(&self, text: &str) -> Vec<(u32, u32)> {
        // The text as it is compared, where each of its characters begins in that, and where it comes from.
        let (mut folded, mut starts, mut spans) = (String::new(), Vec::new(), Vec::new());
        fold_each(text, |c, span| match c {
            Some(c) => {
                starts.push(folded.len());
                folded.push(c);
                spans.push(span);
            }
            // What shows nothing, or is more of the same blank, belongs to what stands before it.
            None => {
                if let Some((_, end)) = spans.last_mut() {
                    *end = span.1;
                }
            }
        });
        let piece: String = self.0.iter().collect();
        let mut ranges = Vec::<(u32, u32)>::new();
        for at in memmem::find_iter(folded.as_bytes(), &piece) {
            let first = starts.partition_point(|start| *start < at);
            let last = first + self.0.len() - 1;
            let (start, end) = (spans[first].0, spans[last].1);
            match ranges.last_mut() {
                // One character may fold to several: ㎏ to k and g.
                Some(before) if start < before.1 => before.1 = end,
                _ => ranges.push((start, end)),
            }
        }
        ranges
    }
}

/// What a text is compared by.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    folded_chars(text, |c| folded.push(c));
    folded
}

/// Hands over each character of what a text is compared by.
pub(crate) fn folded_chars(text: &str, mut take: impl FnMut(char)) {
    fold_each(text, |c, _| {
        if let Some(c) = c {
            take(c);
        }
    });
}

/// Hands over each folded character and from where to where in the text it comes from. Nothing stands for characters that
/// add nothing.
fn fold_each(text: &str, mut take: impl FnMut(Option<char>, (u32, u32))) {
    let mut blank = false;
    for (at, c) in (0..).zip(text.chars()) {
        if let Some(c) = usual(c) {
            blank = false;
            take(Some(c), (at, at + 1));
            continue;
        }
        let mut nothing = true;
        fold_char(c, |c| {
            let again = blank && c == BLANK;
            blank = c == BLANK;
            nothing &= again;
            if !again {
                take(Some(c), (at, at + 1));
            }
        });
        if nothing {
            take(None, (at, at + 1));
        }
    }
}

/// What every blank folds to.
const BLANK: char = ' ';

/// What nearly everything that is said folds to: as the tables below have it, only sooner.
fn usual(c: char) -> Option<char> {
    match c {
        // No table but the last has anything to say about these.
        '\u{4e00}'..='\u{9fff}' => Some(simplest(c)),
        '!'..='~' => Some(c.to_ascii_lowercase()),
        '！'..='～' => char::from_u32(u32::from(c) - u32::from('！') + u32::from('!')).and_then(usual),
        '“' | '”' | '、' | '。' | '《'..='】' | '\u{1f300}'..='\u{1faff}' => Some(c),
        _ => None,
    }
}

/// Most characters that one folds to. Three of Unicode's would come to more, ﷺ to eighteen: what a person can send to be folded
/// is bounded by what they typed.
const GROWTH_MAX: usize = 6;

fn fold_char(c: char, mut take_any: impl FnMut(char)) {
    let left = Cell::new(GROWTH_MAX);
    let mut take = |c| {
        if left.get() > 0 {
            left.set(left.get() - 1);
            take_any(c);
        }
    };
    match c {
        BLANK => take(c),
        _ if is_ignorable(c) => {}
        _ => decompose_compatible(c, |c| {
            if left.get() == 0 {
                return;
            }
            if c.is_whitespace() {
                return take(BLANK);
            }
            // Case folding: ς is σ, ẞ is ß is ss.
            let lower = c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
            lower.for_each(|c| decompose_compatible(c, |c| take(simplest(c))));
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges(text: &str, typed: &str) -> Vec<(u32, u32)> {
        Piece::parse(typed).unwrap().ranges(text)
    }

    /// Text, piece, where.
    type Case = (&'static str, &'static str, &'static [(u32, u32)]);

    const TRICKY: &[Case] = &[
        // Inside words and sentences.
        ("也许明天", "也", &[(0, 1)]),
        ("我们下午开会，别忘了", "开会", &[(4, 6)]),
        ("我们下午开会，别忘了", "午开", &[(3, 5)]),
        ("我们下午开会，别忘了", "会，别", &[(5, 8)]),
        ("哈哈哈哈哈", "哈哈", &[(0, 2), (2, 4)]),
        ("开会的时候开始开会", "开会", &[(0, 2), (7, 9)]),
        ("hello world", "o w", &[(4, 7)]),
        ("deadlock", "ad", &[(2, 4)]),
        ("room 1024", "02", &[(6, 8)]),
        ("第12345号", "234", &[(2, 5)]),
        ("用Rust写的", "t写", &[(4, 6)]),
        // Beyond the BMP.
        ("𠮷野家", "𠮷", &[(0, 1)]),
        ("去𠮷野家吃饭", "𠮷野家", &[(1, 4)]),
        ("𪚥𪚥", "𪚥", &[(0, 1), (1, 2)]),
        // 简繁, both ways.
        ("我在臺灣", "台湾", &[(2, 4)]),
        ("我在台湾", "臺灣", &[(2, 4)]),
        ("頭髮", "头发", &[(0, 2)]),
        ("发财", "發財", &[(0, 2)]),
        ("乾淨的麵條", "干净的面条", &[(0, 5)]),
        ("裡面", "里面", &[(0, 2)]),
        ("軟體與網路", "网路", &[(3, 5)]),
        ("后来", "後來", &[(0, 2)]),
        // Look-alikes stay apart.
        ("人口", "入口", &[]),
        ("未来", "末", &[]),
        ("自己", "已", &[]),
        // Width, case, compatibility.
        ("ＡＢＣ", "abc", &[(0, 3)]),
        ("abc", "ＡＢＣ", &[(0, 3)]),
        ("API文档", "api", &[(0, 3)]),
        ("１２３", "2", &[(1, 2)]),
        ("ｶﾀｶﾅ", "カタカナ", &[(0, 4)]),
        ("ガス", "ｶﾞｽ", &[(0, 2)]),
        ("好的，", ",", &[(2, 3)]),
        ("真的？", "?", &[(2, 3)]),
        ("⽟石", "玉石", &[(0, 2)]),
        ("5㎏的米", "kg", &[(1, 2)]),
        ("㎏", "k", &[(0, 1)]),
        ("①②", "2", &[(1, 2)]),
        ("Straße", "STRASSE", &[(0, 6)]),
        ("STRAẞE", "straße", &[(0, 6)]),
        ("ΟΔΟΣ", "οδος", &[(0, 4)]),
        ("Ångström", "angstrom", &[]),
        ("Ångström", "ångström", &[(0, 8)]),
        ("cafe\u{301}", "café", &[(0, 5)]),
        ("café", "cafe", &[(0, 4)]),
        ("İstanbul", "i̇stanbul", &[(0, 8)]),
        ("ﬁnal", "fin", &[(0, 2)]),
        // Signs, and nothing that is a language of queries.
        ("我会C++", "C++", &[(2, 5)]),
        ("我会C++", "+", &[(3, 4), (4, 5)]),
        ("100%", "100%", &[(0, 4)]),
        ("100％", "0%", &[(2, 4)]),
        ("他说\"好\"", "\"", &[(2, 3), (4, 5)]),
        ("it's", "'", &[(2, 3)]),
        ("a NEAR b", "NEAR", &[(2, 6)]),
        ("nearly", "NEAR", &[(0, 4)]),
        ("这 AND 那", "and", &[(2, 5)]),
        ("x OR y", "OR", &[(2, 4)]),
        ("NOT me", "NOT", &[(0, 3)]),
        ("2 * 3", "*", &[(2, 3)]),
        ("开会", "开*", &[]),
        ("text:开会", "text:", &[(0, 5)]),
        ("{a}(b)[c]", ")[", &[(5, 7)]),
        ("a-b^c", "-b^", &[(1, 4)]),
        ("'; DROP TABLE words; --", "'; drop", &[(0, 7)]),
        ("100_000", "_", &[(3, 4)]),
        ("50%的人", "5%", &[]),
        ("a\\b", "\\", &[(1, 2)]),
        ("……", "…", &[(0, 1), (1, 2)]),
        ("好。坏", "。", &[(1, 2)]),
        ("<b>粗</b>", "<b>", &[(0, 3)]),
        // Emoji.
        ("好的👍", "👍", &[(2, 3)]),
        ("👍🏽", "👍", &[(0, 1)]),
        ("❤️你", "❤", &[(0, 2)]),
        ("❤你", "❤️", &[(0, 1)]),
        ("👨\u{200d}👩\u{200d}👧", "👩", &[(2, 4)]),
        ("🇨🇳", "🇨🇳", &[(0, 2)]),
        // Blanks, and what shows nothing.
        ("你好  世界", "你好 世界", &[(0, 6)]),
        ("你好\n\t世界", "好 世", &[(1, 5)]),
        ("你好\u{3000}世界", "好  世", &[(1, 4)]),
        ("你好世界", "你好 世界", &[]),
        ("开会", "  开会\n", &[(0, 2)]),
        ("开\u{200b}会", "开会", &[(0, 3)]),
        ("x ´", "´", &[(1, 3)]),
        ("早", "早上", &[]),
    ];

    #[test]
    fn tricky_pieces_are_found_where_they_are() {
        assert!(TRICKY.len() >= 60);
        let wrong = TRICKY.iter().filter(|(text, typed, expected)| ranges(text, typed) != *expected);
        let wrong: Vec<_> = wrong.map(|(text, typed, _)| (text, typed, ranges(text, typed))).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn what_is_nothing_or_too_long_is_no_piece() {
        for nothing in ["", " ", "\u{3000}\n\t", "\u{200b}", "\u{fe0f}\u{202e}"] {
            assert_eq!(Piece::parse(nothing), Err(BadPiece::Empty), "{nothing:?}");
        }
        assert!(Piece::parse(&"字".repeat(QUERY_MAX)).is_ok());
        assert_eq!(Piece::parse(&"字".repeat(QUERY_MAX + 1)), Err(BadPiece::TooLong));
    }

    /// The last ideograph is before it. Behind it is nothing that anybody writes.
    const LAST: char = '\u{33fff}';

    #[test]
    fn folding_is_bounded() {
        for c in '\0'..=LAST {
            assert!(fold(c.encode_utf8(&mut [0; 4])).chars().count() <= GROWTH_MAX, "{c:?}");
        }
        assert_eq!(ranges("愿\u{fdfa}", "\u{fdfa}"), [(1, 2)]);
    }

    #[test]
    fn folding_what_is_folded_changes_nothing() {
        for c in '\0'..=LAST {
            let folded = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&folded), folded, "{c:?}");
        }
    }

    /// If this fails, a table has changed: give the index another format (`store/schema.rs`), then change the number.
    #[test]
    fn the_tables_are_those_of_the_index() {
        let mut hasher = blake3::Hasher::new();
        for c in '\0'..=LAST {
            hasher.update(fold(c.encode_utf8(&mut [0; 4])).as_bytes()).update(&[0]);
        }
        assert_eq!(&hasher.finalize().to_hex()[..16], "b82d9d869e687777");
    }

    fn text() -> impl Strategy<Value = String> {
        let mixed =
            "[一-龥𠮷-𠮿a-dA-D0-9 \u{3000}\u{200b}臺台灣湾+%\"'*。，👍❤\u{fe0f}ß㎏ａ-ｄé\u{301}]{1,40}";
        prop_oneof![mixed, "\\PC{1,30}"]
    }

    proptest! {
        #[test]
        fn every_piece_of_a_text_is_found_in_it(text in text(), from: prop::sample::Index, length in 1..8_usize) {
            let chars: Vec<char> = text.chars().collect();
            let from = from.index(chars.len());
            let typed: String = chars[from..chars.len().min(from + length)].iter().collect();
            if let Ok(piece) = Piece::parse(&typed) {
                let ranges = piece.ranges(&text);
                prop_assert!(!ranges.is_empty());
                for (start, end) in &ranges {
                    let found: String = chars[*start as usize..*end as usize].iter().collect();
                    prop_assert!(fold(&found).contains(&piece.chars().iter().collect::<String>()));
                }
                prop_assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            }
        }
    }
}
