//! Plays the frames of a later version of the server to this page.

use super::*;
use crate::state::timeline::EntryKind;

fn hears_json(page: &mut Page, frame: &str) {
    page.hears(serde_json::from_str(frame).unwrap());
}

fn welcome_json(page: &mut Page) {
    let epoch = serde_json::to_string(&Epoch::new(&[1; 8])).unwrap();
    hears_json(
        page,
        &format!(
            r#"{{"type":"welcome","next_year":{{"a":[1]}},"tail":6,"replay":"partly","room":{{"id":"lobby","epoch":{epoch},
                "capacity":2,"locked":false,"history":"last_week","slow_s":0,"mood":"sunny"}},
                "you":{{"member":1,"name":"张三","host":false,"badge":3}},"members":[{{"member":2,"name":"李四","avatar":7}}],
                "limits":{{"text":4000,"frame":65536,"per_second":10,"burst":30,"pictures":9}}}}"#
        ),
    );
}

#[test]
fn events_of_unknown_kinds_keep_their_numbers() {
    let mut page = Page::new();
    page.connect("张三");
    welcome_json(&mut page);
    hears_json(
        &mut page,
        r#"{"type":"events","events":[
            {"seq":3,"at":3,"kind":"joined","member":1,"name":"张三","from":"moon"},
            {"seq":4,"at":4,"kind":"danced","by":{"member":2},"text":["一"],"name":12},
            {"seq":5,"at":5,"kind":"said","by":2,"id":"00000000-0000-7000-8000-000000000001","text":"看得见","mentions":[1]},
            {"seq":6,"at":6,"kind":"drew","by":2,"id":"x"}]}"#,
    );
    let room = page.chat.room.as_ref().unwrap();
    let kinds: Vec<_> =
        room.log.entries().iter().map(|entry| (entry.seq.0, entry.body == EntryKind::Unknown)).collect();
    assert_eq!(kinds, [(3, false), (4, true), (5, false), (6, true)]);
    assert_eq!(room.facts.history, History::FromJoin);
    page.hears(events(vec![said(7, OTHER, 7)]));
    assert_eq!(page.seqs(), [3, 4, 5, 6, 7], "no gap, no new beginning");
}

#[test]
fn refusal_for_an_unknown_reason_still_answers_the_message() {
    let mut page = seated();
    page.says(1);
    let id = serde_json::to_string(&id(1)).unwrap();
    hears_json(&mut page, &format!(r#"{{"type":"refused","code":"too_sunny","message":"no","id":{id}}}"#));
    assert!(page.chat.outbox.items()[0].failed());
    assert!(page.chat.connection.is_up());
}

#[test]
fn snapshot_keeps_the_place_of_an_unknown_event() {
    let mut page = Page { chat: ChatState::new(LINK), ..Page::new() };
    page.connect("张三");
    page.hears(showing::link_welcome(1, Replay::Reset, 2));
    page.hears(events(vec![joined(2, ME)]));
    hears_json(&mut page, r#"{"type":"events","events":[{"seq":3,"at":3,"kind":"danced","by":[2]}]}"#);
    let room = page.chat.room.as_ref().unwrap();
    let copy = room.copy_over("").unwrap();
    let name = NameRule::Common.parse("张三").unwrap();
    let again = Room::of_copy(&copy, LINK, &name, Millis(9)).unwrap();
    assert_eq!(again.log.entries().last().unwrap().body, EntryKind::Unknown);
    assert_eq!(again.position(), None, "a newer build asks for what this one did not know");
}

#[test]
fn known_kinds_with_other_fields_or_reasons_keep_their_numbers() {
    let mut page = seated();
    for event in [
        r#"{"seq":3,"at":3,"kind":"said","by":2,"id":"00000000-0000-7000-8000-000000000001","text":{"rich":[]}}"#,
        r#"{"seq":4,"at":4,"kind":"joined","member":2,"name":"李四"}"#,
        r#"{"seq":5,"at":5,"kind":"left","member":2,"why":"expelled"}"#,
        r#"{"seq":6,"at":6,"kind":"gone","by":2,"id":"00000000-0000-7000-8000-000000000001","of":"said","why":"archived"}"#,
        r#"{"seq":7,"at":7,"kind":"gone","by":2,"id":"00000000-0000-7000-8000-000000000002","of":"drawing","why":"recalled"}"#,
        r#"{"seq":8,"at":8,"kind":"set","by":2,"id":"00000000-0000-7000-8000-000000000002","title":{},"slow_s":-1}"#,
    ] {
        hears_json(&mut page, &format!(r#"{{"type":"events","events":[{event}]}}"#));
    }
    let room = page.chat.room.as_ref().unwrap();
    assert!(!room.seated.contains(&OTHER), "whatever the reason, the seat is free");
    let unknown = room.log.entries().iter().filter(|entry| entry.body == EntryKind::Unknown);
    assert_eq!(unknown.map(|entry| entry.seq.0).collect::<Vec<_>>(), [3, 7, 8]);
    assert_eq!((page.seqs(), page.chat.connection.is_up()), ((2..9).collect(), true));
}

#[test]
fn events_that_do_not_go_on_are_asked_for_again_but_not_at_once() {
    let mut page = seated();
    page.hears(events(vec![said(9, OTHER, 9)]));
    assert!(!page.effects.iter().any(|effect| matches!(effect, Effect::OpenSocket { .. })));
    page.passes(2_000);
    assert_eq!(page.join().after, None);
}
