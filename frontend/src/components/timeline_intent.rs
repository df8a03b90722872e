//! What a person wants done with a message of the list.

use std::rc::Rc;

use shared::{MessageId, Seq};

use crate::view_model::rows::MessageAction;

/// What the person wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimelineIntent {
    /// Reply to a message.
    Reply(Seq),
    /// Edit a message.
    Edit(Seq),
    /// Recall a message.
    Recall(Seq),
    /// Write a recalled text anew.
    Anew(Rc<str>),
    /// Put the text of what failed back into the composer.
    Revise(MessageId),
    /// Send again what failed.
    Retry(MessageId),
    /// Give up what failed.
    GiveUp(MessageId),
}

impl TimelineIntent {
    /// The intent behind an action on a message that is in the log at `seq`, or unsent with this id. None if the list itself
    /// carries the action out.
    pub(super) fn of(action: MessageAction, seq: Option<Seq>, id: MessageId) -> Option<Self> {
        Some(match action {
            MessageAction::Reply => Self::Reply(seq?),
            MessageAction::Edit => Self::Edit(seq?),
            MessageAction::Recall => Self::Recall(seq?),
            MessageAction::Revise => Self::Revise(id),
            MessageAction::Retry => Self::Retry(id),
            MessageAction::GiveUp => Self::GiveUp(id),
            _ => return None,
        })
    }
}
