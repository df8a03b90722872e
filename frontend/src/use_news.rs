//! Tells of what comes while the person looks elsewhere: in the title, and by sound and notification where they have turned
//! these on.

use shared::{RoomId, Seq};
use yew::{hook, use_mut_ref};

use crate::browser;
use crate::chat::Chat;
use crate::components::use_lang;
use crate::hooks::use_effect_with;
use crate::store::{self, Alert};
use crate::text::Word;

/// Beyond this it is only said that there are more.
const COUNTED_MAX: usize = 99;

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

    let told = use_mut_ref(Seq::default);
    let (lobby, title) =
        (chat.id == RoomId::Lobby, chat.room.as_ref().and_then(|room| room.facts.title.clone()));
    use_effect_with(news, move |news| {
        let before = told.replace(news.as_ref().map_or(Seq::default(), |news| news.seq));
        match news {
            Some(news) if before < news.seq => {
                if store::wants(Alert::Sound) {
                    browser::ring();
                }
                if store::wants(Alert::Notification) && browser::document().hidden() {
                    let who =
                        title.map_or(news.name.to_string(), |title| [&news.name, " · ", &title].concat());
                    // What is said in the lobby stays on no computer.
                    let text = if lobby {
                        Word::NewMessages.fill(lang, &[&news.count.to_string()])
                    } else {
                        news.text.to_string()
                    };
                    browser::notify(&who, &text);
                }
            }
            // It was read, or taken back.
            _ if before != Seq::default() => browser::hush(),
            _ => {}
        }
    });
}
