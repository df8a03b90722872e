//! What came while the person looked elsewhere: how much, and the newest of it; and what that calls for.

use std::rc::Rc;

use shared::Seq;
use shared::appearance::without_bidi_controls;

use super::ChatState;

/// What others said that the person has not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenMessages {
    /// How many messages.
    pub count: usize,
    /// The number of the oldest.
    pub first: Seq,
    /// The number of the newest.
    pub seq: Seq,
    /// Who said it.
    pub name: Rc<str>,
    /// What it says, as it may be shown.
    pub text: Rc<str>,
}

/// What is to be done outside the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationAction {
    /// The person is called: there is something newer than what they were called for.
    Notify,
    /// What they were called for reads otherwise now.
    Update,
    /// There is nothing left that they were called for.
    Dismiss,
}

impl NotificationAction {
    /// What these news call for, of somebody who was called for those before.
    pub fn of(before: Option<&UnseenMessages>, news: Option<&UnseenMessages>) -> Option<Self> {
        match (before, news) {
            (before, Some(news)) if before.is_none_or(|before| before.seq < news.seq) => Some(Self::Notify),
            (Some(before), Some(news)) if before != news => Some(Self::Update),
            (Some(_), None) => Some(Self::Dismiss),
            _ => None,
        }
    }
}

impl ChatState {
    /// What came since the person last looked at the end of the list; none if they look at it.
    pub fn news(&self) -> Option<UnseenMessages> {
        let (room, seen) = (self.room.as_ref()?, self.telling.seen?);
        let mut said = room.others_said_since(seen);
        let (seq, newest) = said.next()?;
        let (count, first) = said.fold((1, seq), |(count, _), (seq, _)| (count + 1, seq));
        let name = Rc::clone(room.name(newest.by)?);
        Some(UnseenMessages { count, first, seq, name, text: without_bidi_controls(&newest.text).into() })
    }

    /// Notes how far the person has seen.
    pub(super) fn see(&mut self) {
        let Some(room) = &self.room else {
            self.telling.seen = None;
            return;
        };
        // A welcome that begins anew brings its events behind it: what was seen is seen until then.
        let Some(last) = room.log.last() else { return };
        let looks = self.telling.follows && self.telling.visible;
        // What was there when the page came is not news to it, nor is another life of the room.
        let seen = self.telling.seen.filter(|seen| !looks && *seen <= last).unwrap_or(last);
        // It was seen elsewhere: in another window, on another device.
        let mark = room.own_mark.unwrap_or_default().min(last);
        self.telling.seen = Some(seen.max(mark));
    }
}
