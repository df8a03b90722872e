//! Who is writing. Versioned state that fades by itself: only the newest is ever sent.

use std::collections::BTreeMap;

use shared::{MemberId, Millis};

/// How long somebody counts as writing after saying so. The page shows it for five seconds and says so every three.
const LASTS_MS: u64 = 4_000;

/// A page that says so more often is not listened to.
const EVERY_MS: u64 = 1_000;

/// The members who are writing.
#[derive(Debug, Default)]
pub struct Typing {
    /// When each of them last said so, as uptime.
    said: BTreeMap<MemberId, Millis>,
    version: u64,
}

impl Typing {
    /// Rises whenever somebody writes.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// A member writes; whether that is news.
    pub fn note(&mut self, member: MemberId, now: Millis) -> bool {
        self.fade(now);
        if self.said.get(&member).is_some_and(|said| now.0 < said.0.saturating_add(EVERY_MS)) {
            return false;
        }
        self.said.insert(member, now);
        self.version += 1;
        true
    }

    /// A member has said what it was writing.
    pub fn done(&mut self, member: MemberId, now: Millis) {
        self.said.remove(&member);
        self.fade(now);
    }

    /// Whether nobody has said so for a while.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    fn fade(&mut self, now: Millis) {
        self.said.retain(|_, said| now.0 < said.0.saturating_add(LASTS_MS));
    }

    /// Who is writing now.
    pub fn by(&self, now: Millis) -> impl Iterator<Item = MemberId> {
        let fresh = move |said: &Millis| now.0 < said.0.saturating_add(LASTS_MS);
        self.said.iter().filter(move |(_, said)| fresh(said)).map(|(member, _)| *member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_fades_and_is_not_told_more_than_once_a_second() {
        let mut typing = Typing::default();
        assert!(typing.note(MemberId(1), Millis(0)));
        assert!(!typing.note(MemberId(1), Millis(999)));
        assert!(typing.note(MemberId(2), Millis(1_000)));
        assert_eq!(typing.by(Millis(3_999)).collect::<Vec<_>>(), [MemberId(1), MemberId(2)]);
        assert_eq!(typing.by(Millis(4_000)).collect::<Vec<_>>(), [MemberId(2)]);
        typing.done(MemberId(2), Millis(1_000));
        assert_eq!(typing.by(Millis(1_000)).collect::<Vec<_>>(), [MemberId(1)]);
        assert_eq!((typing.version(), typing.is_empty()), (2, false));
        typing.done(MemberId(2), Millis(4_000));
        assert!(typing.is_empty(), "who wrote and said nothing is forgotten");
    }
}
