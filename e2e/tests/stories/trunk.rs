//! The page from `trunk serve`, as one has it while working on it.

use e2e::{Browser, Server, TrunkServe};

#[test]
fn through_trunk_serve_two_windows_chat_as_well() {
    let server = Server::start();
    let trunk = TrunkServe::start(&server);
    let browser = Browser::start();
    let (zhang, li) = (browser.window(), browser.window());
    zhang.open(trunk.url());
    li.open(trunk.url());

    zhang.join("张三");
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");
    zhang.say("通过代理");
    li.wait_for_text("通过代理");
    li.say("听得见");
    zhang.wait_for_texts(&["通过代理", "听得见"]);
}
