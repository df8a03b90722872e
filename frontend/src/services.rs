//! The browser: sockets, requests, storage, notifications. Nothing here decides anything.

pub mod back_stack;
pub mod boot_card;
pub mod http;
pub mod platform;
pub mod runtime;
pub mod socket;
pub mod storage;
pub mod tabs;
pub mod text_field;
pub mod viewport;
