//! Oneself, and the way out. Whoever would lose more by it than a seat is asked first.

use yew::{AttrValue, Callback, Html, Properties, component, html};

use super::use_question::use_question;
use super::{avatar, button, use_lang};
use crate::i18n::Msg;

/// What this needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// One's name.
    pub me: AttrValue,
    /// Whether one is the room's host.
    pub host: bool,
    /// Whether the server is connected.
    pub up: bool,
    /// The person leaves the room.
    pub onleave: Callback<()>,
}

/// Oneself, and the way out.
#[component]
pub fn Leave(props: &Props) -> Html {
    let lang = use_lang();
    let question = use_question();
    if question.asked {
        return html! {
            <div class="me asking" role="alertdialog" aria-labelledby="host-leaves">
                <p id="host-leaves">{ if props.host { Msg::HostLeaves } else { Msg::OfflineLeaves }.say(lang) }</p>
                { button("disconnect-anyway", "btn danger", Msg::DisconnectAnyway, lang, &props.onleave) }
                { question.cancel(lang) }
            </div>
        };
    }
    let asks = props.host || !props.up;
    let ondisconnect = if asks { question.ask(true) } else { props.onleave.clone() };
    html! {
        <div class="me">
            { avatar(&props.me) }
            <b>{ props.me.clone() }</b>
            { button("disconnect", "btn danger", Msg::Disconnect, lang, &ondisconnect) }
        </div>
    }
}
