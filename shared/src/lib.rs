//! The protocol of 对聊, version 1: every message between page and server, in both directions.
//!
//! One WebSocket per open room carries text frames, one JSON object a frame, told apart by `type`. A room is a
//! numbered log of [`Event`]s; a page joins with [`FromPage::Join`], is answered by [`FromServer::Welcome`] and
//! from then on hears every event once and in order.
//!
//! This crate holds types, the name rule, the limits, and how people look. It decides nothing about rooms and does no I/O, so that
//! it builds alike for the host and for wasm32.

pub mod appearance;
pub mod grapheme;
pub mod limits;

mod code;
mod event;
mod from_page;
mod from_server;
mod http;
mod ids;
mod name;
mod pairing_code;
mod said;
mod text;
mod vec_map;
mod visible;

pub use code::{ByeCode, CloseCode, Code};
pub use event::{DeviceChange, Edit, Event, Fact, GoneKind, GoneWhy, LeftWhy};
pub use from_page::{After, FromPage, Join};
pub use from_server::{FromServer, History, Limits, Member, Names, Replay, RoomFacts, You};
pub use http::{
    Backup, Ban, BanList, EventPage, Export, ExportAs, Hit, NewPairingCode, NewRoom, PairRequest, Paired,
    Problem, Readers, Readings, RoomCard, RoomMade, RoomSettings, SearchPage, TokenOwner,
};
pub use ids::{BadId, Epoch, MemberId, MessageId, Millis, RoomId, Seq, Token};
pub use name::{BadName, Name, NameError, NameRule, RESERVED_NAMES};
pub use pairing_code::{BadPairingCode, PairingCode};
pub use said::leading_number;
pub use text::{BadText, Text, Title};
pub use vec_map::VecMap;

/// The version a `join` must carry in `v`.
pub const VERSION: u32 = 1;
