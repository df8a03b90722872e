//! By keyboard alone: no pointer is used, and one always sees where one is.

use e2e::{Page, Screen, TestWorld, eventually};
use serde_json::json;

/// Each says as many as the server takes at once.
const TALKERS: [&str; 6] = ["赵一", "钱二", "孙三", "周五", "吴六", "郑七"];
const EACH: usize = 25;

#[test]
fn everything_can_be_done_by_keyboard_alone() {
    let story = TestWorld::start();
    let page = story.window();
    page.wait_until("the name's field", &has("#name"));
    go_to(&page, "#new-room");
    page.press_enter();
    page.wait_until("the form", "return !!document.querySelector('form#make-room')");
    go_back_to(&page, "#kind-pair");
    page.press_key("ArrowDown");
    page.wait_until("a group", &has("#kind-group"));
    go_to(&page, "#seats");
    assert_eq!(page.value("#seats"), "10");
    go_to(&page, "#room-title");
    page.commit("键盘");
    page.press_enter();
    page.wait_until("the host's link", "return !!document.querySelector('#host-link')");
    go_to(&page, "#enter-room");
    page.press_enter();
    page.wait_until(
        "the room's card",
        "return location.pathname.startsWith('/r/') && !!document.querySelector('#name')",
    );
    for (n, name) in TALKERS.iter().enumerate() {
        let say = |m: usize| json!({ "type": "say", "text": format!("第{}条", n * EACH + m) });
        page.send_raw_frames(Some(name), &(0..EACH).map(say).collect::<Vec<_>>());
    }
    page.wait_until("the name's field", &has("#name"));
    page.commit("张三");
    page.press_enter();
    page.wait_for_text("第149条");

    go_to(&page, "textarea#message");
    page.commit("大家好");
    page.press_enter();
    page.wait_until_delivered("大家好");
    page.wait_until("the box again", &has("textarea#message"));

    // What is older is read by scrolling the list. The browser glides, also under a focus that moves meanwhile: one is
    // at the beginning where it has come to rest.
    go_back_to(&page, "#log");
    eventually("the beginning", || {
        page.press_key("PageUp");
        let (at, is_first): (f64, bool) = page.try_ask(
            "return [document.querySelector('#log').scrollTop,
                 [...document.querySelectorAll('.words')].some(words => words.innerText === '第0条')]",
            &[],
        )?;
        if at == 0.0 && is_first {
            Ok(())
        } else {
            Err(format!("{at} pixels, the first message: {is_first}"))
        }
    });

    // An answer, from the message's own menu, and the way back out of both.
    go_to(&page, ".msg");
    let answered: String = page.ask("return document.activeElement.querySelector('.words').innerText", &[]);
    page.press_enter();
    page.wait_until("the menu", &has("[role=menuitem]"));
    page.press_key("Escape");
    page.wait_until("the message again", &has(".msg"));
    page.press_enter();
    page.wait_until("回复", "return document.activeElement.innerText === '回复'");
    page.press_enter();
    page.wait_until("the box", &has("textarea#message"));
    assert!(page.text("#aim").contains(&answered));
    page.press_key("Escape");
    page.wait_until("no answer", "return !document.querySelector('#aim')");
    assert!(page.ask::<bool>(&has("textarea#message"), &[]), "the box keeps the focus");
    page.commit("收到");
    page.press_enter();
    page.wait_until_delivered("收到");

    // What was said is taken back, and written otherwise.
    go_back_to(&page, ".msg");
    while !page
        .ask::<bool>("return document.activeElement.querySelector('.words')?.innerText === '收到'", &[])
    {
        page.press_key("ArrowDown");
    }
    page.press_enter();
    page.wait_until("the menu", &has("[role=menuitem]"));
    page.press_key("ArrowUp");
    page.wait_until("撤回", "return document.activeElement.innerText === '撤回'");
    page.press_enter();
    page.wait_for_note("你撤回了一条消息");
    page.wait_until("the focus not to be lost", "return document.activeElement !== document.body");
    go_to(&page, ".anew");
    page.press_enter();
    page.wait_until(
        "the box with the text",
        "return document.activeElement.id === 'message' && document.activeElement.value === '收到'",
    );

    go_back_to(&page, "#find");
    page.press_enter();
    page.wait_until("the field", &has("#search-text"));
    page.commit("大家好");
    page.wait_until("the hit", "return document.querySelectorAll('.hit').length === 1");
    page.press_key("ArrowDown");
    page.wait_until("the hit", &has(".hit"));
    page.press_enter();
    page.wait_until("the message", "return !!document.querySelector('.msg.lit')");
    page.press_key("Escape");
    page.wait_until(
        "no panel, and the focus where it was",
        &format!("return !document.querySelector('#search') && (() => {{ {} }})()", has("#find")),
    );

    go_back_to(&page, "#tab-invite");
    page.press_enter();
    go_to(&page, "#show-qr");
    page.press_enter();
    page.wait_until("the code", "return !!document.querySelector('dialog[open] svg.qr')");
    page.press_key("Escape");
    page.wait_until("no code, and the focus where it was", &has("#show-qr"));
    go_back_to(&page, "#tab-settings");
    page.press_enter();
    go_to(&page, "#sound");
    go_to(&page, "button#disconnect");
    page.press_enter();
    page.wait_until("the question", "return !!document.querySelector('[role=alertdialog]')");
    go_to(&page, ".me .quiet:last-child");
    page.press_enter();
    page.wait_until("no question, and the focus where it was", &has("button#disconnect"));
    page.press_enter();
    go_to(&page, "#disconnect-anyway");
    page.press_enter();
    page.wait_for_card();
}

#[test]
fn in_a_narrow_window_the_sheet_and_the_panel_give_the_focus_back() {
    let story = TestWorld::start();
    let page = story.window_of(&Screen::zoomed());
    page.wait_until("the name's field", &has("#name"));
    page.commit("张三");
    page.press_enter();
    page.wait_for_note("欢迎你张三");
    for (button, inside) in [("#more", ".side .close"), ("#find", "#search-text")] {
        go_back_to(&page, button);
        page.press_enter();
        page.wait_until(inside, &has(inside));
        page.press_key("Escape");
        page.wait_until(button, &has(button));
    }
    go_to(&page, "textarea#message");
    page.commit("好");
    page.press_enter();
    page.wait_until_delivered("好");
}

#[test]
fn arrow_up_edits_the_last_message_and_ctrl_enter_sends() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("一");
    zhang.say("二");
    li.say("三");
    zhang.wait_for_texts(&["一", "二", "三"]);
    zhang.click("#message");
    zhang.press_key("ArrowUp");
    zhang.wait_until("the last own message", "return document.activeElement.value === '二'");
    zhang.commit("点");
    for kind in ["rawKeyDown", "keyUp"] {
        zhang.devtools(
            "Input.dispatchKeyEvent",
            json!({ "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "modifiers": 2 }),
        );
    }
    for page in [&zhang, &li] {
        page.wait_for_texts(&["一", "二点", "三"]);
    }
    assert_eq!(zhang.value("#message"), "");
}

fn has(selector: &str) -> String {
    format!("return document.activeElement.matches('{selector}')")
}

#[track_caller]
fn go_to(page: &Page, selector: &str) {
    go(page, selector, |page| page.press_key("Tab"));
}

#[track_caller]
fn go_back_to(page: &Page, selector: &str) {
    go(page, selector, Page::press_shift_tab);
}

/// Goes from stop to stop until the focus is where it is to be. At each one sees where one is.
#[track_caller]
fn go(page: &Page, selector: &str, step: fn(&Page)) {
    let mut stops = Vec::new();
    while !page.ask::<bool>(&has(selector), &[]) {
        step(page);
        let (stop, seen): (String, bool) = page.ask(
            "const e = document.activeElement;
             const { left, right, top, bottom } = e.getBoundingClientRect();
             const [x, y] = [Math.max(left, 0) + 2, Math.max(top, 0) + 2];
             const inSight = right > 0 && bottom > 0 && x < innerWidth && y < innerHeight;
             const marked = [e, e.querySelector('.bubble')].filter(e => e).some(e => {
                 const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
                 return outlineStyle !== 'none' && outlineWidth !== '0px' || boxShadow !== 'none';
             });
             return [`${e.tagName}#${e.id}.${e.className}`, e === document.body || inSight && marked]",
            &[],
        );
        assert!(seen, "nobody sees that {stop} has the focus");
        stops.push(stop);
        assert!(stops.len() < 80, "no way to {selector}: {stops:#?}");
    }
}
