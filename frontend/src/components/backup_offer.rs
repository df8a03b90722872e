//! Offers a recovery link to whoever has said something in a room by link: a browser may delete what it stores, and
//! then only this link brings the person back as who they were. Offered until it was taken or declined once.

use shared::RoomId;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

use super::own_link::OwnLink;
use super::{button, icon, press, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::services::storage;
use crate::state::Session;

/// What the offer needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// One's own seat.
    pub seat: Session,
}

/// The offer.
#[component]
pub fn BackupOffer(props: &Props) -> Html {
    let lang = use_lang();
    let room = props.room;
    let answered = use_state_eq(|| storage::is_backup_answered(room));
    let shown = use_default::<bool>();
    if *answered {
        return Html::default();
    }
    let onshow = {
        let shown = shown.setter();
        Callback::from(move |()| shown.set(true))
    };
    let ondone = {
        let answered = answered.setter();
        Callback::from(move |()| {
            storage::answer_backup(room);
            answered.set(true);
        })
    };
    html! {
        <section id="backup" class="offer">
            if *shown {
                <OwnLink {room} seat={props.seat.clone()} backup=true />
                { button("backup-done", "btn quiet", Msg::Done, lang, &ondone) }
            } else {
                <p>{ Msg::BackupOffer.say(lang) }</p>
                { button("backup-show", "btn quiet", Msg::BackUp, lang, &onshow) }
                <button id="backup-decline" class="icon" type="button" aria-label={Msg::NotNeeded.say(lang)} onclick={press(&ondone)}>
                    { icon("m6 6 12 12M18 6 6 18") }
                </button>
            }
        </section>
    }
}
