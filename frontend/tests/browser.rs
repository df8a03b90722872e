//! The components in a real browser: what they draw, what keys and clicks do, what is kept.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that panics says enough")]

#[path = "browser/support.rs"]
mod support;

#[path = "browser/backup.rs"]
mod backup;
#[path = "browser/cards.rs"]
mod cards;
#[path = "browser/composer.rs"]
mod composer;
#[path = "browser/composer_keys.rs"]
mod composer_keys;
#[path = "browser/fields.rs"]
mod fields;
#[path = "browser/head.rs"]
mod head;
#[path = "browser/host.rs"]
mod host;
#[path = "browser/join.rs"]
mod join;
#[path = "browser/leaving.rs"]
mod leaving;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/pairing.rs"]
mod pairing;
#[path = "browser/people.rs"]
mod people;
#[path = "browser/rooms.rs"]
mod rooms;
#[path = "browser/rows.rs"]
mod rows;
#[path = "browser/search.rs"]
mod search;
#[path = "browser/timeline.rs"]
mod timeline;
#[path = "browser/unsent.rs"]
mod unsent;
#[path = "browser/viewport.rs"]
mod viewport;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
