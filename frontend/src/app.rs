//! The page: the card, or the room; the language; and the sign that it is ready.

use yew::{ContextProvider, Html, component, html, use_effect_with, use_memo};

use crate::browser;
use crate::components::join::JoinCard;
use crate::components::room::RoomView;
use crate::use_chat::use_chat;

/// The page.
#[component]
pub fn App() -> Html {
    let lang = *use_memo((), |()| browser::language());
    let page = use_chat();

    use_effect_with(lang, |lang| {
        let document = browser::document();
        if let Some(root) = document.document_element() {
            let _ = root.set_attribute("lang", lang.tag());
        }
        if let Some(body) = document.body() {
            let _ = body.set_attribute("data-ready", "1");
        }
    });

    let view = if page.chat.in_room() {
        html! { <RoomView page={page} /> }
    } else {
        html! {
            <JoinCard
                typed={page.chat.typed.clone()}
                joining={page.chat.seat.is_some()}
                problem={page.chat.problem}
                onconnect={page.connect}
            />
        }
    };
    html! { <ContextProvider<crate::text::Lang> context={lang}>{ view }</ContextProvider<crate::text::Lang>> }
}
