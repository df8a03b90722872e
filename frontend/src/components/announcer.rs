//! Reads new messages of others, and what failed, aloud to those who use a screen reader.

use yew::{Html, hook, html, use_mut_ref};

use crate::i18n::Lang;
use crate::state::Room;
use crate::state::outbox::Outbox;
use crate::view_model::announcements::{Announced, failures};

/// Live regions out of sight. They exist from the start, and a message that arrives is added.
///
/// The list itself is no live region: rows are drawn and removed there as one scrolls.
#[hook]
pub(super) fn use_announcer(room: Option<&Room>, outbox: &Outbox, lang: Lang) -> Html {
    let announced = use_mut_ref(Announced::default);
    let lines = room.map(|room| announced.borrow_mut().lines(room, lang)).unwrap_or_default();
    let failures = failures(outbox, lang);
    html! {
        <>
            <div id="announcer" class="unseen" aria-live="polite" aria-relevant="additions">
                { for lines.into_iter().map(|(seq, line)| html! { <p key={seq.0}>{ line }</p> }) }
            </div>
            <div id="failures" class="unseen" role="alert" aria-atomic="false" aria-relevant="additions">
                { for failures.into_iter().map(|(id, line)| html! { <p key={id.to_string()}>{ line }</p> }) }
            </div>
        </>
    }
}
