//! The room: who is in it, what is said in it, and the box to write in.

use std::rc::Rc;

use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, component, html, use_callback, use_state};

use super::banner::LinkBanner;
use super::composer::Composer;
use super::header::Header;
use super::members::Members;
use super::timeline::Timeline;
use super::use_lang;
use crate::chat::Room;
use crate::link::Banner;
use crate::text::{Lang, Word};
use crate::use_chat::UseChat;

/// What the room needs.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The chat.
    pub page: UseChat,
}

/// The room.
#[component]
pub fn RoomView(props: &Props) -> Html {
    let UseChat { chat, say, retry, older, follow, types, act, leave, .. } = &props.page;
    let lang = use_lang();
    // On a phone the side is a sheet; on a wider window it always stands beside the messages.
    let open = use_state(|| false);
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let onclose = use_callback((), {
        let open = open.setter();
        move |(), ()| open.set(false)
    });
    let onkeydown = {
        let onclose = onclose.clone();
        Callback::from(move |key: KeyboardEvent| {
            if key.key() == "Escape" {
                onclose.emit(());
            }
        })
    };
    let room = chat.room.clone();
    html! {
        <main class="room" {onkeydown}>
            <Members
                room={room.clone()}
                seat={chat.seat.clone()}
                id={chat.id}
                up={chat.link.is_up()}
                lost={chat.link.banner() == Some(Banner::Lost)}
                open={*open}
                onclose={onclose}
                onact={act}
                onleave={leave.clone()}
            />
            <section class="main">
                <Header room={room.clone()} id={chat.id} up={chat.link.is_up()} banner={chat.link.banner()} open={*open} {ontoggle} />
                <LinkBanner banner={chat.link.banner()} was_up={room.is_some()} />
                <Timeline
                    room={room.clone()}
                    outbox={chat.outbox.clone()}
                    onretry={retry.clone()}
                    onolder={older.clone()}
                    onfollow={follow.clone()}
                />
                <Composer
                    id={chat.id}
                    ready={room.is_some()}
                    full={chat.outbox.is_full()}
                    people={people(room.as_deref())}
                    typing={typing(room.as_deref(), lang)}
                    onsay={say.clone()}
                    ontype={types.clone()}
                />
            </section>
        </main>
    }
}

/// The others' names.
fn people(room: Option<&Room>) -> Rc<[Rc<str>]> {
    room.into_iter().flat_map(|room| room.others().filter_map(|other| room.name(other).cloned())).collect()
}

/// Who is writing, by name if they are few.
fn typing(room: Option<&Room>, lang: Lang) -> Option<String> {
    let room = room.filter(|room| !room.typing.is_empty())?;
    let names: Vec<&str> =
        room.typing.iter().filter_map(|member| room.name(*member)).map(|name| &**name).collect();
    Some(match names.len() {
        1..=3 => Word::Typing.fill(lang, &[&names.join(Word::Comma.say(lang))]),
        _ => Word::ManyTyping.fill(lang, &[&room.typing.len().to_string()]),
    })
}
