//! What can be proposed to a room, and what comes of it. The rules themselves are in [`super::state`].

use serde::{Deserialize, Serialize};
use shared::limits::LOBBY_CAPACITY;
use shared::{Code, Epoch, Event, Fact, History, MemberId, MessageId, Millis, Name, NameRule, Seq, Title};

use crate::names::Folded;

use super::seal::{Seal, Secret, TokenHash};
use super::words::Words;

mod act;
pub mod wire;

pub use act::{Act, NewTitle, Permit};

/// A wish to change a room, with all that its edge had to add.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The edge's clock.
    pub at: Millis,
    /// What is wished.
    pub wish: Wish,
}

/// What is wished.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// That the room exist. Void if it does.
    #[serde(with = "wire::whole")]
    Open(Settings),
    /// That the room be loaded, if it exists.
    Look,
    /// A seat.
    Join {
        /// What was typed.
        name: Box<str>,
        /// What it is compared by.
        folded: Folded,
        /// Of the token shown.
        token: TokenHash,
    },
    /// To do something under an id of one's own: stored once, however often it comes.
    Act {
        /// Who.
        by: Standing,
        /// The page's id.
        id: MessageId,
        /// What.
        act: Act,
        /// Of an edit: what the text that it replaces is sealed with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
    },
    /// To give the seat back.
    Leave {
        /// Who.
        by: Standing,
        /// In case the room starts afresh.
        fresh: Epoch,
    },
    /// To free the seat of somebody not heard of since then. Void if it was.
    Away {
        /// Who.
        member: MemberId,
        /// The last time anything was heard of it.
        since: Millis,
        /// In case the room starts afresh.
        fresh: Epoch,
    },
    /// To recall a message of a member whom the host removed with all of its messages. Void if it was.
    RecallForRemoval {
        /// Who was removed.
        member: MemberId,
        /// The message.
        target: Seq,
        /// What the recall is signed with.
        id: MessageId,
    },
    /// That the room be no more, by whoever shows its host's token.
    Delete {
        /// Of the token shown.
        token: TokenHash,
    },
    /// That the room be no more, since nobody ever came. Void if somebody did.
    Expire,
}

/// As whom a session speaks: void once that seat was freed, even if the member has another since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The member.
    pub member: MemberId,
    /// The number of the `joined` that gave the seat.
    pub since: Seq,
}

/// What a room was opened with. It stands in its `opened` record, so that later flags change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// This life of the log.
    pub epoch: Epoch,
    /// Seats.
    #[serde(skip)]
    pub capacity: u32,
    /// Its name, to begin with.
    #[serde(skip)]
    pub title: Option<Title>,
    /// What a newcomer may read.
    pub history: History,
    /// Which names are let in.
    pub names: NameRule,
    /// How long a seat is kept for somebody without a connection, in milliseconds.
    pub hold_ms: u64,
    /// Whether the room starts afresh when its last seat is freed.
    pub restarts: bool,
    /// Of the host's token, if there is a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<TokenHash>,
}

impl Settings {
    /// The lobby's.
    pub fn lobby(epoch: Epoch, hold_ms: u64) -> Self {
        Self {
            epoch,
            capacity: LOBBY_CAPACITY,
            title: None,
            history: History::FromJoin,
            names: NameRule::Common,
            hold_ms,
            restarts: true,
            host: None,
        }
    }

    /// From which number on the holder of this seat may read.
    pub fn floor(&self, by: Standing) -> Seq {
        match self.history {
            History::All => Seq(0),
            History::FromJoin => by.since,
        }
    }
}

/// What is stored: the public event, and what rebuilding the room needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What members see.
    pub event: Event,
    /// What they do not.
    pub private: Private,
}

/// The part of a record that never leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Private {
    /// Nothing.
    None,
    /// Of `opened`.
    Opened(Box<Settings>),
    /// Of `joined`.
    Joined {
        /// Of the member's token.
        token: TokenHash,
        /// What its name was compared by when it joined. Stored, and not read: tables change.
        folded: Folded,
    },
    /// What the event's id is bound to. Of events that an earlier version stored.
    Sealed(Seal),
    /// Of `edited`: what the id of the message is bound to, of which the message itself does not tell any more.
    Edited(Seal),
    /// Of `set`, when the host changed the words that are not allowed.
    Words(Words),
    /// Of `left`, when the host took the seat.
    Removed {
        /// The host.
        by: MemberId,
        /// The id of the removal.
        id: MessageId,
        /// Whether the token is banned.
        ban: bool,
        /// Whether all of the member's messages are recalled.
        recall: bool,
    },
    /// Of `recalled`, when the message went because its author was removed.
    RecalledForRemoval {
        /// The author.
        member: MemberId,
    },
    /// Of `muted`: what the host asked for.
    Muted {
        /// For how many seconds; 0 lifts the mute.
        for_s: u32,
    },
    /// Of `devices`, when a token was added.
    DeviceAdded {
        /// Of the token.
        token: TokenHash,
        /// Whether it is a recovery link's.
        once: bool,
        /// Of the token that was shown for it.
        shown: TokenHash,
    },
    /// Of `devices`, when the others were signed out.
    OthersSignedOut {
        /// Of the token that is valid afterwards. It may be new.
        kept: TokenHash,
    },
}

/// What the rules need to know from storage about a proposal; see [`super::state::RoomState::asks`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What was stored under the proposal's id, long ago or just now.
    pub stored: Option<StoredId>,
    /// The event that the proposal speaks of.
    pub target: Option<Box<Event>>,
    /// The newest edit of that event.
    pub edit: Option<Box<Record>>,
}

/// An id that was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredId {
    /// Its number.
    pub seq: Seq,
    /// What it is bound to; nothing once it was recalled.
    pub bound: Option<Bound>,
}

/// What an id is bound to: it was given to this, and is refused for anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// To this.
    Act(Box<Act>),
    /// To what is told from other things by this seal.
    Seal(Seal),
}

impl Bound {
    /// Whether this is what it was given to.
    pub fn holds(&self, act: &Act) -> bool {
        match self {
            Self::Act(stored) => act.repeats(stored),
            Self::Seal(seal) => seal.holds(act),
        }
    }
}

/// What must be looked up before a proposal can be decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// Was this member's id used before?
    pub id: Option<(MemberId, MessageId)>,
    /// What is this number, and its newest edit?
    pub target: Option<Seq>,
}

/// What a proposal comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be stored.
    pub record: Option<Record>,
    /// What is to stand at these numbers from now on, in place of a text that is no more. A `gone` has nothing private.
    pub rewrites: Vec<Event>,
    /// After this record this life of the room is over.
    pub end: Option<End>,
    /// What the proposer is told. Nothing where the event itself tells it.
    pub answer: Option<Answer>,
}

/// What comes after a life of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Another one, with an empty log and these settings.
    Afresh(Box<Settings>),
    /// Nothing: the room does not exist any more.
    Deleted,
}

impl Record {
    /// Who signed it, and under which id.
    pub const fn signed(&self) -> Option<(MemberId, MessageId)> {
        if let Private::Removed { by, id, .. } = &self.private {
            return Some((*by, *id));
        }
        match &self.event.fact {
            Fact::Said { by, id, .. }
            | Fact::Edited { by, id, .. }
            | Fact::Recalled { by, id, .. }
            | Fact::Gone { by, id, .. }
            | Fact::Locked { by, id, .. }
            | Fact::Set { by, id, .. }
            | Fact::Muted { by, id, .. }
            | Fact::Unbanned { by, id, .. }
            | Fact::Devices { by, id, .. } => Some((*by, *id)),
            Fact::Opened { .. } | Fact::Joined { .. } | Fact::Left { .. } | Fact::Unknown => None,
        }
    }

    /// What its id is bound to, as far as it tells; of a message that was `edited` the newest edit tells it.
    pub fn bound(&self, edited: Option<&Self>) -> Option<Bound> {
        if let Some(Private::Edited(seal)) = edited.map(|edit| &edit.private) {
            return Some(Bound::Seal(*seal));
        }
        let act = match (&self.event.fact, &self.private) {
            (_, Private::Sealed(seal)) => return Some(Bound::Seal(*seal)),
            (Fact::Said { text, reply_to, edited: None, .. }, _) => {
                Act::Say { text: text.clone(), reply_to: *reply_to }
            }
            (Fact::Edited { target, text, .. }, _) => Act::Edit { target: *target, text: text.clone() },
            (Fact::Recalled { target, .. }, _) => Act::Recall { target: *target },
            (Fact::Left { member, .. }, Private::Removed { ban, recall, .. }) => {
                Act::Remove { member: *member, ban: *ban, recall: *recall }
            }
            (Fact::Unbanned { member, .. }, _) => Act::Unban { member: *member },
            (Fact::Muted { member, .. }, Private::Muted { for_s }) => {
                Act::Mute { member: *member, for_s: *for_s }
            }
            (Fact::Locked { locked, .. }, _) => Act::Lock { locked: *locked },
            (_, Private::DeviceAdded { token, once, shown }) => {
                Act::AddDevice { token: *token, once: *once, shown: *shown, permit: Permit::default() }
            }
            (_, Private::OthersSignedOut { kept }) => Act::SignOutOthers { kept: *kept, shown: None },
            (Fact::Set { title, slow_s, .. }, private) => {
                let title = title.as_deref().and_then(|title| NewTitle::from_stored(title).ok());
                let words = if let Private::Words(words) = private { Some(words.clone()) } else { None };
                Act::Set { title, slow_s: *slow_s, words }
            }
            _ => return None,
        };
        Some(Bound::Act(Box::new(act)))
    }
}

impl Outcome {
    /// One record, and nothing to say.
    pub fn of(event: Event, private: Private) -> Self {
        Self { record: Some(Record { event, private }), ..Self::default() }
    }

    /// Nothing but an answer.
    pub fn told(answer: Answer) -> Self {
        Self { answer: Some(answer), ..Self::default() }
    }

    /// Nothing but a refusal.
    pub fn refused(code: Code, id: Option<MessageId>) -> Self {
        Self::told(Answer::Refused { code, id, retry_after_ms: None })
    }
}

/// What a proposer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The room is there.
    Here,
    /// The seat is yours.
    Seated {
        /// As whom to speak.
        standing: Standing,
        /// Under which name.
        name: Name,
        /// Whether it is the host's.
        host: bool,
    },
    /// The token was added.
    DeviceAdded,
    /// This id was stored before.
    Stored {
        /// The id.
        id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Nothing was changed.
    Refused {
        /// Why.
        code: Code,
        /// The frame's id.
        id: Option<MessageId>,
        /// When to come again, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}
