//! One member in the side, and what the host can do about them.

use shared::MemberId;
use web_sys::HtmlInputElement;
use yew::{AttrValue, Callback, Html, MouseEvent, Properties, classes, component, html, use_node_ref};

use super::use_question::use_question;
use super::{avatar, press, use_lang};
use crate::hooks::erased::use_default;
use crate::i18n::Msg;
use crate::state::outbox::Command;

/// The mutes that are offered: the word, and seconds.
const MUTES: [(Msg, u32); 3] = [(Msg::TenMinutes, 600), (Msg::OneHour, 3_600), (Msg::OneDay, 86_400)];

/// Properties of a member row.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The name.
    pub name: AttrValue,
    /// Whether it is oneself.
    #[prop_or_default]
    pub me: bool,
    /// Whether it is the room's host.
    #[prop_or_default]
    pub host: bool,
    /// Whether they are there, or writing.
    pub state: Msg,
    /// Whether the host has muted them.
    #[prop_or_default]
    pub muted: bool,
    /// The member, if this page is the host's and may do something about them.
    #[prop_or_default]
    pub manageable: Option<MemberId>,
    /// The host does something.
    #[prop_or_default]
    pub onact: Callback<Command>,
}

/// A member.
#[component]
pub fn MemberRow(props: &Props) -> Html {
    let lang = use_lang();
    let question = use_question();
    let off = (!matches!(props.state, Msg::Online | Msg::MemberTyping)).then_some("off");
    let state = props.state.say(lang);
    let state = if props.muted { format!("{state} · {}", Msg::Muted.say(lang)) } else { state.to_owned() };
    let manage = Msg::ManageMember.fill(lang, &[&props.name]);
    html! {
        <>
            <div class="member">
                { avatar(&props.name) }
                <span>
                    <b>{ props.name.clone() }</b>
                    if props.me { { Msg::You.say(lang) } }
                    if props.host { <i class="badge">{ Msg::HostBadge.say(lang) }</i> }
                    <small>{ state }</small>
                </span>
                if props.manageable.is_some() {
                    <button class="icon manage" type="button" aria-expanded={question.asked.to_string()}
                        aria-label={manage.clone()} title={manage.clone()} onclick={press(&question.ask(!question.asked))}>
                        <svg viewBox="0 0 24 24" aria-hidden="true">
                            <circle cx="6" cy="12" r=".6" /><circle cx="12" cy="12" r=".6" /><circle cx="18" cy="12" r=".6" />
                        </svg>
                    </button>
                }
                <span class={classes!("dot", off)} aria-hidden="true" />
            </div>
            if let Some(member) = props.manageable.filter(|_| question.asked) {
                <div class="panel asking" role="group" aria-label={manage}>
                    <ManageMember {member} muted={props.muted} onact={&props.onact} ondone={question.ask(false)} />
                    { question.cancel(lang) }
                </div>
            }
        </>
    }
}

/// Properties of the host's choices.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ManageProps {
    /// The member.
    pub member: MemberId,
    /// Whether the member is muted.
    pub muted: bool,
    /// The host does something.
    pub onact: Callback<Command>,
    /// The host has chosen.
    pub ondone: Callback<()>,
}

/// The host's choices: mute, remove, ban.
#[component]
pub fn ManageMember(props: &ManageProps) -> Html {
    let lang = use_lang();
    let recall = use_node_ref();
    let asks = use_default::<Option<bool>>();
    let member = props.member;
    let choice = |class: &'static str, word: Msg, command: Command| {
        let (onact, ondone, recall) = (props.onact.clone(), props.ondone.clone(), recall.clone());
        let onclick = move |_: MouseEvent| {
            let recalls = recall.cast::<HtmlInputElement>().is_some_and(|field| field.checked());
            ondone.emit(());
            onact.emit(match command {
                Command::Remove { member, ban, .. } => Command::Remove { member, ban, recall: recalls },
                ref other => other.clone(),
            });
        };
        html! { <button class={classes!("btn", class)} type="button" {onclick}>{ word.say(lang) }</button> }
    };
    let remove = |ban: bool| Command::Remove { member, ban, recall: false };
    let ask = |class: &'static str, word: Msg, ban: bool| {
        let asks = asks.setter();
        let onask = Callback::from(move |()| asks.set(Some(ban)));
        html! { <button class={classes!("btn", class)} type="button" onclick={press(&onask)}>{ word.say(lang) }</button> }
    };
    let mute = |(word, for_s): (Msg, u32)| choice("quiet mute", word, Command::Mute { member, for_s });
    html! {
        <>
            <b>{ Msg::Mute.say(lang) }</b>
            <div class="choices">
                { for MUTES.into_iter().map(mute) }
                if props.muted {
                    { choice("quiet unmute", Msg::Unmute, Command::Mute { member, for_s: 0 }) }
                }
            </div>
            <b>{ Msg::RemoveOnce.say(lang) }</b>
            <label>
                { Msg::RecallToo.say(lang) }
                <input ref={recall.clone()} class="recall-too" type="checkbox" role="switch" />
            </label>
            <div class="choices">
                if let Some(ban) = *asks {
                    <p role="alert">{ if ban { Msg::RemoveForGoodMeans } else { Msg::RemoveMeans }.say(lang) }</p>
                    { choice("danger remove-anyway", if ban { Msg::RemoveForGoodAnyway } else { Msg::RemoveAnyway }, remove(ban)) }
                } else {
                    { ask("quiet remove-once", Msg::RemoveOnce, false) }
                    { ask("danger remove-for-good", Msg::RemoveForGood, true) }
                }
            </div>
        </>
    }
}
