//! The list of banned members, from which the host lifts a ban.

use shared::{Ban, BanList as Bans, MemberId, RoomId, Token};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, MouseEvent, Properties, component, html};

use super::use_lang;
use super::use_local_day::use_local_day;
use crate::hooks::erased::{use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::{http, platform};
use crate::state::outbox::Command;
use crate::state::server_clock::ServerClock;

/// Properties of the ban list.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// The host's secret.
    pub token: Token,
    /// Estimates the server's clock.
    pub clock: ServerClock,
    /// Whether it is in sight: it is loaded each time that begins.
    pub open: bool,
    /// The host does something.
    pub onact: Callback<Command>,
}

/// The list.
#[component]
pub fn BanList(props: &Props) -> Html {
    let lang = use_lang();
    let bans = use_default::<Option<Vec<Ban>>>();
    let failed = use_default::<bool>();
    {
        let (bans, failed) = (bans.setter(), failed.setter());
        use_effect_with((props.open, props.room, props.token), move |(open, room, token)| {
            if *open {
                let (room, token) = (*room, *token);
                spawn_local(async move {
                    let loaded = http::bans(room, &token).await;
                    failed.set(loaded.is_none());
                    if let Some(Bans { bans: loaded }) = loaded {
                        bans.set(Some(loaded));
                    }
                });
            }
        });
    }
    let lift = |member: MemberId| {
        let (kept, onact) = (bans.clone(), props.onact.clone());
        move |_: MouseEvent| {
            onact.emit(Command::Unban { member });
            kept.set(
                kept.as_ref().map(|kept| kept.iter().filter(|ban| ban.member != member).cloned().collect()),
            );
        }
    };
    let now = platform::local(use_local_day(props.clock));
    let row = |ban: &Ban| {
        let at = platform::local(ban.at);
        html! {
            <li key={ban.member.0}>
                <span><b>{ ban.name.to_string() }</b><small>{ at.day(now, lang) }{ " " }{ at.time() }</small></span>
                <button class="link unban" type="button" onclick={lift(ban.member)}
                    aria-label={Msg::UnbanMember.fill(lang, &[ban.name.as_str()])}>
                    { Msg::Unban.say(lang) }
                </button>
            </li>
        }
    };
    html! {
        <section id="bans" class="panel">
            <h3>{ Msg::Bans.say(lang) }</h3>
            if *failed {
                <p class="bad" role="alert">{ Msg::NotLoaded.say(lang) }</p>
            } else if let Some(bans) = bans.as_ref().filter(|bans| !bans.is_empty()) {
                <ul>{ for bans.iter().map(row) }</ul>
            } else {
                <p>{ Msg::NoBans.say(lang) }</p>
            }
        </section>
    }
}
