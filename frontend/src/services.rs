//! The browser: sockets, requests, storage, notifications. Nothing here decides anything.

pub mod http;
pub mod platform;
pub mod socket;
pub mod storage;
