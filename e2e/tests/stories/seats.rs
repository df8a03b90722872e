//! Coming and going.

use e2e::TestWorld;

#[test]
fn leaving_tells_the_other_and_frees_the_seat() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("我们的秘密");
    li.wait_for_text("我们的秘密");

    li.disconnect();
    zhang.wait_for_note("李四断开了连接");
    assert!(zhang.is_enabled("button#disconnect"), "who stays is not locked");

    let wang = story.window();
    wang.join("王五");
    zhang.wait_for_note("王五在线啦，你们可以聊天啦");
    wang.say("你好");
    zhang.wait_for_texts(&["我们的秘密", "你好"]);
    zhang.say("欢迎");
    wang.wait_for_texts(&["你好", "欢迎"]);
}

#[test]
fn one_may_come_and_go_as_often_as_one_likes() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    for round in 1..=3 {
        li.disconnect();
        zhang.wait_until("as many farewells as rounds", &count_notes("李四断开了连接", round));
        li.join("李四");
        zhang.wait_until(
            "as many greetings as comings",
            &count_notes("李四在线啦，你们可以聊天啦", round + 1),
        );
        let text = format!("第{round}次");
        li.say(&text);
        zhang.wait_for_text(&text);
    }
    zhang.disconnect();
    li.wait_for_note("张三断开了连接");
    zhang.join("赵六");
    li.wait_for_note("赵六在线啦，你们可以聊天啦");
    zhang.say("换了名字");
    li.wait_for_text("换了名字");
}

#[test]
fn a_duplicated_tab_of_the_lobby_is_another_person() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.join("张三");
    let copy = zhang.duplicate();
    copy.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");
    copy.disconnect();
    zhang.wait_for_note("李四断开了连接");
    zhang.say("我还在");
    zhang.wait_until_delivered("我还在");
    // Back from another page, the tab still answers for its seat.
    zhang.leave_page();
    zhang.go_back();
    zhang.wait_for_text("我还在");
    let again = zhang.duplicate();
    again.join("王五");
    zhang.wait_for_note("王五在线啦，你们可以聊天啦");
}

#[test]
fn an_empty_lobby_starts_afresh() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("没有人会知道");
    li.wait_for_text("没有人会知道");
    zhang.disconnect();
    li.wait_for_note("张三断开了连接");
    li.disconnect();

    let (wang, zhao) = (story.window(), story.window());
    wang.join("王五");
    zhao.join("赵六");
    wang.wait_for_note("赵六在线啦，你们可以聊天啦");
    wang.say("有人吗");
    for page in [&wang, &zhao] {
        page.wait_for_texts(&["有人吗"]);
        let all = page.text("body");
        assert!(!all.contains("没有人会知道") && !all.contains("张三"), "{all}");
    }
}

/// A script: whether a notice stands in the list so many times.
fn count_notes(text: &str, times: usize) -> String {
    format!(
        "return [...document.querySelectorAll('#log .note')].filter(n => n.innerText.trim() === '{text}').length === {times}"
    )
}
