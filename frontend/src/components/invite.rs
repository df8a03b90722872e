//! The ways into a room: the link for others, and on demand the one that brings oneself to another device.

use shared::RoomId;
use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::copy_link::CopyLink;
use super::use_lang;
use super::{dotted, icon};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::services::platform;
use crate::state::Session;

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
    let own = props
        .seat
        .as_ref()
        .filter(|_| *shown)
        .map(|seat| platform::seat_link(props.room, &seat.token, Some(&seat.name)));
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
                if let Some(own) = own {
                    <p>{ Msg::OtherDeviceAdvice.say(lang) }</p>
                    <CopyLink link={own} id="device-link" button="copy-device-link" label={Msg::CopySeatLink} qr="show-device-qr" />
                }
            </section>
        </>
    }
}
