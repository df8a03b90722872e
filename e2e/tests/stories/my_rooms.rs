//! 我的房间: back to a room, on with a seat on another device, and out for good.

use e2e::{Page, Screen, TestWorld};

use crate::rooms::make_room;

#[test]
fn my_rooms_lead_back_as_oneself_from_the_card_and_from_a_room() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "周末爬山", 3);
    zhang.join("张三");
    zhang.say("爬哪座山？");
    zhang.wait_until_delivered("爬哪座山？");

    let tab = story.window();
    tab.wait_until(
        "the room",
        "return document.querySelector('.my-rooms a')?.innerText.includes('周末爬山\\n你是张三') ?? false",
    );
    tab.take_screenshots("join-my-rooms");
    tab.click(".my-rooms a");
    tab.wait_for_texts(&["爬哪座山？"]);
    assert_eq!(tab.ask::<String>("return location.href", &[]), link);

    tab.click(".brand a[href='#rooms']");
    tab.wait_until(
        "the list",
        "return document.querySelector('#rooms .my-rooms small')?.innerText.includes('1/3') ?? false",
    );
    tab.take_screenshots("my-rooms");
    tab.ask::<()>("history.back()", &[]);
    tab.wait_for_texts(&["爬哪座山？"]);
    assert_eq!(tab.rows().iter().filter(|row| row.mine).count(), 1);

    // On a phone ← leads there.
    tab.show_on(&Screen::phone());
    tab.click("#to-rooms");
    tab.wait_until("the list", "return document.querySelector('#rooms .my-rooms a') !== null");
    tab.click("#rooms .my-rooms a");
    tab.wait_for_texts(&["爬哪座山？"]);
}

#[test]
fn who_leaves_leaves_nothing_behind_on_this_computer_and_a_host_is_asked_first() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "公用电脑", 3);
    zhang.join("张三");
    zhang.say("在网吧");
    zhang.wait_until_delivered("在网吧");
    zhang.write("textarea#message", "写了一半");
    assert!(0 < stored(&zhang, &link));

    zhang.click("button#disconnect");
    zhang.wait_until(
        "the question",
        "return document.querySelector('[role=alertdialog]')?.innerText.includes('离开后只能用房主链接回来管理此房间') ?? false",
    );
    zhang.take_screenshots("host-leaves");
    assert!(0 < stored(&zhang, &link), "nothing has happened yet");
    assert!(zhang.shows("#forget-device"));
    zhang.click("#disconnect-anyway");
    zhang.wait_for_card();
    assert_eq!(stored(&zhang, &link), 0);
    let lobby = story.window();
    assert_eq!(lobby.count(".my-rooms"), 0);
}

#[test]
fn a_seat_pasted_into_an_open_window_is_taken_up_there() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "两台设备", 3);
    zhang.join("张三");
    zhang.say("电脑上写的");
    zhang.wait_until_delivered("电脑上写的");
    zhang.click("#disconnect");
    zhang.click("#leave-backup");
    zhang.wait_until("the link", "return document.querySelector('#backup-link') !== null");
    let own = zhang.text("#backup-link");
    zhang.click(".asking > .quiet:last-child");

    let phone = story.profile();
    let phone = phone.window();
    phone.open(&link);
    phone.wait_for_card();
    phone.ask::<()>(&format!("window.stays = true; location.href = {own:?}"), &[]);
    phone.click("#seat-link-accept");
    phone.wait_for_texts(&["电脑上写的"]);
    assert!(
        phone.ask::<bool>("return window.stays && location.hash === ''", &[]),
        "the page was not loaded anew"
    );
    phone.say("手机上写的");
    zhang.wait_for_texts(&["电脑上写的", "手机上写的"]);
    assert_eq!(zhang.rows().iter().filter(|row| row.mine).count(), 2);
}

/// How many things the browser keeps of the room.
#[track_caller]
fn stored(page: &Page, link: &str) -> usize {
    let room = link.rsplit('/').next().unwrap_or_default();
    page.ask(&format!("return [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(key => key.includes('{room}')).length"), &[])
}
