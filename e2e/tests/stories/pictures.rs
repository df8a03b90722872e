//! Pictures for a person to look at, in `target/screenshots`: desk and phone, light and dark.

use e2e::{Screen, TestWorld};

use crate::rooms::{join_by_link, make_room};

#[test]
fn the_card_the_refusal_and_the_room_have_their_pictures_taken() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.take_screenshots("join");
    zhang.join("欧阳静怡");

    let li = story.window();
    li.type_name("zhang三");
    li.connect();
    li.wait_until("the refusal", "return !!document.querySelector('#name-hint.bad')");
    li.take_screenshots("join-bad-name");
    li.refused("欧阳静怡");
    li.take_screenshots("join-refused");
    li.join("李四");

    zhang.say("早！昨晚的方案你看了吗？");
    li.wait_for_text("早！昨晚的方案你看了吗？");
    li.say("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.wait_for_text("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.say("太好了");
    zhang.say(
        "那我们三点过一遍，顺便把“两个窗口、两个名字”那一节的截图换成新的，旧的那张字太小，投影上看不清。",
    );
    li.wait_for_text("太好了");
    li.say("好，三点见");
    zhang.wait_for_text("好，三点见");
    zhang.wait_until_delivered("太好了");
    zhang.take_screenshots("room");
}

#[test]
fn the_lost_connection_has_its_picture_taken() {
    let mut story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("你那边怎么样？");
    li.wait_for_text("你那边怎么样？");
    li.say("挺好的");
    zhang.wait_for_text("挺好的");
    story.server.kill9();
    zhang.wait_until_lost();
    zhang.say("我这边好像断了");
    zhang.wait_for_text("我这边好像断了");
    zhang.take_screenshots("lost");
}

#[test]
fn a_lively_conversation_has_its_picture_taken() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "欧阳静怡", 2);
    zhang.join("张三");
    let elsewhere = story.profile();
    let jing = elsewhere.window();
    join_by_link(&jing, &link, "欧阳静怡");
    jing.say("下午的会改到三点了，地点还是上海东路那家。");
    jing.say("材料我带着，你只用带电脑。");
    zhang.wait_for_text("材料我带着，你只用带电脑。");
    zhang.choose_for("下午的会改到三点了，地点还是上海东路那家。", "回复");
    zhang.wait_until("the answer", "return !!document.querySelector('#aim')");
    zhang.commit("收到，我两点半出门。");
    zhang.press_enter();
    zhang.wait_for_state("收到，我两点半出门。", "已读");
    zhang.say("打错了");
    zhang.wait_until_delivered("打错了");
    zhang.choose_for("打错了", "撤回");
    zhang.wait_for_note("你撤回了一条消息");
    zhang.put_out_of_sight(true);
    jing.say("地图在这里 https://example.com/map。别走错门。");
    zhang.wait_for_text("地图在这里 https://example.com/map。别走错门。");
    zhang.put_out_of_sight(false);
    zhang.say("好的，看到了");
    zhang.wait_for_state("好的，看到了", "已读");
    jing.write("textarea#message", "嗯");
    zhang.wait_for_typing("欧阳静怡正在输入…");
    zhang.take_screenshots("lively");
    zhang.right_click("好的，看到了");
    zhang.take_screenshots("lively-menu");
}

#[test]
fn invitation_and_tools_are_in_sight_with_2_30_and_200_members() {
    let story = TestWorld::start_without_limits();
    let zhang = story.window();
    let link = make_room(&zhang, "周末爬山小队", 200);
    zhang.join("张三");
    zhang.take_screenshots("crowd-1");
    let elsewhere = story.profile();
    let crowd = elsewhere.window();
    join_by_link(&crowd, &link, "李四");
    crowd.say("明天八点在山门口集合，带够水和干粮。");
    zhang.wait_for_text("明天八点在山门口集合，带够水和干粮。");
    zhang.say("好的，我带急救包");
    zhang.wait_until_delivered("好的，我带急救包");
    zhang.take_screenshots("crowd-2");

    let names: Vec<String> = (0..198).map(name).collect();
    for (from, to, picture) in [(0, 28, "crowd-30"), (28, 198, "crowd-200")] {
        crowd.seat_by_hand(&names[from..to]);
        zhang.wait_until(
            "all of them",
            &format!("return document.querySelectorAll('.member').length === {}", to + 2),
        );
        crowd.say("人到得差不多了");
        zhang.wait_for_text("人到得差不多了");
        zhang.take_screenshots(picture);
        for section in ["#tab-invite", "#tab-host", "#tab-settings", "#tab-people"] {
            zhang.click(section);
            let inside: bool = zhang.ask(
                "const all = [...document.querySelectorAll('.side-body:not([hidden]) :is(button, input, select, textarea)')];
                 const first = all[0].getBoundingClientRect();
                 return 0 <= first.top && first.bottom <= innerHeight",
                &[],
            );
            assert!(inside, "{section} begins in sight");
        }
        assert_eq!(zhang.text(".member:first-child b"), "张三");
        assert_eq!(zhang.text(".member:first-child .badge"), "房主");
    }
    zhang.show_on(&Screen::phone());
    zhang.click("#more");
    zhang.take_screenshot("crowd-200-sheet");
    zhang.click("#tab-invite");
    zhang.take_screenshot("crowd-200-sheet-invite");
    zhang.click("#tab-host");
    zhang.take_screenshot("crowd-200-sheet-host");
    zhang.click("#tab-people");
    zhang.write("#find-member", "lisi");
    zhang.wait_until("李四 alone", "return document.querySelectorAll('.member').length === 1");
    zhang.click(".side .close");

    // A phone on its side has no side column.
    zhang.show_on(&Screen::phone_on_its_side());
    let width: f64 = zhang.ask("return document.querySelector('#log').clientWidth", &[]);
    assert!(width > 800.0 && !zhang.shows("#side"), "{width} px are left to read");
    zhang.take_screenshot("crowd-200-landscape");
    zhang.show_on(&Screen::desktop());
}

/// A name for each number: 王建国, 王建华, …
fn name(number: usize) -> String {
    let (surnames, given): (Vec<char>, Vec<char>) = (
        "王赵陈杨黄周吴徐孙马朱胡林郭何".chars().collect(),
        "国华军平明强伟敏静丽娟芳红燕玲".chars().collect(),
    );
    [surnames[number % 15], '建', given[number / 15]].iter().collect()
}
