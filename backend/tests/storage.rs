//! The files of the data folder: what is made anew, what is refused, and what is in memory.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use backend::archive::Archive;
use backend::archive::follower::Follower;
use backend::config::Config;
use backend::edge::Edge;
use backend::ledger::answers::Answers;
use backend::ledger::writer::Writer;
use backend::ledger::{Reply, Request, Seated};
use backend::names::fold;
use backend::room::proposal::{Act, Private, Proposal, Record, Settings, Wish};
use backend::room::seal::{Seal, TokenHash};
use backend::room::tail::Entry;
use backend::rooms::Rooms;
use backend::serve::{self, ServeError};
use backend::store::index::Index;
use backend::store::log::Log;
use backend::store::{IndexError, LogError};
use common::{Client, PATIENCE, TestServer, now};
use futures_util::FutureExt;
use shared::{
    Edit, Epoch, Event, Fact, GoneKind, GoneWhy, MemberId, MessageId, Millis, Replay, RoomId, Seq, Text,
    Token,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why a server does not start on this folder.
async fn refusal(data: &TempDir) -> ServeError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config::new(data.path().to_owned(), data.path().to_owned());
    let serving = serve::run(listener, config, Edge::system(), std::future::pending());
    tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_data_folder_has_one_server() {
    let server = TestServer::start().await;
    let _up = server.connect().await;
    let error = refusal(&server.data).await;
    assert!(matches!(error, ServeError::Log(LogError::InUse(_))), "{error}");
}

#[tokio::test]
async fn files_of_the_data_folder_are_for_their_owner_only() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = TestServer::start().await.stop().await;
    for entry in fs::read_dir(data.path()).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let server = TestServer::on(Arc::clone(&data), |_| {}).await;
    for entry in fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_left_alone() {
    let foreign = Arc::new(TempDir::new().unwrap());
    let file = foreign.path().join("log.db");
    fs::write(&file, "not a database, but somebody's").unwrap();
    let error = refusal(&foreign).await;
    assert!(matches!(error, ServeError::Log(LogError::Foreign(_))), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a database, but somebody's");

    let other = TempDir::new().unwrap();
    let connection = rusqlite::Connection::open(other.path().join("index.db")).unwrap();
    connection.execute_batch("CREATE TABLE somebody (s TEXT)").unwrap();
    drop(connection);
    let error = refusal(&other).await;
    assert!(matches!(error, ServeError::Log(LogError::Index(IndexError::Foreign(_)))), "{error}");

    let later = TempDir::new().unwrap();
    drop(Log::open(later.path()).unwrap());
    let connection = rusqlite::Connection::open(later.path().join("log.db")).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    assert!(matches!(refusal(&later).await, ServeError::Log(LogError::Newer(99))));
}

#[tokio::test]
async fn an_index_that_is_missing_damaged_or_of_another_log_is_made_anew() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    for number in 0..30 {
        zhang.say(&format!("第{number}条")).await;
    }
    zhang.until_text("第29条").await;
    let data = server.stop().await;
    let file = data.path().join("index.db");
    let whole = Archive::open(data.path()).unwrap().read(1, Seq(0), Seq(99)).unwrap();
    assert_eq!(whole.len(), 32);

    let other = TempDir::new().unwrap();
    let log = Log::open(other.path()).unwrap();
    drop(Follower::open(other.path(), &log).unwrap());
    let broken: [&dyn Fn(); 4] = [
        &|| fs::remove_file(&file).unwrap(),
        &|| fs::write(&file, "this was an index once, and then the disk failed").unwrap(),
        &|| {
            fs::copy(other.path().join("index.db"), &file).unwrap();
        },
        // As if the log had been put back to an earlier state.
        &|| {
            let index = rusqlite::Connection::open(&file).unwrap();
            index.execute_batch("UPDATE progress SET pos = 1000").unwrap();
        },
    ];
    for (number, breaks) in broken.into_iter().enumerate() {
        breaks();
        let server = TestServer::on(Arc::clone(&data), |_| {}).await;
        let mut back = Client::connect(&server.address).await;
        back.token = zhang.token;
        back.send(&back.wish("张三", None)).await;
        back.until_text("第29条").await;
        assert_eq!((back.replay, back.texts().len()), (Some(Replay::Reset), 30), "{number}");
        assert_eq!(Archive::open(data.path()).unwrap().read(1, Seq(0), Seq(99)).unwrap(), whole);
        server.stop().await;
    }
}

#[test]
fn a_log_of_format_1_is_read_and_written_on() {
    let data = TempDir::new().unwrap();
    let old = rusqlite::Connection::open(data.path().join("log.db")).unwrap();
    let private = serde_json::to_string(&Settings::lobby(Epoch::new(&[1; 8]), 120_000)).unwrap();
    old.execute_batch(&format!(
        r#"PRAGMA application_id = 0x4455494c; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
        CREATE TABLE lives (life INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL) STRICT;
        CREATE TABLE records (pos INTEGER PRIMARY KEY, life INTEGER NOT NULL, seq INTEGER NOT NULL, by INTEGER,
            id BLOB, seal BLOB, event TEXT NOT NULL, private TEXT) STRICT;
        CREATE UNIQUE INDEX records_by_seq ON records (life, seq);
        CREATE UNIQUE INDEX records_by_id ON records (id, life, by) WHERE id IS NOT NULL;
        INSERT INTO lives VALUES (1, 'lobby', 'AQEBAQEBAQE');
        INSERT INTO records VALUES (1, 1, 1, NULL, NULL, NULL,
            '{{"seq":1,"at":5,"kind":"opened","capacity":2}}', '{private}');"#
    ))
    .unwrap();
    drop(old);
    for _ in 0..2 {
        let log = Log::open(data.path()).unwrap();
        let mut follower = Follower::open(data.path(), &log).unwrap();
        follower.catch_up().unwrap();
        assert_eq!((log.last(), log.life(RoomId::Lobby).unwrap()), (1, Some(1)));
        assert_eq!(Index::open(data.path()).unwrap().place(1, Seq(1)).unwrap(), Some(1));
    }
}

/// A ledger whose steps and whose time are the test's.
struct Ledger {
    writer: Writer,
    rooms: Arc<Rooms>,
    passed: Arc<AtomicU64>,
    indexing: JoinHandle<()>,
}

impl Ledger {
    /// Ends as a server does: an index has one follower at a time.
    fn finish(self) {
        self.writer.finish();
        self.indexing.join().unwrap();
    }

    fn open(data: &TempDir) -> Self {
        Self::open_after(data, Duration::ZERO)
    }

    /// By the wall clock so much later than now.
    fn open_after(data: &TempDir, later: Duration) -> Self {
        let passed = Arc::new(AtomicU64::new(0));
        let (wall, uptime) = (Arc::clone(&passed), Arc::clone(&passed));
        let start = now().0 + u64::try_from(later.as_millis()).unwrap();
        let edge = Edge::new(
            move || Millis(start + wall.load(Ordering::Relaxed)),
            move || Millis(uptime.load(Ordering::Relaxed)),
            rand::fill,
        );
        let log = Log::open(data.path()).unwrap();
        let mut follower = Follower::open(data.path(), &log).unwrap();
        follower.catch_up().unwrap();
        let (following, indexing) = follower.start(CancellationToken::new().drop_guard()).unwrap();
        let rooms = Arc::new(Rooms::default());
        let parts = (log, Index::open(data.path()).unwrap(), following);
        let config = Config::new(data.path().to_owned(), data.path().to_owned());
        let writer = Writer::new(parts, config, Arc::new(edge), Arc::clone(&rooms)).unwrap();
        Self { writer, rooms, passed, indexing }
    }

    fn ask(&mut self, room: RoomId, wish: Wish) {
        self.ask_at_once(room, vec![(None, wish)]);
    }

    /// All in one batch, each as of a life of the room; the answers.
    fn ask_at_once(&mut self, room: RoomId, wishes: Vec<(Option<i64>, Wish)>) -> Vec<Option<Reply>> {
        let (mut requests, mut answers) = (Vec::new(), Vec::new());
        for (life, wish) in wishes {
            let answer = Answers::new(1);
            let reply = answer.place().unwrap();
            requests.push(Request {
                room,
                life,
                proposal: Proposal { at: now(), wish },
                id: None,
                reply,
                weight: None,
            });
            answers.push(answer);
        }
        self.writer.take(&mut requests);
        let arrived = |answer: &Answers| answer.next(false).now_or_never().flatten().map(|reply| *reply);
        answers.iter().map(arrived).collect()
    }

    fn pass(&mut self, time: Duration) {
        self.passed.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
        self.writer.tick();
    }
}

#[test]
fn a_recall_and_a_small_edit_overwrite_a_text_where_it_stands() {
    let data = TempDir::new().unwrap();
    let mut log = Log::open(data.path()).unwrap();
    let (by, id) = (MemberId(1), MessageId::new(Millis(1), &[7; 10]));
    let event = |seq, fact| Event { seq: Seq(seq), at: Millis(1_795_000_000_000), fact };
    let said = |seq, text: &str| {
        let text = Text::parse(text).unwrap();
        event(seq, Fact::Said { by, id, text, reply_to: None, edited: None })
    };
    let (of, why, recalled_by) = (GoneKind::Said, GoneWhy::Recalled, Some(MemberId(1_000)));
    let gone = |seq| event(seq, Fact::Gone { by, id, of, why, recalled_by });
    let text = Text::parse("改过").unwrap();
    let edited = event(1_000_003, Fact::Edited { by, id, target: Seq(1), text });
    let seal = Seal::new([1; 16], &Act::Lock { locked: true });
    log.begin().unwrap();
    let life = log.begin_life(RoomId::Link([1; 16]), &Epoch::new(&[0; 8])).unwrap();
    for event in
        [said(1_000_000, "嗯"), said(1_000_001, "我们下午开会"), said(1_000_002, &"长".repeat(4_000)), edited]
    {
        let edit = matches!(event.fact, Fact::Edited { .. });
        let private = if edit { Private::Edited(seal) } else { Private::None };
        log.append(life, &Entry::new(&event), &Record { event, private }).unwrap();
    }
    log.commit().unwrap();
    let column = |sql: &str| {
        let reader = rusqlite::Connection::open(data.path().join("log.db")).unwrap();
        let mut query = reader.prepare(sql).unwrap();
        let values = query.query_map([], |row| row.get::<_, Option<i64>>(0)).unwrap();
        values.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let lengths = || column("SELECT octet_length(event) FROM records");
    let private = || column("SELECT octet_length(private) FROM records").into_iter().flatten().count();
    let before = lengths();
    log.begin().unwrap();
    let edit = Some(Edit { seq: Seq(1_000_003), at: Millis(1_795_000_009_999) });
    let text = Text::parse("我们明天下午开会").unwrap();
    let mended = event(1_000_001, Fact::Said { by, id, text, reply_to: None, edited: edit });
    let [first, third, fourth] = [1_000_000, 1_000_002, 1_000_003].map(gone);
    assert_eq!((before.len(), private()), (3, 1), "the first two are one row");
    for (pos, event) in [(life, &first), (life + 1, &mended), (life + 2, &third), (life + 3, &fourth)] {
        log.rewrite(pos, &Entry::new(event), event).unwrap();
    }
    log.commit().unwrap();
    assert_eq!(lengths(), before, "a row that keeps its length stays where it is");
    assert_eq!(log.event(life).unwrap(), Some(first));
    assert_eq!(log.event(life + 1).unwrap(), Some(mended));
    assert_eq!(private(), 0, "nothing tells of a text that is no more");
}

#[test]
fn rooms_are_in_memory_only_while_somebody_is_there() {
    let data = TempDir::new().unwrap();
    let mut ledger = Ledger::open(&data);
    let room = |n: u8| RoomId::Link([n; 16]);
    for n in 0..200 {
        let settings = Settings { restarts: false, ..Settings::lobby(Epoch::new(&[n; 8]), 1_000_000) };
        ledger.ask(room(n), Wish::Open(settings));
    }
    assert_eq!(ledger.rooms.all().len(), 201);
    let held = ledger.rooms.get(room(7)).unwrap();
    ledger.pass(Duration::from_secs(1));
    ledger.pass(Duration::from_secs(60));
    let left: Vec<_> = ledger.rooms.all().into_iter().map(|(id, _)| id).collect();
    assert_eq!(left.len(), 2, "the lobby, and the room that somebody holds");
    assert!(left.contains(&RoomId::Lobby) && left.contains(&room(7)));
    drop(held);
    ledger.finish();

    let mut ledger = Ledger::open(&data);
    assert_eq!(
        ledger.rooms.all().len(),
        1,
        "a room costs nothing until somebody asks for it; the lobby is there"
    );
    ledger.ask(room(7), Wish::Look);
    ledger.ask(RoomId::Link([201; 16]), Wish::Look);
    assert_eq!(ledger.rooms.all().len(), 2);
    assert_eq!(ledger.rooms.get(room(7)).unwrap().snapshot().tail, Seq(1));
}

#[test]
fn a_room_that_makes_no_sense_does_not_stop_the_others() {
    let data = TempDir::new().unwrap();
    let mut ledger = Ledger::open(&data);
    let room = |n: u8| RoomId::Link([n; 16]);
    for n in 0..2 {
        let settings = Settings { restarts: false, ..Settings::lobby(Epoch::new(&[n; 8]), 1_000_000) };
        ledger.ask(room(n), Wish::Open(settings));
    }
    ledger.finish();
    let log = rusqlite::Connection::open(data.path().join("log.db")).unwrap();
    log.execute("UPDATE records SET event = '?' WHERE pos = 2", []).unwrap();
    drop(log);
    fs::remove_file(data.path().join("index.db")).unwrap();
    let mut ledger = Ledger::open(&data);
    ledger.ask(room(0), Wish::Look);
    ledger.ask(room(1), Wish::Look);
    assert!(ledger.rooms.get(room(0)).is_none() && ledger.rooms.get(room(1)).is_some());
}

#[test]
fn who_sat_in_an_earlier_life_of_the_lobby_does_not_speak_for_who_sits_there_now() {
    let data = TempDir::new().unwrap();
    let mut ledger = Ledger::open(&data);
    let lobby = ledger.rooms.get(RoomId::Lobby).unwrap();
    let life = Some(lobby.life());
    let zhang = seated(ledger.ask_at_once(RoomId::Lobby, vec![(None, join("张三", 1))]));
    let (by, fresh) = (zhang.connection.who(), Epoch::new(&[9; 8]));
    let act = Act::Say { text: Text::parse("是我").unwrap(), reply_to: None };
    let say = Wish::Act { by, id: MessageId::new(now(), &[0; 10]), act, secret: None };
    let leave = Wish::Leave { by, fresh };
    let answers = ledger.ask_at_once(
        RoomId::Lobby,
        vec![(life, leave.clone()), (None, join("李四", 2)), (life, say), (life, leave)],
    );
    let li = seated(answers);
    assert_eq!(li.connection.who(), by, "the same member of another life");
    let room = li.connection.room();
    assert_ne!(Some(room.life()), life);
    assert_eq!((room.snapshot().tail, room.card().seated), (Seq(2), 1));
}

#[test]
fn a_room_whose_host_is_long_away_leaves_memory_too() {
    let data = TempDir::new().unwrap();
    let mut ledger = Ledger::open(&data);
    let (room, host) = (RoomId::Link([1; 16]), Some(TokenHash::of(&Token::new(&[1; 32]))));
    let lobby = Settings::lobby(Epoch::new(&[1; 8]), 1_000);
    ledger.ask(room, Wish::Open(Settings { restarts: false, host, ..lobby }));
    drop(ledger.ask_at_once(room, vec![(None, join("张三", 1))]));
    for _ in 0..4 {
        ledger.pass(Duration::from_secs(120));
    }
    assert!(ledger.rooms.get(room).is_none(), "nobody is there");
    ledger.ask(room, Wish::Look);
    assert_eq!(ledger.rooms.get(room).unwrap().card().seated, 1, "the host keeps its seat");
}

#[test]
fn a_second_restart_does_not_begin_to_count_anew() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let data = TempDir::new().unwrap();
    let room = RoomId::Link([1; 16]);
    let mut ledger = Ledger::open(&data);
    let lobby = Settings::lobby(Epoch::new(&[1; 8]), u64::try_from((30 * DAY).as_millis()).unwrap());
    ledger.ask(room, Wish::Open(Settings { restarts: false, ..lobby }));
    let connected = seated(ledger.ask_at_once(room, vec![(None, join("张三", 1))]));
    ledger.finish();
    drop(connected);
    for (days, seats) in [(20, 1), (49, 1), (51, 0)] {
        let mut ledger = Ledger::open_after(&data, days * DAY);
        ledger.ask(room, Wish::Look);
        assert_eq!(ledger.rooms.get(room).unwrap().card().seated, seats, "after {days} days");
        ledger.pass(Duration::from_secs(20));
        ledger.finish();
    }
}

fn join(name: &str, token: u8) -> Wish {
    Wish::Join { name: name.into(), folded: fold(name), token: TokenHash::of(&Token::new(&[token; 32])) }
}

fn seated(answers: Vec<Option<Reply>>) -> Seated {
    let seated = |answer| if let Some(Reply::Seated(seated)) = answer { Some(seated) } else { None };
    answers.into_iter().find_map(seated).unwrap()
}
