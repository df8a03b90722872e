//! Before the program is there, and without a network.

use e2e::Story;
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
