//! The buttons over the list: to the first unread message, and back to the newest one.

use shared::Seq;
use yew::{Callback, Html, html};

use super::press;
use crate::i18n::{Lang, Msg};

/// Where the buttons lead.
pub(super) struct Jumps {
    /// The first unread message, and how many there are; none where that is in view already.
    pub(super) unread: Option<(Seq, usize)>,
    /// How many new messages stand below; none where the end is in view.
    pub(super) latest: Option<usize>,
    /// Goes to a message.
    pub(super) onunread: Callback<Seq>,
    /// Goes to the end.
    pub(super) onlatest: Callback<()>,
}

/// The buttons. The number of new messages is announced, a button without one is not.
pub(super) fn jump_buttons(jumps: &Jumps, lang: Lang) -> Html {
    let new = |count: usize| Msg::NewMessages.fill(lang, &[&count.to_string()]);
    html! {
        <div class="jumps" role="status">
            if let Some((seq, count)) = jumps.unread {
                <button id="jump-unread" class="btn" type="button" onclick={jumps.onunread.reform(move |_| seq)}>
                    { new(count) }
                </button>
            }
            if let Some(count) = jumps.latest {
                <button id="jump-latest" class="btn" type="button" onclick={press(&jumps.onlatest)}
                    aria-label={(count == 0).then(|| Msg::JumpLatest.say(lang))}>
                    if count != 0 {
                        { new(count) }
                    }
                </button>
            }
        </div>
    }
}
