//! Bounds of a node among many.

use std::time::Duration;

/// How long a stream keeps what every node has followed: a node that was away for less goes on by itself.
pub const STREAM_KEEPS: Duration = Duration::from_secs(24 * 60 * 60);

/// Streams that a cluster's rooms are spread over, if nobody says otherwise.
pub const PARTITIONS: u32 = 4;

/// Servers that keep each stream, if nobody says otherwise.
pub const REPLICAS: u8 = 3;

/// Messages of a stream that are under way to a node. It asks for more as it takes them.
pub const FOLLOW_AT_ONCE: usize = 2_000;

/// Rooms that are to come into memory since somebody is there on another node. At this number nothing more is heard of other
/// nodes until the ledger has come on: they say it again.
pub const TOLD_AT_ONCE: usize = 200;

/// How often a node looks whether it is cut off from the others.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a node that is cut off from the others keeps its people. The streams may be choosing another leader.
pub const CUT_OFF_AFTER: Duration = Duration::from_secs(8);
