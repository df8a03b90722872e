//! The side: who is in the room, oneself, and the way out.

use std::rc::Rc;

use shared::RoomId;
use yew::{AttrValue, Callback, Html, Properties, classes, component, html, use_node_ref};

use super::alerts::Alerts;
use super::host::HostTools;
use super::invite::Invite;
use super::lang_switch::LangSwitch;
use super::leave::Leave;
use super::member::MemberRow;
use super::{focus, icon, press, use_lang};
use crate::hooks::erased::use_effect_with;
use crate::i18n::Msg;
use crate::routes;
use crate::state::outbox::Command;
use crate::state::{Room, Session};

/// What the side needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// Which room.
    pub id: RoomId,
    /// One's own seat.
    pub seat: Option<Session>,
    /// Whether the server is connected.
    pub up: bool,
    /// Whether it was lost for long enough that nothing is known of the others.
    pub lost: bool,
    /// Whether the sheet is open, on a phone.
    pub open: bool,
    /// The person closes the sheet.
    pub onclose: Callback<()>,
    /// The person, as host, does something.
    pub onact: Callback<Command>,
    /// The person leaves the room.
    pub onleave: Callback<()>,
}

/// The side.
#[component]
pub fn Members(props: &Props) -> Html {
    let lang = use_lang();
    let close = use_node_ref();
    use_effect_with((props.open, close.clone()), |(open, close)| {
        if *open {
            focus(close);
        }
    });
    let onclose = press(&props.onclose);
    let room = props.room.as_deref();
    let me: AttrValue =
        props.seat.as_ref().map_or_else(AttrValue::default, |seat| seat.name.to_string().into());
    let heading = match room {
        None => Msg::MembersUnknown.say(lang).to_owned(),
        Some(room) => {
            Msg::Members.fill(lang, &[&room.seated.len().to_string(), &room.facts.capacity.to_string()])
        }
    };
    let others = room.map(|room| {
        room.others().map(|other| {
            let name = room.name(other).map_or("", |name| name);
            let state = match room.online.contains(&other) {
                _ if props.lost || room.online.is_empty() => Msg::Unsure,
                _ if room.typing.contains(&other) => Msg::MemberTyping,
                true => Msg::Online,
                false => Msg::Offline,
            };
            let removable = room.host.then_some(other);
            html! { <MemberRow key={other.0} name={name.to_owned()} {state} {removable} onact={&props.onact} /> }
        })
    });
    html! {
        <>
            <div class={classes!("shade", props.open.then_some("open"))} onclick={onclose.clone()} aria-hidden="true" />
            <aside id="side" class={classes!("side", props.open.then_some("open"))}>
                <div class="brand">
                    <i aria-hidden="true" />
                    { Msg::Brand.say(lang) }
                    <a class="link" href={routes::ROOMS}>{ Msg::MyRooms.say(lang) }</a>
                    <button ref={close} class="icon close" type="button" aria-label={Msg::Close.say(lang)} onclick={onclose}>
                        { icon("m6 6 12 12M18 6 6 18") }
                    </button>
                </div>
                <div class="side-body">
                <section>
                    <h2>{ heading }</h2>
                    <div class="members">
                        <MemberRow name={&me} me=true state={if props.up { Msg::Online } else { Msg::Offline }} />
                        { for others.into_iter().flatten() }
                    </div>
                </section>
                if props.id != RoomId::Lobby {
                    <Invite room={props.id} seat={props.seat.clone()} />
                }
                if let (Some(room), Some(seat)) = (room.filter(|room| room.host), &props.seat) {
                    <HostTools facts={room.facts.clone()} token={seat.token} onact={&props.onact} />
                }
                <Alerts />
                <LangSwitch />
                </div>
                <Leave {me} host={room.is_some_and(|room| room.host)} up={props.up} onleave={props.onleave.clone()} />
            </aside>
        </>
    }
}
