//! The newest changes of messages, for panels that show copies of messages and have to follow them.

use std::rc::Rc;

use shared::Seq;

use super::Room;

/// How many changes are remembered.
const REWRITTEN_MAX: usize = 64;

/// A change of messages that were told before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// The message has this text now.
    Edited(Seq, Rc<str>),
    /// The message was recalled.
    Recalled(Seq),
    /// Old messages were dropped.
    Expired,
}

impl Room {
    pub(super) fn rewrite(&mut self, change: Rewrite) {
        self.rewrites = self.rewrites.wrapping_add(1);
        self.rewritten.push_back(change);
        if REWRITTEN_MAX < self.rewritten.len() {
            self.rewritten.pop_front();
        }
    }

    /// The changes after number `seen` of [`Room::rewrites`]; none if they are not all remembered.
    pub fn rewritten_since(&self, seen: u32) -> Option<impl Iterator<Item = &Rewrite>> {
        let missed = self.rewrites.wrapping_sub(seen) as usize;
        let known = self.rewritten.len().checked_sub(missed)?;
        Some(self.rewritten.iter().skip(known))
    }
}
