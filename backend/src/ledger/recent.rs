//! What was appended and is not in the index yet: the ledger's lookups find it here.
//!
//! The records of all rooms stand in one row, in the order in which they were appended: to put one there and to forget it is
//! to go on in memory, wherever the rooms are. Each knows the one before it of its room, so only a room's own are looked through.

use std::collections::VecDeque;
use std::iter::successors;

use shared::{MemberId, MessageId, Seq};

/// The newest records. As many as the follower is behind, which [`crate::config::BEHIND_MAX`] bounds.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// How many were forgotten: which is the first of `records`.
    forgotten: u64,
    records: VecDeque<Appended>,
}

/// Which record is the newest of a room, counted from the first ever. It may be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Newest(Option<u64>);

/// The newest records of one room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    recent: &'a Recent,
    life: i64,
    newest: Newest,
}

#[derive(Debug)]
struct Appended {
    pos: i64,
    life: i64,
    seq: Seq,
    signed: Option<(MemberId, MessageId)>,
    before: Newest,
}

impl Recent {
    /// A record was appended at this position. It is the newest of its room.
    pub(super) fn push(
        &mut self,
        (pos, life, seq): (i64, i64, Seq),
        signed: Option<(MemberId, MessageId)>,
        newest: &mut Newest,
    ) {
        let number = self.forgotten + self.records.len() as u64;
        let before = std::mem::replace(newest, Newest(Some(number)));
        self.records.push_back(Appended { pos, life, seq, signed, before });
    }

    /// The newest of a life, for whoever does not know it: looks through all.
    pub(super) fn newest(&self, life: i64) -> Newest {
        let index = self.records.iter().rposition(|record| record.life == life);
        Newest(index.map(|index| self.forgotten + index as u64))
    }

    /// Those of a life that this is the newest of.
    pub(super) const fn of(&self, life: i64, newest: Newest) -> Of<'_> {
        Of { recent: self, life, newest }
    }

    /// Everything up to this position is in the index.
    pub(super) fn indexed(&mut self, pos: i64) {
        while self.records.pop_front_if(|record| record.pos <= pos).is_some() {
            self.forgotten += 1;
        }
    }

    /// Everything behind this position was not stored. Whoever has some of it as the newest of a room is to ask for that anew.
    pub(super) fn roll_back(&mut self, pos: i64) {
        while self.records.pop_back_if(|record| record.pos > pos).is_some() {}
    }

    fn get(&self, Newest(number): Newest) -> Option<&Appended> {
        self.records.get(usize::try_from(number?.checked_sub(self.forgotten)?).ok()?)
    }
}

impl<'a> Of<'a> {
    /// The position of an event.
    pub(super) fn place(self, seq: Seq) -> Option<i64> {
        // Numbers fall from one to the next.
        let record = self.records().find(|record| record.seq <= seq)?;
        (record.seq == seq).then_some(record.pos)
    }

    /// The number and the position of what a member stored under `id`.
    pub(super) fn signed(self, by: MemberId, id: MessageId) -> Option<(Seq, i64)> {
        let record = self.records().find(|record| record.signed == Some((by, id)))?;
        Some((record.seq, record.pos))
    }

    /// Number and position of each, the newest first.
    #[cfg(test)]
    pub(super) fn places(self) -> Vec<(Seq, i64)> {
        self.records().map(|record| (record.seq, record.pos)).collect()
    }

    /// The newest first.
    fn records(self) -> impl Iterator<Item = &'a Appended> {
        // Where something was rolled back another room's may stand there now.
        let get = move |number| self.recent.get(number).filter(|record| record.life == self.life);
        successors(get(self.newest), move |record| get(record.before))
    }
}

#[cfg(test)]
mod tests {
    use shared::Millis;

    use super::*;

    fn id(n: u64) -> MessageId {
        MessageId::new(Millis(n), &[0; 10])
    }

    /// Two rooms that take turns: of each the numbers 1 to 4, at the positions 11 to 18.
    fn two() -> (Recent, [Newest; 2]) {
        let (mut recent, mut newest) = (Recent::default(), [Newest::default(); 2]);
        for n in 0..8 {
            let (room, seq) = ((n % 2) as usize, n / 2 + 1);
            let signed = Some((MemberId(1), id(seq)));
            recent.push((11 + n as i64, 7 + room as i64, Seq(seq)), signed, &mut newest[room]);
        }
        (recent, newest)
    }

    #[test]
    fn what_is_indexed_and_what_was_not_stored_is_forgotten() {
        let (mut recent, [before, other]) = two();
        let places = |recent: &Recent, life, newest| {
            [1, 2, 3, 4, 5].map(|seq| recent.of(life, newest).place(Seq(seq)))
        };
        assert_eq!(places(&recent, 7, before), [Some(11), Some(13), Some(15), Some(17), None]);
        recent.indexed(12);
        assert_eq!(places(&recent, 7, before), [None, Some(13), Some(15), Some(17), None]);
        recent.roll_back(16);
        let [newest, mut other] = [(7, before), (8, other)].map(|(life, before)| {
            assert_ne!(recent.newest(life), before);
            recent.newest(life)
        });
        assert_eq!(places(&recent, 7, newest), [None, Some(13), Some(15), None, None]);
        assert_eq!(places(&recent, 8, other), [None, Some(14), Some(16), None, None]);
        let signed = |n| recent.of(7, newest).signed(MemberId(1), id(n));
        assert_eq!([1, 2, 3, 4].map(signed), [None, Some((Seq(2), 13)), Some((Seq(3), 15)), None]);
        assert_eq!(recent.of(7, newest).signed(MemberId(2), id(2)), None);
        assert_eq!(recent.newest(9), Newest::default());
        assert_eq!(places(&recent, 9, Newest::default()), [None; 5]);
        // The other room's stands where this one's was.
        recent.push((17, 8, Seq(4)), None, &mut other);
        assert_eq!((other, places(&recent, 7, before)), (before, [None; 5]));
        recent.roll_back(0);
        assert!(recent.records.is_empty());
        assert_eq!(places(&recent, 7, newest), [None; 5], "what was forgotten");
    }

    #[test]
    fn the_row_goes_on_behind_what_is_indexed() {
        let (mut recent, [mut newest, other]) = two();
        recent.indexed(18);
        assert_eq!((recent.of(7, newest).place(Seq(4)), recent.of(8, other).place(Seq(4))), (None, None));
        recent.push((19, 7, Seq(5)), None, &mut newest);
        assert_eq!((recent.of(7, newest).place(Seq(5)), recent.newest(7)), (Some(19), newest));
        assert_eq!(recent.of(7, newest).place(Seq(4)), None);
    }
}
