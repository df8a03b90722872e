//! What came while one was away: where it begins, and how one gets there.

use e2e::{Page, TestWorld, eventually};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

/// The number of the message below the line; none without a line.
#[track_caller]
fn below_the_line(page: &Page) -> Option<u64> {
    page.ask(
        "let row = document.querySelector('#unread-line');
         while (row && !row.dataset.seq) { row = row.nextElementSibling }
         return row ? Number(row.dataset.seq) : null",
        &[],
    )
}

#[track_caller]
fn wait_for_the_line_above(page: &Page, text: &str) {
    let seq = page.seq_of(text);
    page.wait_until(
        "the line",
        "return document.querySelector('#unread-line')?.innerText === '以下是新消息'",
    );
    assert_eq!(below_the_line(page), Some(seq), "the line is above {text}");
}

#[test]
fn the_line_stands_above_the_first_unread_message_and_stays_while_one_reads() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "两个人", 3);
    zhang.join("张三");
    zhang.say("从前");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    li.wait_for_text("从前");
    assert_eq!(below_the_line(&li), None, "to who is new here everything is new");
    li.say("我在");
    li.wait_until_delivered("我在");

    li.put_out_of_sight(true);
    for text in ["第一条", "第二条"] {
        zhang.say(text);
        li.wait_for_text(text);
    }
    li.put_out_of_sight(false);
    wait_for_the_line_above(&li, "第一条");
    li.wait_until("no button to what is in sight", "return !document.querySelector('#jump-unread')");
    li.take_screenshots("unread");
    zhang.say("第三条");
    li.say("看到了");
    li.wait_for_text("第三条");
    wait_for_the_line_above(&li, "第一条");

    // Away and back, and nothing came meanwhile.
    li.put_out_of_sight(true);
    li.put_out_of_sight(false);
    li.wait_until("the line to go", "return !document.querySelector('#unread-line')");

    // Away from the page altogether.
    zhang.wait_for_state("第三条", "1 人已读");
    li.wait_until_delivered("看到了");
    li.leave_page();
    zhang.say("第四条");
    zhang.wait_until_delivered("第四条");
    li.open(&link);
    li.wait_for_text("第四条");
    wait_for_the_line_above(&li, "第四条");
    assert_eq!(below_the_line(&zhang), None);
}

#[test]
fn a_button_leads_to_what_came_and_is_out_of_sight() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "两个人", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    zhang.wait_for_note("李四加入了房间");
    li.put_out_of_sight(true);
    for n in 1..=25 {
        zhang.say(&format!("第{n}条"));
    }
    li.wait_for_text("第25条");
    li.put_out_of_sight(false);
    li.wait_until(
        "the button",
        "return document.querySelector('#jump-unread')?.innerText.trim() === '25 条新消息'",
    );
    li.click("#jump-unread");
    li.wait_until(
        "the line in sight, and the button gone",
        "const line = document.querySelector('#unread-line')?.getBoundingClientRect();
         const list = document.querySelector('#log').getBoundingClientRect();
         return !!line && line.top >= list.top && line.bottom <= list.bottom && !document.querySelector('#jump-unread')",
    );
    assert_eq!(below_the_line(&li), Some(li.seq_of("第1条")));
}

#[test]
fn visible_window_without_focus_does_not_read() {
    let world = TestWorld::start();
    let zhang = world.window();
    let link = make_room(&zhang, "第二块屏幕", 3);
    zhang.join("张三");
    let elsewhere = world.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    li.say("早");
    li.wait_for_state("早", "1 人已读");

    zhang.set_focus(false);
    li.say("看到了吗");
    zhang.wait_for_text("看到了吗");
    zhang.wait_until("the count", "return document.title.startsWith('(1) ')");
    let sent = li.wait_until_delivered("看到了吗");
    assert!(!sent.state.contains("已读"), "{sent:?}");

    zhang.set_focus(true);
    zhang.wait_until("no count", "return !document.title.startsWith('(')");
    wait_for_the_line_above(&zhang, "看到了吗");
    li.wait_for_state("看到了吗", "1 人已读");
}

#[test]
fn on_a_second_device_a_button_leads_to_the_first_of_very_many() {
    let world = TestWorld::start_without_limits();
    let (elsewhere, second) = (world.profile(), world.profile());
    let filler = elsewhere.window();
    let page = world.window();
    let path = filler.fill_room(40);
    let link = format!("{}{path}", world.server.url());
    page.open(&link);
    page.join("张三");
    page.say("看到这里");
    page.wait_until_delivered("看到这里");
    let read = page.seq_of("看到这里");
    eventually("the mark", || {
        if filler.filler_knows_read("张三", read) { Ok(()) } else { Err("not read".to_owned()) }
    });
    let key = format!("duiliao.{}.seat", path.trim_start_matches("/r/"));
    let seat: String = page.ask("return localStorage.getItem(arguments[0])", &[json!(key)]);
    page.leave_page();
    for n in 1..=300 {
        filler.filler_says(&format!("第{n}条新的"));
    }

    let phone = second.window();
    phone.ask::<Value>("localStorage.setItem(arguments[0], arguments[1])", &[json!(key), json!(seat)]);
    phone.open(&link);
    phone.wait_for_text("第300条新的");
    phone.wait_until(
        "how many there are at least",
        "return document.querySelector('#jump-unread')?.innerText.trim() === '100+ 条新消息'",
    );
    assert_eq!(below_the_line(&phone), None, "the first of them is not held yet");
    assert!(!filler.filler_knows_read("张三", read + 1), "what nobody has seen is not read");
    phone.click("#jump-unread");
    phone.wait_until(
        "the line in sight, and the button gone",
        "const line = document.querySelector('#unread-line')?.getBoundingClientRect();
         const list = document.querySelector('#log').getBoundingClientRect();
         return !!line && line.top >= list.top && line.bottom <= list.bottom && !document.querySelector('#jump-unread')",
    );
    assert_eq!(below_the_line(&phone), Some(phone.seq_of("第1条新的")));
    phone.click("#jump-latest");
    phone.wait_for_text("第300条新的");
    eventually("all of it to be read", || {
        if filler.filler_knows_read("张三", read + 300) { Ok(()) } else { Err("not read".to_owned()) }
    });
}
