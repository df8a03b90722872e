//! What one can do with a message: follow its links, answer it, edit it, take it back, copy it.

use e2e::{FlakyProxy, Page, Screen, TestWorld};

use crate::rooms::{join_by_link, make_room};

#[test]
fn a_link_ends_at_chinese_punctuation_and_opens_elsewhere() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    let text = "地图在https://a.cn/x。别走错，或者看（http://b.cn/?q=1），javascript:alert(1) 不是";
    zhang.say(text);
    for page in [&zhang, &li] {
        page.wait_for_text(text);
        let links: Vec<[String; 4]> = page.ask(
            "return [...document.querySelectorAll('#log a')].map(a => [a.innerText, a.getAttribute('href'), a.rel, a.target])",
            &[],
        );
        let link =
            |address: &str| [address, address, "noopener noreferrer nofollow", "_blank"].map(str::to_owned);
        assert_eq!(links, [link("https://a.cn/x"), link("http://b.cn/?q=1")]);
    }
}

#[test]
fn an_answer_quotes_what_it_answers_and_leads_there() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("三点\n老地方");
    for n in 1..=12 {
        zhang.say(&format!("还有{n}"));
    }
    li.wait_for_text("还有12");
    li.choose_for("三点\n老地方", "回复");
    li.wait_until(
        "what is answered",
        "return document.querySelector('#aim')?.innerText.trim() === '回复 张三：三点 老地方'",
    );
    // Given up, and then meant.
    li.click("#aim button");
    li.wait_until("no line", "return !document.querySelector('#aim')");
    li.say("别的");
    li.choose_for("三点\n老地方", "回复");
    li.wait_until("the focus", "return document.activeElement.id === 'message'");
    li.commit("好的");
    li.press_enter();
    for page in [&zhang, &li] {
        page.wait_for_text("好的");
        assert_eq!(quote(page, "好的"), "张三：三点 老地方");
        assert_eq!(quote(page, "别的"), "");
    }
    assert_eq!(li.count("#aim"), 0);

    let seq = zhang.seq_of("三点\n老地方");
    zhang.wait_until("the answered one out of sight", &out_of_sight(seq, true));
    zhang.click(".bubble button.quote");
    zhang.wait_until("the answered one in sight", &out_of_sight(seq, false));

    zhang.choose_for("三点\n老地方", "撤回");
    for page in [&zhang, &li] {
        page.wait_until("the quote to go", "return [...document.querySelectorAll('.bubble .quote')].every(q => q.innerText === '原消息已撤回')");
    }
    assert!(!li.everything().contains("老地方"));
}

#[test]
fn a_message_is_edited_in_the_box_and_says_so() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("我三点到");
    li.wait_for_text("我三点到");
    zhang.write("textarea#message", "还没写完");
    zhang.choose_for("我三点到", "编辑");
    zhang.wait_until(
        "the message in the box",
        "return document.querySelector('#message').value === '我三点到' && !!document.querySelector('#aim')",
    );
    zhang.take_screenshots("editing");
    zhang.press_key("Escape");
    zhang.wait_until(
        "what was written before",
        "return document.querySelector('#message').value === '还没写完' && !document.querySelector('#aim')",
    );

    zhang.edit("我三点到", "我四点到");
    for page in [&zhang, &li] {
        assert!(page.wait_for_text("我四点到").state.contains("已编辑"));
        let edited: String = page.ask("return document.querySelector('.edited').title", &[]);
        assert!(edited.contains("年") && edited.contains(':'), "{edited}");
    }
    assert_eq!(zhang.value("textarea#message"), "还没写完");
    // Somebody else's cannot be.
    li.right_click("我四点到");
    assert_eq!(li.menu(), ["回复", "复制"]);
}

#[test]
fn a_message_taken_back_can_be_written_anew_where_it_was_taken_back() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("说错了");
    li.wait_for_text("说错了");
    zhang.choose_for("说错了", "撤回");
    zhang.wait_for_note("你撤回了一条消息");
    li.wait_for_note("张三撤回了一条消息");
    assert!(!li.everything().contains("说错了") && li.count(".anew") == 0);
    zhang.take_screenshots("recalled");
    // Also while another one is edited: that ends, and what was begun before it stays.
    zhang.say("另一句");
    zhang.wait_until_delivered("另一句");
    zhang.write("textarea#message", "刚写");
    zhang.choose_for("另一句", "编辑");
    zhang
        .wait_until("the message in the box", "return document.querySelector('#message').value === '另一句'");
    zhang.click(".anew");
    zhang.wait_until(
        "both in the box",
        "return document.querySelector('#message').value === '刚写\\n说错了' && !document.querySelector('#aim')",
    );
    zhang.write("textarea#message", "");
    zhang.click(".anew");
    zhang.wait_until("the text in the box", "return document.querySelector('#message').value === '说错了'");
    zhang.write("textarea#message", "说对了");
    zhang.press_enter();
    li.wait_for_texts(&["另一句", "说对了"]);
    zhang.reload();
    zhang.wait_for_note("你撤回了一条消息");
    assert!(!zhang.everything().contains("说错了") && zhang.count(".anew") == 0);
}

#[test]
fn an_edit_that_is_refused_says_why_and_is_given_up() {
    let story = TestWorld::start();
    let li = story.window();
    let link = make_room(&li, "两个人", 3);
    li.join("李四");
    let proxy = FlakyProxy::start(&story.server);
    let zhang = story.window();
    join_by_link(&zhang, &proxy.rewrite_link(&link), "张三");
    zhang.say("好话");
    li.wait_for_text("好话");
    proxy.cut();
    zhang.wait_until_lost();
    zhang.edit("好话", "更好的话");
    assert!(zhang.wait_for_text("好话").state.contains("正在保存修改"));
    li.choose_for("好话", "撤回");
    li.wait_for_note("你撤回了张三的一条消息");
    proxy.mend();
    zhang.hear_online();
    zhang.wait_for_note("李四撤回了你的一条消息");
    zhang.wait_until("the refusal", "return !!document.querySelector('.refused')");
    let refusal = zhang.text(".refused");
    assert!(refusal.starts_with("操作失败 · 重试 · 删除") && refusal.contains("该消息不存在"), "{refusal}");
    zhang.take_screenshots("refused");
    zhang.click(".give-up");
    zhang.wait_until("it to be gone", "return !document.querySelector('.refused')");
    zhang.reload();
    zhang.wait_for_note("李四撤回了你的一条消息");
    assert_eq!(zhang.count(".refused"), 0);
}

#[test]
fn the_host_who_recalls_a_message_says_whose() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "读书会", 4);
    zhang.join("张三");
    let (other, third) = (story.profile(), story.profile());
    let (li, wang) = (other.window(), third.window());
    join_by_link(&li, &link, "李四");
    join_by_link(&wang, &link, "王五");
    zhang.wait_for_note("李四、王五加入了房间");
    li.say("广告");
    zhang.wait_for_text("广告");
    wang.wait_for_text("广告");
    zhang.choose_for("广告", "撤回");
    zhang.wait_for_note("你撤回了李四的一条消息");
    li.wait_for_note("张三撤回了你的一条消息");
    wang.wait_for_note("张三撤回了李四的一条消息");
    wang.reload();
    wang.wait_for_note("张三撤回了李四的一条消息");
    wang.take_screenshots("recalled-by-host");
}

#[test]
fn a_message_written_offline_can_be_discarded() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "两个人", 2);
    let wire = FlakyProxy::start(&story.server);
    join_by_link(&zhang, &wire.rewrite_link(&link), "张三");
    let before = zhang.connection();
    wire.cut();
    zhang.wait_until_lost();
    zhang.say("算了");
    zhang.wait_until(
        "the message with the focus",
        "const row = document.querySelector('.msg.mine');
         row?.focus();
         return !!row && row === document.activeElement && row.innerText.includes('待发送')",
    );
    zhang.press_enter();
    zhang.wait_until("the menu", "return !!document.activeElement?.closest('[role=menu]')");
    assert_eq!(zhang.menu(), ["复制", "删除"]);
    zhang.choose("删除");
    zhang.wait_until("it to be gone", "return !document.querySelector('.msg')");
    wire.mend();
    zhang.hear_online();
    zhang.wait_until_back(&before);
    zhang.say("还是说一句");
    zhang.wait_until_delivered("还是说一句");
    assert_eq!(zhang.texts(), ["还是说一句"]);
}

#[test]
fn a_text_is_copied_and_where_that_is_not_allowed_selected() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    li.say("第一行\n第二行");
    zhang.wait_for_text("第一行\n第二行");
    zhang.choose_for("第一行\n第二行", "复制");
    zhang.wait_until("已复制", "return document.querySelector('#said')?.innerText === '已复制'");
    assert_eq!(zhang.clipboard(), "第一行\n第二行");
    zhang.lose_clipboard();
    zhang.choose_for("第一行\n第二行", "复制");
    zhang.wait_until(
        "what to do instead",
        "return document.querySelector('#said')?.innerText.includes('已选中')",
    );
    assert_eq!(zhang.selected(), "第一行\n第二行");
}

#[test]
fn the_menu_opens_by_mouse_finger_and_keyboard() {
    let story = TestWorld::start();
    let (zhang, li) = (story.window(), story.window_of(&Screen::phone()));
    zhang.join("张三");
    li.join("李四");
    zhang.wait_for_note("李四在线啦，你们可以聊天啦");
    zhang.say("早");
    zhang.say("吃了吗");
    li.wait_for_text("吃了吗");

    let all = ["回复", "复制", "编辑", "撤回"];
    zhang.click_button_of("早");
    assert_eq!(zhang.menu(), all);
    zhang.take_screenshots("menu");
    zhang.press_key("Escape");
    zhang.wait_until("the menu to be closed", "return !document.querySelector('[role=menu]')");
    zhang.right_click("吃了吗");
    assert_eq!(zhang.menu(), all);
    zhang.press_key("Escape");

    // By keyboard alone: to the newest, up to the one before, into its menu, and back.
    zhang.wait_until("the menu to be closed", "return !document.querySelector('[role=menu]')");
    zhang.click("#log");
    zhang.press_key("Tab");
    let focused = |text: &str| {
        format!("return document.activeElement.querySelector?.('.words')?.innerText === '{text}'")
    };
    zhang.wait_until("the newest message", &focused("吃了吗"));
    zhang.press_key("ArrowUp");
    zhang.wait_until("the one before", &focused("早"));
    zhang.press_key("ArrowDown");
    zhang.press_key("ArrowUp");
    zhang.press_enter();
    let item = |word: &str| format!("return document.activeElement.innerText === '{word}'");
    zhang.wait_until("its menu", &item("回复"));
    zhang.press_key("ArrowUp");
    zhang.wait_until("the last", &item("撤回"));
    zhang.press_key("ArrowDown");
    zhang.press_key("ArrowDown");
    zhang.wait_until("the second", &item("复制"));
    zhang.press_key("Escape");
    zhang.wait_until("the focus to be back", &focused("早"));
    zhang.press_key("ContextMenu");
    zhang.wait_until("its menu", &item("回复"));
    zhang.press_enter();
    zhang.wait_until(
        "the answer",
        "return document.activeElement.id === 'message' && !!document.querySelector('#aim')",
    );

    li.long_press("早");
    assert_eq!(li.menu(), ["回复", "复制", "选择文字"]);
    let small: Vec<f64> = li.ask("return [...document.querySelectorAll('[role=menuitem]')].map(e => e.getBoundingClientRect().height).filter(h => h < 44)", &[]);
    assert!(small.is_empty(), "too small for a finger: {small:?}");
    li.choose("回复");
    li.wait_until("the answer", "return !!document.querySelector('#aim')");
}

#[test]
fn in_a_large_room_the_server_is_asked_who_has_read() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "很多人", 150);
    zhang.join("张三");
    zhang.say("大家好");
    zhang.wait_until_delivered("大家好");
    zhang.choose_for("大家好", "查看已读成员");
    zhang.wait_until("nobody", "return document.querySelector('.reason')?.innerText === '暂无人已读'");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    li.wait_for_text("大家好");
    // Whoever joins later is no reader of what was said before.
    zhang.say("欢迎");
    li.wait_for_text("欢迎");
    e2e::eventually("李四 to have read it", || {
        zhang.choose_for("欢迎", "查看已读成员");
        zhang.wait_until("an answer", "return !!document.querySelector('.reason')");
        let seen = zhang.try_text(".reason")?;
        if seen == "李四" { Ok(()) } else { Err(seen) }
    });
}

#[track_caller]
fn quote(page: &Page, answer: &str) -> String {
    let seq = page.seq_of(answer);
    page.text(&format!("[data-seq='{seq}'] .quote"))
}

fn out_of_sight(seq: u64, out: bool) -> String {
    format!(
        "const row = document.querySelector('.msg[data-seq=\"{seq}\"]')?.getBoundingClientRect();
         const list = document.querySelector('#log').getBoundingClientRect();
         const seen = !!row && row.bottom > list.top && row.top < list.bottom;
         return seen !== {out}"
    )
}
