//! Oneself, and the way out. Whoever would lose more by it than a seat is asked first.

use web_sys::HtmlElement;
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, component, html, use_effect_with, use_node_ref,
    use_state_eq,
};

use super::{avatar, use_lang};
use crate::text::Word;

/// What this needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// One's name.
    pub me: AttrValue,
    /// Whether one is the room's host.
    pub host: bool,
    /// The person leaves the room.
    pub onleave: Callback<()>,
}

/// Oneself, and the way out.
#[component]
pub fn Leave(props: &Props) -> Html {
    let lang = use_lang();
    let asking = use_state_eq(|| false);
    let cancel = use_node_ref();
    use_effect_with((*asking, cancel.clone()), |(asking, cancel)| {
        if let (true, Some(cancel)) = (asking, cancel.cast::<HtmlElement>()) {
            let _ = cancel.focus();
        }
    });
    let onleave = props.onleave.reform(|_: MouseEvent| ());
    let ask = |asks: bool| {
        let asking = asking.setter();
        Callback::from(move |_: MouseEvent| asking.set(asks))
    };
    if *asking {
        return html! {
            <div class="me asking" role="alertdialog" aria-describedby="host-leaves">
                <p id="host-leaves">{ Word::HostLeaves.say(lang) }</p>
                <button id="disconnect-anyway" class="btn danger" type="button" onclick={onleave}>
                    { Word::DisconnectAnyway.say(lang) }
                </button>
                <button ref={cancel} class="btn quiet" type="button" onclick={ask(false)}>{ Word::Cancel.say(lang) }</button>
            </div>
        };
    }
    html! {
        <div class="me">
            { avatar(&props.me) }
            <b>{ props.me.clone() }</b>
            <button id="disconnect" class="btn danger" type="button" onclick={if props.host { ask(true) } else { onleave }}>
                { Word::Disconnect.say(lang) }
            </button>
        </div>
    }
}
