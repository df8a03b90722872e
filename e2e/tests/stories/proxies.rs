//! Two windows chat through each of the proxies that `deploy/` sets up, and a restart behind one is soon over.

use e2e::{Proxy, TestWorld};

fn chat_through(start: fn(&str) -> Proxy) {
    let mut story = TestWorld::start_behind_proxy();
    let proxy = start(story.server.address());
    let (zhang, li) = (story.window(), story.window());
    for page in [&zhang, &li] {
        page.open(&format!("http://{}", proxy.address()));
    }
    zhang.join("张三");
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");
    zhang.say("你好，李四");
    li.wait_for_text("你好，李四");
    li.say("你好，张三");
    zhang.wait_for_text("你好，张三");

    story.server.terminate();
    story.server.restart();
    zhang.say("还在吗");
    li.wait_for_text("还在吗");
    zhang.wait_until_delivered("还在吗");
}

#[test]
fn two_windows_chat_through_nginx() {
    chat_through(Proxy::nginx);
}

#[test]
fn two_windows_chat_through_caddy() {
    chat_through(Proxy::caddy);
}
