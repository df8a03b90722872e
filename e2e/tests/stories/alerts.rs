//! What tells of a message to somebody who looks elsewhere.

use e2e::{Page, TestWorld};
use serde_json::{Value, json};

use crate::rooms::{join_by_link, make_room};

#[test]
fn the_title_counts_what_came_while_one_looked_elsewhere() {
    let story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    assert_eq!(title(&zhang), "对聊");
    zhang.put_out_of_sight(true);
    for text in ["一", "二", "三"] {
        li.say(text);
    }
    zhang.wait_until("the count", "return document.title === '(3) 对聊'");
    zhang.put_out_of_sight(false);
    zhang.wait_until("it to be gone", "return document.title === '对聊'");
    li.say("四");
    zhang.wait_for_text("四");
    assert_eq!(title(&zhang), "对聊", "who looks needs no count");
}

#[test]
fn sound_and_notifications_are_off_until_somebody_turns_them_on() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "值班", 3);
    zhang.join("张三");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    listen(&zhang);
    zhang.put_out_of_sight(true);
    li.say("有人吗");
    zhang.wait_until("the count", "return document.title === '(1) 对聊'");
    assert_eq!(rung_asked_shown(&zhang), (0, 0, vec![]));
    zhang.put_out_of_sight(false);

    zhang.devtools("Browser.grantPermissions", json!({ "permissions": ["notifications"] }));
    zhang.click("#tab-settings");
    zhang.take_screenshots("alerts");
    zhang.click("#sound");
    zhang.wait_until("how it sounds", "return window.rung === 1");
    zhang.click("#notification");
    zhang.wait_until("it to be on", "return document.querySelector('#notification').checked");
    assert_eq!(rung_asked_shown(&zhang), (1, 1, vec![]));

    zhang.put_out_of_sight(true);
    li.say("<b>出事了</b>");
    wait_for_calls(&zhang, 2, &["李四 · 值班: <b>出事了</b>"]);
    // What is put otherwise or taken back is so there too, and does not call again.
    li.edit("<b>出事了</b>", "没事");
    wait_for_calls(&zhang, 2, &["李四 · 值班: 没事"]);
    li.choose_for("没事", "撤回");
    wait_for_calls(&zhang, 2, &[]);
    li.say("快来");
    wait_for_calls(&zhang, 3, &["李四 · 值班: 快来"]);
    zhang.put_out_of_sight(false);
    wait_for_calls(&zhang, 3, &[]);
    li.say("到了吗");
    zhang.wait_for_text("到了吗");
    assert_eq!(rung_asked_shown(&zhang), (3, 1, vec![]), "who looks is not called");

    // Both are this browser's, also after a reload.
    zhang.reload();
    zhang.wait_for_text("到了吗");
    zhang.click("#tab-settings");
    assert!(zhang.ask::<bool>(
        "return document.querySelector('#sound').checked && document.querySelector('#notification').checked",
        &[]
    ));
    zhang.click("#sound");
    zhang.click("#notification");
    let kept: Vec<String> = zhang.ask("return Object.keys(localStorage)", &[]);
    assert!(!kept.iter().any(|key| key == "duiliao.sound" || key == "duiliao.notification"), "{kept:?}");
}

#[test]
fn who_has_the_room_in_sight_elsewhere_is_not_called_and_no_notification_outlives_its_page() {
    let story = TestWorld::start();
    let hidden = story.window();
    let link = make_room(&hidden, "值班", 3);
    hidden.join("张三");
    hidden.devtools("Browser.grantPermissions", json!({ "permissions": ["notifications"] }));
    hidden.click("#tab-settings");
    hidden.click("#notification");
    hidden.wait_until("it to be on", "return document.querySelector('#notification').checked");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    let in_sight = story.window();
    in_sight.open(&link);
    in_sight.wait_for_note("李四加入了房间");

    listen(&hidden);
    hidden.ask::<Value>(
        "[window.called, window.asked] = [0, 1];
         const show = ServiceWorkerRegistration.prototype.showNotification;
         ServiceWorkerRegistration.prototype.showNotification =
             function(...all) { window.called++; return show.apply(this, all) }",
        &[],
    );
    hidden.put_out_of_sight(true);
    li.say("早");
    hidden.wait_for_text("早");
    hidden.wait_until("the mark of the other window", "return document.title === '对聊'");
    in_sight.leave_page();
    li.say("有人吗");
    wait_for_calls(&hidden, 0, &["李四 · 值班: 有人吗"]);
    assert_eq!(hidden.ask::<u32>("return window.called", &[]), 1, "once, for what nobody saw");
    hidden.leave_page();
    in_sight.open(story.server.url());
    in_sight.ask::<Value>("[window.asked, window.rung] = [1, 0]", &[]);
    wait_for_calls(&in_sight, 0, &[]);
}

#[test]
fn visible_window_without_focus_notifies() {
    let world = TestWorld::start();
    let zhang = world.window();
    let link = make_room(&zhang, "值班", 3);
    zhang.join("张三");
    listen(&zhang);
    zhang.devtools("Browser.grantPermissions", json!({ "permissions": ["notifications"] }));
    zhang.click("#tab-settings");
    zhang.click("#notification");
    zhang.wait_until("it to be on", "return document.querySelector('#notification').checked");
    let elsewhere = world.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");

    zhang.set_focus(false);
    li.say("有人吗");
    wait_for_calls(&zhang, 0, &["李四 · 值班: 有人吗"]);
    zhang.set_focus(true);
    wait_for_calls(&zhang, 0, &[]);
}

#[test]
fn where_there_are_no_notifications_a_sentence_says_so() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.join("张三");
    let denied = json!({ "permission": { "name": "notifications" }, "setting": "denied" });
    zhang.devtools("Browser.setPermission", denied);
    zhang.reload();
    zhang.wait_for_note("欢迎你张三");
    zhang.click("#tab-settings");
    assert_eq!(zhang.text("#no-notification"), "通知已被浏览器阻止，请在网站设置中允许");
    assert!(!zhang.is_enabled("#notification") && zhang.is_enabled("#sound"));
    zhang.take_screenshots("no-notifications");
}

fn title(page: &Page) -> String {
    page.ask("return document.title", &[])
}

/// Counts sounds and questions from now on. Until its worker is there, a page shows notifications of the plain kind, which
/// nobody can count.
fn listen(page: &Page) {
    page.ask_later::<Value>("navigator.serviceWorker.ready.then(() => arguments[0](null))", &[]);
    page.ask::<Value>(
        "[window.rung, window.asked] = [0, 0];
         const [tone, ask] = [AudioContext.prototype.createOscillator, Notification.requestPermission];
         AudioContext.prototype.createOscillator = function() { window.rung++; return tone.call(this) };
         Notification.requestPermission = function() { window.asked++; return ask.call(this) }",
        &[],
    );
}

/// Waits until it has rung so often, and these notifications are there.
fn wait_for_calls(page: &Page, rung: u32, shown: &[&str]) {
    e2e::eventually("the sound and the notification", || match try_rung_asked_shown(page)? {
        (times, 1, notifications) if times == rung && notifications == shown => Ok(()),
        other => Err(format!("{other:?}")),
    });
}

fn rung_asked_shown(page: &Page) -> (u32, u32, Vec<String>) {
    try_rung_asked_shown(page).expect("the page counts sounds and notifications")
}

/// Looks when it is its turn among what the page does with notifications: Chromium takes one that is asked for while it is
/// being shown for one that was closed, and forgets it.
fn try_rung_asked_shown(page: &Page) -> Result<(u32, u32, Vec<String>), String> {
    page.try_ask_later(
        "const [done] = arguments;
         inTurn(() => registration()
             .then(worker => worker.getNotifications())
             .then(shown => done([rung, asked, shown.map(({ title, body }) => `${title}: ${body}`)])))",
        &[],
    )
}
