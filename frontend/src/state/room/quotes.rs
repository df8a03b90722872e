//! Messages that are held only because messages in sight reply to them. Each is loaded by itself, one after the other. Which ones
//! are in sight is the list's to say.

use std::rc::Rc;

use shared::{Event, EventPage, Millis, Seq};

use super::Room;
use crate::state::timeline::{Entry, HistoryState, Log, PageRange};

/// Most of them: more than rows are drawn at once, or what was dropped would be wanted again at once. The ones that were wanted first are
/// dropped first.
const QUOTED_MAX: usize = 1_000;

/// A log of one message: edits and recalls are applied to it, also while it is on its way.
type Quoted = (Seq, Log);

/// The quoted messages of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Quotes(Vec<Quoted>);

impl Quotes {
    /// What is held of this message.
    pub(super) fn entry(&self, seq: Seq) -> Option<&Rc<Entry>> {
        self.0.iter().find(|(quoted, _)| *quoted == seq)?.1.entries().of(seq)
    }

    /// The page to have on its way.
    pub(super) fn wanted_page(&self) -> Option<PageRange> {
        let (Seq(seq), _) = self.0.iter().find(|quoted| is_wanted(quoted))?;
        Some(PageRange::after(Seq(seq.saturating_sub(1)), 1))
    }

    /// Takes in the page that was wanted, if it came.
    pub(super) fn take_page(&mut self, page: Option<EventPage>) {
        if let Some((seq, log)) = self.0.iter_mut().find(|quoted| is_wanted(quoted)) {
            let after = Seq(seq.0.saturating_sub(1));
            // Where it is not kept any more, the page has what came next.
            if !page.is_some_and(|page| log.fill(page.events, after, seq.next())) {
                log.older_failed();
            }
        }
    }

    /// Applies an edit or a recall.
    pub(super) fn observe(&mut self, event: &Event) {
        self.0.iter_mut().for_each(|(_, log)| log.observe(event));
    }

    /// Drops what happened before.
    pub(super) fn drop_before(&mut self, at: Millis) {
        for (_, log) in self.0.iter_mut().filter(|quoted| !is_wanted(quoted)) {
            log.drop_before(at);
        }
    }

    /// Drops those that did not come, so that they can be wanted again.
    pub(super) fn drop_failed(&mut self) {
        self.0.retain(|(_, log)| log.older() != HistoryState::Failed);
    }
}

fn is_wanted((_, log): &Quoted) -> bool {
    log.older() == HistoryState::Loading
}

impl Room {
    /// Wants a message that is quoted and not held. One that was wanted before is not wanted again.
    pub fn want_quoted(&mut self, seq: Seq) {
        let Quotes(quoted) = &mut self.quotes;
        if quoted.iter().all(|(known, _)| *known != seq) {
            quoted.push((seq, self.log.awaiting()));
            quoted.drain(..quoted.len().saturating_sub(QUOTED_MAX));
        }
    }
}
