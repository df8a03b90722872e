//! Reaching a room without sitting in it: it is loaded when somebody asks for it.

use std::str::FromStr;
use std::sync::Arc;

use shared::{Code, RoomId};

use crate::ledger::answers::Answers;
use crate::ledger::{Reply, Request};
use crate::room::Room;
use crate::room::proposal::{Proposal, Wish};
use crate::services::Services;

/// The room with this id, loaded.
///
/// # Errors
/// [`Code::RoomUnknown`], also where the id is of another form; [`Code::Overloaded`] if it cannot be read now.
pub(crate) async fn find(room: &str, services: &Services) -> Result<Arc<Room>, Code> {
    let id = RoomId::from_str(room).map_err(|_| Code::RoomUnknown)?;
    loaded(id, services).await
}

/// This room, loaded.
///
/// # Errors
/// As [`find`].
pub(crate) async fn loaded(id: RoomId, services: &Services) -> Result<Arc<Room>, Code> {
    if let Some(room) = services.rooms.get(id) {
        return Ok(room);
    }
    ask(services, id, Wish::Look).await?;
    services.rooms.get(id).ok_or(Code::RoomUnknown)
}

/// Why a proposal changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    /// When to come again, in milliseconds.
    pub(crate) retry_after_ms: Option<u64>,
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self { code, retry_after_ms: None }
    }
}

/// Proposes something that no member proposes, and waits for the answer.
///
/// # Errors
/// Why it was refused.
pub(crate) async fn ask(services: &Services, room: RoomId, wish: Wish) -> Result<(), Code> {
    propose(services, (room, None), wish).await.map_err(|refused| refused.code)
}

/// As [`ask`], within a life of the room if there is one. In another life the proposal is void: [`Code::Overloaded`].
pub(crate) async fn propose(
    services: &Services,
    (room, life): (RoomId, Option<i64>),
    wish: Wish,
) -> Result<(), Refused> {
    let answers = Answers::new(1);
    let reply = answers.place().ok_or(Code::Overloaded)?;
    let proposal = Proposal { at: services.edge.now(), wish };
    let request = Request { room, life, proposal, id: None, reply, weight: None };
    services.ledger.propose(request).await.map_err(|_| Code::Overloaded)?;
    match answers.next(true).await.as_deref() {
        Some(Reply::Here | Reply::DeviceAdded | Reply::Stored(..)) => Ok(()),
        Some(Reply::Refused(code, _, retry_after_ms)) => {
            Err(Refused { code: *code, retry_after_ms: *retry_after_ms })
        }
        Some(Reply::Seated(_)) | None => Err(Code::Overloaded.into()),
    }
}
