//! One message. What a person wrote is a text node and never anything else.

use shared::MessageId;
use yew::{Callback, Html, MouseEvent, Properties, classes, component, html};

use super::{avatar, use_lang};
use crate::browser;
use crate::outbox::State;
use crate::rows::Message;
use crate::text::{Lang, Word};

/// What a message needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The message.
    pub message: Message,
    /// The person wants it sent again.
    pub onretry: Callback<MessageId>,
}

/// A message.
#[component]
pub fn MessageRow(props: &Props) -> Html {
    let lang = use_lang();
    let Props { message, onretry } = props;
    let at = browser::local(message.at);
    let failure = message.unsent.and_then(failure);
    let mine = message.mine.then_some("mine");
    let again = message.again.then_some("again");
    let failed = failure.map(|_| "failed");
    let unseen_name = (message.mine || message.again).then_some("unseen");
    html! {
        <div
            class={classes!("msg", mine, again, failed)}
            data-id={message.id.to_string()}
            data-seq={message.seq.map(|seq| seq.to_string())}
        >
            if !message.mine && !message.again {
                { avatar(&message.name) }
            }
            <span class={classes!("who", unseen_name)}>{ message.name.to_string() }</span>
            <div class="bubble">{ message.text.to_string() }</div>
            <div class={classes!("meta", failure.map(|_| "bad"))}>
                <time datetime={browser::iso(message.at)} title={at.full(lang)}>{ at.time() }</time>
                if message.edited {
                    { " · " }{ Word::Edited.say(lang) }
                }
                { state(message, failure, onretry, lang) }
            </div>
        </div>
    }
}

fn state(message: &Message, failure: Option<Word>, onretry: &Callback<MessageId>, lang: Lang) -> Html {
    let id = message.id;
    match (message.unsent, failure) {
        (_, Some(reason)) => {
            let onclick = onretry.reform(move |_: MouseEvent| id);
            html! {
                <>
                    { " · " }{ Word::NotSent.say(lang) }{ " · " }
                    <button class="retry" type="button" {onclick}>{ Word::Retry.say(lang) }</button>
                    <span class="reason">{ reason.say(lang) }</span>
                </>
            }
        }
        (Some(State::Waiting), None) => html! { <>{ " · " }{ Word::Sending.say(lang) }</> },
        (Some(_), None) => html! { <>{ " · " }{ Word::Delivered.say(lang) }</> },
        (None, None) if message.mine => html! { <>{ " · " }{ Word::Delivered.say(lang) }</> },
        (None, None) => Html::default(),
    }
}

fn failure(state: State) -> Option<Word> {
    match state {
        State::Waiting | State::Stored(_) => None,
        State::Refused(code) => Some(Word::refusal(code)),
        State::Moved => Some(Word::Moved),
    }
}
