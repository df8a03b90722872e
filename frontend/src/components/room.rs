//! The room: who is in it, what is said in it, and the box to write in.

use std::rc::Rc;

use shared::Text;
use web_sys::KeyboardEvent;
use yew::{
    Callback, Html, Properties, component, hook, html, use_callback, use_memo, use_state, use_state_eq,
};

use super::aim::{Aim, AimLine};
use super::banner::LinkBanner;
use super::composer::Composer;
use super::header::Header;
use super::members::Members;
use super::timeline::{Timeline, Wish};
use super::use_aim::Put;
use super::use_lang;
use crate::chat::Room;
use crate::link::Banner;
use crate::outbox::Act;
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
    let UseChat { chat, older, follow, types, leave, readers, .. } = &props.page;
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
    let room = chat.room.clone();
    let written = use_writing(&props.page);
    let onkeydown = {
        let (onclose, oncancel, aims) = (onclose.clone(), written.oncancel.clone(), written.aim.is_some());
        Callback::from(move |key: KeyboardEvent| {
            if key.key() == "Escape" {
                if aims { oncancel.emit(()) } else { onclose.emit(()) }
            }
        })
    };
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
                onleave={leave.clone()}
            />
            <section class="main">
                <Header room={room.clone()} id={chat.id} up={chat.link.is_up()} banner={chat.link.banner()} open={*open} {ontoggle} />
                <LinkBanner banner={chat.link.banner()} was_up={room.is_some()} />
                <Timeline
                    room={room.clone()}
                    outbox={chat.outbox.clone()}
                    onwish={written.onwish}
                    onreaders={readers.clone()}
                    onolder={older.clone()}
                    onfollow={follow.clone()}
                />
                if let (Some(room), Some(aim)) = (room.clone(), written.aim) {
                    <AimLine {room} {aim} oncancel={written.oncancel} />
                }
                <Composer
                    id={chat.id}
                    ready={room.is_some()}
                    full={chat.outbox.is_full()}
                    typing={typing(room.as_deref(), lang)}
                    put={written.put}
                    onsay={written.onsay}
                    ontype={types.clone()}
                />
            </section>
        </main>
    }
}

/// What is written in the box, and for what.
struct Writing {
    aim: Option<Aim>,
    put: Put,
    onsay: Callback<Text>,
    onwish: Callback<Wish>,
    oncancel: Callback<()>,
}

#[hook]
fn use_writing(page: &UseChat) -> Writing {
    let UseChat { chat, say, act, retry, give_up, .. } = page;
    let wanted = use_state_eq(|| None::<Aim>);
    let anew = use_state_eq(|| None::<(u32, Rc<str>)>);
    // What was taken back meanwhile is aimed at no more.
    let said = |seq| chat.room.as_ref().and_then(|room| room.log.said(seq)).map(|said| Rc::clone(&said.text));
    let aim = wanted.filter(|aim| said(aim.seq()).is_some());
    let reply_to = aim.and_then(|aim| if let Aim::Reply(seq) = aim { Some(seq) } else { None });
    // An edit begins with what the message says then, whatever comes meanwhile.
    let edited = aim.and_then(|aim| if let Aim::Edit(seq) = aim { Some(seq) } else { None });
    let edits = use_memo(edited, |edited| edited.and_then(|seq| Some((seq, said(seq)?))));
    let deps = (aim, edits.clone(), wanted.setter(), say.clone(), act.clone());
    let onsay = use_callback(deps, |text: Text, (aim, edits, wanted, say, act)| {
        match aim {
            Some(Aim::Edit(seq))
                if edits.as_ref().as_ref().is_some_and(|(_, before)| **before != *text.as_str()) =>
            {
                act.emit(Act::Edit { seq: *seq, text });
            }
            Some(Aim::Edit(_)) => {}
            Some(Aim::Reply(seq)) => say.emit((text, Some(*seq))),
            None => say.emit((text, None)),
        }
        wanted.set(None);
    });
    let deps = (wanted.setter(), anew.clone(), act.clone(), retry.clone(), give_up.clone());
    let onwish = use_callback(deps, |wish, (wanted, anew, act, retry, give_up)| match wish {
        Wish::Reply(seq) => wanted.set(Some(Aim::Reply(seq))),
        Wish::Edit(seq) => wanted.set(Some(Aim::Edit(seq))),
        Wish::Recall(seq) => act.emit(Act::Recall { seq }),
        Wish::Anew(text) => {
            wanted.set(None);
            anew.set(Some((anew.as_ref().map_or(0, |(wish, _)| wish + 1), text)));
        }
        Wish::Retry(id) => retry.emit(id),
        Wish::GiveUp(id) => give_up.emit(id),
    });
    let oncancel = use_callback(wanted.setter(), |(), wanted| wanted.set(None));
    let put = Put { reply_to, edits: (*edits).clone(), anew: (*anew).clone() };
    Writing { aim, put, onsay, onwish, oncancel }
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
