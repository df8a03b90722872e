//! What is drawn. Components decide nothing that `chat`, `rows` or `ime` could.

pub mod aim;
pub mod alerts;
mod announcer;
pub mod backup_offer;
pub mod ban_list;
pub mod banner;
pub mod blocked_words;
pub mod composer;
pub mod copy_link;
pub mod emoji;
pub mod gone;
pub mod header;
mod history_edge;
pub mod host;
pub mod invite;
pub mod join;
mod jump_buttons;
pub mod lang_switch;
pub mod leave;
pub mod member;
pub mod members;
pub mod menu;
pub mod muted;
pub mod my_rooms;
pub mod new_room;
pub mod own_link;
pub mod pair;
pub mod people;
pub mod qr;
pub mod qr_dialog;
pub mod room;
pub mod room_made;
pub mod rooms_card;
pub mod row;
mod row_element;
pub mod search;
pub mod seat_link;
pub mod timeline;
pub mod timeline_intent;
pub mod use_aim;
pub mod use_card;
pub mod use_changed;
pub mod use_enter;
mod use_focus;
pub mod use_jump_to_message;
mod use_local_day;
mod use_long_press;
pub mod use_mention;
mod use_question;
mod use_readings;
mod use_search;
mod use_virtual_scroll;
mod use_writing;

use shared::appearance;
use web_sys::HtmlElement;
use yew::{Callback, Html, MouseEvent, NodeRef, hook, html, use_context};

use crate::i18n::{Lang, Msg};

/// The language of the page, as all that is drawn knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// Which.
    pub lang: Lang,
    /// Sets another one.
    pub set: Callback<Lang>,
}

/// The language the page speaks.
#[hook]
pub fn use_lang() -> Lang {
    use_context().map_or(Lang::default(), |Language { lang, .. }| lang)
}

/// Gives the focus to what is there.
fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// What a press on a button does.
fn press(callback: &Callback<()>) -> Callback<MouseEvent> {
    callback.reform(|_| ())
}

/// A button that says a word.
fn button(id: &'static str, class: &'static str, word: Msg, lang: Lang, onpress: &Callback<()>) -> Html {
    html! { <button {id} {class} type="button" onclick={press(onpress)}>{ word.say(lang) }</button> }
}

/// A drawing of one line, for a button.
fn icon(line: &'static str) -> Html {
    html! { <svg viewBox="0 0 24 24" aria-hidden="true"><path d={line} /></svg> }
}

/// What kind of room has this many seats.
pub fn kind(capacity: u32, lang: Lang) -> String {
    match capacity {
        ..=2 => Msg::PairChat.say(lang).to_owned(),
        many => Msg::GroupChat.fill(lang, &[&many.to_string()]),
    }
}

/// A text in parts between dots. A line may end with a dot, and none begins with one.
pub fn dotted(text: &str) -> Html {
    let parts: Vec<&str> = text.split(" · ").collect();
    let last = parts.len() - 1;
    let part = |(place, part): (usize, &&str)| {
        let end = part.char_indices().next_back().filter(|_| place < last);
        let Some((at, _)) = end else { return html! { { (*part).to_owned() } } };
        let (start, end) = part.split_at(at);
        html! { <>{ start.to_owned() }<span class="whole">{ end.to_owned() }{ " ·" }</span>{ " " }</> }
    };
    parts.iter().enumerate().map(part).collect()
}

/// A text in parts, of which every second one stands out, in this class.
fn every_second_bold<'a>(parts: impl Iterator<Item = &'a str>, class: Option<&'static str>) -> Html {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => html! { { part.to_owned() } },
        _ => html! { <b {class}>{ part.to_owned() }</b> },
    };
    parts.enumerate().map(part).collect()
}

/// A person's picture: the end of the name in a colour of its own.
pub fn avatar(name: &str) -> Html {
    let hue = format!("--h:{}", appearance::hue(name));
    html! { <span class="avatar" style={hue} aria-hidden="true">{ appearance::initials(name).to_owned() }</span> }
}
