//! The page of 对聊.
//!
//! `chat` and what it is made of (`link`, `outbox`) decide everything and know no browser; `rows`, `links` and `clock` say what
//! is drawn, `window` which part of it, `ime` when Enter sends, `place` and `making` which room it is, without one either; `json`
//! reads. `use_chat` joins them to the browser through `socket`, `api`, `store` and `browser`. Components only draw. The modules
//! stand in reading order, by groups.

pub mod chat;
pub mod link;
pub mod outbox;

pub mod clock;
pub mod ime;
pub mod json;
pub mod links;
pub mod making;
pub mod mention;
pub mod place;
pub mod rows;
pub mod search;
pub mod text;
pub mod window;

pub mod api;
pub mod browser;
pub mod hooks;
pub mod socket;
pub mod store;
pub mod use_chat;
pub mod use_news;

pub mod app;
pub mod components;
