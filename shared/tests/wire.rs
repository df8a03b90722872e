//! The wire, three ways: golden frames, the round trip of anything, and noise that must not panic.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use shared::*;

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

prop_compose! {
    fn id()(at in 0..1u64 << 48, random: [u8; 10]) -> MessageId { MessageId::new(Millis(at), &random) }
}

prop_compose! {
    fn name()(typed in "[\u{4e00}-\u{9fa5}]{2,10}") -> Name { NameRule::Common.parse(&typed).unwrap() }
}

prop_compose! {
    fn text()(typed in "[^\\p{Cc}\\s][^\\p{Cc}]{0,40}") -> Text { Text::parse(&typed).unwrap() }
}

fn seq() -> impl Strategy<Value = Seq> {
    any::<u64>().prop_map(Seq)
}

fn member() -> impl Strategy<Value = MemberId> {
    any::<u32>().prop_map(MemberId)
}

fn from_page() -> impl Strategy<Value = FromPage> {
    let after =
        ("[A-Za-z0-9_-]{11}", seq()).prop_map(|(epoch, seq)| After { epoch: Epoch::from(epoch), seq });
    let token = any::<[u8; 32]>().prop_map(|bits| Token::new(&bits));
    prop_oneof![
        (
            any::<u32>(),
            any::<String>(),
            any::<String>(),
            proptest::option::of(token),
            proptest::option::of(after)
        )
            .prop_map(|(v, room, name, token, after)| FromPage::Join(Join {
                v,
                room,
                name,
                token,
                after
            })),
        (id(), any::<String>(), proptest::option::of(seq())).prop_map(|(id, text, reply_to)| FromPage::Say {
            id,
            text,
            reply_to
        }),
        (id(), seq(), any::<String>()).prop_map(|(id, seq, text)| FromPage::Edit { id, seq, text }),
        (id(), seq()).prop_map(|(id, seq)| FromPage::Recall { id, seq }),
        seq().prop_map(|seq| FromPage::Read { seq }),
        Just(FromPage::Typing),
        Just(FromPage::Leave),
        (id(), member(), any::<[bool; 2]>()).prop_map(|(id, member, [ban, recall])| FromPage::Remove {
            id,
            member,
            ban,
            recall
        }),
        (id(), member()).prop_map(|(id, member)| FromPage::Unban { id, member }),
        (id(), member(), any::<u32>()).prop_map(|(id, member, for_s)| FromPage::Mute { id, member, for_s }),
        (id(), any::<bool>()).prop_map(|(id, locked)| FromPage::Lock { id, locked }),
        (id(), any::<Option<String>>(), any::<Option<u32>>(), any::<Option<Vec<String>>>())
            .prop_map(|(id, title, slow_s, words)| FromPage::Set { id, title, slow_s, words }),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    let why = prop_oneof![Just(LeftWhy::Asked), Just(LeftWhy::Removed), Just(LeftWhy::Away)];
    let gone = prop_oneof![Just(GoneWhy::Recalled), Just(GoneWhy::EditedAgain), Just(GoneWhy::Unreadable)];
    let of = prop_oneof![Just(GoneKind::Said), Just(GoneKind::Edited)];
    let edit = proptest::option::of((seq(), any::<u64>()).prop_map(|(seq, at)| Edit { seq, at: Millis(at) }));
    prop_oneof![
        (any::<u32>(), any::<Option<String>>())
            .prop_map(|(capacity, title)| Fact::Opened { capacity, title }),
        (member(), name(), any::<bool>()).prop_map(|(member, name, host)| Fact::Joined {
            member,
            name,
            host
        }),
        (member(), why).prop_map(|(member, why)| Fact::Left { member, why }),
        (member(), id(), text(), proptest::option::of(seq()), edit)
            .prop_map(|(by, id, text, reply_to, edited)| Fact::Said { by, id, text, reply_to, edited }),
        (member(), id(), seq(), text()).prop_map(|(by, id, target, text)| Fact::Edited {
            by,
            id,
            target,
            text
        }),
        (member(), id(), seq()).prop_map(|(by, id, target)| Fact::Recalled { by, id, target }),
        (member(), id(), of, gone, proptest::option::of(member()))
            .prop_map(|(by, id, of, why, recalled_by)| Fact::Gone { by, id, of, why, recalled_by }),
        (member(), id(), any::<bool>()).prop_map(|(by, id, locked)| Fact::Locked { by, id, locked }),
        (member(), id(), any::<Option<String>>(), any::<Option<u32>>())
            .prop_map(|(by, id, title, slow_s)| Fact::Set { by, id, title, slow_s }),
        (member(), id(), member(), any::<Option<u64>>())
            .prop_map(|(by, id, member, until)| { Fact::Muted { by, id, member, until: until.map(Millis) } }),
        (member(), id(), member()).prop_map(|(by, id, member)| Fact::Unbanned { by, id, member }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (seq(), any::<u64>(), fact()).prop_map(|(seq, at, fact)| Event { seq, at: Millis(at), fact })
}

fn from_server() -> impl Strategy<Value = FromServer> {
    let members = || proptest::collection::vec(member(), 0..4);
    let code = proptest::sample::select(Code::ALL.to_vec());
    let bye =
        proptest::sample::select(vec![ByeCode::Left, ByeCode::Restarting, ByeCode::Deleted, ByeCode::Idle]);
    prop_oneof![
        (member(), name(), any::<Option<String>>(), any::<[u8; 16]>(), seq(), any::<[Option<u64>; 4]>())
            .prop_map(|(member, name, title, room, tail, [keep_s, host, joined, until])| {
                FromServer::Welcome {
                    room: RoomFacts {
                        id: RoomId::Link(room),
                        epoch: Epoch::new(&[1; 8]),
                        title,
                        capacity: 2,
                        locked: false,
                        history: History::FromJoin,
                        slow_s: 0,
                        host: host.map(|_| member),
                    },
                    you: You {
                        member,
                        name: name.clone(),
                        host: true,
                        token: Some(Token::new(&[3; 32])),
                        muted_until: until.map(Millis),
                    },
                    members: vec![Member {
                        member,
                        name,
                        joined: joined.map(Seq),
                        muted_until: until.map(Millis),
                    }],
                    tail,
                    replay: Replay::Complete,
                    limits: Limits { keep_s, ..Limits::DEFAULT },
                }
            }),
        (proptest::collection::vec(event(), 0..4), proptest::collection::btree_map(member(), name(), 0..3))
            .prop_map(|(events, names)| FromServer::Events { events, names: names.into_iter().collect() }),
        members().prop_map(|online| FromServer::Presence { online }),
        members().prop_map(|by| FromServer::Typing { by }),
        proptest::collection::vec((member(), seq()), 0..3).prop_map(|marks| FromServer::Read { marks }),
        (id(), seq()).prop_map(|(id, seq)| FromServer::Stored { id, seq }),
        (code, any::<String>(), proptest::option::of(id()), any::<Option<u64>>()).prop_map(
            |(code, message, id, retry_after_ms)| FromServer::Refused { code, message, id, retry_after_ms }
        ),
        any::<u64>().prop_map(|at| FromServer::Tick { at: Millis(at) }),
        (bye, any::<Option<u64>>()).prop_map(|(code, retry_ms)| FromServer::Bye { code, retry_ms }),
    ]
}

/// A frame as no page makes it: fields in any order, of any frame, twice, and with what is no value of theirs.
fn odd_frame() -> impl Strategy<Value = String> {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let keys = ["type", "id", "text", "seq", "reply_to", "member", "ban", "locked", "title", "words", "v"];
    let keys = keys.into_iter().map(|key| format!("\"{key}\""));
    let keys = keys.chain([r#""t\u0079pe""#, r#""i\u0064""#, r#""later""#, r#""""#].map(str::to_owned));
    let values = [
        "null",
        "true",
        "7",
        "-0",
        "-1",
        "7.0",
        "1e3",
        "1e999",
        "18446744073709551616",
        "\"\"",
        "\"say\"",
        "\"019a9c50-a003-7c42-9e55-7d2ebfa09183\"",
        "\"\\u0030 \\n你\"",
        "\"\\ud800\"",
        "\"\n\"",
        "[]",
        "{}",
        "[\"say\"]",
        "{\"say\":null}",
        "{\"a\":1,\"a\":2}",
        &deep,
    ];
    let values = values.map(str::to_owned).to_vec();
    let odd = (proptest::sample::select(keys.collect::<Vec<_>>()), proptest::sample::select(values));
    let odd = odd.prop_map(|(key, value)| format!("{key}:{value}"));
    let kinds = [
        "say", "edit", "recall", "read", "typing", "leave", "remove", "mute", "lock", "set", "join", "shout",
    ];
    let kind = proptest::sample::select(kinds.to_vec()).prop_map(|kind| format!("\"type\":\"{kind}\""));
    let whole = proptest::sample::subsequence(
        vec![
            "\"id\":\"019a9c50-a003-7c42-9e55-7d2ebfa09183\"",
            "\"text\":\"你好\"",
            "\"seq\":7",
            "\"reply_to\":5",
            "\"reply_to\":null",
        ],
        0..=5,
    );
    (kind, whole, proptest::collection::vec(odd, 0..3)).prop_flat_map(|(kind, whole, odd)| {
        let fields = std::iter::once(kind).chain(whole.into_iter().map(str::to_owned)).chain(odd);
        Just(fields.collect::<Vec<_>>()).prop_shuffle().prop_map(|fields| format!("{{{}}}", fields.join(",")))
    })
}

/// A message as a page writes it.
fn say() -> impl Strategy<Value = String> {
    (id(), "[ -~你好\u{80}-\u{ff}]{0,9}")
        .prop_map(|(id, text)| FromPage::Say { id, text, reply_to: None }.encode())
}

/// A message as it is stored.
fn said() -> impl Strategy<Value = String> {
    let said = (seq(), any::<u64>(), member(), id(), "[!-~你好\u{a1}-\u{ff}]{1,9}");
    said.prop_map(|(seq, at, by, id, typed)| {
        let fact = Fact::Said { by, id, text: Text::parse(&typed).unwrap(), reply_to: None, edited: None };
        serde_json::to_string(&Event { seq, at: Millis(at), fact }).unwrap()
    })
}

/// The same, but for a piece somewhere in it.
fn odd(json: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let pieces = [
        "",
        "\"",
        "\\",
        "\\u0041",
        "\\ud800",
        "\0",
        "\n",
        "\u{7f}",
        "7",
        "Z",
        "-",
        " ",
        "{",
        "}",
        ",",
        "\",\"text\":\"",
        "\",\"seq\":\"7",
        "\",\"id\":\"",
        "\",\"reply_to\":null,\"x\":\"",
        "\"}",
        "\"}{\"",
    ];
    (json, any::<prop::sample::Index>(), 0..2usize, proptest::sample::select(pieces.to_vec()))
        .prop_map(|(json, at, takes, piece)| {
            let mut odd: Vec<char> = json.chars().collect();
            let at = at.index(odd.len());
            odd.splice(at..at + takes, piece.chars());
            odd.into_iter().collect()
        })
        .prop_filter("a list of the fields is no object", |json: &String| json.trim_start().starts_with('{'))
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
