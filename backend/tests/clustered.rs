//! One suite over both kinds of ledger: the conversations of these files, once more on a node of a cluster, with a real
//! NATS server each. What lets time pass is left out: there the time is NATS's.
#![expect(clippy::duplicate_mod, reason = "each of the files has its own, as when it runs alone")]

#[path = "chat.rs"]
mod chat;
#[path = "conduct.rs"]
mod conduct;
#[path = "durable.rs"]
mod durable;
#[path = "moderation.rs"]
mod moderation;
#[path = "pairing.rs"]
mod pairing;
#[path = "readers.rs"]
mod readers;
#[path = "receipts.rs"]
mod receipts;
#[path = "rooms.rs"]
mod rooms;
#[path = "search.rs"]
mod search;
#[path = "words.rs"]
mod words;
