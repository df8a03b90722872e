//! What is drawn, for one history each.

use shared::{
    Code, Epoch, Event, Fact, GoneKind, GoneWhy, History, LeftWhy, Member, Name, NameRule, Names, Replay,
    RoomFacts, RoomId, Text, You,
};

use super::*;

mod grouping;
mod notices;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

fn utc(at: Millis) -> Local {
    // Good for November 2026, in which these tests play.
    let minutes = at.0 / MINUTE;
    let days = minutes / (24 * 60);
    Local {
        year: 2026,
        month: 11,
        day: u8::try_from(days).unwrap() + 1,
        weekday: u8::try_from(days % 7).unwrap(),
        hour: u8::try_from(minutes / 60 % 24).unwrap(),
        minute: u8::try_from(minutes % 60).unwrap(),
        second: 0,
    }
}

fn name(text: &str) -> Name {
    NameRule::Common.parse(text).unwrap()
}

fn id(n: u64) -> MessageId {
    MessageId::new(Millis(n), &[7; 10])
}

const ME: MemberId = MemberId(1);
const OTHER: MemberId = MemberId(2);

fn room(already: &[(MemberId, &str)], facts: Vec<(u64, Fact)>) -> Room {
    sized(2, already, facts)
}

fn sized(capacity: u32, already: &[(MemberId, &str)], facts: Vec<(u64, Fact)>) -> Room {
    let room = RoomFacts {
        id: RoomId::Lobby,
        epoch: Epoch::new(&[1; 8]),
        title: None,
        capacity,
        locked: false,
        history: History::FromJoin,
        slow_s: 0,
        host: None,
    };
    let you = You { member: ME, name: name("张三"), host: false, token: None, muted_until: None };
    let member = |(member, text): &(MemberId, &str)| Member {
        member: *member,
        name: name(text),
        joined: None,
        muted_until: None,
    };
    let members: Vec<_> = [(ME, "张三")].iter().chain(already).map(member).collect();
    let mut room = Room::welcomed(None, room, &you, &members, Replay::Reset);
    let events = (3..).zip(facts).map(|(seq, (at, fact))| Event { seq: Seq(seq), at: Millis(at), fact });
    room.fold(events.collect(), &Names::new()).unwrap();
    room
}

fn joined(member: MemberId, text: &str) -> Fact {
    Fact::Joined { member, name: name(text), host: false }
}

fn said(by: MemberId, n: u64, text: &str) -> Fact {
    Fact::Said { by, id: id(n), text: Text::parse(text).unwrap(), reply_to: None, edited: None }
}

fn drawn(room: &Room, outbox: &Outbox) -> Vec<String> {
    let line = |row: &Row| match row {
        Row::Day(day) => format!("== {day}"),
        Row::Unread => "--".to_owned(),
        Row::Refused { why, .. } => format!("!{}", why.say(Lang::Zh)),
        Row::Note { text, .. } => text.replace(APART, ""),
        Row::Message(message) => {
            let mark = if message.again { "+" } else { "" };
            format!("{mark}{}:{}", message.name, message.text)
        }
    };
    let rows = all(room, outbox);
    // Any part of it is the same as that part of the whole.
    let list = list(room, outbox);
    for cut in 0..=list.places() {
        assert_eq!([list.at(0..cut), list.at(cut..list.places())].concat(), rows, "cut at {cut}");
    }
    rows.iter().map(line).collect()
}

fn list<'a>(room: &'a Room, outbox: &'a Outbox) -> Rows<'a> {
    Rows { room: Some(room), outbox, now: Millis(2 * DAY), local: utc, lang: Lang::Zh }
}

fn all(room: &Room, outbox: &Outbox) -> Vec<Row> {
    let list = list(room, outbox);
    list.at(0..list.places())
}

fn messages(room: &Room, outbox: &Outbox) -> Vec<MessageView> {
    let message = |row| if let Row::Message(message) = row { Some(message) } else { None };
    all(room, outbox).into_iter().filter_map(message).collect()
}

#[test]
fn the_first_is_welcomed_and_hears_of_the_second() {
    let room = room(
        &[],
        vec![
            (0, joined(ME, "张三")),
            (1, joined(OTHER, "李四")),
            (2, Fact::Left { member: OTHER, why: LeftWhy::Asked }),
        ],
    );
    let lines = drawn(&room, &Outbox::default());
    assert_eq!(lines[1..], ["欢迎你张三", "李四在线啦，你们可以聊天啦", "李四断开了连接"]);
}

#[test]
fn the_second_is_welcomed_and_told_who_is_there() {
    let room = room(&[(OTHER, "李四")], vec![(0, joined(ME, "张三"))]);
    assert_eq!(drawn(&room, &Outbox::default())[1..], ["欢迎你张三", "李四在线啦，你们可以聊天啦"]);
}

#[test]
fn after_a_reload_nobody_is_announced_twice() {
    let room = room(&[(OTHER, "李四")], vec![(0, joined(ME, "张三")), (1, joined(OTHER, "李四"))]);
    assert_eq!(drawn(&room, &Outbox::default())[1..], ["欢迎你张三", "李四在线啦，你们可以聊天啦"]);
}

#[test]
fn days_and_groups_of_one_person_are_divided() {
    let room = room(
        &[(OTHER, "李四")],
        vec![
            (DAY - MINUTE, said(OTHER, 1, "一")),
            (DAY - 1, said(OTHER, 2, "二")),
            (DAY, said(OTHER, 3, "三")),
            (DAY + MINUTE, said(ME, 4, "四")),
            (DAY + 2 * MINUTE, said(ME, 5, "五")),
            (DAY + 9 * MINUTE, said(ME, 6, "六")),
        ],
    );
    let lines = drawn(&room, &Outbox::default());
    let expected =
        ["== 11月1日 周日", "李四:一", "+李四:二", "== 昨天", "李四:三", "张三:四", "+张三:五", "张三:六"];
    assert_eq!(lines, expected);
}

#[test]
fn unsent_messages_stand_below_the_stored_ones_until_their_event_comes() {
    let mut outbox = Outbox::default();
    let say = Command::Say { text: Text::parse("还没发").unwrap(), reply_to: None };
    outbox.push(id(9), say, Millis(2 * DAY), None);
    outbox.push(id(10), Command::Recall { seq: Seq(3) }, Millis(2 * DAY), None);
    let room = room(&[], vec![(2 * DAY, said(OTHER, 1, "一"))]);
    assert_eq!(drawn(&room, &outbox), ["== 今天", "未知成员:一", ":还没发"]);
}

#[test]
fn message_written_to_somebody_who_left_names_who_is_there_now() {
    let mut outbox = Outbox::default();
    outbox.partner_changed(Some(MemberId(8)));
    outbox.push(
        id(9),
        Command::Say { text: Text::parse("只说给你").unwrap(), reply_to: None },
        Millis(1),
        None,
    );
    let room = sized(2, &[(OTHER, "李四")], vec![]);
    outbox.partner_changed(room.partner());
    let message = &messages(&room, &outbox)[0];
    assert_eq!((message.unsent, message.partner.as_deref()), (Some(DeliveryState::Moved), Some("李四")));
}

#[test]
fn own_messages_say_how_many_have_read_them() {
    let facts = (1..=4).map(|n| (n, said(if n == 3 { OTHER } else { ME }, n, "话"))).collect();
    let mut room = room(&[(OTHER, "李四")], facts);
    room.mark(&[(OTHER, Seq(4)), (MemberId(9), Seq(5)), (ME, Seq(6))]);
    let read: Vec<_> = messages(&room, &Outbox::default()).iter().map(|message| message.read_by).collect();
    assert_eq!(read, [1, 1, 0, 0], "member 9 has no seat");
}

#[test]
fn what_was_read_stays_read_when_the_reader_leaves_or_comes_back() {
    let left = Fact::Left { member: OTHER, why: LeftWhy::Asked };
    let back = Fact::Joined { member: OTHER, name: NameRule::Common.parse("李四").unwrap(), host: false };
    let mut room = room(&[(OTHER, "李四")], vec![(1, said(ME, 1, "读过")), (2, said(ME, 2, "没读"))]);
    let read = |room: &Room| -> Vec<_> {
        messages(room, &Outbox::default()).iter().map(|message| message.read_by).collect()
    };
    room.mark(&[(OTHER, Seq(3))]);
    for (seq, fact) in [(5, left), (6, back)] {
        assert_eq!(read(&room), [1, 0]);
        room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
    }
    assert_eq!(read(&room), [1, 0]);
}

#[test]
fn mutes_are_told_to_everybody() {
    let muted = |member, until| Fact::Muted { by: OTHER, id: id(9), member, until };
    let facts = vec![(0, muted(ME, Some(Millis(9)))), (1, muted(ME, None)), (2, muted(OTHER, None))];
    let rows = drawn(&room(&[(OTHER, "李四")], facts), &Outbox::default());
    assert_eq!(rows[rows.len() - 3..], ["你已被房主禁言", "你已被解除禁言", "李四已被解除禁言"]);
}

#[test]
fn a_room_may_lose_its_name() {
    let set = |title: &str| Fact::Set { by: OTHER, id: id(9), title: Some(title.to_owned()), slow_s: None };
    let room = room(&[(OTHER, "李四")], vec![(0, set("读书会")), (1, set(""))]);
    let rows = drawn(&room, &Outbox::default());
    assert_eq!(rows[rows.len() - 2..], ["房间改名为“读书会”", "房间名称已移除"]);
    assert_eq!(room.facts.title, None);
}

#[test]
fn recalls_say_who_recalled_whose_message() {
    let third = MemberId(3);
    let recalled = |by, target| Fact::Recalled { by, id: id(5), target: Seq(target) };
    let gone = |by, recalled_by| Fact::Gone {
        by,
        id: id(9),
        of: GoneKind::Said,
        why: GoneWhy::Recalled,
        recalled_by,
    };
    let room = room(
        &[(OTHER, "李四"), (third, "王五")],
        vec![
            (0, said(ME, 1, "一")),
            (1, said(OTHER, 2, "二")),
            (2, said(ME, 3, "三")),
            (3, said(OTHER, 4, "四")),
            (4, said(third, 5, "五")),
            (5, recalled(ME, 3)),
            (6, recalled(OTHER, 4)),
            (7, recalled(OTHER, 5)),
            (8, recalled(ME, 6)),
            (9, recalled(OTHER, 7)),
            (10, gone(OTHER, Some(third))),
            (10, gone(OTHER, None)),
            (10, gone(ME, Some(OTHER))),
            (10, gone(MemberId(0), Some(OTHER))),
        ],
    );
    assert_eq!(
        drawn(&room, &Outbox::default())[1..],
        [
            "你撤回了一条消息",
            "李四撤回了一条消息",
            "李四撤回了你的一条消息",
            "你撤回了李四的一条消息",
            "李四撤回了王五的一条消息",
            "王五撤回了李四的一条消息",
            "李四撤回了一条消息",
            "李四撤回了你的一条消息",
            "李四撤回了一条消息",
        ]
    );
}

#[test]
fn an_answer_quotes_what_it_answers_as_it_is_now() {
    let answer = |n, to| match said(ME, n, "好") {
        Fact::Said { by, id, text, edited, .. } => {
            Fact::Said { by, id, text, edited, reply_to: Some(Seq(to)) }
        }
        fact => fact,
    };
    let room = room(
        &[(OTHER, "李四")],
        vec![
            (0, said(OTHER, 1, "三点\n老地方")),
            (1, said(OTHER, 2, "不该说的")),
            (2, answer(3, 3)),
            (3, answer(4, 4)),
            (4, answer(5, 1)),
            (5, Fact::Recalled { by: OTHER, id: id(6), target: Seq(4) }),
        ],
    );
    let mut outbox = Outbox::default();
    let say = Command::Say { text: Text::parse("还没发").unwrap(), reply_to: Some(Seq(3)) };
    outbox.push(id(9), say, Millis(0), None);
    let quotes: Vec<_> = messages(&room, &outbox).into_iter().filter_map(|message| message.quote).collect();
    let held = Quote::Held(Seq(3), "李四".into(), "三点 老地方".to_owned());
    assert_eq!(quotes, [held.clone(), Quote::Recalled, Quote::Elsewhere(Seq(1)), held]);
}

#[test]
fn what_is_done_to_a_message_stands_at_it_and_what_has_none_at_the_end() {
    let mut outbox = Outbox::default();
    let edit = |seq| Command::Edit { seq: Seq(seq), text: Text::parse("改").unwrap() };
    outbox.push(id(8), edit(3), Millis(0), None);
    outbox.push(id(9), Command::Recall { seq: Seq(4) }, Millis(0), None);
    outbox.push(id(10), edit(77), Millis(0), None);
    outbox.push(id(11), Command::Lock { locked: true }, Millis(0), None);
    for (n, code) in [(9, Code::TooLate), (10, Code::UnknownTarget), (11, Code::NotHost)] {
        outbox.refused(Some(id(n)), code, None, 0);
    }
    let room = room(&[], vec![(0, said(ME, 1, "一")), (1, said(ME, 2, "二"))]);
    let doing: Vec<_> = messages(&room, &outbox).into_iter().map(|message| message.doing).collect();
    let (edits, recalls) = (DeliveryState::Waiting, DeliveryState::Refused(Code::TooLate));
    assert_eq!(
        doing,
        [
            Some(Doing { id: id(8), recalls: false, state: edits }),
            Some(Doing { id: id(9), recalls: true, state: recalls }),
        ]
    );
    let refusals =
        [Msg::RefusedUnknownTarget, Msg::RefusedNotHost].map(|why| format!("!{}", why.say(Lang::Zh)));
    assert_eq!(drawn(&room, &outbox)[3..], refusals);
}

#[test]
fn the_menu_depends_on_author_age_and_state() {
    let mut room = room(&[(OTHER, "李四")], vec![(1_000, said(ME, 1, "我")), (1_000, said(OTHER, 2, "他"))]);
    let at = |now| MenuContext { now: Millis(now), ..MenuContext::default() };
    let may = |room: &Room, n: usize, now: u64| {
        actions(Some(room), &messages(room, &Outbox::default())[n], at(now))
    };
    use MessageAction::{
        Copy, CopyLink, Edit, GiveUp, OpenLink, Readers, Recall, Reply, Retry, Revise, SelectText,
    };
    assert_eq!(may(&room, 0, 2 * MINUTE), [Reply, Copy, Edit, Recall]);
    assert_eq!(may(&room, 0, 1_000 + 2 * MINUTE), [Reply, Copy, Edit]);
    assert_eq!(may(&room, 0, 1_000 + DAY), [Reply, Copy]);
    assert_eq!(may(&room, 1, 1_000), [Reply, Copy]);
    room.facts.capacity = 3;
    room.host = true;
    assert_eq!(may(&room, 0, 1_000 + DAY), [Reply, Copy, Readers, Recall]);
    assert_eq!(may(&room, 1, 1_000 + DAY), [Reply, Copy, Recall]);

    let mut outbox = Outbox::default();
    outbox.push(id(9), Command::Say { text: Text::parse("坏").unwrap(), reply_to: None }, Millis(0), None);
    let unsent = |outbox: &Outbox| messages(&room, outbox)[2].clone();
    let waiting = unsent(&outbox);
    assert_eq!(actions(Some(&room), &waiting, at(0)), [Copy]);
    assert_eq!(actions(None, &waiting, at(0)), [Copy], "before the first welcome");
    assert_eq!(actions(None, &waiting, MenuContext { can_discard: true, ..at(0) }), [Copy, GiveUp]);
    let touch = MenuContext { is_touch: true, on_link: true, ..at(0) };
    assert_eq!(actions(None, &waiting, touch), [OpenLink, CopyLink, Copy, SelectText]);
    outbox.refused(Some(id(9)), Code::BlockedWord, None, 0);
    assert_eq!(actions(Some(&room), &unsent(&outbox), at(0)), [Retry, Revise, Copy, GiveUp]);
}

#[test]
fn what_this_page_took_back_can_be_written_anew_on_it() {
    let facts = |target| Fact::Recalled { by: ME, id: id(9), target: Seq(target) };
    let mut room = room(&[], vec![(0, said(ME, 1, "一")), (1, said(ME, 2, "二")), (1, said(OTHER, 2, "三"))]);
    [3, 5].into_iter().for_each(|seq| room.remember_recalled(Seq(seq)));
    let events =
        (6..).zip([3, 4, 5]).map(|(seq, target)| Event { seq: Seq(seq), at: Millis(2), fact: facts(target) });
    room.fold(events.collect(), &Names::new()).unwrap();
    let anew = |row| if let Row::Note { anew, .. } = row { Some(anew) } else { None };
    let anew: Vec<_> = all(&room, &Outbox::default()).into_iter().filter_map(anew).collect();
    assert_eq!(anew, [Some("一".into()), None, None]);
}

#[test]
fn an_id_taken_from_another_member_makes_no_row_the_same_as_its() {
    let said = |by, text: &str| {
        let text = Text::parse(text).unwrap();
        Fact::Said { by, id: id(1), text, reply_to: None, edited: None }
    };
    let (third, facts) = (MemberId(3), vec![(1, joined(ME, "张三")), (2, joined(OTHER, "李四"))]);
    let said = [ME, OTHER, third].map(|by| (3, said(by, "一样的号")));
    let room = room(&[], facts.into_iter().chain(said).collect());
    let outbox = Outbox::default();
    let rows = Rows { room: Some(&room), outbox: &outbox, now: Millis(9), local: utc, lang: Lang::Zh };
    let keys: std::collections::HashSet<String> = rows
        .at(0..rows.places())
        .iter()
        .filter_map(|row| if let Row::Message(message) = row { Some(message.key()) } else { None })
        .collect();
    assert_eq!(keys.len(), 3);
}
