//! Enter belongs to the input method while it composes.

use e2e::TestWorld;

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
