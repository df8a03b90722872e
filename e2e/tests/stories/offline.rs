//! Before the program is there, and without a network.

use e2e::{Page, Story};
use serde_json::{Value, json};

use crate::rooms::make_room;

#[test]
fn the_card_is_there_before_the_program_and_keeps_what_is_typed() {
    let story = Story::begin();
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
    let story = Story::begin();
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
    let story = Story::begin();
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
    let mut story = Story::begin();
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
    page.wait_until(
        "the page itself",
        "return document.querySelector('#banner')?.innerText === '连接不上服务器，正在重试…'",
    );
    story.server.restart();
    page.hear_online();
    page.wait_for_text("八点出发");
}
