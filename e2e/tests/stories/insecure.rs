//! Plain http on a network, and the browser inside WeChat: less is there, and chatting needs none of it.

use e2e::{Page, Screen, TestWorld};
use serde_json::json;

use crate::rooms::{join_by_link, make_room};

#[test]
fn over_plain_http_one_chats_and_what_cannot_be_had_is_said() {
    let story = TestWorld::start_on_network();
    let zhang = story.window();
    assert!(!zhang.ask::<bool>(
        "return isSecureContext || 'clipboard' in navigator || 'serviceWorker' in navigator",
        &[]
    ));
    let link = make_room(&zhang, "办公室", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    chat(&zhang, &li);

    zhang.click("#copy-link");
    zhang.wait_until(
        "what to do instead",
        "return document.querySelector('#side .said')?.innerText.includes('已选中')",
    );
    assert_eq!(zhang.selected(), link);
    zhang.ask::<()>("getSelection().removeAllRanges()", &[]);
    zhang.choose_for("收到", "复制");
    zhang.wait_until(
        "what to do instead",
        "return document.querySelector('#said')?.innerText.includes('已选中')",
    );
    assert_eq!(zhang.selected(), "收到");

    zhang.click("#tab-settings");
    assert_eq!(zhang.text("#no-notification"), "当前网址不是 HTTPS，无法使用通知");
    assert!(!zhang.is_enabled("#notification"));
    zhang.click("#sound");
    zhang.click("#tab-host");
    let taken = zhang.download(|| zhang.click("#export-html"));
    assert!(taken.contains("收到"), "{taken}");

    zhang.reload();
    zhang.wait_for_texts(&["在吗", "收到"]);
    assert!(zhang.rows().iter().any(|row| row.mine), "back as oneself");
}

#[test]
fn inside_wechat_one_chats_and_is_sent_to_a_browser_for_the_rest() {
    let story = TestWorld::start_on_network();
    let zhang = story.window_of(&Screen::phone());
    zhang.devtools(
        "Emulation.setUserAgentOverride",
        json!({ "userAgent": "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
            Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300473 MMWEBSDK/20241202 MicroMessenger/8.0.56.2800" }),
    );
    zhang.reload();
    let link = make_room(&zhang, "家里人", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    chat(&zhang, &li);

    zhang.click("#more");
    zhang.click("#copy-link");
    zhang.wait_until(
        "what to do instead",
        "return document.querySelector('#side .said')?.innerText.includes('已选中')",
    );
    zhang.click("#tab-settings");
    assert_eq!(zhang.text("#no-notification"), "微信内不支持通知，请用浏览器打开");
    zhang.take_screenshot("wechat");
    zhang.click("#tab-host");
    zhang.click("#export-html");
    zhang.wait_until(
        "what to do instead",
        "return document.querySelector('#host-problem')?.innerText === '微信内无法下载，请用浏览器打开'",
    );
    assert_eq!(zhang.ask::<String>("return location.href", &[]), link);
}

#[track_caller]
fn chat(zhang: &Page, li: &Page) {
    zhang.write("textarea#message", "在吗");
    zhang.click("button#send");
    li.wait_for_text("在吗");
    li.say("收到");
    zhang.wait_for_texts(&["在吗", "收到"]);
    zhang.wait_until_delivered("在吗");
}
