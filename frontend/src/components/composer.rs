//! The composer: the text box, the send button, and what is said about both. It clears the box only when its text is in
//! the outbox.

mod foot;
mod seat_link_question;

use std::rc::Rc;

use shared::limits::TEXT_MAX;
use shared::{BadText, RoomId, Text};
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use yew::{Callback, Html, MouseEvent, PointerEvent, Properties, component, html, use_node_ref};

use super::emoji::Emoji;
use super::use_aim::{Put, use_put};
use super::use_enter::{composes, use_send_button};
use super::use_lang;
use super::use_mention::use_mention;
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::Msg;
use crate::ime::Enter;
use crate::services::platform::{self, Listener};
use crate::services::{storage, text_field};
use crate::view_model::outgoing::{has_seat_link, outgoing, shown_length};
use foot::{Foot, foot};
use seat_link_question::SeatLinkQuestion;

/// What the composer needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room written to. Each room keeps a draft.
    pub id: RoomId,
    /// Whether the server has let us in once. From then on one can write, connected or not.
    pub ready: bool,
    /// Whether the host has muted the person: the box keeps its draft and takes nothing.
    #[prop_or_default]
    pub muted: bool,
    /// Whether the outbox is full.
    pub full: bool,
    /// The others, who may be meant by an @.
    pub people: Rc<[Rc<str>]>,
    /// The typing notice, if there is one.
    pub typing: Option<String>,
    /// Seconds until slow mode lets the next message through. None if the room has no slow mode.
    #[prop_or_default]
    pub waits_s: Option<u32>,
    /// What the box is for, if not for a new message.
    pub put: Put,
    /// The person sends a message.
    pub onsay: Callback<Text>,
    /// The person is typing.
    pub ontype: Callback<()>,
    /// The person wants to edit their last message.
    #[prop_or_default]
    pub oneditlast: Callback<()>,
}

/// The composer.
#[component]
pub fn Composer(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let problem = use_default::<Option<Msg>>();
    let length = use_default::<Option<usize>>();
    let emoji = use_default::<bool>();
    let open = props.ready && !props.muted;
    // A seat link waits for the person's word.
    let asks = use_default::<bool>();

    // The text is another one: fits the height and counts it.
    let measure = use_callback(field.clone(), {
        let length = length.setter();
        move |(), field| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                text_field::fit_height(&field);
                length.set(shown_length(&field.value()));
            }
        }
    });
    {
        let (field, measure) = (field.clone(), measure.clone());
        use_effect_with(props.id, move |id| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                field.set_value(&storage::draft(*id));
                measure.emit(());
            }
        });
    }
    // A turned phone breaks the lines elsewhere.
    use_effect_with(measure.clone(), |measure| {
        let measure = measure.clone();
        Listener::new(&platform::window(), "resize", move |_| measure.emit(()))
    });
    {
        let field = field.clone();
        use_effect_with(props.ready, move |ready| {
            if let (true, false, Some(field)) = (*ready, platform::is_touch(), field.cast::<HtmlElement>()) {
                let _ = field.focus();
            }
        });
    }

    // The text of an edit is no draft.
    let draft_of = props.put.edits.is_none().then_some(props.id);
    let keep_draft = use_callback((field.clone(), draft_of), |(), (field, draft_of)| {
        if let (Some(field), Some(room)) = (field.cast::<HtmlTextAreaElement>(), draft_of) {
            storage::keep_draft(*room, &field.value());
        }
    });
    let onput = {
        let (keep_draft, measure, asks) = (keep_draft.clone(), measure.clone(), asks.setter());
        Callback::from(move |()| {
            keep_draft.emit(());
            measure.emit(());
            asks.set(false);
        })
    };
    use_put(&field, &props.put, onput.clone());

    let onchange = {
        let (field, problem, ontype) = (field.clone(), problem.setter(), props.ontype.clone());
        Callback::from(move |()| {
            onput.emit(());
            problem.set(None);
            let text = field.cast::<HtmlTextAreaElement>().map(|field| field.value());
            if text.is_some_and(|text| !text.trim().is_empty()) {
                ontype.emit(());
            }
        })
    };
    let mention = use_mention(&field, &props.people, &onchange);
    let onpick = {
        let (field, onchange) = (field.clone(), onchange.clone());
        Callback::from(move |emoji: &'static str| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>()
                && !text_field::insert(&field, None, emoji)
            {
                onchange.emit(());
            }
        })
    };

    // Sends the text; a seat link only if that is `confirmed`.
    let send = {
        let (ready, full, onsay) = (open, props.full, props.onsay.clone());
        let (field, problem, asks, emoji) = (field.clone(), problem.setter(), asks.setter(), emoji.setter());
        let look = mention.look.clone();
        Callback::from(move |confirmed: bool| {
            let Some(field) = field.cast::<HtmlTextAreaElement>().filter(|_| ready) else { return };
            emoji.set(false);
            match outgoing(&field.value()) {
                Err(BadText::Empty | BadText::Control) => {}
                Err(BadText::TooLong) => problem.set(Some(Msg::TooLongText)),
                Ok(_) if full => problem.set(Some(Msg::OutboxFull)),
                Ok(text) if !confirmed && has_seat_link(text.as_str()) => asks.set(true),
                Ok(text) => {
                    onsay.emit(text);
                    field.set_value("");
                    keep_draft.emit(());
                    measure.emit(());
                    problem.set(None);
                    asks.set(false);
                }
            }
            look.emit(());
        })
    };
    let onenter = {
        let (send, take, on_enter) = (send.clone(), mention.take.clone(), mention.on_enter);
        Callback::from(move |enter: Enter| match on_enter {
            Some(chosen) if enter != Enter::SendsAlways => take.emit(chosen),
            _ => send.emit(false),
        })
    };
    let button = use_send_button(&field, &onenter, &send.reform(|()| false));
    let onkeydown = {
        let (field, edits) = (field.clone(), props.put.edits.is_some());
        let (oneditlast, onkeydown) = (props.oneditlast.clone(), mention.onkeydown.clone());
        Callback::from(move |key: KeyboardEvent| {
            let modified = key.shift_key() || key.ctrl_key() || key.alt_key() || key.meta_key();
            let empty = field.cast::<HtmlTextAreaElement>().is_some_and(|field| field.value().is_empty());
            if key.key() == "ArrowUp" && empty && !edits && !modified && !composes(&key) {
                key.prevent_default();
                oneditlast.emit(());
            } else {
                onkeydown.emit(key);
            }
        })
    };

    // The press must not take the focus from the box: a phone would close its keyboard.
    let onpointerdown = {
        let begin = button.onpointerdown.clone();
        Callback::from(move |press: PointerEvent| {
            press.prevent_default();
            begin.emit(());
        })
    };
    let onmousedown = Callback::from(|press: MouseEvent| press.prevent_default());
    let oncancel = {
        let (asks, field) = (asks.setter(), field.clone());
        Callback::from(move |()| {
            asks.set(false);
            super::focus(&field);
        })
    };
    let onconfirm = {
        let (send, field) = (send.clone(), field.clone());
        Callback::from(move |()| {
            send.emit(true);
            super::focus(&field);
        })
    };
    html! {
        <div class="compose">
            if let Some(problem) = *problem {
                <div id="message-problem" role="alert">{ problem.fill(lang, &[&TEXT_MAX.to_string()]) }</div>
            }
            if *asks {
                <SeatLinkQuestion {onconfirm} {oncancel} />
            }
            <div class="box">
                { mention.view(lang) }
                <Emoji disabled={!open} open={*emoji} onopen={Callback::from({
                    let emoji = emoji.setter();
                    move |open| emoji.set(open)
                })} {onpick} />
                <textarea
                    ref={field}
                    id="message"
                    rows="1"
                    dir="auto"
                    autocomplete="off"
                    placeholder={Msg::MessagePlaceholder.say(lang)}
                    aria-label={Msg::Message.say(lang)}
                    aria-autocomplete="list"
                    aria-controls={mention.active().map(|_| "mentions")}
                    aria-activedescendant={mention.active()}
                    disabled={!open}
                    oninput={onchange.reform({
                        let look = mention.look.clone();
                        move |_| look.emit(())
                    })}
                    onclick={mention.look.reform(|_| ())}
                    onblur={mention.look.reform(|_| ())}
                    {onkeydown}
                />
                <button
                    id="send"
                    class="btn"
                    type="button"
                    disabled={!open}
                    aria-busy={button.waits.then_some("true")}
                    onclick={super::press(&button.onpress)}
                    {onpointerdown}
                    {onmousedown}
                >
                    { if props.put.edits.is_some() { Msg::SaveEdit } else { Msg::Send }.say(lang) }
                </button>
            </div>
            { foot(Foot {
                open,
                typing: props.typing.clone(),
                waits_s: props.waits_s.filter(|_| props.put.edits.is_none()),
                composing: button.waits,
                length: *length,
            }, lang) }
        </div>
    }
}
