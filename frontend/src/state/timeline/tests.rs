//! What is held of a log, for one history each.

use shared::{GoneWhy, Text};

use super::*;

fn id(n: u64) -> MessageId {
    MessageId::new(Millis(n), &[0; 10])
}

fn event(seq: u64, fact: Fact) -> Event {
    Event { seq: Seq(seq), at: Millis(seq * 1_000), fact }
}

fn said(seq: u64, text: &str) -> Event {
    let text = Text::parse(text).unwrap();
    event(seq, Fact::Said { by: MemberId(1), id: id(seq), text, reply_to: None, edited: None })
}

fn edited(seq: u64, target: u64, text: &str) -> Event {
    let text = Text::parse(text).unwrap();
    event(seq, Fact::Edited { by: MemberId(1), id: id(seq), target: Seq(target), text })
}

fn log(events: Vec<Event>) -> Log {
    let mut log = Log::default();
    for event in events {
        assert_eq!(log.fold(event), Ok(true));
    }
    log
}

fn text(log: &Log, index: usize) -> (&str, bool) {
    match &log.entries()[index].body {
        EntryKind::Message(said) => (&said.text, said.edited.is_some()),
        other => panic!("not a message: {other:?}"),
    }
}

#[test]
fn the_first_event_may_have_any_number_and_then_there_are_no_holes() {
    let mut log = log(vec![said(7, "一"), said(8, "二")]);
    assert_eq!(log.fold(said(8, "二")), Ok(false));
    assert_eq!(log.fold(said(10, "四")), Err(SequenceGap));
    assert_eq!((log.last(), log.entries().len()), (Some(Seq(8)), 2));
}

#[test]
fn an_edit_replaces_the_text_in_its_place_and_takes_a_number() {
    let log = log(vec![said(1, "旧"), said(2, "别的"), edited(3, 1, "新"), said(4, "又")]);
    assert_eq!(text(&log, 0), ("新", true));
    assert_eq!(text(&log, 1), ("别的", false));
    assert_eq!((log.entries().len(), log.last()), (3, Some(Seq(4))));
}

#[test]
fn an_edit_that_the_message_already_has_changes_nothing() {
    let mut first = said(1, "最新");
    if let Fact::Said { edited, .. } = &mut first.fact {
        *edited = Some(Edit { seq: Seq(3), at: Millis(3) });
    }
    assert_eq!(text(&log(vec![first, edited(2, 1, "中间"), edited(3, 1, "最新")]), 0), ("最新", true));
}

#[test]
fn a_recall_leaves_a_notice_where_the_message_stood() {
    let recall = event(2, Fact::Recalled { by: MemberId(2), id: id(2), target: Seq(1) });
    let log = log(vec![said(1, "话"), recall, edited(3, 1, "不该出现")]);
    assert_eq!(log.entries()[0].body, recalled_entry(2, 1));
}

#[test]
fn what_is_gone_leaves_a_notice_only_if_it_was_a_message() {
    let gone = |seq, of| {
        let why = GoneWhy::Recalled;
        event(seq, Fact::Gone { by: MemberId(1), id: id(seq), of, why, recalled_by: Some(MemberId(2)) })
    };
    let log = log(vec![gone(1, GoneKind::Said), gone(2, GoneKind::Edited)]);
    assert_eq!(log.entries().len(), 1);
    assert_eq!(log.entries()[0].body, recalled_entry(2, 1));
    assert_eq!(log.last(), Some(Seq(2)));
}

#[test]
fn what_speaks_of_something_not_held_is_counted_and_changes_nothing() {
    let log = log(vec![said(50, "一"), edited(51, 3, "早就不在")]);
    assert_eq!((text(&log, 0), log.last()), (("一", false), Some(Seq(51))));
}

fn recalled_entry(by: u32, author: u32) -> EntryKind {
    EntryKind::Recalled { by: MemberId(by), author: MemberId(author) }
}

fn entries(log: &Log) -> Vec<u64> {
    log.entries().iter().map(|entry| entry.seq.0).collect()
}

fn recalled(seq: u64, target: u64) -> Event {
    event(seq, Fact::Recalled { by: MemberId(1), id: id(seq), target: Seq(target) })
}

#[test]
fn the_list_is_cut_where_it_is_oldest_and_what_was_cut_can_be_asked_for() {
    let mut log = log((1..=KEPT as u64 + 5).map(|seq| said(seq, "话")).collect());
    assert_eq!((log.entries().len(), log.older()), (KEPT + 5, HistoryState::Beginning));
    log.trim();
    assert_eq!((log.entries().len(), log.first(), log.older()), (KEPT, Some(Seq(6)), HistoryState::More));
    log.want_older();
    log.prepend((1..=5).map(|seq| said(seq, "话")).collect(), false);
    assert_eq!((log.entries().len(), log.older()), (KEPT + 5, HistoryState::Beginning));
}

#[test]
fn an_older_page_goes_in_front_and_says_whether_there_is_more() {
    let mut log = log(vec![said(7, "七"), edited(8, 7, "新")]);
    log.want_older();
    assert_eq!(log.older(), HistoryState::Loading);
    log.prepend(vec![edited(5, 2, "不在这页"), said(6, "六")], true);
    assert_eq!((entries(&log), log.first(), log.older()), (vec![6, 7], Some(Seq(5)), HistoryState::More));
    log.want_older();
    log.prepend(vec![said(4, "四")], false);
    assert_eq!((entries(&log), log.older()), (vec![4, 6, 7], HistoryState::Beginning));
    assert_eq!((text(&log, 2), log.last()), (("新", true), Some(Seq(8))));
    log.want_older();
    assert_eq!(log.older(), HistoryState::Beginning, "there is nothing to ask for");
}

#[test]
fn an_empty_page_is_the_beginning_and_number_one_needs_no_page() {
    let mut later = log(vec![said(7, "七")]);
    later.want_older();
    later.prepend(Vec::new(), false);
    assert_eq!((later.older(), entries(&later)), (HistoryState::Beginning, vec![7]));
    assert_eq!(log(vec![said(1, "一")]).older(), HistoryState::Beginning);
    let mut empty = Log::default();
    empty.want_older();
    assert_eq!(empty.older(), HistoryState::More, "nothing is held that a page could be put in front of");
}

#[test]
fn a_page_that_does_not_fit_is_not_taken_and_can_be_asked_for_again() {
    for page in [vec![said(5, "五")], vec![said(6, "六"), said(7, "七")], vec![said(4, "四"), said(6, "六")]]
    {
        let mut log = log(vec![said(7, "七")]);
        log.want_older();
        log.prepend(page, true);
        assert_eq!((entries(&log), log.older()), (vec![7], HistoryState::Failed));
        log.want_older();
        assert_eq!(log.older(), HistoryState::Loading);
    }
}

#[test]
fn what_was_changed_while_its_page_was_on_its_way_does_not_come_back() {
    let mut log = log(vec![said(7, "七")]);
    log.want_older();
    for change in [edited(8, 4, "改了"), recalled(9, 5), edited(10, 5, "不该出现"), edited(11, 6, "晚了")]
    {
        log.fold(change).unwrap();
    }
    let mut newest = said(6, "最新");
    if let Fact::Said { edited, .. } = &mut newest.fact {
        *edited = Some(Edit { seq: Seq(12), at: Millis(12) });
    }
    log.prepend(vec![said(4, "旧"), said(5, "秘密"), newest], true);
    assert_eq!(text(&log, 0), ("改了", true));
    assert_eq!(log.entries()[1].body, recalled_entry(1, 1));
    assert_eq!(text(&log, 2), ("最新", true), "the page knew of a later edit already");
    log.fold(edited(12, 6, "最新")).unwrap();
    assert_eq!(text(&log, 2), ("最新", true));
}

#[test]
fn a_change_seen_before_the_page_is_asked_for_is_in_the_page_and_not_kept() {
    let mut log = log(vec![said(7, "七"), edited(8, 6, "一"), edited(9, 6, "二")]);
    log.want_older();
    let mut newest = said(6, "二");
    if let Fact::Said { edited, .. } = &mut newest.fact {
        *edited = Some(Edit { seq: Seq(9), at: Millis(9) });
    }
    assert!(log.overtaking.is_empty());
    log.prepend(vec![newest], true);
    assert_eq!(text(&log, 0), ("二", true));
}

/// What the server sends of an event when the log has come to `tail`.
pub(in crate::state) fn served(all: &[Event], event: &Event, tail: u64) -> Event {
    let stored = || all.iter().filter(|event| event.seq.0 <= tail);
    let target = match event.fact {
        Fact::Edited { target, .. } => target,
        _ => event.seq,
    };
    let recalled = stored().find_map(|later| match later.fact {
        Fact::Recalled { by, target: it, .. } if it == target => Some(by),
        _ => None,
    });
    let newest = stored().rev().find_map(|later| match &later.fact {
        Fact::Edited { target: it, text, .. } if *it == target => Some((text, later)),
        _ => None,
    });
    let mut event = event.clone();
    let by = match event.fact {
        Fact::Said { by, .. } | Fact::Edited { by, .. } => by,
        _ => MemberId(1),
    };
    let gone = |of, why| Fact::Gone { by, id: id(event.seq.0), of, why, recalled_by: recalled };
    match (&mut event.fact, newest) {
        (Fact::Said { .. }, _) if recalled.is_some() => event.fact = gone(GoneKind::Said, GoneWhy::Recalled),
        (Fact::Edited { .. }, _) if recalled.is_some() => {
            event.fact = gone(GoneKind::Edited, GoneWhy::Recalled);
        }
        (Fact::Edited { .. }, Some((_, later))) if later.seq != event.seq => {
            event.fact = gone(GoneKind::Edited, GoneWhy::EditedAgain);
        }
        (Fact::Said { text, edited, .. }, Some((newest, later))) => {
            *text = newest.clone();
            *edited = Some(Edit { seq: later.seq, at: later.at });
        }
        _ => {}
    }
    event
}

#[test]
fn whenever_a_page_is_asked_for_made_and_heard_the_log_is_the_same() {
    let mut all: Vec<_> = (1..=6).map(|seq| said(seq, "话")).collect();
    all.extend([edited(7, 2, "一改"), recalled(8, 3), edited(9, 2, "二改"), said(10, "又"), recalled(11, 2)]);
    all.extend([edited(12, 5, "三改"), edited(13, 5, "四改"), recalled(14, 10)]);
    let end = all.len();
    let truth = log(all.clone());
    for first in 1..end {
        for asked in first + 1..=end {
            for made in asked..=end {
                for heard in made..=end {
                    let mut log = log(all[first..asked].to_vec());
                    log.want_older();
                    all[asked..heard].iter().for_each(|event| assert_eq!(log.fold(event.clone()), Ok(true)));
                    let page = all[..first].iter().map(|event| served(&all, event, made as u64));
                    log.prepend(page.collect(), false);
                    all[heard..].iter().for_each(|event| assert_eq!(log.fold(event.clone()), Ok(true)));
                    let place = (first, asked, made, heard);
                    assert_eq!(log.entries(), truth.entries(), "{place:?}");
                }
            }
        }
    }
}
