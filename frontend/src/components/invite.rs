//! The ways into a room: the link for others, and on demand the one that brings oneself to another device, and the button that
//! signs other devices out.

use shared::RoomId;
use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::copy_link::CopyLink;
use super::own_link::OwnLink;
use super::{button, dotted, icon, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::services::platform;
use crate::state::Session;
use crate::state::outbox::Command;

/// Properties of the invitation.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// One's own seat.
    pub seat: Option<Session>,
    /// Whether nobody new can join.
    pub locked: bool,
    /// Whether nobody else has a seat.
    #[prop_or_default]
    pub alone: bool,
    /// Whether the room has more than two seats.
    #[prop_or_default]
    pub group: bool,
    /// The person signs other devices out.
    pub onact: Callback<Command>,
}

/// The invitation.
#[component]
pub fn Invite(props: &Props) -> Html {
    let lang = use_lang();
    // The link gives away this member's identity. It is shown only on request.
    let shown = use_default::<bool>();
    let ontoggle = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(!*shown))
    };
    let own = props.seat.clone().filter(|_| *shown);
    let onsignout = props.onact.reform(|()| Command::SignOutOthers);
    let words = match (props.locked, props.group, props.alone) {
        (true, ..) => Msg::DoorLocked,
        (false, true, true) => Msg::InviteGroup,
        (false, true, false) => Msg::InviteMore,
        (false, false, _) => Msg::Invite,
    };
    html! {
        <>
            <section class="panel invite">
                <p>{ dotted(words.say(lang)) }</p>
                <CopyLink link={platform::link(props.room)} id="invite-link" button="copy-link" qr="show-qr" />
            </section>
            <section class="panel fold">
                <button id="other-device" class="row" type="button" aria-expanded={shown.to_string()} onclick={ontoggle}>
                    { Msg::OtherDevice.say(lang) }
                    { icon("m9 6 6 6-6 6") }
                </button>
                if let Some(seat) = own {
                    <OwnLink room={props.room} {seat} />
                    <p>{ Msg::SignOutMeans.say(lang) }</p>
                    { button("sign-out-others", "btn quiet", Msg::SignOutOthers, lang, &onsignout) }
                }
            </section>
        </>
    }
}
