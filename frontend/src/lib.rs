//! The page of 对聊.
//!
//! `state` decides everything and knows no browser. `view_model`, `datetime` and `i18n` say what is drawn, `virtual_list` which
//! part of it, `ime` when Enter sends, `routes` which room it is. `hooks` join them to the browser through `services`.
//! Components only draw.

pub mod state;

pub mod datetime;
pub mod i18n;
pub mod ime;
pub mod overlay_stack;
pub mod routes;
pub mod view_model;
pub mod virtual_list;

pub mod hooks;
pub mod services;

pub mod app;
pub mod components;
