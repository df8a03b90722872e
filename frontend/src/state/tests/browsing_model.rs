//! However one moves through the log, and however late pages and events come: what is shown is a part of the whole log, without
//! gaps, as all events have left it.

use proptest::prelude::*;

use super::*;
use crate::state::timeline::tests::served;
use crate::state::timeline::{Entry, Log};

/// Events in the whole log.
const LOG: usize = 700;
/// Events that are stored at first.
const STORED: u64 = 500;

/// A server with the whole log, a page, and a page of history on its way between them.
struct World {
    all: Vec<Event>,
    /// The last number stored.
    stored: u64,
    /// The last number that the page was sent.
    sent: u64,
    page: Page,
    on_its_way: Option<((u32, PageRange), EventPage)>,
}

#[derive(Debug, Clone)]
enum Step {
    Store(u64),
    Send(u64),
    Jump(u64),
    Older,
    Newer,
    Latest,
    Cancel,
    Follow(bool),
    Make,
    Arrive,
    Fail,
    Reconnect,
    /// So many events overtake the page around an event.
    Overtake(u64, u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..40_u64).prop_map(Step::Store),
        (1..40_u64).prop_map(Step::Send),
        (1..STORED).prop_map(Step::Jump),
        Just(Step::Older),
        Just(Step::Newer),
        Just(Step::Newer),
        Just(Step::Latest),
        Just(Step::Cancel),
        any::<bool>().prop_map(Step::Follow),
        Just(Step::Make),
        Just(Step::Make),
        Just(Step::Arrive),
        Just(Step::Arrive),
        Just(Step::Fail),
        Just(Step::Reconnect),
        (1..STORED, 1..40_u64).prop_map(|(seq, count)| Step::Overtake(seq, count)),
    ]
}

/// A log of messages, edits, recalls and arrivals; `seeds` decide which.
fn log_of(seeds: &[u8]) -> Vec<Event> {
    let mut alive: Vec<u64> = Vec::new();
    let mut drawn = 0_usize;
    let events = (1..).zip(seeds).map(|(seq, seed)| {
        let by = OTHER;
        drawn = (drawn * 31 + usize::from(*seed)) & 0xFFFF;
        let target = alive.get(drawn % alive.len().max(1)).copied();
        let fact = match (seed % 8, target) {
            (0, Some(target)) => {
                alive.retain(|seq| *seq != target);
                Fact::Recalled { by: MemberId(1), id: id(seq), target: Seq(target) }
            }
            (1 | 2, Some(target)) => {
                let text = Text::parse(&format!("改{seq}")).unwrap();
                Fact::Edited { by, id: id(seq), target: Seq(target), text }
            }
            (3, _) => return joined(seq, MemberId(9)),
            _ => {
                alive.push(seq);
                return said(seq, by, seq);
            }
        };
        Event { seq: Seq(seq), at: Millis(seq), fact }
    });
    events.collect()
}

impl World {
    fn new(all: Vec<Event>) -> Self {
        let stored = STORED;
        let mut page = Page::new();
        page.connect("张三");
        page.hears(welcome(1, Replay::Reset, stored));
        let mut world = Self { all, stored, sent: stored.saturating_sub(100), page, on_its_way: None };
        world.send(100);
        world
    }

    fn events(&self, seqs: impl Iterator<Item = u64>) -> Vec<Event> {
        let event = |seq: u64| &self.all[usize::try_from(seq - 1).unwrap()];
        seqs.map(|seq| served(&self.all, event(seq), self.stored)).collect()
    }

    fn send(&mut self, count: u64) {
        let until = (self.sent + count).min(self.stored);
        if self.sent < until {
            let sent = self.events(self.sent + 1..=until);
            self.sent = until;
            self.page.hears(events(sent));
        }
    }

    fn answer(&self, range: PageRange) -> EventPage {
        let limit = range.limit as u64;
        let (seqs, more) = match (range.before, range.after) {
            (Some(before), _) => {
                let end = (before.0 - 1).min(self.stored);
                let start = end.saturating_sub(limit) + 1;
                (start..=end, start > 1)
            }
            (_, after) => {
                let start = after.unwrap_or_default().0 + 1;
                let end = (start + limit - 1).min(self.stored);
                (start..=end, end < self.stored)
            }
        };
        EventPage { events: self.events(seqs), names: Names::new(), more }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Store(count) => self.stored = (self.stored + count).min(self.all.len() as u64),
            Step::Send(count) => self.send(*count),
            Step::Jump(seq) => self.page.act(Action::Browse(Browse::Jump(Seq(*seq)))),
            Step::Older => self.page.act(Action::WantOlder),
            Step::Newer => self.page.act(Action::Browse(Browse::Newer)),
            Step::Latest => self.page.act(Action::Browse(Browse::Latest)),
            Step::Cancel => self.page.act(Action::Browse(Browse::CancelJump)),
            Step::Follow(follows) => self.page.act(Action::Follow { follows: *follows }),
            Step::Make => {
                let wanted = self.page.chat.fetching();
                self.on_its_way = wanted.map(|asked| (asked, self.answer(asked.1)));
            }
            Step::Arrive => {
                if let Some((asked, page)) = self.on_its_way.take() {
                    self.page.act(Action::HistoryPage { asked, page: Some(page) });
                }
            }
            Step::Fail => {
                if let Some((asked, _)) = self.on_its_way.take() {
                    self.page.act(Action::HistoryPage { asked, page: None });
                }
            }
            Step::Overtake(seq, count) => {
                for step in
                    [Step::Jump(*seq), Step::Make, Step::Store(*count), Step::Send(*count), Step::Arrive]
                {
                    self.take(&step);
                }
            }
            Step::Reconnect => {
                self.page.loses(1006);
                while self.page.chat.connection.number().is_none() {
                    self.page.passes(500);
                }
                self.page.hears(welcome(1, Replay::Complete, self.stored));
            }
        }
    }

    fn logs(&self) -> [Log; 2] {
        let room = self.page.chat.room.as_ref().expect("the page was let in");
        [room.shown().clone(), room.log.clone()]
    }
}

/// What a log without gaps holds of the whole.
fn part_of(whole: &Log, log: &Log) -> Vec<Entry> {
    let entries = whole.entries().iter().filter(|entry| log.covers(entry.seq));
    entries.map(|entry| (**entry).clone()).collect()
}

fn held(log: &Log) -> Vec<Entry> {
    log.entries().iter().map(|entry| (**entry).clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_a_part_of_the_whole_log(
        seeds in prop::collection::vec(any::<u8>(), LOG),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let all = log_of(&seeds);
        let mut whole = Log::default();
        for event in &all {
            whole.fold(event.clone()).expect("the log has no gaps");
        }
        let mut world = World::new(all);
        for step in &steps {
            world.take(step);
            for log in world.logs() {
                let seqs = |entries: Vec<Entry>| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
                prop_assert_eq!(seqs(held(&log)), seqs(part_of(&whole, &log)), "after {:?}", step);
            }
        }
        world.take(&Step::Store(u64::MAX / 2));
        world.take(&Step::Send(u64::MAX / 2));
        for log in world.logs() {
            let differs = held(&log).into_iter().zip(part_of(&whole, &log)).find(|(held, whole)| held != whole);
            prop_assert!(differs.is_none(), "{:?}", differs);
        }
    }
}
