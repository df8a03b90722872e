//! Before the program is there, and without a network.

use e2e::{Page, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

#[test]
fn the_card_is_there_before_the_program_and_keeps_what_is_typed() {
    let story = TestWorld::start();
    let page = story.window();
    page.devtools("Network.enable", json!({}));
    page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    page.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
    let slow =
        json!({ "offline": false, "latency": 0, "downloadThroughput": 60_000, "uploadThroughput": 60_000 });
    page.devtools("Network.emulateNetworkConditions", slow);
    page.ask::<Value>("setTimeout(() => location.reload())", &[]);
    page.wait_until(
        "the card without the program",
        "return !!document.querySelector('.boot #name') && document.body.dataset.ready !== '1'",
    );
    assert!(page.text("h1").contains("欢迎使用"));
    page.write("#name", "欧阳静怡");
    page.wait_until("the program", "return document.body.dataset.ready === '1'");
    assert_eq!(page.value("#name"), "欧阳静怡");
    assert_eq!(page.count(".boot"), 0);
}

/// Waits for the card to say that the program does not come.
fn wait_for_the_reason(page: &Page) {
    page.wait_until("the reason", "return !!document.querySelector('#boot-problem:not([hidden])')");
    assert!(page.shows("#boot-problem") && page.text("#boot-problem").contains("页面没有加载完"));
    assert!(page.shows("#boot-again") && !page.text("body").contains("正在打开"));
}

#[test]
fn a_program_that_does_not_come_is_spoken_of_and_asked_for_again() {
    let story = TestWorld::start();
    let page = story.window();
    page.join("张三");
    page.devtools("Network.enable", json!({}));
    page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    page.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
    for part in ["*_bg.wasm", "*/page-*.js"] {
        page.devtools("Network.setBlockedURLs", json!({ "urls": [part] }));
        // With a seat the card is not shown, but for this.
        page.visit(story.server.url());
        wait_for_the_reason(&page);
    }
    page.devtools("Network.setBlockedURLs", json!({ "urls": [] }));
    page.click("#boot-again");
    page.wait_for_note("欢迎你张三");
    assert_eq!(page.count("#boot-problem"), 0);
}

#[test]
fn a_program_that_takes_too_long_is_spoken_of_until_it_is_there() {
    let story = TestWorld::start();
    let page = story.window();
    page.devtools("Network.enable", json!({}));
    page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    page.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
    let hurry = "const wait = setTimeout; window.setTimeout = (call, ms) => wait(call, ms / 100)";
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": hurry }));
    page.devtools("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*_bg.wasm" }] }));
    page.ask::<Value>("setTimeout(() => location.reload())", &[]);
    wait_for_the_reason(&page);
    page.devtools("Fetch.disable", json!({}));
    page.wait_until_ready();
    assert_eq!(page.count("#boot-problem"), 0);
}

#[test]
fn the_page_opens_without_a_server_and_is_the_newest_with_one() {
    let mut story = TestWorld::start();
    let page = story.window();
    make_room(&page, "周末爬山", 3);
    page.join("张三");
    page.say("八点出发");
    page.wait_until_delivered("八点出发");
    page.ask_later::<Value>(
        "const [done] = arguments;
         const kept = async () => (await (await caches.open('page')).keys()).length > 3;
         (async () => { await navigator.serviceWorker.ready; while (!await kept()) { await new Promise(next => setTimeout(next, 20)) } done(null) })()",
        &[],
    );
    story.server.kill9();
    page.reload();
    page.wait_for_text("八点出发");
    page.wait_until(
        "the title of the room",
        "return document.querySelector('.head h1').innerText === '周末爬山'",
    );
    page.wait_until_lost();
    page.say("带上水");
    page.take_screenshots("offline");
    page.reload();
    assert_eq!(page.wait_for_text("带上水").seq, None);
    story.server.restart();
    page.hear_online();
    page.wait_until_delivered("带上水");
    page.wait_for_texts(&["八点出发", "带上水"]);
}

#[test]
fn what_was_taken_back_meanwhile_is_shown_until_the_server_says_so_and_is_then_gone_from_the_browser() {
    let mut story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "悄悄话", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    zhang.say("说漏嘴了");
    zhang.say("留下的");
    li.wait_for_text("留下的");
    e2e::eventually("the copy", || match kept_copy(&li) {
        copy if copy.contains("说漏嘴了") && copy.contains("留下的") => Ok(()),
        copy => Err(copy),
    });
    li.leave_page();
    zhang.choose_for("说漏嘴了", "撤回");
    zhang.wait_for_note("你撤回了一条消息");
    // What the way back begins with is the server's to say.
    li.open(&link);
    li.wait_for_note("张三撤回了一条消息");
    li.wait_for_texts(&["留下的"]);
    e2e::eventually("the copy without it", || match kept_copy(&li) {
        copy if copy.contains("留下的") && !copy.contains("说漏嘴了") => Ok(()),
        copy => Err(copy),
    });
    story.server.kill9();
    li.reload();
    li.wait_for_texts(&["留下的"]);
    assert!(!li.everything().contains("说漏嘴了"));
    story.server.restart();
    li.hear_online();
    li.wait_until_back();
    li.disconnect();
    assert_eq!(kept_copy(&li), "", "断开 leaves nothing");
}

/// What its browser keeps of the one room it is in.
fn kept_copy(page: &Page) -> String {
    let copy = "return Object.entries(localStorage).find(([key]) => key.endsWith('.copy'))?.[1] ?? ''";
    page.ask(copy, &[])
}

#[test]
fn a_window_that_was_stopped_for_long_keeps_nothing_that_another_knows_to_be_gone() {
    let mut story = TestWorld::start();
    let stopped = story.window();
    let stop = "window.WebSocket = class extends WebSocket {
        constructor(url) {
            super(url);
            super.addEventListener('message', event => window.stopped && event.stopImmediatePropagation());
        }
    }";
    stopped.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": stop }));
    stopped.reload();
    let link = make_room(&stopped, "悄悄话", 3);
    stopped.join("张三");
    stopped.say("说漏嘴了");
    stopped.say("留下的");
    stopped.wait_until_delivered("留下的");
    let other = story.window();
    other.open(&link);
    other.wait_for_text("说漏嘴了");
    stopped.ask::<Value>("window.stopped = true", &[]);
    other.choose_for("说漏嘴了", "撤回");
    let gone = || match kept_copy(&other) {
        copy if copy.contains("留下的") && !copy.contains("说漏嘴了") => Ok(()),
        copy => Err(copy),
    };
    e2e::eventually("the copy without it", gone);
    assert!(stopped.texts().contains(&"说漏嘴了".to_owned()));
    stopped.put_out_of_sight(true);
    assert_eq!(gone(), Ok(()));
    other.disconnect();
    stopped.put_out_of_sight(false);
    stopped.put_out_of_sight(true);
    assert_eq!(kept_copy(&other), "", "断开 leaves nothing");
    // It was never told, and does not take the seat again that its person has left.
    stopped.put_out_of_sight(false);
    stopped.ask::<Value>("window.stopped = false", &[]);
    story.server.kill9();
    story.server.restart();
    stopped.hear_online();
    stopped.wait_for_card();
    assert_eq!(other.ask::<Vec<String>>("return Object.keys(localStorage)", &[]), [""; 0]);
}

#[test]
fn who_was_asked_out_meanwhile_sees_nothing_more_of_the_room() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "读书会", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    zhang.say("看到第三章了");
    li.wait_for_text("看到第三章了");
    li.leave_page();
    zhang.click(".remove");
    zhang.click(".remove-for-good");
    zhang.wait_for_note("李四已被移出房间");
    li.open(&link);
    li.wait_for_problem("你已被请出房间，可以去别的房间聊");
    assert!(!li.everything().contains("第三章"));
}

#[test]
fn nothing_of_the_lobby_is_kept() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("大厅里的话");
    li.wait_for_text("大厅里的话");
    zhang.put_out_of_sight(true);
    zhang.put_out_of_sight(false);
    zhang.reload();
    zhang.wait_for_text("大厅里的话");
    let kept: String = zhang.ask("return JSON.stringify([localStorage, sessionStorage])", &[]);
    assert!(!kept.contains("大厅里的话"), "{kept}");
}
