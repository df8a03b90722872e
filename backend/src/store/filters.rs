//! The texts in the index: in which blocks of messages a piece may stand. Whether it does, the log says.
//!
//! A block is 64 numbers of a room. Once it is full it gets Bloom filters of the characters and of the pairs of neighbours in
//! its texts, and of who said them: four, each with a fourth of these, so that a search reads a fourth of them. So the index has
//! no text, an entry costs next to nothing, and where a filter does not have a piece nothing is read. The last block of a
//! room, which is not full, has none: it is read.

mod empty;

use std::hash::BuildHasher;

use fastbloom::BloomFilter;
use foldhash::fast::FixedState;
use rusqlite::{Connection, OptionalExtension, params};
use shared::{MemberId, Seq};

use super::IndexError;
use super::codec::number;
use crate::search::{Piece, folded_chars};

pub(super) use empty::first_with_text;

/// `filters` has a row for each full block and each part of what is said there.
pub(crate) const SCHEMA: &str =
    "CREATE TABLE filters (block INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;";

/// So many low bits of a number say where in its block it is.
const BLOCK_BITS: u32 = 6;

/// How many numbers a block has.
pub(super) const BLOCK_NUMBERS: i64 = 1 << BLOCK_BITS;

/// Bits of a row's number that are the block's; above them are the part's, then the life's. So a search finds what it reads in one
/// place. A room of 268 million events is not indexed further.
const NUMBER_BITS: u32 = 22;
const PART_BITS: u32 = 2;
const LIFE_FROM: u32 = NUMBER_BITS + PART_BITS;

const LAST_NUMBER: i64 = (1 << NUMBER_BITS) - 1;

/// How many filters a block has.
const PARTS: usize = 1 << PART_BITS;

/// With five hashes one in 500 blocks is read for nothing.
const BITS_A_KEY: usize = 14;
const HASHES: u32 = 5;

/// 64 numbers of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block {
    pub(crate) life: i64,
    number: i64,
}

impl Block {
    /// The one with this number in it.
    pub(crate) fn of(life: i64, seq: Seq) -> Self {
        Self { life, number: number(seq) >> BLOCK_BITS }
    }

    /// Its first number; the first block begins with 0, which no event has.
    pub(crate) const fn first(self) -> i64 {
        self.number << BLOCK_BITS
    }

    /// The first number behind it.
    pub(crate) const fn end(self) -> i64 {
        (self.number + 1) << BLOCK_BITS
    }

    /// The block before it.
    pub(crate) const fn before(self) -> Self {
        Self { number: self.number - 1, ..self }
    }

    /// The row of one of its filters. The last one of a life is never written: all blocks that are too far share it.
    pub(crate) fn row(self, part: usize) -> i64 {
        self.life << LIFE_FROM | (part as i64) << NUMBER_BITS | self.number.min(LAST_NUMBER)
    }
}

/// What a search looks for in filters: each part has its own.
#[derive(Debug)]
pub(crate) struct Wanted(Vec<(usize, Vec<u64>)>);

impl Wanted {
    /// A piece, by anyone or by one member.
    pub(crate) fn new(piece: &Piece, by: Option<MemberId>) -> Self {
        let (hashes, mut parts) = (Hashes::default(), Parts::default());
        by.into_iter().for_each(|by| parts.put(hashes.author(by)));
        match piece.chars() {
            [one] => parts.put(hashes.char(*one)),
            chars => chars.windows(2).for_each(|pair| parts.put(hashes.pair(pair[0], pair[1]))),
        }
        let mut wanted: Vec<_> =
            parts.0.into_iter().enumerate().filter(|(_, keys)| !keys.is_empty()).collect();
        wanted.sort_by_key(|(_, keys)| std::cmp::Reverse(keys.len()));
        Self(wanted)
    }

    /// In which parts it is looked for; the one that says most comes first.
    pub(crate) fn parts(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(part, _)| *part)
    }

    /// Whether all that this part has of it may be in the block with this filter.
    pub(crate) fn may_be_in(&self, part: usize, bits: &[u8]) -> bool {
        let (words, _) = bits.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let filter = BloomFilter::from_vec(words).hasher(FixedState::default()).hashes(HASHES);
        let keys = self.0.iter().filter(|(of, _)| *of == part).flat_map(|(_, keys)| keys);
        keys.copied().all(|key| filter.contains_hash(key))
    }
}

/// Keys by the part they are in.
#[derive(Debug, Default)]
struct Parts([Vec<u64>; PARTS]);

impl Parts {
    fn put(&mut self, key: u64) {
        self.0[low_bits(key, PARTS)].push(key);
    }
}

/// A number below `end`, which is a power of two.
#[expect(clippy::cast_possible_truncation, reason = "only low bits are asked for")]
const fn low_bits(key: u64, end: usize) -> usize {
    key as usize & (end - 1)
}

/// The keys of a block, nearly all of them once. A fourth of what people write was written before in the same block; of a few keys
/// that is forgotten, and they come again, which makes a filter a little larger and nothing wrong.
#[derive(Debug, Default)]
struct Keys {
    keys: Vec<u64>,
    /// At the place of a key, the last one that has it. What stands there at first has another place.
    before: Vec<u64>,
    /// How many keys each part has.
    counts: [usize; PARTS],
}

/// Of how many keys is kept that they were there: a block has more than a thousand.
const BEFORE: usize = 2_048;

/// The keys for which there is memory between two blocks, eight bytes each: a block of long texts has a hundred times as many.
const KEYS_KEPT: usize = 64 * 1024;

impl Keys {
    /// Those of a block instead of another's.
    fn read(&mut self, texts: &Texts) {
        self.before.clear();
        self.before.resize(BEFORE, 0);
        self.before[0] = 1;
        self.counts = [0; PARTS];
        // One for each member, one for each character and one for each pair.
        self.keys.resize(texts.chars.len() * 2 + texts.ends.len(), 0);
        let mut count = 0;
        texts.each_key(|key| {
            let before = &mut self.before[low_bits(key, BEFORE)];
            // Whether it was there before nobody can guess, so there is no branch: the next key takes the place of one that was.
            let is_new = usize::from(*before != key);
            *before = key;
            self.keys[count] = key;
            count += is_new;
            self.counts[low_bits(key, PARTS)] += is_new;
        });
        self.keys.truncate(count);
    }

    /// Their filters, of so many bytes at least.
    fn filters(&self, bytes: [usize; PARTS]) -> [BloomFilter<FixedState>; PARTS] {
        let mut part = 0;
        let mut filters = bytes.map(|bytes| {
            let bits = (self.counts[part] * BITS_A_KEY).max(bytes * 8).max(1);
            part += 1;
            BloomFilter::with_num_bits(bits).hasher(FixedState::default()).hashes(HASHES)
        });
        for key in &self.keys {
            filters[low_bits(*key, PARTS)].insert_hash(*key);
        }
        filters
    }
}

/// A filter as it is stored.
fn stored(filter: &BloomFilter<FixedState>) -> Vec<u8> {
    let mut bits = Vec::with_capacity(size_of_val(filter.as_slice()));
    for word in filter.as_slice() {
        bits.extend_from_slice(&word.to_le_bytes());
    }
    bits
}

/// The folded texts of a block, and who said them.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    chars: Vec<char>,
    /// Where each ends.
    ends: Vec<(usize, MemberId)>,
}

impl Texts {
    /// One more.
    pub(crate) fn push(&mut self, by: MemberId, text: &str) {
        self.chars.reserve(text.chars().count());
        folded_chars(text, |c| self.chars.push(c));
        self.ends.push((self.chars.len(), by));
    }

    /// Bytes of it in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.chars.capacity() * size_of::<char>() + self.ends.capacity() * size_of::<(usize, MemberId)>()
    }

    fn each_key(&self, mut take: impl FnMut(u64)) {
        let hashes = Hashes::default();
        let mut start = 0;
        for (end, by) in &self.ends {
            take(hashes.author(*by));
            let mut before = None;
            for c in &self.chars[start..*end] {
                take(hashes.char(*c));
                if let Some(before) = before.replace(*c) {
                    take(hashes.pair(before, *c));
                }
            }
            start = *end;
        }
    }
}

/// What the filters know characters, pairs of them, and members by.
#[derive(Default)]
struct Hashes(FixedState);

impl Hashes {
    fn char(&self, c: char) -> u64 {
        self.0.hash_one(u64::from(c))
    }

    fn pair(&self, first: char, second: char) -> u64 {
        self.0.hash_one(1 << 62 | u64::from(first) << 32 | u64::from(second))
    }

    fn author(&self, by: MemberId) -> u64 {
        self.0.hash_one(1 << 63 | u64::from(by.0))
    }
}

/// Whether a block has a filter.
pub(crate) fn is_indexed(index: &Connection, block: Block) -> Result<bool, IndexError> {
    Ok(length(index, block.row(0))?.is_some())
}

/// Writes filters, one block's after the other's.
#[derive(Debug, Default)]
pub(crate) struct Writer(Keys);

impl Writer {
    /// Writes those of a block that has none.
    pub(crate) fn write(
        &mut self,
        index: &Connection,
        block: Block,
        texts: &Texts,
    ) -> Result<(), IndexError> {
        self.put(index, block, texts, [0; PARTS])
    }

    /// Writes those of a block anew. What was there is overwritten in its place: a new one is never shorter.
    pub(crate) fn overwrite(
        &mut self,
        index: &Connection,
        block: Block,
        texts: &Texts,
    ) -> Result<(), IndexError> {
        let mut bytes = [0; PARTS];
        for (part, bytes) in bytes.iter_mut().enumerate() {
            *bytes = length(index, block.row(part))?.unwrap_or_default();
        }
        self.put(index, block, texts, bytes)
    }

    fn put(
        &mut self,
        index: &Connection,
        block: Block,
        texts: &Texts,
        bytes: [usize; PARTS],
    ) -> Result<(), IndexError> {
        if block.number == LAST_NUMBER {
            return Ok(());
        }
        self.0.read(texts);
        let mut write = index.prepare_cached("REPLACE INTO filters (block, bits) VALUES (?1, ?2)")?;
        for (part, filter) in self.0.filters(bytes).iter().enumerate() {
            write.execute(params![block.row(part), stored(filter)])?;
        }
        if self.0.keys.capacity() > KEYS_KEPT {
            self.0.keys.clear();
            self.0.keys.shrink_to(KEYS_KEPT);
        }
        Ok(())
    }

    /// Bytes of it in memory between two blocks, about.
    #[cfg(test)]
    pub(crate) const fn bytes(&self) -> usize {
        (self.0.keys.capacity() + self.0.before.capacity()) * size_of::<u64>()
    }
}

/// Forgets the filters of a life that is over.
pub(crate) fn forget(index: &Connection, life: i64) -> Result<(), IndexError> {
    let mut forget = index.prepare_cached("DELETE FROM filters WHERE block >= ?1 AND block < ?2")?;
    forget.execute([life << LIFE_FROM, (life + 1) << LIFE_FROM])?;
    Ok(())
}

/// Bytes of a filter, if there is one.
fn length(index: &Connection, row: i64) -> Result<Option<usize>, IndexError> {
    let mut query = index.prepare_cached("SELECT length(bits) FROM filters WHERE block = ?1")?;
    let length: Option<i64> = query.query_row([row], |row| row.get(0)).optional()?;
    Ok(length.map(|length| usize::try_from(length).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(piece: &str, by: Option<u32>) -> Wanted {
        Wanted::new(&Piece::parse(piece).unwrap(), by.map(MemberId))
    }

    fn filters(texts: &Texts) -> [Vec<u8>; PARTS] {
        let mut keys = Keys::default();
        keys.read(texts);
        keys.filters([0; PARTS]).each_ref().map(stored)
    }

    #[test]
    fn what_was_said_may_be_there_and_what_was_not_is_not() {
        let mut texts = Texts::default();
        texts.push(MemberId(1), "我们下午开会");
        texts.push(MemberId(7), "会议室在三楼");
        let filters = filters(&texts);
        let may = |piece: &str, by| {
            let wanted = wanted(piece, by);
            wanted.parts().all(|part| wanted.may_be_in(part, &filters[part]))
        };
        for piece in ["开", "开会", "下午开", "我们下午开会", "议室"] {
            assert!(may(piece, None) && may(piece, Some(7)), "{piece}");
        }
        // The end of one and the beginning of the next are no neighbours.
        for (piece, by) in [("会会", None), ("上午", None), ("x", None), ("开会", Some(2))] {
            assert!(!may(piece, by), "{piece}");
        }
    }

    /// If this fails, a crate hashes otherwise: give the index another format (`store/schema.rs`), then change the number.
    #[test]
    fn filters_are_those_of_the_index() {
        let mut texts = Texts::default();
        texts.push(MemberId(1), "我们下午开会 at 3");
        let filters = filters(&texts);
        assert_eq!(&blake3::hash(&filters.concat()).to_hex()[..16], "56bc439a73851ea7");
    }

    #[test]
    fn a_filter_that_is_written_again_is_not_shorter() {
        let mut texts = Texts::default();
        texts.push(MemberId(1), "我们下午开会 at 3");
        let bytes = filters(&texts).each_ref().map(Vec::len);
        let (mut keys, mut shorter) = (Keys::default(), Texts::default());
        shorter.push(MemberId(1), "好");
        keys.read(&shorter);
        assert!(keys.filters([0; PARTS]).each_ref().map(|filter| stored(filter).len()) < bytes);
        assert_eq!(keys.filters(bytes).each_ref().map(|filter| stored(filter).len()), bytes);
    }

    #[test]
    fn what_is_said_again_makes_no_filter_larger_and_what_was_in_another_block_is_not_in_this_one() {
        let texts = |said: &[&str]| {
            let mut texts = Texts::default();
            said.iter().for_each(|text| texts.push(MemberId(1), text));
            texts
        };
        let mut keys = Keys::default();
        let mut read = |said: &[&str]| {
            keys.read(&texts(said));
            (keys.keys.len(), keys.filters([0; PARTS]).each_ref().map(stored))
        };
        let once = read(&["我们下午开会"]);
        assert_eq!(once.0, 1 + 6 + 5, "a member, characters, pairs");
        assert_eq!(read(&["我们下午开会"; 64]), once);
        assert_eq!(read(&["别忘了"]).0, 1 + 3 + 2);
        assert_eq!(read(&["我们下午开会"]), once);
    }
}
