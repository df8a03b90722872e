//! The server goes away and comes back.

use std::time::Duration;

use e2e::{FlakyProxy, TestWorld};

#[test]
fn killed_after_a_message_the_server_has_it_and_both_come_back() {
    let mut story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("看到了吗");
    li.wait_for_text("看到了吗");
    zhang.wait_until_delivered("看到了吗");

    let connections = [zhang.connection(), li.connection()];
    story.server.kill9();
    assert!(story.server.has_stored("看到了吗"), "what both have seen is in the log");
    zhang.wait_until_lost();
    li.wait_until_lost();
    zhang.say("先写下来");
    zhang.say("再写一句");
    let waiting = zhang.wait_for_text("再写一句");
    assert!(waiting.seq.is_none() && !waiting.state.contains("已送达"), "{waiting:?} cannot be there yet");

    story.server.restart();
    for (page, before) in [&zhang, &li].into_iter().zip(&connections) {
        page.wait_for_texts(&["看到了吗", "先写下来", "再写一句"]);
        page.wait_until_back(before);
    }
    zhang.wait_until_delivered("再写一句");
    li.say("都收到了");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["看到了吗", "先写下来", "再写一句", "都收到了"]);
    }
    assert_eq!(zhang.notes(), ["欢迎你张三", "李四在线啦，你们可以聊天啦"], "nobody has lost a seat");
}

#[test]
fn a_server_stopped_and_started_finds_its_pages_again() {
    let mut story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("歇一会儿");
    li.wait_for_text("歇一会儿");

    let (zhang_before, li_before) = (zhang.connection(), li.connection());
    story.server.terminate();
    li.wait_until_lost();
    story.server.restart();
    zhang.wait_until_back(&zhang_before);
    li.wait_until_back(&li_before);
    li.say("回来了");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["歇一会儿", "回来了"]);
    }
}

#[test]
fn what_was_written_without_a_server_survives_a_reload() {
    let mut story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    // The page itself comes from the server, so it is loaded again only when that is back.
    story.server.kill9();
    zhang.wait_until_lost();
    let written = ["别弄丢了", "也别弄反了", "也别说两遍"];
    for text in written {
        zhang.say(text);
        zhang.wait_for_text(text);
    }

    story.server.restart();
    zhang.reload();
    for page in [&zhang, &li] {
        page.wait_for_texts(&written);
    }
    zhang.wait_until_delivered("也别说两遍");
    zhang.reload();
    zhang.wait_for_texts(&written);
}

/// The page gives a connection up 8 s after a message without an answer, and the banner may wait 2 s more. 5 s are
/// slack for a busy machine.
const SILENCE_LIMIT: Duration = Duration::from_secs(8 + 2 + 5);

#[test]
fn unanswered_message_is_a_lost_connection_and_arrives_once() {
    let world = TestWorld::start();
    let proxy = FlakyProxy::start(&world.server);
    let (zhang, li) = (world.window(), world.window());
    zhang.open(proxy.url());
    zhang.join("张三");
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");

    // The first message never reaches the server. Of the second only the answer is lost.
    let failures = [FlakyProxy::swallow, FlakyProxy::swallow_replies];
    for (text, fail) in ["听得到吗", "这句呢"].into_iter().zip(failures) {
        let before = zhang.connection();
        fail(&proxy);
        zhang.say(text);
        zhang.wait_until_lost_within(SILENCE_LIMIT);
        proxy.mend();
        zhang.wait_until_back(&before);
        zhang.wait_until_delivered(text);
    }
    for page in [&zhang, &li] {
        page.wait_for_texts(&["听得到吗", "这句呢"]);
    }
    assert_eq!(li.notes(), ["欢迎你李四", "张三在线啦，你们可以聊天啦"], "张三 kept the seat");
}

#[test]
fn offline_event_is_a_lost_connection_at_once() {
    let world = TestWorld::start();
    let proxy = FlakyProxy::start(&world.server);
    let zhang = world.window();
    zhang.open(proxy.url());
    zhang.join("张三");
    let before = zhang.connection();

    proxy.swallow();
    zhang.hear_offline();
    zhang.wait_until_lost();
    proxy.mend();
    zhang.hear_online();
    zhang.wait_until_back(&before);
}
