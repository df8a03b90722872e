//! Puts a text into the composer from outside: that of a message to be edited, revised, or written anew. What was written
//! there before an edit is there again after it.

use std::rc::Rc;

use shared::Seq;
use web_sys::HtmlTextAreaElement;
use yew::{Callback, NodeRef, hook, use_mut_ref};

use crate::hooks::erased::use_effect_with;
use crate::state::outbox::Command;

/// What the composer is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Put {
    /// The message that is answered.
    pub reply_to: Option<Seq>,
    /// The message that is edited, and the text to begin with.
    pub edits: Option<(Seq, Rc<str>)>,
    /// A text to be written anew. The number tells one request from the next.
    pub anew: Option<(u32, Rc<str>)>,
}

impl Put {
    /// Neither an answer nor an edit is written any more.
    pub fn clear(&mut self) {
        (self.reply_to, self.edits) = (None, None);
    }

    /// A message is answered.
    pub fn reply(&mut self, seq: Seq) {
        (self.reply_to, self.edits) = (Some(seq), None);
    }

    /// A message is edited.
    pub fn edit(&mut self, seq: Seq, text: Rc<str>) {
        (self.reply_to, self.edits) = (None, Some((seq, text)));
    }

    /// A text is written anew, perhaps as an answer.
    pub fn write(&mut self, text: Rc<str>, reply_to: Option<Seq>) {
        (self.reply_to, self.edits) = (reply_to, None);
        self.anew = Some((self.anew.as_ref().map_or(0, |(request, _)| request + 1), text));
    }

    /// A refused command is written again. Commands without a text change nothing.
    pub fn revise(&mut self, command: &Command) {
        match command {
            Command::Say { text, reply_to } => self.write(text.as_str().into(), *reply_to),
            Command::Edit { seq, text } => self.edit(*seq, text.as_str().into()),
            _ => {}
        }
    }
}

/// Puts it into the field, which gets the focus; `onput` hears that its text is another one.
#[hook]
pub(super) fn use_put(field: &NodeRef, put: &Put, onput: Callback<()>) {
    let known = use_mut_ref(|| (Put::default(), None::<String>));
    let field = field.clone();
    use_effect_with(put.clone(), move |put| {
        let (known, before) = &mut *known.borrow_mut();
        let Some(field) = field.cast::<HtmlTextAreaElement>().filter(|_| known != put) else {
            return;
        };
        let written = field.value();
        let text = match (&put.edits, &put.anew) {
            (Some((_, text)), _) if known.edits != put.edits => {
                before.get_or_insert(written);
                Some(text.to_string())
            }
            (None, anew) => {
                let ended = known.edits.is_some().then(|| before.take().unwrap_or_default());
                match anew.as_ref().filter(|_| known.anew != put.anew) {
                    Some((_, text)) => Some(behind(&ended.unwrap_or(written), text)),
                    None => ended,
                }
            }
            _ => None,
        };
        if let Some(text) = text {
            field.set_value(&text);
            onput.emit(());
        }
        *known = put.clone();
        let _ = field.focus();
    });
}

/// A text behind what is written already.
fn behind(written: &str, text: &str) -> String {
    if written.trim().is_empty() { text.to_owned() } else { format!("{written}\n{text}") }
}
