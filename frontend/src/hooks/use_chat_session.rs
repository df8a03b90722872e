//! Joins the state to the browser: opens and closes the socket it wants, sends what is to be sent, looks at the clock
//! when it is time, keeps what it keeps. All decisions are the state's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{Code, FromPage, MessageId, Readers, RoomId, Seq, Text, Token};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Reducible, UseReducerHandle, hook, use_memo, use_mut_ref, use_reducer};

use crate::hooks::erased::{use_callback, use_effect_with};
use crate::services::http;
use crate::services::platform::{self, Listener};
use crate::services::socket::{Socket, SocketEvent};
use crate::services::storage::{self, ReadTo};
use crate::state::outbox::Command;
use crate::state::{Action, ChatState, JoinError, Room, StoredSession};

/// What is shown is kept when nothing has happened for so long, in milliseconds, or the page goes out of sight.
const QUIET_MS: u32 = 1_000;

/// Which message's readers are asked for, and who wants to be told.
pub type AskReaders = (Seq, Callback<Option<Readers>>);

/// The state, and what a person can do.
#[derive(Clone, PartialEq)]
pub struct UseChat {
    /// The state.
    pub chat: UseReducerHandle<ChatState>,
    /// Asks to be let in under the name typed.
    pub connect: Callback<String>,
    /// Says something, perhaps in answer to a message.
    pub say: Callback<(Text, Option<Seq>)>,
    /// Does something else that is to be stored once.
    pub act: Callback<Command>,
    /// Sends again what failed.
    pub retry: Callback<MessageId>,
    /// Gives up what failed.
    pub give_up: Callback<MessageId>,
    /// Asks who has read a message.
    pub readers: Callback<AskReaders>,
    /// Wants what is older than what is held.
    pub older: Callback<()>,
    /// Follows the end of the list from now on, or not.
    pub follow: Callback<bool>,
    /// Is writing.
    pub types: Callback<()>,
    /// Leaves the room.
    pub leave: Callback<()>,
    /// Wants to come as somebody else.
    pub anew: Callback<()>,
}

impl Reducible for ChatState {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let next = Self::clone(&self).after(action);
        if next == *self { self } else { Rc::new(next) }
    }
}

/// The chat of this page, in this room.
#[hook]
pub fn use_chat_session(id: RoomId) -> UseChat {
    let chat = use_reducer(|| {
        let carried = platform::take_carried().filter(|_| id != RoomId::Lobby);
        if carried.is_some() {
            storage::forget_copy(id);
        }
        let kept = carried.or_else(|| storage::kept(id));
        let now = platform::now();
        ChatState::restore(id, kept, storage::outbox(id), now).showing(&storage::copy(id), now)
    });
    let unsent = use_mut_ref(|| chat.outbox.ids());
    let socket = use_mut_ref(|| None::<Socket>);
    let shown = use_mut_ref(|| None::<Shown>);
    let mine = use_memo((), |()| Mine { id, last: Cell::default() });

    {
        let (dispatch, socket, kept) = (chat.dispatcher(), Rc::clone(&socket), Rc::clone(&shown));
        use_effect_with((), move |()| {
            let nudge = {
                let dispatch = dispatch.clone();
                move || dispatch.dispatch(Action::Wake { now: platform::now() })
            };
            let away = Listener::new(&platform::window(), "pagehide", {
                let (dispatch, kept) = (dispatch.clone(), Rc::clone(&kept));
                move |_| {
                    keep_copy(id, &kept);
                    kept.take();
                    // At once: effects may run only after the browser has stopped the page.
                    drop(socket.take());
                    dispatch.dispatch(Action::PageHidden);
                }
            });
            let look = move || {
                let visible = !platform::document().hidden();
                dispatch.dispatch(Action::Visible { visible, now: platform::now() });
                visible
            };
            look();
            let online = Listener::new(&platform::window(), "online", {
                let nudge = nudge.clone();
                move |_| nudge()
            });
            let shown = Listener::new(&platform::window(), "pageshow", {
                let nudge = nudge.clone();
                move |_| nudge()
            });
            let visible = Listener::new(&platform::document(), "visibilitychange", move |_| {
                if look() {
                    nudge();
                } else {
                    keep_copy(id, &kept);
                }
            });
            (away, online, shown, visible)
        });
    }

    {
        let mine = Rc::clone(&mine);
        use_effect_with((chat.kept(), chat.in_room()), move |(kept, in_room)| {
            mine.keep(kept.as_ref(), *in_room);
        });
    }
    {
        let mine = Rc::clone(&mine);
        use_effect_with(chat.problem, move |problem| {
            if *problem == Some(JoinError::Refused(Code::Removed)) {
                mine.wipe();
            }
        });
    }
    {
        let (shown, seat) = (Rc::clone(&shown), chat.seat.as_ref().zip(chat.room.clone()));
        let now = seat.map(|(seat, room)| Shown { token: seat.token, room });
        use_effect_with((chat.copies(), chat.in_room()), move |(copies, in_room)| {
            // The connection is lost: from now on another window may know better.
            if copies.is_none() && *in_room {
                keep_copy(id, &shown);
            }
            let rewrites = |shown: &Option<Shown>| shown.as_ref().map(|shown| shown.room.rewrites);
            let before = shown.replace(now.filter(|_| copies.is_some()));
            // What was taken back is not left lying for a moment.
            if rewrites(&before) != rewrites(&shown.borrow()) {
                keep_copy(id, &shown);
            }
            copies.as_ref().map(|_| Timeout::new(QUIET_MS, move || keep_copy(id, &shown)))
        });
    }
    use_effect_with(Rc::clone(&chat.outbox), move |outbox| {
        let before = unsent.replace(outbox.ids());
        storage::keep_outbox(id, outbox, &before);
    });

    {
        let (chat, socket, mine) = (chat.clone(), Rc::clone(&socket), Rc::clone(&mine));
        use_effect_with(chat.link.connection(), move |_| {
            if chat.joining().is_some() && mine.is_gone() {
                return chat.dispatch(Action::Leave);
            }
            *socket.borrow_mut() = chat.joining().map(|(connection, join)| open(connection, &join, &chat));
        });
    }
    {
        let (chat, socket) = (chat.clone(), Rc::clone(&socket));
        use_effect_with(chat.sending(), move |sending| {
            if let (Some(_), Some(frame), Some(socket)) =
                (sending, chat.sending_frame(), &mut *socket.borrow_mut())
            {
                socket.send(&frame);
            }
        });
    }
    {
        let socket = Rc::clone(&socket);
        use_effect_with(chat.reading(), move |reading| {
            if let (Some((_, seq)), Some(socket)) = (*reading, &mut *socket.borrow_mut()) {
                socket.send(&FromPage::Read { seq });
            }
        });
    }
    let reader = Rc::clone(&mine);
    use_effect_with(chat.read_to(), move |read| {
        if reader.is_gone() {
            return;
        }
        storage::keep_read(id, read.map(|(member, seq)| ReadTo { member, seq }).as_ref());
    });
    {
        let socket = Rc::clone(&socket);
        use_effect_with(chat.typing(), move |typing| {
            if let (Some(_), Some(socket)) = (typing, &mut *socket.borrow_mut()) {
                socket.send(&FromPage::Typing);
            }
        });
    }
    {
        let (dispatch, token) = (chat.dispatcher(), chat.seat.as_ref().map(|seat| seat.token));
        use_effect_with(chat.fetching(), move |fetching| {
            if let (Some(asked), Some(token)) = (*fetching, token) {
                spawn_local(async move {
                    let page = http::older(id, &token, asked.1).await;
                    dispatch.dispatch(Action::HistoryPage { asked, page });
                });
            }
        });
    }
    {
        let dispatch = chat.dispatcher();
        use_effect_with((chat.wake_at(), chat.looks), move |(wake_at, _)| {
            wake_at.map(|at| {
                let wait = u32::try_from(at.saturating_sub(platform::now())).unwrap_or(u32::MAX);
                Timeout::new(wait, move || {
                    let (now, random) = (platform::now(), platform::random());
                    dispatch.dispatch(Action::Tick { now, random });
                })
            })
        });
    }

    let dispatch = chat.dispatcher();
    let connect = use_callback((), move |typed, ()| {
        // Another window may have taken a seat meanwhile: it is this browser's. Without randomness there are no secrets, and
        // without a secret no seat.
        let kept = storage::kept(id).map(|kept| kept.token);
        if let Ok(token) = kept.map_or_else(platform::draw_token, Ok) {
            let now = platform::now();
            dispatch.dispatch(Action::Connect { typed, token, now });
        }
    });
    let dispatch = chat.dispatcher();
    let say = use_callback((), move |(text, reply_to), ()| {
        if let Ok((id, at)) = platform::draw_message_id() {
            dispatch.dispatch(Action::Say { id, text, reply_to, at });
        }
    });
    let dispatch = chat.dispatcher();
    let act = use_callback((), move |act, ()| {
        if let Ok((id, at)) = platform::draw_message_id() {
            dispatch.dispatch(Action::Command { id, act, at });
        }
    });
    let dispatch = chat.dispatcher();
    let give_up = Callback::from(move |id| dispatch.dispatch(Action::DiscardFailed { id }));
    let readers =
        use_callback(chat.seat.as_ref().map(|seat| seat.token), move |(seq, told): AskReaders, token| {
            if let Some(token) = *token {
                spawn_local(async move { told.emit(http::readers(id, &token, seq).await) });
            }
        });
    let dispatch = chat.dispatcher();
    let retry = use_callback((), move |id, ()| {
        if let Ok((new_id, at)) = platform::draw_message_id() {
            dispatch.dispatch(Action::Retry { id, new_id, at });
        }
    });
    let dispatch = chat.dispatcher();
    let older = use_callback((), move |(), ()| dispatch.dispatch(Action::WantOlder));
    let dispatch = chat.dispatcher();
    let follow = use_callback((), move |follows, ()| {
        dispatch.dispatch(Action::Follow { follows, now: platform::now() });
    });
    let dispatch = chat.dispatcher();
    let types = use_callback((), move |(), ()| dispatch.dispatch(Action::Typing { now: platform::now() }));
    let (dispatch, leaver) = (chat.dispatcher(), Rc::clone(&mine));
    let leave = use_callback((), move |(), ()| {
        if let Some(socket) = &mut *socket.borrow_mut() {
            socket.send(&FromPage::Leave);
        }
        dispatch.dispatch(Action::Leave);
        shown.take();
        leaver.wipe();
    });
    let dispatch = chat.dispatcher();
    let anew = use_callback((), move |(), ()| {
        dispatch.dispatch(Action::ResetIdentity);
        mine.wipe();
    });
    UseChat { chat, connect, say, act, retry, give_up, readers, older, follow, types, leave, anew }
}

/// The seat that this page keeps in the browser. Another window of the room may have left it since, or be somebody else
/// there: what that one keeps is not this page's to change.
struct Mine {
    id: RoomId,
    /// Its token, and whether there is a storage that keeps it.
    last: Cell<Option<(Token, bool)>>,
}

impl Mine {
    fn keep(&self, kept: Option<&StoredSession>, in_room: bool) {
        let Some(kept) = kept else {
            if storage::holds(self.id, self.last.take().map(|(token, _)| token)) {
                storage::keep(self.id, None);
            }
            return;
        };
        // Who only asks for a seat does not put it in the place of one that is taken, or was given up.
        let seated = |other: StoredSession| other.token != kept.token && other.name.is_some();
        if in_room || !(self.is_gone() || storage::kept(self.id).is_some_and(seated)) {
            storage::keep(self.id, Some(kept));
            self.last.set(Some((kept.token, storage::holds(self.id, Some(kept.token)))));
        }
    }

    /// Whether another window has given it up, or has another one.
    fn is_gone(&self) -> bool {
        self.last.get().is_some_and(|(token, kept)| kept && !storage::holds(self.id, Some(token)))
    }

    fn wipe(&self) {
        if !self.is_gone() || storage::kept(self.id).is_none() {
            storage::wipe(self.id);
        }
    }
}

/// What a copy is made of, and whose seat it is for.
struct Shown {
    token: Token,
    room: Rc<Room>,
}

/// Keeps a copy, unless another window has left the room since, or knows more of it: this one may have been cut off, or
/// stopped by its browser, for long.
fn keep_copy(id: RoomId, shown: &RefCell<Option<Shown>>) {
    if let Some(Shown { token, room }) = &*shown.borrow()
        && storage::kept(id).is_some_and(|kept| kept.token == *token && kept.name.is_some())
        && let Some(copy) = room.copy_over(&storage::copy(id))
    {
        storage::keep_copy(id, &copy);
    }
}

fn open(connection: u32, join: &FromPage, chat: &UseReducerHandle<ChatState>) -> Socket {
    let dispatch = chat.dispatcher();
    // Without an address the socket fails at once, and the state hears of it like of any other loss.
    let url = platform::socket_url(chat.id).unwrap_or_default();
    Socket::open(&url, join, move |told| {
        let (now, random) = (platform::now(), platform::random());
        dispatch.dispatch(match told {
            SocketEvent::Frame(frame) => Action::Received { connection, frame: *frame, now, random },
            SocketEvent::Closed(code) => Action::Closed { connection, code, now, random },
        });
    })
}
