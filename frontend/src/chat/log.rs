//! The part of a room's log that the page holds, as what is drawn: a fold of events, checked for gaps.
//!
//! Edits and recalls change the message they speak of; everything else keeps its place.

use std::rc::Rc;

use shared::{Edit, Event, Fact, GoneKind, LeftWhy, MemberId, MessageId, Millis, Seq};

/// Most entries held; the oldest go first, so that page and memory stay bounded.
pub const KEPT: usize = 2_000;

/// Events are missing: what is held cannot be gone on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap;

/// Something to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of its event.
    pub seq: Seq,
    /// When the server took it.
    pub at: Millis,
    /// What it is.
    pub body: Body,
}

/// What there is to draw of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Somebody took a seat.
    Joined(MemberId),
    /// A seat was freed.
    Left(MemberId, LeftWhy),
    /// A message.
    Said(Said),
    /// A message that was taken back, by this member.
    Recalled(MemberId),
    /// The door was closed or opened.
    Locked(bool),
    /// The settings were changed.
    Set,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who said it.
    pub by: MemberId,
    /// The id its sender gave it.
    pub id: MessageId,
    /// The newest text.
    pub text: Rc<str>,
    /// The message it answers.
    pub reply_to: Option<Seq>,
    /// The newest edit.
    pub edited: Option<Edit>,
}

/// What is held of a room's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    entries: Vec<Rc<Entry>>,
    last: Option<Seq>,
}

impl Log {
    /// In rising order.
    pub fn entries(&self) -> &[Rc<Entry>] {
        &self.entries
    }

    /// The number of the last event folded in.
    pub fn last(&self) -> Option<Seq> {
        self.last
    }

    /// Takes the next event in; `false` if it was known already.
    ///
    /// # Errors
    /// [`Gap`] if events before it are missing. The first may have any number.
    pub fn fold(&mut self, event: Event) -> Result<bool, Gap> {
        match self.last {
            Some(last) if event.seq <= last => return Ok(false),
            Some(last) if event.seq != last.next() => return Err(Gap),
            _ => self.last = Some(event.seq),
        }
        let Event { seq, at, fact } = event;
        let body = match fact {
            Fact::Opened { .. } => return Ok(true),
            Fact::Joined { member, .. } => Body::Joined(member),
            Fact::Left { member, why } => Body::Left(member, why),
            Fact::Said { by, id, text, reply_to, edited } => {
                let text = text.as_str().into();
                Body::Said(Said { by, id, text, reply_to, edited })
            }
            Fact::Edited { target, text, .. } => {
                self.change(target, |body| {
                    let Body::Said(said) = body else { return };
                    // A message sent after its edit was stored has the edit's text, or a newer one.
                    if said.edited.is_none_or(|known| known.seq < seq) {
                        said.text = text.as_str().into();
                        said.edited = Some(Edit { seq, at });
                    }
                });
                return Ok(true);
            }
            Fact::Recalled { by, target, .. } => {
                self.change(target, |body| *body = Body::Recalled(by));
                return Ok(true);
            }
            Fact::Gone { of: GoneKind::Edited, .. } => return Ok(true),
            Fact::Gone { by, recalled_by, .. } => Body::Recalled(recalled_by.unwrap_or(by)),
            Fact::Locked { locked, .. } => Body::Locked(locked),
            Fact::Set { .. } => Body::Set,
        };
        self.entries.push(Rc::new(Entry { seq, at, body }));
        if KEPT < self.entries.len() {
            self.entries.remove(0);
        }
        Ok(true)
    }

    fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Body)) {
        if let Ok(index) = self.entries.binary_search_by_key(&seq, |entry| entry.seq) {
            change(&mut Rc::make_mut(&mut self.entries[index]).body);
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{GoneWhy, Text};

    use super::*;

    fn id(n: u64) -> MessageId {
        MessageId::new(Millis(n), &[0; 10])
    }

    fn event(seq: u64, fact: Fact) -> Event {
        Event { seq: Seq(seq), at: Millis(seq * 1_000), fact }
    }

    fn said(seq: u64, text: &str) -> Event {
        let text = Text::parse(text).unwrap();
        event(seq, Fact::Said { by: MemberId(1), id: id(seq), text, reply_to: None, edited: None })
    }

    fn edited(seq: u64, target: u64, text: &str) -> Event {
        let text = Text::parse(text).unwrap();
        event(seq, Fact::Edited { by: MemberId(1), id: id(seq), target: Seq(target), text })
    }

    fn log(events: Vec<Event>) -> Log {
        let mut log = Log::default();
        for event in events {
            assert_eq!(log.fold(event), Ok(true));
        }
        log
    }

    fn text(log: &Log, index: usize) -> (&str, bool) {
        match &log.entries()[index].body {
            Body::Said(said) => (&said.text, said.edited.is_some()),
            other => panic!("not a message: {other:?}"),
        }
    }

    #[test]
    fn the_first_event_may_have_any_number_and_then_there_are_no_holes() {
        let mut log = log(vec![said(7, "一"), said(8, "二")]);
        assert_eq!(log.fold(said(8, "二")), Ok(false));
        assert_eq!(log.fold(said(10, "四")), Err(Gap));
        assert_eq!((log.last(), log.entries().len()), (Some(Seq(8)), 2));
    }

    #[test]
    fn an_edit_replaces_the_text_in_its_place_and_takes_a_number() {
        let log = log(vec![said(1, "旧"), said(2, "别的"), edited(3, 1, "新"), said(4, "又")]);
        assert_eq!(text(&log, 0), ("新", true));
        assert_eq!(text(&log, 1), ("别的", false));
        assert_eq!((log.entries().len(), log.last()), (3, Some(Seq(4))));
    }

    #[test]
    fn an_edit_that_the_message_already_has_changes_nothing() {
        let mut first = said(1, "最新");
        if let Fact::Said { edited, .. } = &mut first.fact {
            *edited = Some(Edit { seq: Seq(3), at: Millis(3) });
        }
        assert_eq!(text(&log(vec![first, edited(2, 1, "中间"), edited(3, 1, "最新")]), 0), ("最新", true));
    }

    #[test]
    fn a_recall_leaves_a_notice_where_the_message_stood() {
        let recall = event(2, Fact::Recalled { by: MemberId(2), id: id(2), target: Seq(1) });
        let log = log(vec![said(1, "话"), recall, edited(3, 1, "不该出现")]);
        assert_eq!(log.entries()[0].body, Body::Recalled(MemberId(2)));
    }

    #[test]
    fn what_is_gone_leaves_a_notice_only_if_it_was_a_message() {
        let gone = |seq, of| {
            let why = GoneWhy::Recalled;
            event(seq, Fact::Gone { by: MemberId(1), id: id(seq), of, why, recalled_by: Some(MemberId(2)) })
        };
        let log = log(vec![gone(1, GoneKind::Said), gone(2, GoneKind::Edited)]);
        assert_eq!(log.entries().len(), 1);
        assert_eq!(log.entries()[0].body, Body::Recalled(MemberId(2)));
        assert_eq!(log.last(), Some(Seq(2)));
    }

    #[test]
    fn what_speaks_of_something_not_held_is_counted_and_changes_nothing() {
        let log = log(vec![said(50, "一"), edited(51, 3, "早就不在")]);
        assert_eq!((text(&log, 0), log.last()), (("一", false), Some(Seq(51))));
    }

    #[test]
    fn the_list_does_not_grow_forever() {
        let log = log((1..=KEPT as u64 + 5).map(|seq| said(seq, "话")).collect());
        assert_eq!((log.entries().len(), log.entries()[0].seq), (KEPT, Seq(6)));
    }
}
