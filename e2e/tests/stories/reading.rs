//! 已读, and who is writing.

use std::time::Duration;

use e2e::{Page, TestWorld, eventually_within};

use crate::rooms::{join_by_link, make_room};

#[test]
fn in_a_pair_it_shows_who_is_writing_and_what_was_read() {
    let mut story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "两个人", 2);
    zhang.join("张三");
    zhang.say("在吗？");
    zhang.wait_for_state("在吗？", "已送达");

    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    // Whoever joins later is no reader of what was said before.
    zhang.say("来啦");
    zhang.wait_for_state("来啦", "已读");
    zhang.wait_for_state("在吗？", "已送达");

    // Who writes is named until the message is there, or until they stop.
    li.write("textarea#message", "在");
    zhang.wait_for_typing("李四正在输入…");
    zhang.take_screenshots("typing");
    li.press_enter();
    zhang.wait_for_text("在");
    zhang.wait_for_typing("");
    li.write("textarea#message", "我想想");
    zhang.wait_for_typing("李四正在输入…");
    zhang.wait_for_typing("");

    zhang.say("那就三点");
    zhang.wait_for_state("那就三点", "已读");
    // From now on nobody but the server knows.
    li.leave_page();
    drop(elsewhere);
    story.server.terminate();
    story.server.restart();
    zhang.reload();
    zhang.wait_for_state("那就三点", "已读");
}

#[test]
fn in_a_group_it_shows_how_many_have_read_and_on_demand_who() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "周末爬山", 3);
    zhang.join("张三");
    let (one, other) = (story.profile(), story.profile());
    let (li, wang) = (one.window(), other.window());
    join_by_link(&li, &link, "李四");
    join_by_link(&wang, &link, "王五");

    // Nobody reads what is out of sight.
    li.put_out_of_sight(true);
    zhang.say("九点出发");
    li.wait_for_text("九点出发");
    zhang.wait_for_state("九点出发", "1 人已读");
    zhang.click(".readers");
    zhang.wait_until("who has read", "return document.querySelector('.reason')?.innerText === '王五'");
    li.put_out_of_sight(false);
    zhang.wait_until("who has read", "return document.querySelector('.reason')?.innerText === '李四、王五'");
    assert_eq!(zhang.text(".readers"), "2 人已读");
    zhang.take_screenshots("read");
    zhang.click(".readers");
    zhang.wait_until("the names to go", "return document.querySelector('.reason') === null");

    li.write("textarea#message", "我");
    wang.write("textarea#message", "我");
    zhang.wait_for_typing("李四、王五正在输入…");
}

#[test]
fn two_windows_of_one_browser_are_one_member() {
    let story = TestWorld::start();
    let (zhang, tab) = (story.window(), story.window());
    let link = make_room(&zhang, "一个人", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    tab.open(&link);
    tab.wait_for_note("欢迎你张三");

    tab.say("窗口二");
    zhang.say("窗口一");
    for page in [&zhang, &tab, &li] {
        page.wait_for_texts(&["窗口二", "窗口一"]);
    }
    for page in [&zhang, &tab] {
        page.wait_for_state("窗口一", "1 人已读");
        page.wait_for_state("窗口二", "1 人已读");
    }
    li.say("收到");
    li.wait_for_state("收到", "1 人已读");
    assert_eq!(li.notes(), ["张三加入了房间", "欢迎你李四"]);

    tab.write("textarea#message", "写");
    li.wait_for_typing("张三正在输入…");
    assert_eq!(zhang.text("#typing"), "");
    assert_eq!(li.text(".head small"), "3 人群聊 · 2 人在线");
    assert_eq!(li.count(".members .member"), 2);
}

#[test]
fn two_windows_that_wait_for_a_name_become_one_member() {
    let story = TestWorld::start();
    let made = story.window();
    let link = make_room(&made, "周末爬山", 3);
    made.join("张三");
    let elsewhere = story.profile();
    let (one, other) = (elsewhere.window(), elsewhere.window());
    one.open(&link);
    other.open(&link);
    other.join("李四");
    one.join("李四");
    one.wait_for_note("欢迎你李四");
    one.reload();
    other.reload();
    one.say("是我");
    other.wait_for_text("是我");
    made.wait_for_text("是我");
    assert_eq!(made.count(".members .member"), 2);
}

#[test]
fn who_goes_to_another_page_is_offline_and_back_with_the_back_button() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    wait_for_head(&zhang, "对方在线");
    li.leave_page();
    wait_for_head(&zhang, "对方离线");
    zhang.say("人呢");
    li.go_back();
    li.wait_for_texts(&["人呢"]);
    wait_for_head(&zhang, "对方在线");
    zhang.wait_for_state("人呢", "已读");
}

/// Waits until the head says this of the others. The server gives who is gone ten seconds to come back.
#[track_caller]
fn wait_for_head(page: &Page, state: &str) {
    eventually_within(Duration::from_secs(40), state, || {
        let seen = page.try_text(".head small")?;
        if seen == state { Ok(()) } else { Err(seen) }
    });
}
