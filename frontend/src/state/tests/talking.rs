//! What is said, by others and by oneself, with and without a connection.

use super::*;

#[test]
fn every_message_reaches_the_state_however_many_come_at_once() {
    let mut page = seated();
    page.hears(events((3..100).map(|seq| said(seq, OTHER, seq)).collect()));
    page.hears(events(vec![said(100, OTHER, 100), said(101, OTHER, 101)]));
    assert_eq!(page.seqs(), (2..=101).collect::<Vec<_>>());
}

#[test]
fn own_messages_go_one_at_a_time_and_are_confirmed_by_their_own_event() {
    let mut page = seated();
    page.says(1);
    page.says(2);
    assert_eq!(page.turn(), Some(id(1)));
    page.hears(events(vec![said(3, OTHER, 1)]));
    assert_eq!(page.turn(), Some(id(1)), "another's event with the same id confirms nothing");
    page.hears(events(vec![said(4, ME, 1)]));
    assert_eq!(page.turn(), Some(id(2)));
    page.hears(FromServer::Stored { id: id(2), seq: Seq(5) });
    assert_eq!((page.turn(), page.chat.outbox.items().len()), (None, 1));
    page.hears(events(vec![said(5, ME, 2)]));
    assert_eq!(page.chat.outbox.items().len(), 0);
}

#[test]
fn written_while_away_it_goes_out_once_in_order_when_the_connection_is_back() {
    let mut page = seated();
    page.says(1);
    page.loses(1006);
    page.says(2);
    assert_eq!(page.turn(), None);
    page.passes(300);
    let join = page.join();
    assert_eq!(join.after.map(|after| after.seq), Some(Seq(2)));
    assert_eq!(page.turn(), None, "not before the welcome");
    page.hears(welcome(1, Replay::Complete, 3));
    assert_eq!(page.turn(), Some(id(1)), "the first may be lost: the same id again");
    page.hears(FromServer::Stored { id: id(1), seq: Seq(3) });
    page.hears(events(vec![said(3, ME, 1)]));
    assert_eq!(page.turn(), Some(id(2)));
    assert_eq!(page.seqs(), [2, 3]);
}

#[test]
fn a_pause_ends_by_itself_with_the_same_message() {
    let mut page = seated();
    page.says(1);
    page.hears(refused(Code::TooFast, Some(id(1))));
    assert_eq!(page.turn(), None);
    page.passes(1_000);
    assert_eq!(page.chat.sending().map(|(_, id, attempt)| (id, attempt)), Some((id(1), 1)));
}

#[test]
fn a_room_begun_afresh_drops_what_was_held_and_gets_nothing_unsent_by_itself() {
    let mut page = seated();
    page.says(1);
    page.loses(1006);
    page.passes(300);
    page.hears(welcome(9, Replay::Reset, 2));
    page.hears(events(vec![joined(2, ME)]));
    assert_eq!((page.turn(), page.chat.outbox.items()[0].state), (None, DeliveryState::Moved));
    page.act(Action::Retry { id: id(1), new_id: id(7), at: Millis(7) });
    assert_eq!(page.turn(), Some(id(7)));
}

#[test]
fn what_was_written_offline_to_one_person_does_not_go_to_the_next() {
    let mut page = seated();
    page.hears(events(vec![joined(3, OTHER)]));
    page.loses(1006);
    page.says(1);
    page.passes(300);
    let mut elsewhere = welcome(1, Replay::Complete, 5);
    if let FromServer::Welcome { members, .. } = &mut elsewhere {
        let name = NameRule::Common.parse("王五").unwrap();
        members.push(Member { member: MemberId(3), name, joined: None, muted_until: None });
    }
    page.hears(elsewhere);
    assert_eq!((page.turn(), page.chat.outbox.items()[0].state), (None, DeliveryState::Moved));
}

#[test]
fn repeated_events_are_taken_once_and_a_gap_asks_for_everything_anew() {
    let mut page = seated();
    page.hears(events(vec![said(3, OTHER, 3)]));
    page.hears(events(vec![said(3, OTHER, 3), said(4, OTHER, 4)]));
    assert_eq!(page.seqs(), [2, 3, 4]);
    let before = page.chat.connection.number();
    page.hears(events(vec![said(6, OTHER, 6)]));
    page.passes(2_000);
    assert_ne!(page.chat.connection.number(), before);
    assert_eq!(page.join().after, None);
    page.hears(welcome(1, Replay::Reset, 6));
    page.hears(events(vec![said(5, OTHER, 5), said(6, OTHER, 6)]));
    assert_eq!(page.seqs(), [5, 6]);
}

#[test]
fn what_a_replaced_socket_still_says_is_void() {
    let mut page = seated();
    let old = page.chat.connection.number().unwrap();
    page.loses(1006);
    page.passes(300);
    let chat = page.chat.clone();
    page.hears_on(old, events(vec![said(3, OTHER, 3)]));
    page.act(Action::Closed { connection: old, code: Some(1008) });
    assert_eq!(page.chat, chat);
}

#[test]
fn who_is_seated_and_online_follows_the_room() {
    let mut page = seated();
    let room = |page: &Page| page.chat.room.clone().unwrap();
    page.hears(events(vec![joined(3, OTHER)]));
    page.hears(FromServer::Presence { online: vec![ME, OTHER] });
    assert_eq!(room(&page).others().collect::<Vec<_>>(), [OTHER]);
    assert_eq!(room(&page).name(OTHER).map(ToString::to_string).as_deref(), Some("李四"));
    page.hears(FromServer::Presence { online: vec![ME] });
    assert!(!room(&page).online.contains(&OTHER));
    let left = Fact::Left { member: OTHER, why: shared::LeftWhy::Asked };
    page.hears(events(vec![Event { seq: Seq(4), at: Millis(4), fact: left }]));
    assert_eq!(room(&page).others().count(), 0);
}
