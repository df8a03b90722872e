//! Which messages have a time and a state below them, which were read, and how they are shown.

use super::*;

/// `+` for each message that belongs to the group before, `.` for each that says its state.
fn marks(room: &Room, outbox: &Outbox) -> Vec<String> {
    let mark = |message: &MessageView| {
        let again = if message.again { "+" } else { "" };
        let state = if message.ends_group { "." } else { "" };
        format!("{again}{}{state}", message.text)
    };
    messages(room, outbox).iter().map(mark).collect()
}

fn say(outbox: &mut Outbox, n: u64, text: &str) {
    let say = Command::Say { text: Text::parse(text).unwrap(), reply_to: None };
    outbox.push(id(n), say, Millis(3), None);
}

fn pair(facts: Vec<(u64, Fact)>) -> Room {
    room(&[(OTHER, "李四")], facts)
}

#[test]
fn the_last_own_message_of_a_group_says_its_state() {
    let facts = vec![
        (0, said(ME, 1, "一")),
        (1, said(ME, 2, "二")),
        (2, said(OTHER, 3, "三")),
        (3, said(ME, 4, "四")),
        (4 + 5 * MINUTE, said(ME, 5, "五")),
        (5 + 5 * MINUTE, said(ME, 6, "六")),
    ];
    let expected = ["一", "+二.", "三.", "四.", "五", "+六."];
    assert_eq!(marks(&pair(facts), &Outbox::default()), expected);
}

#[test]
fn a_notice_a_day_and_the_unread_line_end_a_group() {
    let facts = vec![
        (DAY - 2, said(ME, 1, "一")),
        (DAY - 1, joined(OTHER, "李四")),
        (DAY - 1, said(ME, 2, "二")),
        (DAY, said(ME, 3, "三")),
    ];
    assert_eq!(marks(&pair(facts), &Outbox::default()), ["一.", "二.", "三."]);
}

#[test]
fn own_messages_with_different_states_say_both() {
    let mut room = pair((0..4).map(|n| (n, said(ME, n, "话"))).collect());
    room.mark(&[(OTHER, Seq(4))]);
    assert_eq!(marks(&room, &Outbox::default()), ["话", "+话.", "+话", "+话."]);
}

#[test]
fn a_message_on_its_way_moves_nothing_and_a_failed_one_is_told_apart() {
    let room = pair(vec![(0, said(ME, 1, "一")), (1, said(ME, 2, "二"))]);
    let mut outbox = Outbox::default();
    say(&mut outbox, 9, "三");
    assert_eq!(marks(&room, &outbox), ["一", "+二", "+三."]);
    say(&mut outbox, 10, "四");
    assert_eq!(marks(&room, &outbox), ["一", "+二", "+三.", "+四."], "each that waits says so");
    outbox.refused(Some(id(9)), Code::BlockedWord, None, 0);
    assert_eq!(marks(&room, &outbox), ["一", "+二.", "+三.", "+四."]);
}

#[test]
fn what_is_done_to_a_message_is_told_at_it() {
    let room = pair(vec![(0, said(ME, 1, "一")), (1, said(ME, 2, "二"))]);
    let mut outbox = Outbox::default();
    outbox.push(id(9), Command::Recall { seq: Seq(3) }, Millis(2), None);
    assert_eq!(marks(&room, &outbox), ["一.", "+二."]);
}

#[test]
fn only_seated_members_who_joined_before_a_message_count_as_its_readers() {
    let (third, gone) = (MemberId(3), MemberId(4));
    let facts = vec![
        (0, said(ME, 1, "有人吗")),
        (1, joined(third, "王五")),
        (2, joined(gone, "赵六")),
        (3, said(ME, 2, "来了")),
        (4, Fact::Left { member: gone, why: LeftWhy::Asked }),
    ];
    let mut room = sized(8, &[(OTHER, "李四")], facts);
    room.mark(&[(OTHER, Seq(7)), (third, Seq(7)), (gone, Seq(7))]);
    let read: Vec<_> = messages(&room, &Outbox::default()).iter().map(|message| message.read_by).collect();
    assert_eq!(read, [1, 2]);
    let names = |seq| room.readers(Seq(seq)).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((names(3), names(6)), (vec!["李四".to_owned()], vec!["李四".to_owned(), "王五".to_owned()]));
    assert!(room.can_have_read(third, Seq(6)) && !room.can_have_read(third, Seq(3)));
}

#[test]
fn a_member_who_came_back_has_not_read_what_was_said_meanwhile() {
    let facts = vec![
        (0, said(ME, 1, "一")),
        (1, Fact::Left { member: OTHER, why: LeftWhy::Away }),
        (2, said(ME, 2, "二")),
        (3, joined(OTHER, "李四")),
    ];
    let mut room = sized(8, &[(OTHER, "李四")], facts);
    room.mark(&[(OTHER, Seq(9))]);
    assert_eq!(room.reader_count(Seq(5)), 0);
    // An older page with an earlier arrival changes nothing.
    let older = Event { seq: Seq(2), at: Millis(0), fact: joined(OTHER, "李四") };
    room.prepend(shared::EventPage { events: vec![older], names: Names::new(), more: true });
    assert_eq!(room.reader_count(Seq(5)), 0);
}

#[test]
fn readers_are_asked_for_where_marks_are_not_told() {
    use crate::view_model::readers::ReceiptKind;
    let kind = |capacity| ReceiptKind::of(Some(&sized(capacity, &[(OTHER, "李四")], Vec::new())));
    let kinds = [ReceiptKind::Pair, ReceiptKind::Counted, ReceiptKind::OnRequest];
    assert_eq!([kind(2), kind(100), kind(101)], kinds);
}

#[test]
fn bidi_controls_are_not_shown() {
    let room = pair(vec![(0, said(OTHER, 1, "a\u{202e}gpj.exe\u{202c}"))]);
    let mut outbox = Outbox::default();
    say(&mut outbox, 9, "\u{2067}b");
    let shown: Vec<_> = messages(&room, &outbox).into_iter().map(|message| message.text).collect();
    assert_eq!(shown, ["agpj.exe".into(), Rc::<str>::from("b")]);
    let Quote::Held(_, _, line) = quote(&room, Seq(3), Lang::Zh) else { panic!("held") };
    assert_eq!(line, "agpj.exe");
}

#[test]
fn a_quote_is_cut_between_emoji() {
    let room = pair(vec![(0, said(OTHER, 1, &format!("{}👨‍👩‍👧", "字".repeat(78))))]);
    let Quote::Held(_, name, line) = quote(&room, Seq(3), Lang::Zh) else { panic!("held") };
    assert_eq!((&*name, line), ("李四", "字".repeat(78)));
}

#[test]
fn aim_line_keeps_emoji_whole_and_is_one_line() {
    use crate::view_model::aim::{Aim, aim_line};
    let text = format!("一\n\u{202e}{}👨‍👩‍👧", "字".repeat(76));
    let shown = format!("一 {}", "字".repeat(76));
    let mut room = pair(vec![(0, said(ME, 1, &text)), (1, said(OTHER, 2, &text))]);
    let line = |room: &Room, aim| aim_line(room, aim, Lang::Zh);
    assert_eq!(line(&room, Aim::Edit(Seq(3))), ("正在编辑：".to_owned(), shown.clone()));
    assert_eq!(line(&room, Aim::Reply(Seq(4))), ("回复 李四：".to_owned(), shown));
    let recalled = Fact::Recalled { by: OTHER, id: id(3), target: Seq(4) };
    room.fold(vec![Event { seq: Seq(5), at: Millis(2), fact: recalled }], &Names::new()).unwrap();
    assert_eq!(line(&room, Aim::Reply(Seq(4))), ("回复 ".to_owned(), String::new()));
}

#[test]
fn a_quote_says_that_the_original_was_edited_after_the_reply() {
    let reply = |n| Fact::Said {
        by: ME,
        id: id(n),
        text: Text::parse("好").unwrap(),
        reply_to: Some(Seq(3)),
        edited: None,
    };
    let edit =
        |n| Fact::Edited { by: OTHER, id: id(n), target: Seq(3), text: Text::parse("四点").unwrap() };
    let edited = |facts: Vec<Fact>| {
        let room = pair((0..).zip([vec![said(OTHER, 1, "三点")], facts].concat()).collect());
        let messages = messages(&room, &Outbox::default());
        let Some(MessageView { quote: Some(Quote::Held(_, _, text)), quote_is_edited, .. }) = messages.last()
        else {
            panic!("the quote is held");
        };
        (text.clone(), *quote_is_edited)
    };
    assert_eq!(edited(vec![reply(2)]), ("三点".to_owned(), false));
    assert_eq!(edited(vec![edit(2), reply(3)]), ("四点".to_owned(), false), "the reply was to the new text");
    assert_eq!(edited(vec![reply(2), edit(3)]), (String::new(), true), "nobody replied to 四点");
}

#[test]
fn texts_over_20_lines_of_a_phone_are_long() {
    let is_long =
        |text: String| messages(&pair(vec![(0, said(OTHER, 1, &text))]), &Outbox::default())[0].is_long();
    let lines = |count| vec!["行"; count].join("\n");
    assert_eq!([lines(20), lines(21)].map(is_long), [false, true]);
    assert_eq!(["字".repeat(360), "字".repeat(361)].map(is_long), [false, true]);
    assert_eq!(["a".repeat(720), "a".repeat(721)].map(is_long), [false, true]);
    let wraps = |lines| vec!["行".repeat(19); lines].join("\n");
    assert_eq!([wraps(10), wraps(11)].map(is_long), [false, true]);
    assert_eq!(
        ["\n".repeat(18), "\n".repeat(19)].map(|gap| is_long(format!("一{gap}二\n三"))),
        [false, true]
    );
}
