//! Runs of arrivals and departures: which of them share one row.
//!
//! A run is a longest sequence of entries that each fold into the next. Its last entry stands for all of them.

use shared::{LeftWhy, MemberId};

use super::{Entry, EntryKind};

/// Which notices fold into one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoticeFolding {
    /// Every notice has its own row.
    #[default]
    Off,
    /// Arrivals and departures of everybody but this member fold.
    OthersThan(MemberId),
}

impl NoticeFolding {
    /// Whether an entry has no row of its own, because the next one stands for both.
    pub(super) fn folds(self, entry: &Entry, next: &Entry) -> bool {
        match self {
            Self::Off => false,
            Self::OthersThan(me) => comes_or_goes(entry, me) && comes_or_goes(next, me),
        }
    }
}

/// Whether another member joined, or left without being removed.
fn comes_or_goes(entry: &Entry, me: MemberId) -> bool {
    match entry.body {
        EntryKind::Joined(member) | EntryKind::Left(member, LeftWhy::Asked | LeftWhy::Away) => member != me,
        _ => false,
    }
}
