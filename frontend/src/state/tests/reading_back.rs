//! HistoryState events, a page at a time.

use shared::EventPage;

use super::*;

fn page_of(events: Vec<Event>, more: bool) -> Option<EventPage> {
    let wang = NameRule::Common.parse("王五").unwrap();
    let names = Names::from([(MemberId(9), wang.clone()), (OTHER, wang)]);
    Some(EventPage { events, names, more })
}

/// In a room of which 50 and 51 are held.
fn late() -> Page {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 51));
    page.hears(events(vec![joined(50, OTHER), said(51, MemberId(9), 51)]));
    page
}

fn older(page: &Page) -> HistoryState {
    page.chat.room.as_ref().unwrap().older()
}

#[test]
fn a_page_is_asked_for_once_and_goes_in_front_with_the_names_it_brings() {
    let mut page = late();
    assert_eq!(page.chat.fetching(), None);
    page.act(Action::WantOlder);
    let asked = page.chat.fetching().unwrap();
    assert_eq!(asked.1, PageRange::before(Seq(50), 100));
    page.act(Action::WantOlder);
    assert_eq!(page.chat.fetching(), Some(asked));
    page.act(Action::HistoryPage {
        asked,
        page: page_of(vec![said(48, OTHER, 48), said(49, OTHER, 49)], true),
    });
    assert_eq!((page.seqs(), older(&page)), (vec![48, 49, 50, 51], HistoryState::More));
    let room = page.chat.room.clone().unwrap();
    let name = |member| room.name(member).map(ToString::to_string);
    assert_eq!(name(MemberId(9)).as_deref(), Some("王五"));
    assert_eq!(name(OTHER).as_deref(), Some("李四"), "what is known already is newer");
    assert!(!room.seated.contains(&MemberId(9)));
    assert_eq!(page.join().after.map(|after| after.seq), Some(Seq(51)));
}

#[test]
fn a_failed_page_waits_for_the_person() {
    let mut page = late();
    page.act(Action::WantOlder);
    let asked = page.chat.fetching().unwrap();
    page.act(Action::HistoryPage { asked, page: None });
    assert_eq!((older(&page), page.chat.fetching()), (HistoryState::Failed, None));
    page.act(Action::WantOlder);
    assert_eq!(page.chat.fetching(), Some(asked));
}

#[test]
fn on_another_connection_the_page_is_asked_for_again_and_the_old_answer_is_void() {
    let mut page = late();
    page.act(Action::WantOlder);
    let asked = page.chat.fetching().unwrap();
    page.loses(1006);
    assert_eq!(page.chat.fetching(), None);
    page.passes(300);
    page.hears(welcome(1, Replay::Complete, 51));
    page.act(Action::HistoryPage { asked, page: page_of(vec![said(49, OTHER, 49)], false) });
    let again = page.chat.fetching().unwrap();
    assert_ne!(again, asked);
    assert_eq!(page.seqs(), [50, 51]);

    // Another life may have the same numbers: an answer of it must not be mistaken for this one's.
    page.loses(1006);
    page.passes(1_000);
    page.hears(welcome(9, Replay::Reset, 51));
    page.hears(events(vec![joined(50, ME), said(51, ME, 51)]));
    page.act(Action::HistoryPage { asked: again, page: page_of(vec![said(49, OTHER, 49)], false) });
    assert_eq!(page.seqs(), [50, 51]);
}

#[test]
fn a_recall_that_overtakes_the_page_is_not_undone_by_it() {
    let mut page = late();
    page.act(Action::WantOlder);
    let asked = page.chat.fetching().unwrap();
    let recalled = Fact::Recalled { by: OTHER, id: id(1), target: Seq(49) };
    page.hears(events(vec![Event { seq: Seq(52), at: Millis(52), fact: recalled }]));
    page.act(Action::HistoryPage { asked, page: page_of(vec![said(49, OTHER, 49)], true) });
    let room = page.chat.room.as_ref().unwrap();
    assert_eq!(room.log.entries()[0].body, timeline::EntryKind::Recalled { by: OTHER, author: OTHER });
}

#[test]
fn where_one_reads_from_joining_on_ones_own_joining_is_the_beginning() {
    let mut page = seated();
    assert_eq!((page.seqs(), older(&page)), (vec![2], HistoryState::Beginning));
    page.act(Action::WantOlder);
    assert_eq!(page.chat.fetching(), None);
}

#[test]
fn what_somebody_looks_at_who_scrolled_up_stays_until_the_end_is_followed_again() {
    let mut page = late();
    let many = timeline::KEPT as u64;
    page.act(Action::Follow { follows: false });
    page.hears(events((52..52 + many).map(|seq| said(seq, OTHER, seq)).collect()));
    assert_eq!(page.seqs()[0], 50);
    page.act(Action::Follow { follows: true });
    assert_eq!((page.seqs()[0], page.seqs().len()), (52, timeline::KEPT));
    page.hears(events(vec![said(52 + many, OTHER, 1)]));
    assert_eq!((page.seqs()[0], older(&page)), (53, HistoryState::More));
}

#[test]
fn what_an_older_page_is_on_its_way_to_is_not_taken_away() {
    let mut page = late();
    page.act(Action::WantOlder);
    let asked = page.chat.fetching();
    let many = timeline::KEPT as u64;
    page.hears(events((52..52 + many).map(|seq| said(seq, OTHER, seq)).collect()));
    assert_eq!(
        (page.seqs()[0], page.chat.fetching()),
        (50, asked),
        "whoever leads there is not led in a circle"
    );
}
