//! What happened in a room, as every member sees it.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{MemberId, MessageId, Millis, Name, Seq, Text};

/// One numbered fact of a room's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its number, the same for everyone.
    pub seq: Seq,
    /// When the server took it; never earlier than the event before.
    pub at: Millis,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Event {
    /// The number of a message's newest edit, if this is a message that was edited.
    pub const fn newest_edit(&self) -> Option<Seq> {
        match &self.fact {
            Fact::Said { edited: Some(edit), .. } => Some(edit.seq),
            _ => None,
        }
    }
}

/// What happened; `kind` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The room begins; always number 1.
    Opened {
        /// Seats.
        capacity: u32,
        /// The room's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// Somebody took a seat.
    Joined {
        /// Who.
        member: MemberId,
        /// Under which name.
        name: Name,
        /// The member is the room's host. Records of earlier versions never say so.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        host: bool,
    },
    /// A seat was freed.
    Left {
        /// Whose.
        member: MemberId,
        /// How it came.
        why: LeftWhy,
    },
    /// A message.
    Said {
        /// Who said it.
        by: MemberId,
        /// The id its sender gave it.
        id: MessageId,
        /// What was said; the newest text if it was edited.
        text: Text,
        /// The message it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The newest edit, if this is sent after one was stored.
        #[serde(skip_serializing_if = "Option::is_none")]
        edited: Option<Edit>,
    },
    /// A message has a new text.
    Edited {
        /// Who edited.
        by: MemberId,
        /// The id of the edit.
        id: MessageId,
        /// The message.
        target: Seq,
        /// Its new text.
        text: Text,
    },
    /// A message was taken back.
    Recalled {
        /// Who took it back.
        by: MemberId,
        /// The id of the recall.
        id: MessageId,
        /// The message.
        target: Seq,
    },
    /// Stands at the number of an event whose text is no more.
    Gone {
        /// Who had written it.
        by: MemberId,
        /// The id it had.
        id: MessageId,
        /// What stood here.
        of: GoneKind,
        /// Why it is gone.
        why: GoneWhy,
        /// Who recalled it.
        #[serde(skip_serializing_if = "Option::is_none")]
        recalled_by: Option<MemberId>,
    },
    /// The host closed or opened the door to newcomers.
    Locked {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// Closed, or open.
        locked: bool,
    },
    /// The host changed the room's settings.
    Set {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// The new name of the room; an empty one says that it has none any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Seconds between one member's messages.
        #[serde(skip_serializing_if = "Option::is_none")]
        slow_s: Option<u32>,
    },
    /// The host muted a member, or lifted the mute.
    Muted {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// The muted member.
        member: MemberId,
        /// When the mute ends; absent if it was lifted.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Millis>,
    },
    /// The host lifted a ban.
    Unbanned {
        /// The host.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// The member who may join again.
        member: MemberId,
    },
    /// A member changed its devices. Only that member's own pages show it.
    Devices {
        /// The member.
        by: MemberId,
        /// The id of the change.
        id: MessageId,
        /// What changed.
        change: DeviceChange,
    },
    /// An event that this version does not understand: its kind is not known, or its fields are not those of its kind. It keeps its
    /// number. Never stored or sent.
    Unknown,
}

/// How a seat was freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftWhy {
    /// The member gave it back.
    Asked,
    /// The host took it.
    Removed,
    /// The member was away longer than the room holds a seat.
    Away,
}

/// A change of a member's devices. The tokens that were added or dropped are in no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChange {
    /// A device was added: it has a token of its own.
    Added,
    /// A recovery link was made. Links made before it are void.
    BackedUp,
    /// All other devices were signed out, and recovery links are void.
    OthersSignedOut,
}

/// The newest edit of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The number of the edit.
    pub seq: Seq,
    /// When it was made.
    pub at: Millis,
}

/// What stood where a `gone` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneKind {
    /// A message.
    Said,
    /// An edit.
    Edited,
}

/// Why a text is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneWhy {
    /// The message was recalled.
    Recalled,
    /// A later edit overtook it.
    EditedAgain,
    /// It edits a message this member may not read.
    Unreadable,
}

/// The fields of all kinds. Serde would read a tagged enum twice; read so, the page is smaller.
#[derive(Deserialize)]
struct Wire {
    by: Option<MemberId>,
    capacity: Option<u32>,
    change: Option<DeviceChange>,
    edited: Option<Edit>,
    host: Option<bool>,
    id: Option<MessageId>,
    locked: Option<bool>,
    member: Option<MemberId>,
    name: Option<Name>,
    of: Option<GoneKind>,
    recalled_by: Option<MemberId>,
    reply_to: Option<Seq>,
    slow_s: Option<u32>,
    target: Option<Seq>,
    text: Option<Text>,
    title: Option<String>,
    until: Option<Millis>,
    why: Option<Why>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Opened,
    Joined,
    Left,
    Said,
    Edited,
    Recalled,
    Gone,
    Locked,
    Set,
    Muted,
    Unbanned,
    Devices,
    #[serde(other)]
    Unknown,
}

/// Of a `left` and of a `gone`. Of a reason that this version does not know the effect is known: the seat is free, the text is gone.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    Asked,
    Removed,
    Away,
    Recalled,
    EditedAgain,
    Unreadable,
    #[serde(other)]
    Unknown,
}

/// What every event has, whatever kinds later versions add.
#[derive(Deserialize)]
struct Head {
    seq: Seq,
    at: Millis,
    kind: Kind,
}

impl<'de> Deserialize<'de> for Event {
    /// An event that makes no sense to this version keeps its number, whatever its kind and its fields hold.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let Head { seq, at, kind } = Head::deserialize(&value).map_err(D::Error::custom)?;
        let fact = match kind {
            Kind::Unknown => Fact::Unknown,
            kind => {
                let fact = Wire::deserialize(&value).ok().and_then(|wire| wire.fact(kind));
                fact.unwrap_or(Fact::Unknown)
            }
        };
        Ok(Self { seq, at, fact })
    }
}

impl Wire {
    fn fact(self, kind: Kind) -> Option<Fact> {
        let Self { by, id, target, title, slow_s, .. } = self;
        Some(match kind {
            Kind::Opened => Fact::Opened { capacity: self.capacity?, title },
            Kind::Joined => {
                let host = self.host.unwrap_or_default();
                Fact::Joined { member: self.member?, name: self.name?, host }
            }
            Kind::Left => Fact::Left { member: self.member?, why: self.why?.left()? },
            Kind::Said => {
                let (reply_to, edited) = (self.reply_to, self.edited);
                Fact::Said { by: by?, id: id?, text: self.text?, reply_to, edited }
            }
            Kind::Edited => Fact::Edited { by: by?, id: id?, target: target?, text: self.text? },
            Kind::Recalled => Fact::Recalled { by: by?, id: id?, target: target? },
            Kind::Gone => {
                let (why, recalled_by) = (self.why?.gone()?, self.recalled_by);
                Fact::Gone { by: by?, id: id?, of: self.of?, why, recalled_by }
            }
            Kind::Locked => Fact::Locked { by: by?, id: id?, locked: self.locked? },
            Kind::Set => Fact::Set { by: by?, id: id?, title, slow_s },
            Kind::Muted => Fact::Muted { by: by?, id: id?, member: self.member?, until: self.until },
            Kind::Unbanned => Fact::Unbanned { by: by?, id: id?, member: self.member? },
            Kind::Devices => Fact::Devices { by: by?, id: id?, change: self.change? },
            Kind::Unknown => Fact::Unknown,
        })
    }
}

impl Why {
    const fn left(self) -> Option<LeftWhy> {
        match self {
            Self::Asked => Some(LeftWhy::Asked),
            Self::Removed => Some(LeftWhy::Removed),
            Self::Away | Self::Unknown => Some(LeftWhy::Away),
            Self::Recalled | Self::EditedAgain | Self::Unreadable => None,
        }
    }

    const fn gone(self) -> Option<GoneWhy> {
        match self {
            Self::Recalled | Self::Unknown => Some(GoneWhy::Recalled),
            Self::EditedAgain => Some(GoneWhy::EditedAgain),
            Self::Unreadable => Some(GoneWhy::Unreadable),
            Self::Asked | Self::Removed | Self::Away => None,
        }
    }
}
