//! One person on several devices: a code brings another device in, and the others can be signed out.

use e2e::{Page, TestWorld};

use crate::rooms::{join_by_link, make_room};

/// The link for another device that this page shows.
#[track_caller]
fn pairing_link(page: &Page) -> String {
    page.click("#other-device");
    page.wait_until("the link", "return document.querySelector('#device-link') !== null");
    page.text("#device-link")
}

#[test]
fn code_brings_another_device_in_once_and_the_others_are_told() {
    let story = TestWorld::start();
    let zhang = story.window();
    let room = make_room(&zhang, "两台设备", 3);
    zhang.join("张三");
    zhang.say("电脑上写的");
    zhang.wait_until_delivered("电脑上写的");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &room, "李四");
    zhang.take_screenshots("pairing-before");
    let link = pairing_link(&zhang);
    zhang.take_screenshots("pairing");

    let other = story.profile();
    let phone = other.window();
    phone.open(&link);
    phone.wait_until("the question", "return !!document.querySelector('#seat-link-accept:enabled')");
    assert!(phone.text("#seat-link h1").contains("张三"));
    phone.click("#seat-link-accept");
    phone.wait_for_texts(&["电脑上写的"]);
    let hash = phone.ask::<String>("return location.hash", &[]);
    assert_eq!(hash, "");
    phone.say("手机上写的");
    zhang.wait_for_texts(&["电脑上写的", "手机上写的"]);
    assert_eq!(zhang.rows().iter().filter(|row| row.mine).count(), 2);
    let told = "一台新设备开始使用你的身份。如果不是你本人操作，请打开“在另一台设备上继续”，退出其他设备。";
    zhang.wait_for_note(told);
    li.wait_for_texts(&["电脑上写的", "手机上写的"]);
    assert!(li.rows().iter().all(|row| !row.text.contains("一台新设备")), "nobody else is told");
    zhang.take_screenshots("pairing-told");

    // The code is of no use any more.
    let third = story.profile();
    let third = third.window();
    third.open(&link);
    third.wait_until("the reason", "return !!document.querySelector('#pair .problem')");
    third.take_screenshots("pairing-refused");

    let token = || {
        zhang.ask::<String>("return localStorage.getItem(`duiliao.${location.pathname.slice(3)}.seat`)", &[])
    };
    let before = token();
    zhang.click("#sign-out-others");
    phone.wait_until("the card", "return !!document.querySelector('#join .problem, .problem')");
    phone.take_screenshots("pairing-signed-out");
    zhang.wait_for_note("已退出其他设备");
    assert_ne!(token(), before, "what was in a link is void");
    assert_eq!(
        zhang.notes().iter().filter(|note| *note == told).count(),
        1,
        "its new token is no other device"
    );
    zhang.say("只剩一台");
    zhang.wait_until_delivered("只剩一台");
    phone.reload();
    phone.wait_for_card();
    assert_eq!(phone.count(".msg"), 0);
    zhang.reload();
    zhang.wait_for_texts(&["电脑上写的", "手机上写的", "只剩一台"]);
}

#[test]
fn recovery_link_brings_somebody_back_whose_browser_has_forgotten_everything() {
    let story = TestWorld::start();
    let host = story.window();
    let room = make_room(&host, "备份", 3);
    host.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &room, "李四");
    li.say("第一句");
    li.click("#backup-show");
    li.wait_until("the link", "return !!document.querySelector('#backup-link')");
    let link = li.text("#backup-link");
    li.take_screenshots("backup-link");
    li.ask::<serde_json::Value>("localStorage.clear(); sessionStorage.clear()", &[]);

    let other = story.profile();
    let again = other.window();
    again.open(&link);
    again.click("#seat-link-accept");
    again.wait_for_texts(&["第一句"]);
    again.say("我回来了");
    host.wait_for_texts(&["第一句", "我回来了"]);
    assert_eq!(again.rows().iter().filter(|row| row.mine).count(), 2);

    // Whoever finds the link in a history has nothing of it.
    let late = story.profile();
    let late = late.window();
    late.open(&link);
    late.wait_until(
        "that it is void",
        "return !!document.querySelector('#seat-link[role=alert], #seat-link .problem')",
    );
}
