//! Jumps to events that are not held, and the part of the log that is shown then.

use std::ops::RangeInclusive;

use super::*;
use crate::state::timeline::{EntryKind, KEPT};

/// In a room of 1,000 messages of which the newest 100 are held.
fn long() -> Page {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 1_000));
    page.hears(events(messages(901..=1_000)));
    page
}

fn messages(seqs: RangeInclusive<u64>) -> Vec<Event> {
    seqs.map(|seq| said(seq, OTHER, seq)).collect()
}

fn jump(page: &mut Page, seq: u64) {
    page.act(Action::Browse(Browse::Jump(Seq(seq))));
}

fn state(page: &Page) -> JumpState {
    page.chat.room.as_ref().unwrap().jump_state()
}

fn wanted(page: &Page) -> Option<PageRange> {
    page.chat.fetching().map(|(_, page)| page)
}

fn arrives(page: &mut Page, seqs: RangeInclusive<u64>) {
    let asked = page.chat.fetching().expect("a page is wanted");
    let more = *seqs.start() != 1;
    let page_of = EventPage { events: messages(seqs), names: Names::new(), more };
    page.act(Action::HistoryPage { asked, page: Some(page_of) });
}

fn fails(page: &mut Page) {
    let asked = page.chat.fetching().expect("a page is wanted");
    page.act(Action::HistoryPage { asked, page: None });
}

fn numbers(seqs: RangeInclusive<u64>) -> Vec<u64> {
    seqs.collect()
}

#[test]
fn one_request_shows_what_is_around_a_far_message() {
    let mut page = long();
    jump(&mut page, 300);
    assert_eq!(
        (wanted(&page), state(&page)),
        (Some(PageRange::after(Seq(199), 200)), JumpState::Loading(Seq(300)))
    );
    let fetches = page.effects.iter().filter(|effect| matches!(effect, Effect::FetchHistory { .. })).count();
    assert_eq!(fetches, 1);
    arrives(&mut page, 201..=400);
    assert_eq!((page.shown(), state(&page), wanted(&page)), (numbers(201..=400), JumpState::Idle, None));
    assert_eq!(page.seqs(), numbers(901..=1_000), "the newest stay held");
    jump(&mut page, 250);
    assert_eq!((state(&page), wanted(&page)), (JumpState::Idle, None), "it is shown already");
}

#[test]
fn new_events_go_to_the_newest_and_changes_to_both() {
    let mut page = long();
    jump(&mut page, 300);
    let recall = Fact::Recalled { by: OTHER, id: id(1), target: Seq(310) };
    page.hears(events(vec![Event { seq: Seq(1_001), at: Millis(1), fact: recall }]));
    arrives(&mut page, 201..=400);
    let entry = |page: &Page, seq| page.chat.room.as_ref().unwrap().entry(Seq(seq)).unwrap().body.clone();
    assert_eq!(
        entry(&page, 310),
        EntryKind::Recalled { by: OTHER, author: OTHER },
        "a recall that overtakes the page is not undone by it"
    );
    let recall = Fact::Recalled { by: OTHER, id: id(2), target: Seq(320) };
    let recalled = Event { seq: Seq(1_002), at: Millis(2), fact: recall };
    page.hears(events(vec![recalled, said(1_003, OTHER, 1_003)]));
    assert_eq!(entry(&page, 320), EntryKind::Recalled { by: OTHER, author: OTHER });
    assert_eq!((page.shown().last(), page.seqs().last()), (Some(&400), Some(&1_003)));
    page.act(Action::Browse(Browse::Latest));
    assert_eq!(page.shown().last(), Some(&1_003));
}

#[test]
fn an_island_grows_both_ways_until_it_meets_the_newest() {
    let mut page = long();
    jump(&mut page, 700);
    arrives(&mut page, 600..=799);
    page.act(Action::WantOlder);
    page.act(Action::Browse(Browse::Newer));
    assert_eq!(wanted(&page), Some(PageRange::before(Seq(600), 100)), "one page at a time");
    arrives(&mut page, 500..=599);
    page.act(Action::Browse(Browse::Newer));
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(799), 100)));
    arrives(&mut page, 800..=899);
    page.act(Action::Browse(Browse::Newer));
    arrives(&mut page, 900..=900);
    assert_eq!((page.shown(), page.seqs()), (numbers(500..=1_000), numbers(500..=1_000)));
    assert!(page.chat.room.as_ref().unwrap().is_live());
    page.act(Action::Browse(Browse::Newer));
    assert_eq!(wanted(&page), None);
}

#[test]
fn a_page_that_reaches_the_newest_is_joined_to_them_at_once() {
    let mut page = long();
    jump(&mut page, 850);
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(749), 200)));
    arrives(&mut page, 750..=949);
    assert_eq!((page.shown(), page.seqs()), (numbers(750..=1_000), numbers(750..=1_000)));
}

#[test]
fn a_refused_jump_is_said_and_a_cancelled_one_is_void() {
    let mut page = long();
    jump(&mut page, 300);
    fails(&mut page);
    assert_eq!((state(&page), page.shown()), (JumpState::Failed(Seq(300)), numbers(901..=1_000)));
    jump(&mut page, 300);
    let asked = page.chat.fetching().unwrap();
    page.act(Action::Browse(Browse::CancelJump));
    assert_eq!((state(&page), wanted(&page)), (JumpState::Idle, None));
    let late = EventPage { events: messages(201..=400), names: Names::new(), more: true };
    page.act(Action::HistoryPage { asked, page: Some(late) });
    assert_eq!(page.shown(), numbers(901..=1_000));
    // Another jump takes the place of the first one.
    jump(&mut page, 300);
    jump(&mut page, 20);
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(0), 200)));
    arrives(&mut page, 1..=200);
    assert_eq!(page.shown(), numbers(1..=200));
    assert_eq!(page.chat.room.as_ref().unwrap().older(), HistoryState::Beginning);
}

#[test]
fn instead_of_an_event_that_is_not_kept_the_oldest_one_that_is_is_shown() {
    let mut page = long();
    jump(&mut page, 300);
    arrives(&mut page, 350..=549);
    assert_eq!((state(&page), page.shown()), (JumpState::Gone(Seq(300), Seq(350)), numbers(350..=549)));
    assert_eq!(page.chat.room.as_ref().unwrap().older(), HistoryState::Beginning);
    // Nothing before what is held is kept.
    let mut page = long();
    jump(&mut page, 300);
    arrives(&mut page, 920..=1_000);
    assert_eq!((state(&page), page.shown()), (JumpState::Gone(Seq(300), Seq(901)), numbers(901..=1_000)));
    assert_eq!(page.chat.room.as_ref().unwrap().older(), HistoryState::Beginning);
}

#[test]
fn an_event_that_expires_while_it_is_fetched_is_not_asked_for_again() {
    let mut page = long();
    Rc::make_mut(page.chat.room.as_mut().unwrap()).keep_s = Some(1);
    jump(&mut page, 300);
    page.hears(FromServer::Tick { at: Millis(10_000_000) });
    arrives(&mut page, 200..=399);
    assert!(matches!(state(&page), JumpState::Gone(Seq(300), _) | JumpState::Failed(Seq(300))));
    assert_eq!(wanted(&page), None);
}

#[test]
fn an_event_that_does_not_exist_is_not_reached() {
    let mut page = long();
    jump(&mut page, 2_000);
    assert_eq!((state(&page), wanted(&page)), (JumpState::Failed(Seq(2_000)), None), "it does not exist yet");
}

#[test]
fn what_one_says_and_a_reset_lead_back_to_the_newest() {
    let mut page = long();
    jump(&mut page, 300);
    arrives(&mut page, 201..=400);
    page.says(1);
    assert_eq!(page.shown(), numbers(901..=1_000));
    jump(&mut page, 300);
    arrives(&mut page, 201..=400);
    page.loses(1006);
    page.passes(2_000);
    page.hears(welcome(1, Replay::Complete, 1_000));
    assert_eq!(page.shown(), numbers(201..=400), "a connection that goes on changes nothing");
    page.loses(1006);
    page.passes(5_000);
    page.hears(welcome(1, Replay::Reset, 5_000));
    page.hears(events(messages(4_901..=5_000)));
    assert_eq!(page.shown(), numbers(4_901..=5_000), "what was changed meanwhile is not known");
}

#[test]
fn on_another_connection_the_page_around_is_asked_for_again() {
    let mut page = long();
    jump(&mut page, 300);
    let asked = page.chat.fetching().unwrap();
    page.loses(1006);
    page.passes(2_000);
    page.hears(welcome(1, Replay::Complete, 1_000));
    let again = page.chat.fetching().unwrap();
    assert!(asked != again && asked.1 == again.1);
    arrives(&mut page, 201..=400);
    assert_eq!(page.shown(), numbers(201..=400));
}

#[test]
fn memory_stays_bounded_while_one_reads_an_island() {
    let many = KEPT as u64 * 3;
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, many));
    page.hears(events(messages(many - 99..=many)));
    jump(&mut page, many / 2);
    let half = many / 2;
    arrives(&mut page, half - 100..=half + 99);
    let mut first = half - 100;
    while first > 1 {
        page.act(Action::WantOlder);
        let next = first.saturating_sub(100).max(1);
        arrives(&mut page, next..=first - 1);
        first = next;
    }
    let shown = page.shown();
    assert_eq!((shown.first(), shown.len()), (Some(&1), KEPT));
    let mut last = *shown.last().unwrap();
    while last < many - 100 {
        page.act(Action::Browse(Browse::Newer));
        let next = (last + 100).min(many - 100);
        arrives(&mut page, last + 1..=next);
        last = next;
    }
    assert_eq!(page.shown().last(), Some(&many), "it meets the newest");
    assert!(page.shown().len() <= KEPT + 100);
    jump(&mut page, 300);
    arrives(&mut page, 201..=400);
    page.hears(events(messages(many + 1..=many + KEPT as u64 + 50)));
    assert_eq!(page.seqs().len(), KEPT, "the newest that nobody looks at are cut as well");
}
