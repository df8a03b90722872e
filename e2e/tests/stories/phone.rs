//! On a phone: one column, a touch screen, fingers.

use e2e::{Page, Screen, TestWorld};

use crate::rooms::{join_by_link, make_room};

#[test]
fn on_a_phone_one_joins_chats_and_leaves() {
    let story = TestWorld::start();
    let (zhang, li) = (story.window_of(&Screen::phone()), story.window());
    assert!(zhang.ask::<bool>("return matchMedia('(pointer: coarse)').matches", &[]), "this is no phone");
    check_layout(&zhang, "the card");
    zhang.join("张三");
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");

    let long = format!("{}{}", "很长的一句话".repeat(20), "a".repeat(200));
    li.say(&long);
    zhang.wait_for_text(&long);
    check_layout(&zhang, "the room");

    // A touch keyboard has no Shift+Enter.
    zhang.write("textarea#message", "一");
    zhang.press_enter();
    zhang.commit("二");
    assert_eq!(zhang.value("textarea#message"), "一\n二");
    zhang.click("button#send");
    li.wait_for_text("一\n二");

    assert!(!zhang.shows("button#disconnect"), "断开 is behind ⋯");
    zhang.click("button#more");
    zhang.wait_until("断开", "return document.querySelector('button#disconnect').checkVisibility()");
    check_layout(&zhang, "the menu");
    zhang.click("button#disconnect");
    zhang.wait_for_card();
    li.wait_for_note("张三断开了连接");
}

#[test]
fn back_key_closes_what_lies_above_the_messages_and_then_leaves() {
    let story = TestWorld::start();
    let (zhang, li) = (story.window_of(&Screen::phone()), story.window());
    zhang.leave_page();
    zhang.open(story.server.url());
    zhang.join("张三");
    li.join("李四");
    li.say("在吗");
    zhang.wait_for_text("在吗");

    let back = |what: &str, there: &str| {
        zhang.wait_until(what, &format!("return !!document.querySelector('{there}')"));
        zhang.wait_until("its history entry", "return history.state > 0");
        zhang.go_back();
        zhang.wait_until(&format!("no {what}"), &format!("return !document.querySelector('{there}')"));
        assert!(zhang.shows("#message"), "still in the room");
    };
    zhang.click("#more");
    back("sheet", ".side.open");
    zhang.click("#find");
    back("search", "#search");
    zhang.click("#emoji");
    back("emoji", "#emoji-choice");
    zhang.long_press("在吗");
    back("menu", "[role=menu]");
    zhang.long_press("在吗");
    zhang.choose("回复");
    back("answer", "#aim");

    // One above another: the upper one closes first.
    zhang.long_press("在吗");
    zhang.choose("回复");
    zhang.click("#emoji");
    zhang.wait_until("two entries", "return history.state === 2");
    zhang.go_back();
    zhang.wait_until("no emoji", "return !document.querySelector('#emoji-choice')");
    assert!(zhang.shows("#aim"));
    zhang.go_back();
    zhang.wait_until("no answer", "return !document.querySelector('#aim')");

    // From a hit, back leads to the hits again, and from there to the room.
    zhang.click("#find");
    zhang.write("#search-text", "在吗");
    zhang.wait_until("the hit", "return !!document.querySelector('.hit')");
    zhang.click(".hit");
    zhang.wait_until("the room", "return !document.querySelector('#search')");
    zhang.wait_until("the way back", "return history.state === 1");
    zhang.go_back();
    zhang.wait_until("the hits", "return !!document.querySelector('#search .hit')");
    back("search", "#search");

    // Closed by other means, an overlay leaves no entry behind.
    zhang.click("#more");
    zhang.wait_until("its entry", "return history.state === 1");
    zhang.click(".side .close");
    zhang.wait_until("no entry", "return !history.state");
    zhang.long_press("在吗");
    zhang.choose("回复");
    zhang.write("#message", "在");
    zhang.click("#send");
    li.wait_for_text("在");
    zhang.wait_until("no entry", "return !history.state");

    // From a quoted message, back leads to the one that quotes it.
    zhang.click(".quote");
    zhang.wait_until("the way back", "return history.state === 1");
    zhang.go_back();
    zhang.wait_until("no entry", "return !history.state");
    assert!(zhang.shows("#message"), "still in the room");

    // Nor does a reload.
    zhang.click("#find");
    zhang.wait_until("its entry", "return history.state === 1");
    zhang.reload();
    zhang.wait_for_text("在吗");
    zhang.wait_until("no entry", "return !history.state");
    zhang.go_back();
    zhang.wait_until("the page before", "return location.href === 'about:blank'");
}

#[test]
fn long_press_on_a_message_that_was_read_opens_its_menu() {
    let story = TestWorld::start();
    let zhang = story.window_of(&Screen::phone());
    let link = make_room(&zhang, "午饭", 5);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    zhang.write("#message", "好");
    zhang.click("#send");
    li.wait_for_text("好");
    zhang.wait_until("it to be read", "return document.querySelector('.readers')?.innerText === '1 人已读'");
    // The button below lies within a finger's width.
    zhang.long_press("好");
    assert!(zhang.menu().contains(&"撤回".to_owned()), "{:?}", zhang.menu());
}

/// Nothing is wider than the screen, and whatever is meant to be touched is large enough for a finger.
#[track_caller]
fn check_layout(page: &Page, place: &str) {
    let width = page.ask::<f64>("return Math.max(innerWidth, document.documentElement.scrollWidth)", &[]);
    assert!(width <= 390.0, "{place} is {width} px wide");
    let small = page.ask::<Vec<String>>(
        "return [...document.querySelectorAll('button, input, textarea, select, a[href]')]
             .filter(e => e.checkVisibility({ visibilityProperty: true }))
             .map(e => [e, e.getBoundingClientRect()])
             .filter(([e, r]) => r.height < 44 || r.width < 44)
             .map(([e, r]) => `${e.tagName}#${e.id}.${e.className} ${r.width}x${r.height}`)",
        &[],
    );
    assert!(small.is_empty(), "in {place}, too small for a finger: {small:?}");
}
