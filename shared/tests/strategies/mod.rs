//! Strategies that generate frames, events and broken variants of them.

use proptest::prelude::*;
use shared::*;

prop_compose! {
    fn id()(at in 0..1u64 << 48, random: [u8; 10]) -> MessageId { MessageId::new(Millis(at), &random) }
}

prop_compose! {
    fn name()(typed in "[\u{4e00}-\u{9fa5}]{2,10}") -> Name { NameRule::Common.parse(&typed).unwrap() }
}

prop_compose! {
    fn text()(
        // Of invisible characters only it would be empty.
        text in "[^\\p{Cc}\\s][^\\p{Cc}]{0,40}".prop_filter_map("nothing is seen", |typed| Text::parse(&typed).ok()),
    ) -> Text { text }
}

pub(crate) fn seq() -> impl Strategy<Value = Seq> {
    any::<u64>().prop_map(Seq)
}

pub(crate) fn member() -> impl Strategy<Value = MemberId> {
    any::<u32>().prop_map(MemberId)
}

pub(crate) fn from_page() -> impl Strategy<Value = FromPage> {
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
        (id(), proptest::option::of(any::<[u8; 32]>()))
            .prop_map(|(id, bits)| FromPage::SignOutOthers { id, token: bits.map(|bits| Token::new(&bits)) }),
    ]
}

pub(crate) fn fact() -> impl Strategy<Value = Fact> {
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
        (member(), id(), device_change()).prop_map(|(by, id, change)| Fact::Devices { by, id, change }),
    ]
}

fn device_change() -> impl Strategy<Value = DeviceChange> {
    use DeviceChange::{Added, BackedUp, OthersSignedOut};
    prop_oneof![Just(Added), Just(BackedUp), Just(OthersSignedOut)]
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    (seq(), any::<u64>(), fact()).prop_map(|(seq, at, fact)| Event { seq, at: Millis(at), fact })
}

pub(crate) fn from_server() -> impl Strategy<Value = FromServer> {
    let members = || proptest::collection::vec(member(), 0..4);
    let code = proptest::sample::select(Code::ALL.to_vec());
    let bye = [ByeCode::Left, ByeCode::Restarting, ByeCode::Deleted, ByeCode::Idle, ByeCode::SignedOut];
    let bye = proptest::sample::select(bye.to_vec());
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
                    at: until.map(Millis),
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
pub(crate) fn odd_frame() -> impl Strategy<Value = String> {
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
        "say",
        "edit",
        "recall",
        "read",
        "typing",
        "leave",
        "remove",
        "mute",
        "lock",
        "set",
        "join",
        "shout",
        "sign_out_others",
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
pub(crate) fn say() -> impl Strategy<Value = String> {
    (id(), "[ -~你好\u{80}-\u{ff}]{0,9}")
        .prop_map(|(id, text)| FromPage::Say { id, text, reply_to: None }.encode())
}

/// A message as it is stored.
pub(crate) fn said() -> impl Strategy<Value = String> {
    // Of soft hyphens only it would be empty.
    let text =
        "[!-~你好\u{a1}-\u{ff}]{1,9}".prop_filter_map("nothing is seen", |typed| Text::parse(&typed).ok());
    let said = (seq(), any::<u64>(), member(), id(), text);
    said.prop_map(|(seq, at, by, id, text)| {
        let fact = Fact::Said { by, id, text, reply_to: None, edited: None };
        serde_json::to_string(&Event { seq, at: Millis(at), fact }).unwrap()
    })
}

/// The same, but for a piece somewhere in it.
pub(crate) fn odd(json: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
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
