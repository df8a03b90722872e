//! The question before the link of one's own seat is sent: the reader who opens it becomes that member.

use yew::{Callback, Html, Properties, component, html, use_node_ref};

use crate::components::{button, focus, press, use_lang};
use crate::hooks::erased::use_effect_with;
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::Msg;

/// What the question needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// The person sends the link anyway.
    pub(super) onconfirm: Callback<()>,
    /// The person does not.
    pub(super) oncancel: Callback<()>,
}

/// The question. 取消 gets the focus.
#[component]
pub(super) fn SeatLinkQuestion(props: &Props) -> Html {
    let lang = use_lang();
    let cancel = use_node_ref();
    use_effect_with(cancel.clone(), focus);
    use_back_to_close(true, &props.oncancel);
    html! {
        <div class="asking" role="alertdialog" aria-labelledby="seat-link-question">
            <p id="seat-link-question">{ Msg::SeatLinkQuestion.say(lang) }</p>
            { button("send-seat-link", "btn danger", Msg::Send, lang, &props.onconfirm) }
            <button ref={cancel} id="keep-seat-link" class="btn quiet" type="button" onclick={press(&props.oncancel)}>
                { Msg::Cancel.say(lang) }
            </button>
        </div>
    }
}
