//! Where events are found: pages of the log whatever is indexed, and what is left in the index of lives that are over.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use backend::archive::Archive;
use backend::archive::follower::Follower;
use backend::names::fold;
use backend::room::proposal::{Private, Record, Settings};
use backend::room::seal::TokenHash;
use backend::room::tail::Entry;
use backend::store::index::Index;
use backend::store::log::Log;
use proptest::prelude::*;
use shared::{Epoch, Event, Fact, MemberId, MessageId, Millis, NameRule, Seq, Text, Token};
use tempfile::TempDir;

/// A log written by hand, and its index.
struct Hand {
    log: Log,
    follower: Follower,
    data: TempDir,
}

impl Hand {
    fn new() -> Self {
        let data = TempDir::new().unwrap();
        let log = Log::open(data.path()).unwrap();
        let follower = Follower::open(data.path(), &log).unwrap();
        Self { log, follower, data }
    }

    /// These messages of a life in one transaction; where the first one is.
    fn say(&mut self, life: i64, numbers: std::ops::Range<u64>) -> i64 {
        let first = self.log.last() + 1;
        self.log.begin().unwrap();
        for seq in numbers {
            let (id, text) = (MessageId::new(Millis(seq), &[0; 10]), Text::parse(&"话".repeat(9)).unwrap());
            let fact = Fact::Said { by: MemberId(1), id, text, reply_to: None, edited: None };
            self.append(life, seq, fact, Private::None);
        }
        self.log.commit().unwrap();
        first
    }

    /// A life begins, and somebody joins: its numbers 1 and 2.
    fn begin(&mut self, life: i64) {
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let opened = Fact::Opened { capacity: settings.capacity, title: None };
        let (name, token) = (NameRule::Common.parse("张三").unwrap(), TokenHash::of(&Token::new(&[0; 32])));
        let private = Private::Joined { token, folded: fold(name.as_str()) };
        self.log.begin().unwrap();
        self.append(life, 1, opened, Private::Opened(Box::new(settings)));
        self.append(life, 2, Fact::Joined { member: MemberId(1), name, host: false }, private);
        self.log.commit().unwrap();
    }

    fn append(&mut self, life: i64, seq: u64, fact: Fact, private: Private) {
        let record = Record { event: Event { seq: Seq(seq), at: Millis(seq), fact }, private };
        self.log.append(life, &Entry::new(&record.event), &record).unwrap();
    }

    fn follow(&mut self) {
        while self.follower.step().unwrap() {}
    }

    /// What the ledger's timer does: deletes so many records of lives that are over.
    fn clear_away(&mut self, limit: usize) -> usize {
        let ended = Index::open(self.data.path()).unwrap().ended(limit).unwrap();
        self.log.begin().unwrap();
        self.log.delete(ended.iter().map(|(_, _, pos)| *pos)).unwrap();
        self.log.commit().unwrap();
        ended.len()
    }

    /// All that is indexed.
    fn indexed(&self) -> Vec<String> {
        let index = rusqlite::Connection::open(self.data.path().join("index.db")).unwrap();
        let rows = |table| {
            let mut query = index.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = query.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let values: Vec<rusqlite::types::Value> = (0..columns).map(|n| row.get(n).unwrap()).collect();
                Ok(format!("{table} {values:?}"))
            };
            query.query_map([], row).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
        };
        ["progress", "rooms", "members", "runs", "ids", "filters"].into_iter().flat_map(rows).collect()
    }

    fn count(&self, file: &str, sql: &str) -> i64 {
        let file = rusqlite::Connection::open(self.data.path().join(file)).unwrap();
        file.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_page_is_what_anyone_would_read_whatever_is_indexed(
        said in proptest::collection::vec((0..3_usize, 1..20_u64, prop::bool::weighted(0.3)), 1..40),
        asked in proptest::collection::vec((0..3_usize, 0..150_u64, 0..150_u64, 1..40_usize, any::<bool>()), 60),
    ) {
        let (mut hand, mut tails) = (Hand::new(), [0; 3]);
        for (life, count, follow) in said {
            hand.say(life as i64, tails[life] + 1..tails[life] + 1 + count);
            tails[life] += count;
            if follow {
                hand.follow();
            }
        }
        let archive = Archive::open(hand.data.path()).unwrap();
        for indexed in [false, true] {
            if indexed {
                hand.follow();
            }
            for (life, after, last, limit, rising) in &asked {
                let (number, bounds) = (*life as i64, (Seq(*after), Seq(*last)));
                let all: Vec<_> = (after + 1..=tails[*life].min(*last)).collect();
                let more = all.len() > *limit;
                let from = if *rising || !more { 0 } else { all.len() - limit };
                let expected: Vec<_> = all[from..].iter().take(*limit).copied().collect();
                let (entries, found_more) = archive.page(number, bounds, *limit, *rising).unwrap();
                let found: Vec<_> = entries.iter().map(|entry| entry.seq().0).collect();
                prop_assert_eq!((found, found_more), (expected, more), "{} {:?}", life, bounds);
                let read = archive.read(number, bounds.0, bounds.1).unwrap();
                let read: Vec<_> = read.iter().map(|entry| entry.seq().0).collect();
                prop_assert_eq!(&read, &all);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_is_indexed_is_the_same_however_often_the_follower_comes(
        said in proptest::collection::vec((0..3_usize, 1..100_u64, prop::bool::weighted(0.6)), 1..30),
        ended in prop::option::of(0..3_i64),
    ) {
        let (mut hand, mut tails) = (Hand::new(), [2; 3]);
        (0..3).for_each(|life| hand.begin(life));
        for (life, count, follow) in said {
            hand.say(life as i64, tails[life] + 1..tails[life] + 1 + count);
            tails[life] += count;
            if follow {
                hand.follow();
            }
        }
        if let Some(life) = ended {
            hand.log.begin().unwrap();
            hand.log.end_life(life).unwrap();
            hand.log.commit().unwrap();
        }
        hand.follow();
        let indexed = hand.indexed();
        std::fs::remove_file(hand.data.path().join("index.db")).unwrap();
        hand.follower = Follower::open(hand.data.path(), &hand.log).unwrap();
        hand.follow();
        prop_assert_eq!(indexed, hand.indexed());
    }
}

#[test]
fn nothing_of_a_life_that_is_over_stays_also_where_a_record_made_no_sense() {
    let mut hand = Hand::new();
    hand.say(1, 1..200);
    hand.say(2, 1..70);
    hand.say(1, 200..300);
    let log = rusqlite::Connection::open(hand.data.path().join("log.db")).unwrap();
    const SECOND: &str = "SELECT pos FROM records WHERE life = 1 ORDER BY pos LIMIT 1 OFFSET 1";
    let damaged = log.execute(&format!("UPDATE records SET event = '?' WHERE pos = ({SECOND})"), []).unwrap();
    assert_eq!(damaged, 1);
    hand.follow();
    let entries = Archive::open(hand.data.path()).unwrap().read(1, Seq(250), Seq(999)).unwrap();
    assert_eq!(entries.len(), 49, "what was said behind it is still there");
    hand.log.begin().unwrap();
    hand.log.end_life(1).unwrap();
    hand.log.commit().unwrap();
    hand.follow();
    // A piece at a time, with another follower and with another index in between.
    for round in 0.. {
        if hand.clear_away(50) == 0 {
            break;
        }
        if round == 2 {
            std::fs::remove_file(hand.data.path().join("index.db")).unwrap();
        }
        hand.follower = Follower::open(hand.data.path(), &hand.log).unwrap();
        hand.follow();
    }
    let left = hand.count("log.db", "SELECT count(*) FROM records WHERE life = 1 AND event NOT IN ('', '?')");
    assert_eq!(left, 0, "texts of a room that is no more");
    for (table, rows) in [("ids", 3), ("filters", 4), ("rooms", 1), ("runs", 2)] {
        assert_eq!(hand.count("index.db", &format!("SELECT count(*) FROM {table}")), rows, "{table}");
    }
}

#[test]
fn a_row_that_grew_in_its_place_holds_nobody_up() {
    let mut hand = Hand::new();
    hand.say(1, 1..20);
    hand.follow();
    let log = rusqlite::Connection::open(hand.data.path().join("log.db")).unwrap();
    let last = "UPDATE records SET event = event || char(10) WHERE pos = (SELECT max(pos) FROM records)";
    assert_eq!(log.execute(last, []).unwrap(), 1);
    assert!(!hand.follower.step().unwrap(), "there is nothing new");
    hand.say(2, 1..20);
    hand.follow();
    assert_eq!(Archive::open(hand.data.path()).unwrap().read(2, Seq(0), Seq(99)).unwrap().len(), 19);
}
