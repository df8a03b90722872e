//! What becomes of a queue of acts.

use super::*;

fn id(n: u8) -> MessageId {
    MessageId::new(Millis(u64::from(n)), &[n; 10])
}

fn outbox(count: u8) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.bind(&Epoch::new(&[1; 8]), MemberId(1), Seq(0), None);
    for n in 1..=count {
        outbox.push(id(n), say(&format!("第{n}条")), Millis(u64::from(n)), None);
    }
    outbox
}

fn say(text: &str) -> Command {
    Command::Say { text: Text::parse(text).unwrap(), reply_to: None }
}

fn turn(outbox: &Outbox) -> Option<MessageId> {
    outbox.next_to_send().map(|(item, _)| item.id)
}

#[test]
fn kept_beside_another_window_neither_loses_its_own() {
    let (mut mine, mut theirs) = (outbox(1), outbox(2));
    let known = [id(1)];
    theirs.confirm(id(1));
    let all = mine.beside(&theirs, &known);
    assert_eq!(all.ids(), [id(2), id(1)]);
    mine.confirm(id(1));
    assert_eq!(mine.beside(&all, &known).items(), theirs.items());
}

#[test]
fn one_at_a_time_in_order_each_confirmed_by_its_own_event() {
    let mut outbox = outbox(3);
    for n in 1..=3 {
        assert_eq!(turn(&outbox), Some(id(n)));
        outbox.confirm(id(n));
    }
    assert_eq!((turn(&outbox), outbox.items().len()), (None, 0));
}

#[test]
fn refused_for_its_pace_it_is_sent_again_with_the_same_id_before_the_next() {
    for code in [Code::TooFast, Code::SlowMode, Code::Overloaded] {
        let mut outbox = outbox(2);
        outbox.refused(Some(id(1)), code, Some(700), 1_000);
        assert_eq!((turn(&outbox), outbox.wake_at()), (None, Some(1_700)));
        outbox.tick(1_699);
        assert_eq!(turn(&outbox), None);
        outbox.tick(1_700);
        assert_eq!(outbox.next_to_send().map(|(item, attempt)| (item.id, attempt)), Some((id(1), 1)));
        outbox.refused(None, code, None, 2_000);
        assert_eq!(outbox.wake_at(), Some(3_000));
    }
}

#[test]
fn refused_for_another_reason_it_is_marked_and_the_next_goes_on() {
    let mut outbox = outbox(2);
    outbox.refused(Some(id(1)), Code::BlockedWord, None, 0);
    assert_eq!(outbox.items()[0].state, DeliveryState::Refused(Code::BlockedWord));
    assert_eq!(turn(&outbox), Some(id(2)));
}

#[test]
fn retrying_makes_a_new_message_at_the_end() {
    let mut outbox = outbox(2);
    outbox.retry(id(1), id(9), Millis(9), None);
    assert_eq!(outbox.items().len(), 2, "a waiting one is not retried");
    outbox.refused(Some(id(1)), Code::TooLong, None, 0);
    outbox.retry(id(1), id(9), Millis(9), None);
    let ids: Vec<_> = outbox.items().iter().map(|item| item.id).collect();
    assert_eq!(ids, [id(2), id(9)]);
    assert_eq!(outbox.items()[1].state, DeliveryState::Waiting);
}

#[test]
fn an_answer_to_what_is_no_more_is_sent_again_without_it() {
    for (code, kept) in [(Code::UnknownTarget, None), (Code::TooLong, Some(Seq(3)))] {
        let mut outbox = Outbox::default();
        let act = Command::Say { text: Text::parse("回你").unwrap(), reply_to: Some(Seq(3)) };
        outbox.push(id(1), act, Millis(1), None);
        outbox.refused(Some(id(1)), code, None, 0);
        outbox.retry(id(1), id(9), Millis(9), None);
        assert!(matches!(&outbox.items()[0].act, Command::Say { reply_to, .. } if *reply_to == kept));
    }
}

#[test]
fn a_full_one_takes_no_message_and_still_a_recall() {
    let mut outbox = outbox(0);
    let say = || Command::Say { text: Text::parse("又一条").unwrap(), reply_to: None };
    for n in 0..OUTBOX_MAX + 5 {
        outbox.push(id(n as u8), say(), Millis(1), None);
    }
    assert_eq!(outbox.items().len(), OUTBOX_MAX);
    outbox.push(id(250), Command::Recall { seq: Seq(1) }, Millis(1), None);
    assert!(matches!(outbox.items().last().unwrap().act, Command::Recall { .. }));
}

#[test]
fn a_room_that_started_afresh_gets_nothing_by_itself() {
    for (epoch, member) in [(2, 1), (1, 2)] {
        let mut outbox = outbox(2);
        outbox.bind(&Epoch::new(&[epoch; 8]), MemberId(member), Seq(0), None);
        assert!(outbox.items().iter().all(|item| item.state == DeliveryState::Moved));
        assert_eq!(turn(&outbox), None);
        outbox.retry(id(1), id(9), Millis(9), None);
        assert_eq!(turn(&outbox), Some(id(9)));
    }
}

#[test]
fn the_same_room_gets_what_is_waiting_with_the_same_ids_also_after_a_reload() {
    let kept = serde_json::to_string(&outbox(2)).unwrap();
    let mut outbox: Outbox = serde_json::from_str(&kept).ok().unwrap();
    outbox.bind(&Epoch::new(&[1; 8]), MemberId(1), Seq(0), None);
    assert_eq!(turn(&outbox), Some(id(1)));
}

#[test]
fn stored_before_it_is_done_once_its_event_is_held() {
    let mut outbox = outbox(2);
    outbox.stored(id(1), Seq(7), Some(Seq(5)));
    assert_eq!((turn(&outbox), outbox.items().len()), (Some(id(2)), 2));
    outbox.seen(Some(Seq(7)));
    assert_eq!(outbox.items().len(), 1);
    outbox.stored(id(2), Seq(6), Some(Seq(7)));
    assert_eq!(outbox.items().len(), 0);
}

#[test]
fn a_full_outbox_takes_no_more() {
    let mut outbox = outbox(u8::try_from(OUTBOX_MAX).unwrap());
    assert!(outbox.is_full());
    outbox.push(id(255), say("又一条"), Millis(1), None);
    assert_eq!(outbox.items().len(), OUTBOX_MAX);
}

#[test]
fn what_is_not_said_waits_in_the_same_queue_and_keeps_its_place_across_a_reload() {
    let mut outbox = outbox(1);
    let acts = [
        Command::Edit { seq: Seq(3), text: Text::parse("改").unwrap() },
        Command::Recall { seq: Seq(4) },
        Command::Remove { member: MemberId(2), ban: false, recall: false },
        Command::Lock { locked: true },
        Command::Set { title: Some("周末".to_owned()), slow_s: None, words: Some(vec!["坏".to_owned()]) },
        say("最后"),
    ];
    for (n, act) in (2..).zip(acts) {
        outbox.push(id(n), act, Millis(u64::from(n)), Some(Seq(9)));
    }
    let kept = serde_json::to_string(&outbox).unwrap();
    let mut restored: Outbox = serde_json::from_str(&kept).ok().unwrap();
    assert_eq!(restored, outbox);
    for n in 1..=7 {
        assert_eq!(turn(&restored), Some(id(n)));
        restored.confirm(id(n));
    }
    assert_eq!(outbox.messages().map(|(item, _)| item.id).collect::<Vec<_>>(), [id(1), id(7)]);
}

#[test]
fn stored_item_of_another_build_is_kept_as_it_is() {
    let newer =
        format!(r#"{{"id":"{}","act":{{"wave":{{"at":3}}}},"at":1,"since":0,"state":"waiting"}}"#, id(9));
    let own = serde_json::to_string(&outbox(1)).unwrap();
    let stored = own.replace("\"items\":[", &format!("\"items\":[{newer},"));
    let outbox: Outbox = serde_json::from_str(&stored).unwrap();
    assert_eq!(outbox.ids(), [id(1)]);
    let again = serde_json::to_string(&Outbox::default().beside(&outbox, &[id(1)])).unwrap();
    assert!(again.contains("wave") && !outbox.is_blank(), "{again}");
}

#[test]
fn stored_item_of_the_build_before_is_read() {
    let item =
        format!(r#"{{"id":"{}","act":{{"say":{{"text":"话"}}}},"at":1,"since":2,"state":"waiting"}}"#, id(1));
    let outbox: Outbox = serde_json::from_str(&format!(r#"{{"bound":null,"items":[{item}]}}"#)).unwrap();
    assert_eq!((outbox.ids(), outbox.items()[0].since), (vec![id(1)], Seq(2)));
    let removal: Command = serde_json::from_str(r#"{"remove":{"member":2,"ban":true}}"#).unwrap();
    assert_eq!(removal, Command::Remove { member: MemberId(2), ban: true, recall: false });
}

#[test]
fn retry_in_a_full_outbox_keeps_the_message() {
    let mut outbox = outbox(200);
    assert!(outbox.is_full());
    outbox.refused(Some(id(1)), Code::BlockedWord, None, 0);
    outbox.push(id(201), Command::Lock { locked: true }, Millis(1), None);
    outbox.retry(id(1), id(202), Millis(2), None);
    assert!(outbox.ids().contains(&id(202)));
}

#[test]
fn each_act_has_its_frame() {
    let text = Text::parse("话").unwrap();
    for (act, frame) in [
        (
            Command::Say { text: text.clone(), reply_to: Some(Seq(3)) },
            r#""say","id":ID,"text":"话","reply_to":3"#,
        ),
        (Command::Edit { seq: Seq(3), text }, r#""edit","id":ID,"seq":3,"text":"话""#),
        (Command::Recall { seq: Seq(3) }, r#""recall","id":ID,"seq":3"#),
        (
            Command::Remove { member: MemberId(2), ban: false, recall: false },
            r#""remove","id":ID,"member":2,"ban":false"#,
        ),
        (
            Command::Remove { member: MemberId(2), ban: true, recall: true },
            r#""remove","id":ID,"member":2,"ban":true,"recall":true"#,
        ),
        (Command::Unban { member: MemberId(2) }, r#""unban","id":ID,"member":2"#),
        (Command::Mute { member: MemberId(2), for_s: 600 }, r#""mute","id":ID,"member":2,"for_s":600"#),
        (Command::Lock { locked: true }, r#""lock","id":ID,"locked":true"#),
        (Command::Set { title: None, slow_s: Some(5), words: None }, r#""set","id":ID,"slow_s":5"#),
    ] {
        let expected = format!(r#"{{"type":{frame}}}"#).replace("ID", &format!(r#""{}""#, id(1)));
        assert_eq!(act.frame(id(1)).encode(), expected);
    }
}

#[test]
fn a_removal_is_confirmed_by_a_later_one_of_that_member_and_only_once() {
    let mut outbox = Outbox::default();
    let remove = |member| Command::Remove { member: MemberId(member), ban: true, recall: false };
    for (n, member) in [(1, 2), (2, 2), (3, 3)] {
        outbox.push(id(n), remove(member), Millis(1), Some(Seq(7)));
    }
    outbox.confirm_removal(MemberId(2), Seq(7));
    assert_eq!(outbox.ids(), [id(1), id(2), id(3)], "that one was known when this was done");
    outbox.confirm_removal(MemberId(2), Seq(8));
    assert_eq!(outbox.ids(), [id(2), id(3)]);
    outbox.refused(Some(id(2)), Code::NotHost, None, 0);
    outbox.confirm_removal(MemberId(2), Seq(9));
    assert_eq!(outbox.ids(), [id(2), id(3)], "what was refused says so until somebody has read it");
}

#[test]
fn item_that_was_sent_cannot_be_discarded_unless_it_failed() {
    let mut outbox = outbox(3);
    outbox.discard(id(3));
    outbox.mark_sent(id(1));
    outbox.discard(id(1));
    assert_eq!(outbox.ids(), [id(1), id(2)]);
    outbox.refused(Some(id(1)), Code::TooLate, None, 0);
    outbox.discard(id(1));
    assert_eq!(outbox.ids(), [id(2)]);
}

#[test]
fn a_command_kept_by_an_older_page_may_have_been_sent() {
    let outbox = outbox(1);
    let kept = serde_json::to_string(&outbox).unwrap();
    let read = |kept: &str| serde_json::from_str::<Outbox>(kept).unwrap().can_discard(id(1));
    assert!(kept.contains(",\"sent\":false") && read(&kept));
    assert!(!read(&kept.replace(",\"sent\":false", "")));
}

#[test]
fn in_a_room_that_started_afresh_only_messages_are_kept_and_they_answer_nothing() {
    let mut outbox = outbox(0);
    outbox.push(id(1), Command::Recall { seq: Seq(4) }, Millis(1), None);
    outbox.push(
        id(2),
        Command::Say { text: Text::parse("答").unwrap(), reply_to: Some(Seq(4)) },
        Millis(2),
        None,
    );
    outbox.bind(&Epoch::new(&[2; 8]), MemberId(1), Seq(0), None);
    let left = outbox.items();
    assert_eq!((left.len(), &left[0].act, left[0].state), (1, &say("答"), DeliveryState::Moved));
}

#[test]
fn message_to_one_person_is_held_back_from_the_next() {
    let (zhang, stranger) = (Some(MemberId(2)), Some(MemberId(3)));
    let bind = |outbox: &mut Outbox, partner| outbox.bind(&Epoch::new(&[1; 8]), MemberId(1), Seq(0), partner);
    for (then, now, is_held) in
        [(zhang, stranger, true), (zhang, None, false), (zhang, zhang, false), (None, stranger, false)]
    {
        for is_welcome in [true, false] {
            let mut outbox = Outbox::default();
            bind(&mut outbox, then);
            outbox.push(id(1), say("只说给你听"), Millis(1), None);
            outbox.push(id(2), Command::Recall { seq: Seq(4) }, Millis(1), None);
            if is_welcome {
                bind(&mut outbox, now);
            } else {
                outbox.partner_changed(now);
            }
            let expected = if is_held { DeliveryState::Moved } else { DeliveryState::Waiting };
            assert_eq!(outbox.items()[0].state, expected, "{then:?} {now:?}");
            assert_eq!(outbox.items()[1].state, DeliveryState::Waiting, "a recall is for nobody");
            // Sent anyway, it goes to who is there now.
            outbox.retry(id(1), id(9), Millis(9), None);
            assert!(outbox.items().iter().all(|item| item.state == DeliveryState::Waiting));
        }
    }
}

#[test]
fn message_under_way_is_held_back_only_when_it_would_be_sent_again() {
    let mut outbox = Outbox::default();
    outbox.bind(&Epoch::new(&[1; 8]), MemberId(1), Seq(0), Some(MemberId(2)));
    outbox.push(id(1), say("再见"), Millis(1), None);
    outbox.mark_sent(id(1));
    outbox.partner_changed(Some(MemberId(3)));
    assert_eq!(outbox.items()[0].state, DeliveryState::Waiting);
    outbox.bind(&Epoch::new(&[1; 8]), MemberId(1), Seq(0), Some(MemberId(3)));
    assert_eq!(outbox.items()[0].state, DeliveryState::Moved);
}
