//! A question that stands before what cannot be undone. While it is asked, 取消 has the focus.

use yew::{Callback, Html, NodeRef, UseStateSetter, hook, html, use_node_ref};

use crate::hooks::erased::{use_default, use_effect_with};
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::{Lang, Msg};

use super::{focus, press};

/// The question.
pub(super) struct Question {
    /// Whether it is asked now.
    pub(super) asked: bool,
    cancel: NodeRef,
    setter: UseStateSetter<bool>,
}

/// The question, not asked at first.
#[hook]
pub(super) fn use_question() -> Question {
    let (asked, cancel) = (use_default::<bool>(), use_node_ref());
    use_effect_with((*asked, cancel.clone()), |(asked, cancel)| {
        if *asked {
            focus(cancel);
        }
    });
    let setter = asked.setter();
    use_back_to_close(*asked, &Callback::from(move |()| setter.set(false)));
    Question { asked: *asked, cancel, setter: asked.setter() }
}

impl Question {
    /// Asks it, or takes it back.
    pub(super) fn ask(&self, asks: bool) -> Callback<()> {
        let setter = self.setter.clone();
        Callback::from(move |()| setter.set(asks))
    }

    /// The button that takes it back.
    pub(super) fn cancel(&self, lang: Lang) -> Html {
        html! {
            <button ref={self.cancel.clone()} class="btn quiet" type="button" onclick={press(&self.ask(false))}>
                { Msg::Cancel.say(lang) }
            </button>
        }
    }
}
