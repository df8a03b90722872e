//! One's own name and the button that leaves the room. In a room by link a question offers two ways to leave and explains
//! both. In the lobby 断开 asks only if something would be lost.

use shared::RoomId;
use yew::{AttrValue, Callback, Html, Properties, component, html};

use super::own_link::OwnLink;
use super::use_question::use_question;
use super::{avatar, button, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::state::Session;

/// Properties of the leave section.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// One's name.
    pub me: AttrValue,
    /// Which room.
    pub room: RoomId,
    /// One's own seat.
    pub seat: Option<Session>,
    /// Whether one is the room's host.
    pub host: bool,
    /// Whether nobody new can join.
    pub locked: bool,
    /// Whether the server is connected.
    pub up: bool,
    /// How many messages are not sent yet.
    pub unsent: usize,
    /// The person leaves the room.
    pub onleave: Callback<()>,
    /// The person wants this device to forget the room.
    pub onforget: Callback<()>,
}

/// One's own name and the button that leaves the room.
#[component]
pub fn Leave(props: &Props) -> Html {
    let lang = use_lang();
    let question = use_question();
    let backup = use_default::<bool>();
    let onbackup = {
        let backup = backup.setter();
        Callback::from(move |()| backup.set(true))
    };
    let by_link = props.room != RoomId::Lobby;
    let (open, leave) =
        if by_link { (Msg::LeaveRoom, Msg::LeaveRoom) } else { (Msg::Disconnect, Msg::DisconnectAnyway) };
    if !question.asked {
        let asks = by_link || !props.up || 0 < props.unsent;
        let ondisconnect = if asks { question.ask(true) } else { props.onleave.clone() };
        return html! {
            <div class="me">
                { avatar(&props.me) }
                <b>{ props.me.clone() }</b>
                { button("disconnect", "btn danger", open, lang, &ondisconnect) }
            </div>
        };
    }
    html! {
        <div class="me asking" role="alertdialog" aria-label={open.say(lang)} aria-describedby="leave-means">
            <div id="leave-means">
                if 0 < props.unsent {
                    <p class="bad">{ Msg::Unsent.fill(lang, &[&props.unsent.to_string()]) }</p>
                }
                if by_link {
                    <p><b>{ Msg::ForgetDevice.say(lang) }</b>{ Msg::ForgetMeans.say(lang) }</p>
                    if let Some(seat) = &props.seat {
                        if *backup {
                            <OwnLink room={props.room} seat={seat.clone()} backup=true />
                        } else {
                            { button("leave-backup", "link", Msg::BackUp, lang, &onbackup) }
                        }
                    }
                }
                <p>
                    if by_link {
                        <b>{ Msg::LeaveRoom.say(lang) }</b>
                    }
                    { means(props).say(lang) }
                </p>
            </div>
            if by_link {
                { button("forget-device", "btn quiet", Msg::ForgetDevice, lang, &props.onforget) }
            }
            { button("disconnect-anyway", "btn danger", leave, lang, &props.onleave) }
            { question.cancel(lang) }
        </div>
    }
}

/// The sentence that says what leaving means here.
fn means(props: &Props) -> Msg {
    match props {
        Props { up: false, .. } => Msg::OfflineLeaves,
        Props { host: true, .. } => Msg::HostLeaves,
        Props { locked: true, .. } => Msg::LeaveLocked,
        _ => Msg::LeaveMeans,
    }
}
