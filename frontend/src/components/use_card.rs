//! Polls the public information about a room while the page is visible. Pauses grow after failures.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{RoomId, Token};
use wasm_bindgen_futures::spawn_local;
use yew::{UseStateSetter, hook};

use crate::hooks::erased::{use_default, use_effect_with};
use crate::services::http::{self, Asked};
use crate::services::platform::{self, Listener};
use crate::services::storage;
use crate::view_model::refresh::pause_ms;

/// The known information about a room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The newest usable answer.
    pub asked: Asked,
    /// The number of answers since the card was shown. Older information may be out of date.
    pub answers: u32,
}

/// The information about the room, polled every `every_ms` milliseconds while `shown`. With a `token` it tells whose that is.
#[hook]
pub fn use_card(room: RoomId, token: Option<Token>, shown: bool, every_ms: u32) -> Card {
    // In the lobby every window is a person of its own: a token there is nobody's way back.
    let token = token.filter(|_| room != RoomId::Lobby);
    let card = use_default::<Card>();
    let setter = card.setter();
    let before = card.asked.clone();
    use_effect_with((room, token, shown), move |(room, token, shown)| {
        shown.then(|| {
            setter.set(Card { asked: before.clone(), answers: 0 });
            let refresh = Refresh::new(*room, *token, every_ms, before, setter);
            refresh.ask();
            let focused = Listener::new(&platform::window(), "focus", {
                let refresh = Rc::clone(&refresh);
                move |_| refresh.ask()
            });
            let visible = Listener::new(&platform::document(), "visibilitychange", {
                let refresh = Rc::clone(&refresh);
                move |_| {
                    if platform::document().hidden() { refresh.pause() } else { refresh.ask() }
                }
            });
            (focused, visible, Stop(refresh))
        })
    });
    (*card).clone()
}

/// Asks about one room, one question at a time.
struct Refresh {
    room: RoomId,
    token: Option<Token>,
    every_ms: u32,
    setter: UseStateSetter<Card>,
    card: RefCell<Card>,
    timer: RefCell<Option<Timeout>>,
    is_asking: Cell<bool>,
    is_over: Cell<bool>,
    failures: Cell<u32>,
}

impl Refresh {
    fn new(
        room: RoomId,
        token: Option<Token>,
        every_ms: u32,
        before: Asked,
        setter: UseStateSetter<Card>,
    ) -> Rc<Self> {
        Rc::new(Self {
            room,
            token,
            every_ms,
            setter,
            card: RefCell::new(Card { asked: before, answers: 0 }),
            timer: RefCell::default(),
            is_asking: Cell::default(),
            is_over: Cell::default(),
            failures: Cell::default(),
        })
    }

    fn ask(self: &Rc<Self>) {
        self.pause();
        if self.is_over.get() || self.is_asking.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            let asked = http::card(this.room, this.token.as_ref()).await;
            this.is_asking.set(false);
            if !this.is_over.get() {
                this.answered(asked);
            }
        });
    }

    fn answered(self: &Rc<Self>, asked: Asked) {
        match asked {
            Asked::Nothing => self.failures.set(self.failures.get().saturating_add(1)),
            asked => {
                if asked == Asked::Unknown {
                    storage::remove_snapshot(self.room);
                }
                self.failures.set(0);
                let mut card = self.card.borrow_mut();
                *card = Card { asked, answers: card.answers.saturating_add(1) };
                self.setter.set(card.clone());
            }
        }
        if !platform::document().hidden() {
            let (this, pause) = (Rc::clone(self), pause_ms(self.every_ms, self.failures.get()));
            self.timer.replace(Some(Timeout::new(pause, move || this.ask())));
        }
    }

    fn pause(&self) {
        self.timer.take();
    }
}

/// Ends the questions when it is dropped.
struct Stop(Rc<Refresh>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        self.0.pause();
    }
}
