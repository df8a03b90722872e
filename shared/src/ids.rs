//! Numbers and names of things: rooms, members, messages, moments. Each is parsed once, at the edge.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, de};
use uuid::{Uuid, Variant};

/// An id that is not of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct BadId(&'static str);

/// Writes a type as its `Display` and reads it by its `FromStr`.
macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// Number of an event within its room: 1, 2, 3 … without holes. 0 stands before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The number that follows.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment: milliseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

/// Number of a member within its room's epoch; never given twice in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(pub u32);

impl FromStr for MemberId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        text.parse().map(Self).map_err(|_| BadId("member"))
    }
}

/// A room: the lobby, or one made by somebody and known by its link (128 random bits, base58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomId {
    /// The room of two that always exists.
    Lobby,
    /// A room by link.
    Link([u8; 16]),
}

const LOBBY: &str = "lobby"; // Base58 has no `l`, so no link can read so.

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lobby => f.write_str(LOBBY),
            Self::Link(bits) => f.write_str(&bs58::encode(bits).into_string()),
        }
    }
}

impl FromStr for RoomId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text == LOBBY {
            return Ok(Self::Lobby);
        }
        let mut bits = [0; 16];
        match bs58::decode(text).onto(&mut bits) {
            Ok(16) => Ok(Self::Link(bits)),
            _ => Err(BadId("room")),
        }
    }
}

as_text!(RoomId);

impl RoomId {
    /// The id at the beginning of what stands behind `/r/`: words that were glued to a link when it was passed on are cut off.
    /// Nothing if no id stands there.
    pub fn from_start_of(path: &str) -> Option<Self> {
        // An id of 16 bytes has 22 characters at most, and base58 is ASCII.
        const LONGEST: usize = 22;
        let plain = path.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
        // Letters may follow that could belong to an id: the longest piece that is one is it.
        (1..=plain).rev().find_map(|length| path[..length].parse().ok())
    }
}

/// The id a page gives its own message: a UUIDv7, so later ids are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Uuid);

impl MessageId {
    /// The id for a message written `at`; `random` tells apart ids of one millisecond.
    pub fn new(at: Millis, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(at.0, random).into_uuid())
    }

    /// The id of these 16 bytes.
    ///
    /// # Errors
    /// If they are no UUIDv7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, BadId> {
        Self::checked(Uuid::from_bytes(bytes))
    }

    fn checked(id: Uuid) -> Result<Self, BadId> {
        let ours = id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122;
        if ours { Ok(Self(id)) } else { Err(BadId("UUIDv7")) }
    }

    /// Its 36 characters, written here.
    pub fn written<'a>(&self, here: &'a mut [u8; 36]) -> &'a str {
        self.0.hyphenated().encode_lower(here)
    }

    /// The 16 bytes, in the order in which ids compare.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match Uuid::try_parse(text) {
            Ok(id) if text.len() == 36 => Self::checked(id),
            _ => Err(BadId("UUIDv7")),
        }
    }
}

as_text!(MessageId);

/// A member's secret: 256 random bits, 43 base64url characters. Whoever shows it is that member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 43]);

impl Token {
    /// The token made of these random bits.
    pub fn new(random: &[u8; 32]) -> Self {
        let mut text = [0; 43];
        URL_SAFE_NO_PAD.encode_slice(random, &mut text).expect("32 bytes are 43 base64 characters");
        Self(text)
    }

    /// Its 43 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64url is ASCII")
    }
}

/// Never the secret itself: a token must not reach a log.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bytes: [u8; 43] = text.as_bytes().try_into().map_err(|_| BadId("token"))?;
        let base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if bytes.iter().all(base64url) { Ok(Self(bytes)) } else { Err(BadId("token")) }
    }
}

impl Serialize for Token {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One life of a room's log: numbers of one epoch mean nothing in another. Opaque; only ever compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(Box<str>);

impl Epoch {
    /// The epoch made of these random bits.
    pub fn new(random: &[u8; 8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random).into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Epoch {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
