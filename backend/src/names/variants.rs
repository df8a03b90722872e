//! Which characters count as one: classes of ideographs, each named by its lowest member.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use hanconv::RawDictionary;
use unicode_security::skeleton;

use super::confusables::groups;

/// `OpenCC`'s characters: 繁 to 简, 简 to 繁, and the forms of 臺灣 and 香港. A line is a character and those it may
/// become. Constants, so that the crate's tables of phrases stay out of the binary.
const TABLES: [&str; 4] = [
    RawDictionary::TSCharacters.text(),
    RawDictionary::STCharacters.text(),
    RawDictionary::TWVariants.text(),
    RawDictionary::HKVariants.text(),
];

static CLASSES: LazyLock<Classes> = LazyLock::new(|| Classes::of(lines().chain(groups()), prototype));

/// 简繁 and nothing else.
static FORMS: LazyLock<Classes> = LazyLock::new(|| Classes::of(lines(), |c| c));

/// The same for the ideographs that nearly everything is written in, each in a place of its own: so it is read, not looked for.
static COMMON_FORMS: LazyLock<Box<[char]>> =
    LazyLock::new(|| ('\u{4e00}'..='\u{9fff}').map(|c| FORMS.root(c)).collect());

fn lines() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#'))
}

/// Whether Unicode has `c` show nothing, wherever it stands.
pub(crate) fn is_ignorable(c: char) -> bool {
    // The crate gives its list of these away only so.
    skeleton(c.encode_utf8(&mut [0; 4])).next().is_none()
}

/// The character that stands for all that count as `c`.
pub(super) fn representative(c: char) -> char {
    CLASSES.root(prototype(c))
}

/// The character that stands for every 简 and 繁 form of `c`.
pub(crate) fn simplest(c: char) -> char {
    let place = (c as usize).wrapping_sub('\u{4e00}' as usize);
    COMMON_FORMS.get(place).copied().unwrap_or_else(|| FORMS.root(c))
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
struct Classes(HashMap<char, char, RandomState>);

impl Classes {
    /// Each line is characters that count as one; each character is seen as what `like` makes of it.
    fn of<'a>(lines: impl Iterator<Item = &'a str>, like: impl Fn(char) -> char) -> Self {
        let mut classes = Self::default();
        lines.for_each(|line| classes.join(line.chars().filter(|c| !c.is_whitespace()).map(&like)));
        classes
    }

    fn join(&mut self, mut members: impl Iterator<Item = char>) {
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
