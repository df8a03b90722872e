//! The switches for sound and notifications. The browser is asked for permission only when notifications are turned on. If
//! they are not available, the reason is shown.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::{Callback, Event, Html, TargetCast, component, html, use_state_eq};

use super::use_lang;
use crate::i18n::Msg;
use crate::services::platform::{self, Leave};
use crate::services::storage::{self, Alert};

/// The switches.
#[component]
pub fn Alerts() -> Html {
    let lang = use_lang();
    let sound = use_state_eq(|| storage::wants(Alert::Sound));
    let notification = use_state_eq(|| storage::wants(Alert::Notification));
    let leave = use_state_eq(platform::may_notify);
    let onsound = {
        let sound = sound.setter();
        Callback::from(move |change: Event| {
            let on = switch(&change).is_some_and(|switch| switch.checked());
            storage::want(Alert::Sound, on);
            sound.set(on);
            if on {
                platform::ring();
            }
        })
    };
    let onnotification = {
        let (notification, leave) = (notification.setter(), leave.setter());
        Callback::from(move |change: Event| {
            let Some(switch) = switch(&change) else { return };
            let on = switch.checked();
            // It is on when the person has said so to the browser too.
            switch.set_checked(false);
            storage::want(Alert::Notification, false);
            notification.set(false);
            if on {
                let (notification, leave) = (notification.clone(), leave.clone());
                spawn_local(async move {
                    platform::ask_to_notify().await;
                    let now = platform::may_notify();
                    leave.set(now);
                    storage::want(Alert::Notification, now == Leave::Given);
                    notification.set(now == Leave::Given);
                });
            }
        })
    };
    let why_not = match *leave {
        Leave::Given | Leave::NotAsked => None,
        Leave::Denied => Some(Msg::NotifyDenied),
        Leave::WeChat => Some(Msg::NotifyWeChat),
        Leave::Insecure => Some(Msg::NotifyInsecure),
        Leave::Missing => Some(Msg::NotifyMissing),
    };
    html! {
        <section id="alerts" class="panel">
            <h3>{ Msg::Alerts.say(lang) }</h3>
            <label>
                { Msg::Sound.say(lang) }
                <input id="sound" type="checkbox" role="switch" checked={*sound} onchange={onsound} />
            </label>
            <label>
                <span>{ Msg::Notification.say(lang) }<small id="no-notification">{ why_not.map(|why| why.say(lang)) }</small></span>
                <input id="notification" type="checkbox" role="switch" disabled={why_not.is_some()}
                    checked={*notification && *leave == Leave::Given} onchange={onnotification} />
            </label>
        </section>
    }
}

fn switch(change: &Event) -> Option<HtmlInputElement> {
    change.target_dyn_into()
}
