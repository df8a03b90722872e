//! Where one lands: after joining, a reload and whatever changes the size of things, at the very end of the list.
//!
//! `LANDINGS` says how often each is tried; a few times without it.

use std::env;

use e2e::{Page, Screen, TestWorld};
use serde::Deserialize;
use serde_json::Value;

/// Rooms with so many events.
const ROOMS: [usize; 4] = [2, 40, 150, 5_000];
/// How often each landing is tried without `LANDINGS`.
const FEW: usize = 1;
/// A position may be between two pixels of the screen.
const AT_END_PX: f64 = 1.0;

/// Waits until nothing has moved for some frames, and gives the distance from the end and what is seen there.
const LANDED: &str = "
    const [done] = arguments;
    const list = document.querySelector('#log');
    const place = () => [list.scrollHeight, list.scrollTop, list.clientHeight].join();
    let before = '', still = 0;
    const next = () => {
        still = place() === before ? still + 1 : 0;
        before = place();
        if (still < 8) { return requestAnimationFrame(next) }
        const rows = [...list.querySelectorAll('.rows > *')].filter(row => !row.matches('.room-for'));
        const edge = list.getBoundingClientRect().bottom;
        done({
            distance: list.scrollHeight - list.scrollTop - list.clientHeight,
            beyond: rows.length ? rows.at(-1).getBoundingClientRect().bottom - edge : 0,
            button: !!document.querySelector('#jump-latest'),
        });
    };
    requestAnimationFrame(next);
";

#[derive(Debug, Deserialize)]
struct Landed {
    distance: f64,
    /// How far the last row reaches below the list's lower edge.
    beyond: f64,
    button: bool,
}

#[track_caller]
fn check_at_end(page: &Page, when: &str) {
    let landed: Landed = page.ask_later(LANDED, &[]);
    assert!(
        landed.distance.abs() < AT_END_PX && landed.beyond < AT_END_PX && !landed.button,
        "{when}: {landed:?}"
    );
}

fn landings() -> usize {
    env::var("LANDINGS").ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

/// Another name each time.
fn name(landing: usize) -> String {
    let digit = |n: usize| ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'][n % 10];
    ['来', digit(landing / 100), digit(landing / 10), digit(landing)].iter().collect()
}

#[test]
fn the_newest_is_in_view_after_joining_and_reloading() {
    let story = TestWorld::start_without_limits();
    let elsewhere = story.profile();
    let filler = elsewhere.window();
    let page = story.window();
    for events in ROOMS {
        let link = format!("{}{}", story.server.url(), filler.fill_room(events));
        for screen in [Screen::desktop(), Screen::phone()] {
            page.show_on(&screen);
            for landing in 0..landings() {
                let at = format!("{events} events, {screen:?}, landing {landing}");
                page.ask::<Value>("localStorage.clear()", &[]);
                page.visit("about:blank");
                page.open(&link);
                let name = name(landing * 2 + usize::from(screen == Screen::phone()));
                page.join(&name);
                check_at_end(&page, &format!("joined: {at}"));
                page.reload();
                page.wait_for_note(&format!("欢迎你{name}"));
                check_at_end(&page, &format!("reloaded: {at}"));
            }
        }
    }
}

#[test]
fn the_newest_stays_in_view_whatever_changes_its_size() {
    let story = TestWorld::start_without_limits();
    let elsewhere = story.profile();
    let filler = elsewhere.window();
    let page = story.window();
    for events in ROOMS {
        let link = format!("{}{}", story.server.url(), filler.fill_room(events));
        page.ask::<Value>("localStorage.clear()", &[]);
        page.open(&link);
        page.join("张三");
        for landing in 0..landings() {
            for screen in [Screen::phone(), Screen::phone_on_its_side(), Screen::phone(), Screen::desktop()] {
                let at = format!("{events} events, {screen:?}, landing {landing}");
                page.show_on(&screen);
                check_at_end(&page, &format!("turned: {at}"));
                // The keyboard of a phone.
                page.show_on(&screen.lower(150));
                check_at_end(&page, &format!("the keyboard opened: {at}"));
                page.show_on(&screen);
                check_at_end(&page, &format!("the keyboard closed: {at}"));
                for size in ["150%", "200%", ""] {
                    set_text_size(&page, size);
                    check_at_end(&page, &format!("text of {size}: {at}"));
                }
                let own = format!("说一句 {landing} {screen:?}");
                // On a phone Enter breaks the line.
                page.write("textarea#message", &own);
                page.click("button#send");
                page.wait_until_delivered(&own);
                check_at_end(&page, &format!("an own message: {at}"));
                for text in ["短的".to_owned(), "一行\n".repeat(20) + "完"] {
                    let text = format!("{text} {landing} {screen:?}");
                    filler.filler_says(&text);
                    page.wait_for_text(&text);
                    check_at_end(&page, &format!("somebody's message: {at}"));
                }
                grow_a_row(&page);
                check_at_end(&page, &format!("a picture came: {at}"));
            }
            page.leave_page();
            let while_away = format!("你不在的时候 {landing}");
            filler.filler_says(&while_away);
            page.go_back();
            page.wait_for_text(&while_away);
            check_at_end(&page, &format!("came back: {events} events, landing {landing}"));
        }
    }
}

/// As a browser's setting does: everything is measured in the size of the root's text.
#[track_caller]
fn set_text_size(page: &Page, size: &str) {
    page.ask::<Value>(
        "document.documentElement.style.fontSize = arguments[0]",
        &[Value::String(size.to_owned())],
    );
}

/// A row that one sees becomes higher, late, as when a picture arrives.
#[track_caller]
fn grow_a_row(page: &Page) {
    page.ask_later::<Value>(
        "const [done] = arguments;
         const bubble = [...document.querySelectorAll('.msg .bubble')].at(-2) ?? document.querySelector('.msg .bubble');
         if (bubble) { bubble.style.paddingBottom = '240px' }
         requestAnimationFrame(() => requestAnimationFrame(() => {
             if (bubble) { bubble.style.paddingBottom = '' }
             done(null);
         }));",
        &[],
    );
}

#[test]
fn a_button_leads_back_to_the_newest_from_anywhere() {
    let story = TestWorld::start_without_limits();
    let elsewhere = story.profile();
    let filler = elsewhere.window();
    let page = story.window();
    let link = format!("{}{}", story.server.url(), filler.fill_room(150));
    page.open(&link);
    page.join("张三");
    for screen in [Screen::desktop(), Screen::phone()] {
        page.show_on(&screen);
        check_at_end(&page, "at first");
        scroll_up(&page, 400);
        page.wait_until("the button", "return !!document.querySelector('#jump-latest')");
        assert_eq!(page.text("#jump-latest"), "", "there is nothing new yet");
        let label: String = page.ask("return document.querySelector('#jump-latest').ariaLabel", &[]);
        assert_eq!(label, "回到最新");
        let place = first_in_view(&page);
        for n in 1..=12 {
            filler.filler_says(&format!("新的 {n}\n还有一行 {screen:?}"));
        }
        page.wait_until(
            "how many are new",
            "return document.querySelector('#jump-latest')?.innerText.trim() === '12 条新消息'",
        );
        assert_eq!(first_in_view(&page), place, "what one reads stays");
        page.take_screenshot("jump-latest");
        page.click("#jump-latest");
        check_at_end(&page, "after the button");
        filler.filler_says(&format!("最后 {screen:?}"));
        page.wait_for_text(&format!("最后 {screen:?}"));
        check_at_end(&page, "and stays there");
    }
}

/// As with a wheel: a little each frame.
#[track_caller]
fn scroll_up(page: &Page, px: u32) {
    page.ask_later::<Value>(
        "const [px, done] = arguments;
         const list = document.querySelector('#log');
         let left = px;
         const next = () => {
             if (left <= 0) { return requestAnimationFrame(() => done(null)) }
             list.scrollTop -= 40;
             left -= 40;
             requestAnimationFrame(next);
         };
         next();",
        &[Value::from(px)],
    );
}

/// The first row that begins in view, and where it is.
#[track_caller]
fn first_in_view(page: &Page) -> (u64, i64) {
    page.ask(
        "const list = document.querySelector('#log').getBoundingClientRect();
         const row = [...document.querySelectorAll('.msg')].find(row => row.getBoundingClientRect().top >= list.top);
         return [Number(row.dataset.seq), Math.round(row.getBoundingClientRect().top)]",
        &[],
    )
}
