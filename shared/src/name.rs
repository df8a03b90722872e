//! The name rule: which names a person may enter with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::NAME_LENGTH;

/// A name that a [`NameRule`] let in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Box<str>);

/// A name the rule does not let in. The page says 名称不能为空且必须为中文.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is two to ten Chinese characters")]
pub struct BadName;

/// Why a [`NameRule`] rejects a name. The page has a sentence for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("the name is empty")]
    Empty,
    /// A blank or an invisible character inside.
    #[error("the name has a blank or invisible character inside")]
    Blank,
    /// Punctuation or a symbol.
    #[error("the name has punctuation")]
    Punctuation,
    /// A `·` that does not stand alone between two characters.
    #[error("the name has a misplaced middle dot")]
    MisplacedDot,
    /// A letter, digit or other character that is not Han.
    #[error("the name has a character that is not Chinese")]
    NotHan,
    /// A rare or compatibility character.
    #[error("the name has a rare character")]
    Rare,
    /// One of [`RESERVED_NAMES`].
    #[error("the name is reserved")]
    Reserved,
    /// Fewer characters than allowed.
    #[error("the name is too short")]
    TooShort,
    /// More characters than allowed.
    #[error("the name is too long")]
    TooLong,
}

/// Names that nobody may take: whoever had one would seem to speak for the room or the server.
pub const RESERVED_NAMES: [&str; 12] = [
    "房主",
    "主持人",
    "群主",
    "管理员",
    "超级管理员",
    "系统",
    "系统通知",
    "系统消息",
    "系统管理员",
    "官方",
    "客服",
    "对聊",
];

impl From<NameError> for BadName {
    fn from(_: NameError) -> Self {
        Self
    }
}

/// Which names a room lets in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameRule {
    /// `^[\u4e00-\u9fa5]{2,10}$`, after trimming.
    #[default]
    Common,
    /// Any Han ideograph, rare ones too, and a single `·` between two of them; as many characters as under the other rule.
    Han,
}

impl NameRule {
    /// Parses a name, be it one that somebody has had for long: [`RESERVED_NAMES`] too. Surrounding blanks are dropped.
    ///
    /// # Errors
    /// [`BadName`] if it is too short, too long, or has a character the rule does not know.
    pub fn parse(self, typed: &str) -> Result<Name, BadName> {
        Ok(self.examine(typed)?)
    }

    /// Parses a name that somebody wants to take, and says what is wrong with it.
    ///
    /// # Errors
    /// The first [`NameError`] in this order: empty, a character that is not allowed, a misplaced dot, the length, reserved.
    pub fn check(self, typed: &str) -> Result<Name, NameError> {
        let name = self.examine(typed)?;
        if RESERVED_NAMES.contains(&name.as_str()) { Err(NameError::Reserved) } else { Ok(name) }
    }

    fn examine(self, typed: &str) -> Result<Name, NameError> {
        let name = typed.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        // However long a text is, its first characters tell what is wrong with it.
        if let Some(error) = name.chars().take(*NAME_LENGTH.end() + 1).find_map(|c| self.reject(c)) {
            return Err(error);
        }
        if name.split('·').any(str::is_empty) {
            return Err(NameError::MisplacedDot);
        }
        match name.chars().take(*NAME_LENGTH.end() + 1).count() {
            length if length < *NAME_LENGTH.start() => Err(NameError::TooShort),
            length if length > *NAME_LENGTH.end() => Err(NameError::TooLong),
            _ => Ok(Name(name.into())),
        }
    }

    /// Why this character may not stand in a name.
    fn reject(self, c: char) -> Option<NameError> {
        let allowed = match self {
            Self::Common => matches!(c, '\u{4e00}'..='\u{9fa5}'),
            Self::Han => is_ideograph(c) || c == '·',
        };
        if allowed {
            None
        } else if c.is_whitespace() || is_invisible(c) {
            Some(NameError::Blank)
        } else if is_ideograph(c) || looks_like_ideograph(c) {
            Some(NameError::Rare)
        } else if is_punctuation(c) {
            Some(NameError::Punctuation)
        } else {
            Some(NameError::NotHan)
        }
    }
}

/// Unified ideographs: no radicals, and none of the forms that are there for the sake of older character sets.
const fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3007}' // 〇
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2ee5d}'
        | '\u{30000}'..='\u{323af}')
}

/// Kangxi and other radicals, and compatibility ideographs: people cannot tell them from the unified ones.
const fn looks_like_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

/// Control characters, zero-width characters, direction marks and variation selectors.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// ASCII, general, Chinese and full-width punctuation.
const fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c,
            '\u{a1}'..='\u{bf}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3004}'
            | '\u{3008}'..='\u{3020}'
            | '\u{30fb}'
            | '\u{ff01}'..='\u{ff0f}'
            | '\u{ff1a}'..='\u{ff20}'
            | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}')
}

impl Name {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_to_ten_common_characters_are_let_in() {
        for name in ["张三", "欧阳静怡", "一龥", "赵钱孙李周吴郑王冯陈", "  李四\t"] {
            assert_eq!(NameRule::Common.parse(name).unwrap().as_str(), name.trim());
        }
    }

    #[test]
    fn other_names_are_not() {
        let eleven = "赵钱孙李周吴郑王冯陈褚";
        for name in [
            "",
            " ",
            "张",
            eleven,
            "zhang三",
            "张 三",
            "张三!",
            "㐀㐁",
            "龦龦",
            "⽟⽟",
            "张\u{200b}三",
            "张三\u{202e}",
            "𠮷𠮷",
            "<b>张三</b>",
        ] {
            assert_eq!(NameRule::Common.parse(name), Err(BadName), "{name:?}");
        }
    }

    #[test]
    fn the_wider_rule_lets_rare_characters_and_single_dots_in() {
        for name in [
            "张三",
            "㐀㐁",
            "龦龦",
            "𠮷野",
            "\u{2a700}\u{30000}",
            "阿不都·热合曼",
            "一·二·三",
            "张〇",
            " 李𡈼\n",
        ] {
            assert_eq!(NameRule::Han.parse(name).unwrap().as_str(), name.trim());
        }
        assert!(NameRule::Han.parse(&"𠮷".repeat(10)).is_ok(), "characters are counted, not bytes");
        for name in [
            "",
            "𠮷",
            "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷",
            "·张",
            "张·",
            "张··三",
            "·",
            "··",
            "张・三",
            "张•三",
            "张.三",
            "张 三",
            "张a",
            "张1",
            "张々",
            "⽟⽟",
            "⻘青",
            "\u{f900}三",
            "\u{2f800}三",
            "张\u{fe00}三",
            "张\u{e0100}三",
            "张\u{200b}三",
            "张\u{200d}三",
            "\u{202e}张三",
            "张三\u{2069}",
            "张\u{feff}三",
            "カタ",
            "가나",
        ] {
            assert_eq!(NameRule::Han.parse(name), Err(BadName), "{name:?}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        use NameError::{Blank, Empty, MisplacedDot, NotHan, Punctuation, Rare, TooLong, TooShort};
        for (rule, name, error) in [
            (NameRule::Common, "", Empty),
            (NameRule::Common, " \u{3000}\t", Empty),
            (NameRule::Common, "张", TooShort),
            (NameRule::Common, "赵钱孙李周吴郑王冯陈褚", TooLong),
            (NameRule::Common, "张 三", Blank),
            (NameRule::Common, "张\u{3000}三", Blank),
            (NameRule::Common, "张\u{200b}三", Blank),
            (NameRule::Common, "张三\u{fe0f}", Blank),
            (NameRule::Common, "zhang三", NotHan),
            (NameRule::Common, "张3", NotHan),
            (NameRule::Common, "カタ", NotHan),
            (NameRule::Common, "张三😀", NotHan),
            (NameRule::Common, "张三!", Punctuation),
            (NameRule::Common, "张三！", Punctuation),
            (NameRule::Common, "阿不都·热合曼", Punctuation),
            (NameRule::Common, "葛曾䮌", Rare),
            (NameRule::Common, "𠮷野", Rare),
            (NameRule::Common, "⽟⽟", Rare),
            (NameRule::Common, "𠮷", Rare),
            (NameRule::Han, "𠮷", TooShort),
            (NameRule::Han, "张··三", MisplacedDot),
            (NameRule::Han, "·张", MisplacedDot),
            (NameRule::Han, "张.三", Punctuation),
            (NameRule::Han, "\u{f900}三", Rare),
            (NameRule::Han, "张a", NotHan),
        ] {
            assert_eq!(rule.check(name), Err(error), "{name:?}");
            assert_eq!(rule.parse(name), Err(BadName), "{name:?}");
        }
    }
}
