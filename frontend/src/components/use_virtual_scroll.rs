//! Joins the list of messages to the virtual list: which rows are drawn, whether its end is followed, and how one gets to a row.

use std::ops::Range;
use std::rc::Rc;

use shared::{Millis, Seq};
use yew::{Callback, Event, hook, use_effect, use_memo, use_mut_ref};

use super::row_element::{MARKS, unsent_key};
use super::use_changed::use_changed;
use crate::hooks::erased::use_effect_with;
use crate::i18n::Lang;
use crate::services::platform;
use crate::state::outbox::Outbox;
use crate::state::{HistoryState, Room};
use crate::view_model::rows::Rows;
use crate::virtual_list::controller::Report;
use crate::virtual_list::observers::{ListNodes, VirtualList};
use crate::virtual_list::{RowKey, RowKeys, TEMPORARY};

/// Where the person is in the list.
pub(super) struct VirtualScroll {
    /// To be put on the list, and on the spacers above and below its rows.
    pub(super) nodes: ListNodes,
    /// The places to draw.
    pub(super) drawn: Range<usize>,
    /// The last number there was when the person left the end; none while it is followed.
    pub(super) away: Option<Seq>,
    /// Whether the line before what is unread has been in view.
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
    /// The first unread message, once its line was in view.
    met: Option<Seq>,
    /// Rises to have other rows drawn.
    redraws: u32,
}

/// The rows of a room as the virtual list knows them.
struct MessageKeys {
    room: Option<Rc<Room>>,
    outbox: Rc<Outbox>,
}

impl MessageKeys {
    fn rows(&self) -> Rows<'_> {
        let room = self.room.as_deref();
        Rows { room, outbox: &self.outbox, now: Millis(0), local: platform::local, lang: Lang::Zh }
    }
}

impl RowKeys for MessageKeys {
    fn count(&self) -> usize {
        self.rows().places()
    }

    fn key(&self, place: usize) -> Option<RowKey> {
        let unsent = || self.outbox.messages().nth(place.checked_sub(self.rows().stored_places())?);
        self.rows().number(place).map(|seq| seq.0).or_else(|| unsent().map(|(item, _)| unsent_key(item.id)))
    }

    fn place(&self, key: RowKey) -> usize {
        if key < TEMPORARY {
            return self.rows().place(Seq(key));
        }
        let unsent = self.outbox.messages().position(|(item, _)| key <= unsent_key(item.id));
        self.rows().stored_places() + unsent.unwrap_or_else(|| self.outbox.messages().count())
    }

    fn is_live(&self) -> bool {
        true
    }
}

/// Where the person is in the list of this room.
#[hook]
pub(super) fn use_virtual_scroll(
    room: &Option<Rc<Room>>,
    outbox: &Rc<Outbox>,
    onolder: &Callback<()>,
    onfollow: &Callback<bool>,
) -> VirtualScroll {
    let keys = Rc::new(MessageKeys { room: room.clone(), outbox: Rc::clone(outbox) });
    let list = {
        let keys = Rc::clone(&keys);
        use_memo((), move |()| VirtualList::new(keys, MARKS))
    };
    let list = Rc::clone(&*list);
    let at = use_changed::<At>();
    let change = at.dispatcher();
    let At { away, met, .. } = at.0;

    let last = room.as_ref().and_then(|room| room.log.last()).unwrap_or_default();
    // Before anything is held, nothing is older.
    let held = room.as_ref().filter(|room| room.log.first().is_some());
    let older = held.map_or(HistoryState::Beginning, |room| room.older());
    let unread = room.as_ref().and_then(|room| room.unread());
    let onreport = {
        let (keys, onolder) = (Rc::clone(&keys), onolder.clone());
        Callback::from(move |report: Report| {
            let seen = |unread: &Seq| {
                report.visible.as_ref().is_some_and(|visible| visible.start <= keys.place(unread.0))
            };
            let met = unread.filter(seen);
            change.dispatch(Box::new(move |at| {
                at.met = met.or(at.met);
                at.away = if report.follows { None } else { at.away.or(Some(last)) };
                at.redraws = at.redraws.wrapping_add(report.redraw.into());
            }));
            if older == HistoryState::More && report.near_first {
                onolder.emit(());
            }
        })
    };
    let drawn = list.begin_drawing(keys, onreport);
    {
        let list = Rc::clone(&list);
        use_effect(move || list.end_drawing());
    }
    {
        // What one has written is to be in view.
        let (list, newest) = (Rc::clone(&list), use_mut_ref(|| None));
        use_effect_with(outbox.messages().map(|(item, _)| item.id).max(), move |written| {
            let mut newest = newest.borrow_mut();
            if *newest < *written {
                *newest = *written;
                list.follow_end();
            }
        });
    }
    use_effect_with((away.is_none(), onfollow.clone()), |(follows, onfollow)| onfollow.emit(*follows));

    let onscroll = {
        let list = Rc::clone(&list);
        Callback::from(move |_| list.scrolled())
    };
    let follow = {
        let list = Rc::clone(&list);
        Callback::from(move |()| list.follow_end())
    };
    let nodes = list.nodes().clone();
    let jump = Callback::from(move |seq: Seq| list.jump(seq.0));
    let met = unread.is_none() || met == unread;
    VirtualScroll { nodes, drawn, away, met, onscroll, follow, jump }
}
