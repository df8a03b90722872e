//! What the composer is used for: a new message, an answer, an edit, or a refused message to be revised.

use std::rc::Rc;

use shared::{Epoch, MessageId, Seq, Text};
use yew::{Callback, hook, use_mut_ref};

use super::timeline_intent::TimelineIntent;
use super::use_aim::Put;
use super::use_changed::use_changed;
use crate::hooks::erased::{use_callback, use_effect_with};
use crate::hooks::use_chat_session::UseChat;
use crate::services::platform;
use crate::state::Room;
use crate::state::outbox::Command;
use crate::state::server_clock::ServerClock;
use crate::view_model::aim::Aim;
use crate::view_model::last_editable::last_editable;

/// The use of the composer, and what changes it.
pub(super) struct Writing {
    /// The message that is answered or edited.
    pub(super) aim: Option<Aim>,
    /// What to put into the composer.
    pub(super) put: Put,
    /// The person sends the text.
    pub(super) onsay: Callback<Text>,
    /// The person wants something done in the list.
    pub(super) onwish: Callback<TimelineIntent>,
    /// The person writes a new message instead.
    pub(super) oncancel: Callback<()>,
    /// The person wants to edit their last message.
    pub(super) oneditlast: Callback<()>,
}

/// The use of the composer of this chat.
#[hook]
pub(super) fn use_writing(page: &UseChat) -> Writing {
    let UseChat { chat, say, act, retry, give_up, .. } = page;
    let wanted = use_changed::<Put>();
    let change = wanted.dispatcher();
    // A recalled message is no target any more. One that is only not held any more still is, but not after a restart of
    // the room.
    let said = |seq: &Seq| {
        let room = chat.room.as_ref();
        room.is_none_or(|room| room.entry(*seq).is_none() || room.said(*seq).is_some())
    };
    let epoch = chat.room.as_ref().map(|room| room.facts.epoch.clone());
    {
        let (change, before) = (change.clone(), use_mut_ref(|| None::<Epoch>));
        use_effect_with(epoch, move |epoch| {
            let before = before.replace(epoch.clone());
            if before.is_some() && *epoch != before {
                change.dispatch(Box::new(Put::clear));
            }
        });
    }
    let put = Put {
        reply_to: wanted.0.reply_to.filter(said),
        edits: wanted.0.edits.clone().filter(|(seq, _)| said(seq)),
        anew: wanted.0.anew.clone(),
    };
    let aim = put.edits.as_ref().map(|(seq, _)| Aim::Edit(*seq)).or(put.reply_to.map(Aim::Reply));

    // The callbacks below stay the same while the room changes: the composer is not drawn anew for each event.
    let room = use_mut_ref(|| None::<Rc<Room>>);
    room.replace(chat.room.clone());
    let deps = (put.edits.as_ref().map(|(seq, _)| *seq), put.reply_to, say.clone(), act.clone());
    let onsay = use_callback(deps, {
        let (change, room) = (change.clone(), Rc::clone(&room));
        move |text: Text, (edits, reply_to, say, act)| {
            let changes = |seq| {
                let room = room.borrow();
                let said = room.as_ref().and_then(|room| room.said(seq));
                said.is_none_or(|said| *said.text != *text.as_str())
            };
            match *edits {
                Some(seq) if !changes(seq) => {}
                Some(seq) => act.emit(Command::Edit { seq, text }),
                None => say.emit((text, *reply_to)),
            }
            change.dispatch(Box::new(Put::clear));
        }
    });
    let edit = use_callback((), {
        let (change, room) = (change.clone(), Rc::clone(&room));
        move |seq: Seq, ()| {
            // The text as it is now, whatever comes meanwhile.
            let room = room.borrow();
            let said = room.as_ref().and_then(|room| room.said(seq));
            if let Some(text) = said.map(|said| Rc::clone(&said.text)) {
                change.dispatch(Box::new(move |put: &mut Put| put.edit(seq, text)));
            }
        }
    });
    let oneditlast = use_callback(page.chat.server_clock, {
        let (edit, room) = (edit.clone(), Rc::clone(&room));
        move |(), clock: &ServerClock| {
            let now = clock.at(platform::monotonic_ms());
            let last = room.borrow().as_ref().and_then(|room| last_editable(&room.log, room.me, now));
            if let Some(seq) = last {
                edit.emit(seq);
            }
        }
    });
    let onwish = {
        let (act, retry, give_up) = (act.clone(), retry.clone(), give_up.clone());
        let (change, outbox) = (change.clone(), Rc::clone(&chat.outbox));
        let failed = move |id: MessageId| {
            let item = outbox.items().iter().find(|item| item.id == id && item.failed());
            item.map(|item| item.act.clone())
        };
        Callback::from(move |wish| match wish {
            TimelineIntent::Reply(seq) => change.dispatch(Box::new(move |put| put.reply(seq))),
            TimelineIntent::Edit(seq) => edit.emit(seq),
            TimelineIntent::Anew(text) => change.dispatch(Box::new(move |put| put.write(text, None))),
            TimelineIntent::Revise(id) => {
                if let Some(command) = failed(id) {
                    give_up.emit(id);
                    change.dispatch(Box::new(move |put| put.revise(&command)));
                }
            }
            TimelineIntent::Recall(seq) => act.emit(Command::Recall { seq }),
            TimelineIntent::Retry(id) => retry.emit(id),
            TimelineIntent::GiveUp(id) => give_up.emit(id),
        })
    };
    let oncancel = Callback::from(move |()| change.dispatch(Box::new(Put::clear)));
    Writing { aim, put, onsay, onwish, oncancel, oneditlast }
}
