//! The files of the data folder: the log, which is the truth, and the index, which is made from it.
//!
//! Rows and tables only. Who writes them is the ledger's and the follower's business, who may read what the archive's.

pub(crate) mod access;
pub(crate) mod codec;
mod error;
pub(crate) mod filters;
pub(crate) mod fit;
pub(crate) mod ids;
pub mod index;
pub mod log;
pub(crate) mod members;
pub(crate) mod private;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod short;
pub(crate) mod traces;

pub use error::{IndexError, LogError};

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// Opens a file for reading. Whoever has the connection has it alone, so SQLite need not lock it.
pub(crate) fn open_to_read(file: &Path) -> Result<Connection, rusqlite::Error> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}
