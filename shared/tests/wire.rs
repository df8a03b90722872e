//! The wire, three ways: golden frames, the round trip of anything, and noise that must not panic.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod strategies;

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use shared::*;

use strategies::{event, from_page, from_server, odd, odd_frame, said, say};

/// Reads `value` as a `T` and demands that writing it gives the same JSON again.
fn golden<T: Serialize + DeserializeOwned>(value: &Value) {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{e}: {value}"));
    assert_eq!(&serde_json::to_value(&read).unwrap(), value);
}

#[test]
fn every_example_reads_and_writes_the_same() {
    for line in include_str!("examples.jsonl").lines() {
        let example: Value = serde_json::from_str(line).unwrap();
        let answer = &example["answer"];
        match example["from"].as_str().unwrap() {
            "page" => golden::<FromPage>(&example["frame"]),
            "server" => golden::<FromServer>(&example["frame"]),
            _ if example["status"] == 404 => golden::<Problem>(answer),
            _ => match example["request"].as_str().unwrap() {
                "POST /api/rooms" => {
                    golden::<NewRoom>(&example["body"]);
                    golden::<RoomMade>(answer);
                }
                "POST /api/pair" => {
                    golden::<PairRequest>(&example["body"]);
                    golden::<Paired>(answer);
                }
                path if path.contains("/pair") => golden::<NewPairingCode>(answer),
                path if path.contains("/backup") => golden::<Backup>(answer),
                path if path.contains("/events") => golden::<EventPage>(answer),
                path if path.contains("/search") => golden::<SearchPage>(answer),
                path if path.contains("/reads") => golden::<Readers>(answer),
                path if path.contains("/settings") => golden::<RoomSettings>(answer),
                path if path.contains("/bans") => golden::<BanList>(answer),
                path if path.contains("/export") => {
                    golden::<ExportAs>(&example["body"]["as"]);
                    golden::<Export>(answer);
                }
                _ => golden::<RoomCard>(answer),
            },
        }
    }
}

#[test]
fn null_is_absent_and_unknown_fields_are_ignored() {
    let frame = json!({
        "type": "join", "v": 1, "room": "lobby", "name": "张三", "token": null, "after": null, "later": [{}],
    });
    let FromPage::Join(join) = FromPage::decode(&frame.to_string()).unwrap() else { panic!() };
    assert_eq!((join.token, &join.after, join.room_id()), (None, &None, Some(RoomId::Lobby)));
}

#[test]
fn a_room_of_unknown_rules_and_an_unknown_farewell_are_understood() {
    let card = json!({
        "capacity": 5, "seated": 1, "online": 1, "locked": false, "names": "latin", "history": "last_week",
    });
    let card: RoomCard = serde_json::from_value(card).unwrap();
    assert_eq!((card.names, card.history), (NameRule::Han, History::FromJoin));
    let bye = serde_json::from_value(json!({"type": "bye", "code": "moved_house"})).unwrap();
    assert!(matches!(bye, FromServer::Bye { code: ByeCode::Version, .. }), "a newer page knows");
}

#[test]
fn remove_bans_unless_it_says_otherwise() {
    let frame = json!({"type": "remove", "id": "019a9c50-a003-7c42-9e55-7d2ebfa09183", "member": 2});
    assert!(matches!(FromPage::decode(&frame.to_string()), Ok(FromPage::Remove { ban: true, .. })));
    let null = frame.to_string().replace('}', ",\"ban\":null,\"recall\":null}");
    assert!(matches!(FromPage::decode(&null), Ok(FromPage::Remove { ban: true, recall: false, .. })));
}

#[test]
fn an_event_of_an_unknown_kind_keeps_its_number() {
    let frame = json!({
        "type": "events",
        "events": [
            {"seq": 7, "at": 1, "kind": "danced", "by": 1, "steps": ["left", 2]},
            {"seq": 8, "at": 2, "kind": "joined", "member": 1, "name": "张三"},
        ],
    });
    let FromServer::Events { events, .. } = FromServer::decode(&frame.to_string()).unwrap() else { panic!() };
    assert_eq!((events[0].seq, &events[0].fact), (Seq(7), &Fact::Unknown));
    assert!(matches!(events[1].fact, Fact::Joined { host: false, .. }));
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = format!("{{\"type\":\"typing\",\"x\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for frame in [
        "",
        "null",
        "[]",
        "[\"leave\"]",
        " [\"join\",1,\"lobby\",\"张三\",null,null]",
        "\"leave\"",
        "{}",
        "{\"type\":\"shout\"}",
        "{\"type\":\"say\",\"id\":1,\"text\":\"a\"}",
        "{\"type\":\"say\",\"id\":\"9b2b8a4e-8a2b-4a6c-8a52-0d6f3b1c2e4a\",\"text\":\"UUIDv4\"}",
        "{\"type\":\"say\",\"id\":\"019a9c507f3e7c118a550d6f3b1c2e4a\",\"text\":\"no hyphens\"}",
        "{\"type\":\"read\",\"seq\":-1}",
        "{\"type\":\"join\",\"v\":1,\"room\":\"lobby\",\"name\":\"张三\",\"token\":\"short\"}",
        deep.as_str(),
    ] {
        assert!(FromPage::decode(frame).is_err(), "{frame:.60}");
    }
}

#[test]
fn a_room_is_the_lobby_or_128_bits_in_base58() {
    for text in ["lobby", "7Yc3mVbq9sT1kLwXeRzP4n", "1111111111111111"] {
        assert_eq!(text.parse::<RoomId>().unwrap().to_string(), text);
    }
    let long = "z".repeat(60_000);
    for text in ["", "Lobby", "nosuchroom", "0OIl", "7Yc3mVbq9sT1kLwXeRzP4n1", long.as_str()] {
        assert!(text.parse::<RoomId>().is_err(), "{text:.30}");
    }
}

#[test]
fn a_token_never_shows_itself() {
    assert_eq!(format!("{:?}", Token::new(&[7; 32])), "Token(…)");
}

#[test]
fn only_codes_that_say_so_bring_a_page_back() {
    assert!([1001, 1005, 1006, 1011, 1013].into_iter().all(CloseCode::comes_back));
    assert!(![1000, 1002, 1003, 1007, 1008, 1009].into_iter().any(CloseCode::comes_back));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_read_at_once_is_what_the_enum_reads(frame in prop_oneof![odd_frame(), odd(say())]) {
        let said = |error: serde_json::Error| error.to_string();
        let (read, right) = (FromPage::decode(&frame), serde_json::from_str::<FromPage>(&frame));
        prop_assert_eq!(read.map_err(said), right.map_err(said));
    }

    #[test]
    fn an_event_is_read_as_serde_reads_it(json in prop_oneof![said(), odd(said())], blanks in " {0,3}") {
        let (json, said) = (json + &blanks, |error: serde_json::Error| error.to_string());
        let (read, right) = (Event::read(&json), serde_json::from_str::<Event>(&json));
        prop_assert_eq!(read.map_err(said), right.map_err(said));
    }

    #[test]
    fn an_event_is_written_as_serde_writes_it(event in event()) {
        let mut written = Vec::new();
        event.write(&mut written);
        prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&event).unwrap());
    }
}

proptest! {
    #[test]
    fn whatever_a_page_says_survives_the_round_trip(frame in from_page()) {
        prop_assert_eq!(FromPage::decode(&frame.encode()).unwrap(), frame);
    }

    #[test]
    fn whatever_the_server_says_survives_the_round_trip(frame in from_server()) {
        prop_assert_eq!(FromServer::decode(&frame.encode()).unwrap(), frame);
    }

    #[test]
    fn noise_never_panics(noise in "\\PC{0,200}") {
        let _ = FromPage::decode(&noise);
        let _ = FromServer::decode(&noise);
        let _ = Text::parse(&noise);
        let _ = NameRule::Common.parse(&noise);
        let _ = noise.parse::<RoomId>();
    }

    #[test]
    fn a_broken_frame_never_panics(frame in from_page(), cut in any::<prop::sample::Index>(), with: char) {
        let mut broken: Vec<char> = frame.encode().chars().collect();
        let at = cut.index(broken.len());
        broken[at] = with;
        let _ = FromPage::decode(&broken.iter().collect::<String>());
        let _ = FromPage::decode(&broken[..at].iter().collect::<String>());
    }
}
