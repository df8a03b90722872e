//! What happens in a room while a page is cut off from it.

use e2e::{FlakyProxy, Page, Row, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

/// Everybody joins and says as much as the server takes at once: a thousand events.
const CROWD: usize = 34;
const EACH: usize = 29;
const ALTOGETHER: usize = 1_000;

#[test]
fn a_thousand_events_behind_all_come_one_more_and_the_page_begins_anew() {
    let story = TestWorld::start();
    let (one, other) = (FlakyProxy::start(&story.server), FlakyProxy::start(&story.server));
    let (zhang, li, wang) = (story.window(), story.window(), story.window());
    let link = make_room(&zhang, "说了很多", 100);
    zhang.join("张三");
    join_by_link(&li, &one.rewrite_link(&link), "李四");
    join_by_link(&wang, &other.rewrite_link(&link), "王五");
    zhang.say("开始");
    li.wait_for_text("开始");
    one.cut();
    zhang.say("多一条");
    wang.wait_for_text("多一条");
    other.cut();
    // Whoever draws a thousand messages has no time to send them.
    let (third, crowd) = (FlakyProxy::start(&story.server), story.window());
    crowd.open(&third.rewrite_link(&link));
    zhang.leave_page();
    let mut left = ALTOGETHER;
    for talker in 0..CROWD {
        let frames: Vec<Value> = (1..=EACH.min(left - 1))
            .map(|n| json!({ "type": "say", "text": format!("{}的第{n}句", name(talker)) }))
            .collect();
        crowd.send_raw_frames(Some(&name(talker)), &frames);
        left -= 1 + frames.len();
    }
    assert_eq!(left, 0);

    zhang.go_back();
    let log = zhang.fetch_events();
    let last = log.last().and_then(|event| event["text"].as_str()).expect("the last is a message");
    other.mend();
    wang.hear_online();
    wang.wait_for_text(last);
    assert_same_rows(&wang.all_rows(), &drawable(&log, "王五"));
    one.mend();
    li.hear_online();
    li.wait_for_text(last);
    assert!(li.rows().len() <= 100, "who is further behind begins with the newest");
    li.read_back_to_the_beginning();
    assert_same_rows(&li.all_rows(), &drawable(&log, "李四"));

    zhang.say("完了");
    li.say("看完了");
    for page in [&li, &wang] {
        page.wait_for_text("完了");
        page.wait_for_text("看完了");
    }
}

fn name(talker: usize) -> String {
    let family = "赵钱孙李周吴郑王冯陈".chars().nth(talker % 10);
    let given = "春夏秋冬".chars().nth(talker / 10);
    family.into_iter().chain(given).collect()
}

/// What the page shows: the number of each event, and what was said.
fn drawn(rows: &[Row]) -> Vec<(u64, Option<String>)> {
    rows.iter().filter_map(|row| Some((row.seq?, Some(row.text.clone()).filter(|_| !row.note)))).collect()
}

/// The page shows exactly this; says only where it does not, since there are a thousand rows.
#[track_caller]
fn assert_same_rows(rows: &[Row], expected: &[(u64, Option<String>)]) {
    let drawn = drawn(rows);
    let missing: Vec<_> = expected.iter().filter(|row| !drawn.contains(row)).collect();
    let surplus: Vec<_> = drawn.iter().filter(|row| !expected.contains(row)).collect();
    assert!(drawn == expected, "of {} rows missing: {missing:?}; too many: {surplus:?}", expected.len());
}

/// What of a log is to be shown to this person: runs of other people's joins are folded into the last of them.
fn drawable(log: &[Value], me: &str) -> Vec<(u64, Option<String>)> {
    let folds = |event: &Value| event["kind"] == "joined" && event["name"] != me;
    let shown: Vec<&Value> = log.iter().filter(|event| event["kind"] != "opened").collect();
    let is_folded = |at: usize| folds(shown[at]) && shown.get(at + 1).is_some_and(|next| folds(next));
    (0..shown.len())
        .filter(|at| !is_folded(*at))
        .map(|at| {
            let seq = shown[at]["seq"].as_u64().expect("every event has a number");
            (seq, shown[at]["text"].as_str().map(str::to_owned))
        })
        .collect()
}

#[test]
fn what_was_recalled_or_edited_while_one_was_away_is_nowhere_afterwards() {
    let story = TestWorld::start();
    let proxy = FlakyProxy::start(&story.server);
    let (zhang, li) = (story.window(), story.window());
    let link = make_room(&zhang, "改来改去", 3);
    zhang.join("张三");
    join_by_link(&li, &proxy.rewrite_link(&link), "李四");
    for text in ["我三点到", "别告诉王五", "我七点回", "也别告诉赵六"] {
        zhang.say(text);
        zhang.wait_until_delivered(text);
    }
    li.wait_for_texts(&["我三点到", "别告诉王五", "我七点回", "也别告诉赵六"]);
    let seq = |text: &str| zhang.wait_for_text(text).seq;
    let (first, second) = ([seq("我三点到"), seq("别告诉王五")], [seq("我七点回"), seq("也别告诉赵六")]);

    // Coming back to the page that is still open …
    proxy.cut();
    change(&zhang, first, "我四点到");
    zhang.say("从没看见");
    let unseen = zhang.wait_until_delivered("从没看见").seq;
    zhang.send_raw_frames(None, &[json!({ "type": "recall", "seq": unseen })]);
    proxy.mend();
    li.hear_online();
    li.wait_for_texts(&["我四点到", "我七点回", "也别告诉赵六"]);
    assert!(li.wait_for_text("我四点到").state.contains("已编辑"));
    has_nowhere(&[&zhang, &li], &["我三点到", "别告诉王五", "从没看见"]);

    // … and to one loaded anew.
    proxy.cut();
    change(&zhang, second, "我八点回");
    proxy.mend();
    li.reload();
    li.wait_for_texts(&["我四点到", "我八点回"]);
    assert_eq!(li.notes().iter().filter(|note| *note == "张三撤回了一条消息").count(), 3);
    zhang.reload();
    zhang.wait_for_texts(&["我四点到", "我八点回"]);
    has_nowhere(&[&zhang, &li], &["我三点到", "别告诉王五", "从没看见", "我七点回", "也别告诉赵六"]);
}

/// Edits the first message and recalls the second.
#[track_caller]
fn change(page: &Page, [edited, recalled]: [Option<u64>; 2], text: &str) {
    page.send_raw_frames(
        None,
        &[
            json!({ "type": "edit", "seq": edited, "text": text }),
            json!({ "type": "recall", "seq": recalled }),
        ],
    );
    page.wait_for_text(text);
}

#[track_caller]
fn has_nowhere(pages: &[&Page], texts: &[&str]) {
    for page in pages {
        let all = page.everything();
        for text in texts {
            assert!(!all.contains(text), "{text} is still in {page:?}: {all}");
        }
    }
}
