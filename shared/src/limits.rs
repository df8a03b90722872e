//! Bounds that both sides know. What only the server bounds (queues, addresses, times) is in its own configuration.

/// Longest message, in Unicode scalar values.
pub const TEXT_MAX: usize = 4_000;

/// Longest name of a room, in Unicode scalar values.
pub const TITLE_MAX: usize = 40;

/// Longest pause between one member's messages that a host may ask for, in seconds.
pub const SLOW_MAX: u32 = 3_600;

/// Longest mute, in seconds: 30 days.
pub const MUTE_MAX: u32 = 30 * 24 * 60 * 60;

/// Words that a host may forbid.
pub const WORDS_MAX: usize = 200;

/// Longest word that a host may forbid, in Unicode scalar values.
pub const WORD_MAX: usize = 20;

/// Until when after saying it a member may edit a message, in milliseconds.
pub const EDIT_WITHIN_MS: u64 = 24 * 60 * 60 * 1_000;

/// Until when after saying it a member may recall a message, in milliseconds. The host may at any time.
pub const RECALL_WITHIN_MS: u64 = 2 * 60 * 1_000;

/// Longest frame or message a page may send, in bytes; a longer one closes the connection with 1009.
pub const FRAME_MAX: usize = 64 * 1024;

/// Longest `events` frame the server sends, in bytes.
pub const EVENTS_FRAME_MAX: usize = 256 * 1024;

/// Frames that change a room (`say`, `edit`, …) one member may send a second on average.
pub const PACE_PER_SECOND: u32 = 10;

/// Frames that change a room one member may send at once.
pub const PACE_BURST: u32 = 30;

/// Shortest and longest name under the default rule, in characters.
pub const NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=10;

/// Characters whose readings may be asked for at once: in an address each takes nine bytes, and the head of a request has a
/// bound.
pub const READINGS_MAX: usize = 1_500;

/// Seats a room may have.
pub const CAPACITY: std::ops::RangeInclusive<u32> = 2..=1_000;

/// Most seats of a room whose members are told how far the others have read. In a larger room each is told its own mark only.
pub const MARKS_TOLD_SEATS: u32 = 100;

/// Seats in the lobby.
pub const LOBBY_CAPACITY: u32 = 2;

/// More missing events than this are not replayed: the page starts again from the newest ones.
pub const REPLAY_MAX: u64 = 1_000;

/// How many of the newest events follow a `welcome` whose replay is a reset.
pub const RESET_EVENTS: u64 = 100;

/// How long a pairing code can be redeemed, in seconds.
pub const PAIRING_CODE_S: u32 = 10 * 60;

/// Most valid tokens of one member: its devices, and its recovery link.
pub const DEVICES_MAX: usize = 16;

/// Devices and recovery links that one member may add at once.
pub const DEVICE_CHANGES: u32 = 20;

/// After how long a member may add one more then, in seconds.
pub const DEVICE_CHANGE_S: u32 = 6 * 60;

/// Longest search, in characters.
pub const QUERY_MAX: usize = 100;

/// Most events in one answer of `GET …/events`.
pub const PAGE_MAX: usize = 200;
