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
    /// The name in what a person typed, without surrounding blank.
    ///
    /// # Errors
    /// [`BadName`] if it is too short, too long, or has a character the rule does not know.
    pub fn parse(self, typed: &str) -> Result<Name, BadName> {
        let name = typed.trim();
        let known = match self {
            Self::Common => name.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fa5}')),
            // A dot at either end, or beside another one, leaves a part without a character.
            Self::Han => name.split('·').all(|part| !part.is_empty() && part.chars().all(is_ideograph)),
        };
        if known && NAME_LENGTH.contains(&name.chars().count()) {
            Ok(Name(name.into()))
        } else {
            Err(BadName)
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
}
