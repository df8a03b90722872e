//! Which characters count as one: classes of ideographs, each named by its lowest member.

use std::collections::HashMap;
use std::sync::LazyLock;

use hanconv::RawDictionary;
use unicode_security::skeleton;

use super::lookalikes::groups;

/// `OpenCC`'s characters: 繁 to 简, 简 to 繁, and the forms of 臺灣 and 香港. A line is a character and those it may
/// become. Constants, so that the crate's tables of phrases stay out of the binary.
const TABLES: [&str; 4] = [
    RawDictionary::TSCharacters.text(),
    RawDictionary::STCharacters.text(),
    RawDictionary::TWVariants.text(),
    RawDictionary::HKVariants.text(),
];

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let lines = TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#'));
    let mut classes = Classes::default();
    lines.chain(groups()).for_each(|line| classes.join(line));
    classes
});

/// Whether Unicode has `c` show nothing, wherever it stands.
pub(super) fn is_ignorable(c: char) -> bool {
    // The crate gives its list of these away only so.
    skeleton(c.encode_utf8(&mut [0; 4])).next().is_none()
}

/// The character that stands for all that count as `c`.
pub(super) fn representative(c: char) -> char {
    CLASSES.root(prototype(c))
}

/// The ideograph that Unicode says looks like `c`, or `c`. Where Unicode takes a character apart (今 into three Korean
/// letters) or to another script (一 into a Japanese long vowel), nothing that can stand in a name looks like it.
fn prototype(c: char) -> char {
    let mut buffer = [0; 4];
    let mut like = skeleton(c.encode_utf8(&mut buffer));
    match (like.next(), like.next()) {
        (Some(like), None) if is_ideograph(like) => like,
        _ => c,
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3fffd}')
}

/// From a character to a lower one of its class. The lowest has no entry, as has one that is alone.
#[derive(Default)]
struct Classes(HashMap<char, char>);

impl Classes {
    fn join(&mut self, line: &str) {
        let mut members = line.chars().filter(|c| !c.is_whitespace()).map(prototype);
        let Some(first) = members.next() else { return };
        for member in members {
            let (one, other) = (self.root(first), self.root(member));
            if one != other {
                self.0.insert(one.max(other), one.min(other));
            }
        }
    }

    fn root(&self, mut c: char) -> char {
        while let Some(&lower) = self.0.get(&c) {
            c = lower;
        }
        c
    }
}
