//! What stands above the first row and below the last one: whether there is more, and what became of it.

use yew::{Callback, Html, html};

use super::press;
use crate::i18n::{Lang, Msg};
use crate::state::HistoryState;

/// The line at an edge of what is held; `onretry` asks for more. It is as high whatever it says, so that nothing moves when it
/// changes.
pub(super) fn history_edge(
    id: &'static str,
    state: HistoryState,
    words: [Msg; 2],
    onretry: &Callback<()>,
    lang: Lang,
) -> Html {
    let [loading, failed] = words;
    let said = match state {
        HistoryState::Beginning => return Html::default(),
        HistoryState::More => Html::default(),
        HistoryState::Loading => html! { loading.say(lang) },
        HistoryState::Failed => html! {
            <>
                { failed.say(lang) }{ " · " }
                <button class="retry" type="button" onclick={press(onretry)}>{ Msg::Retry.say(lang) }</button>
            </>
        },
    };
    html! { <div {id} class="note edge">{ said }</div> }
}
