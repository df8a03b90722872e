//! The menu of a message: what may be done with it, to be chosen by mouse, by finger, or with the arrow keys.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use super::row_element::{bubble, row_by_key};
use super::use_lang;
use crate::hooks::erased::use_effect_with;
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::Msg;
use crate::services::platform::{self, Listener};
use crate::view_model::menu_position::menu_position;
use crate::view_model::rows::MessageAction;

/// What the menu needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What there is to choose from.
    pub actions: Vec<MessageAction>,
    /// Where it was asked for, in the window's pixels.
    pub at: (f64, f64),
    /// The key of the message.
    pub message: String,
    /// The exact time of the message.
    pub time: String,
    /// Called with the chosen action.
    pub onpick: Callback<MessageAction>,
    /// Called when the menu is closed without a choice.
    pub onclose: Callback<()>,
}

/// The menu. It has the focus as long as it is open. Its caller gives the focus back.
#[component]
pub fn Menu(props: &Props) -> Html {
    let lang = use_lang();
    let (frame, menu) = (use_node_ref(), use_node_ref());
    use_back_to_close(true, &props.onclose);
    use_effect_with(
        (frame.clone(), menu.clone(), props.at, props.message.clone()),
        |(frame, menu, at, message)| {
            let frame = frame.cast::<HtmlElement>()?;
            place(&frame, *at, message);
            focus(&menu.cast()?, 0);
            // A phone is turned, or its keyboard goes when the menu takes the focus.
            let (at, message) = (*at, message.clone());
            Some(Listener::new(&platform::window(), "resize", move |_| place(&frame, at, &message)))
        },
    );
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
            <div ref={frame} class="menu" {oncontextmenu}>
                <div class="menu-time" aria-hidden="true">{ props.time.clone() }</div>
                <div ref={menu} id="message-menu" role="menu" aria-label={Msg::MessageMenu.say(lang)} {onkeydown}>
                    { for props.actions.iter().map(|action| {
                        let action = *action;
                        let onclick = props.onpick.reform(move |_: MouseEvent| action);
                        html! {
                            <button role="menuitem" type="button" tabindex="-1" data-deed={action.id()} {onclick}>
                                { action.word().say(lang) }
                            </button>
                        }
                    }) }
                </div>
            </div>
        </>
    }
}

/// Moves the menu to its place in the window, beside its message if that is in the page.
fn place(frame: &HtmlElement, at: (f64, f64), message: &str) {
    let page = platform::document().document_element();
    let message = page.and_then(|page| row_by_key(&page, message)).map(|row| bubble(&row));
    let window = platform::window();
    let size =
        |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|side| side.as_f64()).unwrap_or(0.0);
    let window = (size(window.inner_width()), size(window.inner_height()));
    let own = frame.get_bounding_client_rect();
    let (left, top) = menu_position((own.width(), own.height()), at, message, window);
    let style = frame.style();
    let _ = style.set_property("left", &format!("{}px", left as i32));
    let _ = style.set_property("top", &format!("{}px", top as i32));
}

fn focus(menu: &Element, item: i64) {
    let item = u32::try_from(item).ok().and_then(|item| menu.children().item(item));
    if let Some(item) = item.and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}
