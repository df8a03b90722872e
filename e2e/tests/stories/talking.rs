//! Two windows, two names, and they chat.

use e2e::TestWorld;

#[test]
fn two_windows_with_two_names_chat() {
    let story = TestWorld::start();
    let zhang = story.window();
    assert!(zhang.is_enabled("#name"), "a name can be typed at once");
    assert!(!zhang.is_enabled("button#disconnect"), "nothing to leave yet");
    assert!(!zhang.is_enabled("textarea#message"), "nothing to say yet");

    zhang.join("张三");
    assert!(!zhang.is_enabled("#name"), "the name is fixed while connected");
    assert!(!zhang.is_enabled("button#connect"), "nobody connects twice");
    assert!(zhang.is_enabled("button#disconnect"));
    assert_eq!(zhang.count("button#disconnect"), 1);
    assert_eq!(zhang.notes(), ["欢迎你张三"]);

    let li = story.window();
    li.wait_until(
        "the lobby's state",
        "return document.querySelector('#lobby-state').innerText === '大厅 · 双人聊天 · 已加入 1/2'",
    );
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");

    zhang.say("你好，李四");
    li.wait_for_text("你好，李四");
    li.say("你好，张三");
    zhang.wait_for_text("你好，张三");
    zhang.say("吃了吗？");
    li.wait_for_text("吃了吗？");

    for page in [&zhang, &li] {
        page.wait_for_texts(&["你好，李四", "你好，张三", "吃了吗？"]);
        for row in page.rows().iter().filter(|row| !row.note) {
            assert!(is_time(&row.time), "{row:?} shows no time");
        }
        assert_eq!(page.count(TIMES_IN_SIGHT), 3, "each message is a group of its own");
    }
    let mine = |page: &e2e::Page| page.rows().iter().filter(|row| row.mine).count();
    assert_eq!((mine(&zhang), mine(&li)), (2, 1));
    let sent = zhang.wait_until_delivered("吃了吗？");
    assert_eq!(sent.seq, li.wait_for_text("吃了吗？").seq, "both know it by the same number");
}

#[test]
fn messages_in_quick_succession_are_a_group_with_one_time() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    for text in ["一", "二", "三"] {
        zhang.say(text);
        li.wait_for_text(text);
    }
    zhang.wait_until_delivered("三");
    for (page, last) in [(&zhang, true), (&li, false)] {
        // What is read becomes one state a moment later.
        let times = format!("return document.querySelectorAll(`{TIMES_IN_SIGHT}`).length === 1");
        page.wait_until("one time in sight", &times);
        let heights: Vec<f64> = page.ask(
            "return [...document.querySelectorAll('.msg')].map(row => row.nextElementSibling.getBoundingClientRect().top
                 - row.getBoundingClientRect().top)",
            &[],
        );
        assert!((30.0..50.0).contains(&heights[1]), "{heights:?}");
        let titles: Vec<String> =
            page.ask("return [...document.querySelectorAll('.bubble')].map(bubble => bubble.title)", &[]);
        assert!(
            titles.iter().all(|title| title.contains('年') && title.matches(':').count() == 2),
            "{titles:?}"
        );
        assert_eq!(page.count(".msg.mine .meta:not(.unseen)"), usize::from(last));
    }
    zhang.take_screenshots("group");
}

#[test]
fn links_lead_where_they_say_and_seat_links_lead_nowhere() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    let seat = format!("{}/r/2VfUX8nXyZ5pKqT7mWbcRd#t={}&n=王五", story.server.url(), "A".repeat(43));
    let text = format!(
        "见https://zh.wikipedia.org/wiki/中国，www.a.cn、name@a.cn {seat} https://bank@evil.example/"
    );
    zhang.write("#message", &text);
    zhang.click("#send");
    zhang.click("#send-seat-link");
    li.wait_for_text(&text);
    let links: Vec<String> =
        li.ask("return [...document.querySelectorAll('.words a')].map(a => a.getAttribute('href'))", &[]);
    assert_eq!(links, ["https://zh.wikipedia.org/wiki/中国", "http://www.a.cn", "mailto:name@a.cn"]);
}

#[test]
fn marks_and_long_texts_stay_in_their_row() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say(&format!("a{}", "\u{301}".repeat(1_000)));
    zhang.say("行\n".repeat(200).trim_end());
    li.wait_until("both", "return document.querySelectorAll('.msg').length === 2");
    let clipped: bool = li.ask(
        "return [...document.querySelectorAll('.words')].every(words => getComputedStyle(words).overflowY === 'hidden')",
        &[],
    );
    assert!(clipped);
    let height = |page: &e2e::Page| -> f64 {
        page.ask("return [...document.querySelectorAll('.msg')].at(-1).getBoundingClientRect().height", &[])
    };
    assert!((480.0..640.0).contains(&height(&li)), "{}", height(&li));
    li.take_screenshots("folded");
    li.click(".fold");
    li.wait_until("收起", "return document.querySelector('.fold').innerText === '收起'");
    assert!(height(&li) > 4_000.0);
}

#[test]
fn markup_in_a_message_is_text() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    let image = "<img src=x onerror=\"document.body.dataset.pwned='image'\">";
    let script = "<script>document.body.dataset.pwned='script'</script>";
    let link = "<a href=\"javascript:document.body.dataset.pwned='link'\">点我</a> &amp; &lt;b&gt;";

    zhang.say(image);
    zhang.say(script);
    zhang.say(link);
    for page in [&zhang, &li] {
        page.wait_for_texts(&[image, script, link]);
        assert_eq!(page.count("#log .bubble img, #log .bubble script, #log a[href^=javascript]"), 0);
        assert!(!page.ask::<bool>("return 'pwned' in document.body.dataset", &[]));
    }
}

#[test]
fn the_word_close_ends_nothing() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.say("close");
    zhang.say("把门close上");
    li.wait_for_texts(&["close", "把门close上"]);
    li.say("好，close了");
    zhang.wait_for_text("好，close了");
    assert_eq!(zhang.notes(), ["欢迎你张三", "李四在线啦，你们可以聊天啦"], "nobody has left");
}

#[test]
fn blank_is_not_sent_and_lines_stay_lines() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.write("textarea#message", "  ");
    zhang.press_enter();
    zhang.write("textarea#message", "一");
    zhang.press_shift_enter();
    zhang.commit("二");
    zhang.click("button#send");
    li.wait_for_texts(&["一\n二"]);
    zhang.wait_for_texts(&["一\n二"]);
}

/// Times that are not only for screen readers.
const TIMES_IN_SIGHT: &str = "#log .msg > :not(.unseen) > time";

fn is_time(text: &str) -> bool {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(':').is_some_and(|(hour, minute)| digits(hour) && digits(minute))
}
