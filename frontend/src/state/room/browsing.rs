//! Which part of the log is shown, and which page of it is loaded next. An event that is not held is reached by one page
//! around it, however old it is.

use std::rc::Rc;

use shared::{Event, EventPage, Fact, History, Seq};

use super::quotes::Quotes;
use super::{Room, put};
use crate::state::timeline::{Entry, EntryKind, HistoryState, Island, Log, Message, PageRange};

/// An event that is wanted and not held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Jump {
    /// None is.
    #[default]
    None,
    /// The page around it is on its way.
    Loading(Seq, Box<Log>),
    /// The page did not come.
    Failed(Seq),
    /// It is not kept any more; this is the oldest event that is.
    Gone(Seq, Seq),
}

/// How far a jump is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JumpState {
    /// Nothing is to be loaded for it.
    #[default]
    Idle,
    /// What is around this event is on its way.
    Loading(Seq),
    /// It did not come.
    Failed(Seq),
    /// This event is not kept any more; the second number is that of the oldest one that is, and it is shown.
    Gone(Seq, Seq),
}

impl Room {
    /// The part of the log that is shown.
    pub fn shown(&self) -> &Log {
        self.island.as_ref().map_or(&self.log, Island::log)
    }

    /// Whether the newest events are shown.
    pub fn is_live(&self) -> bool {
        self.island.is_none()
    }

    /// What is held of this event.
    pub fn entry(&self, seq: Seq) -> Option<&Rc<Entry>> {
        let island = || self.island.as_ref()?.log().entries().of(seq);
        self.log.entries().of(seq).or_else(island).or_else(|| self.quotes.entry(seq))
    }

    /// The message of this number, if it is held and was not recalled.
    pub fn said(&self, seq: Seq) -> Option<&Message> {
        match &self.entry(seq)?.body {
            EntryKind::Message(said) => Some(said),
            _ => None,
        }
    }

    /// How it stands with what is older than what is shown. Where newcomers read from their joining on, that is the
    /// beginning.
    pub fn older(&self) -> HistoryState {
        if self.begins_with_me() { HistoryState::Beginning } else { self.shown().older() }
    }

    /// How it stands with what is newer than what is shown.
    pub fn newer(&self) -> HistoryState {
        self.island.as_ref().map_or(HistoryState::Beginning, Island::newer)
    }

    /// Asks for the page before what is shown, unless there is none or it is asked for.
    pub fn want_older(&mut self) {
        let is_beginning = self.begins_with_me();
        match &mut self.island {
            _ if is_beginning => {}
            Some(island) => island.want_older(),
            None => self.log.want_older(),
        }
    }

    /// Asks for the page after what is shown, unless it is the newest or asked for.
    pub fn want_newer(&mut self) {
        if let Some(island) = &mut self.island {
            island.want_newer();
        }
    }

    /// Shows the part of the log with this event, as soon as it is held.
    pub fn jump(&mut self, seq: Seq) {
        self.jump = Jump::None;
        if self.shown().covers(seq) {
            return;
        }
        if self.log.covers(seq) {
            self.island = None;
        } else if self.log.first().is_some_and(|first| seq < first) {
            self.jump = Jump::Loading(seq, Box::new(self.log.awaiting()));
        } else {
            self.jump = Jump::Failed(seq);
        }
    }

    /// How far a jump is.
    pub fn jump_state(&self) -> JumpState {
        match &self.jump {
            Jump::None => JumpState::Idle,
            Jump::Loading(seq, _) => JumpState::Loading(*seq),
            Jump::Failed(seq) => JumpState::Failed(*seq),
            Jump::Gone(seq, oldest) => JumpState::Gone(*seq, *oldest),
        }
    }

    /// Loads nothing more for a jump.
    pub fn cancel_jump(&mut self) {
        self.jump = Jump::None;
    }

    /// Shows the newest events.
    pub fn show_latest(&mut self) {
        self.jump = Jump::None;
        self.island = None;
    }

    /// Holds nothing of the log any more.
    pub fn drop_log(&mut self) {
        self.show_latest();
        self.quotes = Quotes::default();
        self.log = self.log.empty();
    }

    /// The page to have on its way.
    pub fn wanted_page(&self) -> Option<PageRange> {
        self.browsed_page().or_else(|| self.quotes.wanted_page())
    }

    /// The page that the person waits for.
    fn browsed_page(&self) -> Option<PageRange> {
        match (&self.jump, &self.island) {
            (Jump::Loading(seq, _), _) => Some(Island::page_around(*seq)),
            (_, Some(island)) => island.wanted_page(),
            (_, None) => self.log.older_page(),
        }
    }

    /// Takes in the page that was wanted, if it came.
    pub fn take_page(&mut self, page: Option<EventPage>) {
        if let Some(page) = &page {
            self.learn(page);
        }
        if self.browsed_page().is_none() {
            return self.quotes.take_page(page);
        }
        let end = self.log.first().unwrap_or_default();
        let wanted = self.jump_state();
        match (std::mem::take(&mut self.jump), &mut self.island) {
            (Jump::Loading(seq, mut log), _) => {
                let after = Island::page_around(seq).after.unwrap_or_default();
                if !page.is_some_and(|page| log.fill(page.events, after, end)) {
                    self.jump = Jump::Failed(seq);
                } else if log.first().is_some() {
                    self.island = Some(Island::new(*log));
                } else {
                    self.island = None;
                    self.log.has_no_older();
                }
            }
            (_, Some(island)) => {
                let known = |event: &Event| event.seq < end;
                island
                    .take_page(page.map(|page| (page.events.into_iter().filter(known).collect(), page.more)));
            }
            (_, None) => match page {
                Some(page) => self.log.prepend(page.events, page.more),
                None => self.log.older_failed(),
            },
        }
        self.join_island();
        // The server takes some minutes longer.
        self.drop_expired();
        if let JumpState::Loading(seq) = wanted
            && self.jump == Jump::None
            && !self.shown().covers(seq)
        {
            let oldest = self.shown().first().filter(|first| seq < *first);
            self.jump = oldest.map_or(Jump::Failed(seq), |oldest| Jump::Gone(seq, oldest));
        }
    }

    /// Puts an older page in front of the newest events.
    pub fn prepend(&mut self, page: EventPage) {
        self.learn(&page);
        self.log.prepend(page.events, page.more);
        self.drop_expired();
    }

    /// Shows an island together with the newest events once it has come to them.
    fn join_island(&mut self) {
        let meets = |island: &mut Island| island.log().last().map(Seq::next) == self.log.first();
        if let Some(island) = self.island.take_if(meets) {
            self.log.join(island.into_log());
        }
    }

    /// Takes in the names of a page. Who is seated, and under which name, it does not know better.
    fn learn(&mut self, page: &EventPage) {
        let joined = page.events.iter().filter_map(|event| match &event.fact {
            Fact::Joined { member, name, .. } => Some((member, name)),
            _ => None,
        });
        for (member, name) in page.names.iter().chain(joined) {
            if self.name(*member).is_none() {
                put(&mut self.names, *member, name.as_str().into());
            }
        }
        let own = page
            .events
            .iter()
            .filter(|event| matches!(event.fact, Fact::Joined { member, .. } if member == self.me));
        self.joined_at = own.map(|event| event.seq).max().max(self.joined_at);
        for event in &page.events {
            if let Fact::Joined { member, .. } = event.fact {
                self.set_joined(member, event.seq);
            }
        }
    }

    /// Notes what a new event changes of older ones.
    pub(super) fn observe(&mut self, event: &Event) {
        if let Some(island) = &mut self.island {
            island.log_mut().observe(event);
        }
        if let Jump::Loading(_, log) = &mut self.jump {
            log.observe(event);
        }
        self.quotes.observe(event);
    }

    /// Drops what is too old of an island; whether that was anything.
    pub(super) fn drop_expired_island(&mut self) -> bool {
        let since = self.kept_since;
        // A page that is on its way has to fit.
        let island = self.island.as_mut().filter(|island| island.wanted_page().is_none());
        let dropped = island.is_some_and(|island| island.log_mut().drop_before(since));
        self.island.take_if(|island| island.log().entries().is_empty());
        dropped
    }

    /// Whether what is shown begins with this page's member joining, and it may read nothing before.
    pub fn begins_with_me(&self) -> bool {
        let log = self.shown();
        let first = log.entries().first().filter(|entry| Some(entry.seq) == log.first());
        self.facts.history == History::FromJoin
            && first.is_some_and(|entry| entry.body == EntryKind::Joined(self.me))
    }
}
