//! The executor: carries out the effects of [`ChatState::update`] in order, and reports what happens in the browser as actions.
//! No other place of the page executes an effect of the state. Decides nothing.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use shared::{FromPage, RoomId};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::platform::{self, Listener};
use super::socket::{Socket, SocketEvent};
use super::tabs::SessionClaim;
use super::{http, storage};
use crate::state::{Action, ChatState, Effect, Env};

/// The state of one room, and the browser resources that its effects hold.
pub struct Runtime {
    id: RoomId,
    state: RefCell<Rc<ChatState>>,
    onchange: Callback<Rc<ChatState>>,
    /// Actions that were dispatched while one is being handled.
    queue: RefCell<VecDeque<Action>>,
    is_handling: Cell<bool>,
    /// Whether other tabs are being asked for this tab's session. Actions wait until they have answered, because a component may
    /// dispatch one before that, and this tab would then claim and use a session that may not be its own.
    is_asking: Cell<bool>,
    socket: RefCell<Option<Socket>>,
    wake: RefCell<Option<Timeout>>,
    claim: RefCell<Option<SessionClaim>>,
}

impl Runtime {
    /// Begins with a state. `onchange` receives every later one.
    pub fn new(state: Rc<ChatState>, onchange: Callback<Rc<ChatState>>) -> Rc<Self> {
        let is_asking = state.id == RoomId::Lobby && storage::session(state.id).is_some();
        Rc::new(Self {
            id: state.id,
            state: RefCell::new(state),
            onchange,
            queue: RefCell::default(),
            is_handling: Cell::new(false),
            is_asking: Cell::new(is_asking),
            socket: RefCell::default(),
            wake: RefCell::default(),
            claim: RefCell::default(),
        })
    }

    /// The state at this moment.
    pub fn state(&self) -> Rc<ChatState> {
        Rc::clone(&self.state.borrow())
    }

    /// Starts to act. A tab of the lobby first asks whether it was duplicated from another one.
    pub fn start(self: &Rc<Self>) -> Vec<Listener> {
        let runtime = Rc::clone(self);
        if self.is_asking.get() {
            spawn_local(async move {
                if let Some(stored) = storage::session(runtime.id)
                    && SessionClaim::is_in_use(&stored.token).await
                    && let Ok(token) = platform::draw_token()
                {
                    runtime.queue.borrow_mut().push_front(Action::SessionInUse { token });
                }
                runtime.is_asking.set(false);
                runtime.report_visibility();
            });
        } else {
            runtime.report_visibility();
        }
        self.listen()
    }

    /// Applies an action and executes its effects.
    pub fn dispatch(self: &Rc<Self>, action: Action) {
        self.queue.borrow_mut().push_back(action);
        if self.is_asking.get() || self.is_handling.replace(true) {
            return;
        }
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some(action) = next else { break };
            let env = Env {
                now: platform::monotonic_ms(),
                random: platform::random(),
                stored: storage::session(self.id),
            };
            let effects = Rc::make_mut(&mut self.state.borrow_mut()).update(action, &env);
            effects.into_iter().for_each(|effect| self.execute(effect));
        }
        self.is_handling.set(false);
        self.schedule();
        self.onchange.emit(self.state());
    }

    fn execute(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::OpenSocket { connection, join } => self.open(connection, &join),
            Effect::CloseSocket => drop(self.socket.take()),
            Effect::Send(frame) => self.send(&frame),
            Effect::FetchHistory { asked, token } => {
                let (runtime, id) = (Rc::downgrade(self), self.id);
                spawn_local(async move {
                    let page = http::history(id, &token, asked.1).await;
                    dispatch_to(&runtime, Action::HistoryPage { asked, page });
                });
            }
            Effect::StoreSession(session) => {
                self.stored(storage::store_session(self.id, &session));
                self.claim_session();
            }
            Effect::RemoveSession => storage::remove_session(self.id),
            Effect::StoreOutbox { known } => {
                self.stored(storage::store_outbox(self.id, &self.state().outbox, &known));
            }
            Effect::StoreSnapshot { token } => self.store_snapshot(token),
            Effect::StoreReadMark { member, seq } => storage::store_read_mark(self.id, member, seq),
            Effect::ForgetSeatLink => storage::forget_carried(self.id),
            Effect::WipeRoom => storage::wipe(self.id),
            Effect::WipeMessages => storage::wipe_messages(self.id),
        }
    }

    /// Answers other tabs that ask for the session which this tab of the lobby has stored.
    fn claim_session(&self) {
        let token = self.state.borrow().kept().map(|session| session.token);
        if let (RoomId::Lobby, Some(token)) = (self.id, token.filter(|_| !self.is_asking.get())) {
            self.claim.replace(SessionClaim::new(&token));
        }
    }

    fn open(self: &Rc<Self>, connection: u32, join: &FromPage) {
        // Without an address the socket fails at once, and the state handles that like any other loss.
        let url = platform::socket_url(self.id).unwrap_or_default();
        let runtime = Rc::downgrade(self);
        let socket = Socket::open(&url, join, move |event| {
            dispatch_to(
                &runtime,
                match event {
                    SocketEvent::Frame(frame) => Action::Received { connection, frame: *frame },
                    SocketEvent::Closed(code) => Action::Closed { connection, code },
                },
            );
        });
        self.socket.replace(Some(socket));
    }

    fn send(&self, frame: &FromPage) {
        if let Some(socket) = &mut *self.socket.borrow_mut() {
            socket.send(frame);
        }
    }

    fn store_snapshot(&self, token: shared::Token) {
        let state = self.state();
        let is_ours = storage::session(self.id).is_some_and(|stored| stored.token == token);
        if let Some(room) = state.room.as_ref().filter(|_| is_ours)
            && let Some(snapshot) = room.copy_over(&storage::snapshot(self.id))
        {
            storage::store_snapshot(self.id, &snapshot);
        }
    }

    fn stored(self: &Rc<Self>, is_stored: bool) {
        if !is_stored && !self.state.borrow().storage_failed {
            self.dispatch(Action::StorageFailed);
        }
    }

    /// Arranges the next look at the clock.
    fn schedule(self: &Rc<Self>) {
        let wake_at = self.state.borrow().wake_at();
        let runtime = Rc::downgrade(self);
        self.wake.replace(wake_at.map(|at| {
            let wait = u32::try_from(at.saturating_sub(platform::monotonic_ms())).unwrap_or(u32::MAX);
            // Browsers treat a longer timeout as none.
            Timeout::new(wait.min(i32::MAX as u32), move || dispatch_to(&runtime, Action::Tick))
        }));
    }

    fn report_visibility(self: &Rc<Self>) {
        self.dispatch(Action::Visible { visible: platform::is_looked_at() });
    }

    fn report_storage(self: &Rc<Self>) {
        self.dispatch(Action::StoredSessionChanged);
        if let Some(stored) = storage::outbox(self.id) {
            self.dispatch(Action::StoredOutboxChanged(stored));
        }
    }

    fn listen(self: &Rc<Self>) -> Vec<Listener> {
        let (window, document) = (platform::window(), platform::document());
        let on = |target: &web_sys::EventTarget, kind, handle: fn(&Rc<Self>)| {
            let runtime = Rc::downgrade(self);
            Listener::new(target, kind, move |_| {
                if let Some(runtime) = runtime.upgrade() {
                    handle(&runtime);
                }
            })
        };
        vec![
            // The browser may stop the page right after this event, so effects must not wait for a rendering.
            on(&window, "pagehide", |runtime| {
                runtime.claim.take();
                runtime.dispatch(Action::PageHidden);
            }),
            // Back from the back/forward cache, where it could not answer other tabs.
            on(&window, "pageshow", |runtime| {
                runtime.claim_session();
                runtime.report_storage();
                runtime.dispatch(Action::Wake);
            }),
            on(&window, "online", |runtime| runtime.dispatch(Action::Wake)),
            on(&window, "offline", |runtime| runtime.dispatch(Action::Offline)),
            on(&window, "storage", Self::report_storage),
            on(&window, "focus", Self::report_visibility),
            on(&window, "blur", Self::report_visibility),
            on(&document, "visibilitychange", |runtime| {
                runtime.report_visibility();
                if !platform::document().hidden() {
                    runtime.dispatch(Action::Wake);
                }
            }),
        ]
    }
}

fn dispatch_to(runtime: &Weak<Runtime>, action: Action) {
    if let Some(runtime) = runtime.upgrade() {
        runtime.dispatch(action);
    }
}
