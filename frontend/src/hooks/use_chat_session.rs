//! The chat of a room as a hook: its state, and callbacks for what a person can do. The runtime executes the effects.

use std::rc::Rc;

use shared::{MessageId, Millis, NameRule, Readers, RoomId, Seq, Text};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, hook, use_memo, use_state_eq};

use crate::hooks::erased::use_effect_with;
use crate::services::http::{self, Given};
use crate::services::runtime::Runtime;
use crate::services::{platform, storage};
use crate::state::outbox::Command;
use crate::state::{Action, Browse, ChatState, SeatLinkAnswer};

/// The message whose readers are asked for, and the callback for the answer.
pub type AskReaders = (Seq, Callback<Option<Readers>>);

/// The state, and what a person can do.
#[derive(Clone, PartialEq)]
pub struct UseChat {
    /// The state.
    pub chat: Rc<ChatState>,
    /// Asks to be let in under the name typed.
    pub connect: Callback<String>,
    /// Tells that another name is being typed.
    pub name_typed: Callback<()>,
    /// Tells which rule the names of this room follow.
    pub name_rule: Callback<NameRule>,
    /// Uses the session that the page's address carried, or does not.
    pub seat_link: Callback<SeatLinkAnswer>,
    /// Sends a message, perhaps in answer to another.
    pub say: Callback<(Text, Option<Seq>)>,
    /// Does something else that the server stores once.
    pub act: Callback<Command>,
    /// Sends a failed command again.
    pub retry: Callback<MessageId>,
    /// Discards a command that failed or was never sent.
    pub give_up: Callback<MessageId>,
    /// Asks who has read a message.
    pub readers: Callback<AskReaders>,
    /// Requests the page before what is held.
    pub older: Callback<()>,
    /// Moves through the log otherwise.
    pub browse: Callback<Browse>,
    /// Begins or stops following the end of the list.
    pub follow: Callback<bool>,
    /// Reports that the person is typing.
    pub types: Callback<()>,
    /// Gives the seat back.
    pub leave: Callback<()>,
    /// Signs out on this device only.
    pub forget: Callback<()>,
    /// Begins to join under another name.
    pub anew: Callback<()>,
}

/// The chat of this page, in this room.
#[hook]
pub fn use_chat_session(id: RoomId) -> UseChat {
    let initial = use_memo((), move |()| restore(id));
    let chat = use_state_eq(|| Rc::clone(&initial));
    let onchange = chat.setter();
    let runtime =
        use_memo((), move |()| Runtime::new(initial, Callback::from(move |next| onchange.set(next))));
    let callbacks = use_memo((), {
        let runtime = Rc::clone(&runtime);
        move |()| callbacks(&runtime)
    });
    use_effect_with((), move |()| runtime.start());
    UseChat { chat: Rc::clone(&chat), ..(*callbacks).clone() }
}

/// The state that a page before this one has left in the browser.
fn restore(id: RoomId) -> ChatState {
    let (now, wall) = (platform::monotonic_ms(), platform::wall_clock());
    let outbox = storage::outbox(id).unwrap_or_default();
    let state = ChatState::restore(id, storage::session(id), outbox, now, wall);
    let state = state.with_snapshot(&storage::snapshot(id), now);
    let carried = platform::take_carried().filter(|_| id != RoomId::Lobby);
    if let Some(carried) = &carried {
        storage::forget_carried(id);
        storage::store_carried(id, carried);
    }
    // A page that was reloaded asks once more.
    match carried.or_else(|| storage::carried(id)) {
        Some(carried) => state.with_seat_link(carried),
        None => state,
    }
}

fn callbacks(runtime: &Rc<Runtime>) -> UseChat {
    UseChat {
        chat: runtime.state(),
        connect: on(runtime, |runtime, typed| {
            // Without randomness there is no secret, and without a secret no seat.
            if let Ok(token) = platform::draw_token() {
                runtime.dispatch(Action::Connect { typed, token });
            }
        }),
        name_typed: on(runtime, |runtime, ()| runtime.dispatch(Action::NameTyped)),
        name_rule: on(runtime, |runtime, rule| runtime.dispatch(Action::NameRuleKnown(rule))),
        seat_link: on(runtime, |runtime, answer| runtime.dispatch(Action::AnswerSeatLink(answer))),
        say: on(runtime, |runtime, (text, reply_to)| {
            if let Some((id, at)) = draw_id(runtime) {
                runtime.dispatch(Action::Say { id, text, reply_to, at });
            }
        }),
        act: on(runtime, |runtime, act| match act {
            Command::SignOutOthers => sign_out_others(runtime),
            act => command(runtime, act),
        }),
        retry: on(runtime, |runtime, id| {
            if let Some((new_id, at)) = draw_id(runtime) {
                runtime.dispatch(Action::Retry { id, new_id, at });
            }
        }),
        give_up: on(runtime, |runtime, id| runtime.dispatch(Action::Discard { id })),
        readers: on(runtime, |runtime, (seq, answer): AskReaders| {
            let state = runtime.state();
            if let Some(token) = state.seat.as_ref().map(|seat| seat.token) {
                spawn_local(async move { answer.emit(http::readers(state.id, &token, seq).await) });
            }
        }),
        older: on(runtime, |runtime, ()| runtime.dispatch(Action::WantOlder)),
        browse: on(runtime, |runtime, browse| runtime.dispatch(Action::Browse(browse))),
        follow: on(runtime, |runtime, follows| runtime.dispatch(Action::Follow { follows })),
        types: on(runtime, |runtime, ()| runtime.dispatch(Action::Typing)),
        leave: on(runtime, |runtime, ()| runtime.dispatch(Action::Leave)),
        forget: on(runtime, |runtime, ()| runtime.dispatch(Action::ForgetDevice)),
        anew: on(runtime, |runtime, ()| runtime.dispatch(Action::ResetIdentity)),
    }
}

fn command(runtime: &Rc<Runtime>, act: Command) {
    if let Some((id, at)) = draw_id(runtime) {
        runtime.dispatch(Action::Command { id, act, at });
    }
}

/// Signs the member's other devices out. The token of this one may have been in a link: it is exchanged first, and void then.
fn sign_out_others(runtime: &Rc<Runtime>) {
    let state = runtime.state();
    let Some(seat) = &state.seat else { return };
    let runtime = Rc::clone(runtime);
    let ongiven = Callback::from(move |given: Result<Given, _>| {
        // Where there is no place for one more token, the others are signed out all the same.
        if let Ok(Given { token: Some(token), .. }) = given {
            runtime.dispatch(Action::TakeToken { token });
        }
        command(&runtime, Command::SignOutOthers);
    });
    http::exchange(state.id, &seat.token, ongiven);
}

fn on<T: 'static>(runtime: &Rc<Runtime>, handle: fn(&Rc<Runtime>, T)) -> Callback<T> {
    let runtime = Rc::clone(runtime);
    Callback::from(move |value| handle(&runtime, value))
}

/// An id for a command done now, and the time by the server's clock. None without a source of randomness.
fn draw_id(runtime: &Runtime) -> Option<(MessageId, Millis)> {
    let state = runtime.state();
    let at = state.server_time(platform::monotonic_ms());
    // Ids rise, also after the clock was set back.
    let at = state.outbox.items().last().map_or(at, |last| at.max(Millis(last.at.0 + 1)));
    platform::draw_message_id(at).ok().map(|id| (id, at))
}
