//! The list of what happened. It follows the newest as long as its end is in sight; otherwise what is in sight stays
//! where it is, whatever comes in above or below.

use std::rc::Rc;

use shared::{MessageId, Millis, Seq};
use yew::{
    Callback, Html, Properties, component, html, use_callback, use_effect, use_effect_with, use_mut_ref,
    use_node_ref, use_state,
};

use super::row::MessageRow;
use super::scroll::{Held, KeptEnd, is_near_end, is_near_top, to_end};
use super::use_lang;
use crate::browser;
use crate::chat::log::Log;
use crate::chat::{Older, Room};
use crate::outbox::Outbox;
use crate::rows::{Row, rows};
use crate::text::{Lang, Word};

/// What the list needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room, once known.
    pub room: Option<Rc<Room>>,
    /// What is unsent.
    pub outbox: Rc<Outbox>,
    /// The person wants a message sent again.
    pub onretry: Callback<MessageId>,
    /// The person nears the beginning of what is held.
    pub onolder: Callback<()>,
    /// The person follows the end from now on, or not.
    pub onfollow: Callback<bool>,
}

/// The list of what happened.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let lang = use_lang();
    let list = use_node_ref();
    let log = props.room.as_ref().map(|room| &room.log);
    let last = log.and_then(Log::last).unwrap_or_default();
    let older = props.room.as_ref().map_or(Older::Beginning, |room| room.older());
    // The last number seen when the person scrolled away from the end; none while it is followed.
    let away = use_state(|| None::<Seq>);
    let follows = away.is_none();

    let onscroll = {
        let (list, away, onolder) = (list.clone(), away.clone(), props.onolder.clone());
        Callback::from(move |_| {
            match (is_near_end(&list), *away) {
                (true, Some(_)) => away.set(None),
                (false, None) => away.set(Some(last)),
                _ => {}
            }
            if older == Older::More && is_near_top(&list) {
                onolder.emit(());
            }
        })
    };
    let follow = use_callback((list.clone(), away.setter()), |(), (list, away)| {
        away.set(None);
        to_end(list);
    });
    use_effect_with((follows, props.onfollow.clone()), |(follows, onfollow)| onfollow.emit(*follows));

    // This runs before the page is changed, and the effect after it: in between nothing is painted.
    let held = use_mut_ref(|| None::<Held>);
    *held.borrow_mut() = if follows { None } else { Held::of(&list) };
    use_effect(move || {
        if let Some(held) = held.borrow_mut().take() {
            held.hold();
        }
    });
    let unsent = props.outbox.messages().last().map(|(item, _)| item.id);
    let first = log.and_then(Log::first);
    {
        let list = list.clone();
        use_effect_with((first, last, follows, props.outbox.messages().count()), move |_| {
            if follows {
                to_end(&list);
            }
        });
    }
    {
        let follow = follow.clone();
        use_effect_with(unsent, move |unsent| {
            if unsent.is_some() {
                follow.emit(());
            }
        });
    }
    use_effect_with((list.clone(), follows), |(list, follows)| {
        let stay = follows.then(|| KeptEnd::of(list.clone()));
        move || drop(stay)
    });
    {
        // What is held may be less than what there is room for: nobody can scroll there.
        let (list, onolder) = (list.clone(), props.onolder.clone());
        use_effect_with((first, older), move |(_, older)| {
            if *older == Older::More && is_near_top(&list) {
                onolder.emit(());
            }
        });
    }

    // Of which message it is shown who has read it.
    let asked = use_state(|| None::<Seq>);
    let onreaders = use_callback(asked.clone(), |seq, asked| {
        asked.set(Some(seq).filter(|seq| **asked != Some(*seq)));
    });
    let rows = rows(props.room.as_deref(), &props.outbox, Millis(browser::now()), browser::local, lang);
    let pair = props.room.as_ref().is_none_or(|room| room.facts.capacity <= 2);
    let readers = |seq| {
        let names = props.room.iter().flat_map(|room| room.readers(seq)).map(|name| &**name);
        names.collect::<Vec<_>>().join(Word::Comma.say(lang))
    };
    let unseen = away.map_or(0, |away| unseen(&rows, away));
    html! {
        <div class="timeline">
            <div ref={list} id="log" class="list" role="log" aria-live={if follows { "polite" } else { "off" }}
                aria-relevant="additions" aria-busy={(older == Older::Loading).to_string()}
                aria-label={Word::Log.say(lang)} tabindex="0" {onscroll}>
                { above(older, &props.onolder, lang) }
                { for rows.iter().enumerate().map(|(index, row)| {
                    let key = key(row, rows.get(index + 1));
                    match row {
                        Row::Day(day) => html! { <div {key} class="note pill">{ day.clone() }</div> },
                        Row::Note { seq, text } => {
                            html! { <div {key} class="note" data-seq={seq.to_string()}>{ text.clone() }</div> }
                        }
                        Row::Message(message) => html! {
                            <MessageRow
                                {key}
                                message={message.clone()}
                                {pair}
                                readers={message.seq.filter(|seq| *asked == Some(*seq)).map(readers)}
                                onreaders={&onreaders}
                                onretry={&props.onretry}
                            />
                        },
                    }
                }) }
            </div>
            <div role="status">
                if unseen != 0 {
                    <button id="newer" class="btn" type="button" onclick={follow.reform(|_| ())}>
                        { Word::NewMessages.fill(lang, &[&unseen.to_string()]) }
                    </button>
                }
            </div>
        </div>
    }
}

/// What stands above the first row: as high whatever it says, so that nothing moves when it changes.
fn above(older: Older, onolder: &Callback<()>, lang: Lang) -> Html {
    let said = match older {
        Older::Beginning => return Html::default(),
        Older::More => Html::default(),
        Older::Loading => html! { Word::OlderLoading.say(lang) },
        Older::Failed => html! {
            <>
                { Word::OlderFailed.say(lang) }{ " · " }
                <button class="retry" type="button" onclick={onolder.reform(|_| ())}>{ Word::Retry.say(lang) }</button>
            </>
        },
    };
    html! { <div key="older" id="older" class="note">{ said }</div> }
}

/// The same as long as the row is the same, so that it stays where it is and only its state changes: a message before
/// and after it is confirmed. A day is known by the row below it.
fn key(row: &Row, next: Option<&Row>) -> String {
    match row {
        Row::Day(_) => format!("day {}", next.map(|next| key(next, None)).unwrap_or_default()),
        Row::Note { seq, text } => format!("{seq} {text}"),
        Row::Message(message) => format!("{} {}", message.mine, message.id),
    }
}

fn unseen(rows: &[Row], away: Seq) -> usize {
    let new = |row: &&Row| matches!(row, Row::Message(message) if !message.mine && Some(away) < message.seq);
    rows.iter().filter(new).count()
}
