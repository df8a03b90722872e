//! Bounds of what follows a removal: address bans, and recalling a removed member's messages.

use std::time::Duration;

/// For how long after a ban the address of the banned member takes no new seat in the room.
pub const ADDRESS_BAN: Duration = Duration::from_secs(24 * 60 * 60);

/// Members whose last address is kept in memory. When there are so many, addresses of further members are not kept until
/// the oldest have expired.
pub const LAST_ADDRESSES: usize = 100_000;

/// Numbers of a room that the ledger looks through for messages of a removed member, each time its timer rings.
pub const RECALL_PLACES: u64 = 2_000;

/// Messages of a removed member that are recalled, each time the ledger's timer rings. The rest follows.
pub const RECALL_AT_ONCE: usize = 200;
