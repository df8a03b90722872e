//! The way to a message that may be far back: older ones are asked for until it is held.

use shared::Seq;
use yew::{Callback, hook};

use crate::hooks::erased::use_effect_with;
use crate::state::{HistoryState, Room};

/// Where to, and whom to tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Goal {
    /// The message to be shown in its place.
    pub seq: Option<Seq>,
    /// It is held, or there is no way to it.
    pub onreached: Callback<()>,
}

/// Goes there: `onolder` asks for older messages, `reach` brings one that is held into sight.
#[hook]
pub(super) fn use_goal(goal: &Goal, room: Option<&Room>, onolder: &Callback<()>, reach: &Callback<Seq>) {
    let held = room.and_then(|room| Some((room.log.first()?, room.older())));
    let (onolder, reach, onreached) = (onolder.clone(), reach.clone(), goal.onreached.clone());
    use_effect_with((goal.seq, held), move |(seq, held)| match (*seq, *held) {
        (None, _) | (Some(_), None | Some((_, HistoryState::Loading))) => {}
        (Some(seq), Some((first, HistoryState::More))) if seq < first => onolder.emit(()),
        (Some(seq), Some((first, _))) => {
            if first <= seq {
                reach.emit(seq);
            }
            onreached.emit(());
        }
    });
}
