//! What is put into the box from outside: the text of a message that is edited, or one that was taken back. What was
//! written there before an edit is there again after it.

use std::rc::Rc;

use shared::Seq;
use web_sys::HtmlTextAreaElement;
use yew::{Callback, NodeRef, hook, use_effect_with, use_mut_ref};

/// What the box is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Put {
    /// The message that is answered.
    pub reply_to: Option<Seq>,
    /// The message that is edited, and what it says.
    pub edits: Option<(Seq, Rc<str>)>,
    /// A text to be written anew; the number tells one wish from the next.
    pub anew: Option<(u32, Rc<str>)>,
}

/// Puts it into the field, which gets the focus; `onput` hears that its text is another one.
#[hook]
pub(super) fn use_put(field: &NodeRef, put: &Put, onput: Callback<()>) {
    let before = use_mut_ref(|| None::<String>);
    {
        let (field, onput) = (field.clone(), onput.clone());
        use_effect_with(put.edits.clone(), move |edits| {
            let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
            match edits {
                Some((_, text)) => {
                    before.borrow_mut().get_or_insert_with(|| field.value());
                    field.set_value(text);
                }
                None => match before.take() {
                    Some(text) => field.set_value(&text),
                    None => return,
                },
            }
            onput.emit(());
            let _ = field.focus();
        });
    }
    {
        let field = field.clone();
        use_effect_with(put.anew.clone(), move |anew| {
            if let (Some((_, text)), Some(field)) = (anew, field.cast::<HtmlTextAreaElement>()) {
                let draft = field.value();
                field.set_value(&if draft.trim().is_empty() {
                    text.to_string()
                } else {
                    format!("{draft}\n{text}")
                });
                onput.emit(());
                let _ = field.focus();
            }
        });
    }
    let field = field.clone();
    use_effect_with(put.reply_to, move |reply_to| {
        if let (Some(_), Some(field)) = (reply_to, field.cast::<HtmlTextAreaElement>()) {
            let _ = field.focus();
        }
    });
}
