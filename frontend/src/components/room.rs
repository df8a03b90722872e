//! The room: who is in it, what is said in it, and the box to write in.

use std::rc::Rc;

use shared::{Epoch, RoomId, Seq, Text};
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, classes, component, hook, html, use_mut_ref};

use super::aim::{Aim, aim_line};
use super::banner::LinkBanner;
use super::composer::Composer;
use super::copy_link::CopyLink;
use super::header::Header;
use super::members::Members;
use super::search::Search;
use super::timeline::{Timeline, TimelineIntent};
use super::use_aim::Put;
use super::use_changed::use_changed;
use super::use_enter::composes;
use super::use_goal::Goal;
use super::use_lang;
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::hooks::use_chat_session::UseChat;
use crate::i18n::{Lang, Msg};
use crate::services::platform;
use crate::state::Room;
use crate::state::connection::Banner;
use crate::state::outbox::Command;

/// What the room needs.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The chat.
    pub page: UseChat,
}

/// The room.
#[component]
pub fn RoomView(props: &Props) -> Html {
    let UseChat { chat, older, follow, types, act, leave, readers, .. } = &props.page;
    let lang = use_lang();
    // On a phone the side is a sheet; on a wider window it always stands beside the messages.
    let open = use_default::<bool>();
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let searching = use_default::<bool>();
    // The message that is to be shown in its place.
    let goal = use_default::<Option<Seq>>();
    let onsearch = {
        let searching = searching.clone();
        Callback::from(move |()| {
            let was_open = *searching;
            searching.set(!was_open);
            if was_open {
                platform::focus("find");
            }
        })
    };
    let onopen = {
        let (goal, searching) = (goal.setter(), searching.setter());
        Callback::from(move |seq| {
            goal.set(Some(seq));
            // Where there is no room for both, the panel goes.
            let narrow = platform::is_narrow();
            searching.set(!narrow);
            if narrow {
                platform::focus("log");
            }
        })
    };
    let onreached = use_callback((), {
        let goal = goal.setter();
        move |(), ()| goal.set(None)
    });
    let onclose = use_callback(*open, {
        let open = open.setter();
        move |(), was_open| {
            if *was_open {
                platform::focus("more");
            }
            open.set(false);
        }
    });
    let room = chat.room.clone();
    let written = use_writing(&props.page);
    let onkeydown = {
        let (onclose, oncancel, aims) = (onclose.clone(), written.oncancel.clone(), written.aim.is_some());
        Callback::from(move |key: KeyboardEvent| {
            if key.key() == "Escape" && !composes(&key) {
                if aims { oncancel.emit(()) } else { onclose.emit(()) }
            }
        })
    };
    html! {
        <main class={classes!("room", searching.then_some("searching"))} {onkeydown}>
            <Members
                room={room.clone()}
                seat={chat.seat.clone()}
                id={chat.id}
                up={chat.connection.is_up()}
                lost={chat.connection.banner() == Some(Banner::Lost)}
                open={*open}
                onclose={onclose}
                onact={act}
                onleave={leave.clone()}
            />
            <section class="main">
                <Header room={room.clone()} id={chat.id} up={chat.connection.is_up()} banner={chat.connection.banner()}
                    searching={*searching} onsearch={onsearch.clone()} open={*open} {ontoggle} />
                <LinkBanner banner={chat.connection.banner()} was_up={room.is_some()} />
                if chat.storage_failed {
                    <div id="storage-failed" class="banner" role="alert">{ Msg::StorageFailed.say(lang) }</div>
                }
                if room.as_ref().is_some_and(|room| chat.id != RoomId::Lobby && room.others().next().is_none()) {
                    // On a phone the side is not in sight, and nobody else is there to talk to.
                    <section class="invite alone">
                        { Msg::Invite.say(lang) }
                        <CopyLink link={platform::link(chat.id)} id="alone-link" button="alone-copy" qr="alone-qr" />
                    </section>
                }
                <Timeline
                    room={room.clone()}
                    outbox={chat.outbox.clone()}
                    clock={chat.server_clock}
                    onwish={written.onwish}
                    onreaders={readers.clone()}
                    onolder={older.clone()}
                    onfollow={follow.clone()}
                    goal={Goal { seq: *goal, onreached }}
                />
                if let (Some(room), Some(aim)) = (&room, written.aim) {
                    { aim_line(room, aim, &written.oncancel, lang) }
                }
                <Composer
                    id={chat.id}
                    ready={room.is_some()}
                    full={chat.outbox.is_full()}
                    people={people(room.as_deref())}
                    typing={typing(room.as_deref(), lang)}
                    put={written.put}
                    onsay={written.onsay}
                    ontype={types.clone()}
                />
            </section>
            if let (true, Some(room), Some(seat)) = (*searching, &room, &chat.seat) {
                <Search room={room.clone()} token={seat.token} {onopen} onclose={onsearch} />
            }
        </main>
    }
}

/// The others' names.
fn people(room: Option<&Room>) -> Rc<[Rc<str>]> {
    room.into_iter().flat_map(|room| room.others().filter_map(|other| room.name(other).cloned())).collect()
}

/// What is written in the box, and for what.
struct Writing {
    aim: Option<Aim>,
    put: Put,
    onsay: Callback<Text>,
    onwish: Callback<TimelineIntent>,
    oncancel: Callback<()>,
}

#[hook]
fn use_writing(page: &UseChat) -> Writing {
    let UseChat { chat, say, act, retry, give_up, .. } = page;
    let wanted = use_changed::<Put>();
    let change = wanted.dispatcher();
    // What was taken back meanwhile is aimed at no more.
    // What is only held no more can be aimed at all the same, but not in another life of the room.
    let said = |seq: &Seq| {
        let room = chat.room.as_ref();
        room.is_none_or(|room| room.log.entries().of(*seq).is_none() || room.log.said(*seq).is_some())
    };
    let epoch = chat.room.as_ref().map(|room| room.facts.epoch.clone());
    {
        let (change, before) = (change.clone(), use_mut_ref(|| None::<Epoch>));
        use_effect_with(epoch, move |epoch| {
            let before = before.replace(epoch.clone());
            if before.is_some() && *epoch != before {
                change.dispatch(Box::new(something_new));
            }
        });
    }
    let put = Put {
        reply_to: wanted.0.reply_to.filter(said),
        edits: wanted.0.edits.clone().filter(|(seq, _)| said(seq)),
        anew: wanted.0.anew.clone(),
    };
    let aim = put.edits.as_ref().map(|(seq, _)| Aim::Edit(*seq)).or(put.reply_to.map(Aim::Reply));
    let onsay = use_callback((put.clone(), say.clone(), act.clone()), {
        let change = change.clone();
        move |text: Text, (put, say, act)| {
            match &put.edits {
                Some((_, before)) if **before == *text.as_str() => {}
                Some((seq, _)) => act.emit(Command::Edit { seq: *seq, text }),
                None => say.emit((text, put.reply_to)),
            }
            change.dispatch(Box::new(something_new));
        }
    });
    let onwish = {
        let (change, room) = (change.clone(), chat.room.clone());
        let (act, retry, give_up) = (act.clone(), retry.clone(), give_up.clone());
        Callback::from(move |wish| match wish {
            TimelineIntent::Reply(seq) => change.dispatch(Box::new(move |put| {
                something_new(put);
                put.reply_to = Some(seq);
            })),
            TimelineIntent::Edit(seq) => {
                // What the message says now, whatever comes meanwhile.
                let said = room.as_ref().and_then(|room| room.log.said(seq));
                let edits = said.map(|said| (seq, Rc::clone(&said.text)));
                change.dispatch(Box::new(move |put| {
                    something_new(put);
                    put.edits = edits;
                }));
            }
            TimelineIntent::Anew(text) => change.dispatch(Box::new(move |put| {
                something_new(put);
                put.anew = Some((put.anew.as_ref().map_or(0, |(wish, _)| wish + 1), text));
            })),
            TimelineIntent::Recall(seq) => act.emit(Command::Recall { seq }),
            TimelineIntent::Retry(id) => retry.emit(id),
            TimelineIntent::GiveUp(id) => give_up.emit(id),
        })
    };
    let oncancel = Callback::from(move |()| change.dispatch(Box::new(something_new)));
    Writing { aim, put, onsay, onwish, oncancel }
}

/// Neither an answer nor an edit is written any more.
fn something_new(put: &mut Put) {
    (put.reply_to, put.edits) = (None, None);
}

/// Who is writing, by name if they are few.
fn typing(room: Option<&Room>, lang: Lang) -> Option<String> {
    let room = room.filter(|room| !room.typing.is_empty())?;
    let names: Vec<&str> =
        room.typing.iter().filter_map(|member| room.name(*member)).map(|name| &**name).collect();
    Some(match names.len() {
        1..=3 => Msg::Typing.fill(lang, &[&names.join(Msg::Comma.say(lang))]),
        _ => Msg::ManyTyping.fill(lang, &[&room.typing.len().to_string()]),
    })
}
