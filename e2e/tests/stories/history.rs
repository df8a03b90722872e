//! What was said before: loaded while one scrolls up, changed by edits and recalls.

use e2e::TestWorld;
use serde_json::{Value, json};

use crate::rooms::make_room;

/// Each says as many as the server takes at once.
const TALKERS: [&str; 7] = ["赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七"];
const EACH: usize = 25;

#[test]
fn older_messages_come_in_while_one_scrolls_up_and_the_place_is_held() {
    let story = TestWorld::start();
    let zhang = story.window();
    make_room(&zhang, "说了很多", 9);
    let said: Vec<String> = (1..=TALKERS.len() * EACH).map(|n| format!("第{n}条\n还有一行")).collect();
    for (name, texts) in TALKERS.iter().zip(said.chunks(EACH)) {
        let say = |text: &String| json!({ "type": "say", "text": text });
        zhang.send_raw_frames(Some(name), &texts.iter().map(say).collect::<Vec<_>>());
    }
    zhang.type_name("张三");
    zhang.connect();
    zhang.wait_for_text(said.last().expect("something was said"));
    assert!(zhang.texts().len() <= 100, "only the newest are there at first");

    zhang.wait_for_answers();
    let mut pages = 0;
    while let Some(moved) = zhang.read_an_older_page() {
        assert!(moved.abs() <= 1.0, "what was in sight moved by {moved} px");
        pages += 1;
    }
    assert!(0 < pages, "everything was there at once");
    let held: Vec<String> =
        zhang.all_rows().into_iter().filter(|row| !row.note).map(|row| row.text).collect();
    assert_eq!(held, said);

    // Whoever reads what is old is not taken away from it, and hears that there is something new.
    zhang.read_back_to_the_beginning();
    zhang.wait_for_text(&said[0]);
    zhang.send_raw_frames(Some("冯八"), &[json!({ "type": "say", "text": "新的" })]);
    zhang.wait_until(
        "the button",
        "return document.querySelector('#jump-latest')?.innerText.trim() === '1 条新消息'",
    );
    assert_eq!(zhang.ask::<f64>("return document.querySelector('#log').scrollTop", &[]), 0.0);
    zhang.click("#jump-latest");
    zhang.wait_until(
        "the end",
        "const l = document.querySelector('#log'); return l.scrollHeight - l.scrollTop - l.clientHeight < 5",
    );
}

#[test]
fn an_edit_and_a_recall_reach_everybody_also_those_who_come_later() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "改来改去", 3);
    zhang.join("张三");
    zhang.say("我三点到");
    zhang.say("别告诉李四");
    let (kept, secret) = (zhang.wait_until_delivered("我三点到"), zhang.wait_until_delivered("别告诉李四"));
    let elsewhere = story.profile();
    let li = elsewhere.window();
    li.open(&link);
    li.join("李四");
    li.wait_for_texts(&["我三点到", "别告诉李四"]);

    zhang.send_raw_frames(
        None,
        &[
            json!({ "type": "edit", "seq": kept.seq, "text": "我四点到" }),
            json!({ "type": "recall", "seq": secret.seq }),
        ],
    );
    li.wait_for_texts(&["我四点到"]);
    zhang.wait_for_texts(&["我四点到"]);
    assert!(li.wait_for_text("我四点到").state.contains("已编辑"));
    zhang.wait_for_note("你撤回了一条消息");
    li.wait_for_note("张三撤回了一条消息");

    li.reload();
    li.wait_for_texts(&["我四点到"]);
    li.wait_for_note("张三撤回了一条消息");
    for page in [&zhang, &li] {
        let all = page.ask::<Value>("return document.documentElement.outerHTML", &[]).to_string();
        assert!(!all.contains("别告诉") && !all.contains("三点到"), "the old texts are still in the page");
    }
}
