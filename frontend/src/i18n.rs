//! Every word the page shows, in 中文 and English, and which of the two it speaks. No other file holds words.

mod words;

use shared::{ByeCode, Code, NameError};

pub use words::Msg;

/// A language of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// 中文, the first language.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language for somebody whose browser prefers these, best first.
    pub fn choose<'a>(preferred: impl IntoIterator<Item = &'a str>) -> Self {
        let first = preferred.into_iter().next().unwrap_or("zh");
        if first.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The language of this tag, if it is one of the page's.
    pub fn of_tag(tag: &str) -> Option<Self> {
        [Self::Zh, Self::En].into_iter().find(|lang| lang.tag() == tag)
    }

    /// As `lang` of the document.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

impl Msg {
    /// The beginning of [`Msg::Heading`] that stays on one line.
    pub const HEADING_NAME: &'static str = "WebSocket chat";

    /// Why a request failed, by the reason that the server gave.
    pub fn why(code: Option<Code>) -> Self {
        code.map_or(Self::Unreachable, Self::refusal)
    }

    /// In this language, each `{}` replaced in order.
    pub fn fill(self, lang: Lang, parts: &[&str]) -> String {
        let mut pieces = self.say(lang).split("{}");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        let mut parts = parts.iter();
        for piece in pieces {
            text.push_str(parts.next().unwrap_or(&""));
            text.push_str(piece);
        }
        text
    }

    /// Why something was refused, and what to do about it.
    pub const fn refusal(code: Code) -> Self {
        match code {
            Code::BadMessage => Self::RefusedBadMessage,
            Code::BadName => Self::BadName,
            Code::NameTaken => Self::RefusedNameTaken,
            Code::RoomFull => Self::RefusedRoomFull,
            Code::RoomLocked => Self::RefusedRoomLocked,
            Code::RoomUnknown => Self::RefusedRoomUnknown,
            Code::Removed => Self::RefusedRemoved,
            Code::NotYours => Self::RefusedNotYours,
            Code::TooLate => Self::RefusedTooLate,
            Code::TooLong => Self::RefusedTooLong,
            Code::TooFast => Self::RefusedTooFast,
            Code::SlowMode => Self::RefusedSlowMode,
            Code::Muted => Self::RefusedMuted,
            Code::BlockedWord => Self::RefusedBlockedWord,
            Code::IdReused => Self::RefusedIdReused,
            Code::UnknownTarget => Self::RefusedUnknownTarget,
            Code::NotHost => Self::RefusedNotHost,
            Code::NoToken => Self::RefusedNoToken,
            Code::Version => Self::RefusedVersion,
            Code::Overloaded => Self::RefusedOverloaded,
            Code::StorageFailed => Self::RefusedStorageFailed,
            Code::SignedOut => Self::RefusedSignedOut,
            Code::BadCode => Self::RefusedBadCode,
            Code::TooManyDevices => Self::RefusedTooManyDevices,
        }
    }

    /// What is wrong with a name.
    pub const fn name_error(error: NameError) -> Self {
        match error {
            NameError::Empty => Self::BadName,
            NameError::TooShort => Self::NameTooShort,
            NameError::TooLong => Self::NameTooLong,
            NameError::Blank => Self::NameHasBlank,
            NameError::NotHan | NameError::Punctuation => Self::NameNotHan,
            NameError::MisplacedDot => Self::NameHasDot,
            NameError::Rare => Self::NameRare,
            NameError::Reserved => Self::NameReserved,
        }
    }

    /// Why the server ended the connection for good, and what to do about it.
    pub const fn bye(code: ByeCode) -> Self {
        match code {
            ByeCode::Left => Self::ByeLeft,
            ByeCode::Removed => Self::ByeRemoved,
            ByeCode::Deleted => Self::DeletedHeading,
            ByeCode::Version => Self::RefusedVersion,
            ByeCode::Idle => Self::ByeIdle,
            ByeCode::TooBig => Self::ByeTooBig,
            ByeCode::SignedOut => Self::RefusedSignedOut,
            ByeCode::Restarting | ByeCode::Overloaded => Self::RefusedOverloaded,
        }
    }
}

#[cfg(test)]
mod tests;
