//! The files of the data folder: the log, which is the truth, and the index, which is made from it.
//!
//! Rows and tables only. Who writes them is the ledger's and the follower's business, who may read what the archive's.

pub(crate) mod codec;
mod error;
pub(crate) mod filters;
pub mod index;
pub mod log;
pub(crate) mod schema;
pub(crate) mod traces;

pub use error::{IndexError, LogError};
