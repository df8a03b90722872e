//! What may be done with a message, to choose from: by mouse, by finger, or with the arrow keys.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::use_lang;
use crate::hooks::erased::use_effect_with;
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::Msg;
use crate::services::platform;
use crate::view_model::rows::MessageAction;

/// This many pixels from the window's edges the menu ends.
const EDGE_PX: f64 = 8.0;

/// What the menu needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What there is to choose from.
    pub deeds: Vec<MessageAction>,
    /// Where it opens, in the window's pixels.
    pub at: (f64, f64),
    /// The person has chosen.
    pub onpick: Callback<MessageAction>,
    /// The person wants none of it.
    pub onclose: Callback<()>,
}

/// The menu. It has the focus as long as it is there; whoever opened it gives the focus back.
#[component]
pub fn Menu(props: &Props) -> Html {
    let lang = use_lang();
    let menu = use_node_ref();
    use_back_to_close(true, &props.onclose);
    use_effect_with((menu.clone(), props.at), |(menu, at)| {
        if let Some(menu) = menu.cast::<HtmlElement>() {
            stand(&menu, *at);
            focus(&menu, 0);
        }
    });
    let onkeydown = {
        let (menu, onclose) = (menu.clone(), props.onclose.clone());
        Callback::from(move |key: KeyboardEvent| {
            let Some(menu) = menu.cast::<Element>() else { return };
            let items = i64::from(menu.children().length());
            let now = platform::document().active_element();
            let now = (0..items).find(|item| menu.children().item(*item as u32) == now).unwrap_or(-1);
            match key.key().as_str() {
                "ArrowDown" => focus(&menu, (now + 1).rem_euclid(items)),
                "ArrowUp" => focus(&menu, (now.max(0) - 1).rem_euclid(items)),
                "Home" => focus(&menu, 0),
                "End" => focus(&menu, items - 1),
                "Escape" | "Tab" => onclose.emit(()),
                _ => return,
            }
            key.prevent_default();
            key.stop_propagation();
        })
    };
    // On press already: a finger that is lifted after opening the menu presses nothing.
    let onpointerdown = props.onclose.reform(|press: yew::PointerEvent| press.prevent_default());
    let oncontextmenu = Callback::from(|press: MouseEvent| press.prevent_default());
    html! {
        <>
            <div class="menu-shade" {onpointerdown} onmousedown={oncontextmenu.clone()} oncontextmenu={oncontextmenu.clone()} />
            <div ref={menu} id="message-menu" class="menu" role="menu" aria-label={Msg::MessageMenu.say(lang)}
                {onkeydown} {oncontextmenu}>
                { for props.deeds.iter().map(|deed| {
                    let deed = *deed;
                    let onclick = props.onpick.reform(move |_: MouseEvent| deed);
                    html! {
                        <button role="menuitem" type="button" tabindex="-1" data-deed={deed.id()} {onclick}>
                            { deed.word().say(lang) }
                        </button>
                    }
                }) }
            </div>
        </>
    }
}

/// Puts the menu where it was asked for, and wholly into the window.
fn stand(menu: &HtmlElement, (x, y): (f64, f64)) {
    let window = platform::window();
    let size =
        |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|side| side.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window.inner_width()), size(window.inner_height()));
    let own = menu.get_bounding_client_rect();
    let left = x.min(width - own.width() - EDGE_PX).max(EDGE_PX);
    let top = if y + own.height() + EDGE_PX > height { y - own.height() } else { y };
    let style = menu.style();
    let _ = style.set_property("left", &format!("{}px", left as i32));
    let _ = style.set_property("top", &format!("{}px", top.max(EDGE_PX) as i32));
}

fn focus(menu: &Element, item: i64) {
    let item = u32::try_from(item).ok().and_then(|item| menu.children().item(item));
    if let Some(item) = item.and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}
