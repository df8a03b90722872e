//! One member in the side, and the host's way to ask them out.

use shared::MemberId;
use yew::{AttrValue, Callback, Html, MouseEvent, Properties, classes, component, html};

use super::use_question::use_question;
use super::{avatar, press, use_lang};
use crate::i18n::Msg;
use crate::state::outbox::Command;

/// What a member needs.
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
    /// Whom the host may ask out.
    #[prop_or_default]
    pub removable: Option<MemberId>,
    /// The host does something.
    #[prop_or_default]
    pub onact: Callback<Command>,
}

/// A member.
#[component]
pub fn MemberRow(props: &Props) -> Html {
    let lang = use_lang();
    let question = use_question();
    let remove = |member: MemberId, ban: bool| {
        let (close, onact) = (question.ask(false), props.onact.clone());
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            onact.emit(Command::Remove { member, ban });
        })
    };
    let off = (!matches!(props.state, Msg::Online | Msg::MemberTyping)).then_some("off");
    html! {
        <>
            <div class="member">
                { avatar(&props.name) }
                <span>
                    <b>{ props.name.clone() }</b>
                    if props.me { { Msg::You.say(lang) } }
                    if props.host { <i class="badge">{ Msg::HostBadge.say(lang) }</i> }
                    <small>{ props.state.say(lang) }</small>
                </span>
                if props.removable.is_some() {
                    <button class="icon remove" type="button" aria-expanded={question.asked.to_string()}
                        aria-label={Msg::RemoveMember.fill(lang, &[&props.name])}
                        title={Msg::RemoveMember.fill(lang, &[&props.name])} onclick={press(&question.ask(!question.asked))}>
                        <svg viewBox="0 0 24 24" aria-hidden="true">
                            <circle cx="10" cy="8" r="4" /><path d="M3 20c0-4 3-6 7-6s4 .5 5 1m1 3h6" />
                        </svg>
                    </button>
                }
                <span class={classes!("dot", off)} aria-hidden="true" />
            </div>
            if let Some(member) = props.removable.filter(|_| question.asked) {
                <div class="asking" role="alertdialog" aria-label={Msg::RemoveQuestion.fill(lang, &[&props.name])}>
                    <button class="btn quiet remove-once" type="button" onclick={remove(member, false)}>
                        { Msg::RemoveOnce.say(lang) }
                    </button>
                    <button class="btn danger remove-for-good" type="button" onclick={remove(member, true)}>
                        { Msg::RemoveForGood.say(lang) }
                    </button>
                    { question.cancel(lang) }
                </div>
            }
        </>
    }
}
