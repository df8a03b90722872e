//! The box to write in. It is cleared only when what it held is in the outbox.

use std::rc::Rc;

use shared::limits::TEXT_MAX;
use shared::{BadText, RoomId, Text};
use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::{Callback, Html, MouseEvent, PointerEvent, Properties, component, html, use_node_ref};

use super::emoji::Emoji;
use super::use_aim::{Put, use_put};
use super::use_enter::{Field, use_enter};
use super::use_lang;
use super::use_mention::use_mention;
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::{platform, storage};

/// What the box needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room written to: each keeps its own draft.
    pub id: RoomId,
    /// Whether the server has let us in once; it may be written in ever after, connected or not.
    pub ready: bool,
    /// Whether the outbox takes no more.
    pub full: bool,
    /// The others, who may be meant by an @.
    pub people: Rc<[Rc<str>]>,
    /// Who of the others is writing, if somebody is.
    pub typing: Option<String>,
    /// What it is for, if not for something new.
    pub put: Put,
    /// The person says something.
    pub onsay: Callback<Text>,
    /// The person is writing something.
    pub ontype: Callback<()>,
}

/// The box to write in.
#[component]
pub fn Composer(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let problem = use_default::<Option<Msg>>();

    {
        let field = field.clone();
        use_effect_with(props.id, move |id| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                field.set_value(&storage::draft(*id));
                grow(&field);
            }
        });
    }
    {
        let field = field.clone();
        use_effect_with(props.ready, move |ready| {
            if let (true, false, Some(field)) = (*ready, platform::is_touch(), field.cast::<HtmlElement>()) {
                let _ = field.focus();
            }
        });
    }

    // What an edit changes is no draft.
    let drafts = props.put.edits.is_none();
    let onput = {
        let (field, id) = (field.clone(), props.id);
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                if drafts {
                    storage::keep_draft(id, &field.value());
                }
                grow(&field);
            }
        })
    };
    use_put(&field, &props.put, onput);

    let onchange = {
        let (field, problem, id) = (field.clone(), problem.setter(), props.id);
        let ontype = props.ontype.clone();
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                let draft = field.value();
                if drafts {
                    storage::keep_draft(id, &draft);
                }
                if !draft.trim().is_empty() {
                    ontype.emit(());
                }
                grow(&field);
                problem.set(None);
            }
        })
    };
    let mention = use_mention(&field, &props.people, &onchange);
    let onpick = {
        let (field, onchange) = (field.clone(), onchange.clone());
        Callback::from(move |emoji: &'static str| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                insert(&field, emoji);
                onchange.emit(());
            }
        })
    };
    let room = drafts.then_some(props.id);
    let deps = (field.clone(), problem.setter(), props.onsay.clone(), props.ready, props.full, room);
    let send = use_callback(deps, |(), (field, problem, onsay, ready, full, room)| {
        let Some(field) = field.cast::<HtmlTextAreaElement>().filter(|_| *ready) else {
            return;
        };
        match message(&field.value()) {
            Err(BadText::Empty | BadText::Control) => {}
            Err(BadText::TooLong) => problem.set(Some(Msg::TooLongText)),
            Ok(_) if *full => problem.set(Some(Msg::OutboxFull)),
            Ok(text) => {
                onsay.emit(text);
                field.set_value("");
                if let Some(room) = room {
                    storage::keep_draft(*room, "");
                }
                grow(&field);
                problem.set(None);
            }
        }
    });
    let deps = (send.clone(), mention.take.clone(), mention.active().map(|_| mention.chosen));
    let onenter = use_callback(deps, |(), (send, take, offered)| match offered {
        Some(chosen) => take.emit(*chosen),
        None => send.emit(()),
    });
    use_enter(&field, Field::Lines, &onenter);

    let onclick = {
        let (send, look) = (send.clone(), mention.look.clone());
        Callback::from(move |_: MouseEvent| {
            send.emit(());
            look.emit(());
        })
    };
    // The press must not take the focus from the box: a phone would close its keyboard.
    let onpointerdown = Callback::from(|press: PointerEvent| press.prevent_default());
    let onmousedown = Callback::from(|press: MouseEvent| press.prevent_default());
    html! {
        <div class="compose">
            <div id="typing" class="typing">{ props.typing.clone() }</div>
            if let Some(problem) = *problem {
                <div id="message-problem" role="alert">{ problem.fill(lang, &[&TEXT_MAX.to_string()]) }</div>
            }
            <div class="box">
                { mention.view(lang) }
                <Emoji disabled={!props.ready} {onpick} />
                <textarea
                    ref={field}
                    id="message"
                    rows="1"
                    placeholder={Msg::MessagePlaceholder.say(lang)}
                    aria-label={Msg::Message.say(lang)}
                    aria-autocomplete="list"
                    aria-controls={mention.active().map(|_| "mentions")}
                    aria-activedescendant={mention.active()}
                    disabled={!props.ready}
                    oninput={onchange.reform({
                        let look = mention.look.clone();
                        move |_| look.emit(())
                    })}
                    onclick={mention.look.reform(|_| ())}
                    onblur={mention.look.reform(|_| ())}
                    onkeydown={&mention.onkeydown}
                />
                <button
                    id="send"
                    class="btn"
                    type="button"
                    disabled={!props.ready}
                    {onclick}
                    {onpointerdown}
                    {onmousedown}
                >
                    { Msg::Send.say(lang) }
                </button>
            </div>
            <div class="keys">{ Msg::Keys.say(lang) }</div>
        </div>
    }
}

/// What was typed or pasted, without the control characters that no message has.
fn message(typed: &str) -> Result<Text, BadText> {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    Text::parse(&typed.chars().filter(kept).collect::<String>())
}

/// Puts a text where the caret is, in the place of what is selected.
fn insert(field: &HtmlTextAreaElement, text: &str) {
    let end = field.value().encode_utf16().count() as u32;
    let start = field.selection_start().ok().flatten().unwrap_or(end);
    let end = field.selection_end().ok().flatten().unwrap_or(end);
    if field.set_range_text_with_start_and_end(text, start, end).is_ok() {
        let caret = start + text.encode_utf16().count() as u32;
        let _ = field.set_selection_range(caret, caret);
    }
}

/// As high as what it holds; the style sheet ends it at six lines.
fn grow(field: &HtmlTextAreaElement) {
    let style = field.style();
    let _ = style.set_property("height", "auto");
    let borders = field.offset_height() - field.client_height();
    let _ = style.set_property("height", &format!("{}px", field.scroll_height() + borders));
}
