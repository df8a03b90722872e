//! Lets every storage call of every command fail, on one machine and on a node of a cluster. Afterwards memory is what a load
//! from disk gives, every request was answered, and the next command works.

mod commands;
mod faults;
pub(super) mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use commands::{CLUB, COMMANDS, Command, HALL, TIMES, begin, furnish};
use faults::Failing;
use world::{Kind, World};

use crate::room::proposal::Wish;

/// More calls than any command makes.
const CALLS_MAX: u32 = 2_000;

/// How often the timer rings while calls fail, and afterwards.
const RINGS: (u32, u32) = (1, 4);

const KINDS: [Kind; 2] = [Kind::OneMachine, Kind::ClusterNode];

const MODES: [fn(u32) -> Failing; 2] = [Failing::Once, Failing::From];

/// The calls that failed, and in how many cases.
#[derive(Default)]
struct Tally {
    calls: BTreeSet<String>,
    cases: usize,
}

fn furnished(kind: Kind) -> (tempfile::TempDir, Duration) {
    let mut world = World::open(kind, None, Duration::ZERO);
    furnish(&mut world);
    world.close()
}

#[test]
fn a_failed_batch_leaves_memory_as_the_disk_is() {
    let mut tally = Tally::default();
    for kind in KINDS {
        let (files, passed) = furnished(kind);
        for (name, command) in COMMANDS {
            for mode in MODES {
                fail_at_each_call((kind, files.path(), passed), (name, *command), mode, &mut tally);
            }
        }
    }
    println!("{} commands, {} storage calls, {} cases", COMMANDS.len(), tally.calls.len(), tally.cases);
    println!("{:#?}", tally.calls);
}

fn fail_at_each_call(
    (kind, files, passed): (Kind, &Path, Duration),
    (name, command): (&str, Command),
    mode: fn(u32) -> Failing,
    tally: &mut Tally,
) {
    let mut control = begin(kind, files, passed);
    let wishes = command(&control);
    let expected = control.ask(wishes.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    control.check();
    let mut world = begin(kind, files, passed);
    for number in 0..CALLS_MAX {
        world.faults.arm(mode(number));
        let told = world.ask(wishes.clone());
        let failed = world.check();
        let is_done = told.is_ok();
        if let Ok(told) = told {
            assert_eq!(told, expected, "{name}, call {number}, {failed:?}");
            assert_eq!(world.rows(), control.rows(), "{name}, call {number}, {failed:?}");
        } else {
            let looked = world.ask(vec![(HALL, Wish::Look)]);
            assert!(looked.is_ok(), "the next command, after {name}, call {number}, {failed:?}");
            world.check();
        }
        if failed.is_empty() {
            return;
        }
        tally.cases += 1;
        tally.calls.extend(failed);
        if is_done {
            world = begin(kind, files, passed);
        } else {
            // What was in memory before stays there; the other room is read from disk again.
            world.cool(CLUB);
        }
    }
    panic!("{name} has no end");
}

#[test]
fn what_time_brings_comes_after_a_failure_too() {
    let mut tally = Tally::default();
    for kind in KINDS {
        let (files, passed) = furnished(kind);
        for (name, time) in TIMES {
            for mode in MODES {
                let control = rung((kind, files.path(), passed), *time, None).0;
                // That all calls fail from one on is much alike from the next on.
                let each = if mode(0) == Failing::Once(0) { 1 } else { 10 };
                for number in (0..CALLS_MAX).step_by(each) {
                    let (world, failed) = rung((kind, files.path(), passed), *time, Some(mode(number)));
                    if failed.is_empty() {
                        break;
                    }
                    let (found, expected) = (timeless(&world), timeless(&control));
                    let differ = difference(&found, &expected);
                    assert!(
                        differ.is_empty(),
                        "{name} on {kind:?}, {:?}, {failed:?}: {differ:#?}",
                        mode(number)
                    );
                    tally.cases += 1;
                    tally.calls.extend(failed);
                }
            }
        }
    }
    println!("{} times, {} storage calls, {} cases", TIMES.len(), tally.calls.len(), tally.cases);
    println!("{:#?}", tally.calls);
}

/// A world whose timer rang, at first while calls fail; and those that did.
fn rung(
    (kind, files, passed): (Kind, &Path, Duration),
    time: Duration,
    failing: Option<Failing>,
) -> (World, BTreeSet<String>) {
    let mut world = begin(kind, files, passed);
    world.index();
    if !time.is_zero() {
        // Or it would depend on the failure whether a text is recalled first or too old first.
        for _ in 0..2 {
            world.tick();
            world.index();
        }
    }
    world.pass(time);
    let mut failed = BTreeSet::new();
    for ring in 0..RINGS.0 + RINGS.1 {
        if let Some(failing) = failing.filter(|_| ring == 0) {
            world.faults.arm(failing);
        }
        world.tick();
        if ring < RINGS.0 && failing.is_some() {
            failed.extend(world.check());
        }
        world.index();
        world.pass(Duration::from_secs(61));
    }
    world.check();
    (world, failed)
}

/// The rows of the log without positions and times, which depend on when something could be stored.
fn timeless(world: &World) -> Vec<String> {
    let mut rows: Vec<_> = world.rows().iter().map(|row| without_time(row)).collect();
    rows.sort();
    rows
}

/// What only one of two lists has, which are sorted.
fn difference(found: &[String], expected: &[String]) -> Vec<String> {
    let lacks = |list: &[String], row: &String| list.binary_search(row).is_err();
    let more = found.iter().filter(|row| lacks(expected, row)).map(|row| format!("more: {row}"));
    let less = expected.iter().filter(|row| lacks(found, row)).map(|row| format!("less: {row}"));
    more.chain(less).collect()
}

fn without_time(row: &str) -> String {
    let places = if row.starts_with("records") { 2 } else { 1 };
    let row = row.splitn(places + 1, ", ").last().unwrap_or(row);
    // The id of a recall begins with a time, too.
    let row =
        row.split("01a0c").map(|part| part.get(8..).filter(|rest| rest.starts_with("-7707")).unwrap_or(part));
    let (row, mut kept) = (row.collect::<String>(), String::new());
    for part in row.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let is_time = part.chars().take_while(char::is_ascii_digit).count() >= 13;
        kept.push_str(if is_time { part.trim_start_matches(|c: char| c.is_ascii_digit()) } else { part });
    }
    kept
}
