//! A link, the button that copies it, and the one that shows it as a QR code. Where there is no clipboard it is selected
//! instead, and that is said.

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::Node;
use yew::{AttrValue, Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::qr_dialog::QrDialog;
use super::{button, use_lang};
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::platform;

/// How long it is said that the link is copied, or selected.
const SAID_MS: u32 = 4_000;

/// Properties of a link to copy.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The link.
    pub link: AttrValue,
    /// The id of the element that shows it.
    pub id: &'static str,
    /// The id of the button that copies it.
    pub button: &'static str,
    /// What that button says.
    #[prop_or(Msg::CopyLink)]
    pub label: Msg,
    /// The id of the button that shows it as a code.
    pub qr: &'static str,
}

/// A link and the button that copies it.
#[component]
pub fn CopyLink(props: &Props) -> Html {
    let lang = use_lang();
    let shown = use_node_ref();
    let said = use_default::<Option<Msg>>();
    let code = use_default::<bool>();
    let oncode = {
        let code = code.clone();
        Callback::from(move |_: MouseEvent| code.set(true))
    };

    {
        let setter = said.setter();
        use_effect_with(*said, move |said| {
            said.is_some().then(|| Timeout::new(SAID_MS, move || setter.set(None)))
        });
    }
    let oncopy = {
        let (link, shown, said) = (props.link.clone(), shown.clone(), said.setter());
        Callback::from(move |()| {
            let (link, shown, said) = (link.clone(), shown.clone(), said.clone());
            spawn_local(async move {
                if platform::copy(&link).await.is_ok() {
                    said.set(Some(Msg::Copied));
                } else if let Some(node) = shown.cast::<Node>() {
                    platform::select(&node);
                    said.set(Some(Msg::Selected));
                }
            });
        })
    };
    let onclose = {
        let code = code.setter();
        Callback::from(move |()| code.set(false))
    };
    html! {
        <div class="copy">
            <code ref={shown} id={props.id}>{ props.link.clone() }</code>
            <div class="two">
                { button(props.button, "btn quiet", props.label, lang, &oncopy) }
                <button id={props.qr} class="btn quiet" type="button" aria-haspopup="dialog" onclick={oncode}>
                    { Msg::QrCode.say(lang) }
                </button>
            </div>
            if *code {
                <QrDialog link={&props.link} warning={(props.label != Msg::CopyLink).then_some(Msg::SecretCode)} {onclose} />
            }
            <span class="said" role="status">{ said.map(|word| word.say(lang)) }</span>
        </div>
    }
}
