//! How many exports there may be.

use std::time::Duration;

/// Exports that are sent at a time.
pub const EXPORTS: u32 = 16;

/// Exports that are sent to one address at a time.
pub const EXPORTS_OF_ADDRESS: u32 = 4;

/// How long an export may be fetched.
pub const EXPORT_WITHIN: Duration = Duration::from_secs(60);

/// Exports that were asked for and not fetched. When there are so many, the next is told to come later.
pub const EXPORTS_MAX: usize = 1_000;

/// Exports that one address may have asked for and not fetched, for each that may be sent to it at a time.
pub const TICKETS_AN_EXPORT: u32 = 8;
