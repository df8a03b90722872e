//! A QR code in a modal dialog, visible at any scroll position. Escape, the back key, a click on the backdrop, or the
//! button closes it.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, KeyboardEvent};
use yew::{AttrValue, Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::qr::qr;
use super::{press, use_lang};
use crate::hooks::erased::{use_callback, use_effect_with};
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::Msg;
use crate::services::platform::Listener;

/// Properties of the dialog.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The link that the code stands for.
    pub link: AttrValue,
    /// What the link is for, if it is not for everybody.
    pub warning: Option<Msg>,
    /// The dialog was closed.
    pub onclose: Callback<()>,
}

/// The dialog; open as long as it is drawn.
#[component]
pub fn QrDialog(props: &Props) -> Html {
    let lang = use_lang();
    let dialog = use_node_ref();
    {
        let (dialog, onclose) = (dialog.clone(), props.onclose.clone());
        use_effect_with((), move |()| {
            dialog.cast::<HtmlDialogElement>().map(|dialog| {
                let _ = dialog.show_modal();
                Listener::new(&dialog, "close", move |_| onclose.emit(()))
            })
        });
    }
    let close = use_callback(dialog.clone(), |(), dialog| {
        if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
            dialog.close();
        }
    });
    use_back_to_close(true, &close);
    // A click on the backdrop has the dialog element itself as its target.
    let onclick = {
        let close = close.clone();
        Callback::from(move |click: MouseEvent| {
            let on = click.target().and_then(|target| target.dyn_into::<Element>().ok());
            if on.is_some_and(|on| on.tag_name().eq_ignore_ascii_case("dialog")) {
                close.emit(());
            }
        })
    };
    // The browser closes the dialog; what is behind it stays as it is.
    let onkeydown = Callback::from(|key: KeyboardEvent| {
        if key.key() == "Escape" {
            key.stop_propagation();
        }
    });
    let label = format!("{} {}", Msg::QrCode.say(lang), props.link);
    html! {
        <dialog ref={dialog} class="qr-dialog" aria-label={Msg::QrCode.say(lang)} {onclick} {onkeydown}>
            <div>
                { qr(&props.link, label) }
                if let Some(warning) = props.warning {
                    <p>{ warning.say(lang) }</p>
                }
                <button class="btn quiet" type="button" onclick={press(&close)}>{ Msg::Close.say(lang) }</button>
            </div>
        </dialog>
    }
}
