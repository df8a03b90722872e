//! A search finds what reading everything finds: random texts, edits and recalls, through the log's and the follower's own types.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use backend::archive::follower::Follower;
use backend::archive::search::{Query, Searcher};
use backend::room::proposal::{Private, Record};
use backend::room::tail::Entry;
use backend::search::{Piece, fold};
use backend::store::log::Log;
use proptest::prelude::*;
use shared::{Edit, Event, Fact, GoneKind, GoneWhy, MemberId, MessageId, Millis, Seq, Text};
use tempfile::TempDir;

/// Messages of a block of the index.
const BLOCK: u64 = 64;

/// A log written by hand: what the ledger would store.
struct Hand {
    log: Log,
    follower: Follower,
    searcher: Searcher,
    lives: [Life; 2],
    data: TempDir,
}

#[derive(Default)]
struct Life {
    number: i64,
    tail: u64,
    /// By number: where it is, who said it, its newest text, and its newest edit.
    said: BTreeMap<u64, Said>,
}

type Said = (i64, u32, Option<String>, Option<(i64, Event)>);

/// Numbers, newest first, and whether there are older ones.
type Page = (Vec<u64>, bool);

/// Where a search looks.
#[derive(Debug, Clone, Default)]
struct Bounds {
    floor: u64,
    before: Option<u64>,
    by: Option<u32>,
    since: Option<u64>,
    until: Option<u64>,
    limit: usize,
}

impl Hand {
    fn new() -> Self {
        let data = TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        let mut follower = Follower::open(data.path(), &log).unwrap();
        follower.catch_up().unwrap();
        let searcher = Searcher::open(data.path(), 1).unwrap();
        let lives = [1, 2].map(|number| Life { number, ..Life::default() });
        Self { log, follower, searcher, lives, data }
    }

    fn append(&mut self, life: usize, fact: Fact) -> (u64, i64, Event) {
        let at = &mut self.lives[life];
        at.tail += 1;
        let event = Event { seq: Seq(at.tail), at: Millis(at.tail * 10), fact };
        let record = Record { event: event.clone(), private: Private::None };
        self.log.begin().unwrap();
        let pos = self.log.append(at.number, &Entry::new(&event), &record).unwrap();
        self.log.commit().unwrap();
        (event.seq.0, pos, event)
    }

    fn rewrite(&mut self, pos: i64, event: &Event, fact: Fact) {
        let event = Event { fact, ..event.clone() };
        self.log.begin().unwrap();
        self.log.rewrite(pos, &Entry::new(&event), &event).unwrap();
        self.log.commit().unwrap();
    }

    fn id() -> MessageId {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        MessageId::new(Millis(COUNT.fetch_add(1, Ordering::Relaxed)), &[0; 10])
    }

    fn say(&mut self, life: usize, by: u32, text: &str) {
        let parsed = Text::parse(text).unwrap();
        let fact =
            Fact::Said { by: MemberId(by), id: Self::id(), text: parsed, reply_to: None, edited: None };
        let (seq, pos, _) = self.append(life, fact);
        self.lives[life].said.insert(seq, (pos, by, Some(text.to_owned()), None));
    }

    /// Edits the message, or recalls it.
    fn change(&mut self, life: usize, which: prop::sample::Index, new: Option<&str>) {
        let alive: Vec<_> =
            self.lives[life].said.iter().filter(|(_, said)| said.2.is_some()).map(|(seq, _)| *seq).collect();
        if alive.is_empty() {
            return;
        }
        self.change_at(life, alive[which.index(alive.len())], new);
    }

    fn change_at(&mut self, life: usize, seq: u64, new: Option<&str>) {
        let (pos, by, _, edit) = self.lives[life].said[&seq].clone();
        let (by, id, target) = (MemberId(by), Self::id(), Seq(seq));
        let at = Event { seq: target, at: Millis(seq * 10), fact: Fact::Recalled { by, id, target } };
        let gone = |of, why| Fact::Gone { by, id: Self::id(), of, why, recalled_by: None };
        let (why, mut newest_edit) = (new.map_or(GoneWhy::Recalled, |_| GoneWhy::EditedAgain), None);
        if let Some(text) = new {
            let text = Text::parse(text).unwrap();
            let (number, place, event) =
                self.append(life, Fact::Edited { by, id, target, text: text.clone() });
            let edited = Some(Edit { seq: Seq(number), at: event.at });
            self.rewrite(pos, &at, Fact::Said { by, id: Self::id(), text, reply_to: None, edited });
            newest_edit = Some((place, event));
        } else {
            self.append(life, Fact::Recalled { by, id, target });
            self.rewrite(pos, &at, gone(GoneKind::Said, why));
        }
        if let Some((place, event)) = edit {
            self.rewrite(place, &event, gone(GoneKind::Edited, why));
        }
        let said = self.lives[life].said.get_mut(&seq).unwrap();
        (said.2, said.3) = (new.map(str::to_owned), newest_edit);
    }

    /// Another follower on the same index.
    fn restart(&mut self) {
        self.follower = Follower::open(self.data.path(), &self.log).unwrap();
    }

    /// A step of which nothing is stored, at its very end.
    fn fail(&mut self) {
        let index = rusqlite::Connection::open(self.data.path().join("index.db")).unwrap();
        let fails = "CREATE TRIGGER fails BEFORE UPDATE ON progress BEGIN SELECT RAISE(ABORT, 'no'); END";
        index.execute_batch(fails).unwrap();
        let behind = self.follower.pos() < self.log.last();
        assert_eq!(self.follower.step().is_err(), behind);
        index.execute_batch("DROP TRIGGER fails").unwrap();
    }

    /// What a search finds, and what anyone would find who reads all of it.
    fn both(&self, life: usize, typed: &str, floor: u64, by: Option<u32>) -> Option<(Vec<u64>, Vec<u64>)> {
        let bounds = Bounds { floor, by, limit: 1_000, ..Bounds::default() };
        let ((found, _), (expected, _)) = self.within(life, typed, &bounds)?;
        Some((found, expected))
    }

    /// The same within bounds; and whether there are more.
    fn within(&self, life: usize, typed: &str, bounds: &Bounds) -> Option<(Page, Page)> {
        let piece = Piece::parse(typed).ok()?;
        let (life, wanted) = (&self.lives[life], fold(typed.trim()));
        let Bounds { floor, before, by, since, until, limit } = *bounds;
        let query = Query {
            life: life.number,
            piece,
            floor: Seq(floor),
            before: before.map(Seq),
            by: by.map(MemberId),
            since: since.map(Millis),
            until: until.map(Millis),
            limit,
        };
        let found = self.searcher.find(&query, || false).unwrap();
        let holds = |(seq, (_, author, text, _)): &(&u64, &Said)| {
            **seq >= floor
                && before.is_none_or(|before| **seq < before)
                && by.is_none_or(|by| by == *author)
                && since.is_none_or(|since| since <= **seq * 10)
                && until.is_none_or(|until| **seq * 10 < until)
                && text.as_ref().is_some_and(|text| fold(text).contains(&wanted))
        };
        let mut expected: Vec<_> = life.said.iter().filter(holds).map(|(seq, _)| *seq).rev().collect();
        let more = expected.len() > limit;
        expected.truncate(limit);
        let found = (found.hits.iter().map(|hit| hit.event.seq.0).collect(), found.more);
        Some((found, (expected, more)))
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Say(usize, u32, String),
    Edit(usize, prop::sample::Index, String),
    Recall(usize, prop::sample::Index),
    Follow,
    Restart,
    Fail,
}

fn line() -> impl Strategy<Value = String> {
    // Few characters, so that pieces are found often.
    let few = "[也许开会台臺湾灣aAb1+%\"* \n？?👍𠮷]{1,12}";
    prop_oneof![4 => few, 1 => "\\PC{1,12}"].prop_filter("a text", |line| Text::parse(line).is_ok())
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..2_usize, 1..3_u32, line()).prop_map(|(life, by, text)| Deed::Say(life, by, text.trim().to_owned())),
        2 => (0..2_usize, which(), line()).prop_map(|(life, at, text)| Deed::Edit(life, at, text.trim().to_owned())),
        1 => (0..2_usize, which()).prop_map(|(life, at)| Deed::Recall(life, at)),
        1 => Just(Deed::Follow),
    ]
}

/// As [`deed`], and the follower begins anew or fails; nearly all is said.
fn weather() -> impl Strategy<Value = Deed> {
    let which = any::<prop::sample::Index>;
    let text = || prop_oneof![9 => "[一-龥]{2,5}会".boxed(), 1 => "[一-龥]{100}会".boxed()];
    prop_oneof![
        30 => (0..2_usize, 1..3_u32, text()).prop_map(|(life, by, text)| Deed::Say(life, by, text.trim().to_owned())),
        3 => (0..2_usize, which(), text()).prop_map(|(life, at, text)| Deed::Edit(life, at, text.trim().to_owned())),
        2 => (0..2_usize, which()).prop_map(|(life, at)| Deed::Recall(life, at)),
        3 => Just(Deed::Follow),
        1 => Just(Deed::Restart),
        1 => Just(Deed::Fail),
    ]
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let number = || proptest::option::weighted(0.3, prop_oneof![0..300_u64, 62..66_u64, 126..130_u64]);
    let time =
        || number().prop_flat_map(|seq| (0..10_u64).prop_map(move |past| seq.map(|seq| seq * 10 + past)));
    let by = proptest::option::weighted(0.3, 1..4_u32);
    let limit = prop_oneof![1..5_usize, Just(1_000)];
    (number(), number(), by, time(), time(), limit).prop_map(|(floor, before, by, since, until, limit)| {
        Bounds { floor: floor.unwrap_or(0), before, by, since, until, limit }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_the_follower_a_search_finds_all(
        deeds in proptest::collection::vec(weather(), 1..350),
        asked in proptest::collection::vec((0..2_usize, "[也许开会aB1 ]{1,3}", bounds()), 40),
    ) {
        let mut hand = Hand::new();
        for deed in &deeds {
            match deed {
                Deed::Say(life, by, text) => hand.say(*life, *by, text),
                Deed::Edit(life, which, text) => hand.change(*life, *which, Some(text)),
                Deed::Recall(life, which) => hand.change(*life, *which, None),
                Deed::Follow => while hand.follower.step().unwrap() {},
                Deed::Restart => hand.restart(),
                Deed::Fail => hand.fail(),
            }
        }
        for indexed in [false, true] {
            if indexed {
                while hand.follower.step().unwrap() {}
            }
            // Each by its own end, which hardly another one has: by what all have, filters leave nothing out.
            for (life, said) in [0, 1].into_iter().flat_map(|life| hand.lives[life].said.values().map(move |said| (life, said))) {
                let Some(text) = &said.2 else { continue };
                let end: String = text.chars().skip(text.chars().count() - 3).collect();
                let (found, expected) = hand.both(life, &end, 0, None).unwrap();
                prop_assert_eq!(found, expected, "{:?} indexed: {}", end, indexed);
            }
            for (life, piece, bounds) in &asked {
                if let Some((found, expected)) = hand.within(*life, piece, bounds) {
                    prop_assert_eq!(found, expected, "{:?} {:?} indexed: {}", piece, bounds, indexed);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_reading_everything_finds(
        before in proptest::collection::vec(line(), 0..200),
        deeds in proptest::collection::vec(deed(), 1..60),
        pieces in proptest::collection::vec("[也许开会台灣aB1+%\"* ？👍𠮷]{1,4}", 12),
        floor in 0..200_u64,
    ) {
        let mut hand = Hand::new();
        for (number, text) in (0..).zip(&before) {
            hand.say(0, 1 + number % 3, text.trim());
        }
        for deed in &deeds {
            match deed {
                Deed::Say(life, by, text) => hand.say(*life, *by, text),
                Deed::Edit(life, which, text) => hand.change(*life, *which, Some(text)),
                Deed::Recall(life, which) => hand.change(*life, *which, None),
                Deed::Follow | Deed::Restart | Deed::Fail => while hand.follower.step().unwrap() {},
            }
        }
        for indexed in [false, true] {
            if indexed {
                while hand.follower.step().unwrap() {}
            }
            for piece in &pieces {
                for (life, by) in [(0, None), (1, None), (0, Some(1)), (1, Some(2))] {
                    if let Some((found, expected)) = hand.both(life, piece, floor, by) {
                        prop_assert_eq!(found, expected, "{:?} indexed: {}", piece, indexed);
                    }
                }
            }
        }
    }
}

#[test]
fn what_a_filter_does_not_have_is_not_read() {
    let mut hand = Hand::new();
    for number in 1..2 * BLOCK + 10 {
        hand.say(0, 1, &format!("第{number}杯茶"));
    }
    hand.follower.catch_up().unwrap();
    let (found, expected) = hand.both(0, "茶", 0, None).unwrap();
    assert_eq!((found.len(), found), (137, expected));
    let index = rusqlite::Connection::open(hand.data.path().join("index.db")).unwrap();
    let full: i64 = index.query_row("SELECT count(*) FROM filters", [], |row| row.get(0)).unwrap();
    assert_eq!(full, 2 * 4, "the last block is not full");
    index.execute("UPDATE filters SET bits = zeroblob(length(bits)) WHERE block % 2 = 1", []).unwrap();
    let (found, _) = hand.both(0, "茶", 0, None).unwrap();
    let expected: Vec<_> =
        (1..2 * BLOCK + 10).rev().filter(|seq| !(BLOCK..2 * BLOCK).contains(seq)).collect();
    assert_eq!(found, expected);
    // A block that a text has left is made anew from the log, all of it.
    hand.change_at(0, BLOCK + 3, None);
    hand.follower.catch_up().unwrap();
    let (found, expected) = hand.both(0, "茶", 0, None).unwrap();
    assert_eq!((found.len(), found), (136, expected));
}

#[test]
fn what_was_edited_in_a_block_before_it_was_full_is_found_afterwards() {
    let mut hand = Hand::new();
    let say = |hand: &mut Hand, count: u64| {
        (0..count).for_each(|_| hand.say(0, 1, "茶"));
        hand.follower.catch_up().unwrap();
    };
    say(&mut hand, 10);
    hand.change_at(0, 5, Some("改过的话"));
    say(&mut hand, 1);
    say(&mut hand, BLOCK);
    assert_eq!(hand.both(0, "改过", 0, None).unwrap(), (vec![5], vec![5]));
}
