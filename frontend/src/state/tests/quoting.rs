//! Messages that are quoted and not held.

use super::*;
use crate::state::timeline::EntryKind;

/// In a room of 1,000 messages of which the newest 100 are held.
fn long() -> Page {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 1_000));
    page.hears(events((901..=1_000).map(|seq| said(seq, OTHER, seq)).collect()));
    page
}

fn want(page: &mut Page, seq: u64) {
    page.act(Action::Browse(Browse::Quoted(Seq(seq))));
}

fn wanted(page: &Page) -> Option<PageRange> {
    page.chat.fetching().map(|(_, page)| page)
}

fn arrives(page: &mut Page, page_of: Option<Vec<Event>>) {
    let asked = page.chat.fetching().expect("a page is wanted");
    let page_of = page_of.map(|events| EventPage { events, names: Names::new(), more: true });
    page.act(Action::HistoryPage { asked, page: page_of });
}

fn text(page: &Page, seq: u64) -> Option<String> {
    Some(page.chat.room.as_ref()?.said(Seq(seq))?.text.to_string())
}

fn change(seq: u64, fact: Fact) -> FromServer {
    events(vec![Event { seq: Seq(seq), at: Millis(seq), fact }])
}

#[test]
fn quoted_messages_are_loaded_one_by_one() {
    let mut page = long();
    for seq in [30, 20, 30] {
        want(&mut page, seq);
    }
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(29), 1)));
    let fetches = page.effects.iter().filter(|effect| matches!(effect, Effect::FetchHistory { .. }));
    assert_eq!(fetches.count(), 0, "it was asked for before");
    arrives(&mut page, Some(vec![said(30, OTHER, 30)]));
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(19), 1)));
    arrives(&mut page, Some(vec![said(20, OTHER, 20)]));
    assert_eq!(
        (wanted(&page), text(&page, 30), text(&page, 20)),
        (None, Some("第30条".into()), Some("第20条".into()))
    );
    assert_eq!(page.seqs().first(), Some(&901), "the list does not have them");
}

#[test]
fn each_of_very_many_quoted_messages_is_asked_for_once() {
    let mut page = long();
    let mut asked = Vec::new();
    // A very high window draws all of them, and wants what is missing after each answer.
    while asked.len() < 400 {
        for seq in 1..=300 {
            if text(&page, seq).is_none() {
                want(&mut page, seq);
            }
        }
        let Some(PageRange { after: Some(after), .. }) = wanted(&page) else { break };
        asked.push(after.next());
        arrives(&mut page, Some(vec![said(after.0 + 1, OTHER, after.0 + 1)]));
    }
    assert_eq!(asked, (1..=300).map(Seq).collect::<Vec<_>>());
}

#[test]
fn what_the_person_waits_for_comes_first() {
    let mut page = long();
    want(&mut page, 30);
    page.act(Action::WantOlder);
    assert_eq!(wanted(&page), Some(PageRange::before(Seq(901), 100)));
    arrives(&mut page, Some((801..=900).map(|seq| said(seq, OTHER, seq)).collect()));
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(29), 1)));
}

#[test]
fn edits_and_recalls_change_a_quoted_message_also_while_it_is_on_its_way() {
    let mut page = long();
    want(&mut page, 30);
    let edited =
        |text| Fact::Edited { by: OTHER, id: id(2), target: Seq(30), text: Text::parse(text).unwrap() };
    page.hears(change(1_001, edited("改过")));
    arrives(&mut page, Some(vec![said(30, OTHER, 30)]));
    assert_eq!(text(&page, 30).as_deref(), Some("改过"));
    page.hears(change(1_002, edited("又改")));
    assert_eq!(text(&page, 30).as_deref(), Some("又改"));
    page.hears(change(1_003, Fact::Recalled { by: OTHER, id: id(3), target: Seq(30) }));
    let entry = page.chat.room.as_ref().unwrap().entry(Seq(30)).unwrap().body.clone();
    assert_eq!(entry, EntryKind::Recalled { by: OTHER, author: OTHER });
}

#[test]
fn message_that_is_not_kept_or_does_not_come_is_not_asked_for_again_on_this_connection() {
    let mut page = long();
    want(&mut page, 30);
    arrives(&mut page, Some(vec![said(500, OTHER, 500)]));
    want(&mut page, 30);
    assert_eq!((wanted(&page), text(&page, 30)), (None, None));
    want(&mut page, 40);
    arrives(&mut page, None);
    want(&mut page, 40);
    assert_eq!(wanted(&page), None);
    page.loses(1006);
    page.act(Action::Wake);
    page.hears(welcome(1, Replay::Complete, 1_000));
    want(&mut page, 40);
    assert_eq!(wanted(&page), Some(PageRange::after(Seq(39), 1)));
}
