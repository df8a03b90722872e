//! Where the person is in the list, and which rows are drawn for it: at the end, which is followed, or somewhere that
//! stays where it is.

use std::ops::Range;
use std::rc::Rc;

use shared::{Millis, Seq};
use yew::{
    Callback, Event, hook, use_callback, use_effect, use_effect_with, use_force_update, use_memo,
    use_mut_ref, use_state_eq,
};

use super::scroll::{KeptEnd, Nodes, Steady};
use crate::browser;
use crate::chat::{Older, Room};
use crate::outbox::Outbox;
use crate::rows::Rows;
use crate::text::Lang;
use crate::window::{View, suffices};

/// Where the person is.
pub(super) struct Place {
    /// To be put on the list, and on the empty room above and below its rows.
    pub(super) nodes: Nodes,
    /// The places to draw.
    pub(super) drawn: Range<usize>,
    /// The last number seen when the person scrolled away from the end; none while it is followed.
    pub(super) away: Option<Seq>,
    /// Whether the line before what is unread has been in sight.
    pub(super) met: bool,
    /// To be called when the list is scrolled.
    pub(super) onscroll: Callback<Event>,
    /// Goes to the end, and follows it.
    pub(super) follow: Callback<()>,
    /// Goes to the row of an event, if it is held.
    pub(super) jump: Callback<Seq>,
}

/// Where the person is in the list of this room.
#[hook]
pub(super) fn use_place(
    room: &Option<Rc<Room>>,
    outbox: &Rc<Outbox>,
    onolder: &Callback<()>,
    onfollow: &Callback<bool>,
) -> Place {
    let nodes = (*use_memo((), |()| Nodes::default())).clone();
    let steady = use_mut_ref(Steady::default);
    let away = use_state_eq(|| None::<Seq>);
    let view = use_state_eq(View::default);
    let met = use_state_eq(|| None::<Seq>);
    let draw = use_force_update();

    let follows = away.is_none();
    let log = room.as_ref().map(|room| &room.log);
    let (first, last) = (log.and_then(|log| log.first()), log.and_then(|log| log.last()).unwrap_or_default());
    let older = room.as_ref().map_or(Older::Beginning, |room| room.older());
    let unread = room.as_ref().and_then(|room| room.unread());
    let count = list(room.as_deref(), outbox).places();
    let shown = if follows { View::End } else { *view };
    let drawn = shown.range(count, |seq| list(room.as_deref(), outbox).place(seq));

    // Looks where the person is, and draws conclusions.
    let look = {
        let (nodes, steady, drawn) = (nodes.clone(), Rc::clone(&steady), drawn.clone());
        let (room, outbox, onolder) = (room.clone(), Rc::clone(outbox), onolder.clone());
        let (away, view, met) = (away.clone(), view.setter(), met.setter());
        Rc::new(move || {
            let list = list(room.as_deref(), &outbox);
            let Some(sight) = nodes.sight(&drawn, count, |seq| list.place(seq), |place| list.number(place))
            else {
                return;
            };
            if unread.is_some_and(|unread| sight.seen.start <= list.place(unread)) {
                met.set(unread);
            }
            if drawn.end == count && nodes.is_near_end() {
                away.set(None);
            } else if away.is_none() || !suffices(&drawn, &sight.seen, count) {
                away.set(Some(away.unwrap_or(last)));
                steady.borrow_mut().goal = sight.goal;
                view.set(View::around(sight.seen, count, |place| list.number(place)));
            }
            if older == Older::More && nodes.is_near_top() {
                onolder.emit(());
            }
        })
    };

    use_effect_with((follows, onfollow.clone()), |(follows, onfollow)| onfollow.emit(*follows));
    // This runs before the page is changed, and the effect after it: in between nothing is painted.
    steady.borrow_mut().before(&nodes, follows);
    {
        let (nodes, steady, look, drawn) =
            (nodes.clone(), Rc::clone(&steady), Rc::clone(&look), drawn.clone());
        use_effect(move || {
            steady.borrow_mut().after(&nodes, &drawn, count);
            if !follows {
                look();
            }
        });
    }
    {
        let (nodes, look) = (nodes.clone(), Rc::clone(&look));
        use_effect_with((first, last, follows, count), move |_| {
            if follows {
                nodes.to_end();
                look();
            }
        });
    }
    use_effect_with((nodes.clone(), follows), |(nodes, follows)| {
        let stay = follows.then(|| KeptEnd::of(nodes.clone()));
        move || drop(stay)
    });

    let follow = use_callback((nodes.clone(), away.setter()), |(), (nodes, away)| {
        away.set(None);
        nodes.to_end();
    });
    {
        let follow = follow.clone();
        use_effect_with(outbox.messages().last().map(|(item, _)| item.id), move |unsent| {
            if unsent.is_some() {
                follow.emit(());
            }
        });
    }
    let jump = {
        let (nodes, room, outbox) = (nodes.clone(), room.clone(), Rc::clone(outbox));
        let away = away.clone();
        Callback::from(move |seq: Seq| {
            let list = list(room.as_deref(), &outbox);
            let place = list.place(seq);
            away.set(Some(away.unwrap_or(last)));
            steady.borrow_mut().goal = Some(nodes.middle(seq));
            view.set(View::around(place..place + 1, count, |place| list.number(place)));
            // It may be drawn already, and still has to be brought into sight.
            draw.force_update();
        })
    };
    let met = unread.is_none() || *met == unread;
    Place { nodes, drawn, away: *away, met, onscroll: Callback::from(move |_| look()), follow, jump }
}

/// The list, as far as places in it are concerned.
fn list<'a>(room: Option<&'a Room>, outbox: &'a Outbox) -> Rows<'a> {
    Rows { room, outbox, now: Millis(0), local: browser::local, lang: Lang::Zh }
}
