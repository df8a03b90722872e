//! The other language of the page.

use web_sys::MouseEvent;
use yew::{Html, component, html, use_context};

use super::Language;
use crate::i18n::Msg;

/// The button that changes to the other language; its word is in that language.
#[component]
pub fn LangSwitch() -> Html {
    let Some(Language { lang, set }) = use_context() else { return Html::default() };
    let other = lang.other();
    let onclick = set.reform(move |_: MouseEvent| other);
    html! {
        <button class="link lang" type="button" lang={other.tag()} {onclick}>{ Msg::ThisLanguage.say(other) }</button>
    }
}
