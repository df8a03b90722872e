//! RFC 6455 as somebody meets it who writes the bytes of each frame: what is answered, and with which code it ends.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::time::Duration;

use common::raw::upgraded;
use common::{Client, PATIENCE, TestServer};
use shared::FromServer;
use shared::limits::FRAME_MAX;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The head of a masked frame whose payload has this length.
fn head(first: u8, length: usize) -> Vec<u8> {
    const MASKED: u8 = 0x80;
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => bytes.push(MASKED | short),
        (_, Ok(medium)) => {
            bytes.push(MASKED | 126);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len());
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn frames(frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect()
}

/// The next frame of the server: its first byte, and its payload. None if the connection is over.
async fn hear(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let reading = async {
        let first = stream.read_u8().await.ok()?;
        let length = match stream.read_u8().await.ok()? {
            126 => usize::from(stream.read_u16().await.ok()?),
            short @ 0..126 => usize::from(short),
            long => panic!("no frame here is so long, and none is masked: {long}"),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    };
    timeout(PATIENCE, reading).await.unwrap()
}

/// How the server ends it after these bytes: what it said, and the code of its close; 1005 if it has none.
async fn end(server: &TestServer, bytes: &[u8]) -> (Vec<String>, Option<u16>) {
    let mut stream = upgraded(server).await;
    // It may close before all is written.
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    while let Some((first, payload)) = hear(&mut stream).await {
        if first == FIN | CLOSE {
            assert_eq!(hear(&mut stream).await, None, "a close is the last frame");
            return (said, Some(payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))));
        }
        said.push(String::from_utf8_lossy(&payload).into_owned());
    }
    (said, None)
}

/// The server ends it with this code, and without a word.
async fn ends_with(code: u16, cases: &[(&str, Vec<u8>)]) {
    let server = TestServer::start().await;
    for (what, bytes) in cases {
        assert_eq!(end(&server, bytes).await, (vec![], Some(code)), "{what}");
    }
}

fn join() -> String {
    r#"{"type":"join","v":1,"room":"lobby","name":"张三"}"#.to_owned()
}

#[tokio::test]
async fn reserved_bits_and_opcodes_are_errors() {
    let bits = [0x40, 0x20, 0x10].map(|bit| ("a bit", frame(FIN | bit | TEXT, b"{}")));
    let opcodes = (3..8).chain(11..16).map(|opcode| ("an opcode", frame(FIN | opcode, b"")));
    ends_with(1002, &bits.into_iter().chain(opcodes).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn frames_without_a_mask_are_errors() {
    let cases = [TEXT, BINARY, PING, PONG, CLOSE].map(|opcode| ("no mask", vec![FIN | opcode, 2, 3, 232]));
    ends_with(1002, &cases).await;
}

#[tokio::test]
async fn fragments_out_of_order_are_errors() {
    ends_with(
        1002,
        &[
            ("nothing to continue", frame(FIN | CONTINUATION, b"x")),
            ("nothing to continue, nor the end", frame(CONTINUATION, b"x")),
            ("a text within a text", frames(&[(TEXT, b"a"), (FIN | TEXT, b"b")])),
            ("a binary frame within a text", frames(&[(TEXT, b"a"), (FIN | BINARY, b"b")])),
        ],
    )
    .await;
}

#[tokio::test]
async fn control_frames_are_short_and_whole() {
    ends_with(
        1002,
        &[
            ("a long ping", frame(FIN | PING, &[b'p'; 126])),
            ("a long pong", frame(FIN | PONG, &[b'p'; 126])),
            ("a long close", frame(FIN | CLOSE, &[3; 126])),
            ("a ping in pieces", frame(PING, b"p")),
            ("a close in pieces", frame(CLOSE, &[3, 232])),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_not_utf8_ends_with_its_code_whole_or_in_pieces() {
    ends_with(
        1007,
        &[
            ("no byte of it", frame(FIN | TEXT, &[0xff, 0xfe])),
            ("longer than it must be", frame(FIN | TEXT, &[0xc0, 0xaf])),
            ("half of a pair", frame(FIN | TEXT, &[0xed, 0xa0, 0x80])),
            ("beyond the last character", frame(FIN | TEXT, &[0xf4, 0x90, 0x80, 0x80])),
            ("cut off", frame(FIN | TEXT, &[b'{', 0xe5, 0xbc])),
            ("cut off by the last piece", frames(&[(TEXT, &[0xe5]), (FIN | CONTINUATION, &[0xbc])])),
            ("wrong in the second piece", frames(&[(TEXT, &[0xe5]), (FIN | CONTINUATION, &[0xff])])),
            (
                "wrong in the first piece, whatever comes",
                frames(&[(TEXT, &[0xff]), (FIN | CONTINUATION, b"x")]),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_text_may_come_in_pieces_with_control_frames_between() {
    let server = TestServer::start().await;
    let mut stream = upgraded(&server).await;
    let join = join();
    // 张 is cut in two.
    let (one, other) = join.as_bytes().split_at(join.find('张').unwrap() + 1);
    let bytes = frames(&[
        (TEXT, one),
        (FIN | PING, b"are you there"),
        (CONTINUATION, b""),
        (FIN | PONG, b"nobody asked"),
        (FIN | CONTINUATION, other),
    ]);
    stream.write_all(&bytes).await.unwrap();
    assert_eq!(hear(&mut stream).await, Some((FIN | PONG, b"are you there".to_vec())));
    let (first, payload) = hear(&mut stream).await.unwrap();
    assert_eq!(first, FIN | TEXT);
    let welcome = FromServer::decode(std::str::from_utf8(&payload).unwrap()).unwrap();
    assert!(matches!(welcome, FromServer::Welcome { you, .. } if you.name.as_str() == "张三"));
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte() {
    let server = TestServer::start().await;
    let mut stream = upgraded(&server).await;
    for byte in frame(FIN | TEXT, join().as_bytes()) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(matches!(hear(&mut stream).await, Some((0x81, _))));
}

#[tokio::test]
async fn each_ping_is_answered_with_what_it_said() {
    let server = TestServer::start().await;
    let mut stream = upgraded(&server).await;
    for payload in [&b""[..], b"a", &[0xff; 125]] {
        stream.write_all(&frame(FIN | PING, payload)).await.unwrap();
        assert_eq!(hear(&mut stream).await, Some((FIN | PONG, payload.to_vec())));
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_a_wrong_one_with_1002() {
    let server = TestServer::start().await;
    let close = |code: u16, reason: &[u8]| frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat());
    assert_eq!(end(&server, &frame(FIN | CLOSE, b"")).await, (vec![], Some(1005)));
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        assert_eq!(end(&server, &close(code, "再见".as_bytes())).await, (vec![], Some(code)));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        assert_eq!(end(&server, &close(code, b"")).await, (vec![], Some(1002)), "{code}");
    }
    assert_eq!(end(&server, &frame(FIN | CLOSE, &[3])).await, (vec![], Some(1002)));
    assert_eq!(end(&server, &close(1000, &[0xff])).await, (vec![], Some(1007)));
    // What comes after a close is not read.
    let after = [close(1000, b""), frame(FIN | TEXT, join().as_bytes())].concat();
    assert_eq!(end(&server, &after).await, (vec![], Some(1000)));
}

#[tokio::test]
async fn what_is_too_big_is_refused_before_it_comes() {
    let server = TestServer::start().await;
    let piece = vec![b'a'; FRAME_MAX / 2 + 1];
    let too_big = (vec![r#"{"type":"bye","code":"too_big"}"#.to_owned()], Some(1009));
    for (what, bytes) in [
        ("only its head", head(FIN | TEXT, FRAME_MAX + 1)),
        ("more than there is", head(FIN | TEXT, usize::MAX / 2)),
        ("binary", head(FIN | BINARY, FRAME_MAX + 1)),
        ("a piece", head(TEXT, FRAME_MAX + 1)),
        ("two pieces together", [frame(TEXT, &piece), frame(CONTINUATION, &piece)].concat()),
        (
            "pieces without an end",
            [frame(TEXT, b"a"), frame(CONTINUATION, &[b'a'; 1_024]).repeat(80)].concat(),
        ),
    ] {
        assert_eq!(end(&server, &bytes).await, too_big, "{what}");
    }
    let mut stream = upgraded(&server).await;
    stream.write_all(&frame(FIN | TEXT, &vec![b'a'; FRAME_MAX])).await.unwrap();
    let (_, refusal) = hear(&mut stream).await.unwrap();
    assert!(String::from_utf8(refusal).unwrap().contains("bad_message"), "at the bound it is read");
}

#[tokio::test]
async fn binary_frames_end_with_their_code_whole_or_in_pieces() {
    ends_with(
        1003,
        &[
            ("whole", frame(FIN | BINARY, &[1, 2, 3])),
            ("empty", frame(FIN | BINARY, &[])),
            ("in pieces", frames(&[(BINARY, &[1]), (FIN | CONTINUATION, &[2])])),
        ],
    )
    .await;
}

#[tokio::test]
async fn empty_fragments_without_end_are_a_silence() {
    let server = TestServer::with(|config| config.silence_max = Duration::from_millis(200)).await;
    let mut stream = upgraded(&server).await;
    stream.write_all(&frame(TEXT, b"{")).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let talking = async {
        while writing.write_all(&frame(CONTINUATION, b"")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut rest = Vec::new();
    let ending = async { drop(reading.read_to_end(&mut rest).await) };
    timeout(PATIENCE, async { tokio::join!(talking, ending) }).await.unwrap();
}

#[tokio::test]
async fn answers_to_pings_that_nobody_reads_are_not_kept() {
    const PINGS: usize = 100_000;
    let server = TestServer::start().await;
    let mut stream = upgraded(&server).await;
    let ping = frame(FIN | PING, &[b'p'; 125]);
    let (mut reading, mut writing) = stream.split();
    // More than the kernel holds.
    writing.write_all(&ping.repeat(PINGS)).await.unwrap();
    writing.write_all(&frame(FIN | BINARY, b"x")).await.unwrap();
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, reading.read_to_end(&mut rest)).await.unwrap();
    let pongs = rest.len() / (2 + 125);
    assert!(0 < pongs && pongs < PINGS, "{pongs}");
}

#[tokio::test]
async fn deep_json_is_refused_and_the_connection_stays() {
    let server = TestServer::start().await;
    let mut client: Client = server.join("张三").await;
    let heard = client.refused.len();
    for open in ["[", "{\"a\":"] {
        client.send_text(&open.repeat(60_000 / open.len())).await;
    }
    let id = "019a9c50-7f3e-7c11-8a55-0d6f3b1c2e4a";
    client
        .send_text(&format!(
            r#"{{"type":"say","id":"{id}","text":"x","more":{}{}}}"#,
            "[".repeat(20_000),
            "]".repeat(20_000)
        ))
        .await;
    client.until("refusals", |client| client.refused.len() == heard + 3).await;
    assert!(client.refused[heard..].iter().all(|(code, _)| *code == shared::Code::BadMessage));
    client.say("还在").await;
    client.until_text("还在").await;
}
