//! Rooms that are no more, and rooms that let somebody in no more.

use e2e::{FlakyProxy, Page, TestWorld};
use serde_json::json;

use crate::rooms::{join_by_link, make_room};

const REMOVED: &str = "你已被移出房间，可以去别的房间聊";
const BANNED: &str = "房主已禁止你再加入";

#[test]
fn a_deleted_room_shows_its_card_to_who_is_there_and_to_who_comes_back() {
    let story = TestWorld::start();
    let (one, other) = (FlakyProxy::start(&story.server), FlakyProxy::start(&story.server));
    let (zhang, li, wang) = (story.window(), story.window(), story.window());
    let link = make_room(&zhang, "散伙饭", 3);
    zhang.join("张三");
    join_by_link(&li, &one.rewrite_link(&link), "李四");
    join_by_link(&wang, &other.rewrite_link(&link), "王五");
    zhang.say("再见了");
    for page in [&li, &wang] {
        page.wait_for_text("再见了");
    }

    other.cut();
    wang.wait_until_lost();
    wang.say("等等我");
    zhang.delete_room_by_api();
    wait_until_gone(&zhang);
    wait_until_gone(&li);
    other.mend();
    wang.hear_online();
    wait_until_gone(&wang);
    assert!(!li.everything().contains("再见了"));
    assert_eq!(li.text("#gone h1"), "房主已删除这个房间");
    li.wait_until("nothing kept of it", "return localStorage.length === 0");
    li.reload();
    wait_until_gone(&li);
    assert_eq!(li.text("#gone h1"), "这个房间不存在或已被删除");

    // Who was away keeps a seat in nothing, and can remove it.
    wang.open(&format!("{}/#rooms", other.url()));
    wang.wait_until(
        "that it is gone",
        "return document.querySelector('.my-rooms small')?.innerText.includes('房间已不存在') ?? false",
    );
    wang.take_screenshots("my-rooms-gone");
    wang.click(".forget");
    wang.wait_until(
        "nothing kept",
        "return localStorage.length === 0 && !document.querySelector('.my-rooms')",
    );
}

#[track_caller]
fn wait_until_gone(page: &Page) {
    page.wait_until("the card of a room that is no more", "return document.querySelector('#gone') !== null");
    assert!(page.shows("#new-room") && page.shows("#to-lobby"));
}

#[test]
fn who_is_removed_hears_it_and_does_not_come_back_by_oneself() {
    let story = TestWorld::start();
    let proxy = FlakyProxy::start(&story.server);
    let (zhang, li) = (story.window(), story.window());
    let link = make_room(&zhang, "安静的房间", 3);
    zhang.join("张三");
    join_by_link(&li, &proxy.rewrite_link(&link), "李四");
    li.say("吵死你们");
    zhang.wait_for_text("吵死你们");

    let member = zhang.fetch_member_id("李四");
    zhang.send_raw_frames(None, &[json!({ "type": "remove", "member": member })]);
    li.wait_for_problem(REMOVED);
    assert_eq!(li.count("#log, #another-name"), 0, "what is offered is another room");
    li.take_screenshots("removed");
    zhang.wait_for_note("李四已被移出房间");

    li.reload();
    li.wait_for_card();
    li.hear_online();
    assert_eq!(li.value("#name"), "");
    assert_eq!(li.refused("李四"), BANNED);
    li.wait_for_problem(BANNED);
    assert_eq!(zhang.notes(), ["欢迎你张三", "李四加入了房间", "李四已被移出房间"]);
}

#[test]
fn a_locked_room_says_so_until_it_is_opened() {
    let story = TestWorld::start();
    let proxy = FlakyProxy::start(&story.server);
    let (zhang, li) = (story.window(), story.window());
    let link = make_room(&zhang, "安静的房间", 3);
    zhang.join("张三");
    zhang.send_raw_frames(None, &[json!({ "type": "lock", "locked": true })]);
    zhang.wait_for_note("房间已锁定，新成员无法加入");
    li.open(&proxy.rewrite_link(&link));
    li.wait_until(
        "that it is locked",
        "return document.querySelector('#join-problem')?.innerText === '房间已锁定，请联系房主解锁后再来'",
    );
    assert!(!li.is_enabled("button#connect"));
    li.type_name("李四");
    zhang.send_raw_frames(None, &[json!({ "type": "lock", "locked": false })]);
    zhang.wait_for_note("房间已解锁");
    li.wait_until("the card to hear of it", "return !document.querySelector('#join-problem')");
    li.connect();
    li.wait_for_note("欢迎你李四");
}
