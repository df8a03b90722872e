//! One message. Its text is drawn as text nodes and links, and never as anything else.

use std::rc::Rc;

use shared::MessageId;
use web_sys::Element;
use yew::{Callback, Html, MouseEvent, Properties, classes, component, html, use_node_ref};

use super::{avatar, every_second_bold, use_lang};
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::{Lang, Msg};
use crate::services::platform;
use crate::state::outbox::DeliveryState;
use crate::view_model::linkify::{Piece, pieces};
use crate::view_model::mention::mentions;
use crate::view_model::readers::{Receipt, ReceiptKind};
use crate::view_model::rows::{Doing, MessageView, Quote, Row, failure};

/// What a message needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The message.
    pub message: MessageView,
    /// How the room tells who has read it.
    pub receipts: ReceiptKind,
    /// Whether the Tab key reaches it.
    pub current: bool,
    /// Whether it was jumped to just now.
    pub lit: bool,
    /// Whether its text is to be selected, on request or because it could not be copied.
    pub picked: bool,
    /// The names of its readers, if they were asked for.
    pub readers: Option<String>,
    /// Seconds that slow mode still holds back messages, if it does.
    pub slow_s: Option<u32>,
    /// Whether what is unsent is under way: the server is connected.
    #[prop_or(true)]
    pub up: bool,
}

/// A message. The list handles presses on it and on its buttons: `data-do` says what a button is for.
#[component]
pub fn MessageRow(props: &Props) -> Html {
    let lang = use_lang();
    let unfolded = use_default::<bool>();
    let message = &props.message;
    let failure = message.unsent.and_then(failure);
    let bad = failure.is_some() || message.doing.is_some_and(|doing| self::failure(doing.state).is_some());
    let is_mine = message.is_mine();
    // The text that was folded and fits into the window all the same.
    let whole = use_default::<Option<Rc<str>>>();
    let words = use_node_ref();
    let is_long = whole.as_ref() != Some(&message.text) && message.is_long();
    let folded = is_long && !*unfolded && !props.picked;
    {
        let (words, whole) = (words.clone(), whole.setter());
        use_effect_with((folded, Rc::clone(&message.text)), move |(folded, text)| {
            let words = words.cast::<Element>().filter(|_| *folded);
            if words.is_some_and(|words| words.scroll_height() <= words.client_height()) {
                whole.set(Some(Rc::clone(text)));
            }
        });
    }
    // Time and state are in the page for screen readers, and in sight once for each group.
    let shows_author = !is_mine && !message.again;
    let shows_meta =
        (is_mine && message.ends_group) || message.doing.is_some() || props.readers.is_some() || bad;
    let class = classes!(
        "msg",
        is_mine.then_some("mine"),
        message.again.then_some("again"),
        failure.map(|_| "failed"),
        props.lit.then_some("lit"),
        props.picked.then_some("picked"),
        folded.then_some("folded"),
    );
    let exact = platform::local(message.at).full(lang);
    html! {
        <div
            {class}
            role="article"
            tabindex={if props.current { "0" } else { "-1" }}
            data-id={message.key()}
            data-seq={message.seq.map(|seq| seq.to_string())}
        >
            if shows_author {
                { avatar(&message.name) }
            }
            <div class={classes!("byline", (!shows_author).then_some("unseen"))}>
                <span class="who">{ message.name.to_string() }</span>
                if message.by_host && shows_author {
                    <i class="badge">{ Msg::HostBadge.say(lang) }</i>
                }
                if !is_mine {
                    { time(message, lang) }
                }
            </div>
            <div class="bubble" dir="auto" title={exact}>
                { quote(message, lang) }
                <div ref={words} class="words">{ for pieces(&message.text).into_iter().map(|found| piece(found, message.me.as_deref())) }</div>
                if let Some(edited) = message.edited {
                    <span class="edited" dir="auto" title={platform::local(edited).full(lang)}>{ Msg::Edited.say(lang) }</span>
                }
                if is_long {
                    { fold_button(*unfolded, unfolded.clone(), lang) }
                }
                <button class="act" type="button" data-do="menu" tabindex="-1" aria-haspopup="menu" aria-label={Msg::Actions.say(lang)} />
            </div>
            if is_mine || shows_meta {
                <div class={classes!("meta", bad.then_some("bad"), (!shows_meta).then_some("unseen"))}>
                    if is_mine {
                        { time(message, lang) }
                    }
                    { state(props, failure, shows_meta, lang) }
                    if let Some(doing) = message.doing {
                        { doing_state(doing, lang) }
                    }
                </div>
            }
        </div>
    }
}

fn time(message: &MessageView, lang: Lang) -> Html {
    let at = platform::local(message.at);
    html! { <time datetime={platform::iso(message.at)} title={at.full(lang)}>{ at.time() }</time> }
}

fn fold_button(unfolded: bool, set: yew::UseStateHandle<bool>, lang: Lang) -> Html {
    let onclick = Callback::from(move |_: MouseEvent| set.set(!unfolded));
    let word = if unfolded { Msg::Collapse } else { Msg::Expand };
    html! {
        <button class="link fold" type="button" aria-expanded={unfolded.to_string()} {onclick}>{ word.say(lang) }</button>
    }
}

/// A piece of a text; `me` is who is called in it by an @.
fn piece(piece: Piece<'_>, me: Option<&str>) -> Html {
    match (piece, me) {
        (Piece::Text(text), Some(me)) if text.contains('@') => {
            every_second_bold(mentions(text, me).into_iter(), Some("to-me"))
        }
        (Piece::Text(text), _) => html! { { text.to_owned() } },
        (Piece::Link(link), _) => html! {
            <a href={link.href()} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{ link.text.to_owned() }</a>
        },
    }
}

fn quote(message: &MessageView, lang: Lang) -> Html {
    let edited = message.quote_is_edited.then(|| {
        html! { <small class="quote-edited" dir="auto">{ Msg::QuoteEdited.say(lang) }</small> }
    });
    // What has a direction of its own does not decide about the bubble's.
    let jump = |seq: &shared::Seq, who: String, text: &str| {
        html! {
            <>
                <button class="quote" type="button" data-do="jump" tabindex="-1" dir="auto" data-of={seq.to_string()}>
                    { who }<bdi>{ text.to_owned() }</bdi>
                </button>
                { edited.unwrap_or_default() }
            </>
        }
    };
    match &message.quote {
        None => Html::default(),
        Some(Quote::Held(seq, name, text)) => jump(seq, Msg::Quoted.fill(lang, &[name, ""]), text),
        Some(Quote::Recalled) => {
            html! { <div class="quote" dir="auto">{ Msg::QuoteRecalled.say(lang) }</div> }
        }
        Some(Quote::Elsewhere(seq)) => jump(seq, Msg::QuoteElsewhere.say(lang).to_owned(), ""),
    }
}

/// How far a message is. Where that is out of sight nothing of it can have the focus.
fn state(props: &Props, failure: Option<Msg>, is_in_sight: bool, lang: Lang) -> Html {
    let Props { message, receipts, readers, .. } = props;
    let read = match (message.unsent, failure) {
        (_, Some(reason)) => {
            return html! { <>{ " · " }{ failed(message.id, Msg::NotSent, reason, message.partner.as_deref(), true, lang) }</> };
        }
        (Some(DeliveryState::Waiting), None) => {
            let sends = match props.slow_s {
                Some(seconds) => Msg::SlowModeSends.fill(lang, &[&seconds.to_string()]),
                None if !props.up => Msg::SendsLater.say(lang).to_owned(),
                None => Msg::Sending.say(lang).to_owned(),
            };
            return html! { <>{ " · " }{ sends }</> };
        }
        (None, None) if !message.is_mine() => Html::default(),
        (_, None) => {
            let (says, asks) = match receipts.receipt(message.read_by, message.seq.is_some()) {
                Receipt::Ask if is_in_sight => (Msg::WhoRead.say(lang).to_owned(), true),
                Receipt::Delivered | Receipt::Ask => (Msg::Delivered.say(lang).to_owned(), false),
                Receipt::Read => (Msg::Read.say(lang).to_owned(), false),
                Receipt::ReadBy(count) => (Msg::ReadBy.fill(lang, &[&count.to_string()]), is_in_sight),
            };
            html! {
                <>
                    { " · " }
                    if asks {
                        <button class="readers" type="button" data-do="readers" aria-expanded={readers.is_some().to_string()}>
                            { says }
                        </button>
                    } else {
                        { says }
                    }
                </>
            }
        }
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
        Some(reason) => html! { <>{ " · " }{ failed(doing.id, not, reason, None, !doing.recalls, lang) }</> },
        None => html! { <>{ " · " }{ going.say(lang) }</> },
    }
}

/// What was refused, why, and what can be done about it. What `has_text` can be revised. `partner` is who is there now, if the
/// message was written to somebody else.
pub(super) fn failed(
    id: MessageId,
    what: Msg,
    reason: Msg,
    partner: Option<&str>,
    has_text: bool,
    lang: Lang,
) -> Html {
    let says = match partner {
        Some(partner) => Msg::MovedTo.fill(lang, &[partner]),
        None => reason.say(lang).to_owned(),
    };
    let of = id.to_string();
    // The same text would be refused again.
    let refuses_text = has_text && matches!(reason, Msg::RefusedBlockedWord | Msg::RefusedTooLong);
    html! {
        <>
            { what.say(lang) }{ " · " }
            if has_text {
                <button class="retry" type="button" data-do="revise" data-of={of.clone()}>{ Msg::Revise.say(lang) }</button>
                { " · " }
            }
            if !refuses_text {
                <button class="retry" type="button" data-do="retry" data-of={of.clone()}>{ Msg::Retry.say(lang) }</button>
                { " · " }
            }
            <button class="retry give-up" type="button" data-do="give-up" data-of={of}>{ Msg::GiveUp.say(lang) }</button>
            <span class="reason">{ says }</span>
        </>
    }
}

/// A key that stays as long as the row does, so that its element stays and only its state changes: a message keeps it when it
/// is confirmed. A day has the key of the row below it.
pub(super) fn key(row: &Row, next: Option<&Row>) -> String {
    match row {
        Row::Day(_) => format!("day {}", next.map(|next| key(next, None)).unwrap_or_default()),
        Row::Unread => "unread".to_owned(),
        Row::Note { seq, part, .. } => format!("{seq} {part}"),
        Row::Refused { id, .. } => format!("refused {id}"),
        Row::Message(message) => message.key(),
    }
}
