//! Before the program is there, and without a network.

use std::time::{Duration, Instant};

use e2e::{FlakyProxy, Page, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

#[test]
fn the_card_is_there_before_the_program_and_keeps_what_is_typed() {
    let story = TestWorld::start();
    let page = story.window();
    bypass_caches(&page);
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

/// Waits for the card to say that the program does not load.
fn wait_for_load_failure(page: &Page) {
    page.wait_until("the failure", "return !!document.querySelector('#boot-problem:not([hidden])')");
    assert!(
        page.shows("#boot-problem")
            && page.text("#boot-problem").contains("页面加载失败，请检查网络后重试。")
    );
    assert!(page.shows("#boot-reload") && !page.text("body").contains("正在加载"));
}

/// Loads everything from the network: not from the HTTP cache, and not through the service worker.
fn bypass_caches(page: &Page) {
    page.devtools("Network.enable", json!({}));
    page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    page.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
}

#[test]
fn a_program_that_does_not_come_is_spoken_of_and_asked_for_again() {
    let story = TestWorld::start();
    let page = story.window();
    page.join("张三");
    bypass_caches(&page);
    for part in ["*_bg.wasm", "*/page-*.js"] {
        page.devtools("Network.setBlockedURLs", json!({ "urls": [part] }));
        // With a seat the card is not shown, but for this.
        page.visit(story.server.url());
        wait_for_load_failure(&page);
    }
    page.devtools("Network.setBlockedURLs", json!({ "urls": [] }));
    page.click("#boot-reload");
    page.wait_for_note("欢迎你张三");
    assert_eq!(page.count("#boot-problem"), 0);
}

#[test]
fn a_program_that_takes_too_long_is_spoken_of_until_it_is_there() {
    let story = TestWorld::start();
    let page = story.window();
    bypass_caches(&page);
    let hurry = "const wait = setTimeout; window.setTimeout = (call, ms) => wait(call, ms / 100)";
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": hurry }));
    page.devtools("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*_bg.wasm" }] }));
    page.ask::<Value>("setTimeout(() => location.reload())", &[]);
    wait_for_load_failure(&page);
    page.devtools("Fetch.disable", json!({}));
    page.wait_until_ready();
    assert_eq!(page.count("#boot-problem"), 0);
}

/// Waits until the service worker keeps the page and its three parts.
#[track_caller]
fn wait_until_kept(page: &Page) {
    page.ask_later::<Value>("navigator.serviceWorker.ready.then(() => arguments[0](null))", &[]);
    e2e::eventually("the kept page", || match kept_files(page)? {
        files if files.len() == 4 => Ok(()),
        files => Err(format!("{files:?}")),
    });
}

/// The addresses that the service worker keeps.
fn kept_files(page: &Page) -> Result<Vec<String>, String> {
    page.try_ask_later(
        "const [done] = arguments;
         caches.open('page').then(cache => cache.keys()).then(keys => done(keys.map(({ url }) => url)))",
        &[],
    )
}

/// A window behind a proxy, with the page kept by the service worker.
fn window_with_kept_page(world: &TestWorld, proxy: &FlakyProxy) -> Page {
    let page = world.window();
    page.open(proxy.url());
    page.join("张三");
    wait_until_kept(&page);
    // The worker that was installed by the first load serves the second one.
    page.reload();
    page
}

#[test]
fn kept_page_opens_after_3_s_on_a_silent_network() {
    let world = TestWorld::start();
    let proxy = FlakyProxy::start(&world.server);
    let page = window_with_kept_page(&world, &proxy);
    proxy.swallow();
    let start = Instant::now();
    page.reload();
    assert!(start.elapsed() < Duration::from_secs(3 + 5), "{:?}", start.elapsed());
    wait_for_banner(&page);
    proxy.mend();
    page.connection();
}

/// Waits until the page says that it has no connection.
fn wait_for_banner(page: &Page) {
    page.wait_until("the banner", "return !!document.querySelector('#banner.lost')");
}

#[test]
fn kept_page_opens_when_a_proxy_answers_for_the_server() {
    let world = TestWorld::start();
    let proxy = FlakyProxy::start(&world.server);
    let page = window_with_kept_page(&world, &proxy);
    let kept = kept_files(&page);
    for status in [500, 502, 503, 504] {
        proxy.respond_with(status);
        page.reload();
        wait_for_banner(&page);
    }
    // A login page is shown, because it may be needed, but never kept.
    proxy.respond_with(200);
    page.visit(proxy.url());
    assert_eq!(page.text("h1"), "200");
    assert_eq!(kept_files(&page), kept);
    proxy.cut();
    page.visit(proxy.url());
    page.wait_until_ready();
    proxy.mend();
    page.connection();
}

#[test]
fn missing_parts_reload_the_page_once() {
    let world = TestWorld::start();
    let proxy = FlakyProxy::start(&world.server);
    let page = world.window();
    bypass_caches(&page);
    let count = "if (location.protocol === 'http:') {
        sessionStorage.setItem('loads', Number(sessionStorage.getItem('loads')) + 1)
    }";
    page.devtools("Page.enable", json!({}));
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": count }));
    proxy.hide_parts();
    page.visit(proxy.url());
    page.wait_until("the second load", "return sessionStorage.getItem('loads') === '2'");
    wait_for_load_failure(&page);
    proxy.mend();
    page.click("#boot-reload");
    page.wait_until_ready();
    assert_eq!(page.ask::<String>("return sessionStorage.getItem('loads')", &[]), "3");
}

#[test]
fn load_failure_is_shown_in_the_chosen_language() {
    let world = TestWorld::start();
    let page = world.window();
    page.ask::<Value>("localStorage.setItem('duiliao.lang', 'en')", &[]);
    // A browser that cannot compile the program.
    let broken = "WebAssembly.instantiateStreaming = WebAssembly.instantiate =
        () => Promise.reject(new WebAssembly.CompileError('unknown instruction'))";
    page.devtools("Page.enable", json!({}));
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": broken }));
    page.visit(world.server.url());
    page.wait_until("the failure", "return !!document.querySelector('#boot-problem:not([hidden])')");
    let sentence = "Couldn't load the page. Check your connection and try again.";
    assert_eq!(page.text("#boot-problem"), sentence);
    assert_eq!(page.text("#boot-reload"), "Reload");
    assert_eq!(page.text("h1"), "WebSocket chat, welcome");
    let lang_and_title =
        page.ask::<[String; 2]>("return [document.documentElement.lang, document.title]", &[]);
    assert_eq!(lang_and_title, ["en", "Duiliao"]);
    page.take_screenshots("load-failure");
}

#[test]
fn the_page_opens_without_a_server_and_is_the_newest_with_one() {
    let mut story = TestWorld::start();
    let page = story.window();
    make_room(&page, "周末爬山", 3);
    page.join("张三");
    page.say("八点出发");
    page.wait_until_delivered("八点出发");
    wait_until_kept(&page);
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
    e2e::eventually("the copy", || match kept_copy(&li)? {
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
    e2e::eventually("the copy without it", || match kept_copy(&li)? {
        copy if copy.contains("留下的") && !copy.contains("说漏嘴了") => Ok(()),
        copy => Err(copy),
    });
    story.server.kill9();
    li.reload();
    li.wait_for_texts(&["留下的"]);
    assert!(!li.everything().contains("说漏嘴了"));
    story.server.restart();
    li.hear_online();
    li.connection();
    li.disconnect();
    assert_eq!(kept_copy(&li).as_deref(), Ok(""), "断开 leaves nothing");
}

/// The stored snapshot of the one room that this browser is in; empty if there is none.
fn kept_copy(page: &Page) -> Result<String, String> {
    let copy = "return Object.entries(localStorage).find(([key]) => key.endsWith('.copy'))?.[1] ?? ''";
    page.try_ask(copy, &[])
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
    let gone = || match kept_copy(&other)? {
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
    assert_eq!(kept_copy(&other).as_deref(), Ok(""), "断开 leaves nothing");
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
    zhang.click(".manage");
    zhang.click(".remove-for-good");
    zhang.click(".remove-anyway");
    zhang.wait_for_note("李四已被移出房间");
    li.open(&link);
    li.wait_for_problem("房主已禁止你再加入");
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
