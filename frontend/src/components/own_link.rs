//! A link that carries one's own identity, asked for when it is shown: for another device, or as a backup.

use shared::RoomId;
use yew::{Callback, Html, Properties, component, html};

use super::copy_link::CopyLink;
use super::use_lang;
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::http::{self, Given};
use crate::services::platform;
use crate::state::Session;

/// What the link needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// One's own seat.
    pub seat: Session,
    /// Whether it is a backup, or else for another device.
    #[prop_or_default]
    pub backup: bool,
}

/// The link, and what it is good for.
#[component]
pub fn OwnLink(props: &Props) -> Html {
    let lang = use_lang();
    let answer = use_default::<Option<Result<String, Msg>>>();
    {
        let Props { room, seat, backup } = props.clone();
        let answer = answer.setter();
        use_effect_with((), move |()| {
            let token = seat.token;
            let ongiven = Callback::from(move |given: Result<Given, _>| {
                let link = given.map_err(Msg::why).and_then(|given| match given {
                    Given { code: Some(code), .. } => Ok(platform::pairing_link(code)),
                    Given { token: Some(token), .. } => {
                        Ok(platform::seat_link(room, &token, Some(&seat.name)))
                    }
                    // Something between the server and here has answered.
                    Given { .. } => Err(Msg::Unreachable),
                });
                answer.set(Some(link));
            });
            http::own_link(room, token, backup, ongiven);
        });
    }
    let (advice, id) = match props.backup {
        true => (Msg::BackupAdvice, ["backup-link", "copy-backup", "show-backup-qr"]),
        false => (Msg::OtherDeviceAdvice, ["device-link", "copy-device-link", "show-device-qr"]),
    };
    let [id, button, qr] = id;
    match &*answer {
        None => html! { <p>{ Msg::Opening.say(lang) }</p> },
        Some(Err(why)) => html! { <div class="problem" role="alert">{ why.say(lang) }</div> },
        Some(Ok(link)) => html! {
            <>
                <p>{ advice.say(lang) }</p>
                <CopyLink link={link.clone()} {id} {button} label={Msg::CopySeatLink} {qr} />
            </>
        },
    }
}
