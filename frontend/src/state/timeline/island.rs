//! A part of the log apart from its newest events. It is loaded around a number and grows in both directions until it meets
//! the newest ones.

use shared::{Event, Seq};

use super::{Entries, HistoryState, KEPT, Log, PageRange};

/// Events in a page that is loaded around a number, the most that the server gives at once.
const AROUND_EVENTS: u64 = 200;
/// Events in a page of newer ones.
const NEWER_EVENTS: usize = 100;

/// Such a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Island {
    log: Log,
    newer: HistoryState,
}

impl Island {
    /// The page to ask for to have the events around a number. Where these are not kept any more, it has the oldest ones that are.
    pub fn page_around(target: Seq) -> PageRange {
        PageRange::after(Seq(target.0.saturating_sub(AROUND_EVENTS / 2 + 1)), AROUND_EVENTS as usize)
    }

    /// An island of what was loaded.
    pub fn new(log: Log) -> Self {
        Self { log, newer: HistoryState::More }
    }

    /// What is held of it.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What is held of it, to be changed.
    pub fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// The log alone, to be joined to the newest events.
    pub fn into_log(self) -> Log {
        self.log
    }

    /// How it stands with what is newer: there always is more, or it would not be an island.
    pub fn newer(&self) -> HistoryState {
        self.newer
    }

    /// Asks for the page before it. One page is on its way at a time.
    pub fn want_older(&mut self) {
        if self.newer != HistoryState::Loading {
            self.log.want_older();
        }
    }

    /// Asks for the page after it. One page is on its way at a time.
    pub fn want_newer(&mut self) {
        if self.log.older != HistoryState::Loading && self.newer != HistoryState::Loading {
            self.newer = HistoryState::Loading;
            self.log.expects_newer = true;
            self.log.overtaking.clear();
        }
    }

    /// The page to ask for.
    pub fn wanted_page(&self) -> Option<PageRange> {
        let newer = || self.log.last.filter(|_| self.newer == HistoryState::Loading);
        self.log.older_page().or_else(|| newer().map(|last| PageRange::after(last, NEWER_EVENTS)))
    }

    /// Takes in the page that was asked for, if it came. Of what is farthest away no more than [`KEPT`] entries are kept.
    pub fn take_page(&mut self, page: Option<(Vec<Event>, bool)>) {
        match page {
            Some((events, _)) if self.newer == HistoryState::Loading => self.append(events),
            Some((events, more)) => {
                self.log.prepend(events, more);
                self.log.drop_newest();
            }
            None if self.newer == HistoryState::Loading => self.newer_arrived(HistoryState::Failed),
            None => self.log.older_failed(),
        }
    }

    fn append(&mut self, page: Vec<Event>) {
        let fits = page.first().is_some_and(|first| self.log.last.map(Seq::next) == Some(first.seq));
        match self.log.log_of(page).filter(|_| fits) {
            Some(newer) => {
                let overtaking = std::mem::take(&mut self.log.overtaking);
                self.log.extend(&newer);
                overtaking.into_iter().for_each(|(target, change)| self.log.change(target, change));
                self.newer_arrived(HistoryState::More);
                self.log.trim();
            }
            None => self.newer_arrived(HistoryState::Failed),
        }
    }

    fn newer_arrived(&mut self, state: HistoryState) {
        self.newer = state;
        self.log.expects_newer = false;
        self.log.overtaking.clear();
    }
}

impl Log {
    /// A part of this log that waits for its first page. Edits and recalls that come meanwhile are remembered for it.
    pub fn awaiting(&self) -> Self {
        Self { older: HistoryState::Loading, ..self.empty() }
    }

    /// Takes in the first page, of the events after `after` and before `end`; `false` if there are gaps in it.
    pub fn fill(&mut self, mut page: Vec<Event>, after: Seq, end: Seq) -> bool {
        page.retain(|event| event.seq < end);
        let Some(mut log) = self.log_of(page) else {
            return false;
        };
        let more = log.first == Some(after.next());
        for (target, change) in std::mem::take(&mut self.overtaking) {
            log.change(target, change);
        }
        log.older = if more { HistoryState::More } else { HistoryState::Beginning };
        *self = log;
        true
    }

    /// Notes an edit or a recall of what is held here, or may be on its way. Other events belong to the newest ones.
    pub fn observe(&mut self, event: &Event) {
        if let Some((target, change)) = Self::change_of(event) {
            self.change(target, change);
        }
    }

    /// Puts what was an island in front. It ends where this begins.
    pub fn join(&mut self, older: Self) {
        self.first = older.first.or(self.first);
        self.older = older.older;
        self.overtaking.extend(older.overtaking);
        self.entries.prepend(older.entries);
    }

    /// Puts what follows behind.
    fn extend(&mut self, newer: &Self) {
        self.last = newer.last.or(self.last);
        newer.entries.iter().for_each(|entry| self.entries.push((**entry).clone()));
    }

    /// Drops the newest of what is more than [`KEPT`].
    fn drop_newest(&mut self) {
        let over = self.entries.range(KEPT..KEPT + 1).next().map(|entry| entry.seq);
        if let Some(over) = over {
            self.last = Some(Seq(over.0.saturating_sub(1)));
            let mut entries = Entries::default();
            entries.fold_notices(self.entries.folding());
            self.entries.range(0..KEPT).for_each(|entry| entries.push((**entry).clone()));
            self.entries = entries;
        }
    }
}
