//! F5.

use e2e::TestWorld;

#[test]
fn a_reload_brings_one_back_as_oneself_with_nothing_doubled() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("一");
    li.say("二");
    zhang.wait_for_texts(&["一", "二"]);
    li.wait_for_texts(&["一", "二"]);

    li.reload();
    li.wait_for_texts(&["一", "二"]);
    li.say("三");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["一", "二", "三"]);
    }
    let mine = li.rows().into_iter().filter(|row| row.mine).map(|row| row.text).collect::<Vec<_>>();
    assert_eq!(mine, ["二", "三"], "who reloads is still who wrote them");
    assert_eq!(li.notes().iter().filter(|note| *note == "欢迎你李四").count(), 1);
    assert_eq!(zhang.notes(), ["欢迎你张三", "李四在线啦，你们可以聊天啦"], "the other has noticed nothing");
}

#[test]
fn a_draft_survives_a_reload() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.write("textarea#message", "还没写完");

    zhang.reload();
    zhang.wait_until("the draft", "const box = document.querySelector('textarea#message'); return box?.value === '还没写完' && !box.disabled");
    zhang.click("textarea#message");
    zhang.press_enter();
    li.wait_for_texts(&["还没写完"]);
}

#[test]
fn after_leaving_a_reload_brings_nobody_back() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    li.disconnect();
    zhang.wait_for_note("李四断开了连接");

    li.reload();
    li.wait_for_card();
    assert_eq!(li.count("#log .msg"), 0);
    zhang.say("还在吗");
    zhang.wait_until_delivered("还在吗");
    assert_eq!(zhang.notes().last().map(String::as_str), Some("李四断开了连接"));
}
