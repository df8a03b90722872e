//! Finding what was said.

use e2e::{Page, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

const FIELD: &str = "#search-text";

/// Each says as many as the server takes at once.
const TALKERS: [&str; 9] = ["赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七", "冯八", "孔九"];

#[track_caller]
fn wait_for_hits(page: &Page, texts: &[&str]) {
    let wanted = serde_json::to_string(texts).expect("texts are plain data");
    page.wait_until(
        &format!("the hits {wanted}"),
        &format!(
            "return JSON.stringify([...document.querySelectorAll('.hit > span')].map(hit => hit.innerText)) === '{wanted}'"
        ),
    );
}

#[test]
fn a_piece_inside_a_sentence_is_found_marked_and_opened_in_its_place() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "项目组", 5);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    for text in ["我们下午开会", "臺灣的 ＡＢＣ <b>公司</b>", "也许吧"] {
        zhang.say(text);
        li.wait_for_text(text);
    }
    li.say("开会改到三点");
    zhang.wait_for_text("开会改到三点");

    zhang.click("#find");
    zhang.write(FIELD, "开会");
    wait_for_hits(&zhang, &["开会改到三点", "我们下午开会"]);
    let marked: Vec<String> =
        zhang.ask("return [...document.querySelectorAll('.hit mark')].map(mark => mark.innerText)", &[]);
    assert_eq!(marked, ["开会", "开会"]);
    zhang.take_screenshots("search");

    for (piece, text) in
        [("台湾", "臺灣的 ＡＢＣ <b>公司</b>"), ("abc", "臺灣的 ＡＢＣ <b>公司</b>"), ("也", "也许吧")]
    {
        zhang.write(FIELD, piece);
        wait_for_hits(&zhang, &[text]);
    }
    zhang.write(FIELD, "没说过");
    zhang.wait_until("nothing", "return document.querySelector('#search-state').innerText === '没有找到'");

    // What is recalled meanwhile is shown no more, and what is edited is shown as it is now.
    zhang.write(FIELD, "下午");
    wait_for_hits(&zhang, &["我们下午开会"]);
    zhang.choose_for("我们下午开会", "撤回");
    zhang.wait_until(
        "已撤回",
        "const hit = document.querySelector('.hit');
         return hit?.disabled && hit.innerText.includes('已撤回') && !hit.innerText.includes('下午')",
    );
    zhang.write(FIELD, "也许");
    wait_for_hits(&zhang, &["也许吧"]);
    zhang.edit("也许吧", "也许不");
    wait_for_hits(&zhang, &["也许不"]);
    assert!(zhang.text(".hit").contains("已修改"));
    zhang.take_screenshots("search-edited");

    // The panel remembers what it showed.
    zhang.click(".close-search");
    zhang.wait_until("no panel", "return !document.querySelector('#search')");
    zhang.click("#find");
    wait_for_hits(&zhang, &["也许不"]);
    assert_eq!(zhang.value(FIELD), "也许");

    // By the pinyin of a name.
    zhang.write(FIELD, "lisi");
    zhang.click(".called");
    zhang.write(FIELD, "会");
    wait_for_hits(&zhang, &["开会改到三点"]);

    // By keys alone: down to the hit, Enter opens it, and it is pointed out.
    zhang.press_key("ArrowDown");
    zhang.press_enter();
    zhang.wait_until(
        "the message to be pointed out",
        "return document.querySelector('.msg.lit .bubble')?.innerText.includes('开会改到三点') ?? false",
    );
    zhang.press_key("Escape");
    zhang.wait_until("the panel to be gone", "return !document.querySelector('#search')");
    assert_eq!(zhang.ask::<String>("return document.activeElement.id", &[]), "find");
}

#[test]
fn what_is_far_back_is_opened_in_its_place_and_what_was_taken_back_is_not_found() {
    let story = TestWorld::start();
    let zhang = story.window();
    make_room(&zhang, "流水账", 12);
    zhang.join("张三");
    for text in ["最早的那一句", "说错的那一句"] {
        zhang.say(text);
        zhang.wait_until_delivered(text);
    }
    let wrong = zhang.rows().pop().and_then(|row| row.seq).expect("it is stored");
    zhang.send_raw_frames(None, &[json!({ "type": "recall", "seq": wrong })]);
    for name in TALKERS {
        let say = |n| json!({ "type": "say", "text": format!("{name}说第{n}句") });
        zhang.send_raw_frames(Some(name), &(1..=25).map(say).collect::<Vec<_>>());
    }
    zhang.reload();
    zhang.wait_for_text("孔九说第25句");
    zhang.click("#find");
    zhang.write(FIELD, "那一句");
    wait_for_hits(&zhang, &["最早的那一句"]);
    zhang.click(".hit");
    zhang.wait_until(
        "the oldest in sight",
        "const bubbles = [...document.querySelectorAll('.msg .bubble')];
         const row = bubbles.find(bubble => bubble.innerText.includes('最早的那一句'))?.getBoundingClientRect();
         const list = document.querySelector('#log').getBoundingClientRect();
         return !!row && list.top <= row.top && row.bottom <= list.bottom",
    );
}

/// How many pages of the log the window has asked for since it was loaded.
#[track_caller]
fn pages_asked(page: &Page) -> usize {
    page.ask(
        "return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/events?')).length",
        &[],
    )
}

#[track_caller]
fn wait_for_in_view(page: &Page, text: &str) {
    page.wait_until(
        &format!("{text} in view"),
        &format!(
            "const texts = [...document.querySelectorAll('.msg .words')];
             const row = texts.find(words => words.innerText.includes('{text}'))?.closest('.bubble').getBoundingClientRect();
             const list = document.querySelector('#log').getBoundingClientRect();
             return !!row && list.top <= row.top && row.bottom <= list.bottom"
        ),
    );
}

#[test]
fn what_is_very_far_back_is_opened_by_few_requests_and_one_finds_back() {
    let world = TestWorld::start_without_limits();
    let elsewhere = world.profile();
    let filler = elsewhere.window();
    let page = world.window();
    let path = filler.fill_room(40);
    page.open(&format!("{}{path}", world.server.url()));
    page.join("张三");
    page.say("针在海底");
    page.wait_until_delivered("针在海底");
    let needle = page.seq_of("针在海底");
    for n in 1..=1_200 {
        filler.filler_says(&format!("水{n}"));
    }
    page.send_raw_frames(None, &[json!({ "type": "say", "text": "回头看", "reply_to": needle })]);
    page.reload();
    page.wait_for_text("回头看");
    page.wait_until(
        "what is quoted, though it is not held",
        "return document.querySelector('.bubble .quote')?.innerText.endsWith('针在海底')",
    );
    let before = pages_asked(&page);
    page.click("#find");
    page.write(FIELD, "海底");
    wait_for_hits(&page, &["针在海底"]);
    page.click(".hit");
    wait_for_in_view(&page, "针在海底");
    page.wait_until("it to be pointed out", "return !!document.querySelector('.msg.lit')");
    assert!(pages_asked(&page) <= before + 3, "{} requests", pages_asked(&page) - before);

    // What is said meanwhile is counted, and one gets there.
    filler.filler_says("浮上来了");
    page.wait_until(
        "the number of new messages",
        "return document.querySelector('#jump-latest')?.innerText.trim() === '1 条新消息'",
    );
    wait_for_in_view(&page, "针在海底");
    page.click("#jump-latest");
    wait_for_in_view(&page, "浮上来了");
    page.wait_until("no button", "return !document.querySelector('#jump-latest')");

    // The same by a quote of what is not held; then on towards the newest, without a gap.
    page.click(".quote");
    wait_for_in_view(&page, "针在海底");
    let rows = page.all_rows();
    assert!(rows.is_sorted_by_key(|row| row.seq), "the rows are in order");

    // A refusal is said, and nothing has moved. What was read above is not held after a reload.
    page.reload();
    wait_for_in_view(&page, "浮上来了");
    page.ask::<Value>("window.fetch = async () => new Response('{}', { status: 429 })", &[]);
    page.click(".quote");
    page.wait_until(
        "that it failed",
        "return document.querySelector('#said, #toast')?.innerText === '定位失败，请稍后重试'",
    );
    wait_for_in_view(&page, "浮上来了");
}
