//! Text at 200 %, and the page at 400 %: nothing is cut off, stands on something else, or is out of reach.

use e2e::{Page, Screen, TestWorld};
use serde_json::json;

use crate::rooms::{join_by_link, make_room};

#[test]
fn text_of_twice_the_size_is_neither_cut_off_nor_in_the_way() {
    let story = TestWorld::start();
    let page = story.window();
    page.devtools("Page.setFontSizes", json!({ "fontSizes": { "standard": 32, "fixed": 26 } }));
    page.wait_until("large text", "return getComputedStyle(document.documentElement).fontSize === '32px'");
    walk(&story, &page, &Screen::desktop(), "text-200");
    page.show_on(&Screen::phone());
    check(&page, "the room on a phone");
    page.take_screenshots_on("text-200-phone", &Screen::phone());
}

#[test]
fn at_four_times_its_size_the_page_is_read_in_one_direction() {
    let story = TestWorld::start();
    let page = story.window_of(&Screen::zoomed());
    walk(&story, &page, &Screen::zoomed(), "zoom-400");
}

/// Through every screen.
#[track_caller]
fn walk(story: &TestWorld, page: &Page, screen: &Screen, name: &str) {
    let look = |place: &str| {
        check(page, place);
        page.take_screenshots_on(&format!("{name}-{place}"), screen);
    };
    page.click("#connect");
    page.wait_until("the refusal", "return !!document.querySelector('#name-hint.bad')");
    look("card");
    page.click("#new-room");
    page.wait_until("the form", "return !!document.querySelector('form#make-room')");
    look("form");
    page.click("#make-room-submit + button, #make-room .quiet");
    let link = make_room(page, "周末一起去爬香山", 5);
    page.join("欧阳静怡");
    look("alone");
    let elsewhere = story.profile();
    let li = elsewhere.window();
    join_by_link(&li, &link, "李四");
    li.say("八点，在 https://example.com/map。别走错门，门口有很多人，先打电话");
    page.wait_for_text("八点，在 https://example.com/map。别走错门，门口有很多人，先打电话");
    page.write("textarea#message", "好的，八点见");
    page.click("button#send");
    page.wait_for_state("好的，八点见", "1 人已读");
    look("room");
    page.click("#emoji");
    look("emoji");
    page.click("#emoji");
    page.right_click("好的，八点见");
    look("menu");
    page.press_key("Escape");
    page.click("#find");
    page.write("#search-text", "八点");
    page.wait_until("hits", "return document.querySelectorAll('.hit').length === 2");
    look("search");
    page.press_key("Escape");
    if page.shows("#more") {
        page.click("#more");
    }
    for more in ["#other-device", ".manage"] {
        page.click(more);
    }
    look("side");
    page.click("#show-qr");
    look("code");
    page.press_key("Escape");
    for (section, name) in [("#tab-host", "host"), ("#tab-settings", "settings")] {
        page.click(section);
        look(name);
    }
    page.click("button#disconnect");
    look("leaving");
    page.click(".me.asking > .quiet:last-child");
    if page.shows(".side .close") {
        page.click(".side .close");
    }
}

/// Nothing is wider than the window; no word of a control is cut off; no control stands on another one.
#[track_caller]
fn check(page: &Page, place: &str) {
    let wrong: Vec<String> = page.ask(
        "const wide = document.documentElement.scrollWidth;
         const wrong = wide > innerWidth ? [`the page is ${wide} px wide in ${innerWidth}`] : [];
         const name = e => `${e.tagName}#${e.id}.${e.className} ${e.innerText?.slice(0, 20) ?? ''}`;
         const seen = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.unseen');
         const all = selector => [...document.querySelectorAll(selector)].filter(seen);
         const controls = 'button, summary, input, textarea, select, label, a[href]';
         for (const e of all(`${controls}, h1, h2, p, .hint, .banner, .note, .words, .me b, .member b, small`)) {
             const { overflowX, textOverflow } = getComputedStyle(e);
             const shortened = textOverflow === 'ellipsis' || e.matches('input, textarea, select');
             // What is as large as a finger beyond its words is not cut off.
             if (e.matches('.readers, .retry, .link')) { continue }
             if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !shortened) { wrong.push(`${name(e)} is cut off at its side: ${e.scrollWidth} in ${e.clientWidth}`) }
             if (e.clientHeight && e.scrollHeight > e.clientHeight + 4 && !e.matches('input, textarea, select, .menu')) { wrong.push(`${name(e)} is cut off below: ${e.scrollHeight} in ${e.clientHeight}`) }
             const { left, right } = e.getBoundingClientRect();
             if (left < -1 || right > innerWidth + 1) { wrong.push(`${name(e)} reaches from ${left} to ${right} in ${innerWidth}`) }
         }
         // What can be clicked at its middle, once it is scrolled to, is covered by nothing.
         const list = document.querySelector('#log');
         const at = list?.scrollTop;
         for (const e of all(controls).filter(e => !e.disabled)) {
             e.scrollIntoView({ block: 'nearest' });
             const { left, right, top, bottom } = e.getBoundingClientRect();
             const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
             const over = hit?.closest('.menu-shade, .menu, .shade, .side.open, .search, .pop, #jump-unread, #jump-latest, dialog');
             if (over && !over.contains(e)) { continue }
             if (!hit || !(e.contains(hit) || hit.contains(e) || hit.closest('label')?.contains(e))) { wrong.push(`${name(e)} is under ${hit ? name(hit) : 'nothing that can be seen'}`) }
         }
         if (list) { list.scrollTop = at }
         return wrong",
        &[],
    );
    assert!(wrong.is_empty(), "in {place}: {wrong:#?}");
}
