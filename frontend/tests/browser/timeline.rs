//! The list: text stays text, times are shown, states are said.

use std::cell::RefCell;
use std::rc::Rc;

use frontend::components::banner::link_banner;
use frontend::components::timeline::{Props, Timeline};
use frontend::components::timeline_intent::TimelineIntent;
use frontend::components::use_jump_to_message::JumpTarget;
use frontend::i18n::Lang;
use frontend::services::platform;
use frontend::state::Room;
use frontend::state::connection::Banner;
use frontend::state::outbox::{Command, Outbox};
use frontend::state::server_clock::ServerClock;
use gloo_timers::future::TimeoutFuture;
use shared::{
    Epoch, Event, EventPage, Fact, History, Member, MemberId, MessageId, Millis, Name, NameRule, Names,
    Replay, RoomFacts, RoomId, Seq, Text, You,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use yew::{Html, Properties, component};

use super::support::{Mounted, heard, until};

pub(crate) const ME: MemberId = MemberId(1);
pub(crate) const OTHER: MemberId = MemberId(2);
pub(crate) const AT: Millis = Millis(1_793_628_000_000);

pub(crate) fn id(n: u64) -> MessageId {
    MessageId::new(Millis(n), &[3; 10])
}

fn name(text: &str) -> Name {
    NameRule::Common.parse(text).unwrap()
}

pub(crate) fn room(said: &[(MemberId, &str)]) -> Room {
    let facts = RoomFacts {
        id: RoomId::Lobby,
        epoch: Epoch::new(&[1; 8]),
        title: None,
        capacity: 2,
        locked: false,
        history: History::FromJoin,
        slow_s: 0,
        host: None,
    };
    let you = You { member: ME, name: name("张三"), host: false, token: None, muted_until: None };
    let members = [Member { member: OTHER, name: name("李四"), joined: None, muted_until: None }];
    let mut room = Room::welcomed(None, facts, &you, &members, Replay::Reset);
    say(&mut room, 1, said);
    room
}

fn say(room: &mut Room, first: u64, said: &[(MemberId, &str)]) {
    let event = |(seq, (by, text)): (u64, &(MemberId, &str))| {
        let text = Text::parse(text).unwrap();
        let fact = Fact::Said { by: *by, id: id(seq), text, reply_to: None, edited: None };
        Event { seq: Seq(seq), at: AT, fact }
    };
    room.fold((first..).zip(said).map(event).collect(), &Names::new()).unwrap();
}

pub(crate) fn props(room: Room, outbox: Outbox) -> Props {
    Props {
        target: JumpTarget::default(),
        onbrowse: heard().0,
        room: Some(Rc::new(room)),
        outbox: Rc::new(outbox),
        up: true,
        clock: ServerClock::from_wall_clock(platform::monotonic_ms(), platform::wall_clock()),
        onwish: heard().0,
        onreaders: heard().0,
        onolder: heard().0,
        onfollow: heard().0,
    }
}

fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

#[wasm_bindgen_test]
async fn what_a_person_writes_is_text_and_never_markup() {
    let nasty = "<img src=x onerror=\"window.bad=1\"><script>1</script>&amp; close\n第二行";
    let page = Mounted::<Timeline>::new(props(room(&[(OTHER, nasty)]), Outbox::default()));
    assert_eq!(page.text(".msg .bubble").await, nasty);
    assert!(page.find("#log img, #log script").is_none());
}

#[wasm_bindgen_test]
async fn every_message_shows_its_local_time() {
    let page = Mounted::<Timeline>::new(props(room(&[(OTHER, "一"), (ME, "二")]), Outbox::default()));
    let date = js_sys::Date::new(&(AT.0 as f64).into());
    let shown = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    for message in
        [".msg[data-seq='1'] .byline:not(.unseen) time", ".msg.mine[data-seq='2'] .meta:not(.unseen) time"]
    {
        let time = page.get(message).await;
        assert_eq!(time.text_content().unwrap(), shown);
        assert_eq!(attribute(&time, "datetime"), String::from(date.to_iso_string()));
        assert!(attribute(&time, "title").contains(&shown));
    }
    assert!(attribute(&page.get(".msg[data-seq='1'] .bubble").await, "title").contains(&shown));
}

#[wasm_bindgen_test]
async fn a_group_shows_its_time_once() {
    let said = [(OTHER, "一"), (OTHER, "二"), (ME, "三"), (ME, "四")];
    let page = Mounted::<Timeline>::new(props(room(&said), Outbox::default()));
    page.get(".msg[data-seq='4']").await;
    let shows_time =
        |seq: u64| page.find(&format!(".msg[data-seq='{seq}'] > :not(.unseen) > time")).is_some();
    assert_eq!([1, 2, 3, 4].map(shows_time), [true, false, false, true]);
    let has_time = |seq: u64| page.find(&format!(".msg[data-seq='{seq}'] time")).is_some();
    assert_eq!([1, 2, 3, 4].map(has_time), [true; 4], "for screen readers");
}

#[wasm_bindgen_test]
async fn the_log_is_silent_and_the_announcer_exists_from_the_start() {
    let mut page = Mounted::<Timeline>::new(Props { room: None, ..props(room(&[]), Outbox::default()) });
    let region = page.get("#announcer[aria-live=polite]").await;
    let mut joined = room(&[(OTHER, "早就说了")]);
    joined.welcomed_at = Seq(1);
    page.update(props(joined.clone(), Outbox::default()));
    page.get(".msg[data-seq='1']").await;
    assert_eq!(attribute(&page.get("#log[role=log]").await, "aria-live"), "off");
    assert_eq!(region.text_content().as_deref(), Some(""));
    say(&mut joined, 2, &[(OTHER, "刚说的")]);
    page.update(props(joined, Outbox::default()));
    until("the announcement", || (region.text_content().as_deref() == Some("李四：刚说的")).then_some(()))
        .await;
    assert!(page.find("#announcer").is_some_and(|now| now.is_same_node(Some(&region))));
}

#[wasm_bindgen_test]
async fn a_long_message_is_folded_until_it_is_unfolded() {
    let style = platform::document().create_element("style").unwrap();
    style.set_text_content(Some(".folded .words { max-height: 100px; overflow: hidden; white-space: pre }"));
    platform::document().body().unwrap().append_child(&style).unwrap();
    let long = "行\n".repeat(30) + "完";
    let page = Mounted::<Timeline>::new(props(room(&[(OTHER, &long), (OTHER, "短")]), Outbox::default()));
    let says = |word: &str| {
        let button = page.find(".msg[data-seq='1'] .fold");
        button.filter(|button| button.text_content().as_deref() == Some(word)).map(drop)
    };
    page.get(".msg.folded[data-seq='1']").await;
    until("展开", || says("展开")).await;
    assert!(page.find(".msg[data-seq='2'] .fold").is_none());
    page.click(".msg[data-seq='1'] .fold[aria-expanded=false]").await;
    until("收起", || says("收起")).await;
    assert!(page.find(".msg.folded").is_none());
    page.click(".msg[data-seq='1'] .fold[aria-expanded=true]").await;
    page.get(".msg.folded[data-seq='1']").await;
    style.remove();
}

#[wasm_bindgen_test]
async fn text_has_its_own_direction_and_links_are_left_to_right() {
    let said = [(OTHER, "سالام \u{202e}https://a.cn/x")];
    let page = Mounted::<Timeline>::new(props(room(&said), Outbox::default()));
    assert_eq!(attribute(&page.get(".bubble").await, "dir"), "auto");
    let link = page.get(".words > a[dir=ltr]").await;
    assert_eq!(link.text_content().as_deref(), Some("https://a.cn/x"));
    assert_eq!(page.text(".words").await, "سالام https://a.cn/x");
}

#[wasm_bindgen_test]
async fn the_menu_shows_the_exact_time_and_a_waiting_message_can_be_discarded() {
    let mut outbox = Outbox::default();
    outbox.push(id(1), Command::Say { text: Text::parse("还没发").unwrap(), reply_to: None }, AT, None);
    let (onwish, wished) = heard();
    let page = Mounted::<Timeline>::new(Props { onwish, room: None, ..props(room(&[]), outbox) });
    page.click(".msg .act").await;
    let date = js_sys::Date::new(&(AT.0 as f64).into());
    let clock = format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds());
    assert!(page.text(".menu .menu-time").await.contains(&clock));
    assert_eq!(page.text("#message-menu").await, "复制删除");
    page.click("#message-menu [data-deed=give-up]").await;
    assert_eq!(*wished.borrow(), [TimelineIntent::GiveUp(id(1))]);
}

#[wasm_bindgen_test]
async fn own_messages_say_how_far_they_are_and_keep_their_row_when_confirmed() {
    let mut outbox = Outbox::default();
    outbox.push(id(1), Command::Say { text: Text::parse("在路上").unwrap(), reply_to: None }, AT, None);
    let mut page = Mounted::<Timeline>::new(props(room(&[]), outbox));
    let row = page.get(".msg.mine").await;
    assert!(page.text(".msg.mine .meta").await.ends_with("发送中…"));
    page.update(props(room(&[(ME, "在路上")]), Outbox::default()));
    let confirmed = page.get(".msg.mine[data-seq='1']").await;
    assert!(page.text(".msg.mine .meta").await.ends_with("已送达"));
    assert!(row.is_same_node(Some(&confirmed)));
    assert_eq!(attribute(&confirmed, "data-id"), id(1).to_string());
}

#[wasm_bindgen_test]
async fn who_has_read_is_said_in_a_room_for_two_and_counted_in_a_group() {
    let mut pair = room(&[(ME, "一"), (ME, "二")]);
    pair.mark(&[(OTHER, Seq(1))]);
    let mut page = Mounted::<Timeline>::new(props(pair.clone(), Outbox::default()));
    let says = |page: &Mounted<Timeline>, seq: u64, state: &str| {
        let selector = format!(".msg[data-seq='{seq}'] .meta");
        page.find(&selector).filter(|meta| meta.text_content().unwrap().ends_with(state))
    };
    until("已读", || says(&page, 1, " · 已读").and(says(&page, 2, " · 已送达"))).await;
    pair.facts.capacity = 8;
    page.update(props(pair, Outbox::default()));
    until("1 人已读", || says(&page, 1, " · 1 人已读").and(says(&page, 2, " · 已送达"))).await;
    page.click(".msg[data-seq='1'] .readers").await;
    until("who", || says(&page, 1, "1 人已读李四")).await;
    page.click(".msg[data-seq='1'] .readers[aria-expanded=true]").await;
    until("no more", || says(&page, 1, " · 1 人已读")).await;
}

/// Scrolls up, and again until the list has noticed: it may be about to go to its end.
async fn scroll_up(list: &Element, to: i32, followed: &RefCell<Vec<bool>>) {
    until("the end left", || {
        let left = list.scroll_top() == to && followed.borrow().last() == Some(&false);
        list.set_scroll_top(to);
        left.then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_end_is_followed_only_by_those_who_are_there() {
    let many: Vec<_> = (0..60).map(|_| (OTHER, "一条消息")).collect();
    let (onfollow, followed) = heard();
    let with = |room| Props { onfollow: onfollow.clone(), ..props(room, Outbox::default()) };
    let mut page = Mounted::<Timeline>::new(with(room(&many)));
    let list = page.get("#log").await;
    list.set_attribute("style", "height:200px;overflow-y:auto").unwrap();
    let at_end = || (list.scroll_height() - list.scroll_top() - list.client_height() < 5).then_some(());
    until("the end", at_end).await;

    scroll_up(&list, 0, &followed).await;
    let mut more = room(&many);
    say(&mut more, 61, &[(OTHER, "又一条")]);
    page.update(with(more));
    until("the number of new messages", || {
        let button = page.find("[role=status] #jump-latest")?;
        (button.text_content().as_deref() == Some("1 条新消息")).then_some(())
    })
    .await;
    assert_eq!(list.scroll_top(), 0);
    page.click("#jump-latest").await;
    until("the end again", at_end).await;
    until("no button", || page.find("#jump-latest").is_none().then_some(())).await;
}

#[wasm_bindgen_test]
async fn what_one_looks_at_stays_when_older_ones_come_in_above_it() {
    let many: Vec<_> = (0..60).map(|_| (OTHER, "一条消息")).collect();
    let mut late = room(&[]);
    say(&mut late, 101, &many);
    let (onolder, wanted) = heard();
    let (onfollow, followed) = heard();
    let with = |room| Props {
        onolder: onolder.clone(),
        onfollow: onfollow.clone(),
        ..props(room, Outbox::default())
    };
    let mut page = Mounted::<Timeline>::new(with(late.clone()));
    let list = page.get("#log").await;
    list.set_attribute("style", "height:200px;overflow-y:auto;overflow-anchor:none").unwrap();
    until("the end", || (list.scroll_top() > 0).then_some(())).await;
    scroll_up(&list, 20, &followed).await;
    assert!(!wanted.borrow().is_empty());

    late.want_older();
    page.update(with(late.clone()));
    until("the line", || {
        page.find("#older").filter(|older| older.text_content().as_deref() == Some("正在加载更早的消息…"))
    })
    .await;
    // The first in sight: it stands together with those of the same person that come in above it.
    let first = page.get(".msg[data-seq='101'] .bubble").await;
    let before = first.get_bounding_client_rect().top();
    let older = (1..=100).map(|seq| {
        let text = Text::parse("更早的消息").unwrap();
        let fact = Fact::Said { by: OTHER, id: id(seq), text, reply_to: None, edited: None };
        Event { seq: Seq(seq), at: AT, fact }
    });
    late.prepend(EventPage { events: older.collect(), names: Names::new(), more: false });
    page.update(with(late));
    page.get(".msg[data-seq='90']").await;
    page.get(".msg.again[data-seq='101']").await;
    until("the place", || ((first.get_bounding_client_rect().top() - before).abs() <= 1.0).then_some(()))
        .await;
    assert!(list.scroll_top() > 1_000, "they are above");
    assert!(first.closest(".msg[data-seq='101']").unwrap().is_some(), "the row is still the same");
    assert!(page.find("#older").is_none());
}

#[wasm_bindgen_test]
async fn of_a_long_list_few_rows_are_in_the_page_and_every_one_can_be_reached() {
    let many: Vec<_> = (0..3_000).map(|n| (if n % 3 == 0 { ME } else { OTHER }, "一条消息")).collect();
    let (onfollow, followed) = heard();
    let page = Mounted::<Timeline>::new(Props { onfollow, ..props(room(&many), Outbox::default()) });
    let list = page.get("#log").await;
    list.set_attribute("style", "height:400px;overflow-y:auto;overflow-anchor:none").unwrap();
    page.get(".msg[data-seq='3000']").await;
    let rows = page.get("#log > .rows").await;
    assert!(rows.child_element_count() <= 150, "{} rows", rows.child_element_count());
    scroll_up(&list, 0, &followed).await;
    page.get(".msg[data-seq='1']").await;
    assert!(list.scroll_height() > 60_000, "there is room for the others");
    let (mut seen, mut turns) = (1, 0);
    while seen < 3_000 {
        turns += 1;
        assert!(turns < 2_000, "the list ends at {seen}");
        let next = format!(".msg[data-seq='{seen}']");
        assert!(page.find(&next).is_some(), "{next} is passed over");
        list.set_scroll_top(list.scroll_top() + 300);
        // The row at the edge may be there already: without a pause the list never draws the ones below it.
        TimeoutFuture::new(0).await;
        seen = until("the rows there", || {
            let edge = list.get_bounding_client_rect().bottom();
            let rows = list.query_selector_all(".msg").unwrap();
            let row = (0..rows.length()).rev().map(|row| rows.item(row).unwrap().unchecked_into::<Element>());
            let at_edge = |row: &Element| {
                let row = row.get_bounding_client_rect();
                row.top() < edge && row.bottom() > edge - 100.0
            };
            row.filter(at_edge).find_map(|row| row.get_attribute("data-seq")?.parse::<u64>().ok())
        })
        .await;
        assert!(rows.child_element_count() <= 150, "{} rows", rows.child_element_count());
    }
}

#[wasm_bindgen_test]
async fn what_a_message_answers_stands_above_it() {
    let mut room = room(&[(OTHER, "几点")]);
    let text = Text::parse("三点，见 https://a.cn/x。").unwrap();
    let fact = Fact::Said { by: ME, id: id(2), text, reply_to: Some(Seq(1)), edited: None };
    room.fold(vec![Event { seq: Seq(2), at: AT, fact }], &Names::new()).unwrap();
    let page = Mounted::<Timeline>::new(props(room, Outbox::default()));
    assert_eq!(page.text(".mine .bubble > .quote[data-of='1']").await, "李四：几点");
    let link = page.get(".mine .words > a").await;
    assert_eq!(
        (link.text_content().as_deref(), attribute(&link, "href")),
        (Some("https://a.cn/x"), "https://a.cn/x".to_owned())
    );
    assert_eq!(attribute(&link, "rel"), "noopener noreferrer nofollow");
    assert_eq!(page.text(".mine .words").await, "三点，见 https://a.cn/x。");
}

#[wasm_bindgen_test]
async fn older_ones_that_did_not_come_can_be_asked_for_again() {
    let mut late = room(&[]);
    say(&mut late, 101, &[(OTHER, "一")]);
    late.want_older();
    late.log.older_failed();
    let (onolder, wanted) = heard();
    let page = Mounted::<Timeline>::new(Props { onolder, ..props(late, Outbox::default()) });
    assert_eq!(page.text("#older").await, "更早的消息加载失败 · 重试");
    page.click("#older button").await;
    assert_eq!(wanted.borrow().len(), 1);
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct BannerProps {
    banner: Option<Banner>,
}

#[component]
fn LinkBanner(props: &BannerProps) -> Html {
    link_banner(props.banner, true, Lang::Zh)
}

#[wasm_bindgen_test]
async fn the_banner_speaks_in_a_region_that_is_always_there() {
    let props = |banner| BannerProps { banner };
    let mut page = Mounted::<LinkBanner>::new(props(None));
    let region = page.get("#banner[role=status]").await;
    assert_eq!((region.text_content().as_deref(), attribute(&region, "class")), (Some(""), String::new()));
    page.update(props(Some(Banner::Lost)));
    page.get("#banner.lost").await;
    assert!(page.get("#banner").await.is_same_node(Some(&region)));
    assert_eq!(page.text("#banner[role=status]").await, "连接断开，正在重连… 你可以继续写，恢复后会发送");
    page.update(props(Some(Banner::Restored)));
    page.get("#banner.good").await;
    assert_eq!(page.text("#banner").await, "已恢复");
    page.update(props(None));
    until("no words", || page.find("#banner:empty:not(.banner)").map(drop)).await;
}
