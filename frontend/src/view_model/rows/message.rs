//! One message as it is drawn: what it says, what it answers, how far it is, and what may be done with it.

use std::rc::Rc;

use shared::limits::{EDIT_WITHIN_MS, RECALL_WITHIN_MS};
use shared::{MemberId, MessageId, Millis, Seq};

use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::outbox::{Command, DeliveryState, Outbox, OutboxItem};
use crate::state::timeline::{Entry, EntryKind, Message};

/// Of what is quoted so many characters are kept: one line has no room for more.
const QUOTED: usize = 80;

/// A message in the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The id its sender gave it.
    pub id: MessageId,
    /// Its number; none until it is confirmed.
    pub seq: Option<Seq>,
    /// When it was stored, or written.
    pub at: Millis,
    /// Who wrote it.
    pub name: Rc<str>,
    /// Whose it is; none for this page's own.
    pub by: Option<MemberId>,
    /// Whether it stands together with the one before.
    pub again: bool,
    /// What it answers.
    pub quote: Option<Quote>,
    /// What it says.
    pub text: Rc<str>,
    /// When it was last edited.
    pub edited: Option<Millis>,
    /// How many of the others have read it, of own ones.
    pub read_by: usize,
    /// Why it is not confirmed, of own ones.
    pub unsent: Option<DeliveryState>,
    /// What is being done to it.
    pub doing: Option<Doing>,
}

impl MessageView {
    /// Whether it is this page's own.
    pub const fn is_mine(&self) -> bool {
        self.by.is_none()
    }

    /// What tells it from every other message, before and after it is confirmed. Ids alone do not: nobody keeps a member
    /// from taking another one's.
    pub fn key(&self) -> String {
        match self.by {
            None => self.id.to_string(),
            Some(MemberId(by)) => format!("{by}-{}", self.id),
        }
    }
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// A message that is held: its number, and one line with who says what.
    Held(Seq, String),
    /// One that was taken back.
    Recalled,
    /// One that is not held.
    Elsewhere,
}

/// An edit or a recall of a message that is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doing {
    /// The id of the act.
    pub id: MessageId,
    /// Whether it takes the message back, or else edits it.
    pub recalls: bool,
    /// How far it is.
    pub state: DeliveryState,
}

/// What may be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAction {
    /// Answer it.
    Reply,
    /// Copy what it says.
    Copy,
    /// See who has read it.
    Readers,
    /// Give it another text.
    Edit,
    /// Take it back.
    Recall,
    /// Send it again.
    Retry,
    /// Put its text back into the composer.
    Revise,
    /// Give it up.
    GiveUp,
}

impl MessageAction {
    /// As scripts know it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Copy => "copy",
            Self::Readers => "readers",
            Self::Edit => "edit",
            Self::Recall => "recall",
            Self::Retry => "retry",
            Self::Revise => "revise",
            Self::GiveUp => "give-up",
        }
    }

    /// As it is called.
    pub const fn word(self) -> Msg {
        match self {
            Self::Reply => Msg::Reply,
            Self::Copy => Msg::Copy,
            Self::Readers => Msg::WhoRead,
            Self::Edit => Msg::Edit,
            Self::Recall => Msg::Recall,
            Self::Retry => Msg::Retry,
            Self::Revise => Msg::Revise,
            Self::GiveUp => Msg::GiveUp,
        }
    }
}

/// What may be done with a message now, in the order of the menu. The server has the last word.
pub fn deeds(room: &Room, message: &MessageView, now: Millis) -> Vec<MessageAction> {
    if message.seq.is_none() {
        let failed = matches!(message.unsent, Some(DeliveryState::Refused(_) | DeliveryState::Moved));
        return if failed {
            vec![MessageAction::Retry, MessageAction::Revise, MessageAction::Copy, MessageAction::GiveUp]
        } else {
            vec![MessageAction::Copy]
        };
    }
    let within = |limit: u64| message.is_mine() && now.0 < message.at.0.saturating_add(limit);
    let all = [
        (MessageAction::Reply, true),
        (MessageAction::Copy, true),
        (MessageAction::Readers, message.is_mine() && room.facts.capacity > 2),
        (MessageAction::Edit, within(EDIT_WITHIN_MS)),
        (MessageAction::Recall, room.host || within(RECALL_WITHIN_MS)),
    ];
    all.into_iter().filter_map(|(deed, may)| may.then_some(deed)).collect()
}

/// A message of the log; `again` and `read_by` are the list's to say.
pub(super) fn said_row(
    room: &Room,
    outbox: &Outbox,
    entry: &Entry,
    said: &Message,
    lang: Lang,
) -> MessageView {
    let name = room.name(said.by).cloned();
    let doing = outbox.items().iter().rev().find(|item| item.act.target() == Some(entry.seq));
    MessageView {
        id: said.id,
        seq: Some(entry.seq),
        at: entry.at,
        name: name.unwrap_or_else(|| Msg::Somebody.say(lang).into()),
        by: (said.by != room.me).then_some(said.by),
        again: false,
        quote: said.reply_to.map(|seq| quote(room, seq, lang)),
        text: Rc::clone(&said.text),
        edited: said.edited.map(|edit| edit.at),
        read_by: 0,
        unsent: None,
        doing: doing.map(|item| {
            let recalls = matches!(item.act, Command::Recall { .. });
            Doing { id: item.id, recalls, state: item.state }
        }),
    }
}

/// A message that is not stored yet.
pub(super) fn unsent_row(room: Option<&Room>, item: &OutboxItem, lang: Lang) -> MessageView {
    let (text, reply_to) = match &item.act {
        Command::Say { text, reply_to } => (text.as_str().into(), *reply_to),
        _ => (Rc::default(), None),
    };
    MessageView {
        id: item.id,
        seq: None,
        at: item.at,
        name: Rc::default(),
        by: None,
        again: false,
        quote: reply_to.map(|seq| room.map_or(Quote::Elsewhere, |room| quote(room, seq, lang))),
        text,
        edited: None,
        read_by: 0,
        unsent: Some(item.state),
        doing: None,
    }
}

/// What is said of a message where it is answered.
pub fn quote(room: &Room, seq: Seq, lang: Lang) -> Quote {
    match room.log.entries().of(seq).map(|entry| &entry.body) {
        Some(EntryKind::Message(said)) => {
            let name = room.name(said.by).map_or(Msg::Somebody.say(lang), |name| &**name);
            let line: String =
                said.text.chars().take(QUOTED).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
            Quote::Held(seq, Msg::Quoted.fill(lang, &[name, &line]))
        }
        Some(_) => Quote::Recalled,
        None => Quote::Elsewhere,
    }
}
