//! What is done beside talking: edits, recalls, and what only the host does.

use shared::{GoneKind, GoneWhy, LeftWhy};

use super::*;

fn event(seq: u64, fact: Fact) -> Event {
    Event { seq: Seq(seq), at: Millis(seq), fact }
}

fn removed(seq: u64) -> Event {
    event(seq, Fact::Left { member: OTHER, why: LeftWhy::Removed })
}

#[test]
fn each_act_is_confirmed_by_its_own_event() {
    let text = Text::parse("改").unwrap();
    let (by, target, why) = (ME, Seq(3), GoneWhy::EditedAgain);
    let edit = Command::Edit { seq: target, text: text.clone() };
    let set = Command::Set { title: None, slow_s: Some(3), words: None };
    let pairs = [
        (edit.clone(), Fact::Edited { by, id: id(7), target, text }),
        (edit, Fact::Gone { by, id: id(7), of: GoneKind::Edited, why, recalled_by: None }),
        (Command::Recall { seq: target }, Fact::Recalled { by, id: id(7), target }),
        (Command::Lock { locked: true }, Fact::Locked { by, id: id(7), locked: true }),
        (set, Fact::Set { by, id: id(7), title: None, slow_s: Some(3) }),
        (
            Command::Mute { member: OTHER, for_s: 600 },
            Fact::Muted { by, id: id(7), member: OTHER, until: Some(Millis(9)) },
        ),
        (Command::Unban { member: OTHER }, Fact::Unbanned { by, id: id(7), member: OTHER }),
        (
            Command::Remove { member: OTHER, ban: true, recall: false },
            Fact::Left { member: OTHER, why: LeftWhy::Removed },
        ),
    ];
    for (act, fact) in pairs {
        let mut page = seated();
        page.hears(events(vec![joined(3, OTHER)]));
        page.does(7, act.clone());
        page.says(8);
        assert_eq!(page.chat.sending_frame(), Some(act.frame(id(7))));
        page.hears(events(vec![said(4, OTHER, 7)]));
        assert_eq!(page.turn(), Some(id(7)), "another's event confirms nothing");
        page.hears(events(vec![event(5, fact)]));
        assert_eq!(page.turn(), Some(id(8)), "{act:?}");
    }
}

#[test]
fn a_recall_done_while_away_goes_out_after_what_was_said_before_it() {
    let mut page = seated();
    page.hears(events(vec![said(3, ME, 3)]));
    page.loses(1006);
    page.says(8);
    page.does(9, Command::Recall { seq: Seq(3) });
    page.passes(300);
    page.hears(welcome(1, Replay::Complete, 3));
    let connection = page.chat.connection.number().unwrap();
    assert_eq!(page.chat.sending(), Some((connection, id(8), 0)));
    page.hears(events(vec![said(4, ME, 8)]));
    assert_eq!(page.chat.sending(), Some((connection, id(9), 0)));
    page.hears(events(vec![event(5, Fact::Recalled { by: ME, id: id(9), target: Seq(3) })]));
    assert_eq!((page.chat.sending(), page.chat.outbox.items().len()), (None, 0));
}

#[test]
fn a_lost_answer_to_an_act_is_asked_for_again_under_the_same_id() {
    let mut page = seated();
    page.does(7, Command::Recall { seq: Seq(2) });
    let before = page.chat.sending();
    page.loses(1006);
    page.passes(300);
    page.hears(welcome(1, Replay::Complete, 3));
    assert_ne!(page.chat.sending(), before, "another connection: it is sent once more");
    assert_eq!(page.turn(), Some(id(7)));
    page.hears(FromServer::Stored { id: id(7), seq: Seq(3) });
    page.hears(events(vec![event(3, Fact::Recalled { by: ME, id: id(7), target: Seq(2) })]));
    assert_eq!(page.chat.outbox.items().len(), 0);
}

#[test]
fn a_refused_act_does_not_hold_up_what_follows_and_can_be_given_up() {
    let mut page = seated();
    page.does(7, Command::Recall { seq: Seq(2) });
    page.says(8);
    page.hears(refused(Code::UnknownTarget, Some(id(7))));
    assert_eq!(page.turn(), Some(id(8)));
    assert_eq!(page.chat.outbox.items()[0].state, DeliveryState::Refused(Code::UnknownTarget));
    page.act(Action::Discard { id: id(7) });
    page.act(Action::Discard { id: id(8) });
    assert_eq!(page.chat.outbox.ids(), [id(8)], "what waits is not given up");
}

#[test]
fn an_old_removal_replayed_after_a_reload_does_not_confirm_a_new_one() {
    let mut page = seated();
    page.hears(events(vec![joined(3, OTHER), removed(4), joined(5, OTHER)]));
    page.does(7, Command::Remove { member: OTHER, ban: true, recall: false });
    let (seat, outbox) = (page.chat.seat.clone().unwrap(), Outbox::clone(&page.chat.outbox));
    page.chat = ChatState::restore(RoomId::Lobby, kept(&seat), outbox, page.now, Millis(page.now));
    page.hears(welcome(1, Replay::Reset, 5));
    page.hears(events(vec![joined(2, ME), joined(3, OTHER), removed(4), joined(5, OTHER)]));
    assert_eq!(page.turn(), Some(id(7)));
    page.hears(events(vec![removed(6)]));
    assert_eq!(page.turn(), None);
}

#[test]
fn an_old_removal_that_follows_the_welcome_does_not_confirm_one_written_before_it_came() {
    let mut page = Page::new();
    page.connect("张三");
    page.hears(welcome(1, Replay::Reset, 5));
    page.does(7, Command::Remove { member: OTHER, ban: true, recall: false });
    page.hears(events(vec![joined(2, ME), joined(3, OTHER), removed(4), joined(5, OTHER)]));
    assert_eq!(page.turn(), Some(id(7)));
    page.hears(events(vec![removed(6)]));
    assert_eq!(page.turn(), None);
}

#[test]
fn an_answer_names_the_message_it_answers() {
    let mut page = seated();
    let text = Text::parse("好").unwrap();
    page.act(Action::Say { id: id(7), text, reply_to: Some(Seq(2)), at: Millis(1) });
    let frame = page.chat.sending_frame();
    assert!(matches!(frame, Some(FromPage::Say { reply_to: Some(Seq(2)), .. })), "{frame:?}");
}
