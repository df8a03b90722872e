//! The entries of a log in pieces that are shared between states. A change at one place copies one piece, however long the
//! log is.
//!
//! Entries are counted in two ways. An index counts every entry. A place counts the entries that have a row: runs of notices
//! share the place of their last entry ([`NoticeFolding`]).

use std::ops::{Index, Range};
use std::rc::Rc;

use shared::Seq;

use super::{Entry, NoticeFolding};

/// Most entries in a piece.
const PIECE: usize = 256;

/// Entries in rising order.
#[derive(Debug, Clone, Default, Eq)]
pub struct Entries {
    /// None is empty.
    pieces: Vec<Rc<Vec<Rc<Entry>>>>,
    /// How many entries of each piece have a row.
    places: Vec<usize>,
    len: usize,
    folding: NoticeFolding,
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

    /// How many entries have a row.
    pub fn place_count(&self) -> usize {
        self.places.iter().sum()
    }

    /// The place of an entry, or of its run. Of a number without an entry, the place where it would be.
    pub fn place_of(&self, seq: Seq) -> usize {
        let piece = self.piece(seq);
        let before: usize = self.places.iter().take(piece).sum();
        let Some(entries) = self.pieces.get(piece) else {
            return before;
        };
        let earlier = entries.partition_point(|entry| entry.seq < seq);
        before + (0..earlier).filter(|at| !self.folds(piece, *at)).count()
    }

    /// The entries at these places, and whether each folds into the next.
    pub fn at_places(&self, places: Range<usize>) -> impl Iterator<Item = (&Rc<Entry>, bool)> {
        let (first_piece, first) = self.start_of(places.start);
        let mut left = places.len();
        let entries = (first_piece..self.pieces.len()).flat_map(move |piece| {
            let skip = if piece == first_piece { first } else { 0 };
            self.pieces[piece].iter().enumerate().skip(skip).map(move |(at, entry)| (piece, at, entry))
        });
        entries.map_while(move |(piece, at, entry)| {
            let folds = self.folds(piece, at);
            let is_wanted = left > 0;
            left -= usize::from(is_wanted && !folds);
            is_wanted.then_some((entry, folds))
        })
    }

    /// Piece and index of the first entry of a place. It comes after the last entry of the place before.
    fn start_of(&self, place: usize) -> (usize, usize) {
        let (mut left, mut piece) = (place, 0);
        while let Some(count) = self.places.get(piece)
            && *count < left
        {
            left -= count;
            piece += 1;
        }
        let len = self.pieces.get(piece).map_or(0, |piece| piece.len());
        let mut row_ends = (0..len).filter(|at| !self.folds(piece, *at));
        let start = if left == 0 { 0 } else { row_ends.nth(left - 1).map_or(len, |end| end + 1) };
        (piece, start)
    }

    /// Whether the entry at this index of a piece shares the row of the next one.
    fn folds(&self, piece: usize, at: usize) -> bool {
        if self.folding == NoticeFolding::Off {
            return false;
        }
        let entries = &self.pieces[piece];
        let next = entries.get(at + 1).or_else(|| self.pieces.get(piece + 1)?.first());
        next.is_some_and(|next| self.folding.folds(&entries[at], next))
    }

    fn count_places(&self, piece: usize) -> usize {
        (0..self.pieces[piece].len()).filter(|at| !self.folds(piece, *at)).count()
    }

    /// Which notices fold.
    pub(super) fn folding(&self) -> NoticeFolding {
        self.folding
    }

    /// Sets which notices fold.
    pub(super) fn fold_notices(&mut self, folding: NoticeFolding) {
        if self.folding != folding {
            self.folding = folding;
            self.places = (0..self.pieces.len()).map(|piece| self.count_places(piece)).collect();
        }
    }

    /// Takes one in at the end.
    pub(super) fn push(&mut self, entry: Entry) {
        let entry = Rc::new(entry);
        if let (Some(last), Some(places)) =
            (self.pieces.last().and_then(|piece| piece.last()), self.places.last_mut())
            && self.folding.folds(last, &entry)
        {
            *places -= 1;
        }
        match (self.pieces.last_mut(), self.places.last_mut()) {
            (Some(last), Some(places)) if last.len() < PIECE => {
                Rc::make_mut(last).push(entry);
                *places += 1;
            }
            _ => {
                self.pieces.push(Rc::new(vec![entry]));
                self.places.push(1);
            }
        }
        self.len += 1;
    }

    /// Puts these before all others.
    pub(super) fn prepend(&mut self, mut older: Self) {
        self.len += older.len;
        older.fold_notices(self.folding);
        let joins_runs =
            older.last().zip(self.first()).is_some_and(|(last, first)| self.folding.folds(last, first));
        if let Some(places) = older.places.last_mut() {
            *places -= usize::from(joins_runs);
        }
        // Short pages must not make many short pieces.
        if let (Some(first), Some(last)) = (self.pieces.first_mut(), older.pieces.last())
            && first.len() + last.len() <= PIECE
        {
            Rc::make_mut(first).splice(..0, last.iter().cloned());
            older.pieces.pop();
            self.places[0] += older.places.pop().unwrap_or_default();
        }
        self.pieces.splice(..0, older.pieces);
        self.places.splice(..0, older.places);
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
        self.places.drain(..whole);
        if count != 0 {
            Rc::make_mut(&mut self.pieces[0]).drain(..count);
            self.places[0] = self.count_places(0);
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
mod tests;
