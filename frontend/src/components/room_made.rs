//! The card after a room was made: the link that makes its holder the host, before anybody goes there. Whoever loses what this
//! browser stores, and has not kept the link, can never manage the room again.

use shared::RoomMade;
use yew::{Callback, Html, Properties, component, html};

use super::copy_link::CopyLink;
use super::{button, use_lang};
use crate::i18n::Msg;
use crate::services::platform;

/// What the card needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub made: RoomMade,
    /// Whether the browser has stored the host's seat.
    pub stored: bool,
    /// The person goes to the room.
    pub onenter: Callback<()>,
}

/// The card.
#[component]
pub fn RoomMadeCard(props: &Props) -> Html {
    let lang = use_lang();
    let link = platform::seat_link(props.made.room, &props.made.host_token, None);
    html! {
        <main class="join">
            <section id="room-made" class="card" aria-labelledby="room-made-title">
                <h1 id="room-made-title">{ Msg::RoomMadeHeading.say(lang) }</h1>
                if !props.stored {
                    <p class="problem" role="alert">{ Msg::HostNotStored.say(lang) }</p>
                }
                <p>{ Msg::HostLinkAdvice.say(lang) }</p>
                <CopyLink {link} id="host-link" button="copy-host-link" qr="show-host-qr" />
                <div class="buttons">
                    { button("enter-room", "btn", Msg::EnterRoom, lang, &props.onenter) }
                </div>
            </section>
        </main>
    }
}
