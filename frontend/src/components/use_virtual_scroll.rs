//! Joins the list of messages to the virtual list: which rows are drawn, whether its end is followed, and how one gets to a row.

use std::ops::Range;
use std::rc::Rc;

use shared::{MessageId, Millis, Seq};
use yew::{Callback, Event, hook, use_effect, use_memo, use_mut_ref};

use super::row_element::{MARKS, unsent_key};
use super::use_changed::use_changed;
use crate::hooks::erased::use_effect_with;
use crate::i18n::Lang;
use crate::services::platform;
use crate::state::outbox::Outbox;
use crate::state::{Browse, HistoryState, Room};
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
    /// To be called when the list is scrolled.
    pub(super) onscroll: Callback<Event>,
    /// Goes to the end, and follows it.
    pub(super) follow: Callback<()>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct At {
    away: Option<Seq>,
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
        let rows = self.rows();
        let unsent = || rows.unsent().nth(place.checked_sub(rows.stored_places())?);
        rows.number(place).map(|seq| seq.0).or_else(|| unsent().map(|(item, _)| unsent_key(item.id)))
    }

    fn place(&self, key: RowKey) -> usize {
        let rows = self.rows();
        if key < TEMPORARY {
            return rows.place(Seq(key));
        }
        let before = rows.unsent().take_while(|(item, _)| unsent_key(item.id) < key);
        rows.stored_places() + before.count()
    }

    fn is_live(&self) -> bool {
        self.rows().is_live()
    }
}

/// What the list asks for as one moves through it.
#[derive(Clone)]
pub(super) struct Moves {
    /// Older messages.
    pub(super) onolder: Callback<()>,
    /// Whatever else.
    pub(super) onbrowse: Callback<Browse>,
    /// The end is followed from now on, or not.
    pub(super) onfollow: Callback<bool>,
}

/// Where the person is in the list of this room. A `target` that is held is brought into view, once.
#[hook]
pub(super) fn use_virtual_scroll(
    room: &Option<Rc<Room>>,
    outbox: &Rc<Outbox>,
    target: Option<Seq>,
    moves: Moves,
) -> VirtualScroll {
    let keys = Rc::new(MessageKeys { room: room.clone(), outbox: Rc::clone(outbox) });
    let list = {
        let keys = Rc::clone(&keys);
        use_memo((), move |()| VirtualList::new(keys, MARKS))
    };
    let list = Rc::clone(&*list);
    let at = use_changed::<At>();
    let change = at.dispatcher();
    let away = at.0.away;
    let Moves { onolder, onbrowse, onfollow } = moves;

    let last = room.as_ref().and_then(|room| room.log.last()).unwrap_or_default();
    // Before anything is held, nothing is older.
    let held = room.as_ref().filter(|room| room.shown().first().is_some());
    let edges =
        held.map_or((HistoryState::Beginning, HistoryState::Beginning), |room| (room.older(), room.newer()));
    // The line above what is unread, while nobody has seen it.
    let unseen = room.as_ref().filter(|room| room.unread_summary().is_some_and(|unread| !unread.is_seen));
    let unread = unseen.and_then(|room| room.unread());
    let onreport = {
        let (keys, onbrowse) = (Rc::clone(&keys), onbrowse.clone());
        Callback::from(move |report: Report| {
            change.dispatch(Box::new(move |at| {
                at.away = if report.follows { None } else { at.away.or(Some(last)) };
                at.redraws = at.redraws.wrapping_add(report.redraw.into());
            }));
            let seen = |unread: Seq| {
                report.visible.as_ref().is_some_and(|visible| visible.start <= keys.place(unread.0))
            };
            if unread.is_some_and(seen) {
                onbrowse.emit(Browse::SeeUnread);
            }
            if edges.0 == HistoryState::More && report.near_first {
                onolder.emit(());
            }
            if edges.1 == HistoryState::More && report.near_last {
                onbrowse.emit(Browse::Newer);
            }
        })
    };
    let jump = {
        let reached = use_mut_ref(|| None);
        let before = reached.replace(target);
        target.filter(|_| before != target)
    };
    let drawn = list.begin_drawing(keys, jump.map(|seq| seq.0), onreport);
    {
        let list = Rc::clone(&list);
        use_effect(move || list.end_drawing());
    }
    {
        // What one has written is to be in view. It comes last.
        let (list, before) = (Rc::clone(&list), use_mut_ref(Vec::<MessageId>::new));
        let unsent: Vec<_> = outbox.messages().map(|(item, _)| item.id).collect();
        use_effect_with(unsent, move |unsent| {
            let before = before.replace(unsent.clone());
            if unsent.last().is_some_and(|last| !before.contains(last)) {
                list.follow_end();
            }
        });
    }
    use_effect_with((away.is_none(), onfollow), |(follows, onfollow)| onfollow.emit(*follows));

    let onscroll = {
        let list = Rc::clone(&list);
        Callback::from(move |_| list.scrolled())
    };
    let nodes = list.nodes().clone();
    let follow = Callback::from(move |()| {
        list.follow_end();
        onbrowse.emit(Browse::Latest);
    });
    VirtualScroll { nodes, drawn, away, onscroll, follow }
}
