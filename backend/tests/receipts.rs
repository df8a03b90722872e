//! Whom a page may know of a room: its host, when members joined, whose seat a token is, and who has read a message.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "common/mod.rs"]
mod common;

use common::rooms::{bearer, http, join, make, token};
use common::{Client, TestServer};
use shared::{
    Code, Event, Fact, FromPage, History, MemberId, NameRule, Problem, Readers, RoomCard, Seq, Token,
};

async fn card(server: &TestServer, room: &str, token: Option<Token>) -> RoomCard {
    let headers = token.map(bearer).unwrap_or_default();
    let (status, body) = http(server, &format!("GET /api/rooms/{room}"), &headers, "").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn readers(server: &TestServer, room: &str, seq: Seq, token: Token) -> Result<Readers, (u16, Code)> {
    let path = format!("GET /api/rooms/{room}/reads?seq={}", seq.0);
    let (status, body) = http(server, &path, &bearer(token), "").await;
    match status {
        200 => Ok(serde_json::from_str(&body).unwrap()),
        _ => Err((status, serde_json::from_str::<Problem>(&body).unwrap().code)),
    }
}

/// Says something and waits for its number.
async fn say(client: &mut Client, text: &str) -> Seq {
    client.say(text).await;
    client.until_text(text).await;
    client.events.last().unwrap().seq
}

fn joined(client: &Client, member: u32) -> Option<bool> {
    client.events.iter().rev().find_map(|event| match event.fact {
        Fact::Joined { member: of, host, .. } if of == MemberId(member) => Some(host),
        _ => None,
    })
}

#[tokio::test]
async fn a_page_knows_the_host_before_and_after_it_joins() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":4}"#).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    assert_eq!(guest.room.as_ref().unwrap().host, None, "the host has not joined yet");
    let host = join(&server, &room, "张三", room.host_token).await;
    guest.until("the host's joining", |client| joined(client, 2).is_some()).await;
    assert_eq!((joined(&guest, 1), joined(&guest, 2)), (Some(false), Some(true)));

    let late = join(&server, &room, "王五", token()).await;
    let members: Vec<_> = late.members.iter().map(|member| (member.member.0, member.joined)).collect();
    assert_eq!(members, [(1, Some(Seq(2))), (2, Some(Seq(3))), (3, Some(Seq(4)))]);
    for client in [&host, &late] {
        assert_eq!(client.room.as_ref().unwrap().host, Some(MemberId(2)));
    }
    let lobby = server.join("张三").await;
    assert_eq!(lobby.room.unwrap().host, None);
}

#[tokio::test]
async fn a_card_tells_its_rules_and_whose_seat_a_token_is() {
    let server = TestServer::with(|config| config.names = NameRule::Han).await;
    let room = make(&server, r#"{"capacity":3,"history":"from_join"}"#).await;
    let id = room.room.to_string();
    let plain = card(&server, &id, None).await;
    assert_eq!((plain.names, plain.history, plain.you), (NameRule::Han, History::FromJoin, None));
    assert_eq!(card(&server, "lobby", None).await.history, History::FromJoin);

    let host = card(&server, &id, Some(room.host_token)).await.you.unwrap();
    assert_eq!((host.name, host.host, host.seated), (None, true, false), "the host's token is known at once");
    let mut guest = join(&server, &room, "李四", token()).await;
    let you = card(&server, &id, Some(guest.token)).await.you.unwrap();
    assert_eq!(
        (you.name.as_ref().map(shared::Name::as_str), you.host, you.seated),
        (Some("李四"), false, true)
    );
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    let you = card(&server, &id, Some(guest.token)).await.you.unwrap();
    assert_eq!((you.name.as_ref().map(shared::Name::as_str), you.seated), (Some("李四"), false));
    assert_eq!(card(&server, &id, Some(token())).await.you, None, "an unknown token is no error");
    let (status, body) =
        http(&server, &format!("GET /api/rooms/{id}"), "Authorization: Bearer nonsense\r\n", "").await;
    assert_eq!((status, body.contains("\"you\"")), (200, false));
}

#[tokio::test]
async fn a_stranger_in_the_lobby_has_not_read_what_was_said_before() {
    let server = TestServer::start().await;
    let mut one = server.join("张三").await;
    let alone = say(&mut one, "有人吗").await;
    let mut stranger = server.join("李四").await;
    let answer = say(&mut stranger, "我来了").await;
    stranger.send(&FromPage::Read { seq: answer }).await;
    let stranger_is = stranger.you.as_ref().unwrap().member;
    one.until("the mark", |client| client.marks.get(&stranger_is) == Some(&answer)).await;

    let before = readers(&server, "lobby", alone, one.token).await.unwrap();
    assert!(!before.read.contains(&stranger_is) && !before.unread.contains(&stranger_is), "{before:?}");
    let since = readers(&server, "lobby", answer, one.token).await.unwrap();
    assert!(since.read.contains(&stranger_is), "{since:?}");
    // The page comes to the same from the `joined` event and the mark.
    let seated = one
        .events
        .iter()
        .find(|event| matches!(event.fact, Fact::Joined { member, .. } if member == stranger_is));
    assert!(seated.is_some_and(|Event { seq, .. }| alone < *seq && *seq < answer));
    // What somebody may not read, nobody is told about.
    assert_eq!(readers(&server, "lobby", alone, stranger.token).await, Err((404, Code::UnknownTarget)));
    assert_eq!(readers(&server, "lobby", Seq(99), one.token).await, Err((404, Code::UnknownTarget)));
}

#[tokio::test]
async fn who_left_and_came_back_has_not_read_what_was_said_meanwhile() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":3}"#).await;
    let id = room.room.to_string();
    let mut host = join(&server, &room, "张三", room.host_token).await;
    let mut guest = join(&server, &room, "李四", token()).await;
    let early = say(&mut host, "都在").await;
    guest.send(&FromPage::Read { seq: early }).await;
    host.until("the mark", |client| client.marks.get(&MemberId(2)) == Some(&early)).await;
    assert_eq!(readers(&server, &id, early, host.token).await.unwrap().read, [MemberId(2)]);
    guest.send(&FromPage::Leave).await;
    guest.until_over().await;
    let gone = readers(&server, &id, early, host.token).await.unwrap();
    assert_eq!((gone.read, gone.unread), (vec![], vec![MemberId(1)]), "only those seated now count");
    let meanwhile = say(&mut host, "走了吗").await;
    let mut back = join(&server, &room, "李四", guest.token).await;
    let tail = say(&mut back, "没走").await;
    back.send(&FromPage::Read { seq: tail }).await;
    host.until("the mark", |client| client.marks.get(&MemberId(2)) == Some(&tail)).await;
    for seq in [early, meanwhile] {
        assert_eq!(readers(&server, &id, seq, host.token).await.unwrap().read, [], "{seq:?}");
    }
    assert_eq!(readers(&server, &id, tail, host.token).await.unwrap().read, [MemberId(2)]);
}
