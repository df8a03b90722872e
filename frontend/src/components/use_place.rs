//! Where the person is in the list, and which rows are drawn for it: at the end, which is followed, or somewhere that
//! stays where it is.

use std::ops::Range;
use std::rc::Rc;

use shared::{Millis, Seq};
use yew::{Callback, Event, hook, use_effect, use_mut_ref};

use super::scroll::{Drawing, KeptEnd, Nodes, Steady};
use super::use_changed::use_changed;
use crate::hooks::erased::use_effect_with;
use crate::i18n::Lang;
use crate::services::platform;
use crate::state::outbox::Outbox;
use crate::state::timeline::Log;
use crate::state::{HistoryState, Room};
use crate::view_model::rows::Rows;
use crate::virtual_list::visible_range::{View, suffices};

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

#[derive(Debug, Clone, Default, PartialEq)]
struct At {
    away: Option<Seq>,
    view: View,
    /// The first unread message, once its line was in sight.
    met: Option<Seq>,
    /// What is jumped to may be drawn already, and still has to be brought into sight.
    jumps: u32,
}

/// Where the person is in the list of this room.
#[hook]
pub(super) fn use_place(
    room: &Option<Rc<Room>>,
    outbox: &Rc<Outbox>,
    onolder: &Callback<()>,
    onfollow: &Callback<bool>,
) -> Place {
    let steady = use_mut_ref(Steady::default);
    let nodes = steady.borrow().nodes.clone();
    let at = use_changed::<At>();
    let change = at.dispatcher();
    let At { away, view, met, .. } = at.0;

    let follows = away.is_none();
    let log = room.as_ref().map(|room| &room.log);
    let (first, last) = (log.and_then(Log::first), log.and_then(Log::last).unwrap_or_default());
    let older = room.as_ref().map_or(HistoryState::Beginning, |room| room.older());
    let unread = room.as_ref().and_then(|room| room.unread());
    let count = list(room.as_deref(), outbox).places();
    let shown = if follows { View::End } else { view };
    let drawn = shown.range(count, |seq| list(room.as_deref(), outbox).place(seq));

    // Looks where the person is, and draws conclusions.
    let look = {
        let (nodes, steady, drawn) = (nodes.clone(), Rc::clone(&steady), drawn.clone());
        let (room, outbox, onolder) = (room.clone(), Rc::clone(outbox), onolder.clone());
        let change = change.clone();
        Callback::from(move |()| {
            let list = list(room.as_deref(), &outbox);
            let Some(sight) = nodes.sight(&drawn, count, |seq| list.place(seq), |place| list.number(place))
            else {
                return;
            };
            let met = unread.filter(|unread| sight.seen.start <= list.place(*unread));
            let at_end = drawn.end == count && nodes.is_near_end();
            let anew = !at_end && (follows || !suffices(&drawn, &sight.seen, count));
            let view = anew.then(|| View::around(sight.seen, count, |place| list.number(place)));
            if anew {
                steady.borrow_mut().goal = sight.goal;
            }
            change.dispatch(Box::new(move |at| {
                at.met = met.or(at.met);
                at.away = if at_end { None } else { at.away.or(anew.then_some(last)) };
                at.view = view.unwrap_or(at.view);
            }));
            if older == HistoryState::More && nodes.is_near_top() {
                onolder.emit(());
            }
        })
    };

    let unsent = outbox.messages().last().map(|(item, _)| item.id);
    let drawing = Drawing { places: drawn.clone(), count, ends: (first, last), follows, unread, unsent };
    steady.borrow_mut().begin(drawing);
    {
        let (steady, look, change) = (Rc::clone(&steady), look.clone(), change.clone());
        use_effect(move || {
            let news = Steady::news(&steady);
            if news.wrote && !follows {
                // Whoever looks now would look from where the person was, and take them back there.
                change.dispatch(Box::new(|at| at.away = None));
            } else if news.end || news.leapt {
                // Rows exchanged while one scrolls are enough until one scrolls on.
                look.emit(());
            }
        });
    }
    {
        let nodes = nodes.clone();
        use_effect_with((follows, onfollow.clone()), move |(follows, onfollow)| {
            onfollow.emit(*follows);
            follows.then(|| KeptEnd::of(nodes))
        });
    }

    let follow = {
        let (nodes, change) = (nodes.clone(), change.clone());
        Callback::from(move |()| {
            change.dispatch(Box::new(|at| at.away = None));
            nodes.to_end();
        })
    };
    let jump = {
        let (nodes, room, outbox) = (nodes.clone(), room.clone(), Rc::clone(outbox));
        Callback::from(move |seq: Seq| {
            let list = list(room.as_deref(), &outbox);
            let place = list.place(seq);
            let view = View::around(place..place + 1, count, |place| list.number(place));
            steady.borrow_mut().goal = Some(nodes.middle(seq));
            change.dispatch(Box::new(move |at| {
                at.away = Some(at.away.unwrap_or(last));
                at.view = view;
                at.jumps += 1;
            }));
        })
    };
    let met = unread.is_none() || met == unread;
    Place { nodes, drawn, away, met, onscroll: look.reform(|_| ()), follow, jump }
}

/// The list, as far as places in it are concerned.
fn list<'a>(room: Option<&'a Room>, outbox: &'a Outbox) -> Rows<'a> {
    Rows { room, outbox, now: Millis(0), local: platform::local, lang: Lang::Zh }
}
