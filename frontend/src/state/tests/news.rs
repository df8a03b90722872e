//! What came while the person looked elsewhere.

use super::*;
use crate::state::{NotificationAction, UnseenMessages};

fn look(page: &mut Page, visible: bool) {
    page.act(Action::Visible { visible });
}

fn follow(page: &mut Page, follows: bool) {
    page.act(Action::Follow { follows });
}

fn news(page: &Page) -> Option<(usize, u64, String)> {
    page.chat.news().map(|news| (news.count, news.seq.0, format!("{}:{}", news.name, news.text)))
}

fn pair() -> Page {
    let mut page = seated();
    look(&mut page, true);
    page.hears(events(vec![joined(3, OTHER), said(4, OTHER, 4)]));
    page
}

#[test]
fn what_others_say_is_news_until_one_looks() {
    let mut page = pair();
    assert_eq!(news(&page), None);
    look(&mut page, false);
    page.hears(events(vec![said(5, ME, 5), joined(6, MemberId(3))]));
    assert_eq!(news(&page), None, "own messages and notices are none");
    page.hears(events(vec![said(7, OTHER, 7), said(8, OTHER, 8), said(9, ME, 9)]));
    assert_eq!(news(&page), Some((2, 8, "李四:第8条".to_owned())));
    assert_eq!(page.chat.news().map(|news| news.first), Some(Seq(7)));
    look(&mut page, true);
    assert_eq!(news(&page), None);

    follow(&mut page, false);
    page.hears(events(vec![said(10, OTHER, 10)]));
    assert_eq!(news(&page), Some((1, 10, "李四:第10条".to_owned())), "above the end it is not seen");
    follow(&mut page, true);
    assert_eq!(news(&page), None);
}

#[test]
fn news_has_no_characters_that_turn_its_direction() {
    let mut page = pair();
    look(&mut page, false);
    let text = Text::parse("a\u{202e}gpj.exe").unwrap();
    let fact = Fact::Said { by: OTHER, id: id(5), text, reply_to: None, edited: None };
    page.hears(events(vec![Event { seq: Seq(5), at: Millis(5), fact }]));
    assert_eq!(news(&page), Some((1, 5, "李四:agpj.exe".to_owned())));
}

#[test]
fn what_is_taken_back_is_no_news() {
    let mut page = pair();
    look(&mut page, false);
    page.hears(events(vec![said(5, OTHER, 5), said(6, OTHER, 6)]));
    let recall = |seq, target| Event {
        seq: Seq(seq),
        at: Millis(seq),
        fact: Fact::Recalled { by: OTHER, id: id(seq), target: Seq(target) },
    };
    page.hears(events(vec![recall(7, 6)]));
    assert_eq!(news(&page), Some((1, 5, "李四:第5条".to_owned())));
    page.hears(events(vec![recall(8, 5)]));
    assert_eq!(news(&page), None);
}

#[test]
fn what_was_there_when_the_page_came_is_no_news_and_what_follows_is() {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 4));
    page.hears(events(vec![joined(3, OTHER), said(4, OTHER, 4)]));
    assert_eq!(news(&page), None);
    page.hears(events(vec![said(5, OTHER, 5)]));
    assert_eq!(news(&page), Some((1, 5, "李四:第5条".to_owned())), "also of a page nobody has looked at");

    page.loses(1006);
    page.passes(1_000);
    page.hears(welcome(1, Replay::Complete, 6));
    page.hears(events(vec![said(6, OTHER, 6)]));
    assert_eq!(news(&page).map(|(count, ..)| count), Some(2), "what came while the line was cut");

    page.loses(1006);
    page.passes(1_000);
    page.hears(welcome(2, Replay::Reset, 2));
    page.hears(events(vec![joined(1, OTHER), said(2, OTHER, 2)]));
    assert_eq!(news(&page), None, "another life of the room");
    page.hears(events(vec![said(3, OTHER, 3)]));
    assert_eq!(news(&page).map(|(count, ..)| count), Some(1));
}

#[test]
fn what_is_seen_in_another_window_is_no_news_here() {
    let mut page = pair();
    look(&mut page, false);
    page.hears(events(vec![said(5, OTHER, 5), said(6, OTHER, 6)]));
    page.hears(FromServer::Read { marks: vec![(OTHER, Seq(6)), (ME, Seq(5))] });
    assert_eq!(news(&page), Some((1, 6, "李四:第6条".to_owned())));
    page.hears(FromServer::Read { marks: vec![(ME, Seq(8))] });
    assert_eq!(news(&page), None);
    page.hears(events(vec![said(7, OTHER, 7), said(8, OTHER, 8)]));
    assert_eq!(news(&page), None, "its mark came before what it marks");
    page.hears(events(vec![said(9, OTHER, 9)]));
    assert_eq!(news(&page), Some((1, 9, "李四:第9条".to_owned())));
}

#[test]
fn what_came_before_a_welcome_that_begins_anew_is_news_as_before() {
    let mut page = pair();
    look(&mut page, false);
    page.hears(events(vec![said(5, OTHER, 5)]));
    page.loses(1006);
    page.passes(1_000);
    page.hears(welcome(1, Replay::Reset, 2_000));
    page.hears(events(vec![joined(1_901, OTHER)]));
    page.hears(events((1_902..=2_000).map(|n| said(n, OTHER, n)).collect()));
    assert_eq!(news(&page), Some((99, 2_000, "李四:第2000条".to_owned())));
}

#[test]
fn one_is_called_for_what_is_newer_and_for_nothing_else() {
    let news = |count, seq, text: &str| {
        Some(UnseenMessages { count, first: Seq(5), seq: Seq(seq), name: "李四".into(), text: text.into() })
    };
    let of = |before: Option<UnseenMessages>, news: Option<UnseenMessages>| {
        NotificationAction::of(before.as_ref(), news.as_ref())
    };
    assert_eq!(of(None, None), None);
    assert_eq!(of(None, news(1, 5, "在吗")), Some(NotificationAction::Notify));
    assert_eq!(of(news(1, 5, "在吗"), news(2, 6, "喂")), Some(NotificationAction::Notify));
    assert_eq!(of(news(2, 6, "喂"), news(2, 6, "喂")), None);
    assert_eq!(of(news(2, 6, "喂"), news(2, 6, "喂喂")), Some(NotificationAction::Update), "it was edited");
    assert_eq!(
        of(news(2, 6, "喂"), news(1, 6, "喂")),
        Some(NotificationAction::Update),
        "one before it was taken back"
    );
    assert_eq!(
        of(news(2, 6, "喂"), news(1, 5, "在吗")),
        Some(NotificationAction::Update),
        "it was taken back"
    );
    assert_eq!(of(news(1, 5, "在吗"), None), Some(NotificationAction::Dismiss));
}
