//! The side panel of the room: sections behind buttons at the top, and the button that leaves at the bottom. With few
//! members the invitation is below them and needs no section of its own.

use std::rc::Rc;

use shared::RoomId;
use yew::{AttrValue, Callback, Html, Properties, classes, component, html, use_node_ref};

use super::alerts::Alerts;
use super::host::HostTools;
use super::invite::Invite;
use super::lang_switch::LangSwitch;
use super::leave::Leave;
use super::people::People;
use super::{focus, icon, press, use_lang};
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::Msg;
use crate::routes;
use crate::state::outbox::Command;
use crate::state::server_clock::ServerClock;
use crate::state::{Room, Session};

/// Most members that leave room for the invitation below them.
const FEW: usize = 5;

/// Properties of the side panel.
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
    /// How many messages are not sent yet.
    pub unsent: usize,
    /// Whether the sheet is open, on a phone.
    pub open: bool,
    /// Estimates the server's clock.
    pub clock: ServerClock,
    /// The person closes the sheet.
    pub onclose: Callback<()>,
    /// The person, as host, does something.
    pub onact: Callback<Command>,
    /// The person leaves the room.
    pub onleave: Callback<()>,
    /// The person wants this device to forget the room.
    pub onforget: Callback<()>,
}

/// A section of the side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    People,
    Invite,
    Host,
    Settings,
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
    let room = props.room.as_ref();
    let locked = room.is_some_and(|room| room.facts.locked);
    let me: AttrValue =
        props.seat.as_ref().map_or_else(AttrValue::default, |seat| seat.name.to_string().into());
    let by_link = props.id != RoomId::Lobby;
    let host = room.filter(|room| room.host).zip(props.seat.as_ref());
    let few = room.is_none_or(|room| room.seated.len() <= FEW);

    let chosen = use_default::<Section>();
    let sections = [
        Some((Section::People, "tab-people", Msg::PeopleSection)),
        (by_link && !few).then_some((Section::Invite, "tab-invite", Msg::InviteSection)),
        host.is_some().then_some((Section::Host, "tab-host", Msg::HostSection)),
        Some((Section::Settings, "tab-settings", Msg::SettingsSection)),
    ];
    // The first section replaces one that has disappeared.
    let shown = sections.iter().flatten().map(|(section, ..)| *section).find(|section| *section == *chosen);
    let shown = shown.unwrap_or_default();
    let tab = |(section, id, word): (Section, &'static str, Msg)| {
        let chosen = chosen.setter();
        html! {
            <button {id} type="button" aria-pressed={(section == shown).to_string()} onclick={move |_| chosen.set(section)}>
                { word.say(lang) }
            </button>
        }
    };
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
                <div class="tabs">{ for sections.into_iter().flatten().map(tab) }</div>
                // What is typed in a section stays while another one is shown.
                <div class="side-body" hidden={shown != Section::People}>
                    <People room={room.cloned()} me={me.clone()} up={props.up} lost={props.lost} clock={props.clock} onact={&props.onact} />
                    if by_link && few {
                        <Invite room={props.id} seat={props.seat.clone()} {locked} alone={is_alone(room)} group={is_group(room)} onact={&props.onact} />
                    }
                </div>
                if by_link && !few {
                    <div class="side-body" hidden={shown != Section::Invite}>
                        <Invite room={props.id} seat={props.seat.clone()} {locked} group=true onact={&props.onact} />
                    </div>
                }
                if let Some((room, seat)) = host {
                    <div class="side-body" hidden={shown != Section::Host}>
                        <HostTools facts={room.facts.clone()} token={seat.token} clock={props.clock} open={shown == Section::Host}
                            onact={&props.onact} />
                    </div>
                }
                <div class="side-body" hidden={shown != Section::Settings}>
                    <Alerts />
                    <section class="panel setting">
                        <span>{ Msg::Language.say(lang) }</span>
                        <LangSwitch />
                    </section>
                </div>
                <Leave {me} room={props.id} seat={props.seat.clone()}
                    host={host.is_some()} {locked}
                    up={props.up} unsent={props.unsent} onleave={&props.onleave} onforget={&props.onforget} />
            </aside>
        </>
    }
}

fn is_alone(room: Option<&Rc<Room>>) -> bool {
    room.is_some_and(|room| room.others().next().is_none())
}

fn is_group(room: Option<&Rc<Room>>) -> bool {
    room.is_some_and(|room| 2 < room.facts.capacity)
}
