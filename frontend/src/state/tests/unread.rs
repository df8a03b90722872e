//! The line before what came while the person was away.

use super::*;

fn sees(page: &mut Page, visible: bool) {
    page.act(Action::Visible { visible });
}

fn unread(page: &Page) -> (Option<u64>, usize) {
    let room = page.chat.room.as_ref().unwrap();
    (room.unread().map(|seq| seq.0), room.unread_summary().map_or(0, |unread| unread.count))
}

fn own_mark(seq: u64) -> FromServer {
    FromServer::Read { marks: vec![(ME, Seq(seq))] }
}

/// Everything up to 4 was seen, and the page is in sight.
fn reading() -> Page {
    let mut page = seated();
    sees(&mut page, true);
    page.hears(events(vec![joined(3, OTHER), said(4, OTHER, 4)]));
    page.hears(own_mark(0));
    page
}

#[test]
fn what_comes_while_one_looks_is_never_unread() {
    let mut page = reading();
    page.hears(events(vec![said(5, OTHER, 5)]));
    assert_eq!(unread(&page), (None, 0), "and nothing is to a newcomer");
}

#[test]
fn out_of_sight_the_line_is_above_the_first_of_others_and_stays_until_one_was_away_again() {
    let mut page = reading();
    sees(&mut page, false);
    page.hears(events(vec![said(5, ME, 5), said(6, OTHER, 6), said(7, OTHER, 7)]));
    sees(&mut page, true);
    assert_eq!(unread(&page), (Some(6), 2));
    page.hears(events(vec![said(8, OTHER, 8)]));
    page.passes(5_000);
    assert_eq!(unread(&page), (Some(6), 2), "it stays while one reads");
    sees(&mut page, true);
    assert_eq!(unread(&page), (Some(6), 2), "still in sight");
    sees(&mut page, false);
    sees(&mut page, true);
    assert_eq!(unread(&page), (Some(6), 3), "a short absence does not make them seen");
    page.act(Action::Browse(Browse::SeeUnread));
    sees(&mut page, false);
    sees(&mut page, true);
    assert_eq!(unread(&page), (None, 0));
}

#[test]
fn where_the_first_of_it_is_not_kept_the_rest_is_all_there_is() {
    let mut page = Page::new();
    page.connect("张三");
    sees(&mut page, true);
    page.hears(welcome(1, Replay::Reset, 600));
    page.hears(own_mark(40));
    page.hears(events((501..=600).map(|seq| said(seq, OTHER, seq)).collect()));
    assert!(page.chat.room.as_ref().unwrap().unread_summary().unwrap().or_more);
    page.act(Action::Browse(Browse::Jump(Seq(41))));
    let asked = page.chat.fetching().unwrap();
    let kept = (480..=600).map(|seq| said(seq, OTHER, seq)).collect();
    page.act(Action::HistoryPage {
        asked,
        page: Some(EventPage { events: kept, names: Names::new(), more: false }),
    });
    assert_eq!(unread(&page), (Some(480), 121));
    page.act(Action::Browse(Browse::SeeUnread));
    page.act(Action::Follow { follows: true });
    page.passes(2_000);
    assert!(
        page.effects.contains(&Effect::Send(FromPage::Read { seq: Seq(600) })),
        "what comes counts as read again"
    );
}

#[test]
fn who_had_scrolled_up_has_seen_only_what_was_told() {
    let mut page = reading();
    page.act(Action::Follow { follows: false });
    page.hears(events(vec![said(5, OTHER, 5)]));
    sees(&mut page, false);
    sees(&mut page, true);
    assert_eq!(unread(&page), (Some(5), 1));
}

#[test]
fn coming_back_to_the_room_the_servers_mark_says_where_one_was() {
    let mut page = reading();
    page.loses(1006);
    page.passes(300);
    page.hears(welcome(1, Replay::Complete, 7));
    page.hears(own_mark(4));
    page.hears(events(vec![said(5, ME, 5), said(6, OTHER, 6)]));
    assert_eq!(unread(&page), (Some(6), 1));
    page.hears(events(vec![said(7, OTHER, 7), said(8, OTHER, 8)]));
    assert_eq!(unread(&page), (Some(6), 2), "8 came when one was back");
}

/// Away for so long that the first unread message is not held.
fn long_away() -> Page {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 51));
    page.hears(events(vec![said(50, OTHER, 50), said(51, OTHER, 51)]));
    page.hears(own_mark(40));
    sees(&mut page, true);
    page
}

fn summary(page: &Page) -> Option<(u64, usize, bool)> {
    let unread = page.chat.room.as_ref().unwrap().unread_summary()?;
    Some((unread.seq.0, unread.count, unread.or_more))
}

fn page_arrives(page: &mut Page, seqs: std::ops::RangeInclusive<u64>, more: bool) {
    let asked = page.chat.fetching().unwrap();
    let events = seqs.map(|seq| said(seq, OTHER, seq)).collect();
    let page_of = EventPage { events, names: Names::new(), more };
    page.act(Action::HistoryPage { asked, page: Some(page_of) });
}

#[test]
fn without_the_first_unread_message_there_is_a_number_and_no_line() {
    let mut page = long_away();
    assert_eq!((unread(&page).0, summary(&page)), (None, Some((41, 2, true))));
    page.act(Action::WantOlder);
    page_arrives(&mut page, 41..=49, true);
    assert_eq!((unread(&page), summary(&page)), ((Some(41), 11), Some((41, 11, false))));
}

#[test]
fn a_jump_to_the_first_unread_message_shows_the_line_above_it() {
    let mut page = long_away();
    page.act(Action::Browse(Browse::Jump(Seq(41))));
    page_arrives(&mut page, 30..=49, true);
    assert_eq!((page.shown(), unread(&page).0), ((30..=51).collect(), Some(41)), "it comes to the newest");

    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 1_000));
    page.hears(events((901..=1_000).map(|seq| said(seq, OTHER, seq)).collect()));
    page.hears(own_mark(40));
    assert_eq!(summary(&page), Some((41, 100, true)));
    page.act(Action::Browse(Browse::Jump(Seq(41))));
    page_arrives(&mut page, 1..=141, false);
    assert_eq!((page.shown(), unread(&page).0), ((1..=141).collect(), Some(41)));
}

#[test]
fn what_was_never_held_is_not_marked_as_read_before_it_is_seen() {
    let mut page = long_away();
    page.passes(5_000);
    assert_eq!(page.chat.reading(), None);
    page.act(Action::Browse(Browse::SeeUnread));
    page.passes(5_000);
    assert_eq!(page.chat.reading().map(|(_, seq)| seq), Some(Seq(51)));

    let mut answers = long_away();
    answers.says(1);
    answers.passes(5_000);
    assert_eq!(answers.chat.reading().map(|(_, seq)| seq), Some(Seq(51)), "who answers has seen enough");

    let mut whole = long_away();
    whole.act(Action::WantOlder);
    page_arrives(&mut whole, 35..=49, true);
    whole.passes(5_000);
    assert_eq!(whole.chat.reading().map(|(_, seq)| seq), Some(Seq(51)), "all of it is held");
}

#[test]
fn to_whom_the_server_has_no_mark_what_is_not_held_is_not_unread() {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 51));
    page.hears(events(vec![said(50, OTHER, 50), said(51, OTHER, 51)]));
    page.hears(own_mark(0));
    assert_eq!((unread(&page), summary(&page)), ((None, 0), None));
}
