//! The server of 对聊, in reading order.
//!
//! A room is a numbered log of events and a connection is a cursor into it. [`http`] takes a connection in,
//! [`session`] turns its frames into proposals, [`ledger`] decides them one after the other with the pure rules of
//! [`room::state`], stores them in one synced batch and only then publishes them to the [`room`], from where every
//! session sends on what lies behind its cursor.

pub mod config;
pub mod serve;

pub mod address;
pub mod http;
pub mod pace;
pub mod services;
pub mod session;

pub mod frame;

pub mod courier;
mod former;
pub mod pairing;
mod reach;
pub mod room;
pub mod rooms;

pub mod archive;
pub mod backup;
pub mod check;
pub mod export;
pub mod import;
pub mod ledger;
pub mod rebuild;
pub mod store;

pub mod clock;
pub mod edge;
pub mod logging;
pub mod metrics;
pub mod names;
pub mod origin;
pub mod search;
pub mod system;

/// What one thread of the server takes another one gives back: glibc's own takes longer for that, and gives pages back to the
/// system only to ask for them again a moment later. Connections are smaller too (`bench idle`). SQLite keeps to glibc's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
