//! Every limit and time of the server, in one place. What both sides must agree on is in [`shared::limits`].

mod clock;
mod exports;
mod moderation;
mod nats;
mod nodes;
mod pairing;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use governor::Quota;
use ipnet::IpNet;
use shared::NameRule;
use shared::limits::{PACE_BURST, PACE_PER_SECOND};

use crate::origin::{AllowedOrigin, HostName};

pub use clock::STORE_TIME_EVERY;
pub use exports::{EXPORT_WITHIN, EXPORTS, EXPORTS_MAX, EXPORTS_OF_ADDRESS, TICKETS_AN_EXPORT};
pub use moderation::{ADDRESS_BAN, LAST_ADDRESSES, RECALL_AT_ONCE, RECALL_PLACES};
pub use nats::{Nats, NatsLogin, NatsServers, NatsUrlError};
pub use nodes::{
    CUT_OFF_AFTER, FOLLOW_AT_ONCE, LOOK_EVERY, PARTITIONS, REPLICAS, STREAM_KEEPS, TOLD_AT_ONCE,
};
pub use pairing::{PAIRING_CODES_MAX, PAIRING_CODES_OF_ROOM, PAIRING_CODES_TOLD, PAIRINGS_PER_MINUTE};

/// How a server runs. There is no default for where things are; [`Config::new`] has the protocol's times.
#[derive(Debug, Clone)]
pub struct Config {
    /// The options that were given, for the log; without passwords.
    pub options: String,
    /// The folder of the log. One server at a time may use it.
    pub data: PathBuf,
    /// The folder of the built page. It may be missing: then `/` says how to build it.
    pub dist: PathBuf,
    /// Origins beside the server's own whose pages may connect.
    pub origins: Vec<AllowedOrigin>,
    /// Names that the server is reached by. If there are any, it answers under no other; an address is no name.
    pub hosts: Vec<HostName>,
    /// Which names are let into rooms that are made from now on.
    pub names: NameRule,
    /// How fast a member may change its room; without a limit if there is none.
    pub pace: Option<Quota>,
    /// How many frames of one connection are read, pieces of messages among them; the others wait where they are. Without a
    /// limit if there is none.
    pub frames: Option<Quota>,
    /// How many bytes of one connection are read; the others wait where they are. Without a limit if there is none.
    pub bytes: Option<Quota>,
    /// What one address may have and do; anything if there is nothing.
    pub addresses: Option<AddressLimits>,
    /// Proxies that are believed when they say whose request they pass on (`X-Forwarded-For`).
    pub proxies: Vec<IpNet>,
    /// Whether `/metrics` answers others than the machine itself.
    pub metrics_open: bool,
    /// How long a client may take to send the head of a request, the first and any other: a connection that is quiet for
    /// longer is closed, and comes back when it is needed.
    pub head_within: Duration,
    /// How long a request may take from then on to its answer, its body included.
    pub answer_within: Duration,
    /// How long an answer may wait for its reader without any of it being taken.
    pub write_within: Duration,
    /// How long a seat of the lobby is kept for somebody without a connection.
    pub lobby_hold: Duration,
    /// How long it is kept where nobody else sits in the lobby: nobody waits for who is gone then.
    pub lobby_hold_alone: Duration,
    /// How long a seat of a room by link is kept for somebody without a connection.
    pub room_hold: Duration,
    /// After how long a silence a member of the lobby counts as away, if somebody was refused meanwhile.
    pub lobby_silence: Duration,
    /// How long a connection may be without a seat, counted from connecting or from the last refusal.
    pub join_within: Duration,
    /// A connection from which no frame came for this long is dropped; a write that takes this long too.
    pub silence_max: Duration,
    /// How often a connection is pinged, and after how long without anything else to say `tick` is sent.
    pub ping_every: Duration,
    /// Shortest time between two `presence`, `read` or `typing` frames on one connection.
    pub news_every: Duration,
    /// Somebody whose connection is lost for less than this was never gone, for the others.
    pub presence_grace: Duration,
    /// How often the ledger looks for members who are away.
    pub timer_every: Duration,
    /// How often is stored how far members have read, and since when they are away.
    pub marks_every: Duration,
    /// After how long without anybody there a room leaves memory.
    pub unload_after: Duration,
    /// After how long a room that nobody ever joined is deleted.
    pub never_joined_after: Duration,
    /// How often such rooms are looked for.
    pub never_joined_every: Duration,
    /// For how long what was said is kept; for ever if it does not say.
    pub keep: Option<Duration>,
    /// Whether an administrator says that the machine's clock is right, however long after the last known time it is.
    pub accept_clock: bool,
    /// Searches at a time, for the whole server. Others wait for their turn.
    pub searches: u32,
    /// Exports that are sent at a time, for the whole server. Whoever wants another one gets 429.
    pub exports: u32,
    /// How long a search may wait for its turn and take, together.
    pub search_within: Duration,
    /// How long a stop waits for the connections to say goodbye.
    pub drain_within: Duration,
    /// Where the other nodes are met, if this is one among many.
    pub nats: Option<Nats>,
}

impl Config {
    /// The protocol's times.
    pub fn new(data: PathBuf, dist: PathBuf) -> Self {
        Self {
            options: String::new(),
            data,
            dist,
            origins: Vec::new(),
            names: NameRule::default(),
            pace: Some(quota(Quota::per_second, PACE_PER_SECOND, PACE_BURST)),
            frames: Some(quota(Quota::per_second, FRAMES_PER_SECOND, FRAMES_BURST)),
            bytes: Some(quota(Quota::per_second, BYTES_PER_SECOND, BYTES_BURST)),
            addresses: Some(AddressLimits::default()),
            hosts: Vec::new(),
            proxies: Vec::new(),
            metrics_open: false,
            head_within: Duration::from_secs(10),
            answer_within: Duration::from_secs(20),
            write_within: Duration::from_secs(20),
            lobby_hold: Duration::from_secs(2 * 60),
            lobby_hold_alone: Duration::from_secs(15),
            room_hold: Duration::from_secs(30 * 24 * 60 * 60),
            lobby_silence: Duration::from_secs(10 * 60),
            join_within: Duration::from_secs(60),
            silence_max: Duration::from_secs(60),
            ping_every: Duration::from_secs(25),
            news_every: Duration::from_secs(1),
            presence_grace: Duration::from_secs(10),
            timer_every: Duration::from_secs(1),
            marks_every: Duration::from_secs(3),
            unload_after: Duration::from_secs(60),
            never_joined_after: Duration::from_secs(NEVER_JOINED_HOURS as u64 * 60 * 60),
            never_joined_every: Duration::from_secs(60),
            keep: None,
            accept_clock: false,
            searches: SEARCHES,
            exports: EXPORTS,
            search_within: Duration::from_millis(SEARCH_WITHIN_MS),
            drain_within: Duration::from_millis(1_500),
            nats: None,
        }
    }
}

/// What one address may have and do: an IPv4 address, or a /64 of IPv6. Whoever wants more gets 429, and is told when to
/// come again.
#[derive(Debug, Clone)]
pub struct AddressLimits {
    /// Connections at a time.
    pub connections: u32,
    /// Connections at a time whose first request is not complete.
    pub handshakes: u32,
    /// Exports that are sent at a time; [`TICKETS_AN_EXPORT`] for each may have been asked for and not fetched.
    pub exports: u32,
    /// HTTP requests, the handshakes of WebSockets among them. The page and its files have a pace of their own:
    /// [`FILES_A_REQUEST`].
    pub requests: Quota,
    /// Rooms made.
    pub rooms: Quota,
    /// Bytes of frames that change a room. Here, too, `too_fast` is the answer.
    pub stored: Quota,
    /// Pairing codes and recovery links redeemed or tried. As many codes may be made.
    pub pairings: Quota,
    /// New seats taken; [`TRIES_A_SEAT`] joins for each may be refused. Here `too_fast` is the answer, on the WebSocket.
    pub seats: Quota,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            handshakes: HANDSHAKES,
            exports: EXPORTS_OF_ADDRESS,
            requests: quota(Quota::per_second, REQUESTS_PER_SECOND, REQUESTS_BURST),
            rooms: quota(Quota::per_hour, ROOMS_PER_HOUR, ROOMS_PER_HOUR),
            stored: stored(MEGABYTES_PER_HOUR),
            pairings: quota(Quota::per_minute, PAIRINGS_PER_MINUTE, PAIRINGS_PER_MINUTE),
            seats: quota(Quota::per_minute, SEATS_PER_MINUTE, SEATS_PER_MINUTE),
        }
    }
}

/// So many in each of these spans on average, and so many at once. 0 counts as 1.
pub fn quota(per: fn(NonZeroU32) -> Quota, often: u32, burst: u32) -> Quota {
    let [often, burst] = [often, burst].map(|n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
    per(often).allow_burst(burst)
}

/// So many megabytes in an hour, on average and at once. What does not fit is as much as fits: four gigabytes.
pub fn stored(megabytes: u32) -> Quota {
    let bytes = megabytes.saturating_mul(1_000_000);
    quota(Quota::per_hour, bytes, bytes)
}

/// So many times as often, and so many times as many at once.
pub fn quota_times(quota: Quota, times: NonZeroU32) -> Quota {
    let burst = quota.burst_size().saturating_mul(times);
    let often = Quota::with_period(quota.replenish_interval() / times.get()).unwrap_or(quota);
    often.allow_burst(burst)
}

/// A length of time in the protocol's unit.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Frames of one connection that are read in a second, on average: twice what its member may do. A refusal is a write of ours,
/// and writes are what the server's time goes into.
pub const FRAMES_PER_SECOND: u32 = 20;

/// Frames of one connection that are read at once.
pub const FRAMES_BURST: u32 = 200;

/// Bytes of one connection that are read in a second, on average: the longest message a page sends, 16 KB, at the pace of a
/// member comes to two thirds of it.
pub const BYTES_PER_SECOND: u32 = 256 * 1024;

/// Bytes of one connection that are read at once: more than the longest message as often as a member may say something at once.
pub const BYTES_BURST: u32 = 512 * 1024;

/// Megabytes that one address may say, in an hour and at once: a class says less in a year, and a disk lasts for days.
pub const MEGABYTES_PER_HOUR: u32 = 200;

/// Connections of one address.
pub const CONNECTIONS: u32 = 500;

/// Connections of one address whose first request is not complete.
pub const HANDSHAKES: u32 = 100;

/// HTTP requests of one address a second, on average.
pub const REQUESTS_PER_SECOND: u32 = 50;

/// HTTP requests of one address at once.
pub const REQUESTS_BURST: u32 = 300;

/// The page and its files count as a tenth of a request: everybody who comes for the first time asks for half a dozen, and a
/// class behind one address comes in one moment.
pub const FILES_A_REQUEST: NonZeroU32 = NonZeroU32::new(10).expect("it is not 0");

/// Rooms made by one address in an hour.
pub const ROOMS_PER_HOUR: u32 = 100;

/// New seats taken by one address in a minute.
pub const SEATS_PER_MINUTE: u32 = 60;

/// Joins under tokens without a seat, for each new seat that one address may take: the others are refused.
pub const TRIES_A_SEAT: NonZeroU32 = NonZeroU32::new(10).expect("it is not 0");

/// Connections that are told that their address has too many. When there are so many, the next hears nothing.
pub const TURNED_AWAY: usize = 256;

/// After how long somebody whose address has too many connections may come again: it ends when another one does.
pub const TURNED_AWAY_FOR: Duration = Duration::from_secs(5);

/// Bytes of a request's head, or of an answer on its way, that a connection may hold.
pub const HTTP_BUFFER: usize = 16 * 1024;

/// How long a stop waits for somebody who reads nothing of an answer.
pub const STOP_PATIENCE: Duration = Duration::from_millis(500);

/// Connections that wait while the server starts or stops. The system keeps the others.
pub const WAITING_MAX: usize = 4_096;

/// How long nobody is taken in when the machine has no more files for connections.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Requests that wait for the ledger. When it is full, sessions stop reading their sockets until there is room.
pub const LEDGER_QUEUE: usize = 32_768;

/// Kilobytes of long texts among them: with so many, sessions wait too. Those of less than a kilobyte are bounded by number.
pub const LEDGER_QUEUE_KB: usize = 32 * 1_024;

/// How many requests somebody may hand in who waited since the queue was full.
pub const LEDGER_SLOTS: usize = 32;

/// Requests the ledger takes at once.
pub const BATCH_REQUESTS: usize = 4_096;

/// Bytes of events after which the ledger commits what it has and goes on with the rest afterwards.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Proposals of one session that the ledger has not answered. At this number the session stops reading.
pub const SESSION_PROPOSALS: usize = 64;

/// Bytes of the newest events a loaded room keeps in memory, at most. Older ones are read from the log.
pub const TAIL_BYTES: usize = 256 * 1024;

/// How long a deleted text may stay in the log's write-ahead file while the ledger is busy.
pub const PURGE_WITHIN: Duration = Duration::from_secs(30);

/// Up to this size the log is written anew where texts were deleted: it takes about a tenth of a second.
pub const SCRUB_BYTES: i64 = 16 * 1024 * 1024;

/// How long ledger and follower wait for readers when they empty a write-ahead file; then they try again later. Somebody who
/// reads for long, `duiliao check` say, must not keep everybody from speaking.
pub const PURGE_PATIENCE: Duration = Duration::from_millis(100);

/// How long the log is waited for where nobody else waits: when it is opened and closed, or another process writes.
pub const LOG_PATIENCE: Duration = Duration::from_secs(5);

/// Size of the log's write-ahead file at which it is checkpointed even while the ledger is busy.
pub const WAL_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes a session takes at once of what was read. A longer frame gets a longer buffer, which the connection keeps: tungstenite
/// offers no way to shrink it. What that costs at most stands in SECURITY.md.
pub const READ_BUFFER: usize = 256;

/// Bytes that are read from a connection at once. What its session has not taken of them waits, and is gone with the last of it.
pub const READ_AHEAD: usize = 8 * 1_024;

/// Bytes of answers to pings that a connection keeps for somebody who does not read. When there are so many, the next ping is
/// answered together with the one after it.
pub const PONGS_MAX: usize = 4 * 1024;

/// Searches at a time.
pub const SEARCHES: u32 = 2;

/// How long a search may wait for its turn and take, in milliseconds.
pub const SEARCH_WITHIN_MS: u64 = 1_000;

/// After how many hours a room that nobody ever joined is deleted.
pub const NEVER_JOINED_HOURS: u32 = 24;

/// Searches that wait for their turn. When there are so many, the next is told to come later.
pub const SEARCHES_WAITING: usize = 64;

/// Bytes of messages in the answer to a search; what does not fit is asked for again.
pub const SEARCH_BYTES: usize = 256 * 1024;

/// Bytes of events in the answer to `GET …/events`, and at most one event more; what does not fit is asked for again.
pub const PAGE_BYTES: usize = 256 * 1024;

/// Replays and pages that are read from the log at a time, and as many for exports.
pub const ARCHIVE_READERS: usize = 4;

/// How far ahead of this machine's clock an export may be: machines differ.
pub const AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Records the follower indexes at once.
pub const FOLLOW_RECORDS: usize = 64_000;
/// The same in bytes of events.
pub const FOLLOW_BYTES: usize = 16 * 1024 * 1024;

/// Records behind the ledger from which on the follower takes a turn, later the same as everybody; nearer, it gives way. Each search
/// reads what it is behind.
pub const FAR_BEHIND: i64 = 100_000;

/// Bytes of the log that are read at once, before something is made of them: while it is read its write-ahead file cannot begin anew.
pub const READ_BYTES: usize = 64 * 1024;

/// Records of a life that is over that the follower forgets at once: what is new must not wait for it.
pub const FORGET_RECORDS: usize = 200;

/// So many bytes of blocks that are not full yet the follower has in memory; beyond, it reads them from the log when they are.
pub const OPEN_BLOCKS_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of full blocks that wait for the end of a batch; beyond, they are written at once.
pub const FULL_BLOCKS_BYTES: usize = 4 * 1024 * 1024;

/// How often, at most, the follower empties the index's write-ahead file of texts that are no more.
pub const INDEX_PURGE_EVERY: Duration = Duration::from_secs(5);

/// How long the follower lets records gather. Each of its batches costs a message or two a millisecond, when one is sent
/// at a time: at 100 ms that alone is near the hundredth that p99 speaks of.
pub const FOLLOW_EVERY: Duration = Duration::from_millis(400);

/// Records the follower may be behind; beyond it the ledger waits for it, for a second before each batch.
pub const BEHIND_MAX: i64 = 200_000;

/// Records the follower may be behind at most, where the index cannot be written: what is not indexed is in memory. From then on one
/// machine refuses all (`overloaded`), and a node of a cluster follows no further.
pub const BEHIND_END: i64 = 2 * BEHIND_MAX;

/// How often the ledger looks for what is older than it is kept.
pub const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// Rooms that it looks at, each time its timer rings.
pub const EXPIRE_ROOMS: u32 = 20;

/// Numbers of a room that it looks at, each time its timer rings.
pub const EXPIRE_PLACES: u64 = 2_000;

/// Numbers of a room without any text that it passes over, each time its timer rings.
pub const EXPIRE_BLOCKS: u64 = 1_000_000;

/// Records of a room that is no more that are deleted at once.
pub const DELETE_RECORDS: usize = 10_000;
