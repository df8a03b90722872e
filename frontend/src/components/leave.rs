//! Oneself, and the way out. Whoever would lose more by it than a seat is asked first.

use yew::{AttrValue, Callback, Html, MouseEvent, Properties, component, html};

use super::use_question::use_question;
use super::{avatar, use_lang};
use crate::text::Word;

/// What this needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// One's name.
    pub me: AttrValue,
    /// Whether one is the room's host.
    pub host: bool,
    /// The person leaves the room.
    pub onleave: Callback<()>,
}

/// Oneself, and the way out.
#[component]
pub fn Leave(props: &Props) -> Html {
    let lang = use_lang();
    let question = use_question();
    let onleave = props.onleave.reform(|_: MouseEvent| ());
    if question.asked {
        return html! {
            <div class="me asking" role="alertdialog" aria-labelledby="host-leaves">
                <p id="host-leaves">{ Word::HostLeaves.say(lang) }</p>
                <button id="disconnect-anyway" class="btn danger" type="button" onclick={onleave}>
                    { Word::DisconnectAnyway.say(lang) }
                </button>
                <button ref={question.cancel.clone()} class="btn quiet" type="button" onclick={question.ask(false)}>{ Word::Cancel.say(lang) }</button>
            </div>
        };
    }
    html! {
        <div class="me">
            { avatar(&props.me) }
            <b>{ props.me.clone() }</b>
            <button id="disconnect" class="btn danger" type="button" onclick={if props.host { question.ask(true) } else { onleave }}>
                { Word::Disconnect.say(lang) }
            </button>
        </div>
    }
}
