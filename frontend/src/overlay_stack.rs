//! Keeps the browser's history as deep as the stack of open overlays, so that the back key closes the top one.
//!
//! An overlay is whatever lies over the messages for a while: the side sheet, the search panel, a menu, the emoji, the
//! reply bar. Each open overlay has one history entry. This module only decides; `services::back_stack` acts.

/// Identifies an open overlay.
pub type OverlayId = u32;

/// A change of the browser's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryStep {
    /// Push one entry for each depth after `from`, up to `to`.
    Push {
        /// The depth of the current entry.
        from: u32,
        /// The depth of the last entry to push.
        to: u32,
    },
    /// Go back by so many entries.
    Back {
        /// How many.
        by: u32,
    },
}

/// The open overlays, and how far history follows them.
#[derive(Debug, Default)]
pub struct OverlayStack {
    /// From bottom to top.
    open: Vec<OverlayId>,
    last_id: OverlayId,
    /// The depth that a traversal under way leads to. It ends with `popstate`.
    going_to: Option<u32>,
}

impl OverlayStack {
    /// Puts a new overlay on top.
    pub fn open(&mut self) -> OverlayId {
        self.last_id = self.last_id.wrapping_add(1);
        self.open.push(self.last_id);
        self.last_id
    }

    /// Removes an overlay, wherever it stands.
    pub fn close(&mut self, id: OverlayId) {
        self.open.retain(|open| *open != id);
    }

    /// The overlay on top.
    pub fn top(&self) -> Option<OverlayId> {
        self.open.last().copied()
    }

    /// What makes history as deep as the stack. `depth` is that of the current entry.
    ///
    /// Call this after a batch of changes: a menu that closes while the reply bar opens needs no step at all. Nothing
    /// happens during a traversal; call it again when that has ended.
    pub fn settle(&mut self, depth: u32) -> Option<HistoryStep> {
        let wanted = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        if self.going_to.is_some() || depth == wanted {
            return None;
        }
        if depth < wanted {
            return Some(HistoryStep::Push { from: depth, to: wanted });
        }
        self.going_to = Some(wanted);
        Some(HistoryStep::Back { by: depth - wanted })
    }

    /// `popstate` came: the current entry now has this depth. Returns the overlays to close, the top one first.
    #[must_use]
    pub fn arrive(&mut self, depth: u32) -> Vec<OverlayId> {
        match self.going_to.take() {
            Some(target) if target <= depth => Vec::new(),
            _ => self.open.iter().skip(depth as usize).rev().copied().collect(),
        }
    }

    /// A traversal has not ended in time: the browser did not carry it out.
    pub fn abandon_traversal(&mut self) {
        self.going_to = None;
    }
}

#[cfg(test)]
mod tests {
    use super::HistoryStep::{Back, Push};
    use super::*;

    /// A browser's history: the depth of each entry, and the current one.
    struct History {
        entries: Vec<u32>,
        at: usize,
    }

    impl History {
        fn new() -> Self {
            Self { entries: vec![0], at: 0 }
        }

        fn depth(&self) -> u32 {
            self.entries[self.at]
        }

        /// Carries a step out, and reports the end of a traversal as a browser does.
        fn settle(&mut self, stack: &mut OverlayStack) {
            match stack.settle(self.depth()) {
                None => {}
                Some(Push { from, to }) => {
                    self.entries.truncate(self.at + 1);
                    self.entries.extend(from + 1..=to);
                    self.at = self.entries.len() - 1;
                }
                Some(Back { by }) => {
                    self.at -= by as usize;
                    assert!(stack.arrive(self.depth()).is_empty(), "nobody pressed back");
                    self.settle(stack);
                }
            }
        }

        /// The person presses back, or forward; false if that leaves the page.
        fn go(&mut self, by: isize, stack: &mut OverlayStack) -> bool {
            let Some(at) = self.at.checked_add_signed(by).filter(|at| *at < self.entries.len()) else {
                return false;
            };
            self.at = at;
            for id in stack.arrive(self.depth()) {
                stack.close(id);
            }
            self.settle(stack);
            true
        }
    }

    #[test]
    fn back_closes_the_top_overlay_and_then_leaves() {
        let (mut stack, mut history) = (OverlayStack::default(), History::new());
        let sheet = stack.open();
        history.settle(&mut stack);
        stack.open();
        history.settle(&mut stack);
        assert_eq!(history.entries, [0, 1, 2]);
        assert!(history.go(-1, &mut stack));
        assert_eq!(stack.top(), Some(sheet));
        assert!(history.go(-1, &mut stack));
        assert_eq!(stack.top(), None);
        assert!(!history.go(-1, &mut stack), "with nothing open back leaves the page");
    }

    #[test]
    fn closing_by_other_means_consumes_the_entry() {
        let (mut stack, mut history) = (OverlayStack::default(), History::new());
        for _ in 0..3 {
            let overlay = stack.open();
            history.settle(&mut stack);
            stack.close(overlay);
            history.settle(&mut stack);
            assert_eq!(history.at, 0);
        }
        assert!(!history.go(-1, &mut stack));
    }

    #[test]
    fn overlay_that_replaces_another_takes_over_its_entry() {
        let (mut stack, mut history) = (OverlayStack::default(), History::new());
        let menu = stack.open();
        history.settle(&mut stack);
        stack.close(menu);
        let reply = stack.open();
        history.settle(&mut stack);
        assert_eq!((history.entries.as_slice(), history.at), ([0, 1].as_slice(), 1));
        assert_eq!(stack.top(), Some(reply));
    }

    #[test]
    fn forward_reopens_nothing_and_returns() {
        let (mut stack, mut history) = (OverlayStack::default(), History::new());
        stack.open();
        history.settle(&mut stack);
        history.go(-1, &mut stack);
        assert!(history.go(1, &mut stack));
        assert_eq!((stack.top(), history.at), (None, 0));
    }

    #[test]
    fn reloaded_page_without_overlays_goes_back_to_its_first_entry() {
        let mut history = History { entries: vec![0, 1, 2], at: 2 };
        let mut stack = OverlayStack::default();
        history.settle(&mut stack);
        assert_eq!(history.at, 0);
    }

    #[test]
    fn opening_during_a_traversal_waits_for_its_end() {
        let mut stack = OverlayStack::default();
        let menu = stack.open();
        stack.settle(0);
        stack.close(menu);
        assert_eq!(stack.settle(1), Some(Back { by: 1 }));
        let sheet = stack.open();
        assert_eq!(stack.settle(1), None);
        assert!(stack.arrive(0).is_empty(), "this was the traversal, not the person");
        assert_eq!(stack.settle(0), Some(Push { from: 0, to: 1 }));
        assert_eq!(stack.top(), Some(sheet));
    }

    #[test]
    fn back_beyond_a_traversal_closes_as_well() {
        let mut stack = OverlayStack::default();
        let sheet = stack.open();
        let menu = stack.open();
        stack.settle(0);
        stack.close(menu);
        assert_eq!(stack.settle(2), Some(Back { by: 1 }));
        assert_eq!(stack.arrive(0), [sheet]);
    }

    #[test]
    fn traversal_that_never_ends_blocks_nothing() {
        let mut stack = OverlayStack::default();
        let menu = stack.open();
        stack.close(menu);
        assert_eq!(stack.settle(1), Some(Back { by: 1 }));
        stack.abandon_traversal();
        stack.open();
        assert_eq!(stack.settle(0), Some(Push { from: 0, to: 1 }));
    }
}
