use shared::{
    Epoch, History, LeftWhy, Member, MessageId, Millis, NameRule, Replay, RoomFacts, RoomId, Text, You,
};

use super::*;

const ME: MemberId = MemberId(1);
const OTHER: MemberId = MemberId(2);

fn room() -> Room {
    let facts = RoomFacts {
        id: RoomId::Lobby,
        epoch: Epoch::new(&[1; 8]),
        title: None,
        capacity: 5,
        locked: false,
        history: History::All,
        slow_s: 0,
        host: None,
    };
    let name = |text| NameRule::Common.parse(text).unwrap();
    let you = You { member: ME, name: name("张三"), host: false, token: None, muted_until: None };
    let member = |member, text| Member { member, name: name(text), joined: None, muted_until: None };
    Room::welcomed(None, facts, &you, &[member(ME, "张三"), member(OTHER, "李四")], Replay::Reset)
}

fn happen(room: &mut Room, seq: u64, fact: Fact) {
    room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
}

fn id(seq: u64) -> MessageId {
    MessageId::new(Millis(seq), &[3; 10])
}

fn edit(seq: u64, target: u64, text: &str) -> Fact {
    Fact::Edited { by: OTHER, id: id(seq), target: Seq(target), text: Text::parse(text).unwrap() }
}

fn page(seqs: &[u64], more: bool) -> SearchPage {
    let hit = |seq: &u64| {
        let text = Text::parse("下午开会").unwrap();
        let fact = Fact::Said { by: OTHER, id: id(*seq), text, reply_to: None, edited: None };
        Hit { event: Event { seq: Seq(*seq), at: Millis(*seq), fact }, ranges: vec![(2, 4)] }
    };
    SearchPage { hits: seqs.iter().map(hit).collect(), names: Names::new(), more }
}

fn searched(room: &Room) -> SearchState {
    let mut state = SearchState::default();
    let query = Query { text: "开会".to_owned(), ..Query::default() };
    state.begin(1, query.clone(), true, false, room.rewrites);
    state.take(1, Some(page(&[9, 7], true)), false);
    state.begin(2, query, true, true, room.rewrites);
    state.take(2, Some(page(&[5, 3], false)), true);
    state
}

fn seqs(state: &SearchState) -> Vec<u64> {
    state.found().iter().map(|found| found.hit.event.seq.0).collect()
}

#[test]
fn edits_and_recalls_change_hits_in_place_and_keep_all_pages() {
    let mut room = room();
    happen(&mut room, 20, edit(20, 1, "早就改过"));
    let mut state = searched(&room);
    happen(&mut room, 21, edit(21, 3, "改到四点"));
    happen(&mut room, 22, Fact::Recalled { by: OTHER, id: id(22), target: Seq(9) });
    assert!(state.follow(&room));
    assert_eq!(seqs(&state), [9, 7, 5, 3]);
    let since: Vec<Option<Since>> = state.found().iter().map(|found| found.since.clone()).collect();
    assert_eq!(since, [Some(Since::Recalled), None, None, Some(Since::Edited("改到四点".into()))]);
    assert!(state.follow(&room), "nothing new");
}

#[test]
fn more_changes_than_the_room_remembers_ask_again() {
    let mut room = room();
    let mut state = searched(&room);
    for seq in 20..=84 {
        happen(&mut room, seq, edit(seq, 3, "又改了"));
    }
    assert!(!state.follow(&room));
    assert!(state.follow(&room), "once");
}

#[test]
fn a_reset_of_the_room_asks_again() {
    let before = room();
    let mut state = searched(&before);
    let facts = before.facts.clone();
    let you = You {
        member: ME,
        name: NameRule::Common.parse("张三").unwrap(),
        host: false,
        token: None,
        muted_until: None,
    };
    let after = Room::welcomed(Some(&before), facts, &you, &[], Replay::Reset);
    assert!(!state.follow(&after));
}

#[test]
fn a_late_answer_is_void() {
    let room = room();
    let mut state = searched(&room);
    state.begin(3, Query { text: "散会".to_owned(), ..Query::default() }, true, false, room.rewrites);
    state.take(2, Some(page(&[1], false)), false);
    assert_eq!(seqs(&state), [9, 7, 5, 3]);
    state.take(3, None, false);
    assert_eq!(state.hits, Some(Err(())));
}

#[test]
fn senders_who_left_come_after_those_seated() {
    let mut room = room();
    let name = NameRule::Common.parse("王五").unwrap();
    happen(&mut room, 20, Fact::Joined { member: MemberId(3), name, host: false });
    happen(&mut room, 21, Fact::Left { member: OTHER, why: LeftWhy::Asked });
    let found: Names = [(MemberId(0), NameRule::Common.parse("赵六").unwrap())].into_iter().collect();
    let senders: Vec<String> = senders(&room, &found)
        .into_iter()
        .map(|sender| format!("{}{}", sender.name, if sender.left { "-" } else { "" }))
        .collect();
    assert_eq!(senders, ["张三", "王五", "赵六-", "李四-"]);
}
