//! What members do under an id of their own.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use shared::{BadText, MemberId, Seq, Text, Title};

use crate::room::seal::TokenHash;
use crate::room::words::Words;

/// What a member does. Its JSON is what a [`crate::room::seal::Seal`] is made of, so a field that is added must be left out when absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says something.
    Say {
        /// What.
        text: Text,
        /// The message it answers.
        reply_to: Option<Seq>,
    },
    /// Gives an own message a new text.
    Edit {
        /// The message.
        target: Seq,
        /// The new text.
        text: Text,
    },
    /// Takes a message back.
    Recall {
        /// The message.
        target: Seq,
    },
    /// Takes somebody's seat.
    Remove {
        /// Whose.
        member: MemberId,
        /// Bans its token.
        ban: bool,
        /// Recalls all of its messages that still stand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recall: bool,
    },
    /// Lifts a ban.
    Unban {
        /// Whose.
        member: MemberId,
    },
    /// Mutes somebody, or lifts the mute.
    Mute {
        /// Whom.
        member: MemberId,
        /// For how many seconds; 0 lifts the mute.
        for_s: u32,
    },
    /// Lets nobody new in, or lets people in again.
    Lock {
        /// Which of the two.
        locked: bool,
    },
    /// Changes the room's settings.
    Set {
        /// The room's name.
        title: Option<NewTitle>,
        /// Seconds between one member's messages.
        slow_s: Option<u32>,
        /// Words that are not allowed, in place of those before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Words>,
    },
    /// Adds a token of the member, on behalf of whoever shows a valid one. The member need not sit.
    AddDevice {
        /// Of the token.
        token: TokenHash,
        /// Whether it is for a recovery link, in place of the one before, and good once.
        once: bool,
        /// Of the token that is shown. A recovery token is void afterwards.
        shown: TokenHash,
        /// How it is shown.
        #[serde(default)]
        permit: Permit,
    },
    /// Makes all tokens of the member void but one.
    SignOutOthers {
        /// Of the token that is valid afterwards.
        kept: TokenHash,
        /// Of the token of the device that asks, if `kept` is a new one in its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<TokenHash>,
    },
}

/// How the token is shown that adds another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permit {
    /// By a member who sits.
    #[default]
    Seat,
    /// By a pairing code, made when this was the room's last number. It is void once the member has signed out others.
    Code(Seq),
    /// By whoever has a link with the token in it. Of a member who has signed out others, links of a device's token are void.
    Link,
}

impl Act {
    /// The message it speaks of.
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Self::Say { reply_to, .. } => *reply_to,
            Self::Edit { target, .. } | Self::Recall { target } => Some(*target),
            Self::Remove { .. }
            | Self::Unban { .. }
            | Self::Mute { .. }
            | Self::Lock { .. }
            | Self::Set { .. }
            | Self::AddDevice { .. }
            | Self::SignOutOthers { .. } => None,
        }
    }

    /// Whether it repeats `stored`, under the same id. A device that signed out the others comes back with its new token.
    pub fn repeats(&self, stored: &Self) -> bool {
        match (self, stored) {
            (Self::SignOutOthers { kept, .. }, Self::SignOutOthers { kept: stored, .. }) => kept == stored,
            (
                Self::AddDevice { token, once, shown, .. },
                Self::AddDevice { token: stored_token, once: stored_once, shown: stored_shown, .. },
            ) => (token, once, shown) == (stored_token, stored_once, stored_shown),
            _ => self == stored,
        }
    }

    /// Whether a token that it shows takes the place of a seat.
    pub const fn shows_token(&self) -> bool {
        matches!(self, Self::AddDevice { .. })
    }
}

/// What becomes of a room's name. Stored and sent as a string, which is empty where the name is taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewTitle {
    /// The room is called so from now on.
    Given(Title),
    /// The room has no name any more.
    Removed,
}

impl NewTitle {
    /// What somebody typed.
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, BadText> {
        Self::given(typed, Title::parse(typed))
    }

    /// What was stored; see [`Title::from_stored`].
    ///
    /// # Errors
    /// [`BadText`] says what is wrong with it.
    pub fn from_stored(stored: &str) -> Result<Self, BadText> {
        Self::given(stored, Title::from_stored(stored))
    }

    fn given(text: &str, title: Result<Title, BadText>) -> Result<Self, BadText> {
        match title {
            Err(BadText::Empty) if text.trim().is_empty() => Ok(Self::Removed),
            title => title.map(Self::Given),
        }
    }

    /// The name, empty if there is none any more.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Given(title) => title.as_str(),
            Self::Removed => "",
        }
    }

    /// The name, if there is one.
    pub fn into_title(self) -> Option<Title> {
        match self {
            Self::Given(title) => Some(title),
            Self::Removed => None,
        }
    }
}

impl Serialize for NewTitle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for NewTitle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_stored(&text).map_err(de::Error::custom)
    }
}
