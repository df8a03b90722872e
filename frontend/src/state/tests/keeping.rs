//! What the server does not keep any more is not shown either.

use std::ops::RangeInclusive;

use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// In a room where two days are kept, with a message of each of these days.
fn held(days: RangeInclusive<u64>) -> Page {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(welcomed(Replay::Reset, Some(2 * DAY_MS / 1_000)));
    page.hears(events(days.map(|day| on_day(day, 10 + day, OTHER)).collect()));
    page
}

fn welcomed(replay: Replay, keep_s: Option<u64>) -> FromServer {
    let mut frame = welcome(1, replay, 15);
    if let FromServer::Welcome { room, limits, .. } = &mut frame {
        (room.id, room.history, limits.keep_s) = (LINK, History::All, keep_s);
    }
    frame
}

fn on_day(day: u64, seq: u64, by: MemberId) -> Event {
    Event { at: Millis(day * DAY_MS), ..said(seq, by, seq) }
}

fn tick(days: u64, ms: u64) -> FromServer {
    FromServer::Tick { at: Millis(days * DAY_MS + ms) }
}

#[test]
fn what_is_too_old_goes_from_the_list_and_the_copy_as_time_goes_by() {
    let mut page = held(1..=5);
    // The newest is of day five, and by that day's clock the first two are too old.
    assert_eq!(page.seqs(), [13, 14, 15]);
    let before = page.chat.snapshot_key();
    page.hears(tick(5, 59_999));
    assert_eq!((page.seqs(), page.chat.snapshot_key()), (vec![13, 14, 15], before.clone()));
    page.hears(tick(5, 60_000));
    assert_eq!(page.seqs(), [14, 15]);
    assert_ne!(page.chat.snapshot_key(), before, "the copy is made anew, though nothing was said");
    let room = page.chat.room.clone().unwrap();
    assert!(room.copy_over("").is_some_and(|copy| !copy.contains("第13条") && copy.contains("第14条")));
    assert_eq!((room.log.first(), room.kept_since), (Some(Seq(14)), Millis(3 * DAY_MS + 60_000)));
    // A tick that an earlier clock made brings nothing back.
    page.hears(tick(1, 0));
    assert_eq!(page.chat.room.unwrap().kept_since, room.kept_since);
}

#[test]
fn of_a_room_where_all_is_too_old_nothing_is_left_and_the_page_goes_on_from_its_end() {
    let mut page = held(1..=5);
    page.does(1, Command::Recall { seq: Seq(15) });
    page.hears(tick(9, 0));
    assert!(page.seqs().is_empty());
    assert!(page.chat.room.as_ref().unwrap().copy_over("").is_some_and(|copy| !copy.contains('条')));
    assert_eq!(page.join().after.map(|after| after.seq), Some(Seq(15)));
    page.hears(events(vec![on_day(9, 16, ME)]));
    assert_eq!((page.seqs(), page.chat.room.unwrap().log.first()), (vec![16], Some(Seq(16))));
}

#[test]
fn an_older_page_on_its_way_still_fits_and_brings_back_nothing_that_is_too_old() {
    let older = |page: &Page| page.chat.room.as_ref().unwrap().older();
    assert_eq!(older(&held(1..=5)), HistoryState::Beginning, "what came before is older still");
    let mut page = held(4..=5);
    page.act(Action::WantOlder);
    page.hears(tick(6, 60_000));
    assert_eq!(page.seqs(), [14, 15]);
    let asked = page.chat.fetching().unwrap();
    // The server has not looked yet.
    let events = (1..=3).map(|day| on_day(day, 10 + day, OTHER)).collect();
    page.act(Action::HistoryPage {
        asked,
        page: Some(EventPage { events, names: Names::new(), more: true }),
    });
    assert_eq!((page.seqs(), older(&page)), (vec![15], HistoryState::Beginning));
}

#[test]
fn after_a_lost_connection_it_holds_what_the_server_keeps_from_now_on() {
    let mut page = held(1..=5);
    page.loses(1006);
    page.passes(2_000);
    page.hears(welcomed(Replay::Complete, None));
    page.hears(tick(30, 0));
    assert_eq!(page.seqs(), [13, 14, 15], "a server that keeps everything");
    page.loses(1006);
    page.passes(2_000);
    page.hears(welcomed(Replay::Complete, Some(DAY_MS / 1_000)));
    page.hears(tick(5, 0));
    assert_eq!(page.seqs(), [14, 15]);
}

#[test]
fn what_was_taken_back_here_is_written_anew_no_more() {
    let mut page = held(1..=5);
    page.hears(events(vec![on_day(5, 16, ME)]));
    page.does(1, Command::Recall { seq: Seq(16) });
    let taken_back = |page: &Page| page.chat.room.as_ref().unwrap().taken_back(Seq(16)).is_some();
    page.hears(tick(6, 0));
    assert!(taken_back(&page));
    page.hears(tick(8, 0));
    assert!(!taken_back(&page));
}

#[test]
fn a_copy_that_is_opened_later_shows_what_is_kept_by_then() {
    let mut page = held(1..=2);
    page.hears(events((3..=5).map(|day| on_day(day, 10 + day, ME)).collect()));
    let copy = page.chat.room.as_ref().unwrap().copy_over("").unwrap();
    let opened = |day: u64| {
        let chat = ChatState::restore(LINK, page.chat.kept(), Outbox::default(), 0, Millis(0))
            .with_snapshot(&copy, day * DAY_MS);
        Page { chat, ..Page::new() }.seqs()
    };
    assert_eq!((opened(5), opened(6), opened(9)), (vec![13, 14, 15], vec![14, 15], vec![]));
}

#[test]
fn a_wrong_clock_hides_nothing_for_longer_than_until_the_server_answers() {
    let before = held(1..=5);
    let copy = before.chat.room.as_ref().unwrap().copy_over("").unwrap();
    let wrong = Millis(40 * DAY_MS);
    let chat = ChatState::restore(LINK, before.chat.kept(), Outbox::default(), 0, wrong);
    let mut page = Page { chat: chat.with_snapshot(&copy, 0), ..Page::new() };
    assert!(page.seqs().is_empty());
    page.act(Action::Tick);
    assert_eq!(page.join().after, None, "it asks for everything anew");
    page.hears(welcomed(Replay::Reset, Some(2 * DAY_MS / 1_000)));
    page.hears(events((3..=5).map(|day| on_day(day, 10 + day, OTHER)).collect()));
    page.hears(tick(5, 0));
    assert_eq!(page.seqs(), [13, 14, 15]);
}
