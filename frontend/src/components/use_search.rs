//! Searches the room's messages. Query and hits are kept as long as the page is open.

use std::cell::RefCell;
use std::rc::Rc;

use shared::{Seq, Token};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, UseReducerHandle, hook, use_mut_ref};

use super::use_changed::{Changed, use_changed};
use crate::hooks::erased::use_effect_with;
use crate::services::{http, platform};
use crate::state::Room;
use crate::view_model::search_query::Query;
use crate::view_model::search_state::SearchState;

/// The state of the search panel while it is closed.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchMemory {
    /// The query and the hits.
    pub state: UseReducerHandle<Changed<SearchState>>,
    /// How far the panel is scrolled, in pixels.
    pub scroll_top: Rc<RefCell<i32>>,
    turns: Rc<RefCell<u32>>,
}

/// The memory of the room's search panel; empty at first, and again in another life of the room.
#[hook]
pub(super) fn use_search_memory(room: Option<&Room>) -> SearchMemory {
    let (state, scroll_top) = (use_changed::<SearchState>(), use_mut_ref(i32::default));
    let turns = use_mut_ref(u32::default);
    let before = use_mut_ref(|| None);
    let (epoch, change) = (room.map(|room| room.facts.epoch.clone()), state.dispatcher());
    use_effect_with(epoch, move |epoch| {
        if epoch.is_some() && before.replace(epoch.clone()).is_some_and(|before| Some(before) != *epoch) {
            change.dispatch(Box::new(|state: &mut SearchState| *state = SearchState::default()));
        }
    });
    SearchMemory { state, scroll_top, turns }
}

/// Sends a query. With a number, asks for hits older than that message.
pub(super) type Ask = Callback<(Query, Option<Seq>)>;

/// The callback that asks. Hits follow the changes of the room meanwhile.
#[hook]
pub(super) fn use_search(memory: &SearchMemory, room: &Rc<Room>, token: Token) -> Ask {
    let change = memory.state.dispatcher();
    let ask = {
        let (change, id, rewrites) = (change.clone(), room.facts.id, room.rewrites);
        let turns = Rc::clone(&memory.turns);
        Callback::from(move |(query, behind): (Query, Option<Seq>)| {
            *turns.borrow_mut() += 1;
            let (turn, goes_on) = (*turns.borrow(), behind.is_some());
            let request = query.request(behind, platform::escape);
            let asks = request.is_some();
            change.dispatch(Box::new(move |state: &mut SearchState| {
                state.begin(turn, query, asks, goes_on, rewrites);
            }));
            if let Some(request) = request {
                let change = change.clone();
                spawn_local(async move {
                    let page = http::search(id, &token, &request).await;
                    change.dispatch(Box::new(move |state: &mut SearchState| state.take(turn, page, goes_on)));
                });
            }
        })
    };
    {
        let (ask, room, memory) = (ask.clone(), Rc::clone(room), memory.clone());
        use_effect_with((room.rewrites, room.kept_since), move |_| {
            let mut state = memory.state.0.clone();
            if state.follow(&room) {
                change.dispatch(Box::new(move |kept: &mut SearchState| {
                    kept.follow(&room);
                }));
            } else {
                ask.emit((state.query, None));
            }
        });
    }
    ask
}
