//! One message. What a person wrote is a text node, or a link that says where it leads, and never anything else.

use shared::MessageId;
use yew::{Html, Properties, classes, component, html};

use super::{avatar, use_lang};
use crate::i18n::{Lang, Msg};
use crate::services::platform;
use crate::state::outbox::DeliveryState;
use crate::view_model::linkify::{Piece, pieces};
use crate::view_model::rows::{Doing, MessageView, Quote, Row};

/// What a message needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The message.
    pub message: MessageView,
    /// Whether the room is for two: then it is known who has read.
    pub pair: bool,
    /// Whether it is the one that the Tab key comes to.
    pub current: bool,
    /// Whether it was jumped to just now.
    pub lit: bool,
    /// Whether its text is to be selected, since it could not be copied.
    pub picked: bool,
    /// Who has read it, if that was asked for.
    pub readers: Option<String>,
}

/// A message. Presses on it and on its buttons are the list's: `data-do` says what a button is for.
#[component]
pub fn MessageRow(props: &Props) -> Html {
    let lang = use_lang();
    let message = &props.message;
    let at = platform::local(message.at);
    let failure = message.unsent.and_then(failure);
    let class = classes!(
        "msg",
        message.is_mine().then_some("mine"),
        message.again.then_some("again"),
        failure.map(|_| "failed"),
        props.lit.then_some("lit"),
        props.picked.then_some("picked"),
    );
    let unseen_name = (message.is_mine() || message.again).then_some("unseen");
    let bad = failure.is_some() || message.doing.is_some_and(|doing| self::failure(doing.state).is_some());
    html! {
        <div
            {class}
            role="article"
            tabindex={if props.current { "0" } else { "-1" }}
            data-id={message.key()}
            data-seq={message.seq.map(|seq| seq.to_string())}
        >
            if !message.is_mine() && !message.again {
                { avatar(&message.name) }
            }
            <span class={classes!("who", unseen_name)}>{ message.name.to_string() }</span>
            <div class="bubble">
                { quote(message.quote.as_ref(), lang) }
                <div class="words">{ for pieces(&message.text).into_iter().map(piece) }</div>
                <button class="act" type="button" data-do="menu" tabindex="-1" aria-haspopup="menu" aria-label={Msg::Actions.say(lang)} />
            </div>
            <div class={classes!("meta", bad.then_some("bad"))}>
                <time datetime={platform::iso(message.at)} title={at.full(lang)}>{ at.time() }</time>
                if let Some(edited) = message.edited {
                    { " · " }
                    <span class="edited" title={platform::local(edited).full(lang)}>{ Msg::Edited.say(lang) }</span>
                }
                { state(props, failure, lang) }
                if let Some(doing) = message.doing {
                    { doing_state(doing, lang) }
                }
            </div>
        </div>
    }
}

fn piece(piece: Piece<'_>) -> Html {
    match piece {
        Piece::Text(text) => html! { { text.to_owned() } },
        Piece::Link(link) => html! {
            <a href={link.to_owned()} target="_blank" rel="noopener noreferrer nofollow">{ link.to_owned() }</a>
        },
    }
}

fn quote(quote: Option<&Quote>, lang: Lang) -> Html {
    match quote {
        None => Html::default(),
        Some(Quote::Held(seq, line)) => html! {
            <button class="quote" type="button" data-do="jump" tabindex="-1" data-of={seq.to_string()}>{ line.clone() }</button>
        },
        Some(Quote::Recalled) => html! { <div class="quote">{ Msg::QuoteRecalled.say(lang) }</div> },
        Some(Quote::Elsewhere) => html! { <div class="quote">{ Msg::QuoteElsewhere.say(lang) }</div> },
    }
}

fn state(props: &Props, failure: Option<Msg>, lang: Lang) -> Html {
    let Props { message, pair, readers, .. } = props;
    let read = match (message.unsent, failure) {
        (_, Some(reason)) => {
            return html! { <>{ " · " }{ failed(message.id, Msg::NotSent, reason, true, lang) }</> };
        }
        (Some(DeliveryState::Waiting), None) => return html! { <>{ " · " }{ Msg::Sending.say(lang) }</> },
        (None, None) if !message.is_mine() => Html::default(),
        (_, None) => match (message.read_by, message.seq) {
            (0, _) | (_, None) => html! { <>{ " · " }{ Msg::Delivered.say(lang) }</> },
            (_, Some(_)) if *pair => html! { <>{ " · " }{ Msg::Read.say(lang) }</> },
            (count, Some(_)) => html! {
                <>
                    { " · " }
                    <button class="readers" type="button" data-do="readers" aria-expanded={readers.is_some().to_string()}>
                        { Msg::ReadBy.fill(lang, &[&count.to_string()]) }
                    </button>
                </>
            },
        },
    };
    html! {
        <>
            { read }
            if let Some(readers) = readers {
                <span class="reason">{ readers.clone() }</span>
            }
        </>
    }
}

fn doing_state(doing: Doing, lang: Lang) -> Html {
    let (going, not) = match doing.recalls {
        true => (Msg::Recalling, Msg::NotRecalled),
        false => (Msg::SavingEdit, Msg::NotEdited),
    };
    match failure(doing.state) {
        Some(reason) => html! { <>{ " · " }{ failed(doing.id, not, reason, !doing.recalls, lang) }</> },
        None => html! { <>{ " · " }{ going.say(lang) }</> },
    }
}

/// What was refused, why, and what can be done about it. What `has_text` can be revised.
pub(super) fn failed(id: MessageId, what: Msg, reason: Msg, has_text: bool, lang: Lang) -> Html {
    let of = id.to_string();
    html! {
        <>
            { what.say(lang) }{ " · " }
            <button class="retry" type="button" data-do="retry" data-of={of.clone()}>{ Msg::Retry.say(lang) }</button>
            if has_text {
                { " · " }
                <button class="retry" type="button" data-do="revise" data-of={of.clone()}>{ Msg::Revise.say(lang) }</button>
            }
            { " · " }
            <button class="retry give-up" type="button" data-do="give-up" data-of={of}>{ Msg::GiveUp.say(lang) }</button>
            <span class="reason">{ reason.say(lang) }</span>
        </>
    }
}

fn failure(state: DeliveryState) -> Option<Msg> {
    match state {
        DeliveryState::Waiting | DeliveryState::Stored(_) => None,
        DeliveryState::Refused(code) => Some(Msg::refusal(code)),
        DeliveryState::Moved => Some(Msg::Moved),
    }
}

/// The same as long as the row is the same, so that it stays where it is and only its state changes: a message before
/// and after it is confirmed. A day is known by the row below it.
pub(super) fn key(row: &Row, next: Option<&Row>) -> String {
    match row {
        Row::Day(_) => format!("day {}", next.map(|next| key(next, None)).unwrap_or_default()),
        Row::Unread => "unread".to_owned(),
        Row::Note { seq, text, .. } => format!("{seq} {text}"),
        Row::Refused { id, .. } => format!("refused {id}"),
        Row::Message(message) => message.key(),
    }
}
