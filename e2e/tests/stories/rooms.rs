//! Rooms by link: made in the page, opened by whoever has the link.

use e2e::{Page, TestWorld};
use serde_json::Value;

/// Makes a group room in this window, and gives its link.
#[track_caller]
pub(crate) fn make_room(page: &Page, title: &str, seats: u32) -> String {
    create_room(page, title, seats);
    page.click("#enter-room");
    page.wait_until(
        "the room's card",
        "return location.pathname.startsWith('/r/') && !!document.querySelector('#name')",
    );
    page.ask("return location.href", &[])
}

/// Makes a group room, and waits for the card that shows the host's link. Gives that link.
#[track_caller]
fn create_room(page: &Page, title: &str, seats: u32) -> String {
    page.click("#new-room");
    page.wait_until("the form", "return document.querySelector('form#make-room') !== null");
    page.click("#kind-group");
    page.write("#seats", &seats.to_string());
    page.write("#room-title", title);
    page.click("#make-room-submit");
    page.wait_until("the host's link", "return !!document.querySelector('#host-link')");
    page.text("#host-link")
}

/// Opens a room's link and joins under a name.
#[track_caller]
pub(crate) fn join_by_link(page: &Page, link: &str, name: &str) {
    page.open(link);
    page.join(name);
}

#[test]
fn the_host_link_brings_a_host_back_whose_browser_has_forgotten_the_room() {
    let story = TestWorld::start();
    let zhang = story.window();
    let host_link = create_room(&zhang, "周末爬山", 3);
    zhang.take_screenshots("room-made");
    zhang.ask::<Value>("localStorage.clear(); sessionStorage.clear()", &[]);
    for _ in 0..2 {
        let elsewhere = story.profile();
        let device = elsewhere.window();
        device.open(&host_link);
        device.click("#seat-link-accept");
        device.wait_until(
            "a card for the name, or the room",
            "return !!document.querySelector('#name, main.room')",
        );
        if device.ask("return !!document.querySelector('#name')", &[]) {
            device.join("张三");
        }
        device.wait_until("the host's tools", "return !!document.querySelector('#tab-host')");
        assert_eq!(device.ask::<String>("return location.hash", &[]), "");
    }
}

#[test]
fn a_room_is_made_and_its_link_brings_others_in() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "周末爬山", 3);
    zhang.join("张三");
    zhang.say("爬哪座山？");
    zhang.wait_until_delivered("爬哪座山？");

    let elsewhere = story.profile();
    let li = elsewhere.window();
    li.open(&link);
    li.wait_until(
        "whose room it is",
        "return document.querySelector('h1').innerText === '加入“周末爬山”'
             && document.querySelector('#room-state').innerText === '3 人群聊 · 已加入 1/3'",
    );
    li.join("李四");
    li.wait_for_text("爬哪座山？");
    li.say("香山");
    zhang.wait_for_text("香山");

    // Another window of the same person: back as oneself, with nothing to click.
    let tab = story.window();
    tab.open(&link);
    tab.wait_for_texts(&["爬哪座山？", "香山"]);
    assert_eq!(tab.rows().iter().filter(|row| row.mine).count(), 1);
    // 离开房间 leaves in all of one's windows, and in nobody else's.
    tab.disconnect();
    zhang.wait_for_card();
    assert_eq!(zhang.text("#join-problem"), "你已在另一台设备上离开房间");
    li.wait_for_note("张三离开了房间");
    li.say("我还在");
    li.wait_until_delivered("我还在");
}

#[test]
fn a_link_to_nowhere_shows_the_way_to_a_new_room() {
    let story = TestWorld::start();
    let page = story.window();
    for path in ["r/7Yc3mVbq9sT1kLwXeRzP4n", "r/nonsense"] {
        page.open(&format!("{}/{path}", story.server.url()));
        page.wait_until("the sentence", "return document.querySelector('#gone') !== null");
        assert_eq!(page.count("#name"), 0, "{path}");
        assert!(page.shows("#new-room") && page.shows("#to-lobby"), "{path}");
    }
    make_room(&page, "新房间", 3);
    page.join("张三");
}

#[test]
fn the_form_the_invitation_and_the_missing_room_have_their_pictures_taken() {
    let story = TestWorld::start();
    let page = story.window();
    page.click("#new-room");
    page.wait_until("the form", "return document.querySelector('form#make-room') !== null");
    page.take_screenshots("new-room");
    page.open(&format!("{}/r/nonsense", story.server.url()));
    page.wait_until("the sentence", "return document.querySelector('#gone') !== null");
    page.take_screenshots("gone");
    make_room(&page, "周末爬山", 3);
    page.join("张三");
    page.take_screenshots("invite");
}

#[test]
fn the_page_talks_to_its_own_server_only() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("图：https://example.com/a.png <img src=https://example.com/b.png>");
    li.wait_until("the message", "return document.querySelectorAll('#log .bubble').length === 1");
    for page in [&zhang, &li] {
        let foreign: Vec<String> = page.ask(
            "return performance.getEntriesByType('resource').map(entry => entry.name)
                .filter(name => new URL(name).host !== location.host)",
            &[],
        );
        assert!(foreign.is_empty(), "{foreign:?}");
    }
}
