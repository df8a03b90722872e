//! The switches for what tells of a message: a sound, a notification. The browser is asked for leave only when somebody
//! turns that on; where it cannot be had, that is said.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::{Callback, Event, Html, TargetCast, component, html, use_state_eq};

use super::use_lang;
use crate::browser::{self, Leave};
use crate::store::{self, Alert};
use crate::text::Word;

/// The switches.
#[component]
pub fn Alerts() -> Html {
    let lang = use_lang();
    let sound = use_state_eq(|| store::wants(Alert::Sound));
    let notification = use_state_eq(|| store::wants(Alert::Notification));
    let leave = use_state_eq(browser::may_notify);
    let onsound = {
        let sound = sound.setter();
        Callback::from(move |change: Event| {
            let on = switch(&change).is_some_and(|switch| switch.checked());
            store::want(Alert::Sound, on);
            sound.set(on);
            if on {
                browser::ring();
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
            store::want(Alert::Notification, false);
            notification.set(false);
            if on {
                let (notification, leave) = (notification.clone(), leave.clone());
                spawn_local(async move {
                    browser::ask_to_notify().await;
                    let now = browser::may_notify();
                    leave.set(now);
                    store::want(Alert::Notification, now == Leave::Given);
                    notification.set(now == Leave::Given);
                });
            }
        })
    };
    let why_not = match *leave {
        Leave::Given | Leave::NotAsked => None,
        Leave::Denied => Some(Word::NotifyDenied),
        Leave::WeChat => Some(Word::NotifyWeChat),
        Leave::Insecure => Some(Word::NotifyInsecure),
        Leave::Missing => Some(Word::NotifyMissing),
    };
    html! {
        <details id="alerts" class="invite host">
            <summary>{ Word::Alerts.say(lang) }</summary>
            <label>
                { Word::Sound.say(lang) }
                <input id="sound" type="checkbox" role="switch" checked={*sound} onchange={onsound} />
            </label>
            <label>
                <span>{ Word::Notification.say(lang) }<small id="no-notification">{ why_not.map(|why| why.say(lang)) }</small></span>
                <input id="notification" type="checkbox" role="switch" disabled={why_not.is_some()}
                    checked={*notification && *leave == Leave::Given} onchange={onnotification} />
            </label>
        </details>
    }
}

fn switch(change: &Event) -> Option<HtmlInputElement> {
    change.target_dyn_into()
}
