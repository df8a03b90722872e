//! The buttons over the list: to the first unread message, and back to the newest one.

use shared::Seq;
use yew::{Callback, Html, html};

use super::press;
use super::use_jump_to_message::JumpTarget;
use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::unread::UnreadSummary;

/// The buttons. `away` is the last number there was when the person left the end, none while the end is in view; `follow` goes back
/// there. The number of new messages is announced, a button without one is not.
pub(super) fn jump_buttons(
    room: Option<&Room>,
    away: Option<Seq>,
    follow: &Callback<()>,
    target: &JumpTarget,
    lang: Lang,
) -> Html {
    let new = |count: &str| Msg::NewMessages.fill(lang, &[count]);
    let unread = room.and_then(Room::unread_summary).filter(|unread| !unread.is_seen);
    let latest = away.map(|away| room.map_or(0, |room| room.said_since(away)));
    let onlatest = {
        let (follow, JumpTarget { set, origin, .. }) = (follow.clone(), target.clone());
        Callback::from(move |()| {
            set.emit(None);
            origin.emit(None);
            follow.emit(());
        })
    };
    html! {
        <div class="jumps" role="status">
            if let Some(UnreadSummary { seq, count, or_more, .. }) = unread {
                <button id="jump-unread" class="btn" type="button" onclick={target.set.reform(move |_| Some(seq))}>
                    { new(&if or_more { format!("{}+", count.max(1)) } else { count.to_string() }) }
                </button>
            }
            if let Some(count) = latest {
                <button id="jump-latest" class="btn" type="button" onclick={press(&onlatest)}
                    aria-label={(count == 0).then(|| Msg::JumpLatest.say(lang))}>
                    if count != 0 {
                        { new(&count.to_string()) }
                    }
                </button>
            }
        </div>
    }
}
