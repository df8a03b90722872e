//! The member list, with a filter by name or pinyin if there are many.

use std::rc::Rc;

use shared::MemberId;
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::{AttrValue, Callback, Html, InputEvent, Properties, TargetCast, component, html};

use super::member::MemberRow;
use super::use_lang;
use super::use_readings::use_readings;
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::services::platform;
use crate::state::Room;
use crate::state::outbox::Command;
use crate::state::server_clock::ServerClock;
use crate::view_model::member_list::{FILTER_MIN, filtered, ordered};

/// Properties of the member list.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// One's own name.
    pub me: AttrValue,
    /// Whether the server is connected.
    pub up: bool,
    /// Whether it was lost for long enough that nothing is known of the others.
    pub lost: bool,
    /// Estimates the server's clock.
    pub clock: ServerClock,
    /// The person, as host, does something.
    pub onact: Callback<Command>,
}

/// The list of members.
#[component]
pub fn People(props: &Props) -> Html {
    let lang = use_lang();
    let typed = use_default::<String>();
    let own = if props.up { Msg::Online } else { Msg::Offline };
    let members = props.room.as_deref().map_or_else(Vec::new, ordered);
    let has_filter = FILTER_MIN <= members.len();
    let sought = if has_filter { typed.trim() } else { "" };
    let name_of = |member: &MemberId| props.room.as_deref().and_then(|room| room.name(*member)).cloned();
    let names: Rc<[Rc<str>]> = members.iter().filter_map(name_of).collect();
    let readings = use_readings(&names, !sought.is_empty());
    let Some(room) = props.room.as_deref() else {
        return html! {
            <section>
                <h2>{ Msg::MembersUnknown.say(lang) }</h2>
                <div class="members"><MemberRow name={&props.me} me=true state={own} /></div>
            </section>
        };
    };

    let found = filtered(room, members, sought, &readings);
    let (nobody, now) = (found.is_empty(), props.clock.at(platform::monotonic_ms()));
    let row = |member: MemberId| {
        let name: AttrValue = match room.name(member) {
            _ if member == room.me => props.me.clone(),
            Some(name) => Rc::clone(name).into(),
            None => AttrValue::default(),
        };
        let state = match room.online.contains(&member) {
            _ if member == room.me => own,
            _ if props.lost || room.online.is_empty() => Msg::Unsure,
            _ if room.typing.contains(&member) => Msg::MemberTyping,
            true => Msg::Online,
            false => Msg::Offline,
        };
        let (me, host) = (member == room.me, Some(member) == room.host_member());
        let muted = room.muted_until(member).is_some_and(|until| now < until);
        let manageable = (room.host && !me).then_some(member);
        html! { <MemberRow key={member.0} {name} {me} {host} {state} {muted} {manageable} onact={&props.onact} /> }
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |input: InputEvent| {
            typed.set(
                input.target_dyn_into::<HtmlInputElement>().map_or_else(String::new, |field| field.value()),
            );
        })
    };
    let onkeydown = {
        let typed = typed.clone();
        Callback::from(move |key: KeyboardEvent| {
            let field = key.target_dyn_into::<HtmlInputElement>();
            if let ("Escape", false, Some(field)) = (key.key().as_str(), typed.is_empty(), field) {
                // The first press empties the field, the next one closes the sheet.
                key.stop_propagation();
                field.set_value("");
                typed.set(String::new());
            }
        })
    };
    let count = [room.seated.len().to_string(), room.facts.capacity.to_string()];
    html! {
        <section class="people">
            <h2>{ Msg::Members.fill(lang, &[&count[0], &count[1]]) }</h2>
            if has_filter {
                <input id="find-member" class="field" type="search" autocomplete="off" maxlength="30"
                    placeholder={Msg::FindMember.say(lang)} aria-label={Msg::FindMember.say(lang)} {oninput} {onkeydown} />
            }
            <div class="members">{ for found.into_iter().map(row) }</div>
            <div role="status">
                if nobody {
                    <p class="hint">{ Msg::NoSuchMember.say(lang) }</p>
                }
            </div>
        </section>
    }
}
