//! The emoji panel, for keyboards that have none.

use web_sys::{Element, KeyboardEvent};
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::row_element::target;
use super::{focus, use_lang};
use crate::hooks::erased::use_effect_with;
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::Msg;
use crate::services::platform::{self, Listener};

const EMOJI: &str = "😀 😄 😂 🤣 😊 😍 😘 🤔 😅 😭 😡 😱 😴 🙄 😎 🤗 👍 👎 👌 🙏 👏 💪 🤝 ✌️ ❤️ 💔 🌹 🎉 🎁 🎂 🍺 ☕ 🔥 ⭐ 🌙 ☀️ ✅ ❌ ❓ 💯";

/// What the panel needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Whether nothing can be written.
    pub disabled: bool,
    /// Whether the panel is open.
    pub open: bool,
    /// The person opens or closes the panel.
    pub onopen: Callback<bool>,
    /// The person chose this one.
    pub onpick: Callback<&'static str>,
}

/// The button, and the panel it opens. The panel closes by Escape, the back key, and a press outside.
#[component]
pub fn Emoji(props: &Props) -> Html {
    let Props { open, onopen, .. } = props;
    let lang = use_lang();
    let (root, button) = (use_node_ref(), use_node_ref());
    use_back_to_close(*open, &onopen.reform(|()| false));
    use_effect_with((*open, root.clone(), onopen.clone()), |(open, root, onopen)| {
        open.then(|| {
            let (root, onopen) = (root.clone(), onopen.clone());
            Listener::new(&platform::document(), "pointerdown", move |press| {
                let pressed = target(&press);
                if !root.cast::<Element>().is_some_and(|root| root.contains(pressed.as_deref())) {
                    onopen.emit(false);
                }
            })
        })
    });
    let ontoggle = {
        let open = *open;
        onopen.reform(move |_: MouseEvent| !open)
    };
    let onkeydown = {
        let (open, onopen, button) = (*open, onopen.clone(), button.clone());
        Callback::from(move |key: KeyboardEvent| {
            if open && key.key() == "Escape" {
                key.stop_propagation();
                onopen.emit(false);
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
        <div ref={root} class="emoji" {onkeydown} {onmousedown}>
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
