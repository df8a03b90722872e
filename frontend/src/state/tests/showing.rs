//! What was shown is shown again, before the server has answered.

use shared::{Edit, LeftWhy};

use super::*;
use crate::state::timeline::EntryKind;

pub(super) fn link_welcome(epoch: u8, replay: Replay, tail: u64) -> FromServer {
    let mut frame = welcome(epoch, replay, tail);
    if let FromServer::Welcome { room, .. } = &mut frame {
        (room.id, room.title, room.capacity) = (LINK, Some("“周末”\n爬山".to_owned()), 5);
    }
    frame
}

fn event(seq: u64, fact: Fact) -> Event {
    Event { seq: Seq(seq), at: Millis(1_000 + seq), fact }
}

fn text(text: &str) -> Text {
    Text::parse(text).unwrap()
}

/// In a room by link, where all sorts of things have happened.
fn lively() -> Page {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(link_welcome(1, Replay::Reset, 14));
    let by = OTHER;
    let reply_to = Some(Seq(5));
    page.hears(FromServer::Events {
        events: vec![
            event(1, Fact::Opened { capacity: 5, title: None }),
            joined(2, ME),
            joined(3, OTHER),
            said(4, OTHER, 4),
            event(
                5,
                Fact::Said { by, id: id(5), text: text("\"5\"\\\n<b>\t五"), reply_to: None, edited: None },
            ),
            event(6, Fact::Said { by: ME, id: id(6), text: text("六"), reply_to, edited: None }),
            event(7, Fact::Edited { by: ME, id: id(7), target: Seq(6), text: text("六六") }),
            event(8, Fact::Recalled { by: ME, id: id(8), target: Seq(4) }),
            event(9, Fact::Locked { by, id: id(9), locked: true }),
            event(10, Fact::Set { by, id: id(10), title: None, slow_s: Some(3) }),
            event(
                11,
                Fact::Joined {
                    member: MemberId(3),
                    name: NameRule::Common.parse("王五").unwrap(),
                    host: false,
                },
            ),
            event(12, Fact::Left { member: MemberId(3), why: LeftWhy::Removed }),
            event(13, Fact::Locked { by, id: id(13), locked: false }),
            event(14, Fact::Edited { by: ME, id: id(14), target: Seq(6), text: text("六六六") }),
        ],
        names: Names::new(),
    });
    page.hears(FromServer::Read { marks: vec![(ME, Seq(14)), (OTHER, Seq(6))] });
    page
}

fn copy(page: &Page) -> String {
    assert!(page.chat.snapshot_key().is_some());
    page.chat.room.as_ref().unwrap().copy_over("").unwrap()
}

/// A page that is opened with what another one kept.
fn opened(before: &Page, copy: &str) -> Page {
    let chat = ChatState::restore(
        LINK,
        before.chat.kept(),
        (*before.chat.outbox).clone(),
        before.now,
        Millis(before.now),
    );
    let stored = chat.kept();
    Page { chat: chat.with_snapshot(copy, before.now), now: before.now, stored, effects: Vec::new() }
}

#[test]
fn what_was_shown_is_shown_again_and_gone_on_from() {
    let before = lively();
    let mut page = opened(&before, &copy(&before));
    let (old, new) = (before.chat.room.as_deref().unwrap(), page.chat.room.as_deref().unwrap());
    assert_eq!(new.log, old.log);
    assert_eq!((&new.facts, new.me, new.host, &new.seated), (&old.facts, ME, false, &old.seated));
    assert_eq!(new.marks(), old.marks());
    assert_eq!(new.name(MemberId(3)).map(|name| &**name), Some("王五"));
    assert!(new.online.is_empty() && new.own_mark.is_none_or(|mark| mark == Seq::default()));
    assert!(page.chat.in_room() && page.chat.snapshot_key().is_none() && page.chat.reading().is_none());
    let edit = Edit { seq: Seq(14), at: Millis(1_014) };
    assert!(new.log.said(Seq(6)).is_some_and(|said| said.edited == Some(edit) && *said.text == *"六六六"));

    assert_eq!(page.join().after, before.join().after);
    page.hears(link_welcome(1, Replay::Complete, 16));
    page.hears(events(vec![
        event(15, Fact::Recalled { by: OTHER, id: id(15), target: Seq(5) }),
        event(16, Fact::Edited { by: ME, id: id(16), target: Seq(6), text: text("七") }),
    ]));
    let room = page.chat.room.clone().unwrap();
    assert_eq!(room.log.entries().of(Seq(5)).unwrap().body, EntryKind::Recalled { by: OTHER, author: OTHER });
    assert!(room.log.said(Seq(6)).is_some_and(|said| *said.text == *"七"));
    assert_eq!((room.name(OTHER).map(|name| &**name), room.online.contains(&ME)), (Some("李四"), true));
    assert!(!copy(&page).contains("<b>"), "what was taken back is kept no more");
}

#[test]
fn mutes_are_shown_again_and_hold() {
    let mut before = lively();
    let mute = |n, until| event(n, Fact::Muted { by: OTHER, id: id(n), member: ME, until });
    before.hears(events(vec![mute(15, Some(Millis(1_500))), mute(16, None), mute(17, Some(Millis(9_000)))]));
    let page = opened(&before, &copy(&before));
    let (old, new) = (before.chat.room.as_deref().unwrap(), page.chat.room.as_deref().unwrap());
    assert_eq!((&new.log, new.muted_until(ME)), (&old.log, Some(Millis(9_000))));
}

#[test]
fn a_backup_is_offered_once_something_of_ones_own_stands_there() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(link_welcome(1, Replay::Reset, 3));
    page.hears(events(vec![joined(1, ME), joined(2, OTHER), said(3, OTHER, 3)]));
    assert!(!page.chat.offers_backup());
    page.hears(events(vec![said(4, ME, 4)]));
    assert!(page.chat.offers_backup());
    let room = Rc::make_mut(page.chat.room.as_mut().unwrap());
    room.host = true;
    assert!(!page.chat.offers_backup(), "the host has been given a link of their own");
    assert!(!seated().chat.offers_backup(), "a seat in the lobby is gone with its window");
}

#[test]
fn notices_do_not_crowd_messages_out_of_the_copy() {
    let mut before = Page { chat: ChatState::new(LINK), ..Page::new() };
    before.connect("张三");
    before.hears(link_welcome(1, Replay::Reset, 3));
    let left = |seq| event(seq, Fact::Left { member: OTHER, why: LeftWhy::Asked });
    let come_and_go = (2..80).flat_map(|n| [joined(2 * n, OTHER), left(2 * n + 1)]);
    before.hears(events([joined(2, ME), said(3, ME, 1)].into_iter().chain(come_and_go).collect()));
    let page = opened(&before, &copy(&before));
    assert!(page.chat.room.as_deref().unwrap().said(Seq(3)).is_some());
}

#[test]
fn only_the_newest_texts_are_kept() {
    let kept = copy(&lively());
    assert!(kept.contains("六六六") && kept.contains("<b>"));
    for gone in ["第4条", "\"六\"", "\"六六\""] {
        assert!(!kept.contains(gone), "{gone}");
    }
}

#[test]
fn a_copy_is_bounded_and_what_is_older_can_be_asked_for() {
    let mut page = lively();
    page.hears(events((15..1_015).map(|n| said(n, OTHER, n)).collect()));
    let many = opened(&page, &copy(&page));
    assert_eq!(many.seqs(), (955..1_015).collect::<Vec<_>>());
    assert_eq!(many.chat.room.as_ref().unwrap().older(), HistoryState::More);

    let long = |n| {
        let text = text(&"长".repeat(4_000));
        event(n, Fact::Said { by: OTHER, id: id(n), text, reply_to: None, edited: None })
    };
    page.hears(events((1_015..1_025).map(long).collect()));
    assert!(copy(&page).len() < 40_000, "{}", copy(&page).len());
    assert_eq!(opened(&page, &copy(&page)).seqs(), [1_023, 1_024]);

    let edits = (1_025..2_025)
        .map(|n| event(n, Fact::Edited { by: OTHER, id: id(n), target: Seq(1_024), text: text("短") }));
    page.hears(events(edits.collect()));
    assert!(copy(&page).len() < 40_000, "{}", copy(&page).len());
    assert!(opened(&page, &copy(&page)).seqs().is_empty(), "nothing of it is left to be drawn");
    assert_eq!(opened(&page, &copy(&page)).join().after.map(|after| after.seq), Some(Seq(2_024)));
}

#[test]
fn a_copy_that_makes_no_sense_or_is_not_this_page_s_is_not_shown() {
    let before = lively();
    let kept = copy(&before);
    for (end, _) in kept.char_indices() {
        assert!(opened(&before, &kept[..end]).chat.room.is_none(), "{}", &kept[..end]);
    }
    assert!(opened(&before, &kept.replacen('2', "1", 1)).chat.room.is_none(), "another form");
    assert!(opened(&before, &kept.replace("\"seq\":9,", "\"seq\":8,")).chat.room.is_none());

    let seat = Session { name: NameRule::Common.parse("李四").unwrap(), token: Token::new(&[1; 32]) };
    let other =
        ChatState::restore(LINK, super::kept(&seat), Outbox::default(), 0, Millis(0)).with_snapshot(&kept, 0);
    assert!(other.room.is_none(), "somebody else's seat");
    let id = RoomId::Link([8; 16]);
    assert!(
        ChatState::restore(id, before.chat.kept(), Outbox::default(), 0, Millis(0))
            .with_snapshot(&kept, 0)
            .room
            .is_none()
    );
    assert!(ChatState::new(LINK).with_snapshot(&kept, 0).room.is_none(), "nobody's seat");
    let lobby = seated().chat;
    assert_eq!(lobby.snapshot_key(), None);
    let kept = lobby.room.as_ref().unwrap().copy_over("").unwrap();
    assert!(
        ChatState::restore(RoomId::Lobby, lobby.kept(), Outbox::default(), 0, Millis(0))
            .with_snapshot(&kept, 0)
            .room
            .is_none()
    );
}

#[test]
fn what_is_shown_goes_when_the_room_began_anew_or_one_is_somebody_else_there() {
    let before = lively();
    let mut page = opened(&before, &copy(&before));
    page.hears(link_welcome(2, Replay::Reset, 3));
    assert!(page.seqs().is_empty());

    let mut page = opened(&before, &copy(&before));
    let mut frame = link_welcome(1, Replay::Complete, 14);
    if let FromServer::Welcome { you, .. } = &mut frame {
        you.member = OTHER;
    }
    page.hears(frame);
    assert!(page.seqs().is_empty());
}

#[test]
fn what_is_written_before_the_welcome_is_for_those_who_are_shown() {
    let before = lively();
    let mut page = opened(&before, &copy(&before));
    page.says(20);
    let mut same = page.clone();
    same.hears(link_welcome(1, Replay::Complete, 14));
    assert_eq!(same.turn(), Some(id(20)));
    page.hears(link_welcome(2, Replay::Reset, 3));
    assert_eq!(page.turn(), None);
    assert_eq!(page.chat.outbox.items()[0].state, DeliveryState::Moved);
}

#[test]
fn a_window_that_is_behind_keeps_no_copy_over_one_that_reaches_further() {
    let behind = lively();
    let mut ahead = behind.clone();
    ahead.hears(events(vec![event(15, Fact::Recalled { by: OTHER, id: id(15), target: Seq(5) })]));
    let over = |page: &Page, kept: &str| page.chat.room.as_ref().unwrap().copy_over(kept);
    assert_eq!(over(&behind, &copy(&ahead)), None);
    assert_eq!(over(&ahead, &copy(&behind)), Some(copy(&ahead)));
    assert_eq!(over(&behind, &copy(&behind)), Some(copy(&behind)));
    for torn in ["", "1\n", "2 ", "2 \"", "2 x 99\n"] {
        assert_eq!(over(&behind, torn), Some(copy(&behind)), "{torn}");
    }
    let mut anew = lively();
    anew.hears(link_welcome(2, Replay::Reset, 2));
    anew.hears(events(vec![joined(1, ME), joined(2, OTHER)]));
    assert_eq!(over(&anew, &copy(&ahead)), Some(copy(&anew)), "another life of the room");
}

#[test]
fn nothing_is_kept_while_the_server_is_not_heard() {
    let mut page = lively();
    page.loses(1006);
    assert_eq!(page.chat.snapshot_key(), None);
    page.passes(300);
    assert_eq!(page.chat.snapshot_key(), None);
    page.hears(link_welcome(1, Replay::Complete, 14));
    assert_eq!(page.chat.snapshot_key().map(|(_, seq, _)| seq), Some(Seq(14)));
}
