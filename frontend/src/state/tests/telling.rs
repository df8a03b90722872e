//! How far people have read, and who is writing.

use super::*;

fn read(marks: &[(MemberId, u64)]) -> FromServer {
    FromServer::Read { marks: marks.iter().map(|(member, seq)| (*member, Seq(*seq))).collect() }
}

fn sees(page: &mut Page, follows: bool, visible: bool) {
    page.act(Action::Follow { follows });
    page.act(Action::Visible { visible });
}

/// Two are seated, the page is in sight, and the server has said what it knows.
fn watched() -> Page {
    let mut page = seated();
    page.hears(events(vec![joined(3, OTHER)]));
    sees(&mut page, true, true);
    assert_eq!(page.chat.reading(), None, "the server has not said what it knows");
    page.hears(read(&[]));
    assert_eq!(told(&page), Some(3));
    page.passes(1_000);
    page
}

fn told(page: &Page) -> Option<u64> {
    page.chat.reading().map(|(_, seq)| seq.0)
}

fn writing(page: &Page) -> Vec<MemberId> {
    page.chat.room.as_ref().unwrap().typing.clone()
}

fn types(page: &mut Page) -> Option<(u32, u64)> {
    page.act(Action::Typing);
    page.chat.typing()
}

#[test]
fn what_is_seen_is_told_at_most_once_a_second_and_only_if_it_rises() {
    let mut page = watched();
    page.hears(events(vec![said(4, OTHER, 4)]));
    assert_eq!(told(&page), Some(4));
    page.hears(events(vec![said(5, OTHER, 5)]));
    page.hears(events(vec![said(6, OTHER, 6)]));
    assert_eq!(told(&page), Some(4));
    page.passes(999);
    assert_eq!(told(&page), Some(4));
    page.passes(1);
    assert_eq!(told(&page), Some(6));
    let before = page.chat.reading();
    page.hears(read(&[(ME, 6)]));
    page.passes(5_000);
    assert_eq!(page.chat.reading(), before);
}

#[test]
fn what_is_not_on_screen_is_not_told_until_it_is() {
    for (follows, visible) in [(false, true), (true, false)] {
        let mut page = watched();
        sees(&mut page, follows, visible);
        page.hears(events(vec![said(4, OTHER, 4)]));
        page.passes(5_000);
        assert_eq!(told(&page), Some(3));
        sees(&mut page, true, true);
        assert_eq!(told(&page), Some(4));
    }
}

#[test]
fn on_a_new_connection_it_is_told_again_if_the_server_knows_less() {
    for (mark, again) in [(3, false), (2, true)] {
        let mut page = watched();
        let before = page.chat.reading();
        page.loses(1006);
        page.passes(300);
        page.hears(welcome(1, Replay::Complete, 3));
        assert_eq!(page.chat.reading(), before);
        page.hears(read(&[(ME, mark)]));
        assert_eq!((told(&page), page.chat.reading() != before), (Some(3), again));
    }
}

#[test]
fn marks_of_others_only_rise_and_say_who_has_read() {
    let mut page = watched();
    page.hears(read(&[(OTHER, 5), (ME, 3)]));
    page.hears(read(&[(OTHER, 4)]));
    let room = page.chat.room.as_ref().unwrap();
    let readers = |seq| room.readers(Seq(seq)).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((readers(5), readers(6)), (vec!["李四".to_owned()], Vec::new()));
    assert!(readers(3).is_empty(), "李四 took the seat at 3");
    page.loses(1006);
    page.passes(300);
    page.hears(welcome(9, Replay::Reset, 2));
    assert_eq!(page.chat.room.as_ref().unwrap().marks().len(), 0, "numbers of another life mean nothing");
}

#[test]
fn members_who_joined_later_are_no_readers_even_if_their_arrival_is_not_held() {
    let mut page = Page::new();
    page.connect("张三");
    let mut frame = welcome(1, Replay::Reset, 30);
    if let FromServer::Welcome { members, .. } = &mut frame {
        let name = NameRule::Common.parse("李四").unwrap();
        members.push(Member { member: OTHER, name, joined: Some(Seq(29)), muted_until: None });
    }
    page.hears(frame);
    page.hears(events(vec![said(28, ME, 28), said(29, ME, 29), said(30, ME, 30)]));
    page.hears(read(&[(OTHER, 30)]));
    let counts =
        |page: &Page| [28, 29, 30].map(|seq| page.chat.room.as_ref().unwrap().reader_count(Seq(seq)));
    assert_eq!(counts(&page), [0, 0, 1]);
    // A snapshot keeps it.
    let copy = page.chat.room.as_ref().unwrap().copy_over("").unwrap();
    let name = NameRule::Common.parse("张三").unwrap();
    let room = Room::of_copy(&copy, RoomId::Lobby, &name, Millis(0)).unwrap();
    assert_eq!([28, 29, 30].map(|seq| room.reader_count(Seq(seq))), [0, 0, 1]);
}

#[test]
fn writing_is_told_every_three_seconds_and_only_to_somebody() {
    let mut page = seated();
    assert_eq!(types(&mut page), None, "nobody is there");
    page.hears(events(vec![joined(3, OTHER)]));
    let first = types(&mut page);
    assert_eq!(first.map(|(_, at)| at), Some(page.now));
    page.passes(2_999);
    assert_eq!(types(&mut page), first);
    page.passes(1);
    assert_ne!(types(&mut page), first);
    let last = page.chat.typing();
    page.loses(1006);
    page.passes(200);
    page.now += 3_000;
    assert_eq!(types(&mut page), last, "there is nobody to tell it to");
}

#[test]
fn what_is_written_after_a_message_is_told_at_once() {
    let mut page = watched();
    let first = types(&mut page);
    page.passes(500);
    page.says(7);
    assert_eq!(types(&mut page).map(|(_, at)| at), Some(page.now));
    assert_ne!(page.chat.typing(), first);
}

#[test]
fn who_is_writing_is_said_for_five_seconds_and_never_of_oneself() {
    let mut page = watched();
    page.hears(FromServer::Typing { by: vec![ME, OTHER] });
    assert_eq!(writing(&page), [OTHER]);
    page.passes(4_999);
    assert_eq!(writing(&page), [OTHER]);
    page.passes(1);
    assert_eq!(writing(&page), []);
    page.hears(FromServer::Typing { by: vec![OTHER] });
    page.hears(FromServer::Typing { by: vec![] });
    assert_eq!(writing(&page), [], "the newest counts");
}

#[test]
fn whose_message_has_come_is_no_longer_said_to_be_writing_it() {
    let mut page = watched();
    page.hears(FromServer::Typing { by: vec![OTHER, MemberId(9)] });
    page.hears(events(vec![said(4, OTHER, 4)]));
    assert_eq!(writing(&page), [MemberId(9)]);
    page.loses(1006);
    page.passes(300);
    page.hears(welcome(1, Replay::Complete, 4));
    assert_eq!(writing(&page), [], "what was heard before the loss is old");
}

#[test]
fn what_another_device_has_read_is_read() {
    let mut page = seated();
    assert_eq!(page.chat.read_to(), None, "the server has not said");
    page.hears(FromServer::Read { marks: vec![(ME, Seq(1)), (OTHER, Seq(9))] });
    assert_eq!(page.chat.read_to(), Some((ME, Seq(1))));
    page.hears(FromServer::Read { marks: vec![(ME, Seq(2))] });
    assert_eq!(page.chat.read_to(), Some((ME, Seq(2))));
    page.hears(events(vec![joined(3, OTHER), said(4, OTHER, 4)]));
    page.act(Action::Visible { visible: true });
    page.passes(1_000);
    assert_eq!(page.chat.reading().map(|(_, seq)| seq), Some(Seq(4)));
    assert_eq!(page.chat.read_to(), Some((ME, Seq(4))), "what was told is known");
    page.loses(1006);
    assert_eq!(page.chat.read_to(), None);
}
