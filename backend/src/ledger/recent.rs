//! What was appended and is not in the index yet: the ledger's lookups find it here.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use shared::{MemberId, MessageId, Seq};

/// The newest records, by their keys. As many as the follower is behind, which [`crate::config::BEHIND_MAX`] bounds.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Where each is, and the life it is of.
    records: VecDeque<(i64, i64)>,
    lives: HashMap<i64, Places, RandomState>,
}

/// The newest records of a life: numbers have no holes.
#[derive(Debug)]
struct Places {
    first: Seq,
    appended: VecDeque<Appended>,
}

#[derive(Debug)]
struct Appended {
    pos: i64,
    signed: Option<(MemberId, MessageId)>,
}

impl Recent {
    /// A record was appended at this position.
    pub(super) fn push(&mut self, pos: i64, life: i64, seq: Seq, signed: Option<(MemberId, MessageId)>) {
        let empty = || Places { first: seq, appended: VecDeque::new() };
        self.lives.entry(life).or_insert_with(empty).appended.push_back(Appended { pos, signed });
        self.records.push_back((pos, life));
    }

    /// The position of an event.
    pub(super) fn place(&self, life: i64, seq: Seq) -> Option<i64> {
        let places = self.lives.get(&life)?;
        let index = usize::try_from(seq.0.checked_sub(places.first.0)?).ok()?;
        Some(places.appended.get(index)?.pos)
    }

    /// The number and the position of what a member stored under `id`. Reads what is new in the room, newest first: only an
    /// id that does not rise is looked for.
    pub(super) fn signed(&self, life: i64, by: MemberId, id: MessageId) -> Option<(Seq, i64)> {
        let Places { first, appended } = self.lives.get(&life)?;
        let index = appended.iter().rposition(|record| record.signed == Some((by, id)))?;
        Some((Seq(first.0 + index as u64), appended[index].pos))
    }

    /// Everything up to this position is in the index.
    pub(super) fn indexed(&mut self, pos: i64) {
        while let Some((_, life)) = self.records.pop_front_if(|(at, _)| *at <= pos) {
            self.forget(life, |places| {
                places.first = places.first.next();
                places.appended.pop_front();
            });
        }
    }

    /// Everything behind this position was not stored.
    pub(super) fn roll_back(&mut self, pos: i64) {
        while let Some((_, life)) = self.records.pop_back_if(|(at, _)| *at > pos) {
            self.forget(life, |places| {
                places.appended.pop_back();
            });
        }
    }

    fn forget(&mut self, life: i64, forget: impl FnOnce(&mut Places)) {
        if let Some(places) = self.lives.get_mut(&life) {
            forget(places);
            if places.appended.is_empty() {
                self.lives.remove(&life);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::Millis;

    use super::*;

    #[test]
    fn what_is_indexed_and_what_was_not_stored_is_forgotten() {
        let id = |n: u64| MessageId::new(Millis(n), &[0; 10]);
        let mut recent = Recent::default();
        for n in 1..=4 {
            recent.push(10 + n, 7, Seq(n.unsigned_abs()), Some((MemberId(1), id(n.unsigned_abs()))));
        }
        recent.indexed(11);
        recent.roll_back(13);
        assert_eq!([1, 2, 3, 4].map(|seq| recent.place(7, Seq(seq))), [None, Some(12), Some(13), None]);
        assert_eq!(recent.place(8, Seq(2)), None);
        assert_eq!(recent.signed(7, MemberId(1), id(2)), Some((Seq(2), 12)));
        assert_eq!(recent.signed(7, MemberId(1), id(1)), None);
        assert_eq!(recent.signed(7, MemberId(1), id(4)), None);
        recent.roll_back(0);
        assert!(recent.lives.is_empty() && recent.records.is_empty());
    }
}
