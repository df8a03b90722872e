//! Input methods: Enter and the send button while something is composed.

use e2e::{Page, Screen, TestWorld};
use serde_json::json;

use crate::rooms::make_room;

const BOX: &str = "textarea#message";

#[test]
fn enter_that_chooses_a_word_sends_nothing_and_the_next_sends_once() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.click(BOX);
    zhang.compose("nihao");
    zhang.press_enter_for_the_input_method();
    assert_eq!(zhang.value(BOX), "nihao", "still composing");
    zhang.commit("你好");
    assert_eq!(zhang.value(BOX), "你好", "what was chosen stays to be sent");
    zhang.press_enter();
    li.wait_for_text("你好");
    zhang.wait_until_delivered("你好");

    li.say("收到");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["你好", "收到"]);
    }
    assert_eq!(zhang.value(BOX), "");
}

#[test]
fn in_safari_the_composition_ends_before_enter_is_told() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.click(BOX);
    zhang.compose("zaijian");
    zhang.commit("再见");
    zhang.press_enter_for_the_input_method();
    assert_eq!(zhang.value(BOX), "再见", "what was chosen stays to be sent");
    zhang.commit("了");
    zhang.press_enter();
    for page in [&zhang, &li] {
        page.wait_for_texts(&["再见了"]);
    }
}

#[test]
fn shift_and_enter_break_the_line() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.click(BOX);
    zhang.compose("yi");
    zhang.commit("一");
    zhang.press_shift_enter();
    assert_eq!(zhang.value(BOX), "一\n");
    zhang.commit("二");
    zhang.press_enter();
    li.wait_for_texts(&["一\n二"]);
}

#[test]
fn enter_in_the_name_field_waits_for_the_input_method_too() {
    let story = TestWorld::start();
    let zhang = story.window();

    zhang.click("#name");
    zhang.compose("张三");
    zhang.press_enter_for_the_input_method();
    zhang.commit("张三丰");
    zhang.press_enter_for_the_input_method();
    assert_eq!(zhang.value("#name"), "张三丰");
    assert_eq!(zhang.count("#name-hint.bad"), 0, "nothing was refused, for nothing was asked");
    zhang.commit("们");
    zhang.press_enter();
    zhang.wait_for_note("欢迎你张三丰们");
    assert_eq!(zhang.notes(), ["欢迎你张三丰们"]);
}

#[test]
fn send_button_waits_for_the_choice_and_sends_once() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.click(BOX);
    zhang.compose("nihao");
    zhang.click("#send");
    zhang.click("#send");
    zhang.wait_until("the button to wait", "return !!document.querySelector('#send[aria-busy=true]')");
    assert_eq!(zhang.value(BOX), "nihao", "the letters stay in the box");
    zhang.commit("你好");
    li.wait_for_text("你好");
    assert_eq!(zhang.value(BOX), "");

    li.say("收到");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["你好", "收到"]);
    }
}

#[test]
fn cancelled_composition_sends_nothing() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");

    zhang.click(BOX);
    zhang.compose("nihao");
    zhang.click("#send");
    zhang.compose("");
    zhang.wait_until("the button to be free", "return !document.querySelector('#send[aria-busy]')");
    zhang.commit("算了");
    zhang.click("#send");
    for page in [&zhang, &li] {
        page.wait_for_texts(&["算了"]);
    }
}

#[test]
fn touch_keyboard_sends_the_word_that_it_is_composing() {
    let story = TestWorld::start();
    let (zhang, li) = (story.window_of(&Screen::phone()), story.window());
    zhang.join("张三");
    li.join("李四");

    // Such a keyboard composes every word of every language.
    zhang.click(BOX);
    zhang.compose("hello");
    zhang.click("#send");
    li.wait_for_text("hello");
    assert_eq!(zhang.value(BOX), "");
    zhang.wait_until("the keyboard to stay", "return document.activeElement.id === 'message'");
}

/// Keeps the program back until the page calls `start()`.
const HOLD_PROGRAM: &str = "
    const started = new Promise(start => { window.start = start });
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...all) => {
        await started;
        const program = await instantiate.call(WebAssembly, ...all);
        setTimeout(() => { window.arrived = true }, 100);
        return program;
    };
";

#[test]
fn composition_on_the_first_card_survives_the_arrival_of_the_program() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.leave_page();
    zhang.devtools("Page.enable", json!({}));
    zhang.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": HOLD_PROGRAM }));
    zhang.visit(story.server.url());

    zhang.click("#name");
    zhang.compose("zhang");
    zhang.wait_until("the program", "window.start(); return window.arrived === true");
    assert!(is_on_first_card(&zhang), "the field is still the one that is written in");
    zhang.compose("zhangsan");
    zhang.commit("张三");
    zhang.wait_until_ready();
    assert!(!is_on_first_card(&zhang));
    assert_eq!(zhang.value("#name"), "张三");
    zhang.commit("丰");
    zhang.press_enter();
    zhang.wait_for_note("欢迎你张三丰");
}

fn is_on_first_card(page: &Page) -> bool {
    page.ask("return !!document.querySelector('.boot #name')", &[])
}

#[test]
fn refused_message_goes_back_into_the_box_to_be_revised() {
    let story = TestWorld::start();
    let zhang = story.window();
    make_room(&zhang, "代购", 5);
    zhang.join("张三");
    zhang.send_raw_frames(Some("李四"), &[json!({ "type": "say", "text": "在吗" })]);
    zhang.wait_for_text("在吗");
    zhang.send_raw_frames(None, &[json!({ "type": "set", "words": ["代购"] })]);

    zhang.choose_for("在吗", "回复");
    zhang.say("找代购");
    zhang.wait_until("the refusal", "return !!document.querySelector('.msg.failed [data-do=revise]')");
    zhang.write(BOX, "草稿");
    zhang.click(".msg.failed [data-do=revise]");
    zhang.wait_until(
        "the text in the box, behind the draft",
        "return document.querySelector('#message').value === '草稿\\n找代购'",
    );
    assert_eq!(zhang.count(".msg.failed"), 0);
    assert!(zhang.text("#aim").contains("在吗"), "it is still an answer");
    zhang.say("找朋友");
    zhang.wait_until_delivered("找朋友");
    assert_eq!(zhang.count(".msg .quote"), 1);
}

#[test]
fn seat_link_is_sent_only_after_a_question() {
    let story = TestWorld::start();
    let zhang = story.window();
    make_room(&zhang, "周末爬山", 5);
    zhang.join("张三");
    let link: String = zhang.ask(
        "const { token } = JSON.parse(localStorage.getItem(`duiliao.${location.pathname.slice(3)}.seat`));
         return `${location.href}#t=${token}`",
        &[],
    );

    zhang.write(BOX, &format!("我的链接 {link}"));
    zhang.press_enter();
    zhang.wait_until("the question", "return document.activeElement.id === 'keep-seat-link'");
    zhang.take_screenshots("seat-link");
    zhang.press_enter();
    zhang.wait_until("the box", "return document.activeElement.id === 'message'");
    assert_eq!((zhang.count(".msg"), zhang.count("[role=alertdialog]")), (0, 0));
    assert!(zhang.value(BOX).ends_with(&link));
    zhang.click("#send");
    zhang.click("#send-seat-link");
    zhang.wait_until_delivered(&format!("我的链接 {link}"));
    assert_eq!(zhang.value(BOX), "");
}
