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
}

impl NameRule {
    /// The name in what a person typed, without surrounding blank.
    ///
    /// # Errors
    /// [`BadName`] if it is too short, too long, or has a character the rule does not know.
    pub fn parse(self, typed: &str) -> Result<Name, BadName> {
        let name = typed.trim();
        let Self::Common = self;
        let known = name.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fa5}'));
        if known && NAME_LENGTH.contains(&name.chars().count()) {
            Ok(Name(name.into()))
        } else {
            Err(BadName)
        }
    }
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
}
