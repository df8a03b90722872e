//! Leads to a message that may be far back: what is around it is loaded if it is not held.

use shared::Seq;
use yew::{Callback, hook};

use crate::hooks::erased::use_effect_with;
use crate::state::{Browse, JumpState, Room};

/// The message that is to be shown in its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JumpTarget {
    /// Its number; none while nobody wants to go anywhere.
    pub seq: Option<Seq>,
    /// Sets another one, or none.
    pub set: Callback<Option<Seq>>,
    /// Receives the message that a jump begins at, to which back leads; none if the person goes elsewhere.
    pub origin: Callback<Option<Seq>>,
}

/// Has what is around the target loaded. `onreached` is called when it is shown, `onfailed` when it cannot be loaded.
#[hook]
pub(super) fn use_jump_to_message(
    target: &JumpTarget,
    room: Option<&Room>,
    onbrowse: &Callback<Browse>,
    onreached: &Callback<Seq>,
    onfailed: &Callback<()>,
) {
    let seq = target.seq;
    let state = seq.zip(room).map(|(seq, room)| (room.shown().covers(seq), room.jump_state()));
    let (set, onbrowse) = (target.set.clone(), onbrowse.clone());
    let (onreached, onfailed) = (onreached.clone(), onfailed.clone());
    use_effect_with((seq, state), move |(seq, state)| match (*seq, *state) {
        (Some(seq), Some((true, _))) => {
            onreached.emit(seq);
            set.emit(None);
        }
        (Some(seq), Some((false, JumpState::Loading(loading)))) if loading == seq => {}
        (Some(seq), Some((false, JumpState::Failed(failed)))) if failed == seq => {
            onfailed.emit(());
            set.emit(None);
        }
        (Some(seq), Some((false, JumpState::Gone(gone, oldest)))) if gone == seq => set.emit(Some(oldest)),
        (Some(seq), Some((false, _))) => onbrowse.emit(Browse::Jump(seq)),
        _ => {}
    });
}
