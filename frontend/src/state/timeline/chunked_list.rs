//! The entries of a log in pieces that are shared between states: what happens at one place copies one piece, however
//! long the log is. Knows nothing of what an entry says.

use std::ops::{Index, Range};
use std::rc::Rc;

use shared::Seq;

use super::Entry;

/// Most entries in a piece.
const PIECE: usize = 256;

/// Entries in rising order.
#[derive(Debug, Clone, Default, Eq)]
pub struct Entries {
    /// None is empty.
    pieces: Vec<Rc<Vec<Rc<Entry>>>>,
    len: usize,
}

impl Entries {
    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The oldest.
    pub fn first(&self) -> Option<&Rc<Entry>> {
        self.pieces.first()?.first()
    }

    /// The newest.
    pub fn last(&self) -> Option<&Rc<Entry>> {
        self.pieces.last()?.last()
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Rc<Entry>> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// Those at these places, as far as there are any.
    pub fn range(&self, range: Range<usize>) -> impl Iterator<Item = &Rc<Entry>> {
        let (mut skipped, mut piece) = (0, 0);
        while let Some(len) = self.pieces.get(piece).map(|piece| piece.len())
            && skipped + len <= range.start
        {
            skipped += len;
            piece += 1;
        }
        let rest = self.pieces[piece..].iter().flat_map(|piece| piece.iter());
        rest.skip(range.start - skipped).take(range.len())
    }

    /// Where the entry of this number is, or if there is none, where it would be.
    ///
    /// # Errors
    /// There is none.
    pub fn position(&self, seq: Seq) -> Result<usize, usize> {
        let (before, piece) = self.place(seq);
        let Some(piece) = self.pieces.get(piece) else {
            return Err(before);
        };
        match piece.binary_search_by_key(&seq, |entry| entry.seq) {
            Ok(at) => Ok(before + at),
            Err(at) => Err(before + at),
        }
    }

    /// The entry of this number.
    pub fn of(&self, seq: Seq) -> Option<&Rc<Entry>> {
        let piece = self.pieces.get(self.piece(seq))?;
        piece.binary_search_by_key(&seq, |entry| entry.seq).ok().map(|at| &piece[at])
    }

    /// The entry of this number, to be changed.
    pub(super) fn of_mut(&mut self, seq: Seq) -> Option<&mut Entry> {
        let at = self.piece(seq);
        let piece = self.pieces.get_mut(at)?;
        let at = piece.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        Some(Rc::make_mut(&mut Rc::make_mut(piece)[at]))
    }

    /// Takes one in at the end.
    pub(super) fn push(&mut self, entry: Entry) {
        let entry = Rc::new(entry);
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => Rc::make_mut(last).push(entry),
            _ => self.pieces.push(Rc::new(vec![entry])),
        }
        self.len += 1;
    }

    /// Puts these before all others.
    pub(super) fn prepend(&mut self, mut older: Self) {
        self.len += older.len;
        // Short pages must not make many short pieces.
        if let (Some(first), Some(last)) = (self.pieces.first_mut(), older.pieces.last())
            && first.len() + last.len() <= PIECE
        {
            Rc::make_mut(first).splice(..0, last.iter().cloned());
            older.pieces.pop();
        }
        self.pieces.splice(..0, older.pieces);
    }

    /// Drops as many of the oldest.
    pub(super) fn drop_first(&mut self, mut count: usize) {
        count = count.min(self.len);
        self.len -= count;
        let mut whole = 0;
        while let Some(len) = self.pieces.get(whole).map(|piece| piece.len())
            && len <= count
        {
            count -= len;
            whole += 1;
        }
        self.pieces.drain(..whole);
        if count != 0 {
            Rc::make_mut(&mut self.pieces[0]).drain(..count);
        }
    }

    /// The last piece that does not begin after this number.
    fn piece(&self, seq: Seq) -> usize {
        let after = self.pieces.partition_point(|piece| piece.first().is_some_and(|first| first.seq <= seq));
        after.saturating_sub(1)
    }

    /// That piece, and how many entries are before it.
    fn place(&self, seq: Seq) -> (usize, usize) {
        let piece = self.piece(seq);
        (self.pieces.iter().take(piece).map(|piece| piece.len()).sum(), piece)
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        // The same pieces are known by their address; equal ones may be cut differently.
        self.len == other.len && (self.pieces == other.pieces || self.iter().eq(other.iter()))
    }
}

impl Index<usize> for Entries {
    type Output = Rc<Entry>;

    fn index(&self, at: usize) -> &Rc<Entry> {
        self.range(at..at + 1).next().expect("an index is below the length")
    }
}

#[cfg(test)]
mod tests {
    use shared::Millis;

    use super::super::EntryKind;
    use super::*;

    fn entry(seq: u64) -> Entry {
        Entry { seq: Seq(seq), at: Millis(seq), body: EntryKind::Set }
    }

    /// Every other number, as where edits stand between messages.
    fn entries(range: Range<u64>) -> Entries {
        let mut entries = Entries::default();
        range.for_each(|n| entries.push(entry(n * 2)));
        entries
    }

    fn seqs(entries: &Entries) -> Vec<u64> {
        entries.iter().map(|entry| entry.seq.0).collect()
    }

    #[test]
    fn pages_in_front_and_cuts_leave_the_order_as_it_was() {
        let mut held = entries(10_000..10_100);
        let mut truth: Vec<u64> = (10_000..10_100).map(|n| n * 2).collect();
        let mut first = 10_000;
        for size in [1, 3, 100, 255, 256, 257, 7, 321] {
            held.prepend(entries(first - size..first));
            first -= size;
            truth = (first..10_100).map(|n| n * 2).collect();
            assert_eq!(seqs(&held), truth);
            assert_eq!(held.len(), truth.len());
        }
        assert!(held.pieces.len() < 12, "{} pieces", held.pieces.len());
        for drop in [1, 5, 250, 256, 300] {
            held.drop_first(drop);
            truth.drain(..drop);
            assert_eq!((seqs(&held), held.len()), (truth.clone(), truth.len()));
        }
        held.drop_first(usize::MAX);
        assert!(held.is_empty() && held.first().is_none());
    }

    #[test]
    fn an_entry_is_found_by_its_number_and_by_its_place() {
        let mut held = entries(600..1_000);
        held.prepend(entries(100..600));
        for n in [100, 355, 356, 599, 600, 999] {
            let at = usize::try_from(n - 100).unwrap();
            assert_eq!(held.position(Seq(n * 2)), Ok(at));
            assert_eq!(held.position(Seq(n * 2 + 1)), Err(at + 1));
            assert_eq!((held[at].seq, held.of(Seq(n * 2)).unwrap().seq), (Seq(n * 2), Seq(n * 2)));
            assert!(held.of(Seq(n * 2 + 1)).is_none());
        }
        assert_eq!(held.position(Seq(1)), Err(0));
        assert_eq!(Entries::default().position(Seq(1)), Err(0));
        let some: Vec<_> = held.range(495..505).map(|entry| entry.seq.0).collect();
        assert_eq!(some, (595..605).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(held.range(899..2_000).count(), 1);
        assert_eq!(held.range(2_000..2_001).count(), 0);
    }

    #[test]
    fn a_change_copies_one_piece_and_shares_the_others() {
        let before = entries(0..10_000);
        let mut after = before.clone();
        after.of_mut(Seq(5_000)).unwrap().body = EntryKind::Locked(true);
        after.push(entry(30_000));
        let shared = |n: &usize| Rc::ptr_eq(&before.pieces[*n], &after.pieces[*n]);
        assert_eq!((0..before.pieces.len()).filter(shared).count(), before.pieces.len() - 2);
        assert!(before != after && before == before.clone());
        assert_eq!(before[2_500].body, EntryKind::Set);
    }

    #[test]
    fn equal_entries_are_equal_however_they_came() {
        let mut paged = entries(300..700);
        paged.prepend(entries(0..300));
        assert_eq!(paged, entries(0..700));
    }
}
