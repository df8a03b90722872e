//! Bodies of the HTTP requests and answers.

use serde::{Deserialize, Deserializer, Serialize};

use crate::from_server::{known_history, read};
use crate::{
    Code, Event, History, MemberId, Millis, Name, NameRule, Names, PairingCode, RoomId, Token, VecMap,
};

/// What anyone who knows a room's id may know of it: `GET /api/rooms/{room}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomCard {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seats.
    pub capacity: u32,
    /// Seats taken.
    pub seated: u32,
    /// Members connected.
    pub online: u32,
    /// Whether nobody new may join.
    pub locked: bool,
    /// Which names are let in.
    #[serde(default, deserialize_with = "known_names")]
    pub names: NameRule,
    /// What a newcomer may read.
    #[serde(default, deserialize_with = "known_history")]
    pub history: History,
    /// Whose seat the request's bearer token is for; absent if the room does not know the token, or none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub you: Option<TokenOwner>,
}

/// Of a rule that this build does not know, the server decides: the widest one asks it.
fn known_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NameRule, D::Error> {
    Ok(read(&String::deserialize(deserializer)?).unwrap_or(NameRule::Han))
}

/// The member a token belongs to, as `GET /api/rooms/{room}` tells it before the token is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenOwner {
    /// Its latest name; absent if it never joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Whether the token is the host's.
    pub host: bool,
    /// Whether the member has a seat now.
    pub seated: bool,
}

/// A room's settings as its host may see them: `GET …/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seconds between one member's messages.
    pub slow_s: u32,
    /// Words that are not allowed.
    pub words: Vec<String>,
}

/// Who is banned from a room: `GET …/bans`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanList {
    /// By member number.
    pub bans: Vec<Ban>,
}

/// One banned member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Its number.
    pub member: MemberId,
    /// The name it had.
    pub name: Name,
    /// When it was banned.
    pub at: Millis,
}

/// How characters are said in pinyin, in small letters and without tones, every reading of each: `GET /api/pinyin?of=`.
/// What has none is left out.
pub type Readings = VecMap<char, Vec<String>>;

/// The wish for a room: `POST /api/rooms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRoom {
    /// Seats, within [`crate::limits::CAPACITY`].
    pub capacity: u32,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What a newcomer may read; everything if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// A room that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMade {
    /// Its id.
    pub room: RoomId,
    /// The path to open and to send to others.
    pub url: String,
    /// The token of the seat kept for its maker.
    pub host_token: Token,
}

/// A piece of a room's log: `GET …/events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// In rising order.
    pub events: Vec<Event>,
    /// Everyone spoken of who is not seated.
    pub names: Names,
    /// Whether there is more in the direction asked for.
    pub more: bool,
}

/// What a search found: `GET …/search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// Newest first.
    pub hits: Vec<Hit>,
    /// Everyone spoken of who is not seated. The first page also names others who left and whose messages can be read.
    pub names: Names,
    /// Whether there are older ones.
    pub more: bool,
}

/// One message that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The message, with its newest text.
    pub event: Event,
    /// Where in the text: start and end, in Unicode scalar values.
    pub ranges: Vec<(u32, u32)>,
}

/// Who has read a message: `GET …/reads`. Members who took their seat after it are in neither list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// Those who have.
    pub read: Vec<MemberId>,
    /// Those who have not.
    pub unread: Vec<MemberId>,
}

/// In which form a room is exported: `POST …/export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportAs {
    /// One file that opens offline and looks like the room.
    Html,
    /// One event a line.
    Jsonl,
}

/// Where an export is fetched, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Good once, for a minute.
    pub url: String,
}

/// A new pairing code of a member: `POST …/pair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPairingCode {
    /// The code, to be typed on the new device.
    pub code: PairingCode,
    /// For how many seconds it can be redeemed.
    pub expires_s: u32,
}

/// What a new device shows to be given a token of its own: `POST /api/pair`.
///
/// The nonce is drawn by the device. If no answer came it sends the same request again, and is given the same token again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PairRequest {
    /// A pairing code.
    Code {
        /// As it was typed; see [`PairingCode`].
        code: String,
        /// See [`PairRequest`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<Token>,
    },
    /// A recovery token, which is void afterwards, or a token of the member, which stays valid.
    Token {
        /// The room.
        room: RoomId,
        /// The token.
        token: Token,
        /// See [`PairRequest`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<Token>,
    },
}

/// The new device's seat: the answer of `POST /api/pair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// The room.
    pub room: RoomId,
    /// The member's name. Absent only for the token of a host who has not joined yet, which is then returned as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The device's own token.
    pub token: Token,
}

/// A new recovery token, for a recovery link: `POST …/backup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Good once, at `POST /api/pair`. It takes no seat by itself.
    pub token: Token,
}

/// An error's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Why.
    pub code: Code,
    /// For whoever writes a client.
    pub message: String,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, message: code.message().to_owned() }
    }
}
