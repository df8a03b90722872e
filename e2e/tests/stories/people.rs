//! People: who is meant, who is asked out, how others get in, what is unread, and in which language.

use e2e::{Screen, TestWorld};

use crate::rooms::{join_by_link, make_room};

const BOX: &str = "textarea#message";

#[test]
fn whom_one_means_is_found_by_pinyin_by_initials_and_by_characters() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "午饭", 5);
    zhang.join("张三");
    let profiles = [story.profile(), story.profile(), story.profile()];
    let [a, b, c] = profiles.each_ref().map(|profile| profile.window());
    join_by_link(&a, &link, "李小龙");
    join_by_link(&b, &link, "单田芳");
    join_by_link(&c, &link, "曾静怡");
    zhang.wait_for_note("李小龙、单田芳等 3 人加入了房间");

    zhang.click(BOX);
    for (typed, name) in [
        ("zeng", "曾静怡"),
        ("cjy", "曾静怡"),
        ("lxl", "李小龙"),
        ("shantf", "单田芳"),
        ("dan", "单田芳"),
        ("静", "曾静怡"),
    ] {
        zhang.write(BOX, &format!("下午@{typed}"));
        zhang.wait_until(
            &format!("{name} for {typed}"),
            &format!("return document.querySelector('#mentions')?.innerText.includes('{name}') ?? false"),
        );
    }
    zhang.take_screenshots("mentions");
    zhang.press_enter();
    assert_eq!(zhang.value(BOX), "下午@曾静怡 ");
    assert_eq!(zhang.count(".msg"), 0, "the Enter that chooses sends nothing");
    zhang.press_enter();
    a.wait_for_text("下午@曾静怡");

    zhang.click("#emoji");
    zhang.take_screenshots("emoji");
    zhang.click("#emoji-choice button:nth-child(2)");
    assert_eq!(zhang.value(BOX), "😄");
    zhang.press_enter();
    a.wait_for_text("😄");
}

#[test]
fn the_host_runs_the_room_from_its_side() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "读书会", 5);
    zhang.join("张三");
    let (theirs, others) = (story.profile(), story.profile());
    let (li, wang) = (theirs.window(), others.window());
    join_by_link(&li, &link, "李四");
    assert_eq!(li.count("#host-tools, .manage"), 0, "a guest has no such tools");

    zhang.click("#tab-host");
    zhang.write("#host-title", "周末读书会");
    zhang.click("#host-rename");
    li.wait_until("the new name", "return document.querySelector('.head h1').innerText === '周末读书会'");
    zhang.click("#host-lock");
    li.wait_for_note("房间已锁定，新成员无法加入");
    wang.open(&link);
    wang.wait_until(
        "that it is locked, before a name is typed",
        "return document.querySelector('#join-problem')?.innerText === '房间已锁定，请联系房主解锁后再来'
             && document.querySelector('#connect').disabled",
    );
    assert_eq!(wang.text("h1"), "加入“周末读书会”");
    wang.take_screenshots("join-locked");
    zhang.click("#host-lock");
    zhang.wait_for_note("房间已解锁");
    wang.type_name("王五");
    wang.wait_until("the card to hear of it", "return !document.querySelector('#connect').disabled");
    wang.connect();
    wang.wait_for_note("欢迎你王五");

    zhang.wait_for_note("王五加入了房间");
    zhang.click("#tab-people");
    zhang.click(".member:has(.manage) .manage");
    zhang.take_screenshots("host");
    zhang.click(".remove-for-good");
    zhang.click(".remove-anyway");
    li.wait_for_problem("你已被移出房间，可以去别的房间聊");
    wang.wait_for_note("李四已被移出房间");

    zhang.say("带走这一句");
    wang.wait_for_text("带走这一句");
    zhang.click("#tab-host");
    zhang.click("#host-delete");
    zhang.take_screenshots("host-delete");
    let taken = zhang.download(|| zhang.click("#export-html"));
    assert!(taken.contains("带走这一句") && taken.contains("周末读书会"), "{taken}");
    zhang.click("#host-delete-anyway");
    for page in [&zhang, &wang] {
        page.wait_until(
            "the card of a room that was deleted",
            "return document.querySelector('#gone h1')?.innerText === '房主已删除这个房间'",
        );
    }
    wang.take_screenshots("room-deleted");
    let room = link.rsplit('/').next().unwrap_or_default();
    let kept: Vec<String> = wang.ask("return Object.keys(localStorage)", &[]);
    assert!(!kept.iter().any(|key| key.contains(room)), "{kept:?}");
}

#[test]
fn host_mutes_and_bans_a_member_and_lifts_both() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "读书会", 5);
    zhang.join("张三");
    let theirs = story.profile();
    let li = theirs.window();
    join_by_link(&li, &link, "刘大声");
    assert_eq!(li.text(".member:has(.badge) b"), "张三", "everyone sees who the host is");

    zhang.click(".manage");
    zhang.take_screenshots("host-member");
    zhang.click(".mute");
    li.wait_until(
        "until when",
        "return document.querySelector('#muted')?.innerText.startsWith('你已被房主禁言') ?? false",
    );
    assert!(!li.is_enabled("#message") && !li.is_enabled("#send"));
    zhang.wait_for_note("刘大声已被房主禁言");
    zhang.wait_until("the mark", "return document.querySelector('.members').innerText.includes('已禁言')");
    zhang.click(".manage");
    zhang.click(".unmute");
    li.wait_until("to be unmuted", "return !document.querySelector('#muted')");
    for text in ["广告一", "广告二"] {
        li.say(text);
        zhang.wait_for_text(text);
    }

    zhang.click(".manage");
    zhang.click(".recall-too");
    zhang.click(".remove-for-good");
    zhang.click(".remove-anyway");
    li.wait_for_problem("你已被移出房间，可以去别的房间聊");
    zhang.wait_for_texts(&[]);
    // Whoever tries again, and again, is refused again.
    for _ in 0..2 {
        li.connect();
        li.wait_for_problem("房主已禁止你再加入");
        li.wait_until("the form", "return !document.querySelector('#connect').disabled");
    }
    zhang.click("#tab-host");
    zhang.wait_until(
        "the list",
        "return document.querySelector('#bans li')?.innerText.includes('刘大声') ?? false",
    );
    zhang.write("#blocked-words", "广告");
    zhang.click("#save-words");
    zhang.take_screenshots("host-bans");
    zhang.click(".unban");
    zhang.wait_until("nobody banned", "return !document.querySelector('#bans li')");
    li.join("刘大声");
    zhang.reload();
    zhang.wait_for_note("欢迎你张三");
    zhang.click("#tab-host");
    zhang.wait_until("the words", "return document.querySelector('#blocked-words').value === '广告'");
}

#[test]
fn what_the_host_forbids_is_refused_with_its_sentence_however_it_is_hidden() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "读书会", 5);
    zhang.join("张三");
    let theirs = story.profile();
    let li = theirs.window();
    join_by_link(&li, &link, "李四");
    zhang.click("#tab-host");
    zhang.write("#blocked-words", "发财、spam");
    zhang.take_screenshots("host-words");
    zhang.show_on(&Screen::phone());
    zhang.click("button#more");
    zhang.wait_until(
        "the sheet with the words",
        "const save = document.querySelector('#save-words');
         save.scrollIntoView({ block: 'center' });
         return save.checkVisibility({ visibilityProperty: true });",
    );
    zhang.take_screenshot("host-words-sheet");
    zhang.show_on(&Screen::desktop());
    zhang.click("#save-words");
    li.wait_for_note("房间设置已更改");
    for hidden in ["一起发财吧", "发 财", "一起發財", "ｓＰａｍ", "发…财"] {
        li.say(hidden);
        li.wait_until(
            &format!("{hidden} to be refused"),
            &format!(
                "return [...document.querySelectorAll('#log .msg.mine')].some(row =>
                     row.querySelector('.words').innerText === '{hidden}' &&
                     row.innerText.includes('消息里有房间不允许的词，请修改后再发'))"
            ),
        );
    }
    li.say("一起吃饭吧");
    zhang.wait_for_texts(&["一起吃饭吧"]);
}

#[test]
fn the_link_is_shown_as_a_code_and_what_is_unread_is_counted() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "值班", 3);
    zhang.join("张三");
    zhang.click("#show-qr");
    zhang.wait_until(
        "the whole code in sight",
        "const box = document.querySelector('dialog[open] svg.qr')?.getBoundingClientRect();
         return !!box && 100 < box.width && 0 <= box.top && box.bottom <= innerHeight",
    );
    zhang.take_screenshots("qr");
    zhang.press_key("Escape");
    zhang.wait_until("no code", "return !document.querySelector('dialog')");
    let top = "return document.querySelector('#other-device').getBoundingClientRect().top";
    let before: f64 = zhang.ask(top, &[]);
    zhang.click("#copy-link");
    zhang.wait_until("已复制", "return document.querySelector('#side .said').innerText === '已复制'");
    assert_eq!(zhang.ask::<f64>(top, &[]), before, "what is said moves nothing");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    li.say("在吗");
    zhang.wait_for_text("在吗");
    zhang.wait_until(
        "what was read to be kept",
        "return Object.keys(localStorage).some(key => key.endsWith('.read'))",
    );
    li.wait_until("已读", "return document.querySelector('.msg.mine .meta').innerText.includes('已读')");

    zhang.open(&format!("{}/#rooms", story.server.url()));
    zhang.wait_until("the list", "return document.querySelector('.my-rooms li a') !== null");
    for text in ["一", "二", "三"] {
        li.say(text);
        li.wait_until_delivered(text);
    }
    zhang.open(story.server.url());
    zhang.open(&format!("{}/#rooms", story.server.url()));
    zhang.wait_until("three unread", "return document.querySelector('.my-rooms .count')?.innerText === '3'");
    zhang.take_screenshots("unread");
    zhang.click(".my-rooms li a");
    zhang.wait_for_texts(&["在吗", "一", "二", "三"]);
}

#[test]
fn the_language_is_changed_by_hand_and_kept() {
    let story = TestWorld::start();
    let zhang = story.window();
    assert_eq!(zhang.text("#connect"), "连接");
    zhang.click(".lang");
    zhang.wait_until("English", "return document.querySelector('#connect').innerText === 'Connect'");
    assert_eq!(zhang.ask::<String>("return document.documentElement.lang", &[]), "en");
    zhang.reload();
    zhang.wait_until("English still", "return document.querySelector('#connect').innerText === 'Connect'");
    zhang.take_screenshots("english");
    zhang.click(".lang");
    zhang.wait_until("中文", "return document.querySelector('#connect').innerText === '连接'");
    zhang.join("张三");
    zhang.click("#tab-settings");
    zhang.take_screenshots("settings");
    zhang.click("#side .lang");
    zhang.wait_until("English in the room", "return document.querySelector('#send').innerText === 'Send'");
}
