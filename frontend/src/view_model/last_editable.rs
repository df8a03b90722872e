//! Finds the message that ↑ in an empty text box edits.

use shared::limits::EDIT_WITHIN_MS;
use shared::{MemberId, Millis, Seq};

use crate::state::timeline::{EntryKind, Log};

/// The last message of `me`, if it may still be edited. The server has the last word.
pub fn last_editable(log: &Log, me: MemberId, now: Millis) -> Option<Seq> {
    let last = log.entries().iter().rev().find(|entry| match &entry.body {
        EntryKind::Message(said) => said.by == me,
        _ => false,
    })?;
    (now.0 < last.at.0.saturating_add(EDIT_WITHIN_MS)).then_some(last.seq)
}

#[cfg(test)]
mod tests {
    use shared::{Event, Fact, MessageId, Text};

    use super::*;

    const ME: MemberId = MemberId(1);
    const OTHER: MemberId = MemberId(2);

    fn log(said_by: &[MemberId]) -> Log {
        let mut log = Log::default();
        for (n, by) in (1..).zip(said_by) {
            let text = Text::parse("好").unwrap();
            let id = MessageId::new(Millis(n), &[7; 10]);
            let fact = Fact::Said { by: *by, id, text, reply_to: None, edited: None };
            log.fold(Event { seq: Seq(n), at: Millis(n), fact }).unwrap();
        }
        log
    }

    #[test]
    fn last_own_message_is_edited() {
        assert_eq!(last_editable(&log(&[ME, ME, OTHER, OTHER]), ME, Millis(10)), Some(Seq(2)));
    }

    #[test]
    fn others_and_old_messages_are_not_edited() {
        assert_eq!(last_editable(&log(&[OTHER]), ME, Millis(10)), None);
        assert_eq!(last_editable(&log(&[]), ME, Millis(10)), None);
        assert_eq!(last_editable(&log(&[ME]), ME, Millis(1 + EDIT_WITHIN_MS)), None);
    }
}
