//! Tells of what comes while the person looks elsewhere: in the title, and by sound and notification where they have turned
//! these on.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{After, Epoch, RoomId};
use yew::{hook, use_mut_ref};

use crate::components::use_lang;
use crate::hooks::erased::use_effect_with;
use crate::i18n::Msg;
use crate::services::platform;
use crate::services::storage::{self, Alert};
use crate::state::{ChatState, NotificationAction, UnseenMessages};

/// Beyond this it is only said that there are more.
const COUNTED_MAX: usize = 99;
/// So long before the person is called, in milliseconds. Where they have the room in sight, in another window or on another
/// device, its mark comes meanwhile: a page tells of it once a second, and so does the server.
const WAIT_MS: u32 = 2_500;

/// Tells of the news of this chat.
#[hook]
pub fn use_notifications(chat: &ChatState) {
    let lang = use_lang();
    let news = chat.news();
    let count = news.as_ref().map_or(0, |news| news.count);
    use_effect_with((count, lang), move |(count, lang)| {
        let brand = Msg::Brand.say(*lang);
        platform::set_title(&match *count {
            0 => brand.to_owned(),
            1..=COUNTED_MAX => ["(", &count.to_string(), ") ", brand].concat(),
            _ => ["(", &COUNTED_MAX.to_string(), "+) ", brand].concat(),
        });
    });

    let calls = use_mut_ref(Calls::default);
    let title = chat.room.as_ref().and_then(|room| room.facts.title.clone());
    let (id, lobby) = (chat.id, chat.id == RoomId::Lobby);
    let epoch = chat.room.as_ref().map(|room| room.facts.epoch.clone());
    use_effect_with(news, move |news| {
        let mut now = calls.borrow_mut();
        now.due = news.as_ref().zip(epoch).map(|(news, epoch)| Notice {
            id,
            epoch,
            news: news.clone(),
            title: title.map_or(news.name.to_string(), |title| [&news.name, " · ", &title].concat()),
            // What is said in the lobby stays on no computer.
            text: match lobby {
                true => Msg::NewMessages.fill(lang, &[&news.count.to_string()]),
                false => news.text.to_string(),
            },
        });
        match now.call() {
            Some(NotificationAction::Notify) if now.waits.is_none() => now.wait(&calls),
            Some(NotificationAction::Notify) => {}
            None => now.waits = None,
            Some(NotificationAction::Update | NotificationAction::Dismiss) => now.tell(),
        }
    });
}

/// What there is to tell, and what was told.
#[derive(Default)]
struct Calls {
    due: Option<Notice>,
    told: Option<UnseenMessages>,
    waits: Option<Timeout>,
}

struct Notice {
    id: RoomId,
    epoch: Epoch,
    news: UnseenMessages,
    title: String,
    text: String,
}

impl Calls {
    fn call(&self) -> Option<NotificationAction> {
        NotificationAction::of(self.told.as_ref(), self.due.as_ref().map(|due| &due.news))
    }

    /// Waits, in case the person sees elsewhere what has come up to now. One wait for all that comes meanwhile: a lively room
    /// would never call.
    fn wait(&mut self, calls: &Rc<RefCell<Self>>) {
        let (until, calls) = (self.due.as_ref().map(|due| due.news.seq), Rc::clone(calls));
        self.waits = Some(Timeout::new(WAIT_MS, move || {
            let mut now = calls.borrow_mut();
            now.waits = None;
            if now.due.as_ref().is_some_and(|due| until < Some(due.news.first)) {
                now.wait(&calls);
            } else {
                now.tell();
            }
        }));
    }

    fn tell(&mut self) {
        let call = self.call();
        self.told = self.due.as_ref().map(|due| due.news.clone());
        match (call, &self.due) {
            (Some(NotificationAction::Notify), Some(due)) => {
                // Of several windows of a room one calls.
                let calls = storage::calls(due.id, &After { epoch: due.epoch.clone(), seq: due.news.seq });
                if calls && storage::wants(Alert::Sound) {
                    platform::ring();
                }
                if calls && storage::wants(Alert::Notification) && !platform::is_looked_at() {
                    platform::notify(&due.title, &due.text);
                } else {
                    platform::amend(&due.title, &due.text);
                }
            }
            (Some(NotificationAction::Update), Some(due)) => platform::amend(&due.title, &due.text),
            (Some(NotificationAction::Dismiss), None) => platform::hush(),
            _ => {}
        }
    }
}
