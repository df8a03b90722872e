//! A few emoji to choose from, for keyboards that have none.

use web_sys::KeyboardEvent;
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::{focus, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;

const EMOJI: &str = "😀 😄 😂 🤣 😊 😍 😘 🤔 😅 😭 😡 😱 😴 🙄 😎 🤗 👍 👎 👌 🙏 👏 💪 🤝 ✌️ ❤️ 💔 🌹 🎉 🎁 🎂 🍺 ☕ 🔥 ⭐ 🌙 ☀️ ✅ ❌ ❓ 💯";

/// What the choice needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Whether nothing can be written.
    pub disabled: bool,
    /// The person chose this one.
    pub onpick: Callback<&'static str>,
}

/// The button, and the choice it opens.
#[component]
pub fn Emoji(props: &Props) -> Html {
    let lang = use_lang();
    let open = use_default::<bool>();
    let button = use_node_ref();
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (open, button) = (open.clone(), button.clone());
        Callback::from(move |key: KeyboardEvent| {
            if *open && key.key() == "Escape" {
                key.stop_propagation();
                open.set(false);
                focus(&button);
            }
        })
    };
    // The press must not take the focus from the box: a phone would close its keyboard.
    let onmousedown = Callback::from(|press: MouseEvent| press.prevent_default());
    let pick = |emoji: &'static str| {
        let onclick = props.onpick.reform(move |_: MouseEvent| emoji);
        html! { <button type="button" {onclick}>{ emoji }</button> }
    };
    html! {
        <div class="emoji" {onkeydown} {onmousedown}>
            <button ref={button} id="emoji" class="icon" type="button" disabled={props.disabled}
                aria-label={Msg::Emoji.say(lang)} aria-expanded={open.to_string()} aria-controls="emoji-choice"
                onclick={ontoggle}>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <circle cx="12" cy="12" r="9" /><path d="M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.1M15 9.5v.1" />
                </svg>
            </button>
            if *open {
                <div id="emoji-choice" class="pop" role="group" aria-label={Msg::Emoji.say(lang)}>
                    { for EMOJI.split(' ').map(pick) }
                </div>
            }
        </div>
    }
}
