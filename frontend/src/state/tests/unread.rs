//! The line before what came while the person was away.

use super::*;

fn sees(page: &mut Page, visible: bool) {
    page.act(Action::Visible { visible });
}

fn unread(page: &Page) -> (Option<u64>, usize) {
    let room = page.chat.room.as_ref().unwrap();
    (room.unread().map(|seq| seq.0), room.unread_count())
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
    assert_eq!(unread(&page), (None, 0));
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

#[test]
fn no_line_is_drawn_where_the_first_unread_message_is_not_held() {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 51));
    page.hears(own_mark(40));
    page.hears(events(vec![said(50, OTHER, 50), said(51, OTHER, 51)]));
    assert_eq!(unread(&page), (None, 0));
    let mut older = page.clone();
    older.act(Action::WantOlder);
    let events = (41..50).map(|seq| said(seq, OTHER, seq)).collect();
    let asked = older.chat.fetching().unwrap();
    older.act(Action::HistoryPage {
        asked,
        page: Some(EventPage { events, names: Names::new(), more: true }),
    });
    assert_eq!(unread(&older), (Some(41), 11));
}
