//! Commands that the server has not confirmed: a queue, sent one at a time and in order. Only what the server slows down waits.
//!
//! The queue sends and stores nothing itself. An item that this build cannot read, stored by a newer one, is kept as it is.

mod command;
mod stored;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{Code, Epoch, MemberId, MessageId, Millis, Seq, Text};

pub use command::Command;

/// Most acts that may wait; beyond it the composer takes no more and says so.
pub const OUTBOX_MAX: usize = 200;

/// Discarded ids that are remembered. A tab reads them within moments.
const DISCARDED_MAX: usize = 50;

/// Pause in milliseconds after a refusal for the pace, if the server names none.
const PAUSE_MS: u64 = 1_000;

/// An act that is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxItem {
    /// The id it got when it was done; a repeated sending keeps it.
    pub id: MessageId,
    /// What is done.
    pub act: Command,
    /// When it was done.
    pub at: Millis,
    /// The last number the page held then: what confirms it comes after.
    pub since: Seq,
    /// How far it is.
    pub state: DeliveryState,
    /// Whether it was ever sent: the server may have stored it.
    #[serde(default = "unknown_is_sent")]
    pub sent: bool,
    /// The other member of a room of two when it was done.
    #[serde(default)]
    pub to: Option<MemberId>,
}

/// An older build stored no such field.
fn unknown_is_sent() -> bool {
    true
}

/// How far an unconfirmed act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits for its turn or for its answer.
    Waiting,
    /// It is stored under this number; the event has yet to come.
    Stored(Seq),
    /// The server does not take it.
    Refused(Code),
    /// It was said to a room that has started afresh since, or to somebody who is no longer there.
    Moved,
}

/// Unconfirmed commands, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    bound: Option<(Epoch, MemberId)>,
    items: Vec<OutboxItem>,
    /// Stored items that this build cannot read.
    unreadable: Vec<Value>,
    /// What the person discarded lately, in any tab, so that no other tab sends it.
    discarded: Vec<MessageId>,
    /// The other member of a room of two.
    partner: Option<MemberId>,
    /// The last number stored when the server let us in: what is told up to it may be long past.
    welcomed_at: Seq,
    /// Until when nothing is sent.
    paused_until: Option<u64>,
    /// Until when no message is sent, since the room is in slow mode.
    slow_until: Option<u64>,
    attempt: u32,
}

impl Outbox {
    /// All of them.
    pub fn items(&self) -> &[OutboxItem] {
        &self.items
    }

    /// The messages among them, with what they say.
    pub fn messages(&self) -> impl Iterator<Item = (&OutboxItem, &Text)> {
        self.items.iter().filter_map(|item| match &item.act {
            Command::Say { text, .. } => Some((item, text)),
            _ => None,
        })
    }

    /// The ids of all of them.
    pub fn ids(&self) -> Vec<MessageId> {
        self.items.iter().map(|item| item.id).collect()
    }

    /// Whether there is nothing to store.
    pub fn is_blank(&self) -> bool {
        self.items.is_empty() && self.unreadable.is_empty() && self.discarded.is_empty()
    }

    /// Whether it takes no more.
    pub fn is_full(&self) -> bool {
        OUTBOX_MAX <= self.items.len()
    }

    /// The item to send now, and how often sending was resumed after a pause. Slow mode holds back messages only: a recall does
    /// not wait behind them.
    pub fn next_to_send(&self) -> Option<(&OutboxItem, u32)> {
        let is_slowed =
            |item: &OutboxItem| self.slow_until.is_some() && matches!(item.act, Command::Say { .. });
        let mut waiting = self.items.iter().filter(|item| item.state == DeliveryState::Waiting);
        waiting
            .find(|item| !is_slowed(item))
            .filter(|_| self.paused_until.is_none())
            .map(|item| (item, self.attempt))
    }

    /// Notes that an item is on its way.
    pub fn mark_sent(&mut self, id: MessageId) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == id) {
            item.sent = true;
        }
    }

    /// Until when slow mode holds back messages, by monotonic time.
    pub fn slow_until(&self) -> Option<u64> {
        self.slow_until
    }

    /// Holds back messages until then: the server would refuse one that comes earlier.
    pub fn slow_down(&mut self, until: u64) {
        self.slow_until = self.slow_until.max(Some(until));
    }

    /// Slow mode holds back nothing for longer than until then: the host has ended it, or made it quicker.
    pub fn limit_slow_mode(&mut self, until: u64) {
        self.slow_until = self.slow_until.map(|slow| slow.min(until));
    }

    /// Takes an act at the end; a full outbox takes no more messages, but whatever else a person does. `seen` is the last
    /// number held.
    pub fn push(&mut self, id: MessageId, act: Command, at: Millis, seen: Option<Seq>) {
        if !self.is_full() || !matches!(act, Command::Say { .. }) {
            self.append(id, act, at, seen);
        }
    }

    fn append(&mut self, id: MessageId, act: Command, at: Millis, seen: Option<Seq>) {
        let (since, state) = (seen.unwrap_or_default(), DeliveryState::Waiting);
        self.items.push(OutboxItem { id, act, at, since, state, sent: false, to: self.partner });
    }

    /// The server let us in as this member of this life of the room, whose last number is `tail`. `partner` is the other member
    /// of a room of two.
    ///
    /// What was said to others than those there now does not go out by itself, and what was done to messages and
    /// members of another life is void.
    pub fn bind(&mut self, epoch: &Epoch, member: MemberId, tail: Seq, partner: Option<MemberId>) {
        let now = (epoch.clone(), member);
        if self.bound.as_ref().is_some_and(|bound| *bound != now) {
            self.items.retain(|item| matches!(item.act, Command::Say { .. }));
            for item in &mut self.items {
                // An answer quotes a number of that life.
                if let Command::Say { reply_to, .. } = &mut item.act {
                    *reply_to = None;
                }
                match item.state {
                    DeliveryState::Waiting | DeliveryState::Stored(_) => item.state = DeliveryState::Moved,
                    DeliveryState::Refused(_) | DeliveryState::Moved => {}
                }
            }
        }
        self.bound = Some(now);
        self.meet(partner, |_| true);
        self.welcomed_at = tail;
        (self.paused_until, self.slow_until) = (None, None);
    }

    /// The other member of a room of two is somebody else from now on, or nobody. What is under way already is not held back.
    pub fn partner_changed(&mut self, partner: Option<MemberId>) {
        self.meet(partner, |item| !item.sent);
    }

    /// Holds back messages that were written to somebody else than `partner`.
    fn meet(&mut self, partner: Option<MemberId>, may_hold: impl Fn(&OutboxItem) -> bool) {
        self.partner = partner;
        for item in &mut self.items {
            let is_message = matches!(item.act, Command::Say { .. });
            let is_elsewhere = item.to.zip(partner).is_some_and(|(to, partner)| to != partner);
            if is_message && is_elsewhere && item.state == DeliveryState::Waiting && may_hold(item) {
                item.state = DeliveryState::Moved;
            }
        }
    }

    /// What to keep where another window of the room may have kept its own meanwhile: this outbox, behind what of
    /// `stored` is not `known` to be this page's.
    pub fn beside(&self, stored: &Self, known: &[MessageId]) -> Self {
        let ours = |id: MessageId| known.contains(&id) || self.items.iter().any(|item| item.id == id);
        let theirs = stored.items.iter().filter(|item| !ours(item.id));
        let mut unreadable = self.unreadable.clone();
        unreadable.extend(stored.unreadable.iter().filter(|item| !self.unreadable.contains(item)).cloned());
        let mut beside =
            Self { items: theirs.chain(&self.items).cloned().collect(), unreadable, ..self.clone() };
        stored.discarded.iter().for_each(|id| beside.note_discarded(*id));
        beside.items.retain(|item| !beside.discarded.contains(&item.id));
        beside
    }

    /// Its event came.
    pub fn confirm(&mut self, id: MessageId) {
        self.items.retain(|item| item.id != id);
    }

    /// A member was removed, under this number: a removal has no event with its id. One written later, or a second
    /// one, is not confirmed by it; nor any by one from before the welcome, since what waits then is sent once more and
    /// answered under its id.
    pub fn confirm_removal(&mut self, removed: MemberId, seq: Seq) {
        let it = |item: &OutboxItem| {
            let waits = matches!(item.state, DeliveryState::Waiting | DeliveryState::Stored(_));
            let later = item.since.max(self.welcomed_at) < seq;
            matches!(item.act, Command::Remove { member, .. } if member == removed) && waits && later
        };
        if let Some(index) = self.items.iter().position(it) {
            self.items.remove(index);
        }
    }

    /// It was stored before, under this number; `seen` is the last number held.
    pub fn stored(&mut self, id: MessageId, seq: Seq, seen: Option<Seq>) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == id) {
            item.state = DeliveryState::Stored(seq);
        }
        self.seen(seen);
    }

    /// Everything up to this number is held.
    pub fn seen(&mut self, seen: Option<Seq>) {
        self.items.retain(|item| !matches!(item.state, DeliveryState::Stored(seq) if Some(seq) <= seen));
    }

    /// It was refused; a refusal without an id is that of the one whose turn it is.
    pub fn refused(&mut self, id: Option<MessageId>, code: Code, retry_after_ms: Option<u64>, now: u64) {
        let Some(id) = id.or(self.next_to_send().map(|(item, _)| item.id)) else {
            return;
        };
        let Some(item) = self.items.iter_mut().find(|item| item.id == id) else {
            return;
        };
        match code {
            // Only messages wait by themselves: what an edit should say may be another thing by then.
            Code::SlowMode if matches!(item.act, Command::Say { .. }) => {
                self.slow_down(now + retry_after_ms.unwrap_or(PAUSE_MS));
            }
            Code::TooFast | Code::Overloaded | Code::StorageFailed => {
                self.paused_until = Some(now + retry_after_ms.unwrap_or(PAUSE_MS));
            }
            _ => item.state = DeliveryState::Refused(code),
        }
    }

    /// When [`Outbox::tick`] must be called.
    pub fn wake_at(&self) -> Option<u64> {
        self.paused_until.into_iter().chain(self.slow_until).min()
    }

    /// Ends the pauses that are over.
    pub fn tick(&mut self, now: u64) {
        for pause in [&mut self.paused_until, &mut self.slow_until] {
            if pause.is_some_and(|until| until <= now) {
                *pause = None;
                self.attempt += 1;
            }
        }
    }

    /// Sends a failed act again, as a new one at the end: its old id was refused. An answer to what is no more goes as a
    /// message of its own.
    pub fn retry(&mut self, id: MessageId, new_id: MessageId, at: Millis, seen: Option<Seq>) {
        if let Some(index) = self.items.iter().position(|item| item.id == id && item.failed()) {
            let OutboxItem { mut act, state, .. } = self.items.remove(index);
            if let (Command::Say { reply_to, .. }, DeliveryState::Refused(Code::UnknownTarget)) =
                (&mut act, state)
            {
                *reply_to = None;
            }
            // A full outbox takes it all the same: it was in there.
            self.append(new_id, act, at, seen);
        }
    }

    /// Whether an item can be discarded.
    pub fn can_discard(&self, id: MessageId) -> bool {
        self.items.iter().any(|item| item.id == id && item.can_discard())
    }

    /// Discards an item that failed or was never sent. The server may have stored any other.
    pub fn discard(&mut self, id: MessageId) {
        if self.can_discard(id) {
            self.items.retain(|item| item.id != id);
            self.note_discarded(id);
        }
    }

    fn note_discarded(&mut self, id: MessageId) {
        if !self.discarded.contains(&id) {
            self.discarded.push(id);
            let over = self.discarded.len().saturating_sub(DISCARDED_MAX);
            self.discarded.drain(..over);
        }
    }

    /// Takes over what another tab has stored meanwhile. `known` are the ids this tab has stored before: a failed item that is
    /// no longer stored was retried or discarded there.
    pub fn adopt(&mut self, stored: &Self, known: &[MessageId]) {
        let is_stored = |id: MessageId| stored.items.iter().any(|item| item.id == id);
        stored.discarded.iter().for_each(|id| self.note_discarded(*id));
        let discarded = &self.discarded;
        self.items.retain(|item| {
            let is_retried = item.failed() && known.contains(&item.id) && !is_stored(item.id);
            let is_discarded = discarded.contains(&item.id) && item.can_discard();
            !is_retried && !is_discarded
        });
    }
}

impl OutboxItem {
    /// Whether it stays unsent until the person decides what becomes of it; those behind it go on.
    pub fn failed(&self) -> bool {
        matches!(self.state, DeliveryState::Refused(_) | DeliveryState::Moved)
    }

    /// Whether the person may discard it: the server has not stored it, and will not.
    pub fn can_discard(&self) -> bool {
        self.failed() || (self.state == DeliveryState::Waiting && !self.sent)
    }
}

#[cfg(test)]
mod tests;
