//! Tells of what comes while the person looks elsewhere: in the title, and by sound and notification where they have turned
//! these on.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{After, Epoch, RoomId};
use yew::{hook, use_mut_ref};

use crate::browser;
use crate::chat::{Call, Chat, News};
use crate::components::use_lang;
use crate::hooks::use_effect_with;
use crate::store::{self, Alert};
use crate::text::Word;

/// Beyond this it is only said that there are more.
const COUNTED_MAX: usize = 99;
/// So long before the person is called, in milliseconds. Where they have the room in sight, in another window or on another
/// device, its mark comes meanwhile: a page tells of it once a second, and so does the server.
const WAIT_MS: u32 = 2_500;

/// Tells of the news of this chat.
#[hook]
pub fn use_news(chat: &Chat) {
    let lang = use_lang();
    let news = chat.news();
    let count = news.as_ref().map_or(0, |news| news.count);
    use_effect_with((count, lang), move |(count, lang)| {
        let brand = Word::Brand.say(*lang);
        browser::set_title(&match *count {
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
                true => Word::NewMessages.fill(lang, &[&news.count.to_string()]),
                false => news.text.to_string(),
            },
        });
        match now.call() {
            Some(Call::Ring) if now.waits.is_none() => now.wait(&calls),
            Some(Call::Ring) => {}
            None => now.waits = None,
            Some(Call::Amend | Call::Hush) => now.tell(),
        }
    });
}

/// What there is to tell, and what was told.
#[derive(Default)]
struct Calls {
    due: Option<Notice>,
    told: Option<News>,
    waits: Option<Timeout>,
}

struct Notice {
    id: RoomId,
    epoch: Epoch,
    news: News,
    title: String,
    text: String,
}

impl Calls {
    fn call(&self) -> Option<Call> {
        Call::of(self.told.as_ref(), self.due.as_ref().map(|due| &due.news))
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
            (Some(Call::Ring), Some(due)) => {
                // Of several windows of a room one calls.
                let calls = store::calls(due.id, &After { epoch: due.epoch.clone(), seq: due.news.seq });
                if calls && store::wants(Alert::Sound) {
                    browser::ring();
                }
                if calls && store::wants(Alert::Notification) && browser::document().hidden() {
                    browser::notify(&due.title, &due.text);
                } else {
                    browser::amend(&due.title, &due.text);
                }
            }
            (Some(Call::Amend), Some(due)) => browser::amend(&due.title, &due.text),
            (Some(Call::Hush), None) => browser::hush(),
            _ => {}
        }
    }
}
