//! The program panics.

use std::time::Duration;

use e2e::{Page, TestWorld, eventually_within};
use serde_json::Value;

/// Makes every change of the page's elements fail. The program expects these to succeed, so the next one is a panic.
fn break_the_document(page: &Page) {
    page.ask::<Value>("Node.prototype.insertBefore = () => { throw new Error('broken') }", &[]);
}

fn wait_for_crash(page: &Page) {
    page.wait_until("the crash", "return !!document.querySelector('#crash')");
    assert_eq!(page.text("#crash p"), "页面出错了，你写的内容已保留。");
    assert_eq!(page.text("#crash button"), "重新加载");
    assert_eq!(page.count("main"), 1, "nothing of the program is left");
    page.take_screenshots("crash");
}

/// Reloads the page with the button that a crash leaves.
fn reload_after_crash(page: &Page) {
    wait_for_crash(page);
    page.click("#crash button");
    page.wait_until_ready();
}

#[test]
fn crash_shows_a_sentence_and_keeps_what_was_written() {
    let world = TestWorld::start();
    let (zhang, li) = world.pair("张三", "李四");
    break_the_document(&zhang);
    zhang.write("textarea#message", "这句要留着");
    zhang.press_enter();
    wait_for_crash(&zhang);
    // The server learns that nobody is there. It shows a member offline some 20 s later.
    eventually_within(Duration::from_secs(40), "张三 to be offline", || {
        let seen = li.try_text(".head small")?;
        if seen.contains("离线") { Ok(()) } else { Err(seen) }
    });
    reload_after_crash(&zhang);
    for page in [&zhang, &li] {
        page.wait_for_texts(&["这句要留着"]);
    }
}

#[test]
fn crash_keeps_a_draft() {
    let world = TestWorld::start();
    let (zhang, li) = world.pair("张三", "李四");
    zhang.write("textarea#message", "还没写完");
    break_the_document(&zhang);
    li.say("在吗");
    reload_after_crash(&zhang);
    zhang.wait_for_texts(&["在吗"]);
    assert_eq!(zhang.value("textarea#message"), "还没写完");
}
