//! Yew hooks that join the state to the components.

pub mod erased;
pub mod use_back_to_close;
pub mod use_chat_session;
pub mod use_mute;
pub mod use_notifications;
pub mod use_seconds_left;
