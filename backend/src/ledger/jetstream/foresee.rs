//! What is to be done with a request, as far as is known here. Nothing is decided, sent or answered.

use std::sync::Arc;

use shared::{Code, Epoch};

use crate::ledger::Request;
use crate::ledger::batch::Verdict;
use crate::ledger::decide::foresee;
use crate::ledger::writer::Writer;
use crate::room::proposal::{Answer, Facts, Outcome, Proposal, Wish};
use crate::room::state::{RoomState, decide};
use crate::store::LogError;

/// What is to be done with a request.
pub(super) enum Foreseen {
    /// It is to be decided in its order, after what time has brought to the room.
    Send(Vec<Proposal>, Option<Epoch>),
    /// What it comes to is clear, and stays so.
    Tell(Option<Verdict>),
    /// The room is not known here.
    Unknown,
}

impl Writer {
    /// What is to be done with a request, as far as is known here. What others may be changing at this moment is decided in
    /// its order; what stays as it is need not be.
    pub(super) fn foresee(&mut self, request: &Request) -> Result<Foreseen, LogError> {
        let Request { room: id, life, proposal, .. } = request;
        if self.load(*id)?.is_none() {
            if matches!(proposal.wish, Wish::Open(_)) {
                return Ok(Foreseen::Send(Vec::new(), None));
            }
            return Ok(match decide(&RoomState::default(), &Facts::default(), proposal).answer {
                Some(Answer::Refused { code: Code::RoomUnknown, .. }) => Foreseen::Unknown,
                answer => Foreseen::Tell(answer.map(|answer| Verdict { answer, room: None })),
            });
        }
        self.remember_former(*id, &proposal.wish)?;
        let loaded = &self.loaded[id];
        if life.is_some_and(|life| loaded.room.life() != life) {
            return Ok(Foreseen::Tell(None));
        }
        let life_now = loaded.room.life();
        let recent = self.recent.of(life_now, loaded.newest);
        let at = (&loaded.state, life_now);
        let outcome = foresee(at, (&mut self.log, &self.index, recent), (proposal, proposal.at))?.outcome;
        if stays(&outcome, &proposal.wish) {
            let room = Some(Arc::clone(&loaded.room));
            return Ok(Foreseen::Tell(outcome.answer.map(|answer| Verdict { answer, room })));
        }
        // Somebody whose time is over may hold what is wanted.
        let refused = matches!(&outcome.answer, Some(Answer::Refused { .. }));
        let wants_a_seat = matches!(proposal.wish, Wish::Join { .. });
        let overdue =
            if refused && wants_a_seat { loaded.overdue(&self.config, &self.edge) } else { Vec::new() };
        Ok(Foreseen::Send(overdue, life.map(|_| loaded.room.settings().epoch.clone())))
    }
}

/// Whether a proposal comes to the same whatever others do meanwhile, and to nothing that they would have to know.
fn stays(outcome: &Outcome, wish: &Wish) -> bool {
    if outcome.record.is_some() || outcome.end.is_some() {
        return false;
    }
    match &outcome.answer {
        // A seat that is gone does not come back, nor does a room begin that is there.
        None | Some(Answer::Stored { .. }) => true,
        Some(Answer::Here) => matches!(wish, Wish::Look),
        // Others have to know that this member was seen.
        Some(Answer::Seated { .. } | Answer::DeviceAdded) => false,
        Some(Answer::Refused { code, .. }) => {
            matches!(code, Code::BadName | Code::BadMessage | Code::IdReused | Code::NotHost | Code::NotYours)
        }
    }
}
