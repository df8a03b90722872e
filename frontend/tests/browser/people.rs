//! The side of the room: its sections, the members, the invitation.

use std::rc::Rc;

use frontend::components::members::{Members, Props};
use frontend::i18n::Msg;
use frontend::state::server_clock::ServerClock;
use frontend::state::{Room, Session};
use shared::{Epoch, History, Member, MemberId, Name, NameRule, Replay, RoomFacts, RoomId, Token, You};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use super::rooms::Answers;
use super::support::{Mounted, dispatch, heard, until};

const ROOM: RoomId = RoomId::Link([7; 16]);
const ME: u32 = 2;

/// The name of a member: 张一一, 张一丁, …
fn name(member: u32) -> Name {
    let digits: Vec<char> = "一丁七三上下不丑且世".chars().collect();
    let (tens, ones) = (member as usize / 10 % 10, member as usize % 10);
    let surname = if member == 57 { '王' } else { '张' };
    let hundred = ['甲', '乙', '丙'][member as usize / 100];
    NameRule::Common
        .parse(&[surname, hundred, digits[tens], digits[ones]].iter().collect::<String>())
        .unwrap()
}

fn props(count: u32, host: bool) -> Props {
    let facts = RoomFacts {
        id: ROOM,
        epoch: Epoch::new(&[1; 8]),
        title: Some("周末爬山小队".to_owned()),
        capacity: 200,
        locked: false,
        history: History::All,
        slow_s: 0,
        host: None,
    };
    let members: Vec<Member> = (1..=count)
        .map(|member| Member {
            member: MemberId(member),
            name: name(member),
            joined: None,
            muted_until: None,
        })
        .collect();
    let you = You { member: MemberId(ME), name: name(ME), host, token: None, muted_until: None };
    let mut room = Room::welcomed(None, facts, &you, &members, Replay::Reset);
    room.online = (1..=count).filter(|member| member % 2 == 0).map(MemberId).collect();
    if !host {
        room.facts.host = Some(MemberId(3));
    }
    Props {
        room: Some(Rc::new(room)),
        id: ROOM,
        seat: Some(Session { name: name(ME), token: Token::new(&[6; 32]) }),
        up: true,
        lost: false,
        unsent: 0,
        clock: ServerClock::default(),
        open: false,
        onclose: heard().0,
        onact: heard().0,
        onleave: heard().0,
        onforget: heard().0,
    }
}

fn names(page: &Mounted<Members>) -> Vec<String> {
    let rows = page.get_all(".member b");
    rows.iter().map(|row| row.text_content().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn all_sections_are_reachable_above_two_hundred_members() {
    let page = Mounted::<Members>::new(props(200, true));
    page.get(".tabs").await;
    let tabs: Vec<String> =
        page.get_all(".tabs button").iter().map(|tab| tab.text_content().unwrap()).collect();
    assert_eq!(tabs, ["成员", "邀请", "管理", "设置"]);
    for (tab, inside) in [
        ("#tab-invite", "#copy-link"),
        ("#tab-host", "#host-lock"),
        ("#tab-settings", "#sound"),
        ("#tab-people", ".member"),
    ] {
        page.click(tab).await;
        page.get(&format!("{tab}[aria-pressed=true]")).await;
        let shown = page.get_all(".side-body:not([hidden])");
        assert_eq!(shown.len(), 1);
        assert!(shown[0].query_selector(inside).unwrap().is_some(), "{inside} behind {tab}");
    }
}

#[wasm_bindgen_test]
async fn few_members_have_the_invitation_below_them() {
    let page = Mounted::<Members>::new(props(4, false));
    page.get(".side-body:not([hidden]) #invite-link").await;
    assert!(page.find("#tab-invite, #tab-host, #find-member").is_none());
    assert!(page.find("#side .lang, #tab-settings").is_some());
}

#[wasm_bindgen_test]
async fn self_and_host_come_first_and_the_host_has_a_badge() {
    let page = Mounted::<Members>::new(props(9, false));
    page.get(".badge").await;
    let order = [ME, 3, 4, 6, 8, 1, 5, 7, 9].map(|member| name(member).to_string());
    assert_eq!(names(&page), order);
    let badges: Vec<String> =
        page.get_all(".member:has(.badge) b").iter().map(|row| row.text_content().unwrap()).collect();
    assert_eq!(badges, [name(3).to_string()]);
    assert!(page.find("#find-member").is_none(), "nine are seen at a glance");
}

#[wasm_bindgen_test]
async fn members_are_filtered_by_characters_and_pinyin() {
    let _server = Answers::new(200, r#"{"王":["wang"],"甲":["jia"],"张":["zhang"]}"#);
    let page = Mounted::<Members>::new(props(200, false));
    let field: HtmlInputElement = page.get("#find-member").await.dyn_into().unwrap();
    for typed in ["王", "wang", "WJ"] {
        field.set_value(typed);
        dispatch(&field, "input");
        until(typed, || (names(&page) == [name(57).to_string()]).then_some(())).await;
        field.set_value("");
        dispatch(&field, "input");
        until("all", || (names(&page).len() == 200).then_some(())).await;
    }
    let region = page.get(".people [role=status]:empty").await;
    field.set_value("没有");
    dispatch(&field, "input");
    assert_eq!(page.text(".people .hint").await, Msg::NoSuchMember.say(frontend::i18n::Lang::Zh));
    assert_eq!(region.text_content().as_deref(), Some(Msg::NoSuchMember.say(frontend::i18n::Lang::Zh)));
}

#[wasm_bindgen_test]
async fn code_is_shown_in_a_dialog() {
    let page = Mounted::<Members>::new(props(4, false));
    page.click("#show-qr").await;
    page.get("dialog[open] svg.qr").await;
    page.click("dialog .btn").await;
    until("no dialog", || page.find("dialog").is_none().then_some(())).await;
}
