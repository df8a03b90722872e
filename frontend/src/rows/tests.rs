//! What is drawn, for one history each.

use shared::{
    Epoch, Event, Fact, History, LeftWhy, Member, Name, NameRule, Names, Replay, RoomFacts, RoomId, Text, You,
};

use super::*;
use crate::outbox::Act;

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
    let room = RoomFacts {
        id: RoomId::Lobby,
        epoch: Epoch::new(&[1; 8]),
        title: None,
        capacity: 2,
        locked: false,
        history: History::FromJoin,
        slow_s: 0,
    };
    let you = You { member: ME, name: name("张三"), host: false, token: None };
    let member = |(member, text): &(MemberId, &str)| Member { member: *member, name: name(text) };
    let members: Vec<_> = [(ME, "张三")].iter().chain(already).map(member).collect();
    let mut room = Room::welcomed(None, room, &you, &members, Replay::Reset);
    let events = (3..).zip(facts).map(|(seq, (at, fact))| Event { seq: Seq(seq), at: Millis(at), fact });
    room.fold(events.collect(), &Names::new()).unwrap();
    room
}

fn joined(member: MemberId, text: &str) -> Fact {
    Fact::Joined { member, name: name(text) }
}

fn said(by: MemberId, n: u64, text: &str) -> Fact {
    Fact::Said { by, id: id(n), text: Text::parse(text).unwrap(), reply_to: None, edited: None }
}

fn drawn(room: &Room, outbox: &Outbox) -> Vec<String> {
    let line = |row: &Row| match row {
        Row::Day(day) => format!("== {day}"),
        Row::Note { text, .. } => text.clone(),
        Row::Message(message) => {
            let mark = if message.again { "+" } else { "" };
            format!("{mark}{}:{}", message.name, message.text)
        }
    };
    rows(Some(room), outbox, Millis(2 * DAY), utc, Lang::Zh).iter().map(line).collect()
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
fn days_are_divided_and_close_messages_of_one_person_stand_together() {
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
    let say = Act::Say { text: Text::parse("还没发").unwrap(), reply_to: None };
    outbox.push(id(9), say, Millis(2 * DAY), None);
    outbox.push(id(10), Act::Recall { seq: Seq(3) }, Millis(2 * DAY), None);
    let room = room(&[], vec![(2 * DAY, said(OTHER, 1, "一"))]);
    assert_eq!(drawn(&room, &outbox), ["== 今天", "有人:一", ":还没发"]);
}

#[test]
fn own_messages_say_how_many_have_read_them() {
    let facts = (1..=4).map(|n| (n, said(if n == 3 { OTHER } else { ME }, n, "话"))).collect();
    let mut room = room(&[(OTHER, "李四")], facts);
    room.mark(&[(OTHER, Seq(4)), (MemberId(9), Seq(5)), (ME, Seq(6))]);
    let rows = rows(Some(&room), &Outbox::default(), Millis(0), utc, Lang::Zh);
    let read = |row: &Row| match row {
        Row::Message(message) => Some(message.read_by),
        Row::Day(_) | Row::Note { .. } => None,
    };
    assert_eq!(rows.iter().filter_map(read).collect::<Vec<_>>(), [2, 2, 0, 0]);
}

#[test]
fn recalls_say_who_took_the_message_back() {
    let recalled = |by, target| Fact::Recalled { by, id: id(5), target: Seq(target) };
    let room = room(
        &[(OTHER, "李四")],
        vec![
            (0, said(ME, 1, "一")),
            (1, said(OTHER, 2, "二")),
            (2, recalled(ME, 3)),
            (3, recalled(OTHER, 4)),
        ],
    );
    assert_eq!(drawn(&room, &Outbox::default())[1..], ["你撤回了一条消息", "李四撤回了一条消息"]);
}

#[test]
fn an_avatar_is_the_end_of_the_name_in_a_colour_that_white_can_be_read_on() {
    assert_eq!((initials("欧阳静怡"), initials("张三"), initials("李")), ("静怡", "张三", "李"));
    assert_eq!(hue("张三"), hue("张三"));
    for hue in 0..360 {
        // hsl(hue 38% 33%), as in the style sheet.
        let channel = |n: f64| {
            let k = (n + f64::from(hue) / 30.0) % 12.0;
            let c = 0.33 - 0.38 * 0.33 * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * channel(0.0) + 0.7152 * channel(8.0) + 0.0722 * channel(4.0);
        assert!(1.05 / (luminance + 0.05) >= 4.5, "{hue}");
    }
}
