//! View models: what the components draw, computed without a browser.

pub mod aim;
pub mod announcements;
pub mod grapheme;
pub mod last_editable;
pub mod linkify;
pub mod member_list;
pub mod mention;
pub mod menu_position;
pub mod new_room_form;
pub mod outgoing;
pub mod readers;
pub mod refresh;
pub mod rows;
pub mod search_query;
pub mod search_state;
pub mod unread_badge;
pub mod viewport;
