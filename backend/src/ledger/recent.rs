//! What was appended and is not in the index yet: the ledger's lookups find it here.

use std::collections::{HashMap, VecDeque};

use shared::{MemberId, MessageId, Seq};

type Signed = (i64, MemberId, MessageId);

/// The newest records, by their keys. As many as the follower is behind, which [`crate::config::BEHIND_MAX`] bounds.
#[derive(Debug, Default)]
pub(super) struct Recent {
    records: VecDeque<Appended>,
    places: HashMap<(i64, Seq), i64>,
    ids: HashMap<Signed, (Seq, i64)>,
}

#[derive(Debug)]
struct Appended {
    pos: i64,
    place: (i64, Seq),
    signed: Option<Signed>,
}

impl Recent {
    /// A record was appended at this position.
    pub(super) fn push(&mut self, pos: i64, life: i64, seq: Seq, signed: Option<(MemberId, MessageId)>) {
        let signed = signed.map(|(by, id)| (life, by, id));
        self.places.insert((life, seq), pos);
        if let Some(signed) = signed {
            self.ids.insert(signed, (seq, pos));
        }
        self.records.push_back(Appended { pos, place: (life, seq), signed });
    }

    /// The position of an event.
    pub(super) fn place(&self, life: i64, seq: Seq) -> Option<i64> {
        self.places.get(&(life, seq)).copied()
    }

    /// The number and the position of what a member stored under `id`.
    pub(super) fn signed(&self, life: i64, by: MemberId, id: MessageId) -> Option<(Seq, i64)> {
        self.ids.get(&(life, by, id)).copied()
    }

    /// Everything up to this position is in the index.
    pub(super) fn indexed(&mut self, pos: i64) {
        while let Some(oldest) = self.records.pop_front_if(|record| record.pos <= pos) {
            self.drop_keys(&oldest);
        }
    }

    /// Everything behind this position was not stored.
    pub(super) fn roll_back(&mut self, pos: i64) {
        while let Some(newest) = self.records.pop_back_if(|record| record.pos > pos) {
            self.drop_keys(&newest);
        }
    }

    fn drop_keys(&mut self, record: &Appended) {
        self.places.remove(&record.place);
        if let Some(signed) = record.signed {
            self.ids.remove(&signed);
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::Millis;

    use super::*;

    #[test]
    fn what_is_indexed_and_what_was_not_stored_is_forgotten() {
        let id = |n| MessageId::new(Millis(n), &[0; 10]);
        let mut recent = Recent::default();
        for n in 1..=3 {
            recent.push(10 + n, 7, Seq(n.unsigned_abs()), Some((MemberId(1), id(n.unsigned_abs()))));
        }
        recent.indexed(11);
        recent.roll_back(12);
        assert_eq!(recent.place(7, Seq(2)), Some(12));
        assert_eq!(recent.signed(7, MemberId(1), id(2)), Some((Seq(2), 12)));
        assert_eq!(
            (recent.place(7, Seq(1)), recent.place(7, Seq(3)), recent.place(8, Seq(2))),
            (None, None, None)
        );
        assert_eq!(recent.signed(7, MemberId(1), id(3)), None);
    }
}
