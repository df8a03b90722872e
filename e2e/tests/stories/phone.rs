//! On a phone: one column, a touch screen, fingers.

use e2e::{Page, Screen, TestWorld};

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
