//! When two names count as the same, and how they are said (`readings`). The name rule itself is [`shared::NameRule`].
//!
//! A name is folded character by character, whatever stands beside it, to one that stands for all that count as it. What
//! is undone, and where each table comes from:
//!
//! - what shows nothing (zero-width, bidirectional controls, variation selectors): Unicode's default ignorable code points;
//! - width, compatibility ideographs, Kangxi radicals: Unicode's NFKC; and case;
//! - look-alikes: Unicode's confusables (UTS #39), as far as they are one ideograph for one character, and the generated
//!   table `names/confusables.txt`;
//! - 简繁: `OpenCC`'s character tables by the crate hanconv, read in both directions, so 发, 發 and 髮 are one.
//!
//! A change of any table, also by a newer version of a crate, is a change of the rules: nodes of a cluster that fold
//! differently would decide differently. So it asks for another [`RULES`] number; a test holds the tables as they are. Names
//! that are stored are folded again when they are read ([`SeatName`]), so that a room holds none folded by older tables.
//!
//! [`RULES`]: crate::room::proposal::wire::RULES

mod confusables;
pub mod readings;
pub(crate) mod variants;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use shared::{Name, RESERVED_NAMES};
use unicode_normalization::UnicodeNormalization;

/// Most characters that are folded: several times as many as a name has. Some grow to eighteen.
const CHARS_MAX: usize = 64;

/// A name as it is compared: two names that fold alike cannot sit in one room. It is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Folded(Box<str>);

/// A member's name and what it is compared by. Only the name is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Name", into = "Name")]
pub struct SeatName {
    shown: Name,
    folded: Folded,
}

impl SeatName {
    /// The name as it was typed.
    pub const fn shown(&self) -> &Name {
        &self.shown
    }

    /// What it is compared by.
    pub const fn folded(&self) -> &Folded {
        &self.folded
    }
}

impl From<Name> for SeatName {
    fn from(shown: Name) -> Self {
        Self { folded: fold(shown.as_str()), shown }
    }
}

impl From<SeatName> for Name {
    fn from(name: SeatName) -> Self {
        name.shown
    }
}

/// Whether a name, or one that looks like it, is kept from people: it would speak for the room or the server.
pub fn is_reserved(name: &Folded) -> bool {
    static FOLDED: LazyLock<Vec<Folded>> =
        LazyLock::new(|| RESERVED_NAMES.iter().map(|name| fold(name)).collect());
    FOLDED.contains(name)
}

/// What `typed` is compared by. Folding what is folded changes nothing, and a name that [`shared::NameRule`] let in
/// keeps its length. Of text that is far too long for a name only the beginning is folded.
pub fn fold(typed: &str) -> Folded {
    let shown = typed.chars().take(CHARS_MAX).filter(|&c| !variants::is_ignorable(c));
    // Lower case can make a pair that composes (H̱ does not, ẖ does), hence the second time.
    let plain = shown.nfkc().flat_map(char::to_lowercase).nfkc();
    let folded: String = plain.map(variants::representative).collect();
    Folded(folded.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_bounded_however_long_a_text_is() {
        let grown = fold(&"\u{fdfa}".repeat(1_000_000));
        assert!(grown.0.chars().count() <= 18 * CHARS_MAX);
    }
}
