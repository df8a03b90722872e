//! What a batch does to the filters of the index: a block that is full gets one, and one that a text has left is made anew from the
//! log.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use foldhash::fast::RandomState;
use rusqlite::Connection;
use shared::{Event, Fact, MemberId, Seq};

use crate::config::OPEN_BLOCKS_BYTES;
use crate::store::codec;
use crate::store::filters::{self, Block, Texts, Writer};
use crate::store::index::Index;
use crate::store::{LogError, runs};

/// The blocks that are not full yet, and what is to be done for those that are.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Of each life: what was said in its last block. What is not here is read from the log.
    open: HashMap<i64, Open, RandomState>,
    bytes: usize,
    /// Full ones, with their texts if these are known.
    full: BTreeMap<Block, Option<Texts>>,
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
    pub(super) fn take(&mut self, life: i64, event: &Event) {
        if let Fact::Edited { target, .. } | Fact::Recalled { target, .. } = &event.fact {
            self.leaves(Block::of(life, *target));
        }
        let said = match &event.fact {
            Fact::Said { by, text, .. } => Some((*by, text.as_str())),
            _ => None,
        };
        self.take_text(life, event.seq, said);
    }

    /// The same, as far as it is looked for: who said what, if it is a message.
    pub(super) fn take_text(&mut self, life: i64, seq: Seq, said: Option<(MemberId, &str)>) {
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
            let texts = self.remove(life);
            self.full.insert(block, texts);
        }
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
            // One that is not full yet will be read when it is.
            if !self.full.contains_key(&block) && filters::is_indexed(&index.0, block)? {
                self.writer.overwrite(&index.0, block, &read(block, index, log)?)?;
                forgotten = true;
            } else if let Some(full) = self.full.get_mut(&block) {
                *full = None;
            }
        }
        for (block, texts) in std::mem::take(&mut self.full) {
            let texts = texts.map_or_else(|| read(block, index, log), Ok)?;
            self.writer.write(&index.0, block, &texts)?;
        }
        if self.bytes > OPEN_BLOCKS_BYTES {
            *self = Self::default();
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

    use super::*;

    #[test]
    fn what_is_kept_of_rooms_in_which_nothing_is_said_is_bounded_too() {
        let opened = Event { seq: Seq(1), at: Millis(0), fact: Fact::Opened { capacity: 2, title: None } };
        let mut blocks = Blocks::default();
        let lives = (OPEN_BLOCKS_BYTES / size_of::<(i64, Open)>()) as i64;
        (0..lives).for_each(|life| blocks.take(life, &opened));
        assert!(blocks.bytes > OPEN_BLOCKS_BYTES);
        (0..lives).for_each(|life| blocks.end(life));
        assert_eq!(blocks.bytes, 0);
    }
}
