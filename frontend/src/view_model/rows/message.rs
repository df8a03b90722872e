//! One message as it is drawn: its text, what it quotes, its state, and what may be done with it.

use std::borrow::Cow;
use std::rc::Rc;

use shared::appearance::without_bidi_controls;
use shared::grapheme;
use shared::limits::{EDIT_WITHIN_MS, RECALL_WITHIN_MS};
use shared::{MemberId, MessageId, Millis, Seq};

use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::outbox::{Command, DeliveryState, Outbox, OutboxItem};
use crate::state::timeline::{EntryKind, Message};

/// Most characters of a quoted message: one line has no room for more.
const QUOTED_MAX: usize = 80;
/// Most lines of a message that is shown whole.
const WHOLE_LINES: usize = 20;
/// Width of a line on a phone, in ASCII characters. A Chinese character is as wide as two of them.
const LINE_WIDTH: usize = 36;

/// A message in the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The id its sender gave it.
    pub id: MessageId,
    /// Its number; none until it is confirmed.
    pub seq: Option<Seq>,
    /// When it was stored, or written.
    pub at: Millis,
    /// The author's name.
    pub name: Rc<str>,
    /// The author; none for this page's member.
    pub by: Option<MemberId>,
    /// Whether the author is the room's host.
    pub by_host: bool,
    /// Whether it belongs to the group of the message before.
    pub again: bool,
    /// Whether nothing below it says its state: it is the last of its group, or the next one has another state.
    pub ends_group: bool,
    /// What it replies to.
    pub quote: Option<Quote>,
    /// Whether the quoted message was edited after this reply was sent.
    pub quote_is_edited: bool,
    /// Its text as it may be shown.
    pub text: Rc<str>,
    /// When it was last edited.
    pub edited: Option<Millis>,
    /// How many of the others have read it, of own ones.
    pub read_by: usize,
    /// Why it is not confirmed, of own ones.
    pub unsent: Option<DeliveryState>,
    /// What is being done to it.
    pub doing: Option<Doing>,
    /// This page's member's name, in messages of others.
    pub me: Option<Rc<str>>,
    /// Who is there now, of a message that was written to somebody else.
    pub partner: Option<Rc<str>>,
}

impl MessageView {
    /// Whether it is this page's own.
    pub const fn is_mine(&self) -> bool {
        self.by.is_none()
    }

    /// The message that it replies to, if that is not held.
    pub const fn missing_quote(&self) -> Option<Seq> {
        match self.quote {
            Some(Quote::Elsewhere(seq)) => Some(seq),
            _ => None,
        }
    }

    /// A key that no other message has, before and after it is confirmed. Ids alone are not unique: a member may use the id
    /// of another member's message.
    pub fn key(&self) -> String {
        match self.by {
            None => self.id.to_string(),
            Some(MemberId(by)) => format!("{by}-{}", self.id),
        }
    }

    /// Whether it is so long that on a phone only its beginning is shown at first. In a wider window it may fit.
    pub fn is_long(&self) -> bool {
        let width = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let lines = self.text.split('\n').map(|line| width(line).div_ceil(LINE_WIDTH).max(1));
        WHOLE_LINES < lines.sum()
    }

    /// Whether one state below the next message of the group speaks for both.
    ///
    /// A message on its way counts like one that nobody has read. So nothing moves while it is sent.
    pub(super) fn has_same_state(&self, next: &Self) -> bool {
        let is_settled = self.unsent.is_none() && self.doing.is_none();
        let next_failed = matches!(next.unsent, Some(DeliveryState::Refused(_) | DeliveryState::Moved));
        is_settled && !next_failed && self.read_by == next.read_by
    }
}

/// What a message replies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// A message that is held: its number, its author, and the beginning of its text in one line; no text if it was edited after
    /// the reply.
    Held(Seq, Rc<str>, String),
    /// A recalled message.
    Recalled,
    /// A message that is not held.
    Elsewhere(Seq),
}

/// An edit or a recall of a message that is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doing {
    /// The id of the command.
    pub id: MessageId,
    /// Whether it recalls the message, or else edits it.
    pub recalls: bool,
    /// Its delivery state.
    pub state: DeliveryState,
}

/// What may be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAction {
    /// Reply to it.
    Reply,
    /// Copy its text.
    Copy,
    /// Select its text, to copy a part.
    SelectText,
    /// Show who has read it.
    Readers,
    /// Edit it.
    Edit,
    /// Recall it.
    Recall,
    /// Send it again.
    Retry,
    /// Put its text back into the composer.
    Revise,
    /// Give it up.
    GiveUp,
    /// Open the link in it that was pressed.
    OpenLink,
    /// Copy that link.
    CopyLink,
}

impl MessageAction {
    /// Its name in the page, for scripts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Copy => "copy",
            Self::SelectText => "select-text",
            Self::Readers => "readers",
            Self::Edit => "edit",
            Self::Recall => "recall",
            Self::Retry => "retry",
            Self::Revise => "revise",
            Self::GiveUp => "give-up",
            Self::OpenLink => "open-link",
            Self::CopyLink => "copy-link",
        }
    }

    /// Its label.
    pub const fn word(self) -> Msg {
        match self {
            Self::Reply => Msg::Reply,
            Self::Copy => Msg::Copy,
            Self::SelectText => Msg::SelectText,
            Self::Readers => Msg::WhoRead,
            Self::Edit => Msg::Edit,
            Self::Recall => Msg::Recall,
            Self::Retry => Msg::Retry,
            Self::Revise => Msg::Revise,
            Self::GiveUp => Msg::GiveUp,
            Self::OpenLink => Msg::OpenLink,
            Self::CopyLink => Msg::CopyLink,
        }
    }
}

/// The circumstances in which a menu opens.
#[derive(Debug, Clone, Copy, Default)]
pub struct MenuContext {
    /// The server's time.
    pub now: Millis,
    /// Whether a finger opened it. A mouse selects text without a menu.
    pub is_touch: bool,
    /// Whether a link in the message was pressed.
    pub on_link: bool,
    /// Whether the message was never sent on any connection.
    pub can_discard: bool,
}

/// What may be done with a message now, in the order of the menu. The server has the last word. Copying is always possible.
pub fn actions(room: Option<&Room>, message: &MessageView, context: MenuContext) -> Vec<MessageAction> {
    use MessageAction::{
        Copy, CopyLink, Edit, GiveUp, OpenLink, Readers, Recall, Reply, Retry, Revise, SelectText,
    };
    let MenuContext { now, is_touch, on_link, can_discard } = context;
    let is_stored = message.seq.is_some();
    let failed = matches!(message.unsent, Some(DeliveryState::Refused(_) | DeliveryState::Moved));
    let within = |limit: u64| message.is_mine() && now.0 < message.at.0.saturating_add(limit);
    let room = room.filter(|_| is_stored);
    let all = [
        (OpenLink, on_link),
        (CopyLink, on_link),
        (Retry, failed),
        (Revise, failed && !is_stored),
        (Reply, room.is_some()),
        (Copy, true),
        (SelectText, is_touch),
        (Readers, message.is_mine() && room.is_some_and(|room| !room.is_pair())),
        (Edit, room.is_some() && within(EDIT_WITHIN_MS)),
        (Recall, room.is_some_and(|room| room.host || within(RECALL_WITHIN_MS))),
        (GiveUp, failed || (!is_stored && can_discard)),
    ];
    all.into_iter().filter_map(|(action, may)| may.then_some(action)).collect()
}

/// A message of the log. The list sets `again`, `ends_group` and `read_by`.
pub(super) fn said_row(
    room: &Room,
    outbox: &Outbox,
    seq: Seq,
    at: Millis,
    said: &Message,
    lang: Lang,
) -> MessageView {
    let name = room.name(said.by).cloned();
    let doing = outbox.items().iter().rev().find(|item| item.act.target() == Some(seq));
    let quoted = said.reply_to.and_then(|target| room.said(target));
    let quote_is_edited = quoted.and_then(|quoted| quoted.edited).is_some_and(|edit| seq < edit.seq);
    MessageView {
        id: said.id,
        seq: Some(seq),
        at,
        name: name.unwrap_or_else(|| Msg::Somebody.say(lang).into()),
        by: (said.by != room.me).then_some(said.by),
        by_host: room.facts.host == Some(said.by),
        again: false,
        ends_group: true,
        quote: said.reply_to.map(|target| match quote(room, target, lang) {
            // Nobody replied to what the message says now, and what it said is deleted.
            Quote::Held(target, name, _) if quote_is_edited => Quote::Held(target, name, String::new()),
            quote => quote,
        }),
        quote_is_edited,
        text: shown(&said.text),
        edited: said.edited.map(|edit| edit.at),
        read_by: 0,
        unsent: None,
        doing: doing.map(|item| {
            let recalls = matches!(item.act, Command::Recall { .. });
            Doing { id: item.id, recalls, state: item.state }
        }),
        me: room.name(room.me).filter(|_| said.by != room.me).cloned(),
        partner: None,
    }
}

/// A message that is not stored yet.
pub(super) fn unsent_row(room: Option<&Room>, item: &OutboxItem, lang: Lang) -> MessageView {
    let (text, reply_to) = match &item.act {
        Command::Say { text, reply_to } => (shown(&text.as_str().into()), *reply_to),
        _ => (Rc::default(), None),
    };
    MessageView {
        id: item.id,
        seq: None,
        at: item.at,
        name: Rc::default(),
        by: None,
        by_host: false,
        again: false,
        ends_group: true,
        quote: reply_to.map(|seq| room.map_or(Quote::Elsewhere(seq), |room| quote(room, seq, lang))),
        quote_is_edited: false,
        text,
        edited: None,
        read_by: 0,
        unsent: Some(item.state),
        doing: None,
        me: None,
        partner: room
            .filter(|_| item.state == DeliveryState::Moved)
            .and_then(|room| room.name(room.partner()?).cloned()),
    }
}

fn shown(text: &Rc<str>) -> Rc<str> {
    match without_bidi_controls(text) {
        Cow::Borrowed(_) => Rc::clone(text),
        Cow::Owned(text) => text.into(),
    }
}

/// The beginning of a text, as it may be shown in one line.
pub(crate) fn one_line(text: &str) -> String {
    grapheme::beginning(&without_bidi_controls(text), QUOTED_MAX).replace(char::is_whitespace, " ")
}

/// What is shown of a message where it is quoted.
pub fn quote(room: &Room, seq: Seq, lang: Lang) -> Quote {
    match room.entry(seq).map(|entry| &entry.body) {
        Some(EntryKind::Message(said)) => {
            let name = room.name(said.by).cloned().unwrap_or_else(|| Msg::Somebody.say(lang).into());
            Quote::Held(seq, name, one_line(&said.text))
        }
        Some(_) => Quote::Recalled,
        None => Quote::Elsewhere(seq),
    }
}
