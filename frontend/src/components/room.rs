//! The room: who is in it, what is said in it, and the box to write in.

use std::rc::Rc;

use shared::{RoomId, Seq, Text};
use yew::{Callback, Html, Properties, classes, component, html};

use super::aim::aim_region;
use super::backup_offer::BackupOffer;
use super::banner::link_banner;
use super::composer::Composer;
use super::copy_link::CopyLink;
use super::header::{Head, header};
use super::members::Members;
use super::muted::muted_region;
use super::search::Search;
use super::timeline::Timeline;
use super::use_jump_to_message::JumpTarget;
use super::use_local_day::use_local_day;
use super::use_search::use_search_memory;
use super::use_writing::use_writing;
use super::{dotted, use_lang};
use crate::hooks::erased::{use_callback, use_default};
use crate::hooks::use_back_to_close::use_back_to_close;
use crate::hooks::use_chat_session::UseChat;
use crate::hooks::use_mute::use_mute;
use crate::hooks::use_seconds_left::use_seconds_left;
use crate::i18n::{Lang, Msg};
use crate::services::platform;
use crate::state::connection::Banner;
use crate::state::{Browse, Room};

/// Properties of the room.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The chat.
    pub page: UseChat,
}

/// The room.
#[component]
pub fn RoomView(props: &Props) -> Html {
    let UseChat { chat, older, browse, follow, types, act, leave, forget, readers, .. } = &props.page;
    let lang = use_lang();
    // On a phone the side is a sheet; on a wider window it always stands beside the messages.
    let open = use_default::<bool>();
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let searching = use_default::<bool>();
    // The message to jump to.
    let target = use_default::<Option<Seq>>();
    let set = use_callback((), {
        let (target, browse) = (target.setter(), browse.clone());
        move |to: Option<Seq>, ()| {
            if to.is_none() {
                browse.emit(Browse::CancelJump);
            }
            target.set(to);
        }
    });
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
    // On a phone, back leads from a hit to the hits again.
    let found = use_default::<bool>();
    let onopen = {
        let (target, searching, found) = (target.setter(), searching.setter(), found.setter());
        Callback::from(move |seq| {
            target.set(Some(seq));
            // Where there is no room for both, the panel goes.
            let narrow = platform::is_narrow();
            searching.set(!narrow);
            found.set(narrow);
            if narrow {
                platform::focus("log");
            }
        })
    };
    // From a quoted message, back leads to the message that quotes it.
    let quoting = use_default::<Option<Seq>>();
    let origin = use_callback((), {
        let quoting = quoting.setter();
        move |from: Option<Seq>, ()| quoting.set(from.filter(|_| platform::is_touch()))
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
    let alone = match &room {
        Some(room) if 2 < room.facts.capacity => Msg::InviteGroup,
        _ => Msg::Invite,
    };
    let memory = use_search_memory(room.as_deref());
    let written = use_writing(&props.page);
    use_back_to_close(*open, &onclose);
    use_back_to_close(*searching, &onsearch);
    let onback = {
        let (searching, found) = (searching.setter(), found.setter());
        Callback::from(move |()| {
            found.set(false);
            searching.set(true);
        })
    };
    use_back_to_close(*found && !*searching, &onback);
    let onreturn = {
        let (set, quoting) = (set.clone(), quoting.clone());
        Callback::from(move |()| {
            set.emit(*quoting);
            quoting.set(None);
        })
    };
    use_back_to_close(quoting.is_some(), &onreturn);
    let onsay = use_callback(written.onsay, {
        let (found, quoting) = (found.setter(), quoting.setter());
        move |text: Text, onsay| {
            found.set(false);
            quoting.set(None);
            onsay.emit(text);
        }
    });
    use_back_to_close(written.aim.is_some(), &written.oncancel);
    use_back_to_close(target.is_some(), &set.reform(|()| None));
    let muted_until = room.as_deref().and_then(|room| room.muted_until(room.me));
    let now = use_local_day(chat.server_clock);
    let muted = use_mute(muted_until, now);
    let left_s = use_seconds_left(chat.outbox.slow_until());
    let is_slowed = room.as_ref().is_some_and(|room| room.facts.slow_s != 0 && !room.host);
    let waits_s = left_s.or(is_slowed.then_some(0));
    // Another value means that the server has accepted another connection.
    let connection =
        chat.connection.number().filter(|_| chat.connection.is_up()).map(|number| number.to_string());
    let head = Head {
        room: room.clone(),
        id: chat.id,
        up: chat.connection.is_up(),
        banner: chat.connection.banner(),
        searching: *searching,
        onsearch: onsearch.clone(),
        open: *open,
        ontoggle,
    };
    html! {
        <main class={classes!("room", searching.then_some("searching"))} data-connection={connection}>
            <Members
                room={room.clone()}
                seat={chat.seat.clone()}
                id={chat.id}
                unsent={chat.outbox.messages().count()}
                up={chat.connection.is_up()}
                lost={chat.connection.banner() == Some(Banner::Lost)}
                clock={chat.server_clock}
                open={*open}
                onclose={onclose}
                onact={act}
                onleave={leave}
                onforget={forget}
            />
            <section class="main">
                { header(&head, lang) }
                { link_banner(chat.connection.banner(), room.is_some(), lang) }
                { muted_region(muted, now, lang) }
                if chat.storage_failed {
                    <div id="storage-failed" class="banner" role="alert">{ Msg::StorageFailed.say(lang) }</div>
                }
                if room.as_ref().is_some_and(|room| chat.id != RoomId::Lobby && room.others().next().is_none()) {
                    // On a phone the side is not in sight, and nobody else is there to talk to.
                    <section class="panel invite alone">
                        <p>{ dotted(alone.say(lang)) }</p>
                        <CopyLink link={platform::link(chat.id)} id="alone-link" button="alone-copy" qr="alone-qr" />
                    </section>
                }
                <Timeline
                    room={room.clone()}
                    outbox={chat.outbox.clone()}
                    up={chat.connection.is_up()}
                    clock={chat.server_clock}
                    onwish={written.onwish}
                    onreaders={readers.clone()}
                    onolder={older.clone()}
                    onfollow={follow.clone()}
                    onbrowse={browse.clone()}
                    target={JumpTarget { seq: *target, set, origin }}
                />
                if let (Some(seat), true) = (&chat.seat, chat.offers_backup()) {
                    <BackupOffer room={chat.id} seat={seat.clone()} />
                }
                { aim_region(room.as_deref(), written.aim, &written.oncancel, lang) }
                <Composer
                    id={chat.id}
                    ready={room.is_some()}
                    muted={muted.is_some()}
                    full={chat.outbox.is_full()}
                    people={people(room.as_deref())}
                    typing={typing(room.as_deref(), lang)}
                    put={written.put}
                    {onsay}
                    ontype={types.clone()}
                    oneditlast={written.oneditlast}
                    {waits_s}
                />
            </section>
            if let (true, Some(room), Some(seat)) = (*searching, &room, &chat.seat) {
                <Search room={room.clone()} token={seat.token} clock={chat.server_clock} {memory} {onopen} onclose={onsearch} />
            }
        </main>
    }
}

/// The others' names.
fn people(room: Option<&Room>) -> Rc<[Rc<str>]> {
    room.into_iter().flat_map(|room| room.others().filter_map(|other| room.name(other).cloned())).collect()
}

/// The line that says who is typing: up to three names, or a count.
fn typing(room: Option<&Room>, lang: Lang) -> Option<String> {
    let room = room.filter(|room| !room.typing.is_empty())?;
    let names: Vec<&str> =
        room.typing.iter().filter_map(|member| room.name(*member)).map(|name| &**name).collect();
    Some(match names.len() {
        1..=3 => Msg::Typing.fill(lang, &[&names.join(Msg::Comma.say(lang))]),
        _ => Msg::ManyTyping.fill(lang, &[&room.typing.len().to_string()]),
    })
}
