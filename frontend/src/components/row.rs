//! One message. What a person wrote is a text node and never anything else.

use shared::{MessageId, Seq};
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
    /// Whether the room is for two: then it is known who has read.
    pub pair: bool,
    /// Who has read it, if that was asked for.
    pub readers: Option<String>,
    /// The person asks who has read it, or has seen enough.
    pub onreaders: Callback<Seq>,
    /// The person wants it sent again.
    pub onretry: Callback<MessageId>,
}

/// A message.
#[component]
pub fn MessageRow(props: &Props) -> Html {
    let lang = use_lang();
    let message = &props.message;
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
                { state(props, failure, lang) }
            </div>
        </div>
    }
}

fn state(props: &Props, failure: Option<Word>, lang: Lang) -> Html {
    let Props { message, pair, readers, onreaders, onretry } = props;
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
        (None, None) if !message.mine => Html::default(),
        (_, None) => match (message.read_by, message.seq) {
            (0, _) | (_, None) => html! { <>{ " · " }{ Word::Delivered.say(lang) }</> },
            (_, Some(_)) if *pair => html! { <>{ " · " }{ Word::Read.say(lang) }</> },
            (count, Some(seq)) => {
                let onclick = onreaders.reform(move |_: MouseEvent| seq);
                let expanded = readers.is_some().to_string();
                html! {
                    <>
                        { " · " }
                        <button class="readers" type="button" aria-expanded={expanded} {onclick}>
                            { Word::ReadBy.fill(lang, &[&count.to_string()]) }
                        </button>
                        if let Some(readers) = readers {
                            <span class="reason">{ readers.clone() }</span>
                        }
                    </>
                }
            }
        },
    }
}

fn failure(state: State) -> Option<Word> {
    match state {
        State::Waiting | State::Stored(_) => None,
        State::Refused(code) => Some(Word::refusal(code)),
        State::Moved => Some(Word::Moved),
    }
}
