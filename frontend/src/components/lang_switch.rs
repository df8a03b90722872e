//! The other language of the page.

use web_sys::MouseEvent;
use yew::{Callback, Html, component, html, use_context};

use super::use_lang;
use crate::text::{Lang, Word};

/// Sets the language of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct SetLang(pub Callback<Lang>);

/// The button that changes to the other language; its word is in that language.
#[component]
pub fn LangSwitch() -> Html {
    let other = use_lang().other();
    let Some(SetLang(set)) = use_context::<SetLang>() else { return Html::default() };
    let onclick = set.reform(move |_: MouseEvent| other);
    html! {
        <button class="link lang" type="button" lang={other.tag()} {onclick}>{ Word::ThisLanguage.say(other) }</button>
    }
}
