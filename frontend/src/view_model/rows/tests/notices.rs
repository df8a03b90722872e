//! Arrivals and departures, in a room for two and in a group.

use shared::DeviceChange;

use super::*;

fn left(member: MemberId) -> Fact {
    Fact::Left { member, why: LeftWhy::Asked }
}

fn group(facts: Vec<(u64, Fact)>) -> Room {
    sized(8, &[], facts)
}

/// What stands below the line with the day.
fn lines(room: &Room) -> Vec<String> {
    drawn(room, &Outbox::default())[1..].to_vec()
}

/// Different names of members 10, 11, ….
fn joins(count: u32) -> Vec<(u64, Fact)> {
    let digits = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let name = |n: u32| format!("王{}{}", digits[(n / 10) as usize % 10], digits[(n % 10) as usize]);
    (0..count).map(|n| (u64::from(n), joined(MemberId(10 + n), &name(n)))).collect()
}

#[test]
fn a_run_of_arrivals_is_one_row_with_two_names_and_the_count() {
    assert_eq!(lines(&group(joins(1))), ["王一一加入了房间"]);
    assert_eq!(lines(&group(joins(2))), ["王一一、王一二加入了房间"]);
    assert_eq!(lines(&group(joins(24))), ["王一一、王一二等 24 人加入了房间"]);
}

#[test]
fn token_taken_to_sign_others_out_is_no_other_device() {
    let change = |n: u64, change| (n, Fact::Devices { by: ME, id: id(n), change });
    let added = |n| change(n, DeviceChange::Added);
    let room = group(vec![added(0), added(1), change(2, DeviceChange::OthersSignedOut)]);
    assert_eq!(lines(&room), [Msg::DeviceAdded, Msg::OthersSignedOut].map(|msg| msg.say(Lang::Zh)));
}

#[test]
fn a_name_in_a_notice_is_told_from_the_words_around_it() {
    let room = group(vec![(0, joined(OTHER, "李明和张伟"))]);
    let texts: Vec<_> = all(&room, &Outbox::default())
        .into_iter()
        .filter_map(|row| if let Row::Note { text, .. } = row { Some(text) } else { None })
        .collect();
    let parts: Vec<_> = texts[0].split(APART).collect();
    assert_eq!(parts, ["", "李明和张伟", "加入了房间"], "one person came");
}

#[test]
fn messages_of_the_host_say_so() {
    let mut room =
        group(vec![(0, joined(OTHER, "李四")), (1, said(OTHER, 1, "我说了算")), (2, said(ME, 2, "好"))]);
    room.facts.host = Some(OTHER);
    let by_host: Vec<_> = messages(&room, &Outbox::default()).iter().map(|message| message.by_host).collect();
    assert_eq!(by_host, [true, false]);
}

#[test]
fn in_english_the_others_are_counted() {
    let room = group(joins(24));
    let outbox = Outbox::default();
    let rows = Rows { lang: Lang::En, ..list(&room, &outbox) }.at(0..1);
    let Some(Row::Note { text, .. }) = rows.last() else { panic!("{rows:?}") };
    assert_eq!(text.replace(APART, ""), "王一一, 王一二 and 22 more joined");
}

#[test]
fn a_mixed_run_tells_who_came_and_who_left_in_the_end() {
    let (zhao, qian) = (MemberId(5), MemberId(6));
    let facts = vec![
        (0, joined(zhao, "赵一")),
        (1, joined(qian, "钱二")),
        (2, left(zhao)),
        (3, joined(OTHER, "李四")),
    ];
    assert_eq!(lines(&group(facts.clone())), ["赵一离开了房间", "钱二、李四加入了房间"]);
    let back = [vec![(0, left(OTHER))], facts, vec![(4, left(qian))]].concat();
    assert_eq!(lines(&group(back)), ["李四加入了房间", "赵一、钱二离开了房间"]);
}

#[test]
fn messages_own_arrival_removals_and_days_end_a_run() {
    let facts = vec![
        (0, joined(OTHER, "李四")),
        (1, joined(ME, "张三")),
        (2, joined(MemberId(3), "王五")),
        (3, Fact::Left { member: MemberId(3), why: LeftWhy::Removed }),
        (4, joined(MemberId(4), "赵六")),
        (5, said(OTHER, 1, "好")),
        (6, joined(MemberId(5), "钱一")),
        (DAY - 1, joined(MemberId(6), "孙二")),
        (DAY, joined(MemberId(7), "周三")),
        (DAY + 1, left(MemberId(7))),
        (DAY + 2, joined(MemberId(8), "吴四")),
    ];
    let expected = [
        "李四加入了房间",
        "欢迎你张三",
        "王五加入了房间",
        "王五已被移出房间",
        "赵六加入了房间",
        "李四:好",
        "钱一、孙二加入了房间",
        "== 昨天",
        "周三离开了房间",
        "吴四加入了房间",
    ];
    assert_eq!(lines(&group(facts)), expected);
}

#[test]
fn a_run_grows_in_both_directions_and_its_rows_keep_their_keys() {
    let mut room = group(joins(3));
    let place = list(&room, &Outbox::default()).place(Seq(3));
    assert_eq!((place, list(&room, &Outbox::default()).places()), (0, 1));
    let more = Event { seq: Seq(6), at: Millis(9), fact: joined(OTHER, "李四") };
    room.fold(vec![more], &Names::new()).unwrap();
    assert_eq!(lines(&room), ["王一一、王一二等 4 人加入了房间"]);
    let older = Event { seq: Seq(2), at: Millis(0), fact: joined(MemberId(3), "赵一") };
    room.prepend(shared::EventPage { events: vec![older], names: Names::new(), more: true });
    assert_eq!(lines(&room), ["赵一、王一一等 5 人加入了房间"]);
    let outbox = Outbox::default();
    let list = list(&room, &outbox);
    assert_eq!((list.places(), list.number(0), list.place(Seq(4))), (1, Some(Seq(6)), 0));
}

#[test]
fn who_is_there_already_is_told_in_one_row_of_a_group() {
    let already = [(OTHER, "李四"), (MemberId(3), "王五"), (MemberId(4), "赵六")];
    let room = sized(8, &already, vec![(0, joined(ME, "张三"))]);
    assert_eq!(lines(&room), ["欢迎你张三", "李四、王五等 3 人已在房间里"]);
}

#[test]
fn the_sentences_of_a_room_for_two_are_those_of_the_demo() {
    let facts = vec![
        (0, joined(ME, "张三")),
        (1, joined(OTHER, "李四")),
        (2, left(OTHER)),
        (3, joined(OTHER, "李四")),
    ];
    let expected =
        ["欢迎你张三", "李四在线啦，你们可以聊天啦", "李四断开了连接", "李四在线啦，你们可以聊天啦"];
    assert_eq!(lines(&sized(2, &[], facts)), expected);
}

#[test]
fn a_change_of_the_settings_says_what_was_changed() {
    let set = |title: Option<&str>, slow_s| Fact::Set {
        by: OTHER,
        id: id(1),
        title: title.map(str::to_owned),
        slow_s,
    };
    let room = group(vec![
        (0, set(Some("周末爬山"), None)),
        (1, set(None, Some(30))),
        (2, set(None, Some(0))),
        (3, set(Some("读书会"), Some(10))),
        (4, set(None, None)),
    ]);
    let expected = [
        "房间改名为“周末爬山”",
        "已开启慢速模式（每 30 秒一条）",
        "已关闭慢速模式",
        "房间改名为“读书会”",
        "已开启慢速模式（每 10 秒一条）",
        "房间设置已更改",
    ];
    assert_eq!(lines(&room), expected);
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn fact(kind: u8, member: u32, n: u64) -> Fact {
        let member = MemberId(member);
        match kind {
            0..=2 => joined(member, "王五"),
            3 => left(member),
            4 => Fact::Left { member, why: LeftWhy::Removed },
            5..=6 => said(member, n, "话"),
            _ => Fact::Recalled { by: member, id: id(n), target: Seq(n / 2 + 3) },
        }
    }

    proptest! {
        #[test]
        fn rows_of_ranges_concatenated_are_the_rows_of_all(
            events in proptest::collection::vec((0_u8..9, 1_u32..5, 0_u64..DAY / 3), 0..40),
            unsent in 0_u64..4,
            capacity in 2_u32..4,
            cuts in proptest::collection::vec(0_usize..50, 1..4),
        ) {
            let mut at = 0;
            let facts = events.iter().zip(0..).map(|((kind, member, after), n)| {
                // Most follow at once, and some much later.
                at += if after % 4 == 0 { *after } else { after % (4 * MINUTE) };
                (at, fact(*kind, *member, n))
            });
            let facts = facts.collect::<Vec<_>>();
            let mut room = sized(capacity, &[(OTHER, "李四")], facts);
            room.mark(&[(OTHER, Seq(9)), (ME, Seq(4))]);
            let mut outbox = Outbox::default();
            for n in 0..unsent {
                let say = Command::Say { text: Text::parse("还没发").unwrap(), reply_to: None };
                outbox.push(id(100 + n), say, Millis(at), None);
            }
            let list = list(&room, &outbox);
            let all = list.at(0..list.places());
            let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (list.places() + 1)).collect();
            bounds.extend([0, list.places()]);
            bounds.sort_unstable();
            let parts: Vec<Row> = bounds.windows(2).flat_map(|range| list.at(range[0]..range[1])).collect();
            prop_assert_eq!(parts, all);
            // Every place has a row, and every event its place.
            for place in 0..list.places() {
                prop_assert!(!list.at(place..place + 1).is_empty(), "place {}", place);
                if let Some(seq) = list.number(place) {
                    prop_assert_eq!(list.place(seq), place);
                }
            }
        }
    }
}
