//! What the person has written and the server has not confirmed: a queue, sent one at a time and in order.
//!
//! It sends and stores nothing itself; `store` keeps it across a reload.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::{Code, Epoch, MemberId, MessageId, Millis, Seq, Text};

/// Most messages that may wait; beyond it the composer takes no more and says so.
pub const OUTBOX_MAX: usize = 200;

/// When a message refused for its pace is sent again, if the server does not say.
const PAUSE: Duration = Duration::from_secs(1);

/// A message that is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The id it got when it was written; a repeated sending keeps it.
    pub id: MessageId,
    /// What it says.
    pub text: Text,
    /// When it was written.
    pub at: Millis,
    /// How far it is.
    pub state: State,
}

/// How far an unconfirmed message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its turn or for its answer.
    Waiting,
    /// It is stored under this number; the event has yet to come.
    Stored(Seq),
    /// The server does not take it.
    Refused(Code),
    /// It was written to a room that has started afresh since: others may be there now.
    Moved,
}

/// Unconfirmed messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    bound: Option<(Epoch, MemberId)>,
    items: Vec<Item>,
    #[serde(skip)]
    paused_until: Option<u64>,
    #[serde(skip)]
    attempt: u32,
}

impl Outbox {
    /// All of them, as they are drawn.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The ids of all of them.
    pub fn ids(&self) -> Vec<MessageId> {
        self.items.iter().map(|item| item.id).collect()
    }

    /// Whether it takes no more.
    pub fn is_full(&self) -> bool {
        OUTBOX_MAX <= self.items.len()
    }

    /// The one to send now, and how often it was sent before.
    pub fn turn(&self) -> Option<(&Item, u32)> {
        let waiting = self.items.iter().find(|item| item.state == State::Waiting);
        waiting.filter(|_| self.paused_until.is_none()).map(|item| (item, self.attempt))
    }

    /// Takes a message at the end; a full outbox does not.
    pub fn push(&mut self, id: MessageId, text: Text, at: Millis) {
        if !self.is_full() {
            let state = State::Waiting;
            self.items.push(Item { id, text, at, state });
        }
    }

    /// The server let us in as this member of this life of the room.
    ///
    /// What was written to others than those there now does not go out by itself.
    pub fn bind(&mut self, epoch: &Epoch, member: MemberId) {
        let now = (epoch.clone(), member);
        if self.bound.as_ref().is_some_and(|bound| *bound != now) {
            for item in &mut self.items {
                match item.state {
                    State::Waiting | State::Stored(_) => item.state = State::Moved,
                    State::Refused(_) | State::Moved => {}
                }
            }
        }
        self.bound = Some(now);
        self.paused_until = None;
    }

    /// What to keep where another window of the room may have kept its own meanwhile: this outbox, behind what of
    /// `stored` is not `known` to be this page's.
    pub fn beside(&self, stored: &Self, known: &[MessageId]) -> Self {
        let ours = |id: MessageId| known.contains(&id) || self.items.iter().any(|item| item.id == id);
        let theirs = stored.items.iter().filter(|item| !ours(item.id));
        Self { items: theirs.chain(&self.items).cloned().collect(), ..self.clone() }
    }

    /// Its event came.
    pub fn confirm(&mut self, id: MessageId) {
        self.items.retain(|item| item.id != id);
    }

    /// It was stored before, under this number; `seen` is the last number held.
    pub fn stored(&mut self, id: MessageId, seq: Seq, seen: Option<Seq>) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == id) {
            item.state = State::Stored(seq);
        }
        self.seen(seen);
    }

    /// Everything up to this number is held.
    pub fn seen(&mut self, seen: Option<Seq>) {
        self.items.retain(|item| !matches!(item.state, State::Stored(seq) if Some(seq) <= seen));
    }

    /// It was refused; a refusal without an id is that of the one whose turn it is.
    pub fn refused(&mut self, id: Option<MessageId>, code: Code, retry_after_ms: Option<u64>, now: u64) {
        let Some(id) = id.or(self.turn().map(|(item, _)| item.id)) else {
            return;
        };
        let Some(item) = self.items.iter_mut().find(|item| item.id == id) else {
            return;
        };
        match code {
            Code::TooFast | Code::SlowMode | Code::Overloaded => {
                let pause = retry_after_ms.unwrap_or(PAUSE.as_millis() as u64);
                self.paused_until = Some(now + pause);
            }
            _ => item.state = State::Refused(code),
        }
    }

    /// When [`Outbox::tick`] must be called.
    pub fn wake_at(&self) -> Option<u64> {
        self.paused_until
    }

    /// Ends a pause that is over.
    pub fn tick(&mut self, now: u64) {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
            self.attempt += 1;
        }
    }

    /// Sends a failed message again, as a new one at the end: its old id was refused.
    pub fn retry(&mut self, id: MessageId, new_id: MessageId, at: Millis) {
        let failed = |item: &Item| item.id == id && matches!(item.state, State::Refused(_) | State::Moved);
        if let Some(at_index) = self.items.iter().position(failed) {
            let text = self.items.remove(at_index).text;
            self.push(new_id, text, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> MessageId {
        MessageId::new(Millis(u64::from(n)), &[n; 10])
    }

    fn outbox(count: u8) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.bind(&Epoch::new(&[1; 8]), MemberId(1));
        for n in 1..=count {
            outbox.push(id(n), Text::parse(&format!("第{n}条")).unwrap(), Millis(u64::from(n)));
        }
        outbox
    }

    fn turn(outbox: &Outbox) -> Option<MessageId> {
        outbox.turn().map(|(item, _)| item.id)
    }

    #[test]
    fn kept_beside_another_window_neither_loses_its_own() {
        let (mut mine, mut theirs) = (outbox(1), outbox(2));
        let known = [id(1)];
        theirs.confirm(id(1));
        let all = mine.beside(&theirs, &known);
        assert_eq!(all.ids(), [id(2), id(1)]);
        mine.confirm(id(1));
        assert_eq!(mine.beside(&all, &known).items(), theirs.items());
    }

    #[test]
    fn one_at_a_time_in_order_each_confirmed_by_its_own_event() {
        let mut outbox = outbox(3);
        for n in 1..=3 {
            assert_eq!(turn(&outbox), Some(id(n)));
            outbox.confirm(id(n));
        }
        assert_eq!((turn(&outbox), outbox.items().len()), (None, 0));
    }

    #[test]
    fn refused_for_its_pace_it_is_sent_again_with_the_same_id_before_the_next() {
        for code in [Code::TooFast, Code::SlowMode, Code::Overloaded] {
            let mut outbox = outbox(2);
            outbox.refused(Some(id(1)), code, Some(700), 1_000);
            assert_eq!((turn(&outbox), outbox.wake_at()), (None, Some(1_700)));
            outbox.tick(1_699);
            assert_eq!(turn(&outbox), None);
            outbox.tick(1_700);
            assert_eq!(outbox.turn().map(|(item, attempt)| (item.id, attempt)), Some((id(1), 1)));
            outbox.refused(None, code, None, 2_000);
            assert_eq!(outbox.wake_at(), Some(3_000));
        }
    }

    #[test]
    fn refused_for_another_reason_it_is_marked_and_the_next_goes_on() {
        let mut outbox = outbox(2);
        outbox.refused(Some(id(1)), Code::BlockedWord, None, 0);
        assert_eq!(outbox.items()[0].state, State::Refused(Code::BlockedWord));
        assert_eq!(turn(&outbox), Some(id(2)));
    }

    #[test]
    fn retrying_makes_a_new_message_at_the_end() {
        let mut outbox = outbox(2);
        outbox.retry(id(1), id(9), Millis(9));
        assert_eq!(outbox.items().len(), 2, "a waiting one is not retried");
        outbox.refused(Some(id(1)), Code::TooLong, None, 0);
        outbox.retry(id(1), id(9), Millis(9));
        let ids: Vec<_> = outbox.items().iter().map(|item| item.id).collect();
        assert_eq!(ids, [id(2), id(9)]);
        assert_eq!(outbox.items()[1].state, State::Waiting);
    }

    #[test]
    fn a_room_that_started_afresh_gets_nothing_by_itself() {
        for (epoch, member) in [(2, 1), (1, 2)] {
            let mut outbox = outbox(2);
            outbox.bind(&Epoch::new(&[epoch; 8]), MemberId(member));
            assert!(outbox.items().iter().all(|item| item.state == State::Moved));
            assert_eq!(turn(&outbox), None);
            outbox.retry(id(1), id(9), Millis(9));
            assert_eq!(turn(&outbox), Some(id(9)));
        }
    }

    #[test]
    fn the_same_room_gets_what_is_waiting_with_the_same_ids_also_after_a_reload() {
        let kept = serde_json::to_string(&outbox(2)).unwrap();
        let mut outbox: Outbox = serde_json::from_str(&kept).unwrap();
        outbox.bind(&Epoch::new(&[1; 8]), MemberId(1));
        assert_eq!(turn(&outbox), Some(id(1)));
    }

    #[test]
    fn stored_before_it_is_done_once_its_event_is_held() {
        let mut outbox = outbox(2);
        outbox.stored(id(1), Seq(7), Some(Seq(5)));
        assert_eq!((turn(&outbox), outbox.items().len()), (Some(id(2)), 2));
        outbox.seen(Some(Seq(7)));
        assert_eq!(outbox.items().len(), 1);
        outbox.stored(id(2), Seq(6), Some(Seq(7)));
        assert_eq!(outbox.items().len(), 0);
    }

    #[test]
    fn a_full_outbox_takes_no_more() {
        let mut outbox = outbox(u8::try_from(OUTBOX_MAX).unwrap());
        assert!(outbox.is_full());
        outbox.push(id(255), Text::parse("又一条").unwrap(), Millis(1));
        assert_eq!(outbox.items().len(), OUTBOX_MAX);
    }
}
