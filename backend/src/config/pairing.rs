//! How many pairing codes there may be, and how often they may be tried.

/// Pairing codes and recovery links that one address may redeem or try in a minute, and at once: a code has 50 random bits. It may
/// make as many codes.
pub const PAIRINGS_PER_MINUTE: u32 = 10;

/// Pairing codes that can be redeemed at a time. When there are so many, the next is told to come later.
pub const PAIRING_CODES_MAX: usize = 10_000;

/// Pairing codes of a room that can be redeemed at a time. One address has fewer: [`PAIRINGS_PER_MINUTE`] for ten minutes.
pub const PAIRING_CODES_OF_ROOM: usize = 200;

/// Pairing codes that a node tells the others of in one message: 0.4 KB each, and NATS takes a megabyte.
pub const PAIRING_CODES_TOLD: usize = 500;
