//! Watches what one page is told, as it comes: whether the numbers go on without hole and repetition, and whether a
//! text comes after it was recalled. It knows the protocol's promises and nothing of the page's own state.

use std::collections::BTreeMap;

use shared::limits::{REPLAY_MAX, RESET_EVENTS};
use shared::{After, Epoch, Event, Fact, FromServer, GoneKind, History, Join, MemberId, Replay, Seq};

use crate::faults::{Fault, Faults};

/// What one page was told.
#[derive(Debug)]
pub struct Witness {
    /// Which page.
    pub who: String,
    /// What is wrong with it.
    pub faults: Faults,
    /// The newest version heard of each event of each life.
    pub heard: BTreeMap<Life, BTreeMap<Seq, Event>>,
    /// How often it was let in.
    pub welcomes: u32,
    /// How many events came.
    pub events: u64,
    after: Option<After>,
    stream: Option<Stream>,
}

/// A life of a room, as a key.
pub type Life = String;

/// What has come since a welcome.
#[derive(Debug)]
struct Stream {
    epoch: Epoch,
    begin: Begin,
    /// The last event's number and time.
    last: Option<(Seq, u64)>,
}

/// Which event comes first.
#[derive(Debug)]
enum Begin {
    /// This one.
    At(Seq),
    /// This one, or a later one that is this member's joining.
    AtOrOwn(Seq, MemberId),
}

impl Witness {
    /// Of the page of this name.
    pub fn new(who: String) -> Self {
        let (faults, heard) = (Faults::default(), BTreeMap::new());
        Self { who, faults, heard, welcomes: 0, events: 0, after: None, stream: None }
    }

    /// A connection begins with this frame.
    pub fn joins(&mut self, join: &Join) {
        self.after.clone_from(&join.after);
        self.stream = None;
    }

    /// A frame came on it.
    pub fn hears(&mut self, frame: &FromServer) {
        match frame {
            FromServer::Welcome { room, you, tail, replay, .. } => {
                self.welcomes += 1;
                let begin = self.begin(*replay, room.history, &room.epoch, you.member, *tail);
                self.stream = Some(Stream { epoch: room.epoch.clone(), begin, last: None });
            }
            FromServer::Events { events, .. } => {
                self.fresh(events);
                events.iter().for_each(|event| self.hear(event));
            }
            _ => {}
        }
    }

    fn begin(&mut self, replay: Replay, history: History, epoch: &Epoch, me: MemberId, tail: Seq) -> Begin {
        let who = &self.who;
        let after = self.after.clone().filter(|after| after.epoch == *epoch);
        if let Some(After { seq, .. }) = after {
            self.faults.unless(seq <= tail, Fault::Missing, || {
                format!("{who} held {seq}, and the server has only {tail}")
            });
            let near = seq <= tail && tail.0 - seq.0 <= REPLAY_MAX && history == History::All;
            self.faults.unless(!near || replay == Replay::Complete, Fault::Other, || {
                format!("{who} held {seq} of {tail} and was told to begin anew")
            });
        }
        let newest = Seq(tail.0.saturating_sub(RESET_EVENTS) + 1);
        match (replay, after, history) {
            (Replay::Complete, Some(after), _) => Begin::At(after.seq.next()),
            (Replay::Complete, None, _) => {
                self.faults.add(Fault::Other, format!("{who} is told to go on from nothing"));
                Begin::At(newest)
            }
            (Replay::Reset, _, History::All) => Begin::At(newest),
            (Replay::Reset, _, History::FromJoin) => Begin::AtOrOwn(newest, me),
        }
    }

    fn hear(&mut self, event: &Event) {
        let who = &self.who;
        self.events += 1;
        let Some(stream) = &mut self.stream else {
            self.faults.add(Fault::Other, format!("{who} heard {} before its welcome", event.seq));
            return;
        };
        let own = |me| matches!(event.fact, Fact::Joined { member, .. } if member == me);
        let expected = match (&stream.last, &stream.begin) {
            (Some((last, _)), _) => last.next(),
            (None, Begin::At(seq)) => *seq,
            (None, Begin::AtOrOwn(seq, me)) if *seq < event.seq && own(*me) => event.seq,
            (None, Begin::AtOrOwn(seq, _)) => *seq,
        };
        let said = || format!("{who} heard {} where {expected} comes", event.seq);
        self.faults.unless(event.seq <= expected, Fault::Missing, said);
        self.faults.unless(expected <= event.seq, Fault::Twice, said);
        let time = stream.last.map_or(0, |(_, at)| at);
        self.faults.unless(time <= event.at.0, Fault::OutOfOrder, || {
            format!("{who} heard {}, which is earlier than the one before", event.seq)
        });
        stream.last = Some((event.seq, event.at.0));
        self.heard.entry(stream.epoch.as_str().to_owned()).or_default().insert(event.seq, event.clone());
    }

    /// A frame is of one moment: what it says to be recalled or replaced is not in it any more.
    fn fresh(&mut self, events: &[Event]) {
        for (index, event) in events.iter().enumerate() {
            let (target, recalled) = match &event.fact {
                Fact::Recalled { target, .. } => (*target, true),
                Fact::Edited { target, .. } => (*target, false),
                _ => continue,
            };
            let stale = events[..index].iter().find(|before| match &before.fact {
                Fact::Said { edited, .. } if before.seq == target => {
                    recalled || edited.is_none_or(|edit| edit.seq < event.seq)
                }
                Fact::Edited { target: other, .. } => *other == target,
                _ => false,
            });
            if let Some(stale) = stale {
                let what =
                    format!("{} heard {} with the text that {} took away", self.who, stale.seq, event.seq);
                self.faults.add(Fault::Visible, what);
            }
        }
    }
}

/// Whether an event that was heard as `then` may stand as `now`.
pub fn descends(then: &Event, now: &Event) -> bool {
    if (then.seq, then.at) != (now.seq, now.at) {
        return false;
    }
    match (&then.fact, &now.fact) {
        (
            Fact::Said { by, id, reply_to, edited, .. },
            Fact::Said { by: now_by, id: now_id, reply_to: now_to, edited: now_edited, .. },
        ) => {
            let newer = edited.map(|edit| edit.seq) < now_edited.map(|edit| edit.seq);
            (by, id, reply_to) == (now_by, now_id, now_to) && (newer || then.fact == now.fact)
        }
        (Fact::Said { by, id, .. }, Fact::Gone { by: now_by, id: now_id, of: GoneKind::Said, .. })
        | (Fact::Edited { by, id, .. }, Fact::Gone { by: now_by, id: now_id, of: GoneKind::Edited, .. })
        // To somebody who may not read the message, its edit is gone from the beginning.
        | (Fact::Gone { by, id, of: GoneKind::Edited, .. }, Fact::Edited { by: now_by, id: now_id, .. })
        | (
            Fact::Gone { by, id, of: GoneKind::Edited, .. },
            Fact::Gone { by: now_by, id: now_id, of: GoneKind::Edited, .. },
        ) => (by, id) == (now_by, now_id),
        (then, now) => then == now,
    }
}
