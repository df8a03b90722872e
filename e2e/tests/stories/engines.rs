//! What is looked at in every engine: a phone's width, and that nothing is asked of other hosts.

use e2e::{Page, Screen, TestWorld};

use crate::rooms::{join_by_link, make_room};

#[test]
fn a_phone_s_width_is_enough_and_nobody_else_is_asked_for_anything() {
    let story = TestWorld::start();
    let zhang = story.window_of(&Screen::phone());
    save_screenshot(&zhang, "card");
    let link = make_room(&zhang, "周末爬山", 5);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    zhang.wait_for_note("李四加入了房间");
    zhang.write("textarea#message", "明天几点出发？");
    zhang.click("button#send");
    li.wait_for_text("明天几点出发？");
    li.say("八点，在 https://example.com/map。别走错门");
    zhang.wait_for_text("八点，在 https://example.com/map。别走错门");
    save_screenshot(&zhang, "room");
    zhang.click("#find");
    zhang.write("#search-text", "出发");
    zhang.wait_until("the hit", "return document.querySelectorAll('.hit').length === 1");
    save_screenshot(&zhang, "search");
    for page in [&zhang, &li] {
        let asked: Vec<String> = page.ask(
            "return performance.getEntriesByType('resource').map(({ name }) => name)
                 .filter(name => !name.startsWith('data:') && new URL(name).host !== location.host)",
            &[],
        );
        assert!(asked.is_empty(), "{asked:?}");
    }
}

#[track_caller]
fn save_screenshot(page: &Page, name: &str) {
    let width: f64 = page.ask("return innerWidth", &[]);
    let wide: f64 = page.ask("return document.documentElement.scrollWidth", &[]);
    assert!(wide <= width, "{name} is {wide} px wide in {width}");
    page.take_screenshot(&format!("{:?}-{name}", page.engine()).to_lowercase());
}
