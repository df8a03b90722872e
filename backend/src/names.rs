//! When two names count as the same. The name rule itself is [`shared::NameRule`].

use serde::{Deserialize, Serialize};

/// A name as it is compared: two names that fold alike cannot sit in one room.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Folded(Box<str>);

/// What `typed` is compared by.
pub fn fold(typed: &str) -> Folded {
    Folded(typed.trim().into())
}
