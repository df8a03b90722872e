//! What a proposer is told of what was decided.

use std::time::Duration;

use shared::{Code, Limits, Millis};

use crate::room::proposal::{Answer, Wish};

use super::answers::Place;
use super::batch::Verdict;
use super::writer::Writer;
use super::{Reply, Request, Seated};

impl Writer {
    /// Answers; the place for the answer, if there is none to be given.
    pub(super) fn answer(&self, request: Request, verdict: Option<Verdict>, now: Millis) -> Option<Place> {
        self.metrics.answered(now.0.saturating_sub(request.proposal.at.0));
        let Some(Verdict { answer, room }) = verdict else {
            return Some(request.reply);
        };
        let reply = match answer {
            Answer::Here => Reply::Here,
            Answer::Seated { standing, name, host } => {
                let room = room?;
                let connection = room.enter(standing, &self.edge);
                Reply::Seated(Seated { connection, name, host, limits: self.limits() })
            }
            Answer::DeviceAdded => Reply::DeviceAdded,
            Answer::Stored { id, seq } => Reply::Stored(id, seq),
            Answer::Refused { code: Code::NameTaken, .. } => {
                let loaded = self.loaded.get(&request.room);
                let name = match &request.proposal.wish {
                    Wish::Join { folded, .. } => Some(folded),
                    _ => None,
                };
                let free_in = loaded.zip(name);
                let free_in =
                    free_in.and_then(|(loaded, name)| loaded.name_is_free_in(name, &self.config, &self.edge));
                Reply::Refused(Code::NameTaken, request.id, free_in)
            }
            Answer::Refused { code, id, retry_after_ms } => {
                Reply::Refused(code, id.or(request.id), retry_after_ms)
            }
        };
        request.reply.answer(reply);
        None
    }

    fn limits(&self) -> Limits {
        let limits = Limits { keep_s: self.config.keep.map(|keep| keep.as_secs()), ..Limits::DEFAULT };
        let Some(pace) = self.config.pace else {
            return Limits { per_second: u32::MAX, burst: u32::MAX, ..limits };
        };
        let per_second = Duration::from_secs(1).as_nanos() / pace.replenish_interval().as_nanos();
        let per_second = u32::try_from(per_second).unwrap_or(u32::MAX);
        Limits { per_second, burst: pace.burst_size().get(), ..limits }
    }
}
