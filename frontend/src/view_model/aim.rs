//! The line above the text box that names the message which is answered or edited.

use shared::Seq;

use super::rows::{Quote, one_line, quote};
use crate::i18n::{Lang, Msg};
use crate::state::Room;

/// The use of the text box, if it is not for a new message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// An answer to a message.
    Reply(Seq),
    /// A new text for a message.
    Edit(Seq),
}

/// The line about an [`Aim`], in two parts: the action, and the text of the message, which may run in another direction.
pub fn aim_line(room: &Room, aim: Aim, lang: Lang) -> (String, String) {
    match aim {
        // One's own name says nothing.
        Aim::Edit(seq) => {
            let text = room.said(seq).map(|said| one_line(&said.text)).unwrap_or_default();
            (Msg::Editing.fill(lang, &[]), text)
        }
        Aim::Reply(seq) => {
            let (name, text) = match quote(room, seq, lang) {
                Quote::Held(_, name, text) => (Msg::Quoted.fill(lang, &[&name, ""]), text),
                Quote::Recalled | Quote::Elsewhere(_) => Default::default(),
            };
            (Msg::Replying.fill(lang, &[&name]), text)
        }
    }
}
