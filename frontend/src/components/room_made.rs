//! The card after a room was made: the link that makes its holder the host, before anybody goes there. Whoever loses what this
//! browser stores, and has not kept the link, can never manage the room again.

use shared::RoomMade;
use yew::{Callback, Html, html};

use super::button;
use super::copy_link::CopyLink;
use crate::i18n::{Lang, Msg};
use crate::services::platform;

/// The card. `stored` says whether the browser has stored the host's seat.
pub fn room_made_card(made: &RoomMade, stored: bool, onenter: &Callback<()>, lang: Lang) -> Html {
    let link = platform::seat_link(made.room, &made.host_token, None);
    html! {
        <main class="join">
            <section id="room-made" class="card" aria-labelledby="room-made-title">
                <h1 id="room-made-title">{ Msg::RoomMadeHeading.say(lang) }</h1>
                if !stored {
                    <p class="problem" role="alert">{ Msg::HostNotStored.say(lang) }</p>
                }
                <p>{ Msg::HostLinkAdvice.say(lang) }</p>
                <CopyLink {link} id="host-link" button="copy-host-link" label={Msg::CopyHostLink} qr="show-host-qr" />
                <div class="buttons">
                    { button("enter-room", "btn", Msg::EnterRoom, lang, onenter) }
                </div>
            </section>
        </main>
    }
}
