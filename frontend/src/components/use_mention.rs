//! The list of people offered behind an @ in the composer. `view_model::mention` decides who they are.

use std::rc::Rc;

use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::{Callback, Html, MouseEvent, NodeRef, classes, hook, html};

use super::avatar;
use super::use_enter::composes;
use super::use_readings::use_readings;
use crate::hooks::erased::{use_default, use_effect_with};
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::i18n::{Lang, Msg};
use crate::services::{platform, text_field};
use crate::view_model::mention::{OFFERED_MAX, Query, Replacement, find_people};

/// What the box needs of it.
pub struct Mention {
    /// Those offered, the chosen one among them; drawn above the box.
    pub offered: Rc<[Rc<str>]>,
    /// Which of them a key would take.
    pub chosen: usize,
    /// The caret moved, or what was typed changed.
    pub look: Callback<()>,
    /// This one is meant.
    pub take: Callback<usize>,
    /// Which of them Enter takes. None if nobody is offered, or a whole name is typed: then Enter sends.
    pub on_enter: Option<usize>,
    /// A key was pressed that means something only while people are offered.
    pub onkeydown: Callback<KeyboardEvent>,
}

/// Offers `people`. `onchange` hears that the box's text is another one.
#[hook]
pub fn use_mention(field: &NodeRef, people: &Rc<[Rc<str>]>, onchange: &Callback<()>) -> Mention {
    let query = use_default::<Option<Query>>();
    let chosen = use_default::<Option<usize>>();
    let readings = use_readings(people, query.is_some());
    let found = query.as_ref().map(|query| find_people(people, &query.sought, &readings, OFFERED_MAX));
    let offered: Rc<[Rc<str>]> = found.unwrap_or_default().into();
    // Not chosen by hand: the first.
    let chosen_now = chosen.unwrap_or_default().min(offered.len().saturating_sub(1));
    let sends = chosen.is_none() && query.as_ref().is_some_and(|query| query.is_exact(people));
    let on_enter = (!offered.is_empty() && !sends).then_some(chosen_now);
    {
        let id = (!offered.is_empty()).then(|| option_id(chosen_now));
        use_effect_with(id, |id| id.iter().for_each(|id| platform::reveal(id)));
    }

    {
        let query = query.setter();
        use_back_to_close(!offered.is_empty(), &Callback::from(move |()| query.set(None)));
    }

    let look = {
        let (field, query, chosen) = (field.clone(), query.clone(), chosen.setter());
        Callback::from(move |()| {
            let now = field.cast::<HtmlTextAreaElement>().and_then(|field| {
                let (start, end) = (field.selection_start().ok()??, field.selection_end().ok()??);
                (start == end).then(|| Query::at(&field.value(), end))?
            });
            if now != *query {
                chosen.set(None);
            }
            query.set(now);
        })
    };
    let take = {
        let (field, query, offered) = (field.clone(), query.clone(), Rc::clone(&offered));
        let onchange = onchange.clone();
        Callback::from(move |index: usize| {
            let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
            query.set(None);
            // What was typed may be gone meanwhile: sent, or replaced.
            let text = field.value();
            let asked = field.selection_end().ok().flatten().and_then(|caret| Query::at(&text, caret));
            if let (Some(asked), Some(name)) = (asked, offered.get(index)) {
                let Replacement { range, text } = asked.replacement(&text, name);
                if !text_field::insert(&field, Some(range), &text) {
                    onchange.emit(());
                }
            }
        })
    };
    let onkeydown = {
        let (take, query, chosen, count) = (take.clone(), query.setter(), chosen.setter(), offered.len());
        Callback::from(move |key: KeyboardEvent| {
            if count == 0 || composes(&key) {
                return;
            }
            match key.key().as_str() {
                "ArrowDown" => chosen.set(Some((chosen_now + 1) % count)),
                "ArrowUp" => chosen.set(Some((chosen_now + count - 1) % count)),
                "Tab" if !key.shift_key() => take.emit(chosen_now),
                "Escape" => query.set(None),
                _ => return,
            }
            key.prevent_default();
            key.stop_propagation();
        })
    };
    Mention { offered, chosen: chosen_now, look, take, on_enter, onkeydown }
}

impl Mention {
    /// The id of the one that a key would take.
    pub fn active(&self) -> Option<String> {
        (!self.offered.is_empty()).then(|| option_id(self.chosen))
    }

    /// Those offered.
    pub fn view(&self, lang: Lang) -> Html {
        if self.offered.is_empty() {
            return Html::default();
        }
        // The press must not take the focus from the box.
        let onmousedown = Callback::from(|press: MouseEvent| press.prevent_default());
        let option = |(index, name): (usize, &Rc<str>)| {
            let chosen = index == self.chosen;
            html! {
                <li id={option_id(index)} class={classes!(chosen.then_some("chosen"))} role="option"
                    aria-selected={chosen.to_string()} onclick={self.take.reform(move |_: MouseEvent| index)}>
                    { avatar(name) }{ name.to_string() }
                </li>
            }
        };
        html! {
            <ul id="mentions" class="pop mentions" role="listbox" aria-label={Msg::Mentions.say(lang)} {onmousedown}>
                { for self.offered.iter().enumerate().map(option) }
            </ul>
        }
    }
}

/// The id of an offered person's element.
fn option_id(index: usize) -> String {
    format!("mention-{index}")
}
