//! Searches a log of many messages, and compares what is found with reading all of it.

use std::time::{Duration, Instant};

use anyhow::Context;
use backend::archive::follower::Follower;
use backend::archive::search::{Query, Searcher};
use backend::room::proposal::{Private, Record};
use backend::room::tail::Entry;
use backend::search::{Piece, fold};
use backend::store::log::Log;
use rand::RngExt as _;
use shared::{Event, Fact, MemberId, MessageId, Millis, Seq, Text};
use tempfile::TempDir;

use crate::words::Writer;

/// Hits that are asked for at once.
const PAGE: usize = 30;

/// Messages in one commit.
const BATCH: usize = 10_000;

/// The life that is searched.
const LIFE: i64 = 1;

pub(crate) fn run(messages: usize, rooms: usize, pieces: usize, seed: u64) -> anyhow::Result<()> {
    let folder = TempDir::new()?;
    let mut writer = Writer::new(seed)?;
    let mut log = Log::open(folder.path())?;
    let mut follower = Follower::open(folder.path(), &log)?;
    let (mut said, mut bytes) = (Vec::new(), 0);
    let mut tails = vec![0; rooms];
    let mut indexing = Duration::ZERO;
    for batch in 0..messages.div_ceil(BATCH) {
        log.begin()?;
        for number in batch * BATCH..messages.min((batch + 1) * BATCH) {
            let text = writer.message();
            bytes += text.len();
            let room = number % rooms;
            tails[room] += 1;
            append(&mut log, (room, tails[room]), number, &text)?;
            if room == 0 {
                said.push(text);
            }
        }
        log.commit()?;
        let begun = Instant::now();
        while follower.step()? {}
        indexing += begun.elapsed();
    }
    println!("{messages} messages, {bytes} bytes of text, indexed in {indexing:.1?}");
    follower.catch_up()?;
    drop(follower);
    report_size(folder.path(), bytes)?;
    let searcher = Searcher::open(folder.path(), 1)?;
    let folded: Vec<String> = said.iter().map(|text| fold(text)).collect();
    let (mut times, mut wanted, mut found, mut wrong) = (vec![Vec::new(); 7], 0, 0, 0);
    for number in 0..pieces {
        let length = 1 + number % 6;
        let typed = piece_of(&said, length, &mut writer);
        let Ok(piece) = Piece::parse(&typed) else { continue };
        let query = Query {
            life: LIFE,
            floor: Seq(0),
            before: None,
            by: None,
            since: None,
            until: None,
            limit: PAGE,
            piece,
        };
        let begun = Instant::now();
        let hits = searcher.find(&query, || false)?.hits;
        times[length].push(begun.elapsed());
        let wanted_here = read_all(&folded, &fold(typed.trim()));
        let hits: Vec<usize> = hits.iter().filter_map(|hit| usize::try_from(hit.event.seq.0).ok()).collect();
        wanted += wanted_here.len();
        found += wanted_here.iter().filter(|number| hits.contains(number)).count();
        wrong += hits.iter().filter(|number| !wanted_here.contains(number)).count();
    }
    println!("recall {found} of {wanted}, {wrong} that should not be found");
    for (length, times) in times.iter_mut().enumerate().skip(1) {
        report(&format!("{length} characters"), times);
    }
    report("all", &mut times.concat());
    anyhow::ensure!(found == wanted && wrong == 0, "a search does not find what reading everything finds");
    Ok(())
}

fn append(log: &mut Log, (room, seq): (usize, u64), number: usize, text: &str) -> anyhow::Result<()> {
    let at = Millis(1_795_000_000_000 + number as u64 * 1_000);
    let text = Text::parse(text).context("a message")?;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let (by, id) = (MemberId(1 + u32::try_from(number % 7)?), MessageId::new(at, &random));
    let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
    let record = Record { event: Event { seq: Seq(seq), at, fact }, private: Private::None };
    log.append(LIFE + i64::try_from(room)?, &Entry::new(&record.event), &record)?;
    Ok(())
}

/// The numbers of the newest messages that hold it.
fn read_all(folded: &[String], piece: &str) -> Vec<usize> {
    let holds = |(_, text): &(usize, &String)| text.contains(piece);
    let found = folded.iter().enumerate().rev().filter(holds);
    found.map(|(index, _)| index + 1).take(PAGE).collect()
}

/// A piece of a message, of this length.
fn piece_of(said: &[String], length: usize, writer: &mut Writer) -> String {
    loop {
        let chars: Vec<char> = said[writer.chance().random_range(0..said.len())].chars().collect();
        if length <= chars.len() {
            let from = writer.chance().random_range(0..=chars.len() - length);
            let piece: String = chars[from..from + length].iter().collect();
            if piece.trim().chars().count() == length {
                return piece;
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report_size(folder: &std::path::Path, text: usize) -> anyhow::Result<()> {
    let index = rusqlite::Connection::open(folder.join("index.db"))?;
    const SIZE: &str = "SELECT ifnull(sum(pgsize), 0) FROM dbstat WHERE name LIKE ?1";
    let size = |table: &str| index.query_row(SIZE, [table], |row| row.get::<_, i64>(0));
    for (what, bytes) in [("filters", size("filters")?), ("index.db", size("%")?)] {
        println!("{what}: {bytes} bytes, {:.2} of the text", bytes as f64 / text as f64);
    }
    Ok(())
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 1_000).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    println!("{what}: p50 {:?} p95 {:?} p99 {:?} longest {longest:?}", at(500), at(950), at(990));
}
