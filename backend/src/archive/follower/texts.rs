//! What a batch does to the texts of the index: what was said is found from now on, what was edited by its newest text only,
//! what was recalled not at all.

use std::collections::BTreeMap;

use rusqlite::Connection;
use shared::{Event, Fact, Seq};

use crate::search::fold;
use crate::store::IndexError;
use crate::store::index::{Author, Index};
use crate::store::words::{self, Indexer, Text};

/// The messages that a batch speaks of, in the order of the index's rows.
#[derive(Debug, Default)]
pub(super) struct Texts(BTreeMap<(i64, Seq), Change>);

/// What becomes of a message.
#[derive(Debug, Default)]
struct Change {
    /// Where it is, if it was said in this batch.
    said: Option<Author>,
    /// Its newest text, folded; nothing if it is no more.
    text: Option<String>,
}

impl Texts {
    /// The next event, as it stands in the log now.
    pub(super) fn take(&mut self, life: i64, pos: i64, event: &Event) {
        match &event.fact {
            Fact::Said { by, text, .. } => {
                let said = Some(Author { pos, by: *by });
                let change = Change { said, text: Some(fold(text.as_str())) };
                self.0.insert((life, event.seq), change);
            }
            Fact::Edited { target, text, .. } => {
                self.0.entry((life, *target)).or_default().text = Some(fold(text.as_str()));
            }
            Fact::Recalled { target, .. } => self.0.entry((life, *target)).or_default().text = None,
            _ => {}
        }
    }

    /// Writes it; whether a text was forgotten.
    pub(super) fn store(self, index: &Index) -> Result<bool, IndexError> {
        let mut indexer = Indexer::new(&index.0)?;
        let (mut forgotten, mut new) = (false, Vec::new());
        for ((life, seq), Change { said, text }) in self.0 {
            let Some(Author { pos, by }) = said.map_or_else(|| index.author(life, seq), |at| Ok(Some(at)))?
            else {
                continue;
            };
            let old = if said.is_none() { words::text_at(&index.0, pos)? } else { None };
            if old == text {
                continue;
            }
            if let Some(text) = &old {
                words::delete(&index.0, &Text { life, seq, by, text })?;
                words::forget(&index.0, pos)?;
                forgotten = true;
            }
            if let Some(text) = text {
                indexer.insert(&Text { life, seq, by, text: &text })?;
                new.push((pos, text));
            }
        }
        new.sort_unstable_by_key(|(pos, _)| *pos);
        words::keep(&index.0, &new)?;
        Ok(forgotten)
    }
}

/// Forgets the text of a message whose life is over.
pub(super) fn forget(index: &Index, (life, seq): (i64, Seq)) -> Result<(), IndexError> {
    let connection: &Connection = &index.0;
    let Some(Author { pos, by }) = index.author(life, seq)? else { return Ok(()) };
    let Some(text) = words::text_at(connection, pos)? else { return Ok(()) };
    words::delete(connection, &Text { life, seq, by, text: &text })?;
    words::forget(connection, pos)
}
