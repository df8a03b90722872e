//! What a batch does to the filters of the index: a block that is full gets one, and one that a text has left is made anew from the
//! log.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use foldhash::fast::RandomState;
use rusqlite::Connection;
use shared::{Event, Fact, MemberId, Seq};

use crate::config::{FULL_BLOCKS_BYTES, OPEN_BLOCKS_BYTES};
use crate::store::codec;
use crate::store::filters::{self, Block, Texts, Writer};
use crate::store::index::Index;
use crate::store::{IndexError, LogError, runs};

/// The blocks that are not full yet, and what is to be done for those that are.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Of each life: what was said in its last block. What is not here is read from the log.
    open: HashMap<i64, Open, RandomState>,
    /// Of `open`: at most [`OPEN_BLOCKS_BYTES`].
    bytes: usize,
    /// Full ones that are to be written: together they go in the order of the table.
    full: BTreeMap<Block, Texts>,
    /// Of `full`: at most [`FULL_BLOCKS_BYTES`].
    full_bytes: usize,
    /// Full ones whose texts are to be read from the log, once the batch's places are in the index.
    unread: BTreeSet<Block>,
    /// Those with a text that is no more.
    stale: BTreeSet<Block>,
    writer: Writer,
}

#[derive(Debug)]
struct Open {
    next: Seq,
    texts: Texts,
}

impl Open {
    /// Bytes of it in memory, about: also one without a text has its place.
    fn bytes(&self) -> usize {
        2 * size_of::<(i64, Self)>() + self.texts.bytes()
    }
}

impl Blocks {
    /// The next event of a life, as it stands in the log now.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub(super) fn take(&mut self, life: i64, event: &Event, index: &Index) -> Result<(), IndexError> {
        if let Fact::Edited { target, .. } | Fact::Recalled { target, .. } = &event.fact {
            self.leaves(Block::of(life, *target));
        }
        let said = match &event.fact {
            Fact::Said { by, text, .. } => Some((*by, text.as_str())),
            _ => None,
        };
        self.take_text(life, event.seq, said, index)
    }

    /// Takes the next number of a life, with who said what if it is a message. May write filters of full blocks, within the
    /// follower's transaction.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub(super) fn take_text(
        &mut self,
        life: i64,
        seq: Seq,
        said: Option<(MemberId, &str)>,
        index: &Index,
    ) -> Result<(), IndexError> {
        let block = Block::of(life, seq);
        if block.first().max(1).unsigned_abs() == seq.0 {
            self.put(life, Open { next: seq, texts: Texts::default() });
        }
        match self.open.get_mut(&life) {
            Some(open) if open.next == seq => {
                self.bytes -= open.bytes();
                open.next = seq.next();
                if let Some((by, text)) = said {
                    open.texts.push(by, text);
                }
                self.bytes += open.bytes();
            }
            Some(_) => drop(self.remove(life)),
            None => {}
        }
        if block != Block::of(life, seq.next()) {
            match self.remove(life) {
                Some(texts) => {
                    self.full_bytes += texts.bytes();
                    self.full.insert(block, texts);
                }
                None => _ = self.unread.insert(block),
            }
            if self.full_bytes > FULL_BLOCKS_BYTES {
                self.write_full(index)?;
            }
        }
        if self.bytes > OPEN_BLOCKS_BYTES {
            self.open = HashMap::default();
            self.bytes = 0;
        }
        Ok(())
    }

    /// Writes the filters of the full blocks whose texts are in memory.
    fn write_full(&mut self, index: &Index) -> Result<(), IndexError> {
        self.full_bytes = 0;
        let mut full = std::mem::take(&mut self.full).into_iter();
        full.try_for_each(|(block, texts)| self.writer.write(&index.0, block, &texts))
    }

    /// Bytes of texts and keys in memory, about.
    #[cfg(test)]
    fn memory(&self) -> usize {
        self.bytes + self.full_bytes + self.writer.bytes()
    }

    /// A life is over.
    pub(super) fn end(&mut self, life: i64) {
        self.remove(life);
    }

    /// A text of this block is no more, or another one.
    pub(super) fn leaves(&mut self, block: Block) {
        self.stale.insert(block);
        if self.open.get(&block.life).is_some_and(|open| Block::of(block.life, open.next) == block) {
            self.remove(block.life);
        }
    }

    fn put(&mut self, life: i64, open: Open) {
        self.remove(life);
        self.bytes += open.bytes();
        self.open.insert(life, open);
    }

    fn remove(&mut self, life: i64) -> Option<Texts> {
        let open = self.open.remove(&life)?;
        self.bytes -= open.bytes();
        Some(open.texts)
    }

    /// Writes what is to be written, within the follower's transaction; whether a text was forgotten.
    pub(super) fn store(&mut self, index: &Index, log: &Connection) -> Result<bool, LogError> {
        let mut forgotten = false;
        for block in std::mem::take(&mut self.stale) {
            if self.full.remove(&block).is_some() {
                self.unread.insert(block);
            }
            // One that is not full yet will be read when it is.
            if !self.unread.contains(&block) && filters::is_indexed(&index.0, block)? {
                self.writer.overwrite(&index.0, block, &read(block, index, log)?)?;
                forgotten = true;
            }
        }
        self.write_full(index)?;
        for block in std::mem::take(&mut self.unread) {
            self.writer.write(&index.0, block, &read(block, index, log)?)?;
        }
        Ok(forgotten)
    }
}

/// What is said in a block, as the log has it now.
fn read(block: Block, index: &Index, log: &Connection) -> Result<Texts, LogError> {
    let mut texts = Texts::default();
    runs::each(&index.0, (block.life, &(block.first()..block.end())), true, |run| {
        codec::range(log, &run.positions(), true, |stored| {
            // What makes no sense is not found either.
            if let Some(Event { fact: Fact::Said { by, text, .. }, .. }) = stored.event() {
                texts.push(by, text.as_str());
            }
            Ok::<_, LogError>(ControlFlow::Continue(()))
        })
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use shared::Millis;
    use shared::limits::TEXT_MAX;

    use super::*;

    fn index() -> Index {
        let index = Connection::open_in_memory().unwrap();
        index.execute_batch(filters::SCHEMA).unwrap();
        Index(index)
    }

    #[test]
    fn open_blocks_without_text_are_bounded_too() {
        let opened = Event { seq: Seq(1), at: Millis(0), fact: Fact::Opened { capacity: 2, title: None } };
        let (mut blocks, index) = (Blocks::default(), index());
        let lives = (OPEN_BLOCKS_BYTES / size_of::<(i64, Open)>()) as i64;
        for life in 0..lives {
            blocks.take(life, &opened, &index).unwrap();
            assert!(blocks.bytes <= OPEN_BLOCKS_BYTES);
        }
        assert!(blocks.open.len() < lives as usize);
        (0..lives).for_each(|life| blocks.end(life));
        assert_eq!(blocks.bytes, 0);
    }

    #[test]
    fn full_blocks_of_growing_text_are_bounded_before_a_store() {
        // Each character folds to three.
        let text = "\u{FB03}".repeat(TEXT_MAX);
        let (mut blocks, index) = (Blocks::default(), index());
        let mut most = 0;
        for seq in 1..4 * 64 {
            blocks.take_text(1, Seq(seq), Some((MemberId(1), &text)), &index).unwrap();
            most = most.max(blocks.memory());
        }
        // One block is open, one was written: of its 768,000 characters each takes four bytes, and room to grow.
        assert!(most <= FULL_BLOCKS_BYTES + 8 * 1024 * 1024, "{most}");
        assert!(filters::is_indexed(&index.0, Block::of(1, Seq(1))).unwrap(), "written before a store");
    }
}
